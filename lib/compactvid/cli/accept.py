"""`compactvid accept`: record new reference values for the regression tests."""

import json
import sys
from fnmatch import fnmatchcase
from typing import Annotated

import typer


def accept(
    keys: Annotated[list[str], typer.Argument(help="Result keys; * and ? match as in file names.")],
    reason: Annotated[str, typer.Option(help="Why the new values are right.")],
    profile: Annotated[str, typer.Option(help="Profile whose last results are accepted.")] = "smoke",
) -> None:
    """Copy results of the last build into tests/goldens. The tests compare later results with them, key by key."""
    from compactvid.atomic import replaced
    from compactvid.root import project_root

    root = project_root()
    if not reason.strip():
        sys.exit("compactvid accept: --reason is empty; say why the new values are right")
    unmatched = set(keys)
    for path in sorted((root / "_build" / "results" / profile).glob("*.json")):
        results = json.loads(path.read_text(encoding="utf-8"))["results"]
        golden_path = root / "tests" / "goldens" / profile / path.name
        goldens = json.loads(golden_path.read_text(encoding="utf-8")) if golden_path.is_file() else {}
        changed = 0
        for key, result in results.items():
            matching = {pattern for pattern in keys if fnmatchcase(key, pattern)}
            unmatched -= matching
            new = {name: result[name] for name in ("value", "tolerance")}
            old = goldens.get(key)
            if matching and (old is None or {name: old[name] for name in new} != new):
                print(f"{key}: {old['value'] if old else 'new'} -> {result['value']} (± {result['tolerance']})")
                goldens[key] = {**new, "accepted": reason}
                changed += 1
        if changed:
            with replaced(golden_path) as temporary:
                temporary.write_text(json.dumps(goldens, indent=1, sort_keys=True) + "\n", encoding="utf-8")
            print(f"{changed} values accepted into {golden_path.relative_to(root)}")
    if unmatched:
        sys.exit(f"compactvid accept: no result of profile {profile} matches {', '.join(sorted(unmatched))}")
