"""The models of Araujo et al. 2018 by the table rows that they answer, at the paper's size and scaled down.

Each table varies one part of one base model: Table 1's, with deep bag of frames over video and audio. Table 2 leaves
the audio out. Its compact mixture of experts stands for three changes at once, so the cells that tell them apart are
here too.
"""

from dataclasses import replace
from typing import Any

from compactvid.models import Circulant, CirculantNetwork

WIDTHS = ("projection_size", "netvlad_cluster_size", "net_fv_cluster_size", "hidden_size")
WITHOUT_DIAGONAL = Circulant(diagonal="none")
EMBEDDINGS = {"DBoF": "deep_bag_of_frames", "NetVLAD": "net_vlad", "NetFisher": "net_fv"}


def paper_models() -> dict[str, CirculantNetwork]:
    """Each model at the paper's size, by table and row (`table_2.Compact-FC`), or by figure.

    In addition to the printed rows: the cells that are missing from Table 2, Table 3's m = 1 with its diagonal
    (`table_3.1-with-diagonal`), and the diversity model of section 4.4 with the outputs of its fully connected layers
    concatenated, of which the printed counts are, and averaged over the embeddings of each modality, as the text says.
    """
    base = CirculantNetwork()
    video = replace(base, embed_audio=False)
    diversity = replace(
        base,
        embeddings=("net_vlad", "net_fv"),
        netvlad_cluster_size=256,
        net_fv_cluster_size=128,
        hidden_size=1024,  # 512 in the text, with which the printed counts do not come out
    )
    compact = Circulant()
    return {
        "table_1": base,
        "table_2.Dense-Model": video,
        "table_2.Compact-DBoF": replace(video, projection=compact),
        "table_2.Compact-FC": replace(video, fully_connected=compact),
        "table_2.Compact-MoE": replace(video, mixture=WITHOUT_DIAGONAL, context_gating=False),
        "table_2.Dense-MoE-without-gating": replace(video, context_gating=False),
        "table_2.Compact-MoE-with-gating": replace(video, mixture=WITHOUT_DIAGONAL),
        "table_2.Compact-MoE-with-diagonal": replace(video, mixture=compact, context_gating=False),
        "table_2.Compact-MoE-with-diagonal-and-gating": replace(video, mixture=compact),
        "table_3.1": replace(base, fully_connected=WITHOUT_DIAGONAL),
        "table_3.1-with-diagonal": replace(base, fully_connected=compact),
        "table_3.3": replace(base, fully_connected=Circulant(factors=3)),
        "table_3.6": replace(base, fully_connected=Circulant(factors=6)),
        "table_3.Dense-FC": base,
        **{
            f"table_4.{name}-FC-{kind}": replace(base, embeddings=(embedding,), fully_connected=circulant)
            for name, embedding in EMBEDDINGS.items()
            for kind, circulant in (("Dense", None), ("Circulant", compact))
        },
        **{
            f"fig_2.{kind}-{join}d": replace(diversity, fully_connected=circulant, join=join)
            for kind, circulant in (("dense", None), ("compact", compact))
            for join in ("concatenate", "average")
        },
    }


def scaled_down(model: CirculantNetwork, divisor: int, **fields: Any) -> CirculantNetwork:
    """The same model with every width divided, and what the data ask for (`num_classes`, `rgb_size`, ...) set.

    With features divided alike, as many blocks take each dense matrix's place as in the paper (but for the classes').

    Raises
    ------
    ValueError
        `divisor` does not divide a width.
    """
    for name in WIDTHS:
        if getattr(model, name) % divisor:
            raise ValueError(f"divisor must divide {name} = {getattr(model, name)}, not {divisor}")
    return replace(model, **{name: getattr(model, name) // divisor for name in WIDTHS}, **fields)
