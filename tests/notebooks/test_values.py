"""Every value that the notebooks record at profile smoke, against the accepted one."""

import json
import math
from pathlib import Path

import nbformat
import pytest

from compactvid.cli.accept import reference_values
from compactvid.experiments import experiment

GOLDENS = Path(__file__).resolve().parents[1] / "goldens" / "smoke"
STEMS = sorted(path.stem for path in (Path(__file__).resolve().parents[2] / "notebooks").glob("*.py"))
SOURCES = ("simulated", "youtube8m", "audioset", "voc", "ucf101", "weights")
# Pages show curves of real samples, else recorded ones of more of them: what is plotted depends on the samples.
REAL_SAMPLES = all(
    experiment(f"data_{name}").runs("smoke", 0) for name in ("audioset", "tiny_yolov2", "ucf11", "voc", "youtube8m")
)


def comparable(goldens, results):
    """The goldens of the data that were there: real and simulated results have keys of their own, figures have not."""
    absent = [source for source in SOURCES if not any(f".{source}." in key for key in results)]
    return {
        key: golden
        for key, golden in goldens.items()
        if not any(f".{source}." in key for source in absent) and (REAL_SAMPLES or ".figures." not in key)
    }


def differs(accepted, now, tolerance, relative=0.0):
    """A number by more than the tolerance, or anything else. Of a figure's column, rounded to six digits, any value."""
    if isinstance(accepted, list):
        return len(accepted) != len(now) or any(
            differs(old, new, tolerance, 1e-5) for old, new in zip(accepted, now, strict=True)
        )
    if isinstance(accepted, float) and isinstance(now, float):
        return not math.isclose(accepted, now, rel_tol=relative, abs_tol=tolerance)
    return accepted != now


@pytest.mark.parametrize("stem", STEMS)
def test_recorded_values_are_the_accepted_ones(smoke_project, stem):
    written = json.loads((smoke_project.folder / "_build" / "results" / "smoke" / f"{stem}.json").read_text())
    assert written["complete"] is True
    results = reference_values(written)
    goldens = comparable(json.loads((GOLDENS / f"{stem}.json").read_text()), results)
    results = comparable(results, results)
    differences = [
        f"{key}: accepted {golden['value']!r} ± {golden['tolerance']:g}, now {results[key]['value']!r}"
        for key, golden in goldens.items()
        if key in results and differs(golden["value"], results[key]["value"], golden["tolerance"])
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
    assert not differs(1.0, 1.1, 0.11)
    assert differs(1.0, 1.000001, 0.0)
    assert differs(1.0, math.nan, 1.0)
    curve = [3, 0.5, None, "a"]
    assert not differs(curve, [3, 0.509, None, "a"], 0.01)
    for other in ([3, 0.511, None, "a"], [4, 0.5, None, "a"], [3, 0.5, 0.0, "a"], [3, 0.5, None, "b"], [3, 0.5, None]):
        assert differs(curve, other, 0.01)
