"""The ledger over real transcriptions, with results that the tests computed themselves."""

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from compactvid import papers
from compactvid.papers import LedgerRow, ResultFileError

Write = Callable[..., Path]
COLUMNS = [
    *("id", "paper", "locator", "printed", "unit", "kind", "result_key", "reproduced", "spread", "seeds", "profile"),
    *("difference", "verdict", "evidence", "reason"),
]
GAP = "liu2018.table_1.K24-H1440.best_averaged_gap"
SIZE = "liu2018.table_1.K24-H1440.float32_mib"


def gap(value: float, **about: Any) -> dict[str, Any]:
    return {"value": value, "unit": "GAP", "tolerance": 0.01, "reason": "trained", **about}


def row(project: Path, id: str, **arguments: Any) -> LedgerRow:
    return next(found for found in papers.ledger("liu2018", root=project, **arguments) if found.id == id)


def test_table_1_reproduces(project: Path, write_results: Write, derived: dict[str, Any]) -> None:
    write_results(derived)
    rows = papers.ledger(root=project)
    exact = [found for found in rows if ".table_1." in found.id and found.kind == "exact"]
    assert len(exact) == 54
    assert {found.verdict for found in exact} == {"reproduced"}
    assert Counter(found.verdict for found in rows if ".claims." in found.id) == {
        "reproduced": 6,
        "contradicted": 1,
        "holds at small": 1,
    }
    assert Counter(found.verdict for found in rows if found.kind == "measured") == {"not attempted": 36}
    assert all("two to three GPU days a model" in found.reason for found in rows if found.kind == "measured")


def test_a_row_says_all_there_is_to_say(project: Path, write_results: Write, derived: dict[str, Any]) -> None:
    write_results(derived)
    assert row(project, SIZE) == LedgerRow(
        id=SIZE,
        paper="liu2018",
        locator="Table 1, K24-H1440 (Y), Float32 model size",
        printed="714.93",
        unit="MiB",
        kind="exact",
        result_key=SIZE,
        reproduced=714.9252700805664,
        spread=None,
        seeds=None,
        profile="small",
        difference=-0.0047299194336,
        verdict="reproduced",
        evidence="_build/results/small/liu2018_table_1.json",
        reason="",
    )


def test_98_percent_is_contradicted_with_our_derivation(
    project: Path, write_results: Write, derived: dict[str, Any]
) -> None:
    write_results(derived)
    claim = row(project, "liu2018.claims.big_four_share")
    assert claim.verdict == "contradicted"
    assert claim.reproduced == pytest.approx(97.0, abs=0.01)
    assert claim.difference == pytest.approx(-1.0, abs=0.01)
    assert "97.5 to 98.5 %" in claim.reason


def test_a_wrong_formula_is_contradicted(project: Path, write_results: Write, derived: dict[str, Any]) -> None:
    megabytes = derived[SIZE] | {"value": derived[SIZE]["value"] * 2**20 / 1e6}
    write_results(derived | {SIZE: megabytes})
    assert row(project, SIZE).verdict == "contradicted"


def test_another_data_set_is_not_compared(project: Path, write_results: Write) -> None:
    write_results({GAP: gap(0.61, spread=0.02, seeds=5, data="simulated frames")})
    found = row(project, GAP)
    assert (found.verdict, found.difference, found.spread, found.seeds) == ("different data", None, 0.02, 5)
    assert found.reason == "ours: simulated frames; the paper's: YouTube-8M frame level; not compared"


@pytest.mark.parametrize(
    ("value", "spread", "verdict"),
    [
        (0.873, 0.002, "reproduced at paper"),
        (0.87, 0.002, "contradicted at paper"),
        (0.8744, None, "undecided at paper"),
    ],
)
def test_the_papers_own_data_is_compared(
    project: Path, write_results: Write, value: float, spread: float | None, verdict: str
) -> None:
    write_results({GAP: gap(value, spread=spread, data="YouTube-8M frame level")}, "paper", recorded=True)
    found = row(project, GAP)
    assert found.verdict == verdict
    assert found.difference == pytest.approx(value - 0.8744)
    assert found.evidence == "results/paper/liu2018_table_1.json"
    assert ("no interval" in found.reason) == (spread is None)


