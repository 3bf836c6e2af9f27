"""The share of the four big tensors in a model's bytes."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from compactvid.report.palette import OURS, PAPER, use_house_style


def draw_big_four_share(sizes: pd.DataFrame, claimed: float) -> Figure:
    """Share over size, a mark a model, beside the share that the paper claims for all.

    Parameters
    ----------
    sizes
        Columns float32_mib, big_four_share (in %), eliminated (bool).
    claimed
        The paper's share in %.
    """
    use_house_style()
    figure, axes = plt.subplots()
    for eliminated, fill, label in ((False, "full", "in Table 1"), (True, "none", "eliminated")):
        chosen = sizes[sizes["eliminated"] == eliminated]
        axes.plot(chosen["float32_mib"], chosen["big_four_share"], linestyle="", fillstyle=fill, label=label, **OURS)
    axes.axhline(claimed, color=PAPER["color"], linestyle="--", label=f"the paper: about {claimed:g} %")
    axes.set(xlabel="float32 size (MiB)", ylabel="share of the four big tensors (%)")
    axes.legend(loc="lower left")
    return figure
