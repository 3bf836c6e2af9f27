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
# # Tiny YOLOv2: a detector's weights as a file
#
# {cite:t}`cheng2018deepeye` start from a Tiny YOLOv2 {cite}`redmon2017yolo9000` that is trained already, so its weights
# are data too: one file in Darknet's own format.

# %% tags=["parameters"]
profile = "small"  # how much of the data: smoke, small or real
seed = 0  # draws which files are read

# %%
from compactvid import notebook
from compactvid.experiments.data import tiny_yolov2
from compactvid.manifests import manifest
from compactvid.report import dataset_tables as tables
from compactvid.report.kernel_histograms import draw_kernel_histograms

notebook.parameters("data_tiny_yolov2", profile=profile, seed=seed)

# %%
data = manifest("tiny_yolov2_voc")
notebook.table(tables.split_table(data), "Splits, as the manifest knows them")
notebook.table(tables.feature_table(data), "Parts of the file")
notebook.definitions(tables.terms_table(data), "Source, licence and commands")

# %% [markdown]
# ## What lies where
#
# The header is three 32-bit integers of version and the number of images seen in training: 64 bits from version 0.2 on,
# 32 before. Then nothing but float32 values, without names or shapes. For each convolution: its biases; where batch
# normalisation follows, scales, means and variances; and the kernel, outputs first. A reader that knows the network
# finds its way; one that skips a value reads noise and gets no error. So the file's length is checked to the byte.

# %%
layout = tiny_yolov2.file_layout()
notebook.table(
    layout,
    f"Nine convolutions, {layout['values'].sum():,} values; kernel: out × in × "
    "height × width",
    formats={"offset": ",", "values": ","},
    headings={"offset": "values before", "normalised": "batch normalisation"},
)
notebook.record(
    "data_tiny_yolov2.values", layout["values"].sum(), tolerance=0, reason="sum"
)

# %% [markdown]
# ## What the weights look like
#
# Six of the nine kernels are published in another form too, with batch normalisation folded into them. The paper's 8-bit
# weights take values from -1 to 1 in steps of 1/128 (section 2.2). These kernels do not fit into that: the first goes
# far beyond it, and of the others most values lie within a few steps of zero. So something has to scale them.

# %%
statistics = tiny_yolov2.statistics(profile, seed)
notebook.table(
    tiny_yolov2.kernels(statistics),
    f"Kernels with batch normalisation folded in: {statistics.origin}",
    formats=dict.fromkeys(("standard_deviation", "minimum", "maximum"), ".3f"),
    headings={"standard_deviation": "standard deviation"},
)
notebook.record_frame(
    statistics.to_record(),
    ["value"],
    "data_tiny_yolov2.weights.{key}",
    tolerance=1e-6,
    reason="sums in float64",
    data="weights",
)

# %%
kernels = statistics.figures["kernels"]
centre = kernels[kernels.deviations.abs() < 0.5].groupby("layer").share.sum()
notebook.figure(
    draw_kernel_histograms(kernels),
    "kernels",
    alt="Histograms of the kernels' values, a panel a layer, each beside "
    "the normal distribution of the same standard deviation. Between "
    f"{centre.min():.0%} and {centre.max():.0%} of the values lie within "
    "half a standard deviation of zero; of a normal distribution 38 % would.",
    caption="Values of each kernel, in standard deviations; dashed: normal "
    "distribution.",
    data=kernels,
)

# %%
notebook.provenance()
