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
# # Table 1 of Araujo et al. 2018: the layers of the base model
#
# **What the paper says** (section 4.1, Table 1; section 5.1). Table 1 lists the layers of the base model with a DBoF
# embedding: their sizes, what goes into them, their matrices and weights, without "weights from batch normalization
# layers". Section 5.1 says how it was trained: on 4,822,555 videos, each split into two halves, and scored by GAP over
# 20 predictions a video {cite}`araujo2018circulant`.

# %% tags=["parameters"]
profile = "small"  # smoke or small: the same is built and counted
seed = 0  # the simulated videos that are split, and random scores

# %%
from compactvid import notebook
from compactvid.experiments import circulant_protocol as protocol
from compactvid.experiments.araujo2018 import fig_1, table_1

notebook.parameters("araujo2018_table_1", profile=profile, seed=seed)

# %% [markdown]
# ## The idea: a layer weighs as much as its matrix
#
# A layer that takes $n$ values and gives $p$ has a matrix of
#
# $$n \times p$$
#
# weights, and little else. Whatever makes a model compact has to act on these matrices. A circulant matrix has $n$
# weights in place of $n^2$, so most is to be gained where both numbers are large.
#
# ## The layers, of the built model
#
# Nothing below is multiplied out by hand. The model is built in Keras at full size ([Figure 1](araujo2018_fig_1)), and
# shapes and weights are those of its tensors. It takes any number of frames; the paper takes 150.

# %%
layers, tensors = fig_1.layers(), fig_1.tensors()
rows = table_1.rows(layers, tensors)
notebook.table(
    rows[list(table_1.LAYER_HEADINGS)],
    "Table 1, the built layers beside the printed ones",
    formats=table_1.LAYER_FORMATS,
    headings=table_1.LAYER_HEADINGS,
)
exact = {"tolerance": 0, "reason": "read off the built model: nothing may differ"}
key, record = "araujo2018.table_1.{row}.{column}", notebook.record_frame
record(rows, ["size"], key, unit="units", **exact)
record(rows, ["activation_shape", "weight_shape"], key, unit="yes or no", **exact)
record(rows, ["weights"], key, unit="weights", **exact)

# %% [markdown]
# ## Three gates and two experts?
#
# Each shape and each weight comes out. What does not is the size of the two layers of the mixture of experts: 3 and 2,
# which are numbers of mixtures, says the caption. For each of the $V = 3862$ classes there are $M$ experts, and one gate
# more, which leaves room for no expert at all. So 3 and 2 would mean $M = 2$, the default of the challenge's starter
# code; the printed shapes have $M = 4$, and so does section 5.1. The weights that Table 4 prints for this model decide
# it.

# %%
notebook.table(
    table_1.readings(profile, seed),
    "The base model with other numbers of mixtures",
    formats={"weights": ",", "difference": "+,"},
    headings=table_1.READING_HEADINGS,
)

# %% [markdown]
# ## What the table leaves out
#
# The eight rows sum to fewer weights than Table 4 prints for the same model. Batch normalisation is most of the
# difference, as the caption says. The rest are the experts' biases.

# %%
left_out = table_1.left_out(tensors)
notebook.table(
    left_out,
    f"The {left_out['values'].sum():,} values of the built model that Table 1 omits",
    formats={"values": ","},
    headings=table_1.LEFT_OUT_HEADINGS,
)

# %% [markdown]
# ## 4,822,555 examples?
#
# "The full training set and 70% of the validation set" is another number of videos than the printed one, by the official
# counts. The released command trains on the validation files whose names go on with a letter. Names go on with one of
# 62 letters and digits, 52 of them letters. If all files held equally many videos, that would make nearly the printed
# number. So the share was not 70 %.

# %%
examples = protocol.examples()
notebook.table(
    examples,
    "Videos for training, by what the text may mean",
    formats=protocol.EXAMPLE_FORMATS,
    headings=protocol.EXAMPLE_HEADINGS,
)

# %% [markdown]
# ## Halves of videos, and the score
#
# The reader of this book splits videos as the released one does (`read_frame_level(..., halves=True)`). Below, simulated
# videos are written as official files and read whole and in halves. The printed formula of GAP,
#
# $$\text{GAP} = \sum_{i=1}^{P} p(i) \, \Delta r(i),$$
#
# is added up prediction by prediction and compared with the metric that all pages use.

# %%
statements = table_1.statements(seed, layers, tensors)
notebook.table(
    statements[["sentence", "true", "answer"]],
    "Sentences of the paper against what is built here",
    headings=table_1.STATEMENT_HEADINGS,
)
counts = table_1.counts(layers, tensors, examples)
key = "araujo2018.claims.{claim}"
record(statements, ["value"], key, unit="yes or no", **exact)
record(counts[counts.unit == "units"], ["value"], key, unit="units", **exact)
record(counts[counts.unit != "units"], ["value"], key, **exact)

# %% [markdown]
# ## What came out
#
# The table is the built model's to the last weight, but for two sizes that its own shapes contradict. Two sentences do
# not hold: batch normalisation is not all that is left out, and the softmax of the gates and the sigmoid of the experts
# have none before them. The rest of the protocol (optimiser, learning rate, machines) is what the authors did, and no
# result answers it.

# %%
notebook.ledger_rows()

# %% [markdown]
# ```{admonition} Exercise: which matrix would you make circulant?
# :class: dropdown
# One row of the table has a square matrix. How many weights has it, and how many has a circulant matrix of that size?
# Why may the paper have left it as it is? *Context gating, 3862 × 3862: 14,915,044 weights against 3,862, the best rate of
# all rows. But a circulant matrix knows only how far two classes are apart in the list of classes, whose order means
# nothing. The paper's compact mixture of experts drops this layer, without a word.*
# ```

# %%
notebook.provenance()
