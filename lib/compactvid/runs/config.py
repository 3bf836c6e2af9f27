"""Run configurations as text: one canonical form that a key, a file and a reader can share."""

import dataclasses
import json
from importlib import import_module
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


def rebuild(described: Any) -> Any:
    """The configuration that `describe` put into words; lists come back as tuples.

    Raises
    ------
    ValueError
        With the present code these words mean something else, or nothing; the class and its fields are named.
    """
    config = _rebuild(described)
    if changed := differences(described, describe(config)):
        raise ValueError(f"configuration: {'; '.join(changed)}")
    return config


def _rebuild(described: Any) -> Any:
    if isinstance(described, list):
        return tuple(map(_rebuild, described))
    if not isinstance(described, dict):
        return described
    fields = {name: _rebuild(value) for name, value in described.items() if name != "type"}
    if "type" not in described:
        return fields
    module, _, name = described["type"].rpartition(".")
    try:
        return getattr(import_module(module), name)(**fields)
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        raise ValueError(f"configuration: {described['type']}: {error}") from error


def differences(old: Any, new: Any) -> list[str]:
    """What differs between two described configurations, a line a field."""
    before, after = _flat(old), _flat(new)
    return [
        f"{place}: {before.get(place, 'absent')} -> {after.get(place, 'absent')}"
        for place in (before | after)
        if before.get(place, "absent") != after.get(place, "absent")
    ]


def _flat(described: Any, place: str = "") -> dict[str, str]:
    if isinstance(described, dict | list):
        items = described.items() if isinstance(described, dict) else enumerate(described)
        parts = (_flat(value, f"{place}.{name}".lstrip(".")) for name, value in items)
        return {name: value for part in parts for name, value in part.items()}
    return {place: json.dumps(described)}


def short(config: Any) -> str:
    """A configuration in a line: class names, and the fields that are not at their defaults."""
    if not dataclasses.is_dataclass(config) or isinstance(config, type):
        return repr(config)
    fields = [(field, getattr(config, field.name)) for field in dataclasses.fields(config)]
    parts = [
        short(value) if dataclasses.is_dataclass(value) else f"{field.name}={value!r}"
        for field, value in fields
        if value != field.default
    ]
    return f"{type(config).__name__}({', '.join(parts)})"


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
