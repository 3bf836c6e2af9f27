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
# # Figure 2 of Cheng et al. 2018: a grid of boxes
#
# **What the paper says** (section 2.1, Fig. 2). A fully convolutional network divides the picture into $S \times S$ cells
# and "simultaneously predicts multiple bounding boxes and class probabilities for those boxes". Each box has a
# confidence, "defined as $P_r(Object) \times IOU_{pred}^{truth}$". For Pascal VOC, with $S = 7$ and $B = 2$ boxes a cell,
# "the feature output of the final convolutional layer turns out to be a 7×7×50 tensor"; in the experiments it is
# 19×19×425 {cite}`cheng2018deepeye`.

# %% tags=["parameters"]
profile = "small"  # how much is trained: smoke, small or full
seed = 0  # the first of the simulated worlds

# %%
from compactvid import notebook
from compactvid.experiments import detector_sizes
from compactvid.experiments.deepeye2018 import fig_2
from compactvid.experiments.recorded_values import beside_full
from compactvid.report import detection_grid
from compactvid.report.confidence_curves import draw_confidence_curves

notebook.parameters("deepeye2018_fig_2", profile=profile, seed=seed)

# %% [markdown]
# ## The idea: every cell predicts, once, for the whole picture
#
# The network halves the picture five times. What is left is a grid in which a cell stands for 32 × 32 pixels, and a last
# convolution of 1 × 1 makes the same statement about each cell. It knows a few *anchors*, boxes of width $p_w$ and
# height $p_h$, and says how the box of each differs from it {cite}`redmon2017yolo9000`. In the cell that begins at
# $(c_x, c_y)$ five numbers $t$ mean
#
# $$\begin{gathered} b_x = c_x + \sigma(t_x), \quad b_y = c_y + \sigma(t_y), \\
# b_w = p_w e^{t_w}, \quad b_h = p_h e^{t_h}, \\
# \Pr(\text{object}) \cdot \text{IoU} = \sigma(t_o), \end{gathered}$$
#
# and a softmax over the rest tells the class. A box's score for a class is the product of confidence and probability. Of
# boxes that show the same object the one with the best score stays: non-maximum suppression.
#
# ## How large the output is
#
# The first YOLO has one set of class probabilities for each cell, YOLOv2 has one for each box. The paper cites the
# first for its grid and builds on the second. Both networks of YOLOv2 with 20 classes are built here, as is one for 80
# classes, the only number of classes that gives 425 with five boxes. Of the first YOLO the channels are counted.

# %%
outputs = detector_sizes.outputs()
notebook.table(
    detector_sizes.sizes(outputs),
    "Output of the last convolution: built, or for the first YOLO counted",
    headings=detector_sizes.SIZE_HEADINGS,
)

# %%
exact = {"tolerance": 0, "reason": "read off built networks: nothing may differ"}
key, record = "deepeye2018.claims.{claim}", notebook.record_frame
counts = detector_sizes.counts(outputs)
frames = counts[counts.unit == "frames"]
record(frames, ["value"], key, unit="frames", **exact)
channels = counts[counts.unit == "channels"]
record(channels, ["value"], key, unit="channels", **exact)
record(counts[counts.unit == "cells"], ["value"], key, unit="cells", **exact)
record(counts[counts.unit == "boxes"], ["value"], key, unit="boxes", **exact)
record(counts[counts.unit == "classes"], ["value"], key, unit="classes", **exact)

# %% [markdown]
# So 7×7×50 belongs to neither. The YOLO of 7 × 7 cells and two boxes has
# {glue:text}`deepeye2018.claims.channels_of_yolo:.0f` channels. YOLOv2 with two boxes does have
# {glue:text}`deepeye2018.claims.channels_of_yolov2:.0f`, but a grid of 7 × 7 cells only on pictures of 224 × 224 pixels,
# which nobody gives it. The network of Table 1 has {glue:text}`deepeye2018.claims.grid_side:.0f` cells a side,
# {glue:text}`deepeye2018.claims.boxes_per_cell:.0f` boxes and {glue:text}`deepeye2018.claims.feature_channels:.0f`
# channels. The {glue:text}`deepeye2018.claims.coco_channels:.0f` of the text, which Table 2's 3,920 weights rest on, are
# those of a network for 80 classes, such as COCO's. It is not the one that section 5.1 trains, on 20.
#
# ## Which cell answers for which object
#
# The cell that holds an object's centre answers for it, with the anchor whose shape is most like the object's. The
# picture is a real one of Pascal VOC where the data folder has some, with the grid of the network of Table 1; otherwise a
# simulated one, with the smaller grid of the detector below. The dashed boxes are what the network says there while its
# outputs are still zeros. No weights of a whole network for real pictures are at hand, so nothing is detected in it.

# %%
picture, targets, cells = fig_2.targets(profile, seed)
notebook.figure(
    detection_grid.draw_anchor_targets(picture, targets, cells),
    "targets",
    alt=f"A picture under a grid of {cells[0]} × {cells[1]} cells, with the boxes of "
    f"{len(targets)} objects. Filled cells answer for them: "
    f"{detection_grid.described_cells(targets)}. The anchors there overlap with "
    f"them by {targets.overlap.min():.2f} to {targets.overlap.max():.2f}.",
    caption="White: objects. Filled: the cells of their centres. Dashed: the anchors "
    "that answer for them, and by how much (IoU) they overlap with them as they are.",
    data=targets,
)

