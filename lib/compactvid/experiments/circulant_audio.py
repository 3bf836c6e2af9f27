"""The models of Araujo et al. 2018 on AudioSet's frames, the profile `real`: what is trained, and what it can't decide.

AudioSet's frames are real, and audio alone. The audio branch takes the place of the paper's video branch with every
width divided by 8, its features included (128 for 1,024), so that as many circulant blocks take a matrix's place as
there: 1,024 units of projection, 8 clusters, 64 hidden units. Its 527 classes are nearly an eighth too. 22 models are
trained for 6 epochs on each of 5 divisions of the files into splits: 800 files for training, 200 for validation and
800 for test, of 5 or 6 clips each; on two of them, again under each of `compactvid.experiments.circulant_variations`.
Divisions share files, so their intervals are narrower than those of divisions that share none would be.

**It is another regime, and decides no row of the ledger**: what is trained has keys of its own
(`compactvid.experiments.circulant_scores.result_key`). What it can't show:

- A clip has at most 10 frames. The paper's k = 15 can't be drawn there. Its share of the frames is k = 1: the mean of
  10 frames, drawn one by one with repetition. That is average pooling with noise, and so is each deep bag of frames.
- There is one branch. Models with audio and models without (Table 2) are the same; nothing joins two modalities.
- NetVLAD's output is as wide as that of deep bag of frames (1,024); in the paper it is 8 times as wide.

Left out for the time that they take: the two networks of Fig. 2 that no claim needs; all of Fig. 3's surface but k =
4, the nearest to the paper's place between average and maximum. Left out because they would mislead: separate models
of 400 units (Fig. 2), which together are larger than the network here, and Table 2's points in Fig. 7.

Learning rates are chosen as for the other profiles, on division 1000:

| family | model | 0.00125 | 0.0025 | 0.005 | 0.01 | 0.02 | 0.04 | 0.08 |
|---|---|---|---|---|---|---|---|---|
| deep_bag_of_frames | table_2.Dense-Model | | 0.2915 | 0.2968 | 0.2778 | 0.2673 | | |
| deep_bag_of_frames, circulant | table_2.Compact-FC | | 0.2943 | 0.3026 | 0.2871 | 0.2693 | | |
| net_vlad | table_4.NetVLAD-FC-Dense | | 0.3087 | 0.3148 | 0.3009 | 0.2791 | | |
| net_vlad, circulant | table_4.NetVLAD-FC-Circulant | | | 0.2222 | 0.2235 | 0.2008 | | |
| net_fv | table_4.NetFisher-FC-Dense | | | 0.2899 | 0.2902 | 0.2584 | | |
| net_fv, circulant | table_4.NetFisher-FC-Circulant | | | 0.2540 | 0.2557 | 0.2434 | | |
| projection | table_2.Compact-DBoF | | 0.2874 | 0.2977 | 0.2757 | 0.2636 | | |
| mixture | table_2.Compact-MoE | | | 0.2020 | 0.2231 | 0.2251 | 0.2403 | 0.2279 |
| maximum | Fig. 3 | 0.2760 | 0.2907 | 0.2870 | 0.2855 | 0.2705 | | |
| average | Fig. 3 | 0.2815 | 0.3094 | 0.3046 | 0.2950 | 0.2878 | | |
| several embeddings | DBoF + NetVLAD | 0.2928 | 0.3089 | 0.2944 | 0.2917 | 0.2661 | | |
"""

from dataclasses import replace

from compactvid.models import CirculantNetwork

DIVISOR, FRAMES = 8, 10
LEARNING_RATES = {
    "deep_bag_of_frames": 0.005,
    "deep_bag_of_frames, circulant": 0.005,
    "net_vlad": 0.005,
    "net_vlad, circulant": 0.01,
    "net_fv": 0.01,
    "net_fv, circulant": 0.01,
    "projection": 0.005,
    "mixture": 0.04,
    "maximum": 0.0025,
    "average": 0.0025,
    "several embeddings": 0.0025,
}
"""By `circulant_grid.family`; then those of Fig. 3's other poolings, and of several embeddings in one network."""


def in_place_of_video(model: CirculantNetwork) -> CirculantNetwork:
    """The same model on audio alone, which has the sizes of the video branch: twice its own half of them."""
    sizes = ("projection_size", "netvlad_cluster_size", "net_fv_cluster_size")
    return replace(model, **{name: 2 * getattr(model, name) for name in sizes}, rgb_size=None, embed_audio=True)
