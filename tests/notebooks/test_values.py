"""Every value that the notebooks record at profile smoke, against the accepted one."""

import json
from pathlib import Path

import nbformat
import pytest

GOLDENS = Path(__file__).resolve().parents[1] / "goldens" / "smoke"
STEMS = sorted(path.stem for path in (Path(__file__).resolve().parents[2] / "notebooks").glob("*.py"))
SOURCES = ("simulated", "youtube8m", "audioset", "voc", "ucf101", "weights")


def comparable(goldens, results):
    """The goldens of the data that were there: real and simulated results have keys of their own."""
    absent = [source for source in SOURCES if not any(f".{source}." in key for key in results)]
    return {key: golden for key, golden in goldens.items() if not any(f".{source}." in key for source in absent)}


@pytest.mark.parametrize("stem", STEMS)
def test_recorded_values_are_the_accepted_ones(smoke_project, stem):
    written = json.loads((smoke_project.folder / "_build" / "results" / "smoke" / f"{stem}.json").read_text())
    assert written["complete"] is True
    results = written["results"]
    goldens = comparable(json.loads((GOLDENS / f"{stem}.json").read_text()), results)
    differences = [
        f"{key}: accepted {golden['value']!r} ± {golden['tolerance']:g}, now {results[key]['value']!r}"
        for key, golden in goldens.items()
        if key in results and not abs(results[key]["value"] - golden["value"]) <= golden["tolerance"]
    ]
    differences += [f"{key}: accepted, but no longer recorded" for key in goldens.keys() - results.keys()]
    differences += [f"{key}: recorded, but never accepted" for key in results.keys() - goldens.keys()]
    assert not differences, "\n".join(
        ["", *sorted(differences), "If these are right: compactvid accept KEY... --reason ..."]
    )


@pytest.mark.parametrize("stem", STEMS)
def test_executed_notebook_is_clean(smoke_project, stem):
    """Run to the end, in order, without a line on stderr and without anybody's folders."""
    notebook = nbformat.read(smoke_project.folder / "book" / "notebooks" / f"{stem}.ipynb", as_version=4)
    counts = [cell.execution_count for cell in notebook.cells if cell.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1))
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert outputs
    for output in outputs:
        assert output.output_type in {"display_data", "execute_result"}, output
    text = json.dumps(notebook.metadata) + "".join(json.dumps(output) for output in outputs)
    assert str(smoke_project.folder) not in text
    injected = [cell for cell in notebook.cells if "injected-parameters" in cell.metadata.get("tags", ())]
    assert ["remove-cell" in cell.metadata.tags for cell in injected] == [True]


def test_a_comparison_bites():
    """The comparison itself: a value off by more than its tolerance, a lost key and a new key are each seen."""
    goldens = {"a.youtube8m.gap": {"value": 1.0, "tolerance": 0.1}, "a.simulated.gap": {"value": 2.0, "tolerance": 0}}
    assert comparable(goldens, {"a.simulated.gap": {}}) == {"a.simulated.gap": goldens["a.simulated.gap"]}
    assert comparable({"b": 1}, {}) == {"b": 1}