# %% [markdown]
# ## What a confidence is trained to be
#
# The definition says what a confidence should be; the loss says what it will be. Here it is evaluated for a picture with
# one object, while one box's confidence changes and nothing else does.

# %%
curves = fig_2.curves()
notebook.figure(
    draw_confidence_curves(curves),
    "confidence",
    alt=fig_2.described_curves(curves),
    caption="YOLOv2's loss over one confidence; marks: where it is smallest.",
    data=curves,
)

# %% [markdown]
# The box that answers for an object is pulled towards its overlap with the object, and an empty cell's boxes towards 0:
# the definition holds. There is a third kind of boxes. One that lies on the object, but does not answer for it, may have
# any confidence. The loss forgives it from an overlap of 0.6 on.
#
# ## The text, sentence by sentence

# %%
statements = fig_2.statements(outputs)
notebook.table(
    statements[["sentence", "true", "answer"]],
    "Sentences of the paper against what is built and tried here",
    headings=fig_2.STATEMENT_HEADINGS,
)
record(statements, ["value"], key, unit="yes or no", **exact)

# %% [markdown]
# Two sentences do not hold. A box is a box: nothing in the output could be a mask, and the overlap is that of two
# rectangles. And no frame of 340 × 256 goes into the network as it is; it has to be scaled to 608 × 608. The sequences
# of 80 that section 5.1 trains on remain a riddle: a clip of three seconds at 25 frames a second has
# {glue:text}`deepeye2018.claims.training_sequence:.0f` frames.
#
# ## A trained detector at work
#
# The detector is that of [Fig. 7](deepeye2018_fig_7): the same network with every width divided by 8, trained on simulated
# scenes of 96 × 96 pixels, with cells of 16 pixels. The picture is the first of its test split with three objects, of two
# classes, none of them difficult. Detections are shown from a score of 0.24 on, as Darknet does.

# %%
picture, own, cells = fig_2.predictions(profile, seed)
found, network = fig_2.as_recorded(own, profile)
none = " No box reaches a score of 0.24: the profile trains for too short a time."
notebook.figure(
    detection_grid.draw_detection_grid(picture, found, cells),
    "grid",
    alt=fig_2.described_predictions(found),
    caption=f"From the grid to detections, {network}. A box is the wider, the more confident it is "
    "beside the best of the picture; a cell has the colour of the likeliest class of "
    "its most confident box."
    + (none if (found["what"] != "detection").all() else ""),
    data=found,
)

# %% [markdown]
# ## Does a confidence keep its word?
#
# Over the whole test splits: the mean confidence of the boxes of each kind, and the mean overlap that it should be. Of
# boxes that answer for an object that is the overlap with this object, of all others the largest overlap with any; there
# the loss asks for 0, whatever it is.

# %%
roles, key = fig_2.roles(profile, seed), "deepeye2018_fig_2.{role}.{column}"
every = beside_full(roles, ["confidence", "overlap"], key, fig_2.STEM)
notebook.table(
    every[list(fig_2.ROLE_HEADINGS)],
    "Test pictures, mean ± half width of the 95 % interval; and of five worlds, recorded",
    formats=fig_2.ROLE_FORMATS,
    headings=fig_2.ROLE_HEADINGS,
)
record(
    roles,
    ["confidence", "overlap"],
    key,
    seeds=fig_2.grid.SCALES[profile].worlds,
    data=fig_2.grid.data(profile, seed),
    tolerance=0.1,
    reason="trained; in cells and shares alike, and boxes move by a tenth of a cell",
)

# %% [markdown]
# ## What came out
#
# The figure itself can't be compared: its image is not available. The network is the one described, and what it predicts
# has the meaning that section 2.1 gives it. The sizes that the section and the experiments print are those of three
# different networks. In the test pictures of five worlds the boxes that answer for an object have a mean confidence of
# {recorded}`deepeye2018_fig_2.responsible.confidence:.2f`, where their overlap is
# {recorded}`deepeye2018_fig_2.responsible.overlap:.2f`; all others have
# {recorded}`deepeye2018_fig_2.others.confidence:.3f`. A confidence is a product: it stays below the overlap by as much as
# the network is unsure that there is an object at all.

# %%
notebook.ledger_rows()

# %% [markdown]
# ```{admonition} Exercise: two objects in one cell
# :class: dropdown
# Two people stand behind each other, with their centres in one cell. How many of them can the YOLO of Redmon et al. 2016
# detect, how many YOLOv2? *Each cell of the first has one set of class probabilities, and of its two boxes one is made
# responsible for each object, the one that overlaps most: two people are possible, a person and a dog are not. In YOLOv2
# each of five anchors can answer for an object of its own class. But two people of about the same shape have the same
# anchor, and of these only one is ever learnt.*
# ```

# %%
notebook.provenance()
