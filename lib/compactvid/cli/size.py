"""`compactvid size`: how large a Gated NetVLAD model is on disk."""

import os
import sys
from typing import Annotated

import typer


def size(
    clusters: Annotated[int, typer.Option(help="Cluster size K.")] = 24,
    hidden: Annotated[int, typer.Option(help="Hidden size H.")] = 1440,
    precision: Annotated[str, typer.Option(help="float32, or float16 for the four big tensors.")] = "float32",
    tensors: Annotated[bool, typer.Option("--tensors", help="List every tensor, largest first.")] = False,
) -> None:
    """Build the model at the given size and count the bytes of its stored tensors (MiB = 2^20 bytes)."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from compactvid.compression import StoredSize
    from compactvid.compression.stored_size import PRECISIONS
    from compactvid.models import GatedNetVLAD

    try:
        if precision not in PRECISIONS:
            raise ValueError(f"precision must be one of {', '.join(PRECISIONS)}, not {precision!r}")
        result = StoredSize(GatedNetVLAD(cluster_size=clusters, hidden_size=hidden)).measure()[precision]
    except ValueError as error:
        sys.exit(f"compactvid size: {error}")
    if tensors:
        for row in result.sort_values("bytes", ascending=False).itertuples():
            print(f"{row.bytes / 2**20:10.4f} MiB  {row.dtype:8}  {row.tensor} {'x'.join(map(str, row.shape))}")
    print(f"K{clusters}-H{hidden} {precision}: {result.bytes.sum() / 2**20:.2f} MiB in {len(result)} tensors")
