"""`compactvid runs`: what the store holds, why a run is stale, run it again, give space back."""

import shutil
import sys
import time
from typing import Annotated

import typer

runs = typer.Typer(help="The stored runs: list | why RUN | rerun RUN | gc.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(metavar="RUN", help="Name or key of a run, or how it begins.")]


@runs.command("list")
def list_() -> None:
    """One line a run: name, state (complete, partial, stale), seconds, MiB, configuration in short."""
    from compactvid.runs.stored import stored_runs

    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    for run in stored_runs():
        print(f"{run.name}  {_state(run):14}  {_seconds(run):>8}  {run.size() / 2**20:9.1f} MiB  {_short(run)}"[:width])


@runs.command()
def why(name: Name) -> None:
    """Say what a run is, what changed since it was made, and who asks for it."""
    from compactvid.cli.asked import asked
    from compactvid.runs.config import describe, differences
    from compactvid.runs.store import read_json
    from compactvid.runs.stored import find

    try:
        run = find(name)
        needed = asked()
        print(f"{run.name}: {'partial' if run.partial else 'complete'}, {_seconds(run)}, {run.size()} bytes")
        print(f"configuration: {_short(run)}")
        reasons = run.changes()
    except (ValueError, OSError) as error:
        sys.exit(f"compactvid runs why: {error}")
    for reason in reasons:
        print(f"stale: {reason}")
    if not reasons:
        print("up to date: the present code and data would make this very run")
    who = needed.who.get(run.name, [])
    who += [path.as_posix() for path in needed.recorded.get(run.name, [])]
    if who:
        print(f"asked for by {', '.join(who)}")
        return
    described = read_json(run.folder / "config.json")
    alike = [describe(config) for config in needed.configs.values()]
    changed = [differences(described, other) for other in alike if other["type"] == described["type"]]
    nearest = min(changed, key=len, default=None)
    if nearest:
        print(f"nothing asks for it any more; the most similar run that is asked for differs in {'; '.join(nearest)}")
    elif nearest is None:
        print("nothing asks for it any more")
    else:
        print("nothing asks for it any more; its configuration is asked for with the present code and data")


@runs.command()
def rerun(name: Name) -> None:
    """Run a finished run again; the old one stays until the new one is complete. Say whether they are identical."""
    from compactvid.cli.run_process import fast_convolutions, set_up

    set_up()  # before NumPy is imported, whose linear algebra asks once
    from compactvid.runs.stored import find
    from compactvid.runs.stored import rerun as execute_again

    start = time.perf_counter()
    try:
        run = find(name)
        if run.partial:
            raise ValueError(f"{run.name} is partial: there is nothing yet to compare with")
        fast_convolutions([run.config])
        new, differing = execute_again(run)
    except (ValueError, OSError, FloatingPointError) as error:
        sys.exit(f"compactvid runs rerun: {error}")
    what = f"{new.name}, {time.perf_counter() - start:.1f} s"
    if new.name != run.name:
        what += f" (another run than {run.name}, which stays: see `compactvid runs why {run.name}`)"
    print(f"{what}: {'identical' if not differing else 'differs in ' + ', '.join(differing)}")


@runs.command()
def gc(yes: Annotated[bool, typer.Option("--yes", help="Delete; without it nothing is touched.")] = False) -> None:
    """Delete what neither a result nor an experiment at any profile needs: stale and unfinished runs, their data."""
    from compactvid.cli.asked import asked
    from compactvid.runs.collection import remove, unneeded
    from compactvid.runs.stored import folder_size

    try:
        needed = asked()
        datasets = {config.dataset for config in needed.configs.values() if hasattr(config, "dataset")}
        freed = 0
        for folder in unneeded(needed.names, datasets):
            size = folder_size(folder)
            if yes and not remove(folder):
                print(f"kept     {size:>14,} bytes  {folder.name}: somebody works on it")
                continue
            freed += size
            print(f"{'deleted' if yes else 'would go'} {size:>14,} bytes  {folder.name}")
    except (ValueError, OSError) as error:
        sys.exit(f"compactvid runs gc: {error}")
    print(f"{freed:,} bytes {'freed' if yes else 'would be freed: compactvid runs gc --yes'}")


def _state(run) -> str:
    try:
        stale = bool(run.changes())
    except OSError:
        return "data missing"
    return ("stale, " if stale else "") + "partial" if run.partial else "stale" if stale else "complete"


def _short(run) -> str:
    from compactvid.runs.config import short

    try:
        return short(run.config)
    except ValueError as error:
        return str(error)


def _seconds(run) -> str:
    try:
        seconds = run.provenance.get("seconds")
    except ValueError:
        seconds = None
    return "-" if seconds is None else f"{seconds:.1f} s"
