"""The digest sees code and nothing but code, and follows names to the module that defines them."""

import importlib
from pathlib import Path

import pytest

from compactvid.runs.code_digest import code_digest, imports_of_source


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A small package of its own, in the place of the library."""
    files = {
        "__init__.py": "",
        "layers/__init__.py": "from compactvid.layers.a import A\nfrom .b import B\n",
        "layers/a.py": '"""Doc."""\nimport numpy\nfrom compactvid.ops import f\n\nclass A:\n'
        '    "doc"\n    x = 1  # why\n',
        "layers/b.py": "B = 2\n",
        "ops/__init__.py": "from compactvid.ops.f import f\n",
        "ops/f.py": "def f(x):\n    '''doc'''\n    def g():\n        from ..layers.b import B\n        return B\n"
        "    return g() * 2\n",
        "report/__init__.py": "",
        "report/table.py": "from compactvid.layers import A, B\n",
    }
    folder = tmp_path / "compactvid"
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.setattr(importlib.import_module("compactvid.runs.code_digest"), "_PACKAGE", folder)
    return folder


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_follows_imports_through_reexports_and_into_functions(package):
    assert set(code_digest(["compactvid.layers.a"])) == {
        "compactvid.layers.a",
        "compactvid.ops.f",
        "compactvid.layers.b",
    }
    assert set(code_digest(["compactvid.report.table"])) == {
        "compactvid.report.table", "compactvid.layers.a", "compactvid.ops.f", "compactvid.layers.b",
    }  # fmt: skip


def test_a_package_imported_whole_counts_whole(package):
    (package / "report" / "table.py").write_text("import compactvid.layers\n")
    assert "compactvid.layers.b" in code_digest(["compactvid.report.table"])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("# why", "# because"),
        ('"""Doc."""', '"""Other words."""'),
        ('    "doc"\n', ""),
        ("    x = 1", "\n\n    x = (1)"),
    ],
)
def test_comments_docstrings_and_layout_change_nothing(package, old, new):
    before = code_digest(["compactvid.layers.a"])
    edit(package / "layers" / "a.py", old, new)
    assert code_digest(["compactvid.layers.a"]) == before


def test_a_constant_changes_just_its_module_and_names_it(package):
    before = code_digest(["compactvid.layers.a"])
    edit(package / "ops" / "f.py", "* 2", "* 3")
    after = code_digest(["compactvid.layers.a"])
    assert {module for module in before if before[module] != after[module]} == {"compactvid.ops.f"}


def test_a_string_that_is_no_docstring_counts(package):
    edit(package / "layers" / "b.py", "B = 2", "B = 'x'")
    before = code_digest(["compactvid.layers.b"])
    edit(package / "layers" / "b.py", "'x'", "'y'")
    assert code_digest(["compactvid.layers.b"]) != before


def test_left_out_prefixes_and_their_own_imports(package):
    assert code_digest(["compactvid.report.table"], without=("compactvid.report",)) == {}


def test_unknown_module_is_named(package):
    with pytest.raises(ModuleNotFoundError, match=r"compactvid\.nowhere"):
        code_digest(["compactvid.nowhere"])


def test_source_of_a_notebook(package):
    source = "import numpy as np\nfrom compactvid.layers import A\nfrom compactvid import report\n"
    assert imports_of_source(source) == {"compactvid.layers.a", "compactvid.report"}


def test_the_library_itself_resolves():
    found = code_digest(["compactvid.compression.best_checkpoints"])
    assert {"compactvid.training.training_run", "compactvid.metrics.global_average_precision"} <= set(found)
    assert not any(module.startswith(("compactvid.papers", "compactvid.report")) for module in found)
