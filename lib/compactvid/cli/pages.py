"""`compactvid pages`: the parts of the book that are rendered from the ledger and from the build itself."""

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer


def pages(
    profile: Annotated[str, typer.Option(help="Profile whose results count beside recorded ones.")] = "small",
    seed: Annotated[int, typer.Option(min=0, help="First seed of the build.")] = 0,
) -> None:
    """Write the scorecard, the ledger page, ledger.csv, how the book was built, and what the paper's size costs."""
    from compactvid.atomic import replaced
    from compactvid.root import project_root

    root = project_root()
    with _start_graph(root, profile, seed) as jobs:  # takes as long as all the rest
        texts = _texts(profile, seed, jobs)
    for name, text in texts.items():
        with replaced(root / name) as temporary:
            temporary.write_text(text, encoding="utf-8")
        print(f"wrote {name}")


def _texts(profile: str, seed: int, jobs: "subprocess.Popen[str]") -> dict[str, str]:
    from compactvid import papers
    from compactvid.experiments.build_times import notebook_times, run_times
    from compactvid.experiments.loss_curves import loss_curves_page
    from compactvid.experiments.paper_cost import paper_cost_page
    from compactvid.report.build_page import build_page
    from compactvid.report.scorecard import ledger_page, scorecard
    from compactvid.report.workflow_graph import workflow_rules

    rows = papers.ledger(profile=profile)
    runs = run_times(profile, seed)
    notebooks = notebook_times(profile, runs)
    return {
        "book/generated/scorecard.md": scorecard(rows),
        "book/generated/ledger.md": ledger_page(rows),
        "book/generated/cost.md": paper_cost_page(),
        "book/generated/loss_curves.md": loss_curves_page(),
        "book/generated/built.md": build_page(profile, workflow_rules(_finished(jobs)), notebooks, runs),
        "_build/extra/ledger.csv": papers.to_frame(rows).to_csv(index=False),
    }


def _start_graph(root: Path, profile: str, seed: int) -> "subprocess.Popen[str]":
    """Let Snakemake write the build's jobs as a graph in Graphviz's language."""
    call = [sys.executable, "-m", "snakemake", "--dag", "--config", f"profile={profile}", f"seed={seed}"]
    return subprocess.Popen(call, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _finished(process: "subprocess.Popen[str]") -> str:
    graph, errors = process.communicate()
    if process.returncode:
        sys.exit(f"compactvid pages: snakemake --dag failed:\n{errors}")
    return graph
