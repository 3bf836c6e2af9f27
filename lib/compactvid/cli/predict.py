"""`compactvid predict`: what the trainings of a table or figure will cost on this machine."""

import sys
from typing import Annotated

import typer


def predict(
    stem: Annotated[str, typer.Argument(help="Experiment, such as liu2018_table_1.")],
    profile: Annotated[str, typer.Option(help="smoke, small, or another that the experiment has.")] = "small",
    seed: Annotated[int, typer.Option(min=0, help="First seed.")] = 0,
) -> None:
    """Minutes, memory and storage of each training: from stored runs of its model, else from shares of its data."""
    from compactvid.cli.run_process import set_up
    from compactvid.experiments import experiment, require_profile
    from compactvid.runs import predict as cost
    from compactvid.runs.config import short

    set_up()
    try:
        require_profile(stem, profile)
    except ValueError as error:
        sys.exit(f"compactvid predict: {error}")
    measured: dict = {}
    total = 0.0
    for group, configs in experiment(stem).runs(profile, seed).items():
        for config in configs:
            if not isinstance(config, cost.Training):
                continue
            if (known := cost.like(config)) not in measured:
                found = cost.stored(config)
                two = len({each.work for each in found}) > 1
                measured[known] = (
                    found if two else cost.measure(cost.smaller(config, share) for share in (1 / 16, 1 / 4))
                )
            predicted = cost.predict(config, cost.examples(config.dataset), measured[known])
            total += predicted.seconds
            print(
                f"{group:12} {predicted.seconds / 60:8.1f} min {predicted.peak_memory_mib:8.0f} MiB memory "
                f"{predicted.storage_mib:8.0f} MiB storage  {short(cost.like(config)[1])}",
                flush=True,
            )
    print(f"{stem} ({profile}): {total / 60:.1f} min of training, one after the other")
