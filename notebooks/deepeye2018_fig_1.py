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
# # Figure 1 of Cheng et al. 2018: the system
#
# **What the paper says** (sections 1 and 4, Fig. 1). DEEPEYE finds the objects in a video and recognises its action: "the
# above two optimized networks are integrated into one video comprehension system". A detector, YOLO in 8 bits, looks at
# each frame. What its last convolution gives, a tensor, goes on to a recurrent network whose weights are in tensor-train
# form, the T-RNN {cite}`cheng2018deepeye`.

# %% tags=["parameters"]
profile = "small"  # smoke or small: the same network is built
seed = 0  # nothing is drawn

# %%
from compactvid import notebook
from compactvid.experiments.deepeye2018 import fig_1
from compactvid.report.architecture import draw_architecture

notebook.parameters("deepeye2018_fig_1", profile=profile, seed=seed)

# %% [markdown]
# ## The idea: what finds the objects also describes the frame
#
# A detector has to know what is where. If a network has learnt that, its output is a description of the frame, and what
# happens in a video should be easier to tell from descriptions than from pixels. So the output $X_t$ of frame $t$ is used
# twice: decoded, it is boxes; as it is, it moves the hidden state $h_t$ on, and the last state tells the action,
#
# $$X_t = \text{Q-YOLO}(\text{frame}_t), \qquad \text{objects}_t = \text{NMS}(\text{boxes}(X_t)), \qquad
# h_t = \text{T-RNN}(X_t, h_{t-1}).$$
#
# Both networks are made small, each in its own way. The detector's weights and feature maps get 8 bits in place of 32,
# and no weight is left out. The recurrent network's map from $X_t$, which would have a weight for every pair of an input
# and a hidden value, becomes a chain of small tensors.
#
# ## The parts
#
# The paper's picture did not come with its text. This one is drawn from what is described in section 4. Filled boxes are
# built here, and their sizes and parameters are read off the network. White boxes are as printed: the clips of
# section 5.1, and the recurrent network and its actions of section 5.2.

# %%
layers = fig_1.layers()
nodes = fig_1.nodes(layers)
notebook.figure(
    draw_architecture(nodes, filled="built"),
    "system",
    alt=fig_1.alternative_text(nodes),
    caption="One output, two uses: objects on the left, the action on the right. The "
    f"detector has {nodes.parameters.sum():,} parameters, moving statistics included.",
    data=nodes,
)

# %% [markdown]
# ## What passes between them
#
# Of one frame, but for the row that says otherwise, as the built network has it.

# %%
passed = fig_1.passed(layers)
notebook.table(
    passed[list(fig_1.PASSED_HEADINGS)],
    "Tensors between the parts",
    formats=fig_1.PASSED_FORMATS,
    headings=fig_1.PASSED_HEADINGS,
)
notebook.record_frame(
    passed,
    ["values"],
    "deepeye2018_fig_1.{part}.{column}",
    unit="values",
    tolerance=0,
    reason="read off the built network: nothing may differ",
)

# %% [markdown]
# The features are not one tensor but two. Table 1's network, for the 20 classes that section 5.1 trains it on, gives
# {glue:text}`deepeye2018_fig_1.features.values:,.0f` values a frame. The text feeds the T-RNN
# {glue:text}`deepeye2018_fig_1.features_in_text.values:,.0f`, those of a network for 80 classes ([Fig. 2](deepeye2018_fig_2)).
# The plain RNN that both are compared with gets scaled-down frames of
# {glue:text}`deepeye2018_fig_1.plain_frame.values:,.0f` values. So a frame's features of the text are a larger input than the
# plain RNN's whole frame; only those of Table 1 are smaller than that.
#
# ## What is examined where
#
# Each number and each claim of the paper has its row in the ledger. These are its main claims, and the pages
# of this part that answer them.

# %%
notebook.table(
    fig_1.pages(),
    "Claims of the paper and the pages that answer them",
    headings=fig_1.PAGE_HEADINGS,
)

# %% [markdown]
# - **The detector**: what it predicts ([Fig. 2](deepeye2018_fig_2)), how it gets into 8 bits
#   ([Fig. 3](deepeye2018_fig_3)) and computes in them ([Fig. 4](deepeye2018_fig_4)), how much smaller that is
#   ([Table 1](deepeye2018_table_1)), what it costs in accuracy ([Fig. 7](deepeye2018_fig_7)) and what it gains in time
#   ([Fig. 8](deepeye2018_fig_8)).
# - **The recurrent network, and the whole**: tensor trains ([Fig. 5](deepeye2018_fig_5)), the flow from a clip to an action
#   ([Fig. 6](deepeye2018_fig_6)), accuracy by epoch ([Fig. 9](deepeye2018_fig_9)), weights and times
#   ([Table 2](deepeye2018_table_2)), and what the headline numbers are of ([conclusions](deepeye2018_conclusions)).
#
# ## What came out
#
# The figure itself can't be compared: its image is not available. Whether one program takes a clip and gives boxes as
# well as an action, as section 1 says, can only be shown by one that does: the online program of
# [Fig. 6](deepeye2018_fig_6).
#
# ```{admonition} Exercise: how much smaller can the system get?
# :class: dropdown
# The detector shrinks from 63.5 to 15.9 MB, the recurrent network's map from 58,982,400 weights to 3,920. What is the
# larger part of the system, before and after, with four bytes for each weight of the recurrent network? *Before, the map
# has 235.9 MB, nearly four fifths of the whole. After, it has 0.016 MB, a thousandth. All of the system's size is then
# the detector's, and of the two compressions it is the smaller one that decides how large the system is.*
# ```

# %%
notebook.provenance()
