"""Result files: which one counts, and what is said of one that is not as it should be."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from compactvid.atomic import replaced
from compactvid.papers import ResultFileError
from compactvid.papers.results import read_results, recorded_file

KEY = "liu2018.table_1.K24-H1440.best_averaged_gap"
GOOD = {"value": 0.5, "unit": "GAP", "tolerance": 0.01, "reason": "trained", "data": "simulated frames"}
Write = Callable[..., Path]


def chosen(root: Path, profile: str | None = None) -> tuple[float, str, str] | None:
    evidence = read_results(root, profile).found.get(KEY)
    return evidence and (evidence.result.value, evidence.profile, evidence.path)


def test_the_strongest_profile_counts(project: Path, write_results: Write) -> None:
    assert chosen(project) is None
    write_results({KEY: GOOD | {"value": 0.1}}, "smoke")
    assert chosen(project) is None
    write_results({KEY: GOOD | {"value": 0.2}}, "small")
    assert chosen(project) == (0.2, "small", "_build/results/small/liu2018_table_1.json")
    assert chosen(project, "smoke") == (0.1, "smoke", "_build/results/smoke/liu2018_table_1.json")
    write_results({KEY: GOOD | {"value": 0.25}}, "full", recorded=True)
    assert chosen(project) == (0.25, "full", "results/full/liu2018_table_1.json")
    assert chosen(project, "small") == (0.25, "full", "results/full/liu2018_table_1.json")
    write_results({KEY: GOOD | {"value": 0.3}}, "real")
    assert chosen(project) == (0.3, "real", "_build/results/real/liu2018_table_1.json")
    assert chosen(project, "small") == (0.25, "full", "results/full/liu2018_table_1.json")
    write_results({KEY: GOOD | {"value": 0.4}}, "real", recorded=True)
    assert chosen(project) == (0.4, "real", "results/real/liu2018_table_1.json")
    assert chosen(project, "small") == (0.4, "real", "results/real/liu2018_table_1.json")
    write_results({KEY: GOOD | {"value": 0.5}}, "paper", recorded=True)
    assert chosen(project, "real") == (0.5, "paper", "results/paper/liu2018_table_1.json")
    assert chosen(project, "smoke") == (0.5, "paper", "results/paper/liu2018_table_1.json")


def test_a_derived_number_is_the_builds_where_it_made_one(project: Path, write_results: Write) -> None:
    derived = {name: value for name, value in GOOD.items() if name != "data"}
    write_results({KEY: derived | {"value": 0.4}}, "real", recorded=True)
    assert chosen(project) == (0.4, "real", "results/real/liu2018_table_1.json")
    write_results({KEY: derived | {"value": 0.2}}, "small")
    assert chosen(project) == (0.2, "small", "_build/results/small/liu2018_table_1.json")


def test_evidence_of_light_profiles_is_not_recorded(project: Path, write_results: Write) -> None:
    write_results({KEY: GOOD}, "small", recorded=True)
    assert chosen(project) is None


def test_an_incomplete_file_counts_as_no_result(project: Path, write_results: Write) -> None:
    write_results({KEY: GOOD | {"value": 0.2}}, "small")
    path = write_results({KEY: GOOD}, "real", complete=False, provenance={})
    assert chosen(project) == (0.2, "small", "_build/results/small/liu2018_table_1.json")
    assert read_results(project).incomplete == [path.relative_to(project)]
    assert read_results(project, "small").incomplete == []


def test_an_unknown_profile_is_answered_with_the_known_ones(project: Path) -> None:
    with pytest.raises(ValueError, match="unknown profile 'large'; valid profiles are smoke, small, full, real, paper"):
        read_results(project, "large")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"stem": "other"}, "stem: expected 'liu2018_table_1' from the file's place, found 'other'"),
        ({"profile": "real"}, "profile: expected 'small' from the file's place, found 'real'"),
        ({"provenance": {}}, "provenance: empty, expected where the results come from"),
        ({"complete": "perhaps"}, "complete: Input should be a valid boolean"),
        ({"extra": 1}, "extra: Extra inputs are not permitted"),
        ({"results": {KEY: {"value": 0.5}}}, f"results.{KEY}.tolerance: Field required"),
        ({"results": {KEY: GOOD | {"value": "much"}}}, f"results.{KEY}.value: Input should be a valid number"),
        ({"results": {KEY: GOOD | {"value": None}}}, f"results.{KEY}.value: Input should be a valid number"),
        ({"results": {KEY: GOOD | {"value": float("nan")}}}, f"results.{KEY}.value: Input should be a finite number"),
        ({"results": {KEY: GOOD | {"spread": -1}}}, f"results.{KEY}.spread: Input should be greater than or"),
        ({"results": {KEY: GOOD | {"seeds": 0}}}, f"results.{KEY}.seeds: Input should be greater than or"),
        ({"results": {KEY: GOOD | {"colour": "red"}}}, f"results.{KEY}.colour: Extra inputs are not permitted"),
        ({"figures": {"a": {"x": [1, 2], "y": [1]}}}, "figures.a: expected columns of one length, at least 1, found"),
        ({"figures": {"a": {"x": []}}}, "figures.a: expected columns of one length, at least 1, found {'x': 0}"),
        ({"figures": {"a": {}}}, "figures.a: expected columns of one length, at least 1, found {}"),
        ({"figures": {"a": {"x": [[1]]}}}, "figures.a.x.0"),
    ],
)  # fmt: skip
def test_a_bad_result_file_is_named(project: Path, write_results: Write, changes: dict[str, Any], message: str) -> None:
    path = write_results(**{"results": {KEY: GOOD}} | changes)
    with pytest.raises(ResultFileError, match=re.escape(f"{path}: {message}")):
        read_results(project)


@pytest.mark.parametrize("content", [b"", b'{"stem": "liu20', b"\xff\xfe", b"[]"])
def test_an_unreadable_result_file_is_named(project: Path, write_results: Write, content: bytes) -> None:
    path = write_results({KEY: GOOD})
    path.write_bytes(content)
    with pytest.raises(ResultFileError, match=re.escape(f"{path}: ")):
        read_results(project)


def test_a_result_file_that_is_being_written_is_not_read(project: Path, write_results: Write) -> None:
    """Notebooks of one build read the ledger while others write their results."""
    written = write_results({KEY: GOOD})
    text = written.read_text()
    written.unlink()
    with replaced(written) as temporary:
        temporary.write_text(text)
        assert chosen(project) is None
    assert chosen(project) == (0.5, "small", "_build/results/small/liu2018_table_1.json")


def test_a_result_file_that_goes_between_listing_and_reading_counts_as_none(
    project: Path, write_results: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Snakemake takes away the outputs of a job before it runs it again."""
    gone = write_results({KEY: GOOD})
    read = Path.read_text

    def read_after_it_went(path: Path, **options: Any) -> str:
        if path == gone:
            path.unlink()
        return read(path, **options)

    monkeypatch.setattr(Path, "read_text", read_after_it_went)
    assert chosen(project) is None


def test_a_key_belongs_to_one_file(project: Path, write_results: Write) -> None:
    write_results({KEY: GOOD})
    path = write_results({KEY: GOOD}, file="liu2018_table_2")
    message = f"{path}: results.{KEY}: _build/results/small/liu2018_table_1.json holds the same key, expected one"
    with pytest.raises(ResultFileError, match=re.escape(message)):
        read_results(project)


def test_the_heaviest_recording_counts(project: Path, write_results: Write) -> None:
    assert recorded_file(project, "liu2018_table_1") is None
    write_results({KEY: GOOD}, "small")
    write_results({KEY: GOOD}, "full", recorded=True)  # on simulated data
    assert recorded_file(project, "liu2018_table_1") is None
    for profile in ("real", "paper"):
        write_results({KEY: GOOD}, profile, recorded=True, figures={"a": {"x": [1, 0.5, None, "b", True]}})
        found = recorded_file(project, "liu2018_table_1")
        assert found is not None
        assert (found.profile, found.figures["a"]["x"]) == (profile, [1, 0.5, None, "b", True])
