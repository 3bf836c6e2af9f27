"""Cheng et al. 2018, Fig. 6 and section 4: the whole flow, from a clip to boxes and an action, as an online program.

The program is `compactvid.pipeline`, with the networks that `recurrent_grid` trains in the first world. It watches
clips of the test split, and what it says is held against the networks as they were trained, on whole clips
(`compactvid.pipeline.online_agreement`). Statements are yes or no of these counts; nothing is tested.

Times and bytes are those of `make record-pipeline`. Sizes are those of the pages of Tables 1 and 2, added up.
"""

from typing import Any

import numpy as np
import pandas as pd

from compactvid import papers
from compactvid.experiments import online_program, recurrent_counts
from compactvid.experiments.detector_bytes import printed, readings
from compactvid.experiments.detector_sizes import shape_text
from compactvid.experiments.intervals import mean_and_half_width
from compactvid.experiments.measured_record import measured_record
from compactvid.pipeline.stages import STAGES
from compactvid.runs import load_or_run

USES = ("deepeye2018_fig_7", "deepeye2018_fig_9", "deepeye2018_table_1", "deepeye2018_table_2")
PROFILES = {"smoke": None, "small": None}
PAPER = "paper"
"""The program at the paper's size, by its name in the record."""
NOISE = 1e-5
"""Of a probability: sums in float32 that are taken in another order."""

STAGE_HEADINGS = {
    "stage": "stage",
    "does": "does",
    "milliseconds": "ms a frame",
    "first_quartile": "from",
    "third_quartile": "to",
    "frames_per_second": "frames/s",
    "small_milliseconds": "scaled down, ms",
}
SIZE_HEADINGS = {
    "part": "part",
    "before": "before",
    "before_mb": "MB",
    "after": "after",
    "after_mb": "MB",
    "rate": "rate",
    "paper": "paper",
}
FOUND_HEADINGS = {"what": "on clips of the test split", "value": "found"}
STATEMENT_HEADINGS = {"sentence": "the paper", "true": "true?", "answer": "what was found"}
FORMATS = {
    **dict.fromkeys(("milliseconds", "first_quartile", "third_quartile", "small_milliseconds"), ".1f"),
    "frames_per_second": ".1f",
    **dict.fromkeys(("before_mb", "after_mb"), ",.2f"),
    "rate": ",.1f",
}


def runs(profile: str, seed: int) -> dict[str, list]:
    """The detector's file, and the program on clips."""
    return {"program": [online_program.detector(profile, seed), online_program.agreement(profile, seed)]}


def data(profile: str, seed: int) -> str:
    """What the networks were trained on."""
    return "simulated scenes and clips, 1 world"


def recorded() -> dict[str, Any]:
    """What `make record-pipeline` measured: see `benchmarks/pipeline.py`."""
    return measured_record("pipeline")


def stages(record: dict[str, Any]) -> pd.DataFrame:
    """One row a stage of the program: columns of `STAGE_HEADINGS`, and step. Medians of the rounds, and quartiles."""
    found, small = (record["programs"][name]["milliseconds"] for name in (PAPER, "scaled down"))
    given = {field: stage.name for stage in STAGES for field in stage.gives}
    steps: dict[str, int] = {}
    rows = []
    for stage in STAGES:
        steps[stage.name] = max((steps[given[field]] + 1 for field in stage.takes), default=0)
        first, median, third = np.percentile(found[stage.name], (25, 50, 75))
        times = (median, first, third, 1e3 / median, float(np.median(small[stage.name])))
        rows.append((stage.name, stage.does, *times, steps[stage.name]))
    return pd.DataFrame(rows, columns=[*STAGE_HEADINGS, "step"])


def passed(record: dict[str, Any]) -> pd.DataFrame:
    """One row a field that a stage takes: source, target, what, shape, bytes, of a frame at the paper's size."""
    of_frame = record["programs"][PAPER]["passed"]
    given = {field: stage.name for stage in STAGES for field in stage.gives}
    return pd.DataFrame(
        [
            (given[field], stage.name, field, shape_text(of_frame[field]["shape"]), of_frame[field]["bytes"])
            for stage in STAGES
            for field in stage.takes
        ],
        columns=["source", "target", "what", "shape", "bytes"],
    )


def speed(record: dict[str, Any]) -> tuple[float, float, int]:
    """Frames a second of the program at the paper's size, on the clock: mean of the rounds, half width, rounds."""
    rates = np.array(record["programs"][PAPER]["frames_per_second"]["watched"])
    return *mean_and_half_width(rates), len(rates)


def machine(record: dict[str, Any]) -> str:
    """Where it was measured."""
    before, after = record["load"]
    return f"{record['provenance']['device']}, load {before:.1f} to {after:.1f}"


