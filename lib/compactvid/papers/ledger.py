"""The ledger: every printed number beside what was reproduced of it, with a verdict."""

from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from compactvid.papers import verdicts
from compactvid.papers.entry import Entry
from compactvid.papers.results import Evidence, ResultFileError, read_results
from compactvid.papers.schema import TESTED_KINDS
from compactvid.papers.significance import holm, p_value
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
    tested = _tested(printed, results.found)
    rows = []
    for entry in printed:
        evidence = results.found.get(entry.result_key)
        unfinished = [path.as_posix() for path in results.incomplete if path.stem.startswith(f"{entry.paper}_")]
        if evidence is None:
            rows.append(_row_without_result(entry, unfinished))
        else:
            rows.append(_row(entry, evidence, tested.get(entry.result_key)))
    return rows


def to_frame(rows: Iterable[LedgerRow]) -> "pd.DataFrame":
    """The rows as a data frame with the ledger's columns."""
    import pandas as pd

    return pd.DataFrame(list(rows), columns=list(LedgerRow._fields)).astype({"seeds": "Int64"})


class _Test(NamedTuple):
    """The adjusted p value of a claim, and how many claims its family has."""

    p: float
    claims: int


def _tested(printed: list[Entry], found: dict[str, Evidence]) -> dict[str, _Test]:
    """By result key: the tests of all families. A claim that is printed twice, with one result, counts once."""
    families: dict[tuple[str, str], dict[str, float | None]] = {}
    for entry in printed:
        about, evidence = entry.about, found.get(entry.result_key)
        if about.family is None or about.stated or (about.not_attempted and evidence is None):
            continue
        p = _p_value(entry, evidence) if evidence else None
        families.setdefault((entry.paper, about.family), {})[entry.result_key] = p
    return {
        key: _Test(p, len(claims))
        for claims in families.values()
        for key, p in holm({key: p for key, p in claims.items() if p is not None}, len(claims)).items()
    }


def _p_value(entry: Entry, evidence: Evidence) -> float | None:
    value, spread, seeds = evidence.result.value, evidence.result.spread, evidence.result.seeds
    if spread is None:
        return None
    if seeds is None or seeds < 2:
        place = f"{evidence.path}: results.{entry.result_key}"
        raise ResultFileError(f"{place}.seeds: expected at least 2, which the spread is over, found {seeds}")
    margin = entry.about.margin or 0.0
    if entry.about.kind == "non-inferiority":
        return p_value(value + margin, spread, seeds)
    return p_value(value, spread, seeds, margin)


def _row(entry: Entry, evidence: Evidence, test: _Test | None) -> LedgerRow:
    result, about, place = evidence.result, entry.about, f"{evidence.path}: results.{entry.result_key}"
    if result.unit not in (None, about.unit):
        raise ResultFileError(f"{place}.unit: expected {about.unit!r} as {entry.id} has, found {result.unit!r}")
    if about.kind == "measured" and result.data is None:
        raise ResultFileError(f"{place}.data: expected the data that it was measured on, since {entry.id} is measured")
    if about.stated is not None:
        return _ledger_row(entry, about.stated.verdict, about.stated.reason, evidence)
    try:
        verdict = _judge(entry, evidence, test.p if test else None)
    except ValueError as error:
        raise ResultFileError(f"{place}.value: {error}") from error
    reasons = [about.note] if about.note else []
    if verdict == "different data":
        reasons.append(f"ours: {result.data}; the paper's: {about.data}; not compared")
    if about.kind in TESTED_KINDS and result.data is not None:
        reasons.append(f"on {result.data}")
    if test is not None:
        reasons.append(f"p = {test.p:.2g}" + (f" after Holm for {test.claims} claims" if test.claims > 1 else ""))
    elif verdicts.base_verdict(verdict) == "undecided":
        reasons.append("no interval: not repeated over seeds")
    return _ledger_row(entry, verdict, "; ".join(reasons), evidence)


def _row_without_result(entry: Entry, unfinished: list[str]) -> LedgerRow:
    stated = entry.about.stated
    if stated is not None:
        verdict, reasons = str(stated.verdict), [stated.reason]
    elif entry.about.not_attempted is not None:
        verdict, reasons = "not attempted", [entry.about.not_attempted]
    else:
        verdict, reasons = "no result", []
    if unfinished:
        reasons.append(f"not counted, its notebook did not finish: {', '.join(unfinished)}")
    return _ledger_row(entry, verdict, "; ".join(reasons))


def _judge(entry: Entry, evidence: Evidence, p: float | None) -> str:
    result, about, profile, printed = evidence.result, entry.about, evidence.profile, entry.number
    if about.kind == "protocol":
        raise ValueError(f"{entry.id} is a protocol, which no result answers")
    if printed is None:
        if about.kind == "statement":
            return verdicts.statement(result.value)
        if about.margin is None:
            return verdicts.direction(result.value, p, profile)
        judge = verdicts.equivalence if about.kind == "equivalence" else verdicts.non_inferiority
        return judge(result.value, p, about.margin, profile)
    if about.kind != "measured":
        return verdicts.exact(result.value, printed)
    if result.data != about.data:
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
