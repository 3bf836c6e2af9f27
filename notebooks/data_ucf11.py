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
# # UCF11: actions in clips
#
# {cite:t}`cheng2018deepeye` recognise actions in UCF11 {cite}`liu2009ucf11`, also called UCF YouTube Action: clips of 11
# sports and everyday actions, cut from videos "in the wild". Each frame becomes 160 × 120 pixels, and six frames of a
# clip go into the recurrent network.

# %% tags=["parameters"]
profile = "small"  # how much of the data: smoke, small or real
seed = 0  # draws which files are read

# %%
from compactvid import notebook
from compactvid.experiments.data import ucf11
from compactvid.experiments.statistics import curve, value_table
from compactvid.manifests import manifest
from compactvid.report import dataset_tables as tables
from compactvid.report.series import draw_series

notebook.parameters("data_ucf11", profile=profile, seed=seed)

# %% [markdown]
# ## The files
#
# A folder an action, in it a folder a group, in that the clips. Clips of one group are cut from one video: who splits
# clip by clip tests on backgrounds that the model has seen. The readers of this book split group by group. They count a
# clip's frames by decoding it, since headers and time stamps of such files are not to be trusted.

# %%
data = manifest("ucf11")
notebook.table(tables.split_table(data), "Splits, as the manifest knows them")
notebook.table(tables.feature_table(data), "What a clip is")
notebook.definitions(tables.terms_table(data), "Source, licence and commands")

# %% [markdown]
# ## What clips look like
#
# UCF11 itself is not among the samples. The statistics are of two clips of UCF101 {cite}`soomro2012ucf101`, which grew
# out of it, in the same layout and size: enough to see the format, too few to say anything about actions.

# %%
statistics = ucf11.statistics(profile, seed)
numbers = value_table({"value": statistics.values}, ucf11.NAMES)
notebook.table(numbers, f"In numbers: {statistics.origin}")
notebook.record_frame(
    statistics.to_record(),
    ["value"],
    "data_ucf11.ucf101.{key}",
    tolerance=1e-6,
    reason="counts, and sums in float64",
    data="ucf101",
)

# %%
differences = statistics.figures["differences"].assign(data="real")
notebook.figure(
    draw_series(differences, *curve("differences")),
    "differences",
    alt="Mean absolute difference of two frames over their distance: "
    f"{differences.difference.iloc[0]:.1f} of 256 grey levels for successive "
    f"frames, {differences.difference.iloc[-1]:.1f} for frames "
    f"{differences.lag.max()} apart.",
    caption="How much frames differ, at 160 × 120 pixels; mean over the "
    "sample's clips.",
    data=differences,
)

# %%
notebook.provenance()