def agreement(profile: str, seed: int) -> dict[str, Any]:
    """What the program said of clips: see `OnlineAgreement.execute`."""
    return load_or_run(online_program.agreement(profile, seed)).result


def found(profile: str, seed: int) -> pd.DataFrame:
    """That, a row a count: columns of `FOUND_HEADINGS`."""
    counts = agreement(profile, seed)
    accuracy = {name: f"{100 * share:.1f} %" for name, share in counts["accuracy"].items()}
    rows = [
        ("clips watched", f"{online_program.WATCHED[profile]}"),
        ("frames looked at", f"{counts['looks']:,}"),
        ("an action after", f"{counts['actions']:,} of them"),
        ("boxes and action from the same features after", f"{counts['same_boxes']:,} of them"),
        ("boxes with a score above 0.05", f"{counts['boxes']:,}"),
        ("largest difference of a probability to the whole clip's", f"{counts['difference']:.0e}"),
        ("8-bit features minus trained ones, in deviations", f"{counts['feature_error']:.3f}"),
        ("right actions, online", accuracy["online"]),
        ("right actions, six frames as in training", accuracy["six_frames"]),
        ("right actions, the same six frames, 8-bit file", accuracy["six_frames_8_bit"]),
    ]
    return pd.DataFrame(rows, columns=list(FOUND_HEADINGS))


def sizes() -> pd.DataFrame:
    """What the system stores before and after, a row a part: key and columns of `SIZE_HEADINGS`; 10^6 bytes.

    The recurrent network stays in float32. "weights" counts its map from the input alone, as the paper does.
    """
    detector = readings().set_index("key")["mb"]
    before, after = (recurrent_counts.weights(name) for name in ("RNN", "DEEPEYE"))
    parts = [
        ("detector", "detector", "float32", detector["float"], "8-bit kernels", detector["kernels"],
         f"{printed('float_size')} → {printed('eight_bit_size')} MB"),
        ("recurrent", "recurrent network", "dense, on frames", 4 * before["all"] / 1e6, "tensor train, on features",
         4 * after["all"] / 1e6, ""),
        ("map", "of it the map from the input", f"{before['input_map']:,} weights", 4 * before["input_map"] / 1e6,
         f"{after['input_map']:,} weights", 4 * after["input_map"] / 1e6, "58,982,400 → 3,920"),
    ]  # fmt: skip
    frame = pd.DataFrame(parts, columns=["key", "part", "before", "before_mb", "after", "after_mb", "paper"])
    system = frame[frame["key"] != "map"][["before_mb", "after_mb"]].sum()
    frame.loc[len(frame)] = ["system", "both networks", "", system["before_mb"], "", system["after_mb"], ""]
    frame["rate"] = frame["before_mb"] / frame["after_mb"]
    return frame[["key", *SIZE_HEADINGS]]


def statements(profile: str, seed: int) -> pd.DataFrame:
    """Sentences of sections 1 and 4: claim, columns of `STATEMENT_HEADINGS`, and value, 1 where it is true, else 0."""
    counts, size = agreement(profile, seed), sizes().set_index("key")
    system = size.loc["system", ["before_mb", "after_mb"]]
    looks = counts["looks"]
    without_delay = counts["actions"] == looks and counts["difference"] < NOISE
    answers = {
        "end_to_end": (
            counts["shared_weights"] > 0,
            f"training the recurrent network changes {counts['shared_weights']} of the detector's tensors",
        ),
        "one_system": (
            counts["boxes"] > 0 and counts["actions"] > 0,
            f"one program gave {counts['boxes']:,} boxes, and an action after {counts['actions']:,} frames",
        ),
        "without_delay": (
            without_delay,
            f"an action after {counts['actions']:,} of {looks:,} frames, within {counts['difference']:.0e}",
        ),
        "boxes_from_features": (
            counts["same_boxes"] == looks,
            f"after {counts['same_boxes']:,} of {looks:,} frames both come from one tensor",
        ),
        "storage_of_the_system": (
            [round(number, 1) for number in system] == [printed("float_size"), printed("eight_bit_size")],
            f"both networks take {system['before_mb']:.1f} and {system['after_mb']:.1f} MB",
        ),
    }
    quoted = {entry.id.removeprefix("deepeye2018.claims."): entry.quotation for entry in papers.entries("deepeye2018")}
    rows = [
        (claim, quoted[claim], "yes" if true else "no", answer, int(true)) for claim, (true, answer) in answers.items()
    ]
    return pd.DataFrame(rows, columns=["claim", *STATEMENT_HEADINGS, "value"])
