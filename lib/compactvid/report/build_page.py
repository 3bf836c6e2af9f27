"""How the book was built: its rules, its notebooks and its runs, as HTML."""

from html import escape

import pandas as pd

from compactvid.report.figure import html_figure
from compactvid.report.table import html_table
from compactvid.report.workflow_graph import draw_workflow

_FORMATS = {"seconds": ".1f", "run_seconds": ".1f", "memory_mib": ".0f"}
_HEADINGS = {"memory_mib": "peak memory, MiB", "run_seconds": "seconds of its runs", "started": "started (UTC)"}


def build_page(profile: str, rules: pd.DataFrame, notebooks: pd.DataFrame, runs: pd.DataFrame) -> str:
    """The drawn rules and two sortable tables, without blank lines.

    Parameters
    ----------
    profile
        The build's profile.
    rules
        As `compactvid.report.workflow_graph.workflow_rules` gives them.
    notebooks, runs
        As `compactvid.experiments.build_times` gives them.
    """
    steps = [", ".join(members) for _, members in rules.groupby("step")["rule"]]
    jobs = ", ".join(f"{row.rule} ({row.jobs})" for row in rules.itertuples())
    figure = html_figure(
        draw_workflow(rules),
        alt=f"The build's rules from top to bottom, with an arrow from each to those that need it: {'; '.join(steps)}. "
        f"Jobs of each: {jobs}.",
        caption=f"The rules of the Snakefile and their jobs at profile {profile}, as Snakemake reports them.",
        data=rules[["rule", "jobs", "after"]],
        name="workflow",
    )
    different = runs.drop_duplicates("run")  # two pages may read the same run
    total = (
        f"At profile {profile}: {_minutes(different)} minutes in {len(different)} runs, and {_minutes(notebooks)} "
        f"minutes in {len(notebooks)} notebooks that read them."
    )
    tables = [
        html_table(
            frame.assign(started=frame["started"].str.slice(0, 16).str.replace("T", " ")),
            caption,
            formats=_FORMATS,
            headings=_HEADINGS,
            sortable=True,
        )
        for frame, caption in (
            (notebooks, "Notebooks: seconds and peak memory of each, and the runs that it reads"),
            (runs, "Runs: seconds and peak memory of each"),
        )
    ]
    return "\n".join([figure, f"<p>{escape(total)}</p>", *tables])


def _minutes(frame: pd.DataFrame) -> str:
    return f"{frame['seconds'].sum() / 60:.1f}"
