"""One module a table or figure: the configurations of its runs at each profile, and its result as a data frame.

Each module has

- `PROFILES`: profile name -> what that profile's size is;
- `runs(profile, seed)`: group name -> configurations that one process runs one after the other;
- `data(profile, seed)`: in a few words, what its trained numbers are trained on;
- where it reads runs of other experiments too, `USES`: their stems. At a profile that one of them has not, it reads
  none of its;
- functions that turn the stored runs into frames for its notebook.
"""

from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

_HERE = Path(__file__).parent


def stems() -> list[str]:
    """The stems of all experiments, such as `liu2018_table_1`, sorted."""
    return sorted(f"{path.parent.name}_{path.stem}" for path in _HERE.glob("*/*.py") if path.stem != "__init__")


@cache
def experiment(stem: str) -> ModuleType:
    """The experiment that shares its stem with a notebook, a result file and a page.

    Raises
    ------
    ValueError
        There is no such experiment; the message lists those that there are.
    """
    if stem not in stems():
        raise ValueError(f"unknown experiment {stem!r}; there are {', '.join(stems())}")
    family, _, name = stem.partition("_")
    return import_module(f"{__name__}.{family}.{name}")


def datasets(stem: str, profile: str, seed: int) -> list[Any]:
    """The data set configurations that an experiment's runs read, each once, in the order of the runs.

    Raises
    ------
    ValueError
        An unknown experiment or profile.
    """
    require_profile(stem, profile)
    configs = [config for group in experiment(stem).runs(profile, seed).values() for config in group]
    return list(dict.fromkeys(config.dataset for config in configs if hasattr(config, "dataset")))


def used(stem: str, profile: str) -> tuple[str, ...]:
    """The stems of the other experiments whose runs an experiment reads at a profile."""
    return tuple(name for name in getattr(experiment(stem), "USES", ()) if profile in experiment(name).PROFILES)


def all_runs(stem: str, profile: str, seed: int) -> list[Any]:
    """The configurations of all runs that an experiment reads: its own, and those of the experiments that it uses."""
    groups = [experiment(name).runs(profile, seed) for name in (stem, *used(stem, profile))]
    return [config for group in groups for configs in group.values() for config in configs]


def require_profile(stem: str, profile: str) -> None:
    """Refuse a profile that an experiment has not.

    Raises
    ------
    ValueError
        The message lists the valid profiles. Of `paper`, which none has, it says why.
    """
    profiles = experiment(stem).PROFILES
    if profile in profiles:
        return
    valid = f"valid profiles are {', '.join(profiles)}"
    if profile == "paper":
        raise ValueError(
            f"{stem}: profile 'paper' is predicted, not run: no experiment has it, for it takes the paper's own data "
            f"and GPUs; book/cluster.md has what it costs; {valid}"
        )
    raise ValueError(f"{stem}: unknown profile {profile!r}; {valid}")
