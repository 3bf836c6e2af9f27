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
# # Figure 4 of Cheng et al. 2018: a forward pass in whole numbers
#
# **What the paper says** (section 2.2, Eq. 3, Fig. 4). "Having both the quantized weights and feature maps, we can get
# the quantized convolution". Its elements "can be calculated and stored in 8-bit"; "all the expensive operations in
# convolutional layers are operating on 8-bit quantization", and "batch normalization layers and max-pooling layers are
# also quantized as 8-bit" {cite}`cheng2018deepeye`.

# %% tags=["parameters"]
profile = "small"  # how long the detector was trained: smoke or small
seed = 0  # of the simulated world

# %%
from compactvid import notebook
from compactvid.experiments.deepeye2018 import fig_4
from compactvid.report.feature_maps import draw_feature_maps

notebook.parameters("deepeye2018_fig_4", profile=profile, seed=seed)

# %% [markdown]
# ## The idea: levels in, a sum of whole numbers, a level out
#
# A convolution multiplies levels of weights $w^q$ and of feature maps $a^q$ and adds up:
#
# $$s(x, y, z) = \sum_{i, j, l} w^q(i, j, l, z) \; a^q(i + x - 1, \, j + y - 1, \, l). \qquad \text{(Eq. 3)}$$
#
# What becomes of $s$ the paper leaves to its picture, which did not come with its text. Here all of it is whole numbers
# too. Weights are int8, feature maps uint8. LeakyReLU gives negative values, so that a feature counts from the level
# $z$ that stands for 0, and Eq. 3 runs over $a^q - z$. Batch normalisation is a number for each filter to multiply by
# and one to add. With the scales of weights, input and output in it, the multiplier is one int32 $m$ and a shift by $n$
# bits:
#
# $$v = (s \cdot m \gg n) + b, \qquad q = \mathrm{clip}\bigl( (\varphi(v) \gg 16) + z', \; 0, \; 255 \bigr),$$
#
# where $v$ has 16 bits behind the point, $\varphi$ is LeakyReLU and $z'$ the output's level for 0. Max-pooling takes
# the largest level. Only the picture at the beginning and the boxes at the end are no whole numbers.
#
# The network is the detector of [Fig. 7](deepeye2018_fig_7) that was trained on with Q-YOLO in the first world; one
# picture of its test split goes through it.
#
# ## One cell, number by number
#
# The second convolution has two channels before it, so a sum has 18 products. Beside each integer stands what it stands
# for, and what the same weights give without any quantisation.

# %%
cell = fig_4.cell(profile, seed)
shown = {"formats": fig_4.FORMATS}
place = "filter {2}, row {0}, column {1}".format(*cell["place"])
notebook.table(
    fig_4.products(cell),
    f"conv2, {place}: the products of Eq. 3; level {cell['input']['zero_point']} is 0",
    headings=fig_4.PRODUCT_HEADINGS,
    **shown,
)

# %%
notebook.table(
    fig_4.steps(cell),
    f"conv2, {place}: from the sum to the level behind the pooling",
    headings=fig_4.STEP_HEADINGS,
    **shown,
)
key = "deepeye2018.fig_4.{}".format
about = {"data": fig_4.data(profile, seed), "tolerance": 1}
about["reason"] = "other processors round float32 sums in another order"
notebook.record(
    key("weight_shift"), fig_4.weight_shift(cell), unit="levels", **about
)

# %% [markdown]
# ## The feature map
#
# "In float" are the same weights without any quantisation. That is not the network that was trained: training saw the
# levels. INT is the floor, so a level is not above its weight but for the smallest ones; of this cell's weights it is
# {glue:text}`deepeye2018.fig_4.weight_shift:+.2f` levels off on average. Such errors do not cancel where features are
# large, and the maps part; in training, batch normalisation could make up for that.

