# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # YouTube-8M: videos as features
#
# {cite:t}`liu2018constrained` and {cite:t}`araujo2018circulant` train on YouTube-8M {cite}`abuelhaija2016youtube8m`,
# which never shows a picture: each second of a video is 1,024 numbers from an image network and 128 from an audio
# network, quantised to a byte each. This page says what the official files hold, how to get them, and what real ones
# look like.

# %% tags=["parameters"]
profile = "small"  # how much of the data: smoke, small or real
seed = 0  # draws which files are read

# %%
from compactvid import notebook
from compactvid.experiments.data import youtube8m
from compactvid.experiments.statistics import curve, value_table
from compactvid.manifests import manifest
from compactvid.report import dataset_tables as tables
from compactvid.report.series import draw_series

notebook.parameters("data_youtube8m", profile=profile, seed=seed)

# %% [markdown]
# ## The files
#
# Both levels hold the same videos in the same shards, as TFRecord files. The **frame level** is what the papers train
# on: a `SequenceExample` a video, with up to 300 frames. The **video level** is the average of the frames, an `Example`
# a video. A stored byte $q$ stands for the number $\frac{4}{255} q - 2 + \frac{4}{512}$, in the challenge's own formula:
# the steps between -2 and 2, each at its middle.

# %%
frames = manifest("youtube8m_frame")
notebook.table(
    tables.split_table(frames), "Splits of both levels, as the manifest knows them"
)
notebook.table(
    tables.feature_table(frames), "Frame level: features of a SequenceExample"
)
notebook.definitions(
    tables.terms_table(frames), "Frame level: source, licence and commands"
)

# %%
videos = manifest("youtube8m_video")
notebook.table(tables.feature_table(videos), "Video level: features of an Example")
notebook.definitions(
    tables.terms_table(videos), "Video level: source, licence and commands"
)

# %% [markdown]
# ## What the videos look like
#
# The statistics are of shards of the video level's validation split: a shard holds videos at random, so a few dozen
# show what the rest look like. Real frame-level shards are not among the samples, so nothing is measured on them here:
# what is known of real frames comes from [AudioSet](data_audioset), whose audio features are made in the same way.
# Where the folder that `COMPACTVID_DATA` names holds some (`yt8m/frame/validate/validate0000.tfrecord` and so on),
# profile `real` of {cite:t}`araujo2018circulant`'s pages trains on both modalities of these instead of on AudioSet's
# audio. It needs 24 shards, 8 of them of the validation split; others may be training shards, in `yt8m/frame/train`.

# %%
statistics = youtube8m.statistics(profile, seed)
numbers = value_table({"value": statistics.values}, youtube8m.NAMES)
notebook.table(numbers, f"In numbers: {statistics.origin}")
notebook.record_frame(
    statistics.to_record(),
    ["value"],
    "data_youtube8m.youtube8m.{key}",
    tolerance=1e-6,
    reason="counts, and sums in float64",
    data="youtube8m",
)

# %% [markdown]
# ## Labels
#
# A few labels are on many videos and most are on very few, roughly as Zipf's law has it: the share falls as the rank to
# the power of minus one. Labels come in company: *motorsport* and *racing*, or *guitar* and *string instrument*, come
# together many times more often than independent labels would, while most pairs never do.

# %%
frequency = statistics.figures["label-frequency"].assign(data="real")
notebook.figure(
    draw_series(frequency, *curve("label-frequency")),
    "label-frequency",
    alt="Share of videos over the label's rank, both axes logarithmic: the "
    f"commonest of {frequency['rank'].max():,} labels is on "
    f"{frequency.share.iloc[0]:.1%} of the videos, the rarest on "
    f"{frequency.share.iloc[-1]:.3%}.",
    caption="Share of videos that carry a label, by the label's rank.",
    data=frequency,
)

# %%
number = statistics.figures["labels-a-video"].assign(data="real")
notebook.figure(
    draw_series(number, *curve("labels-a-video")),
    "labels-a-video",
    alt=f"Share of videos over their number of labels: {number.share[1]:.0%} "
    f"have one, {number.share[2]:.0%} two, {number.share[6:].sum():.0%} more "
    f"than five, at most {number.labels.max()}.",
    caption="How many labels a video has.",
    data=number,
)

# %%
pairs = statistics.figures["label-pairs"].assign(data="real")
notebook.figure(
    draw_series(pairs[pairs.ratio > 0], *curve("label-pairs")),
    "label-pairs",
    alt="How often pairs of the 20 commonest labels come together, over "
    f"what independent labels would do: {pairs.ratio.max():.0f} times for "
    f"the closest pair, less than chance for {(pairs.ratio < 1).mean():.0%} "
    "of them.",
    caption="Pairs of the 20 commonest labels: videos with both, over what "
    "independent labels would give (1). Pairs never seen together are left "
    "out of the picture.",
    data=pairs,
)

# %% [markdown]
# ## Features
#
# The visual features are the first 1,024 principal components of a network's activations, in the order of their
# variance, and whitened before they were quantised. So the means over a video still fall off with the component, but
# slowly.

# %%
spectrum = statistics.figures["spectrum"]
first, last = spectrum.iloc[0], spectrum[spectrum.data == "real rgb"].iloc[-1]
notebook.figure(
    draw_series(spectrum, *curve("spectrum")),
    "spectrum",
    alt="Standard deviation of mean features over the component, both axes "
    f"logarithmic: for rgb it falls from {first.standard_deviation:.2f} at "
    f"component 1 to {last.standard_deviation:.2f} at component "
    f"{last.component}.",
    caption="Standard deviation over videos of each component of the mean "
    "features.",
    data=spectrum,
)

# %%
notebook.provenance()
