"""The runs that the book asks for, or asked for when a result was recorded."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from compactvid.atomic import whole_files
from compactvid.experiments import experiment, stems
from compactvid.root import project_root
from compactvid.runs import identify
from compactvid.runs.store import with_required


@dataclass
class Asked:
    """Configurations by the name of their run, who asks for each (`liu2018_table_1 (small)`), and results' runs."""

    configs: dict[str, Any] = field(default_factory=dict)
    who: dict[str, list[str]] = field(default_factory=dict)
    recorded: dict[str, list[Path]] = field(default_factory=dict)

    @property
    def names(self) -> set[str]:
        """All runs that somebody needs."""
        return self.configs.keys() | self.recorded.keys()


def asked() -> Asked:
    """What every experiment would load now, at each of its profiles, and what result files refer to.

    Asked at seed 0 and at the seeds of the result files in `_build/results` and `results`. A profile whose data are not
    there asks for nothing.

    Raises
    ------
    ValueError
        A result file is unreadable; it is named.
    """
    found = Asked()
    root = project_root()
    seeds = {stem: {0} for stem in stems()}
    for path in [path for folder in ("_build/results", "results") for path in whole_files(root / folder, "*/*.json")]:
        try:
            provenance = json.loads(path.read_text(encoding="utf-8"))["provenance"]
            seeds.get(path.stem, set()).add(int(provenance.get("parameters", {}).get("seed", 0)))
            for name in provenance.get("runs", ()):
                found.recorded.setdefault(name, []).append(path.relative_to(root))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"{path}: not a result file ({error!r})") from error
    for stem, numbers in seeds.items():
        for profile in experiment(stem).PROFILES:
            for seed in sorted(numbers):
                _ask(found, stem, profile, seed)
    return found


def _ask(found: Asked, stem: str, profile: str, seed: int) -> None:
    try:
        identities = [
            (config, identify(config))
            for configs in experiment(stem).runs(profile, seed).values()
            for named in configs
            for config in with_required(named)
        ]
    except (ValueError, OSError):
        return
    for config, run in identities:
        found.configs[run.name] = config
        found.who.setdefault(run.name, []).append(f"{stem} ({profile}, seed {seed})")
