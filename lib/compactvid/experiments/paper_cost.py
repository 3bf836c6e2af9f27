"""What it costs to train the models of Liu & Liu 2018, Table 1, at the paper's size, on several devices.

Section 2.1, "Training": 200,000 steps with batches of 80 to 160 videos, two to three days a model on Tesla K80s. All
training videos but for the paper's 60 validation files count: the official training split and the other validation
files.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from html import escape
from typing import Any

import pandas as pd

from compactvid.datasets.simulated import VideoWorld
from compactvid.datasets.simulated_splits import SimulatedFrameLevel
from compactvid.experiments.liu2018.table_1 import paper_models
from compactvid.manifests import manifest
from compactvid.report.table import html_table
from compactvid.root import project_root
from compactvid.runs.accelerators import ACCELERATORS
from compactvid.runs.predict import measure, multiply_adds, predict
from compactvid.runs.trainings import PASSES, examples, smaller, work
from compactvid.training import TrainingRun

STEPS, BATCH_SIZES, PRINTED_DAYS = 200_000, (80, 160), (2, 3)
VALIDATION_FILES = 60
FRAMES = 300
MODEL = "K24-H1440"
ASSUMED_SHARE = 0.3
"""Share of its peak that a GPU is assumed to reach where no throughput was measured."""
MEASURED_STEPS = (2, 32)
"""Far enough apart that a start of most of a minute, and its noise, do not hide what a step takes."""
SHARES = (1 / 8, 1 / 2)
"""Of the data of profile `small`, of which its trainings are predicted: of four shards, one and two."""

HEADINGS = {
    "device": "device",
    "basis": "time is",
    "share": "share of its peak, %",
    "hours": f"hours for {MODEL}",
    "all_days": "days for all 28",
    "memory_gib": "memory, GiB",
    "storage_gib": "checkpoints, GiB",
}
FORMATS = {"share": ".1f", "hours": ",.2f", "all_days": ",.2f", "memory_gib": ".1f", "storage_gib": ".1f"}


CHECK_HEADINGS = {
    "training": "training",
    "predicted_seconds": "predicted, s",
    "measured_seconds": "measured, s",
    "difference": "difference, %",
    "predicted_memory_mib": "predicted, MiB",
    "measured_memory_mib": "measured, MiB",
}
CHECK_FORMATS = dict.fromkeys(("predicted_seconds", "measured_seconds"), ".1f") | {
    "difference": "+.0f",
    "predicted_memory_mib": ",.0f",
    "measured_memory_mib": ",.0f",
}


def paper_training(name: str, *, steps: int) -> TrainingRun:
    """A paper-size training at the smaller printed batch size, on as many simulated videos as `steps` steps take."""
    batch_size = BATCH_SIZES[0]
    sizes = {"num_classes": 3862, "num_topics": 200, "rgb_size": 1024, "audio_size": 128}
    world = VideoWorld(**sizes, min_frames=FRAMES, max_frames=FRAMES)
    # Learning rate and validation are of no account for the cost.
    dataset = SimulatedFrameLevel(world, train=steps * batch_size, validate=1, test=1)
    return TrainingRun(paper_models()[name], dataset, seed=0, epochs=1, batch_size=batch_size, learning_rate=2e-4)


def paper_examples() -> dict[str, int]:
    """Videos of each split as the paper divides them; its test split's labels are not published, so none is counted."""
    splits = manifest("youtube8m_frame").splits
    train, validate = (splits[name].examples or 0 for name in ("train", "validate"))
    shards = splits["validate"].shards
    assert shards is not None
    chosen = round(validate * VALIDATION_FILES / shards.count)
    return {"train": train + validate - chosen, "validate": chosen, "test": 0}


