"""What a tensor-train layer stores, and what a product with it costs."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class TensorTrainCosts:
    """Counts of a built layer.

    Parameters
    ----------
    input_modes, output_modes
        Of the layer.
    ranks
        All d + 1, or one for all inner ones.
    vectors
        How many vectors are multiplied at once; the plan depends on it.
    """

    input_modes: tuple[int, ...]
    output_modes: tuple[int, ...]
    ranks: int | tuple[int, ...]
    vectors: int = 1

    def execute(self, folder: Path, data_folder: Path | None) -> Mapping[str, Any]:
        """Return `values`, `dense_values` (weights of either layer), `shapes` of the cores, and `steps`.

        A step is a matrix product of the layer's plan: `cores` (the first, and the one after the last that are merged
        for it), `products` (how many of one vector), `rows`, `summed`, `columns`, `multiplications` of one vector, and
        `numbers`, how many it gives for all vectors.
        """
        from compactvid.layers import TensorTrainDense
        from compactvid.ops.tensor_train import core_shapes
        from compactvid.ops.tensor_train_plan import contraction_plan, contraction_steps

        layer = TensorTrainDense(self.input_modes, self.output_modes, self.ranks, use_bias=False)
        layer.build((None, math.prod(self.input_modes)))
        shapes = core_shapes(layer.cores)
        plan = contraction_plan(shapes, self.vectors)
        return {
            "values": int(layer.count_params()),
            "dense_values": math.prod(self.input_modes) * layer.units,
            "shapes": [list(shape) for shape in shapes],
            "steps": [
                {
                    "cores": list(step.cores),
                    "products": step.batch,
                    "rows": step.rows,
                    "summed": step.summed,
                    "columns": step.columns,
                    "multiplications": step.multiplications,
                    "numbers": self.vectors * step.batch * step.rows * step.columns,
                }
                for step in contraction_steps(shapes, *plan)
            ],
        }
