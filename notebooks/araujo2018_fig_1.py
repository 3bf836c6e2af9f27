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
# # Figure 1 of Araujo et al. 2018: the base model
#
# **What the paper says** (section 4.1, Fig. 1). Every model of the paper is a variant of one network, in three blocks.
# Video and audio frames are embedded apart, by deep bag of frames; each embedding is reduced by a fully connected layer;
# both are joined and classified by a mixture of experts and context gating {cite}`araujo2018circulant`.

# %% tags=["parameters"]
profile = "small"  # smoke or small: the same model is built
seed = 0  # nothing is drawn

# %%
from compactvid import notebook
from compactvid.experiments.araujo2018 import fig_1
from compactvid.report.architecture import draw_architecture

notebook.parameters("araujo2018_fig_1", profile=profile, seed=seed)

# %% [markdown]
# ## The idea: a set of frames becomes one long vector
#
# Deep bag of frames multiplies each frame $v_i$ by a matrix $W$ that makes it *longer*, and keeps the largest value of
# each of the new dimensions:
#
# $$v' = \max \{ W v_i : v_i \in V \}.$$
#
# The order of the frames is lost, and so is their number. The vector is eight times as long as a video frame, and 32
# times as long as an audio frame. So the fully connected layer behind it has a large matrix, and that is what the paper
# makes circulant.
#
# ## The diagram, drawn from the built model
#
# The paper's picture did not come with its text. This one is read off the model, built in Keras at full size: each box
# is a layer, with the shape of its output for one video and its parameters. Filled boxes hold the matrices that the
# paper replaces by circulant ones, one layer at a time.

# %%
layers, tensors = fig_1.layers(), fig_1.tensors()
nodes = fig_1.nodes(layers)
notebook.figure(
    draw_architecture(nodes, filled="circulant"),
    "architecture",
    alt=fig_1.alternative_text(nodes),
    caption=f"The base model as built: {nodes.parameters.sum():,} parameters, moving "
    "statistics included. The mask of real frames, which batch normalisation and "
    "pooling take as well, is not drawn.",
    data=nodes,
)

# %% [markdown]
# Its parameters are those that Table 4 prints for DBoF with a dense layer. The first step is not in the text: the
# released code divides each frame's 1,152 values, video and audio together, by their norm. Batch normalisation and an
# activation that is cut off at 6 stand between $W$ and the maximum; that is not in the equation, and without the
# normalisation no printed count comes out.
#
# ## The text, sentence by sentence
#
# Some sentences say what the layers are, and are read off the built model. Others say what depends on what, and are
# tried: the same model, scaled down by 16, gets other audio frames, other values behind the last frame, other weights
# for the gates and experts of one label, another probability of one label; what changes and what does not is the answer.

# %%
statements = fig_1.statements(layers, tensors, fig_1.dependencies())
notebook.table(
    statements[["sentence", "true", "answer"]],
    "Sentences of the paper against the built model",
    headings=fig_1.STATEMENT_HEADINGS,
)
exact = {"tolerance": 0, "reason": "read off the built model: nothing may differ"}
key = "araujo2018.claims.{claim}"
notebook.record_frame(statements, ["value"], key, unit="yes or no", **exact)
counts = fig_1.counts(layers, tensors)
notebook.record_frame(counts[:1], ["value"], key, unit="values", **exact)
notebook.record_frame(counts[1:], ["value"], key, unit="units", **exact)

# %% [markdown]
# ## What came out
#
# The figure itself can't be compared: its image is not available. Two sentences do not hold of the model whose weights
# are counted in the tables. Nothing is said of a norm that joins the two kinds of features before they are embedded
# apart: with it, what is heard changes the scale of what is seen. And the maximum is not taken of $W v_i$.

# %%
notebook.ledger_rows()

# %% [markdown]
# ```{admonition} Exercise: why reduce before joining?
# :class: dropdown
# Video gives 8,192 values and audio 4,096. How many weights have two layers of 512 units, one for each, and how many
# one layer of 1,024 units for both? *$(8192 + 4096) \times 512$ against $(8192 + 4096) \times 1024$: twice as many. One
# layer would let each of its units see both; two layers leave half of that matrix out.*
# ```

# %%
notebook.provenance()