def measure_paper() -> dict[str, Any]:
    """Measure paper-size steps on this device; predict the whole training of one model from them.

    Epochs are whole: as many as hold the printed steps at the middle of the printed batch sizes, one at least.
    """
    measured = measure(paper_training(MODEL, steps=steps) for steps in MEASURED_STEPS)
    counts = paper_examples()
    training = paper_training(MODEL, steps=1)
    epochs = max(1, round(STEPS * sum(BATCH_SIZES) / 2 / counts["train"]))
    cost = predict(replace(training, epochs=epochs), counts, measured)
    products = {
        name: multiply_adds(model.build(initialize=False), frames=FRAMES) for name, model in paper_models().items()
    }
    return {
        "model": MODEL,
        "frames": FRAMES,
        "batch_size": training.batch_size,
        "epochs": epochs,
        "videos": counts,
        "measured": [vars(each) for each in measured],
        "predicted": vars(cost),
        "weights_mib": 4 * training.model.build(initialize=False).count_params() / 2**20,
        "multiply_adds": products,
    }


def measure_small(trainings: Mapping[str, Any]) -> dict[str, Any]:
    """Predict trainings from `SHARES` of their data, then execute them: seconds of each, and of all.

    Parameters
    ----------
    trainings
        Name -> configuration.
    """
    rows = []
    for name, config in trainings.items():
        measured = measure(smaller(config, share) for share in SHARES)
        counts = examples(config.dataset)
        (whole,) = measure([config])
        predicted = predict(config, counts, measured)
        rows.append(
            {
                "training": name,
                "work": work(config, counts),
                "predicted_seconds": predicted.seconds,
                "measured_seconds": whole.seconds,
                "predicted_memory_mib": predicted.peak_memory_mib,
                "measured_memory_mib": whole.peak_memory_mib,
            }
        )
    sums = pd.DataFrame(rows)[["predicted_seconds", "measured_seconds"]].sum()
    error = float(sums["predicted_seconds"] / sums["measured_seconds"] - 1)
    return {"shares": SHARES, "trainings": rows, **sums.to_dict(), "error": error}


def recorded() -> dict[str, Any] | None:
    """What `make measure-cost` recorded, or None."""
    path = project_root() / "results" / "measured" / "cost.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def paper_costs(record: Mapping[str, Any]) -> pd.DataFrame:
    """One row a device: columns as in `HEADINGS`.

    This device is measured. The K80's printed days say what share of its peak the authors reached. Elsewhere hours are
    the arithmetic of the matrix products over `ASSUMED_SHARE` of the peak, and memory is what four copies of the
    weights take (gradients and Adam's two moments among them), with two of a batch's features in float32.
    """
    paper = record["paper"]
    products = paper["multiply_adds"]
    all_models = sum(products.values()) / products[MODEL]
    flops = 2 * PASSES * products[MODEL] * STEPS * sum(BATCH_SIZES) / 2
    storage = paper["predicted"]["storage_mib"] / 1024
    weights = paper["weights_mib"] / 1024
    memory = 4 * weights + 2 * BATCH_SIZES[1] * FRAMES * (1024 + 128) * 4 / 2**30
    here = {
        "device": record["provenance"]["device"],
        "basis": "measured and extrapolated",
        "hours": paper["predicted"]["seconds"] / 3600,
        "memory_gib": paper["predicted"]["peak_memory_mib"] / 1024,
    }
    rows = [here]
    for known in ACCELERATORS:
        for dtype, peak in known.peak.items():
            row = {"device": f"{known.name}, {dtype}", "memory_gib": memory}
            if "K80" in known.name:
                hours = 24 * sum(PRINTED_DAYS) / 2
                rows.append(row | {"basis": "printed", "hours": hours, "share": 100 * flops / (hours * 3600 * peak)})
            hours = flops / (ASSUMED_SHARE * peak) / 3600
            rows.append(row | {"basis": "assumed", "hours": hours, "share": 100 * ASSUMED_SHARE})
    frame = pd.DataFrame(rows).assign(storage_gib=storage)
    return frame.assign(all_days=frame["hours"] * all_models / 24)[list(HEADINGS)]


