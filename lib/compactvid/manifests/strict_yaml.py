"""YAML files with a schema: unknown and repeated keys are refused, so a misspelt one can't go unnoticed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

Text = Annotated[str, Field(min_length=1)]


class Strict(BaseModel):
    """Base of all parts: frozen, no unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Part = TypeVar("Part", bound=Strict)


class _UniqueKeyLoader(yaml.CSafeLoader):
    """YAML forbids repeated keys; PyYAML keeps the last one without a word."""

    def construct_mapping(self, node, deep=False):
        seen: set[Any] = set()
        for key_node, _ in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":  # `<<: *other`, whose keys may be overridden
                continue
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, str):
                if key in seen:
                    raise yaml.constructor.ConstructorError(
                        None, None, f"key {key!r} stands there twice", key_node.start_mark
                    )
                seen.add(key)
        return super().construct_mapping(node, deep)


def read_yaml(
    path: Path, schema: type[Part], error: type[ValueError], context: Mapping[str, Any] | None = None
) -> Part:
    """Read and validate one YAML file.

    Parameters
    ----------
    path
        The file.
    schema
        What it must hold.
    error
        What to raise; the message names the file, the key and what was expected.
    context
        Handed to the schema's validators.

    Raises
    ------
    ValueError
        The file is missing, not YAML, repeats a key, or is not as the schema says: an `error`.
    """
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), _UniqueKeyLoader)
    except FileNotFoundError as problem:
        raise error(f"{path}: missing") from problem
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError) as problem:
        raise error(f"{path}: not readable as YAML: {problem}") from problem
    try:
        return schema.model_validate(content, context=dict(context or {}))
    except ValidationError as problem:
        raise error(f"{path}: {describe(problem, content)}") from problem


def describe(error: ValidationError, content: object) -> str:
    """The first thing refused: where (items of a list by their id), what was expected, what was found."""
    first = error.errors(include_url=False)[0]
    where, part = [], content
    for step in first["loc"]:
        try:
            part = part[step]  # type: ignore[index]
        except (KeyError, IndexError, TypeError):
            part = None
        named = part if isinstance(step, int) and isinstance(part, dict) else {}
        where.append(str(named.get("id", named.get("name", named.get("path", step)))))
    found = f", found {first['input']!r}" if isinstance(first["input"], str | int | float) else ""
    if first["type"] in ("missing", "json_invalid", "value_error"):
        found = ""
    return f"{'.'.join(where) or 'the file'}: {first['msg'].removeprefix('Value error, ')}{found}"
