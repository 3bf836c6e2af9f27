"""`compactvid pages`: the parts of the book that are rendered from the ledger and from the build itself."""

import subprocess
import sys
from typing import Annotated

import typer


def pages(
    profile: Annotated[str, typer.Option(help="Profile whose results count beside recorded ones.")] = "small",
    seed: Annotated[int, typer.Option(min=0, help="First seed of the build.")] = 0,
) -> None:
    """Write the scorecard, the ledger page, ledger.csv, how the book was built, and what the paper's size costs."""
    from compactvid import papers
    from compactvid.atomic import replaced
    from compactvid.experiments.build_times import notebook_times, run_times
    from compactvid.experiments.loss_curves import loss_curves_page
    from compactvid.experiments.paper_cost import paper_cost_page
    from compactvid.report.build_page import build_page
    from compactvid.report.scorecard import ledger_page, scorecard
    from compactvid.report.workflow_graph import workflow_rules
    from compactvid.root import project_root

    root = project_root()
    rows = papers.ledger(profile=profile)
    runs = run_times(profile, seed)
    texts = {
        root / "book" / "generated" / "scorecard.md": scorecard(rows),
        root / "book" / "generated" / "ledger.md": ledger_page(rows),
        root / "book" / "generated" / "built.md": build_page(
            profile, workflow_rules(_jobs(profile, seed)), notebook_times(profile, runs), runs
        ),
        root / "book" / "generated" / "cost.md": paper_cost_page(),
        root / "book" / "generated" / "loss_curves.md": loss_curves_page(),
        root / "_build" / "extra" / "ledger.csv": papers.to_frame(rows).to_csv(index=False),
    }
    for path, text in texts.items():
        with replaced(path) as temporary:
            temporary.write_text(text, encoding="utf-8")
        print(f"wrote {path.relative_to(root)}")


def _jobs(profile: str, seed: int) -> str:
    """The build's jobs as a graph in Graphviz's language, from Snakemake."""
    from compactvid.root import project_root

    call = [sys.executable, "-m", "snakemake", "--dag", "--config", f"profile={profile}", f"seed={seed}"]
    done = subprocess.run(call, cwd=project_root(), capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"compactvid pages: snakemake --dag failed:\n{done.stderr}")
    return done.stdout