def test_a_direction_names_profile_and_data(project: Path, write_results: Write, derived: dict[str, Any]) -> None:
    claim = "liu2018.claims.averaged_beats_single"
    write_results({claim: derived[claim]}, "smoke")
    found = row(project, claim, profile="smoke")
    assert (found.verdict, found.difference) == ("holds at smoke", None)
    # 0.01 ± 0.004 over five: t = 2.776 * 2.5 = 6.94 with four degrees of freedom.
    assert found.reason == "on simulated frames; p = 0.0023"
    assert row(project, claim).verdict == "no result"


def claims(project: Path, *claims: str) -> None:
    """Replace the paper's claims; each is quoted from itself."""
    lines = [f"  - {{locator: section 1, quotation: better, printed: better, unit: GAP, {claim}}}" for claim in claims]
    path = project / "data_manifests" / "papers" / "liu2018" / "claims.yml"
    path.write_text("claims:\n" + "\n".join(lines) + "\n")


def verdicts_of(project: Path) -> dict[str, tuple[str, str]]:
    """Verdict and reason of each claim."""
    rows = [found for found in papers.ledger(root=project) if ".claims." in found.id]
    return {found.id.removeprefix("liu2018.claims."): (found.verdict, found.reason) for found in rows}


def test_equivalence_and_stated_verdicts(project: Path, write_results: Write) -> None:
    claims(
        project,
        "id: same, kind: equivalence, margin: 0.0001, family: a, note: as printed",
        "id: lossless, kind: non-inferiority, margin: 0.004, family: b, note: one side",
        "id: hours, kind: protocol, stated: {verdict: different hardware, reason: timed on a GPU}",
        "id: steps, kind: protocol, not_attempted: a setting",
    )
    about = {"seeds": 5, "data": "simulated frames"}
    same, lossless = gap(0.00002, spread=0.00003, **about), gap(0.0065, spread=0.0019, **about)
    write_results({"liu2018.claims.same": same, "liu2018.claims.lossless": lossless})
    found = verdicts_of(project)
    # (0.0065 + 0.004) / 0.0019 = 5.53 half widths: t = 15.3.
    assert found["lossless"] == ("not worse by 0.004 at small", "one side; on simulated frames; p = 0.00011")
    # (0.0001 - 0.00002) / 0.00003 = 2.67 half widths from the nearer limit: t = 7.40.
    assert found["same"] == ("equivalent within 0.0001 at small", "as printed; on simulated frames; p = 0.0018")
    assert found["hours"] == ("different hardware", "timed on a GPU")
    assert found["steps"] == ("not attempted", "a setting")
    write_results({"liu2018.claims.hours": gap(2.5)}, file="liu2018_time")
    hours = row(project, "liu2018.claims.hours")
    assert (hours.verdict, hours.reproduced, hours.difference) == ("different hardware", 2.5, None)
    write_results({"liu2018.claims.steps": gap(2.5)}, file="liu2018_time")
    with pytest.raises(ResultFileError, match=r"claims\.steps\.value: liu2018\.claims\.steps is a protocol"):
        papers.ledger(root=project)


def test_a_statement_is_true_or_not(project: Path, write_results: Write) -> None:
    claims(project, "id: 'true', kind: statement, note: read so", "id: 'false', kind: statement")
    write_results({"liu2018.claims.true": gap(1), "liu2018.claims.false": gap(0)})
    assert verdicts_of(project) == {"true": ("holds", "read so"), "false": ("does not hold", "")}
    write_results({"liu2018.claims.true": gap(0.97)})
    with pytest.raises(ResultFileError, match=r"results\.liu2018\.claims\.true\.value: expected 1 where"):
        papers.ledger(root=project)


