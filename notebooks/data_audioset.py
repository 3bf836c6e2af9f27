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
# # AudioSet: real frames, of sound alone
#
# AudioSet {cite}`gemmeke2017audioset` labels ten-second clips from YouTube with what can be heard in them. None of the
# three papers uses it. This book does, since its embeddings are quantised "to be compatible with the audio features
# provided with YouTube-8M": real frame-level features that can be had without 1.5 TB of download.

# %% tags=["parameters"]
profile = "small"  # how much of the data: smoke, small or real
seed = 0  # draws which files are read

# %%
from compactvid import notebook
from compactvid.experiments.data import audioset
from compactvid.experiments.statistics import curve, value_table
from compactvid.manifests import manifest
from compactvid.report import dataset_tables as tables
from compactvid.report.series import draw_series

notebook.parameters("data_audioset", profile=profile, seed=seed)

# %% [markdown]
# ## The files
#
# A `SequenceExample` a clip: at most ten frames, one a second, of 128 bytes. The bytes become numbers by the formula of
# [YouTube-8M](data_youtube8m).

# %%
data = manifest("audioset")
notebook.table(tables.split_table(data), "Splits, as the manifest knows them")
notebook.table(tables.feature_table(data), "Features of a SequenceExample")
notebook.definitions(tables.terms_table(data), "Source, licence and commands")

# %% [markdown]
# ## What the clips look like

# %%
statistics = audioset.statistics(profile, seed)
numbers = value_table({"value": statistics.values}, audioset.NAMES)
notebook.table(numbers, f"In numbers: {statistics.origin}")
notebook.record_frame(
    statistics.to_record(),
    ["value"],
    "data_audioset.audioset.{key}",
    tolerance=1e-6,
    reason="counts, and sums in float64",
    data="audioset",
)

# %% [markdown]
# ## Labels
#
# The split is *balanced*: clips were chosen so that each label has at least 59 of them. Only labels that come along with
# many others, such as music and speech, are far more frequent, so this curve is no model of the full data.

# %%
frequency = statistics.figures["label-frequency"].assign(data="real")
notebook.figure(
    draw_series(frequency, *curve("label-frequency")),
    "label-frequency",
    alt="Share of clips over the label's rank, both axes logarithmic: the "
    f"commonest of {frequency['rank'].max()} labels is on "
    f"{frequency.share.iloc[0]:.1%} of the clips, the rarest on "
    f"{frequency.share.iloc[-1]:.2%}.",
    caption="Share of clips that carry a label, by the label's rank.",
    data=frequency,
)

# %%
number = statistics.figures["labels-a-video"].assign(data="real")
notebook.figure(
    draw_series(number, *curve("labels-a-video")),
    "labels-a-video",
    alt="Share of clips over their number of labels: "
    f"{number.share[1]:.0%} have one, {number.share[2]:.0%} two, "
    f"at most {number.labels.max()}.",
    caption="How many labels a clip has.",
    data=number,
)

# %% [markdown]
# ## Frames
#
# How much does a second tell of the next? The autocorrelation falls at once and then hardly further: what lasts is the
# clip's own character, what falls is what changes from second to second. A network that averages frames keeps the
# former.

# %%
lags = statistics.figures["autocorrelation"].assign(data="real")
notebook.figure(
    draw_series(lags, *curve("autocorrelation")),
    "autocorrelation",
    alt="Autocorrelation of frames over their distance: "
    f"{lags.autocorrelation.iloc[0]:.2f} at one second, "
    f"{lags.autocorrelation.iloc[-1]:.2f} at {lags.lag.max()} seconds.",
    caption="Autocorrelation of the frames of a clip, mean over the components.",
    data=lags,
)

# %% [markdown]
# The embeddings are whitened before they are quantised: every component is spread about alike, and the range from -2 to 2
# cuts off what lies further out, at either end.

# %%
values = statistics.figures["values"].assign(data="real")
notebook.figure(
    draw_series(values, *curve("values")),
    "values",
    alt=f"Share of each stored byte, logarithmic: {values.share.iloc[0]:.1%} "
    f"are 0 and {values.share.iloc[-1]:.1%} are 255, all others at most "
    f"{values.share[1:-1].max():.1%}.",
    caption="How often each byte is stored. The ends hold all that was clipped.",
    data=values,
)

# %%
spectrum = statistics.figures["spectrum"].assign(data="real")
notebook.figure(
    draw_series(spectrum, *curve("spectrum")),
    "spectrum",
    alt="Standard deviation of each component: from "
    f"{spectrum.standard_deviation.min():.2f} to "
    f"{spectrum.standard_deviation.max():.2f}, rising with the component.",
    caption="Standard deviation of each component over all frames, after clipping.",
    data=spectrum,
)

# %%
notebook.provenance()
