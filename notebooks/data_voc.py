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
# # Pascal VOC: objects in boxes
#
# {cite:t}`cheng2018deepeye` quantise a Tiny YOLOv2 detector that was trained on Pascal VOC {cite}`everingham2010voc`:
# photographs from Flickr in which every object of 20 classes has a box around it.

# %% tags=["parameters"]
profile = "small"  # how much of the data: smoke, small or real
seed = 0  # draws which files are read

# %%
from compactvid import notebook
from compactvid.experiments.data import voc
from compactvid.experiments.statistics import curve, value_table
from compactvid.manifests import manifest
from compactvid.report.counts import draw_counts
from compactvid.report import dataset_tables as tables
from compactvid.report.series import draw_series

notebook.parameters("data_voc", profile=profile, seed=seed)

# %% [markdown]
# ## The files
#
# Images are JPEG files, annotations XML files of the same name. Corners are pixels counted from 1, and both belong to
# the box: one of `xmin` 1 and `xmax` 1 is one pixel wide. Forgetting either shifts every box by a pixel.

# %%
data = manifest("voc2007")
notebook.table(tables.split_table(data), "Splits, as the manifest knows them")
notebook.table(tables.feature_table(data), "VOC 2007: parts of an annotated image")
notebook.definitions(tables.terms_table(data), "Source, licence and commands")

# %%
later = manifest("voc2012")
notebook.table(tables.split_table(later), "VOC 2012: splits, in the same layout")
notebook.definitions(
    tables.terms_table(later), "VOC 2012: source, licence and commands"
)

# %% [markdown]
# ## What the images look like
#
# The statistics are of a sample of 100 annotated images with all 20 classes.

# %%
statistics = voc.statistics(profile, seed)
numbers = value_table({"value": statistics.values}, voc.NAMES)
notebook.table(numbers, f"In numbers: {statistics.origin}")
notebook.record_frame(
    statistics.to_record(),
    ["value"],
    "data_voc.voc.{key}",
    tolerance=1e-6,
    reason="counts, and sums in float64",
    data="voc",
)

# %%
classes = statistics.figures["classes"]
notebook.figure(
    draw_counts(classes, "label", "objects", xlabel="objects in the sample"),
    "classes",
    alt=f"Objects of each of {len(classes)} classes: "
    f"{classes.objects.iloc[0]} of class {classes.label.iloc[0]}, between "
    f"{classes.objects.min()} and {classes.objects.iloc[1]} of every other.",
    caption="Objects of each class in the sample.",
    data=classes,
)

# %%
number = statistics.figures["objects-an-image"].assign(data="real")
notebook.figure(
    draw_series(number, *curve("objects-an-image")),
    "objects-an-image",
    alt="Share of images over their number of objects: "
    f"{number.share[1]:.0%} have one, {number.share[2]:.0%} two, "
    f"{number.share[5:].sum():.0%} five or more, at most "
    f"{number.objects.max()}.",
    caption="How many objects an image has.",
    data=number,
)

# %%
areas = statistics.figures["box-areas"].assign(data="real")
notebook.figure(
    draw_series(areas, *curve("box-areas")),
    "box-areas",
    alt="Cumulative distribution of the share of the image that a box "
    f"covers: from {areas.area_share.min():.2%} to "
    f"{areas.area_share.max():.0%}, half of the boxes below "
    f"{areas.area_share[25]:.0%}.",
    caption="How large boxes are: the share of boxes that cover less of "
    "their image.",
    data=areas,
)

# %%
notebook.provenance()
