"""The ledger over the real transcription, with results that the tests computed themselves."""

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
    assert (found.verdict, found.difference, found.reason) == ("holds at smoke", None, "on simulated frames")
    assert row(project, claim).verdict == "no result"


def test_equivalence_and_stated_verdicts(project: Path, write_results: Write) -> None:
    claims = project / "data_manifests" / "papers" / "liu2018" / "claims.yml"
    claims.write_text(
        """
claims:
  - {id: same, locator: section 2.2, quotation: perform equally well, printed: equally well, kind: equivalence,
     unit: GAP, margin: 0.0001}
  - {id: hours, locator: section 2.1, quotation: two to three days, printed: two, kind: direction, unit: d,
     stated: {verdict: different hardware, reason: timed on a GPU}}
"""
    )
    write_results({"liu2018.claims.same": gap(0.00002, spread=0.00003, seeds=5, data="simulated frames")})
    same, hours = papers.ledger(root=project)[-2:]
    assert same.verdict == "equivalent within 0.0001 at small"
    assert (hours.verdict, hours.reason, hours.reproduced) == ("different hardware", "timed on a GPU", None)
    timed = {"value": 2.5, "unit": "d", "tolerance": 1, "reason": "timed"}
    write_results({"liu2018.claims.hours": timed}, file="liu2018_time")
    hours = papers.ledger(root=project)[-1]
    assert (hours.verdict, hours.reproduced, hours.difference) == ("different hardware", 2.5, None)


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
