"""Liu & Liu 2018, Fig. 2: YHLS as one graph, its weights, and its SavedModel at the paper's size.

Fixed beforehand: the weights are tuned on the validation videos of each world and compared on its test videos, in pairs
within the world, with equal weights (which decides whether tuning helps) and with the paper's printed weights. The
graph is built, exported and loaded again for the first world.
"""

from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from compactvid.compression.ensemble import scope
from compactvid.compression.exported_ensemble import ExportedEnsemble
from compactvid.compression.tuned_ensemble import member_scores, mixed
from compactvid.experiments import ensembles
from compactvid.experiments import gated_netvlad_grid as grid
from compactvid.experiments import winner_at_paper_size as paper_size
from compactvid.experiments.ensembles import WINNER
from compactvid.experiments.intervals import mean_and_half_width
from compactvid.metrics import global_average_precision
from compactvid.papers import table
from compactvid.runs import load_or_run

USES = ("liu2018_table_1", "liu2018_table_2")
PROFILES = {name: grid.SCALES[name] for name in ("smoke", "small", "full")}
data = grid.data

CHOICES = {"tuned": "tuned", "uniform": "equal", "printed": "the paper's"}
"""Where the weights come from."""
COMPARISONS = {
    ("tuned", "uniform"): "tuned − equal weights",
    ("printed", "uniform"): "the paper's − equal weights",
    ("tuned", "printed"): "tuned − the paper's weights",
}
"""The first of them decides a claim."""

MEMBER_HEADINGS = {
    "letter": "letter",
    "model": "model",
    "size_mib": "MiB, built",
    "paper_size_mib": "MiB, Table 1",
    "weight": "weight",
    "weight_spread": "±",
    "paper_weight": "paper",
}
MEMBER_FORMATS = {name: ".2f" for name in MEMBER_HEADINGS} | {"letter": "", "model": ""}
GAP_HEADINGS = {
    "weights": "weights",
    "validate": "validation",
    "validate_spread": "±",
    "test": "test",
    "test_spread": "±",
    "gain_on_validate": "gain there",
    "gain_on_test": "gain on test",
}
GAP_FORMATS = {name: ".4f" for name in GAP_HEADINGS} | {"weights": ""}
RECORD_HEADINGS = {"what": "what", "value": "value"}
FILE_HEADINGS = {"file": "file", "bytes": "bytes", "mib": "MiB"}
FILE_FORMATS = {"file": "", "bytes": ",.0f", "mib": ".2f"}


def runs(profile: str, seed: int) -> dict[str, list[ExportedEnsemble]]:
    """The graph of the first world's YHLS."""
    return {"graph": [exported(profile, seed)]}


def exported(profile: str, draw: int) -> ExportedEnsemble:
    """The run that builds YHLS of a world as one graph, exports it and loads it again."""
    return ExportedEnsemble(ensembles.tuned(WINNER, profile, draw))


@cache
def graph(profile: str, draw: int) -> dict[str, Any]:
    """What the run of `exported` found."""
    return load_or_run(exported(profile, draw)).result


@cache
def recorded() -> dict[str, Any]:
    """What `make test-paper-size` found at the paper's size, with its date in `provenance`."""
    return paper_size.recorded()


def weights(profile: str, seed: int) -> pd.DataFrame:
    """Tuned weights, a row a world and a column a letter."""
    found = [ensembles.evaluation(WINNER, profile, draw)["weights"] for draw in grid.draws(profile, seed)]
    return pd.DataFrame(found, columns=list(WINNER))


def members(profile: str, seed: int) -> pd.DataFrame:
    """One row a member: letter, model, float16 size in MiB as built and as printed, tuned weight, and the paper's."""
    printed_sizes = table("liu2018", "table_1").frame().set_index("row")["float16_mib"]
    printed_weights = paper_size.printed_weights()
    rows = []
    for letter, found in weights(profile, seed).items():
        model = grid.names_by_letter()[str(letter)]
        weight, spread = mean_and_half_width(found.to_numpy())
        rows.append(
            {
                "letter": letter,
                "model": model,
                "size_mib": ensembles.float16_bytes(model) / 2**20,
                "paper_size_mib": printed_sizes[model],
                "weight": weight,
                "weight_spread": spread,
                "paper_weight": printed_weights[str(letter)],
            }
        )
    return pd.DataFrame(rows)


def diagram(profile: str, draw: int) -> pd.DataFrame:
    """One row a member, read off the built graph of a world, in the order of the members.

    Columns letter, model, scope (of its layers' names), cluster_size, hidden_size and parameters (as built), kib
    (stored, cast to float16), size_mib (printed, of the model that it stands for), weight (in the graph), paper_weight.

    Raises
    ------
    ValueError
        The graph's last operation does not add up what the members put out.
    """
    found = graph(profile, draw)
    layers = {layer["layer"]: layer for layer in found["layers"]}
    total = found["layers"][-1]
    outputs = [f"{scope(number)}_probability_gating" for number in range(len(WINNER))]
    if sorted(total["inputs"]) != sorted(outputs) or set(total["operations"]) != {"Multiply", "Add"}:
        raise ValueError(f"the graph ends in {total}, expected the weighted sum of {', '.join(outputs)}")
    kept = members(profile, draw).set_index("letter")
    rows = []
    for number, letter in enumerate(WINNER):
        begins = f"{scope(number)}_"
        rows.append(
            {
                "letter": letter,
                "model": kept.loc[letter, "model"],
                "scope": scope(number),
                "cluster_size": layers[f"{begins}video_vlad"]["settings"]["cluster_size"],
                "hidden_size": layers[f"{begins}hidden1"]["settings"]["units"],
                "parameters": sum(layer["parameters"] for name, layer in layers.items() if name.startswith(begins)),
                "kib": found["members"][number]["float16_bytes"] / 1024,
                "size_mib": kept.loc[letter, "paper_size_mib"],
                "weight": found["weights"][number],
                "paper_weight": kept.loc[letter, "paper_weight"],
            }
        )
    return pd.DataFrame(rows)


