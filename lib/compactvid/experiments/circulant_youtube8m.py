"""The models of Araujo et al. 2018 on YouTube-8M's own frames: the profile `real` where the data folder holds them.

Both modalities, with all features and classes, on some of the shards. As in the paper, halves of videos are examples
for training, and robust pooling draws its k = 15 frames of at most 150; videos for validation and test are whole, of up
to 300 frames. The widths of projection, clusters and hidden units are divided by 8. Features are not, so that a compact
projection of video has one circulant block in place of the paper's 8.

Nothing was trained on real shards yet, only on written ones, and **it decides no row of the ledger**: what is trained
has keys of its own (`compactvid.experiments.circulant_scores.result_key`), other ones than AudioSet's. Learning rates
are those of `compactvid.experiments.circulant_audio`, whose widths are the same, and not chosen on these frames: choose
them on division 1000, as there, before anything is recorded. A record then replaces AudioSet's in `results/real`, and
the pages' columns of AudioSet are empty. Test shards are few because noise (Fig. 3) holds all of their frames at once,
three times, 1.6 GB each.
"""

from compactvid.datasets.frame_level_shards import FrameLevelShards

DIVISOR, SHARDS = 8, (16, 4, 4)
"""What widths are divided by; shards for training, validation and test: an official validation shard has 290 videos."""


def dataset(draw: int) -> FrameLevelShards:
    """The shards of a division into splits."""
    return FrameLevelShards(*SHARDS, seed=draw, halves=True)
