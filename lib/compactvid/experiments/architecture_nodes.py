"""The layers of a built model as the boxes of a diagram, and the diagram in words."""

from collections.abc import Iterable, Mapping

import pandas as pd


def nodes(layers: pd.DataFrame, names: Mapping[str, str], tensors: Iterable[str], column: str) -> pd.DataFrame:
    """What `compactvid.report.architecture.draw_architecture` shows, one row a layer.

    Columns layer, name, shape (of one video's output; the number of frames stays open), parameters, `column`, after
    (the layers whose outputs it takes, by comma) and step (of equal steps, none needs another).

    Parameters
    ----------
    layers
        As `compactvid.models.architecture.describe_layers` lists them.
    names
        What the diagram calls each layer; in braces, settings of the built one.
    tensors, column
        Paths of the tensors to point out; the column holds how many of them are in a layer.
    """
    steps: dict[str, int] = {}
    for layer in layers.itertuples():
        steps[layer.layer] = max((steps[name] + 1 for name in layer.inputs), default=0)
    rows = [
        {
            "layer": layer.layer,
            "name": names[layer.layer].format(**layer.settings),
            "shape": " and ".join(map(_per_video, layer.shapes)),
            "parameters": layer.parameters,
            column: sum(tensor.startswith(f"{layer.layer}/") for tensor in tensors),
            "after": ", ".join(layer.inputs),
            "step": steps[layer.layer],
        }
        for layer in layers.itertuples()
    ]
    return pd.DataFrame(rows)


def alternative_text(nodes: pd.DataFrame, column: str, said: str) -> str:
    """The diagram in words, from the inputs to the output; `said` of the layers with anything in `column`."""
    called = dict(zip(nodes["layer"], nodes["name"], strict=True))
    inputs = [f"{row.name} ({row.shape})" for row in nodes.itertuples(index=False) if not row.after]
    others = [
        f"{row.name} ({row.shape}{f', {row.parameters:,} parameters' if row.parameters else ''}"
        f"{f', {said}' if getattr(row, column) else ''}), after "
        + " and ".join(called[name] for name in row.after.split(", "))
        for row in nodes.itertuples(index=False)
        if row.after
    ]
    return f"Diagram from top to bottom. Inputs: {', '.join(inputs)}. Then {'; '.join(others)}."


def _per_video(shape: list[int | None]) -> str:
    """An output's shape without the batch: "frames × 1,024", "1,440 values"."""
    lengths = ["frames" if length is None else f"{length:,}" for length in shape[1:]]
    return " × ".join(lengths) + (" values" if len(lengths) == 1 and shape[1] else "") or "1 value"
