"""The house rules that a machine can check."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import jupytext
import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = ROOT / "lib" / "compactvid"
SCRIPTS = Path(sys.executable).parent


def run(*command, **environment):
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=os.environ | environment, check=False)


@pytest.mark.parametrize(
    "command",
    [
        ("lint-imports",),
        ("ruff", "check", "."),
        ("ruff", "format", "--check", "."),
        ("mypy",),
    ],
    ids=" ".join,
)
def test_checker_is_content(command):
    done = run(str(SCRIPTS / command[0]), *command[1:])
    assert done.returncode == 0, done.stdout + done.stderr


def test_files_are_short_and_named_for_what_they_hold():
    for path in LIBRARY.rglob("*.py"):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 250, f"{path}: one concept a file, 250 lines"
        assert path.stem not in {"utils", "util", "common", "helpers", "helper", "misc"}, path


@pytest.mark.parametrize("package", sorted(path.name for path in LIBRARY.iterdir() if (path / "__init__.py").is_file()))
def test_every_package_and_public_object_has_a_docstring(package):
    for path in (LIBRARY / package).rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert ast.get_docstring(tree), f"{path}: no module docstring"
        for node in tree.body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_"):
                # A protocol of configs is documented once, where the protocol is.
                assert ast.get_docstring(node), f"{path}:{node.lineno}: {node.name} has no docstring"


@pytest.mark.parametrize(
    "statement",
    [
        "import compactvid.metrics",
        "import compactvid.datasets.youtube8m",
        "import compactvid.experiments.liu2018.table_1",
    ],
)
def test_starts_without_a_framework(statement):
    """What keeps readers, metrics and configurations quick to load; how quick is not a test's business."""
    code = f"import sys; {statement}; print(sorted({{'tensorflow', 'keras', 'jax'}} & set(sys.modules)))"
    done = run(sys.executable, "-c", code)
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr


def notebooks():
    return sorted((ROOT / "notebooks").glob("*.py"))


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.stem)
def test_pair_agrees_and_stores_no_output(path):
    """`make notebooks` was run: the .ipynb is the .py, cell by cell, without outputs."""
    truth = jupytext.read(path)
    paired = nbformat.read(path.with_suffix(".ipynb"), as_version=4)
    assert [(cell.cell_type, cell.source) for cell in paired.cells] == [
        (cell.cell_type, cell.source) for cell in truth.cells
    ]
    assert [cell.metadata.get("tags") for cell in paired.cells] == [cell.metadata.get("tags") for cell in truth.cells]
    for cell in paired.cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.stem)
def test_notebook_only_calls(path):
    """A notebook teaches: about ten short code cells, no functions, classes or loops, which belong into the library."""
    cells = [cell for cell in jupytext.read(path).cells if cell.cell_type == "code"]
    assert len(cells) <= 12
    assert sum("parameters" in cell.metadata.get("tags", ()) for cell in cells) == 1
    assert cells[-1].source.strip() == "notebook.provenance()"
    for cell in cells:
        assert len(cell.source.splitlines()) <= 17, cell.source
        nodes = list(ast.walk(ast.parse(cell.source)))
        assert not [node for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Lambda | ast.For)]
        # What a page shows is a table, a figure or a recorded value: a printed line has no caption and no data.
        assert not [node for node in nodes if isinstance(node, ast.Name) and node.id == "print"]


def test_notebooks_experiments_and_pages_share_their_stems():
    from compactvid.experiments import stems

    names = [path.stem for path in notebooks()]
    assert names == stems()
    contents = (ROOT / "book" / "_toc.yml").read_text()
    assert all(f"notebooks/{name}" in contents for name in names)


def test_nothing_tracked_names_a_folder_of_its_author():
    tracked = run("git", "ls-files").stdout.split()
    assert tracked
    for name in tracked:
        path = ROOT / name
        if path.suffix in {".py", ".md", ".yml", ".toml", ".cff", ".ipynb", ".css"} or path.name in {
            "Makefile",
            "Snakefile",
        }:
            found = re.search(r"/(?:work|root|home|Users|tmp)/[\w./-]+", path.read_text(encoding="utf-8"))
            assert not found or name.startswith("tests/"), f"{name}: {found.group()}"


def test_lock_has_every_requirement_with_hashes_and_no_host():
    lock = (ROOT / "requirements.lock").read_text()
    assert "://" not in lock
    entries = re.findall(r"^([\w.-]+)==\S+.*?(?=^\S|\Z)", lock, flags=re.M | re.S)
    assert len(entries) > 100
    for block in re.split(r"^(?=[\w.-]+==)", lock, flags=re.M)[1:]:
        assert "--hash=sha256:" in block, block.splitlines()[0]


def test_package_lock_names_no_host():
    lock = json.loads((ROOT / "book" / "site" / "package-lock.json").read_text())
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert packages
    assert all("integrity" in entry and "resolved" not in entry for entry in packages.values())
