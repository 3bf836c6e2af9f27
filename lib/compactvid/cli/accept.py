"""`compactvid accept`: record new reference values for the regression tests."""

import json
import sys
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Annotated, Any

import typer

FIGURE_VALUES = 5


def accept(
    keys: Annotated[list[str], typer.Argument(help="Result keys; * and ? match as in file names.")],
    reason: Annotated[str, typer.Option(help="Why the new values are right.")],
    profile: Annotated[str, typer.Option(help="Profile whose last results are accepted.")] = "smoke",
) -> None:
    """Copy results of the last build into tests/goldens. The tests compare later results with them, key by key.

    What a figure plots has keys `STEM.figures.NAME.COLUMN`.
    """
    from compactvid.atomic import replaced, whole_files
    from compactvid.root import project_root

    root = project_root()
    if not reason.strip():
        sys.exit("compactvid accept: --reason is empty; say why the new values are right")
    unmatched = set(keys)
    for path in whole_files(root / "_build" / "results" / profile, "*.json"):
        results = reference_values(json.loads(path.read_text(encoding="utf-8")))
        golden_path = root / "tests" / "goldens" / profile / path.name
        goldens = json.loads(golden_path.read_text(encoding="utf-8")) if golden_path.is_file() else {}
        changed = 0
        for key, result in results.items():
            matching = {pattern for pattern in keys if fnmatchcase(key, pattern)}
            unmatched -= matching
            old = goldens.get(key)
            if matching and (old is None or {name: old[name] for name in result} != result):
                print(f"{key}: {old['value'] if old else 'new'} -> {result['value']} (± {result['tolerance']})")
                goldens[key] = {**result, "accepted": reason}
                changed += 1
        if changed:
            with replaced(golden_path) as temporary:
                temporary.write_text(json.dumps(goldens, indent=1, sort_keys=True) + "\n", encoding="utf-8")
            print(f"{changed} values accepted into {golden_path.relative_to(root)}")
    if unmatched:
        sys.exit(f"compactvid accept: no result of profile {profile} matches {', '.join(sorted(unmatched))}")


def reference_values(content: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What of a result file is compared: by key, value and tolerance.

    Of a figure's column that is its length and `FIGURE_VALUES` of its values, evenly spread from the first to the last.
    They may differ by as much as the least exact of the notebook's results, since a figure shows the same numbers.
    """
    found = {key: {name: result[name] for name in ("value", "tolerance")} for key, result in content["results"].items()}
    tolerance = max((result["tolerance"] for result in found.values()), default=0.0)
    for name, columns in content.get("figures", {}).items():
        for column, values in columns.items():
            places = {round(step * (len(values) - 1) / (FIGURE_VALUES - 1)) for step in range(FIGURE_VALUES)}
            chosen = [len(values), *(values[place] for place in sorted(places))]
            found[f"{content['stem']}.figures.{name}.{column}"] = {"value": chosen, "tolerance": tolerance}
    return found
