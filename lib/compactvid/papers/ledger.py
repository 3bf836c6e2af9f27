"""The ledger: every printed number beside what was reproduced of it, with a verdict."""

from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from compactvid.papers import verdicts
from compactvid.papers.entry import Entry
from compactvid.papers.results import Evidence, ResultFileError, read_results
from compactvid.papers.transcription import entries
from compactvid.root import project_root

if TYPE_CHECKING:
    import pandas as pd


class LedgerRow(NamedTuple):
    """One row of the ledger; the columns of `ledger.csv`, in this order.

    `printed` is as printed. `reproduced`, `spread` (half width of the 95 % t interval over `seeds`) and `difference`
    (ours minus printed, where the two are compared) are in `unit`. `profile` is the one that made the result,
    `evidence` its file, relative to the project's root. `reason` says what the verdict can't: why nothing was
    attempted or compared, or how a claim is read. What does not apply is None, `reason` an empty text.
    """

    id: str
    paper: str
    locator: str
    printed: str
    unit: str
    kind: str
    result_key: str
    reproduced: float | None
    spread: float | None
    seeds: int | None
    profile: str | None
    difference: float | None
    verdict: str
    evidence: str | None
    reason: str


def ledger(paper: str | None = None, profile: str | None = None, root: Path | None = None) -> list[LedgerRow]:
    """Every printed number and claim of one paper, or of all, with its verdict.

    Parameters
    ----------
    paper
        Such as `liu2018`; all papers by default.
    profile
        The build whose results count beside recorded evidence: see `compactvid.papers.results.read_results`. Results
        of `smoke` count only where it is asked for.
    root
        The project's root; found by default.

    Raises
    ------
    ValueError
        An unknown paper or profile, a transcription or a result file that is not as it should be, a result in another
        unit than its entry, or one that does not say on what data a measured number was measured.
    """
    root = project_root() if root is None else Path(root)
    printed = entries(paper, root)
    results = read_results(root, profile)
    rows = []
    for entry in printed:
        evidence = results.found.get(entry.result_key)
        unfinished = [path.as_posix() for path in results.incomplete if path.stem.startswith(f"{entry.paper}_")]
        rows.append(_row_without_result(entry, unfinished) if evidence is None else _row(entry, evidence))
    return rows


def to_frame(rows: Iterable[LedgerRow]) -> "pd.DataFrame":
    """The rows as a data frame with the ledger's columns."""
    import pandas as pd

    return pd.DataFrame(list(rows), columns=list(LedgerRow._fields)).astype({"seeds": "Int64"})


def _row(entry: Entry, evidence: Evidence) -> LedgerRow:
    result, about, place = evidence.result, entry.about, f"{evidence.path}: results.{entry.result_key}"
    if result.unit not in (None, about.unit):
        raise ResultFileError(f"{place}.unit: expected {about.unit!r} as {entry.id} has, found {result.unit!r}")
    if about.kind == "measured" and result.data is None:
        raise ResultFileError(f"{place}.data: expected the data that it was measured on, since {entry.id} is measured")
    if about.stated is not None:
        return _ledger_row(entry, about.stated.verdict, about.stated.reason, evidence)
    verdict = _judge(entry, evidence)
    reasons = [about.note] if about.note else []
    if verdict == "different data":
        reasons.append(f"ours: {result.data}; the paper's: {about.data}; not compared")
    if about.kind in ("direction", "equivalence") and result.data is not None:
        reasons.append(f"on {result.data}")
    if verdicts.base_verdict(verdict) == "undecided" and result.spread is None:
        reasons.append("no interval: not repeated over seeds")
    return _ledger_row(entry, verdict, "; ".join(reasons), evidence)


def _row_without_result(entry: Entry, unfinished: list[str]) -> LedgerRow:
    stated = entry.about.stated
    if stated is not None:
        verdict, reasons = str(stated.verdict), [stated.reason]
    elif entry.not_attempted is not None:
        verdict, reasons = "not attempted", [entry.not_attempted]
    else:
        verdict, reasons = "no result", []
    if unfinished:
        reasons.append(f"not counted, its notebook did not finish: {', '.join(unfinished)}")
    return _ledger_row(entry, verdict, "; ".join(reasons))


def _judge(entry: Entry, evidence: Evidence) -> str:
    result, profile, printed = evidence.result, evidence.profile, entry.number
    if printed is None:
        if entry.about.margin is None:
            return verdicts.direction(result.value, result.spread, profile)
        return verdicts.equivalence(result.value, result.spread, entry.about.margin, profile)
    if entry.about.kind != "measured":
        return verdicts.exact(result.value, printed)
    if result.data != entry.about.data:
        return "different data"
    return verdicts.measured(result.value, result.spread, printed, profile)


def _ledger_row(entry: Entry, verdict: str, reason: str, evidence: Evidence | None = None) -> LedgerRow:
    result, printed = evidence.result if evidence else None, entry.number
    difference = None
    if result is not None and printed is not None and verdict not in verdicts.NOT_COMPARED:
        difference = float(Decimal(repr(result.value)) - printed)
    return LedgerRow(
        id=entry.id,
        paper=entry.paper,
        locator=entry.locator,
        printed=entry.printed,
        unit=entry.about.unit,
        kind=entry.about.kind,
        result_key=entry.result_key,
        reproduced=result.value if result else None,
        spread=result.spread if result else None,
        seeds=result.seeds if result else None,
        profile=evidence.profile if evidence else None,
        difference=difference,
        verdict=verdict,
        evidence=evidence.path if evidence else None,
        reason=reason,
    )
