"""The build's rules as Snakemake orders them: a table and a drawing."""

import re

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from compactvid.report.palette import OURS, use_house_style


def workflow_rules(dot: str) -> pd.DataFrame:
    """The rules of a graph of jobs, each after all that it needs.

    Parameters
    ----------
    dot
        What `snakemake --dag` prints: a node a job, labelled with its rule and wildcards, and an edge from each job to
        those that need its output.

    Returns
    -------
    pandas.DataFrame
        Columns rule, jobs (how many it has), after (the rules whose output it needs, by comma) and step (of equal
        steps, none needs another).

    Raises
    ------
    ValueError
        There is no job in the text.
    """
    names = {number: label.partition("\\n")[0] for number, label in re.findall(r'(\d+)\[label = "([^"]*)"', dot)}
    if not names:
        raise ValueError(f"expected a graph of jobs from Snakemake, found {dot[:80]!r}")
    jobs = re.findall(r"(\d+) -> (\d+)", dot)
    # Some runs start from others: that is within a rule.
    edges = {(names[job], names[needed_by]) for job, needed_by in jobs if names[job] != names[needed_by]}

    def steps_left(rule: str) -> int:
        return max((1 + steps_left(later) for earlier, later in edges if earlier == rule), default=0)

    left = {rule: steps_left(rule) for rule in set(names.values())}
    rows = [
        {
            "rule": rule,
            "jobs": sum(name == rule for name in names.values()),
            "after": ", ".join(sorted(earlier for earlier, later in edges if later == rule)),
            "step": max(left.values()) - left[rule],
        }
        for rule in sorted(left, key=lambda rule: (-left[rule], rule))
    ]
    return pd.DataFrame(rows)


def draw_workflow(rules: pd.DataFrame) -> Figure:
    """Draw the rules from top to bottom, one line a step, with an arrow to each rule from those that it comes after."""
    use_house_style()
    figure, axes = plt.subplots(figsize=(4.6, 0.85 * rules["step"].nunique()))
    places = {}
    for step, members in rules.groupby("step"):
        for place, rule in enumerate(members["rule"]):
            places[rule] = (place - (len(members) - 1) / 2, -step)
    for row in rules.itertuples():
        boxes = {"boxstyle": "round,pad=0.45", "facecolor": "white", "edgecolor": OURS["color"], "linewidth": 1.6}
        text = f"{row.rule}: {row.jobs} {'job' if row.jobs == 1 else 'jobs'}"
        axes.text(*places[row.rule], text, ha="center", va="center", bbox=boxes, zorder=2)
        for earlier in filter(None, row.after.split(", ")):
            arrow = {"arrowstyle": "-|>", "color": "0.35", "shrinkA": 13, "shrinkB": 14, "linewidth": 1.3}
            axes.annotate("", xy=places[row.rule], xytext=places[earlier], arrowprops=arrow, zorder=1)
    across = max(abs(x) for x, _ in places.values())
    axes.set(xlim=(-across - 0.6, across + 0.6), ylim=(-rules["step"].max() - 0.4, 0.4))
    axes.axis("off")
    return figure
