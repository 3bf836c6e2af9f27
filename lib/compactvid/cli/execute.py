"""`compactvid execute`: one notebook, run from top to bottom by papermill."""

import os
import sys
import time
from contextlib import chdir
from pathlib import Path
from typing import Annotated

import typer


def execute(
    stem: Annotated[str, typer.Argument(help="Notebook, such as liu2018_table_1.")],
    profile: Annotated[str, typer.Option(help="smoke, small, or another that the experiment has.")] = "small",
    seed: Annotated[int, typer.Option(min=0, help="First seed.")] = 0,
    output: Annotated[Path | None, typer.Option(help="Executed notebook; default book/notebooks/STEM.ipynb.")] = None,
) -> None:
    """Execute notebooks/STEM.py. A failing cell's traceback goes to the terminal, and the exit code is 1."""
    from tempfile import TemporaryDirectory

    import jupytext
    import nbformat
    import papermill
    from traitlets.config import Config

    from compactvid.atomic import replaced
    from compactvid.root import project_root

    root = project_root()
    source = root / "notebooks" / f"{stem}.py"
    if not source.is_file():
        known = ", ".join(sorted(path.stem for path in source.parent.glob("*.py")))
        sys.exit(f"compactvid execute: no notebook {stem!r}; there are {known}")
    output = output or root / "book" / "notebooks" / f"{stem}.ipynb"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # Papermill notes the paths it is given in the notebook: relative ones keep a reader's folders out of the book.
    scratch = Path("_build") / "execute"
    (root / scratch).mkdir(parents=True, exist_ok=True)
    written = scratch / f"{stem}-{os.getpid()}.ipynb"
    executed = scratch / f"{stem}-{os.getpid()}.executed.ipynb"
    start = time.perf_counter()
    output = output.absolute()
    # Kernels talk through sockets in a folder of their own: no other user of the machine can listen, and kernels that
    # start at the same moment never take the same ones.
    with TemporaryDirectory(prefix="kernel-") as sockets, chdir(root):
        try:
            nbformat.write(jupytext.read(source), written)
            papermill.execute_notebook(
                written,
                executed,
                {"profile": profile, "seed": seed},
                kernel_name="python3",
                progress_bar=False,
                request_save_on_cell_execute=False,
                config=Config(KernelManager={"transport": "ipc", "ip": f"{sockets}/ipc"}),
            )
            notebook = nbformat.read(executed, as_version=4)
            for cell in notebook.cells:
                if "injected-parameters" in cell.metadata.get("tags", ()):
                    cell.metadata.tags.append("remove-cell")
            with replaced(output) as temporary:
                nbformat.write(notebook, temporary)
        except papermill.PapermillExecutionError as error:
            kept = scratch / f"{stem}.failed.ipynb"
            executed.replace(kept)
            print(error, file=sys.stderr)
            sys.exit(f"compactvid execute: {stem} failed ({profile}, seed {seed}); its notebook so far is {kept}")
        finally:
            written.unlink(missing_ok=True)
            executed.unlink(missing_ok=True)
    print(f"notebook {stem} ({profile}, seed {seed}): {time.perf_counter() - start:.1f} s")