# %%
scene, maps = fig_4.maps(profile, seed)
largest = maps.difference.abs().max()
row, column = (-(-number // 2) for number in cell["place"][:2])
notebook.figure(
    draw_feature_maps(scene, maps, row=row, column=column),
    "maps",
    alt="The picture, and the map of filter 1 of conv2 behind its pooling: in float, in "
    "8-bit levels, and their difference, at most "
    f"{largest:.1f} levels of 255. A frame marks the cell of the tables.",
    caption="A feature map without quantisation and in 8 bits, and the latter minus the "
    f"former in levels, {maps.difference.mean():+.2f} on average.",
    data=maps,
)

# %% [markdown]
# ## How large the sums get
#
# Many programs that "compute in 8 bits" add up in float32, which holds whole numbers exactly up to $2^{24}$. Sums in
# int32 are exact up to $2^{31}$. What is possible is 255 levels against the filter whose weights are largest, and at
# the paper's width all weights and features at their ends.

# %%
blocks = fig_4.blocks(profile, seed)
notebook.table(
    blocks,
    "Each convolution's integers on this picture; its sums are int32",
    headings=fig_4.BLOCK_HEADINGS,
    **shown,
)
notebook.record(
    key("largest_possible_sum"),
    blocks.paper_possible.max(),
    unit="1",
    tolerance=0,
    reason="follows from the built network's shapes",
)

# %% [markdown]
# ## Do the integers compute what was trained?
#
# Training simulates the levels in float32 (fake quantisation). The integers round in other places: float32 rounds each
# sum, and the multipliers here have 31 bits. So a value next to the border of two levels may get the other one, and
# each block passes on what the blocks before it did.

# %%
agreement, outputs = fig_4.agreement(profile, seed), fig_4.outputs(profile, seed)
notebook.table(
    agreement,
    "Levels of feature maps, integers against simulation, on 16 pictures",
    headings=fig_4.AGREEMENT_HEADINGS,
    **shown,
)
share = agreement.share.max()
moved = "of other trained weights, with AVX-512, 3.4 % at smoke instead of 0.9"
of_share = about | {"tolerance": 3.5, "reason": moved}
notebook.record(key("largest_share"), share, unit="%", **of_share)
notebook.record(
    key("largest_difference"), agreement.largest.max(), unit="levels", **about
)
notebook.record(key("output_difference"), outputs["difference"], unit="1", **about)

# %% [markdown]
# ## The same detector as a LiteRT file
#
# What is exported are the levels of the weights, as the network computes with them. TensorFlow's converter folds batch
# normalisation into these and quantises them anew, a scale a filter; ranges of feature maps come from 128 validation
# pictures. These are the operators that the file holds and LiteRT's interpreter runs. A map is rounded to 8 bits before
# LeakyReLU there, and again behind it; the integers above keep 16 bits behind the point in between.

# %%
file = fig_4.exported(profile, seed)
notebook.table(
    fig_4.operators(profile, seed),
    f"Operators of the 8-bit file, {file['file_bytes']:,} bytes for {file['values']:,} "
    f"values; the network's outputs are {file['signal_to_noise']:.0f} dB above its error",
)

# %% [markdown]
# ## The text, sentence by sentence

# %%
statements = fig_4.statements(profile, seed)
notebook.table(
    statements[["sentence", "true", "answer"]],
    "Sentences of section 2.2 against these numbers",
    headings=fig_4.STATEMENT_HEADINGS,
)
notebook.record_frame(
    statements,
    ["value"],
    "deepeye2018.claims.{claim}",
    unit="yes or no",
    tolerance=0,
    reason="counted on whole numbers: nothing may differ",
)

# %% [markdown]
# ## What came out
#
# Eq. 3 can be computed to the last bit, and what is *stored* takes a byte a value, but for nine bytes a filter. What is
# *calculated* does not fit 8 bits: a product of two of them needs 16. At the paper's width a sum can reach
# {glue:text}`deepeye2018.fig_4.largest_possible_sum:,.0f`, which int32 holds and float32 does not resolve to units.
# Batch normalisation has no 8 bits here either: its multipliers have 31.
#
# As printed, Eq. 3 has no padding and would lose two rows and two columns at each convolution. Table 1's shapes need
# it.
#
# Against the simulation at most {glue:text}`deepeye2018.fig_4.largest_share:.2f` % of a map's levels differ, by
# {glue:text}`deepeye2018.fig_4.largest_difference:.0f` at most.

# %%
notebook.ledger_rows()

# %% [markdown]
# ```{admonition} Exercise: how wide may a network be?
# :class: dropdown
# Weights go down to −128 and features up to 255. With kernels of 3 × 3, how many channels may a convolution have
# before it until a sum can leave int32, and how many until float32 can lose a unit?
# *A product is at most $128 \times 255 = 32{,}640$ in size, nine of them $293{,}760$. $2^{31}$ holds 7,310 channels,
# $2^{24}$ holds 57. The paper's network has up to 1,024.*
# ```

# %%
notebook.provenance()
