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
# # Figure 1 of Liu & Liu 2018: the architecture
#
# **What the paper says** (section 2.1, Fig. 1). All 28 models share one architecture, that of the winner of the first
# challenge {cite}`miech2017gating`: NetVLAD over the frames, two fully connected layers, context gating, a mixture of
# experts, and context gating once more {cite}`liu2018constrained`. They differ in the number of clusters $K$ and the
# hidden size $H$.

# %% tags=["parameters"]
profile = "small"  # smoke or small: the same model is built
seed = 0  # nothing is drawn

# %%
from compactvid import notebook
from compactvid.experiments.liu2018 import fig_1
from compactvid.report.architecture import draw_architecture

notebook.parameters("liu2018_fig_1", profile=profile, seed=seed)

# %% [markdown]
# ## The idea: from any number of frames to one vector
#
# NetVLAD assigns each frame $x_i$ softly to $K$ clusters and sums, for each cluster, how far the frames lie from its
# centre $c_k$ (Eq. 2):
#
# $$V(j, k) = \sum_{i=1}^N a_k(x_i) \, \bigl( x_i(j) - c_k(j) \bigr).$$
#
# However long the video, $V$ has $K$ times as many values as a frame. All that follows works on this one vector.
#
# ## The diagram, drawn from the built model
#
# The paper's picture did not come with its text. This one is read off K24-H1440, the largest model of the winning
# ensemble, built in Keras at full size: each box is a layer, with the shape of its output for one video and its
# parameters. Filled boxes hold the four tensors that the paper stores in 16 bits.

# %%
layers, tensors = fig_1.layers(), fig_1.tensors()
nodes = fig_1.nodes(layers)
notebook.figure(
    draw_architecture(nodes),
    "architecture",
    alt=fig_1.alternative_text(nodes),
    caption=f"{fig_1.MODEL} as built: {nodes.parameters.sum():,} parameters, moving "
    "statistics included.",
    data=nodes,
)

# %% [markdown]
# Two steps at the top are not in the text. The released code divides each frame's 1,152 values by their norm, and it
# draws 300 frames at random; here every real frame counts once, and what pads a short video is masked.
#
# ## The tensors
#
# Each tensor has its name in the released code beside it, and its bytes before and after the cast.

# %%
notebook.table(
    fig_1.tensor_table(tensors),
    f"The {len(tensors)} stored tensors of {fig_1.MODEL}",
    formats={"bytes": ",", "float16_bytes": ","},
    headings=fig_1.TENSOR_HEADINGS,
)

# %% [markdown]
# ## The text, sentence by sentence
#
# Section 2.1 describes the architecture in words. Where they disagree with the model built here, it follows the
# released code.

# %%
statements = fig_1.statements(layers, tensors)
notebook.table(
    statements[["sentence", "true", "answer"]],
    "Sentences of the paper against the built model",
    headings=fig_1.STATEMENT_HEADINGS,
)
exact = {"tolerance": 0, "reason": "read off the built model: nothing may differ"}
key = "liu2018.claims.{claim}"
notebook.record_frame(statements, ["value"], key, unit="yes or no", **exact)
notebook.record_frame(fig_1.counts(layers, tensors), ["value"], key, **exact)

# %% [markdown]
# ## Why the code's reading is the right one
#
# The printed size decides. If the text were followed where it differs from the code, the model would have another size
# than the 714.93 MiB of Table 1. Of ReLU and ReLU6 no size can tell: there the released code is the only witness.

# %%
readings = fig_1.readings(layers, tensors)
notebook.table(
    readings,
    f"What {fig_1.MODEL} would weigh under other readings",
    formats={"mib": ".2f", "difference": "+.2f"},
    headings=fig_1.READING_HEADINGS,
)
notebook.record_frame(
    readings[:1].assign(model=fig_1.MODEL),
    ["mib"],
    "liu2018_fig_1.{model}.{column}",
    unit="MiB",
    **exact,
)

# %% [markdown]
# ## What came out
#
# The figure itself can't be compared: its image is not available. Its parts can. The architecture is the one described,
# but for biases that are batch normalisations, half as many clusters for audio, an activation that is cut off, and
# experts without a hidden layer. Eq. 3 gives its input $p$ values and its matrix $n \times n$; the product exists where
# both are one number, and in both gatings of the model they are.

# %%
notebook.ledger_rows()

# %% [markdown]
# ```{admonition} Exercise: which layer grows fastest?
# :class: dropdown
# Double $H$ and leave $K$ alone. Which layer's parameters grow fourfold, and which only twofold?
# *The second fully connected layer ($H \times 2H$) and the gating after it ($2H \times 2H$) grow fourfold. The first
# layer and the mixture of experts hold $H$ once and double. The last gating does not change: it knows classes only.*
# ```

# %%
notebook.provenance()
