"""What code does a result depend on? Answered by parsing source, never by importing it."""

import ast
import hashlib
import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

_PACKAGE = Path(__file__).resolve().parents[1]


def code_digest(modules: Iterable[str], *, without: tuple[str, ...] = ()) -> dict[str, str]:
    """Digest every module that `modules` need, directly or not.

    A digest is taken of the syntax tree without docstrings, so a changed comment, docstring or line break changes
    nothing. A name that a package only re-exports (`from compactvid.metrics import hit_at_one`) leads to the module
    that defines it, not to everything that the package holds.

    Parameters
    ----------
    modules
        Dotted names, such as `compactvid.models.gated_netvlad`.
    without
        Dotted prefixes that are left out, with what only they import.

    Returns
    -------
    dict
        Dotted module name -> hexadecimal digest, sorted by name.

    Raises
    ------
    ModuleNotFoundError
        A name that no file of the package answers to.
    """
    return dict(_digests(frozenset(modules), without, _package_state()))


@cache
def _digests(modules: frozenset[str], without: tuple[str, ...], state: int) -> dict[str, str]:
    found: dict[str, str] = {}
    waiting = sorted(modules)
    while waiting:
        module = waiting.pop()
        if module in found or any(module == prefix or module.startswith(prefix + ".") for prefix in without):
            continue
        path = _source(module)
        if path is None:
            raise ModuleNotFoundError(f"no source file for module {module!r} below {_PACKAGE.name}/")
        found[module] = _parsed(path).digest
        waiting += _imports(module, path, state)
    return dict(sorted(found.items()))


def imports_of_source(source: str) -> set[str]:
    """The package's modules that a piece of source (a notebook's code cells, say) imports directly."""
    return _imported_modules(_import_statements(ast.parse(source)), package="")


def source_file(module: str) -> str:
    """A module's file below the package, such as `layers/netvlad.py`, whether it is still there or not."""
    path = _source(module)
    return path.relative_to(_PACKAGE).as_posix() if path else "/".join(module.split(".")[1:]) + ".py"


def _source(module: str) -> Path | None:
    base = _PACKAGE.joinpath(*module.split(".")[1:])
    for path in (base.with_suffix(".py"), base / "__init__.py"):
        if module.split(".")[0] == _PACKAGE.name and path.is_file():
            return path
    return None


class _Parsed(NamedTuple):
    """A file's syntax tree without docstrings: digest, top-level statements, and all import statements."""

    digest: str
    body: list[ast.stmt]
    imports: list[ast.Import | ast.ImportFrom]


def _parsed(path: Path) -> _Parsed:
    return _parsed_at(path, path.stat().st_mtime_ns, path.stat().st_size)


@cache
def _parsed_at(path: Path, _mtime: int, _size: int) -> _Parsed:
    tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    imports: list[ast.Import | ast.ImportFrom] = []
    for node in ast.walk(tree):  # once: every process that identifies a run walks a hundred files
        if isinstance(node, ast.Import | ast.ImportFrom):
            imports.append(node)
        elif isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            ):
                del node.body[0]
    return _Parsed(hashlib.sha256(ast.dump(tree).encode()).hexdigest(), tree.body, imports)


def _import_statements(tree: ast.AST) -> list[ast.Import | ast.ImportFrom]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]


def _package_state() -> int:
    """Changes with any file of the package: what a module imports depends on what other files hold and define."""
    found, folders = [], [os.fspath(_PACKAGE)]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.name.endswith(".py"):
                    about = entry.stat()
                    found.append((entry.path, about.st_mtime_ns, about.st_size))
                elif entry.name != "__pycache__" and entry.is_dir():
                    folders.append(entry.path)
    return hash(tuple(sorted(found)))


@cache
def _imports(module: str, path: Path, _state: int) -> set[str]:
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    return _imported_modules(_parsed(path).imports, package) - {module}


def _imported_modules(statements: list[ast.Import | ast.ImportFrom], package: str) -> set[str]:
    modules: set[str] = set()
    for node in statements:
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names if _source(alias.name)}
        elif (origin := _origin(node, package)).split(".")[0] == _PACKAGE.name:
            for alias in node.names:
                modules |= _definers(origin, alias.name)
    return modules


def _origin(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    parts = package.split(".")
    parent = ".".join(parts[: len(parts) - node.level + 1])
    return f"{parent}.{node.module}" if node.module else parent


def _definers(origin: str, name: str) -> set[str]:
    """The module where `from origin import name` gets `name`, followed through packages that only re-export it."""
    if _source(f"{origin}.{name}") and not _reexports(origin).get(name):
        return {f"{origin}.{name}"}
    if source := _reexports(origin).get(name):
        return _definers(source, name)
    return {origin}


def _reexports(module: str) -> dict[str, str]:
    path = _source(module)
    if path is None or path.name != "__init__.py":
        return {}
    names: dict[str, str] = {}
    for node in _parsed(path).body:
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if alias.asname in (None, alias.name):
                    names[alias.name] = _origin(node, module)
    return names