def test_claims_of_a_family_are_tested_together(project: Path, write_results: Write) -> None:
    """Three claims at p = 0.0023, 0.015 and (one seed) none: Holm triples the first and doubles the second."""
    family = ("id: clear", "id: faint", "id: single")
    results = {
        "liu2018.claims.clear": gap(0.01, spread=0.004, seeds=5),
        "liu2018.claims.faint": gap(-0.01, spread=0.0067, seeds=5),
        "liu2018.claims.single": gap(0.5),
        "liu2018.claims.alone": gap(-0.01, spread=0.0067, seeds=5),
    }
    claims(
        project, *(f"{claim}, kind: direction, family: a" for claim in family), "id: alone, kind: direction, family: b"
    )
    write_results(results)
    assert verdicts_of(project) == {
        "clear": ("holds at small", "p = 0.0068 after Holm for 3 claims"),
        "faint": ("does not hold at small", "p = 0.029 after Holm for 3 claims"),
        "single": ("undecided at small", "no interval: not repeated over seeds"),
        "alone": ("does not hold at small", "p = 0.014"),
    }
    # Two more claims of the family, one without a result: the faint one can't be told any more.
    claims(project, *(f"{claim}, kind: direction, family: a" for claim in (*family, "id: late", "id: later")))
    assert verdicts_of(project)["faint"] == ("undecided at small", "p = 0.057 after Holm for 5 claims")
    assert verdicts_of(project)["clear"] == ("holds at small", "p = 0.011 after Holm for 5 claims")


def test_what_is_no_hypothesis_does_not_count_in_its_family(project: Path, write_results: Write) -> None:
    """A claim printed twice is one hypothesis; one that is left out for a stated reason is none."""
    common = "kind: direction, family: a"
    claims(
        project,
        f"id: faint, {common}",
        f"id: again, result_key: liu2018.claims.faint, {common}",
        f"id: left, not_attempted: too long, {common}",
        f"id: unknown, stated: {{verdict: undecidable from the paper, reason: two readings}}, {common}",
    )
    results = {"liu2018.claims.faint": gap(0.01, spread=0.0067, seeds=5), "liu2018.claims.unknown": gap(0.1)}
    write_results(results)
    found = verdicts_of(project)
    assert found["faint"] == found["again"] == ("holds at small", "p = 0.014")
    assert [found["left"][0], found["unknown"][0]] == ["not attempted", "undecidable from the paper"]


def test_a_spread_needs_its_seeds(project: Path, write_results: Write) -> None:
    claims(project, "id: a, kind: direction, family: a")
    write_results({"liu2018.claims.a": gap(0.1, spread=0.01)})
    with pytest.raises(ResultFileError, match=r"claims\.a\.seeds: expected at least 2, which the spread is over"):
        papers.ledger(root=project)


def test_an_incomplete_file_is_named_and_not_counted(
    project: Path, write_results: Write, derived: dict[str, Any]
) -> None:
    write_results(derived, complete=False, provenance={})
    unfinished = "not counted, its notebook did not finish: _build/results/small/liu2018_table_1.json"
    exact, measured = row(project, SIZE), row(project, GAP)
    assert (exact.verdict, exact.reproduced, exact.evidence) == ("no result", None, None)
    assert exact.reason == unfinished
    assert measured.verdict == "not attempted"
    assert measured.reason.endswith(f"(section 2.1); {unfinished}")


def test_another_unit_is_refused(project: Path, write_results: Write, derived: dict[str, Any]) -> None:
    write_results({SIZE: derived[SIZE] | {"unit": "MB"}})
    message = f"results.{SIZE}.unit: expected 'MiB' as {SIZE} has, found 'MB'"
    with pytest.raises(ResultFileError, match=re.escape(message)):
        papers.ledger(root=project)


def test_a_measured_number_needs_its_data(project: Path, write_results: Write) -> None:
    write_results({GAP: gap(0.8744, spread=0.001)})
    with pytest.raises(ResultFileError, match=re.escape(f"results.{GAP}.data: expected the data")):
        papers.ledger(root=project)


def test_to_frame_has_the_ledgers_columns(project: Path, write_results: Write, derived: dict[str, Any]) -> None:
    write_results(derived)
    rows = papers.ledger(root=project)
    frame = papers.to_frame(rows)
    assert list(frame.columns) == COLUMNS
    assert len(frame) == len(rows) == 98
    beats = frame.set_index("id").loc["liu2018.claims.averaged_beats_single"]
    assert (beats["seeds"], beats["spread"]) == (5, 0.004)
    assert list(papers.to_frame([]).columns) == COLUMNS


def test_the_projects_own_results_fit_the_transcription(root: Path) -> None:
    """Whatever this checkout has recorded or built is readable, in the right units and with provenance."""
    rows = papers.ledger(root=root)
    assert {found.id for found in rows} == {entry.id for entry in papers.entries(root=root)}
    assert all(found.reason for found in rows if found.verdict in ("not attempted", "different data"))
