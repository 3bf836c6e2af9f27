"""`compactvid book`: the whole book, through Snakemake."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated

import typer


def book(
    profile: Annotated[str, typer.Option(help="smoke or small.")] = "small",
    seed: Annotated[int, typer.Option(min=0, help="First seed.")] = 0,
    cores: Annotated[
        int | None, typer.Option(min=1, help="Jobs at a time, where the workflow profile's is not it.")
    ] = None,
    workflow_profile: Annotated[
        Path, typer.Option(help="Folder with Snakemake's settings: this machine, a cluster (profiles/slurm), or yours.")
    ] = Path("profiles/local"),
) -> None:
    """Run, execute and render whatever is not up to date. Safe to kill: the next call goes on where it stopped."""
    from fcntl import LOCK_EX, LOCK_NB, flock

    from compactvid.experiments import require_profile, stems
    from compactvid.root import project_root

    try:
        for stem in stems():
            require_profile(stem, profile)
    except ValueError as error:
        sys.exit(f"compactvid book: {error}")
    root = project_root()
    if not (root / workflow_profile / "config.yaml").is_file():
        sys.exit(f"compactvid book: --workflow-profile {workflow_profile}: expected a folder with a file config.yaml")
    scripts = Path(sys.executable).parent
    environment = os.environ | {"PATH": f"{scripts}{os.pathsep}{os.environ.get('PATH', '')}"}
    (root / "_build").mkdir(exist_ok=True)
    with (root / "_build" / ".book.lock").open("w") as lock:
        try:
            flock(lock, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            print("another `compactvid book`, or what is left of one, is at work here: waiting for it", flush=True)
            flock(lock, LOCK_EX)
        call = [str(scripts / "snakemake"), "--directory", str(root), "--snakefile", str(root / "Snakefile")]
        # We hold our own lock, so whoever left a Snakemake lock behind is dead.
        if any((root / ".snakemake" / "locks").glob("*")):
            print("an earlier build was killed: clearing its lock and going on from where it stopped", flush=True)
            subprocess.run([*call, "--unlock", "--quiet"], env=environment, check=True, capture_output=True)
        start = time.perf_counter()
        options = ["--workflow-profile", str(root / workflow_profile), "--rerun-incomplete"]
        options += ["--cores", str(cores)] if cores else []
        # As its standard input every process of the build holds the lock: those that outlive a killed build keep it.
        call = [*call, *options, "--config", f"profile={profile}", f"seed={seed}"]
        done = subprocess.run(call, env=environment, stdin=lock, check=False)
    if done.returncode:
        sys.exit(f"compactvid book: failed after {time.perf_counter() - start:.0f} s; the messages above say where")
    page = root / "_build" / "html" / "index.html"
    print(f"book ready in {time.perf_counter() - start:.0f} s: {page.relative_to(root)}")
