"""Run configurations as text: one canonical form that a key, a file and a reader can share."""

import dataclasses
import json
from typing import Any


def describe(value: Any) -> Any:
    """Turn a tree of frozen dataclasses, tuples, mappings and plain values into plain JSON data.

    A dataclass becomes a mapping with its dotted class name under `type`, so that two configurations with equal fields
    and different meaning never share a key.

    Raises
    ------
    TypeError
        A value has no canonical form (an array, a function, a mutable dataclass); its place is named.
    """
    return _describe(value, "config")


def _describe(value: Any, place: str) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        if not value.__dataclass_params__.frozen:  # type: ignore[attr-defined]
            raise TypeError(f"{place}: {type(value).__name__} must be a frozen dataclass to name a run")
        fields = {
            field.name: _describe(getattr(value, field.name), f"{place}.{field.name}")
            for field in dataclasses.fields(value)
        }
        return {"type": f"{type(value).__module__}.{type(value).__qualname__}", **fields}
    if isinstance(value, dict):
        return {str(key): _describe(item, f"{place}[{key!r}]") for key, item in sorted(value.items())}
    if isinstance(value, tuple | list):
        return [_describe(item, f"{place}[{index}]") for index, item in enumerate(value)]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"{place}: {type(value).__name__} has no canonical form; use plain values in frozen dataclasses")


def canonical(value: Any) -> str:
    """The one JSON text of a configuration: sorted keys, no spaces, floats by `repr`."""
    return json.dumps(describe(value), sort_keys=True, separators=(",", ":"), allow_nan=False)


def modules(value: Any) -> set[str]:
    """The modules whose classes a configuration names, anywhere in its tree."""
    found: set[str] = set()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        found.add(type(value).__module__)
        for field in dataclasses.fields(value):
            found |= modules(getattr(value, field.name))
    elif isinstance(value, dict):
        found = found.union(*map(modules, value.values()))
    elif isinstance(value, tuple | list):
        found = found.union(*map(modules, value))
    return found