def checks(small: Mapping[str, Any]) -> pd.DataFrame:
    """One row a training of profile `small`, and one of their sum: columns as in `CHECK_HEADINGS`.

    Parameters
    ----------
    small
        What `measure_small` returned.
    """
    frame = pd.DataFrame(small["trainings"])
    total = frame[["predicted_seconds", "measured_seconds"]].sum()
    frame = pd.concat([frame, pd.DataFrame([{"training": "all, one after the other", **total}])], ignore_index=True)
    frame["difference"] = 100 * (frame["predicted_seconds"] / frame["measured_seconds"] - 1)
    return frame[list(CHECK_HEADINGS)]


def notes(record: Mapping[str, Any]) -> list[str]:
    """What the table assumes, and how well the same prediction did where it could be checked."""
    paper, small, made = record["paper"], record.get("small"), record["provenance"]
    steps = " and ".join(f"{step:,}" for step in MEASURED_STEPS)
    memory = " and ".join(f"{each['peak_memory_mib']:,.0f}" for each in paper["measured"])
    read = STEPS * sum(BATCH_SIZES) / 2 * FRAMES * (1024 + 128) / 1e12  # a byte a value
    lines = [
        f"Predicted for {STEPS:,} steps of {BATCH_SIZES[0]} to {BATCH_SIZES[1]} videos (the middle is taken), which is "
        f"{paper['epochs']} epochs of {paper['videos']['train']:,} videos of {FRAMES} frames.",
        f"Measured: trainings of {steps} steps of {paper['batch_size']} simulated videos with one thread, "
        f"{made['started'][:10]}; the load of the machine was {record['load']:.1f} on {record['cores']} cores. Time is "
        f"affine in examples. Other models take time as their matrix products do.",
        f"Memory of this device is the larger of the two measured, {memory} MiB. It grew with the examples, for "
        "simulated videos are held in memory, twice while they are read. The paper's would be read from shards as they "
        "are needed.",
        f"Assumed: a GPU reaches {ASSUMED_SHARE:.0%} of the peak on its data sheet. That is a lower bound, of "
        f"arithmetic alone: moving the weights comes on top, and so does reading {read:.0f} TB of features. Its memory "
        "is of weights, gradients, Adam's moments and a batch of features; storage is that of one model's checkpoints.",
        f"Printed: {PRINTED_DAYS[0]} to {PRINTED_DAYS[1]} days on a K80 (the middle is taken), so the authors reached "
        "the share shown; what bounds such a training is not its arithmetic.",
    ]
    if small:
        shares = " and ".join(f"1/{round(1 / share)}" for share in small["shares"])
        single = checks(small)["difference"][:-1]
        lines += [
            f"Checked on profile small, with {len(small['trainings'])} trainings: predicted "
            f"{small['predicted_seconds']:.0f} s from shares of {shares} of their data, measured "
            f"{small['measured_seconds']:.0f} s ({small['error']:+.0%}); {small['provenance']['device']}, "
            f"{small['provenance']['started'][:10]}, load {small['load']:.1f}.",
            f"Single trainings scatter, from {single.min():+.0f} to {single.max():+.0f} % (table below). Where one "
            "takes some seconds, about half of them are its start, in which the model is built and compiled. Starts "
            "differ by seconds. Such errors partly cancel in the sum.",
        ]
    return lines


def paper_cost_page() -> str:
    """The table with its notes, and the check of single trainings, as HTML; a sentence where nothing was recorded."""
    record = recorded()
    if record is None:
        return "<p>Nothing was measured yet: <code>make measure-cost</code> does.</p>"
    caption = "Training the models of Liu & Liu 2018 at the paper's size: predicted time, memory and storage"
    table = html_table(paper_costs(record), caption, formats=FORMATS, headings=HEADINGS)
    parts = [table, "<ul>", *(f"<li>{escape(note)}</li>" for note in notes(record)), "</ul>"]
    if small := record.get("small"):
        caption = "Trainings of profile small: time and peak memory, as predicted and as measured"
        parts.append(html_table(checks(small), caption, formats=CHECK_FORMATS, headings=CHECK_HEADINGS))
    return "\n".join(parts)
