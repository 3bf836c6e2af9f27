"""The layers of a built model and how they are joined, as plain data."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compactvid.metrics import model_size


@dataclass(frozen=True)
class Architecture:
    """What a functional model is made of, read off the built model; its weights are zeros.

    Parameters
    ----------
    model
        A model configuration with `build(initialize=False)`.
    """

    model: Any

    def execute(self, folder: Path, data_folder: Path | None) -> Mapping[str, Any]:
        """Return the model's `layers` (see `describe_layers`) and `tensors` (see `compactvid.metrics.model_size`)."""
        import keras

        model = self.model.build(initialize=False)
        found = {"layers": describe_layers(model), "tensors": model_size(model).to_dict("records")}
        del model
        keras.utils.clear_session()
        return found


def describe_layers(model: Any) -> list[dict[str, Any]]:
    """List the layers of a functional model, each after those whose outputs it takes.

    Operations that are no layers, such as sums and products, count as one node where they are joined without a layer
    between them.

    Parameters
    ----------
    model : keras.Model
        A built functional model, each of whose layers is applied once.

    Returns
    -------
    list of dict
        For each node: `layer` (its name; operations are numbered, `operations_1`), `type` (class, or "Operations"),
        `inputs` (names of the nodes that it takes), `shapes` (of its outputs; null for a length that is not fixed),
        `parameters` (moving statistics included), `settings` (those that are numbers, words, true or false) and
        `operations` (class names, for operations).
    """
    import keras

    sources: dict[str, list[str]] = {}  # operation -> those whose outputs it takes
    depth: dict[str, int] = {}  # layers on the longest way to an operation; nodes of one depth can't form a circle
    node: dict[str, list[Any]] = {}  # operation -> the operations of its node
    for operation in model.operations:
        layer, name = isinstance(operation, keras.layers.Layer), operation.name
        taken = [] if isinstance(operation, keras.layers.InputLayer) else keras.tree.flatten(operation.input)
        sources[name] = [tensor._keras_history.operation.name for tensor in taken]
        depth[name] = max((depth[source] for source in sources[name]), default=-1) + layer
        node[name] = [operation]
        for source in () if layer else sources[name]:
            if node[source] is not node[name] and depth[source] == depth[name] and not _is_layer(node[source]):
                joined = node[source] + node[name]
                node |= dict.fromkeys((member.name for member in joined), joined)
    called: dict[str, str] = {}
    rows: list[dict[str, Any]] = []
    for operation in model.operations:
        members = node[operation.name]
        if operation is not members[-1]:
            continue
        alone = operation if _is_layer(members) else None
        name = operation.name if alone else f"operations_{1 + sum(row['type'] == 'Operations' for row in rows)}"
        called |= dict.fromkeys((member.name for member in members), name)
        inputs = [called[source] for member in members for source in sources[member.name]]
        rows.append(
            {
                "layer": name,
                "type": type(alone).__name__ if alone else "Operations",
                "inputs": [source for source in dict.fromkeys(inputs) if source != name],
                "shapes": [list(tensor.shape) for tensor in keras.tree.flatten(operation.output)],
                "parameters": alone.count_params() if alone else 0,
                "settings": _settings(alone) if alone else {},
                "operations": [] if alone else [type(member).__name__ for member in members],
            }
        )
    return rows


def _is_layer(members: list[Any]) -> bool:
    import keras

    return isinstance(members[0], keras.layers.Layer)


def _settings(layer: Any) -> dict[str, Any]:
    config = {name: value for name, value in layer.get_config().items() if name not in ("name", "trainable")}
    return {name: value for name, value in config.items() if isinstance(value, bool | int | float | str)}
