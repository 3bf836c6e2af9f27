"""The command line: `compactvid COMMAND`."""

import typer

from compactvid.cli.accept import accept
from compactvid.cli.book import book
from compactvid.cli.data import data
from compactvid.cli.execute import execute
from compactvid.cli.ledger import ledger
from compactvid.cli.pages import pages
from compactvid.cli.predict import predict
from compactvid.cli.prepare import prepare
from compactvid.cli.run import run
from compactvid.cli.runs import runs
from compactvid.cli.size import size
from compactvid.cli.watch import watch

app = typer.Typer(
    help="Reproduce every number of three papers on compact video models.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)
for command in (accept, book, execute, ledger, pages, predict, prepare, run, size, watch):
    app.command()(command)
app.add_typer(data)
app.add_typer(runs, name="runs")