def alternative_text(members: pd.DataFrame) -> str:
    """The diagram in words."""
    boxes = [
        f"{row.letter}, which is {row.model} of {row.size_mib:.2f} MiB in print, as {row.scope} with "
        f"K = {row.cluster_size}, H = {row.hidden_size}, {row.parameters:,} values in {row.kib:.0f} KiB, "
        f"weight {row.weight:.2f} (paper {row.paper_weight:.2f})"
        for row in members.itertuples()
    ]
    return f"Diagram from top to bottom: shared inputs; {len(boxes)} models, {'; '.join(boxes)}; their weighted sum."


@cache
def gaps(profile: str, seed: int) -> pd.DataFrame:
    """GAP of the stored scores' weighted sum: a row a world, columns (split, weights), weights a key of `CHOICES`."""
    rows = []
    for draw in grid.draws(profile, seed):
        folders = [grid.run_folder(name, profile, draw) for name in ensembles.member_names(WINNER)]
        chosen = {
            "tuned": ensembles.evaluation(WINNER, profile, draw)["weights"],
            "uniform": [1 / len(WINNER)] * len(WINNER),
            "printed": [*paper_size.printed_weights().values()],
        }
        row = {}
        for split in ("validate", "test"):
            labels, scores = member_scores(folders, split)
            for name, values in chosen.items():
                row[split, name] = global_average_precision(labels, mixed(scores, np.array(values)))
        rows.append(row)
    return pd.DataFrame(rows)


def gap_table(gaps: pd.DataFrame) -> pd.DataFrame:
    """One row a choice of weights: GAP on both splits with intervals, and the gain over equal weights on each."""
    rows = []
    for choice, name in CHOICES.items():
        row: dict[str, Any] = {"weights": name}
        for split in ("validate", "test"):
            row[split], row[f"{split}_spread"] = mean_and_half_width(gaps[split, choice].to_numpy())
            row[f"gain_on_{split}"] = (gaps[split, choice] - gaps[split, "uniform"]).mean()
        rows.append(row)
    return pd.DataFrame(rows)


def comparisons(gaps: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Paired differences of test GAP: of each world (comparison, difference), and summed up (value, value_spread)."""
    paired = {name: gaps["test", better] - gaps["test", other] for (better, other), name in COMPARISONS.items()}
    each = pd.DataFrame(
        [{"comparison": name, "difference": value} for name, values in paired.items() for value in values]
    )
    summary = []
    for name, values in paired.items():
        value, spread = mean_and_half_width(values.to_numpy())
        summary.append({"comparison": name, "value": value, "value_spread": spread})
    return each, pd.DataFrame(summary)


def differences_in_words(summary: pd.DataFrame) -> str:
    """The differences that `comparisons` sums up, as a sentence's middle."""
    return "; ".join(f"{row.comparison} {row.value:+.4f} ± {row.value_spread:.4f}" for row in summary.itertuples())


def recorded_at() -> pd.DataFrame:
    """What was measured at the paper's size, a row a thing, as text: what, value."""
    record = recorded()
    by_loader = {"saved_model": "TensorFlow 2", "meta_graph": "TensorFlow 1, as MetaGraph"}
    rows = {
        "when, and on what": f"{record['provenance']['started'][:10]}, {record['provenance']['device']}",
        "command": "make test-paper-size",
        "building, filling, exporting": f"{sum(record['seconds'].values()) - record['seconds']['reload']:.0f} s, "
        f"{record['provenance']['peak_memory_mib'] / 1024:.1f} GiB of memory",
        "tensors that hold the values written over them": f"{record['overwritten']} of {record['tensors']}",
        "inputs": f"{record['videos']} random videos of up to {record['frames']} frames",
        "largest effect of float16 on a probability": f"{record['float16_effect']:.1e}",
    }
    for loader, name in by_loader.items():
        found = record["loaders"][loader]
        rows[f"loaded by {name}"] = f"{found['loading_seconds']:.0f} s, {found['peak_memory_mib'] / 1024:.1f} GiB"
        rows[f"largest difference to the weighted sum, {name}"] = f"{record['differences'][loader]:.1e}"
    return pd.DataFrame(rows.items(), columns=["what", "value"])


def files() -> pd.DataFrame:
    """The SavedModel's files at the paper's size: file, bytes, mib; then their sum, and the limit."""
    record = recorded()
    rows = {**record["files"], "all files": record["bytes"], "limit": record["limit"]}
    return pd.DataFrame([{"file": name, "bytes": size, "mib": size / 2**20} for name, size in rows.items()])


def statements(profile: str, draw: int) -> pd.DataFrame:
    """Claims that are true (1) or false (0): of the graph of a world, and of what was recorded at the paper's size."""
    built, record = graph(profile, draw), recorded()
    differences = [built["graph_difference"], *record["differences"].values()]
    rows = {
        "four_models_in_one_graph": len(built["members"]) == 4 and max(differences) < paper_size.TOLERANCE,
        "weights_overwritten": all(found["overwritten"] == found["tensors"] for found in (built, record)),
        "winner_fits": record["bytes"] <= record["limit"],
        "weights_sum_to_one": abs(sum(paper_size.printed_weights().values()) - 1) < 1e-9,
    }
    return pd.DataFrame([{"claim": claim, "value": int(true)} for claim, true in rows.items()])
