"""GAP, and gain in GAP, over the number of models in an ensemble."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from compactvid.report.palette import BASELINE, OURS, PAPER, use_house_style


def draw_ensemble_count(printed: pd.DataFrame, trained: pd.DataFrame) -> Figure:
    """Two panels over one axis of numbers of models, since GAP on other data has another scale and another zero.

    Parameters
    ----------
    printed
        Columns models, local_gap: one row an ensemble.
    trained
        Columns models; gain and typical (over one model), with `..._spread`.
    """
    use_house_style()
    figure, (above, below) = plt.subplots(2, 1, figsize=(5.4, 6.2), sharex=True)
    above.plot(printed["models"], printed["local_gap"], linestyle="", **PAPER)
    for column, look, label in (("gain", OURS, "chosen on validation"), ("typical", BASELINE, "mean of all")):
        below.errorbar(
            trained["models"],
            trained[column],
            yerr=trained[f"{column}_spread"],
            capsize=3,
            linewidth=1.2,
            label=label,
            **look,
        )
    above.set(title="Paper: the twelve of Table 2", ylabel="local GAP@20")
    below.set(title="Ours: full ensembles", xlabel="models in the ensemble", ylabel="gain over one model (GAP)")
    below.xaxis.set_major_locator(MaxNLocator(integer=True))
    below.legend(loc="lower center")
    return figure
