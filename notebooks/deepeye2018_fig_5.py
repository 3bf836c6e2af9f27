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
# # Figure 5 of Cheng et al. 2018: a matrix as a tensor train
#
# **What the paper says** (section 3, Fig. 5). "The tensor-train factorization is a promising tensorial decomposition
# model that can scale to an arbitrary number of dimensions." The map from a frame to a recurrent network becomes a
# chain of small cores, whose "calculating multiplication complexity turns out to be $O(d r^2 n_m)$ instead of
# $O(n^d)$", so that it "will be much higher compressed and more efficient" {cite}`cheng2018deepeye`.

# %% tags=["parameters"]
profile = "small"  # smoke or small: nothing is trained on this page
seed = 0  # not used

# %%
from compactvid import notebook
from compactvid.experiments.deepeye2018 import fig_5
from compactvid.report.cost_by_size import described_cost_by_size, draw_cost_by_size
from compactvid.report import tensor_train_diagram as diagram

notebook.parameters("deepeye2018_fig_5", profile=profile, seed=seed)

# %% [markdown]
# ## The idea: one small matrix a digit
#
# Number the values of a frame not by one index, but by several digits $i_1, \dots, i_d$, as an odometer does; and the
# outputs by $j_1, \dots, j_d$. A tensor train has a small matrix for each place and pair of digits, and the weight that
# joins input $i$ to output $j$ is a product of those that the digits pick:
#
# $$W(i, j) = G_1(i_1, j_1) \, G_2(i_2, j_2) \cdots G_d(i_d, j_d).$$
#
# The first matrix is a row and the last one a column, so that the product is a number. The size of the matrices between,
# the rank, says how much neighbouring digits can know of each other. Here is the paper's map from frames of 160 × 120
# pixels to an LSTM of $4^4 = 256$ units. Its four gates are folded into the first output digit.

# %%
cores, costs = fig_5.cores("frames"), fig_5.costs()
notebook.figure(
    diagram.draw_tensor_train(cores),
    "tensor-train",
    alt=diagram.described_tensor_train(cores),
    caption="The map from frames: 57,600 inputs, 1,024 outputs. A circle is a core, a line "
    "between two is a sum over their rank.",
    data=cores,
)
notebook.record_frame(
    costs,
    ["values", "multiplications"],
    "deepeye2018_fig_5.{inputs}.{column}",
    tolerance=0,
    reason="counted on built layers",
)

# %% [markdown]
# ## Which sentences are true
#
# The library's tensor trains are held against the printed equations, index by index and in double precision; its layer
# at the paper's size is counted. $n_m$ is "the maximum mode size $m_k n_k$", here $8 \cdot 16 = 128$.

# %%
statements = fig_5.statements()
notebook.table(
    statements[["sentence", "value"]],
    "Sentences of section 3 that are true (1) or not (0) of the map from frames",
)
notebook.record_frame(
    statements,
    ["value"],
    "deepeye2018.claims.{claim}",
    unit="yes or no",
    tolerance=0,
    reason="counts, and differences far from rounding",
)

# %% [markdown]
# The two sentences on indices are slips of the pen: Eq. 4 has the rank $r_{k-1}$ before $r_k$, the cores' stated shape
# has it behind, and with matrices of $r_k$ rows and $r_{k-1}$ columns the product of Eq. 5 exists only when it is read
# from the last to the first.
#
# ## What a product costs
#
# The matrix is never formed. The cores are summed over one after the other, each in one product of matrices. For one
# frame the cheapest order found starts with the last core:

# %%
steps, left = fig_5.steps("frames"), fig_5.contraction("frames")
notebook.figure(
    diagram.draw_contraction(left, steps),
    "contraction",
    alt=diagram.described_contraction(left, steps),
    caption="What is held before and after each sum over a core: its dimensions, and how many numbers. "
    "The lengths are logarithms, so that those of a bar's parts add up to its own.",
    data=left,
)

# %%
notebook.table(
    steps,
    "Products of matrices for one frame, in order",
    formats=fig_5.FORMATS,
    headings=fig_5.STEP_HEADINGS,
)
notebook.table(
    costs,
    "Values stored, the paper's order, and multiplications of one vector",
    formats=fig_5.FORMATS,
    headings=fig_5.COST_HEADINGS,
)

# %% [markdown]
# So $d r^2 n_m$ is the order of what is *stored*. As a number of multiplications it can't be: the frame alone has seven
# times as many values, and each must be multiplied at least once. The first step alone multiplies all of them with the
# last core's 16 columns.
#
# ## What it costs in time
#
# Multiplications are not time: a dense layer is one large product, which a processor does at its full speed, and small
# products are not. Times depend on the machine, so they are read from the record of `make record-tensor-train`: 512 frames
# at once, or the features of 96, forward, and with the gradients of input and weights. The peer is t3f, a library for
# tensor trains {cite}`novikov2020t3f`, with the same cores.

# %%
notebook.table(
    fig_5.times(),
    "Median milliseconds of a tensor-train layer; how many times as long others take "
    f"({fig_5.machine()})",
    formats=fig_5.FORMATS,
    headings=fig_5.TIME_HEADINGS,
)
growth = fig_5.growth()
notebook.figure(
    draw_cost_by_size(growth),
    "growth",
    alt=described_cost_by_size(growth),
    caption="Frames from 20 × 15 to 320 × 240 pixels, 1,024 outputs, rank 4; batches of 64 "
    "on one thread.",
    data=growth,
)

# %% [markdown]
# And in memory: what a call holds at its highest point besides its inputs, the weights included. A dense layer holds its
# matrix and, with gradients, that of the same size; a tensor train what stands between its steps.
# This was measured without oneDNN, which keeps what it once had.

# %%
memory = fig_5.memory()
present = [name for name in fig_5.MEMORY_HEADINGS if name in memory]
notebook.table(
    memory[present],
    "MiB at the highest point of a call, weights included, in a process of its own",
    formats=fig_5.MEMORY_FORMATS,
    headings=fig_5.MEMORY_HEADINGS,
)

# %%
saved, spread, rounds = fig_5.saved_time()
notebook.record(
    "deepeye2018.claims.more_efficient",
    saved,
    spread=spread,
    seeds=rounds,
    unit="ms",
    data="benchmarks/tensor_train.py",
    tolerance=1e-6,
    reason="as recorded, and averaged anew",
)

# %% [markdown]
# ## What came out
#
# A batch of 64 frames takes {glue:text}`deepeye2018.claims.more_efficient:.0f` ms less as a tensor train than dense: the
# sentence holds, though not by the printed order. For small frames much less time is saved than multiplications, for
# the largest nearly as much. t3f, which contracts the same cores, is the slower one in every row. Multiplying fewer
# numbers is not the cheapest order either: for a batch the last two cores are merged
# first, which doubles the multiplications, and saves time.

# %%
notebook.ledger_rows()

# %% [markdown]
# ```{admonition} Exercise: which matrices are tensor trains of rank 1?
# :class: dropdown
# What does $W$ look like if all ranks are 1? *Then $G_k(i_k, j_k)$ are numbers, and $W$ is the Kronecker product of $d$
# small matrices: each digit of the input acts on its own digit of the output, and on no other.*
# ```

# %%
notebook.provenance()
