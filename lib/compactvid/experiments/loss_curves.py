"""The loss curve of one training on one device, on several, and in several processes, as `make record` left it."""

import json
from collections.abc import Mapping
from html import escape
from typing import Any

import pandas as pd

from compactvid.report.figure import html_figure
from compactvid.report.panel import Panel
from compactvid.report.series import draw_panels
from compactvid.root import project_root

PANELS = {
    "loss": Panel("step", "loss of the steps before"),
    "difference": Panel("step", "relative difference"),
}


def recorded() -> dict[str, Any] | None:
    """What `make record-loss-curves` recorded, or None."""
    path = project_root() / "results" / "measured" / "loss_curves.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def differences(record: Mapping[str, Any]) -> pd.DataFrame:
    """One row a curve and step: data (the curve's name), step, loss, difference (relative to one device's loss).

    Raises
    ------
    ValueError
        The curves do not have the same steps.
    """
    curves = {name: pd.DataFrame(lines).set_index("step")["loss"] for name, lines in record["curves"].items()}
    one = curves["one device"]
    if any(not curve.index.equals(one.index) for curve in curves.values()):
        raise ValueError("loss curves: expected the same steps on all devices")
    frames = [
        pd.DataFrame({"data": name, "step": one.index, "loss": curve.to_numpy(), "difference": (curve / one - 1).abs()})
        for name, curve in curves.items()
    ]
    return pd.concat(frames, ignore_index=True)


def loss_curves_page() -> str:
    """The curves as a figure, in HTML; a sentence where nothing was recorded."""
    record = recorded()
    if record is None:
        return "<p>Nothing was recorded yet: <code>make record-loss-curves</code> does.</p>"
    found = differences(record)
    several = found[found["data"] != "one device"]
    shown = pd.concat(
        [
            found.assign(panel="loss", x=found["step"], y=found["loss"]),
            several.assign(panel="difference", x=several["step"], y=several["difference"]),
        ]
    )[["panel", "data", "x", "y"]]
    last = found["step"].max()
    alt = (
        f"Above, three loss curves over {last} steps lie on each other, from {found['loss'].max():.1f} down to "
        f"{found['loss'].min():.1f}. Below, their relative difference from one device's, "
        f"{several['difference'].max():.1e} at most."
    )
    caption = (
        f"{record['model']} scaled down, batches of {record['batch_size']}, on JAX: on one device, on four simulated "
        f"ones of one process, and in two processes. Recorded {record['provenance']['started'][:10]}."
    )
    figure = html_figure(draw_panels(shown, PANELS), alt=alt, caption=caption, data=shown, name="loss-curves")
    return figure + f"<p>Largest relative difference: {escape(format(several['difference'].max(), '.1e'))}.</p>"
