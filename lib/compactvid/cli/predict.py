"""`compactvid predict`: what the trainings of a table or figure will cost on this machine."""

import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer

SHARES = (1 / 16, 1 / 4)
"""Of a training's data, on which it is measured where the store has no like ones."""


def predict(
    stem: Annotated[str, typer.Argument(help="Experiment, such as liu2018_table_1.")],
    profile: Annotated[str, typer.Option(help="smoke, small, or another that the experiment has.")] = "small",
    seed: Annotated[int, typer.Option(min=0, help="First seed.")] = 0,
) -> None:
    """Minutes, memory and storage of each training: from stored runs of its model, else from shares of its data."""
    from compactvid.cli.run_process import fast_convolutions, set_up
    from compactvid.experiments import experiment, require_profile

    set_up()
    try:
        require_profile(stem, profile)
        groups = experiment(stem).runs(profile, seed)
    except (ValueError, FileNotFoundError) as error:
        sys.exit(f"compactvid predict: {error}")
    fast_convolutions(config for configs in groups.values() for config in configs)
    with TemporaryDirectory() as store:
        seconds, left_out = _print_each(groups, Path(store))
    print(f"{stem} ({profile}): {seconds / 60:.1f} min of training, one after the other")
    for reason, kinds in left_out.items():
        named = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
        print(f"not predicted, {reason}: {named}")


def _print_each(groups: dict[str, list[Any]], store: Path) -> tuple[float, dict[str, Counter[str]]]:
    """Print a line a training; return the sum of their seconds, and by reason how many of a kind have none."""
    from compactvid.runs.config import short
    from compactvid.runs.predict import predict as cost
    from compactvid.runs.trainings import Training, examples, like, schedule

    measured: dict = {}
    left_out: dict[str, Counter[str]] = {}
    total = 0.0
    for group, configs in groups.items():
        for config in configs:
            kind = type(config).__name__
            if not isinstance(config, Training):
                left_out.setdefault("for they train nothing", Counter())[kind] += 1
                continue
            try:
                if like(config) not in measured:
                    measured[like(config)] = _measured(config, store)
                predicted = cost(config, examples(config.dataset), measured[like(config)])
            except ValueError as error:
                left_out.setdefault(str(error), Counter())[kind] += 1
                continue
            total += predicted.seconds
            print(
                f"{group:12} {predicted.seconds / 60:8.1f} min {predicted.peak_memory_mib:8.0f} MiB memory "
                f"{predicted.storage_mib:8.0f} MiB storage  {kind} of {short(schedule(config).model)}",
                flush=True,
            )
    return total, left_out


def _measured(config: Any, store: Path) -> list:
    from compactvid.cli.run_process import set_up
    from compactvid.runs.predict import measure, stored
    from compactvid.runs.trainings import smaller

    found = stored(config)
    if len({each.work for each in found}) > 1:
        return found
    return measure([smaller(config, share) for share in SHARES], store=store, set_up=set_up)
