"""A notebook's last calls: the ledger rows that it answers, and where its numbers come from."""

from IPython.display import HTML, display

from compactvid import papers
from compactvid.experiments import all_runs, experiment
from compactvid.notebook.session import current
from compactvid.report.card import html_provenance
from compactvid.report.scorecard import ledger_page, summary
from compactvid.runs import identify, load_or_run
from compactvid.runs.store import read_run


def ledger_rows() -> None:
    """Show the rows of the ledger that this notebook's recorded results answer, with the verdicts they lead to.

    What was reproduced stands behind a disclosure; every other verdict is shown at once.
    """
    session = current()
    session.write(complete=True)
    paper = session.stem.partition("_")[0]
    rows = [row for row in papers.ledger(paper, profile=session.profile) if row.result_key in session.recorded]
    reproduced = [row for row in rows if row.verdict == "reproduced"]
    others = [row for row in rows if row.verdict != "reproduced"]
    parts = [f"<p>{summary(rows)}</p>", ledger_page(others)]
    if reproduced:
        title = f"The {len(reproduced)} reproduced, number by number"
        parts.append(f"<details><summary>{title}</summary>{ledger_page(reproduced)}</details>")
    display(HTML("".join(parts)))


def provenance() -> None:
    """Close the result file and show the provenance card. Nothing can be recorded after it."""
    session = current()
    asked = session.profile, session.parameters["seed"]
    own = [config for group in experiment(session.stem).runs(*asked).values() for config in group]
    others = map(identify, all_runs(session.stem, *asked)[len(own) :])
    # A page that is recorded alone has all its own runs, and of the experiments that it uses only what it has read.
    runs = [*map(load_or_run, own), *(read_run(run) for run in others if run.folder.is_dir())]
    session.runs = sorted(run.folder.name for run in runs)
    session.write(complete=True)
    facts = session.provenance.record()
    devices = sorted({run.provenance["device"] for run in runs})
    data = sorted({run.provenance["data"] for run in runs if run.provenance["data"]})
    command = f"papermill notebooks/{session.stem}.ipynb out.ipynb" + "".join(
        f" -p {name} {value}" for name, value in session.parameters.items()
    )
    display(
        HTML(
            html_provenance(
                {
                    "Notebook": f"notebooks/{session.stem}.py",
                    "Library": experiment(session.stem).__name__,
                    "Parameters": ", ".join(f"{name} = {value}" for name, value in session.parameters.items()),
                    "Runs": f"{len(runs)}, {sum(run.provenance['seconds'] for run in runs):.0f} s of computing",
                    "Data": "; ".join(data)
                    or experiment(session.stem).data(session.profile, session.parameters["seed"]),
                    "Code": facts["commit"] or "not in a git repository",
                    "Packages": ", ".join(f"{name} {version}" for name, version in facts["packages"].items()),
                    "Device": "; ".join(devices) or facts["device"],
                },
                command,
            )
        )
    )
