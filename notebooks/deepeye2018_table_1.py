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
# # Table 1 of Cheng et al. 2018: layers and bytes of the detector
#
# **What the paper says** (section 4, Table 1; abstract, sections 1, 5.3 and 6). "The storage cost of the experiments is
# compressed from 63.5MB to 15.9MB [...] and detail layers model of proposed Q-YOLO is presented in Table 1": four
# layers, with their weights and their memory before and after 8-bit quantisation. The quotient of the two sizes, 3.994,
# is the first number of the abstract {cite}`cheng2018deepeye`.

# %% tags=["parameters"]
profile = "small"  # smoke or small: the same network is built and written
seed = 0  # nothing is drawn

# %%
from compactvid import notebook
from compactvid.experiments import detector_bytes, detector_times
from compactvid.experiments.deepeye2018 import table_1
from compactvid.report.layer_sizes import draw_layer_sizes
from compactvid.report.size_rates import described_rates, draw_size_rates

notebook.parameters("deepeye2018_table_1", profile=profile, seed=seed)

# %% [markdown]
# ## The idea: a byte where there were four
#
# A convolution of $k \times k$ pixels from $c$ to $f$ channels has $k^2 c f$ weights, and batch normalisation has four
# values for each of the $f$ channels. With the weights in 8 bits and all else in 32, its bytes go
#
# $$\text{from}\quad 4 \, (k^2 c f + 4 f) \quad\text{to}\quad k^2 c f + 4 \cdot 4 f.$$
#
# So the rate is a little below 4, and the nearer to it the wider the layer.
#
# ## All nine layers, as built
#
# The paper prints four convolutions. The network has nine: it is tiny YOLOv2 for the 20 classes of VOC
# {cite}`redmon2017yolo9000`, built here at 608 × 608.

# %%
layers = table_1.layers()
notebook.table(
    layers[list(table_1.SHAPE_HEADINGS)],
    "The built convolutions beside the printed ones: height×width×channels",
    formats=table_1.FORMATS,
    headings=table_1.SHAPE_HEADINGS,
)

# %% [markdown]
# All weights and all outputs come out, without biases and without batch normalisation. What the paper calls filters is
# what goes into a layer. Of CONV_2 it is what comes *out* of the layer before it, at full width; the pooling between
# them makes 304 × 304 of it.
#
# ## Kilobytes, from files
#
# The network is written in two forms and read back: as a Darknet file, in float32, and as the integer network of this
# book, a file of 8-bit kernels ([Figure 4](deepeye2018_fig_4)). Below are the kernels alone, as in the paper; its KB
# are of 1,024 bytes.

# %%
notebook.table(
    layers[list(table_1.SIZE_HEADINGS)],
    "The kernels in the written files beside the printed sizes",
    formats=table_1.FORMATS,
    headings=table_1.SIZE_HEADINGS,
)
rows, record = table_1.printed_layers(), notebook.record_frame
exact = {"tolerance": 0, "reason": "counted on built and written networks"}
key = "deepeye2018.table_1.{row}.{column}"
record(rows, ["filters", "output"], key, unit="yes or no", **exact)
record(rows, ["parameters"], key, unit="weights", **exact)
record(rows, ["float_kib", "eight_bit_kib"], key, unit="KiB", **exact)
where = table_1.concentration()
key = "deepeye2018_table_1.{what}.{column}"
record(where, ["share"], key, unit="%", **exact)
record(where, ["rate"], key, unit="ratio", **exact)

# %%
plotted = ["layer", "float_kib", "eight_bit_kib"]
plotted += ["paper_float_kib", "paper_eight_bit_kib"]
first, last = layers.iloc[0], layers.iloc[-1]
largest = layers.loc[layers.share.idxmax()]
notebook.figure(
    draw_layer_sizes(layers),
    "layers",
    alt="Two marks a layer, on a logarithmic scale, always four times apart. In 8 bits "
    f"{first.layer} has {first.eight_bit_kib:.1f} KiB; they grow to "
    f"{largest.eight_bit_kib:,.0f} KiB of {largest.layer}, and {last.layer} has "
    f"{last.eight_bit_kib:.0f}. The paper's four are the three smallest and the last.",
    caption="Kernels in the written files; squares are what Table 1 prints.",
    data=layers[plotted],
)

# %% [markdown]
# The four printed layers have {glue:text}`deepeye2018_table_1.printed.share:.2f` % of the weights. The largest one that
# is not printed has {glue:text}`deepeye2018_table_1.largest.share:.1f` %.
#
# ## The float column is not four bytes a weight
#
# The 8-bit column is the weights over 1,024, with one slip (18.1 for 18.0). The float column is not four times that. It
# is *one byte a weight times 3.994*, once cut off instead of rounded. So the table can't support the rate: it is made
# with it.

# %%
notebook.table(
    rows[list(table_1.PUZZLE_HEADINGS)],
    "Where the float column comes from; all sizes in KiB",
    formats=table_1.FORMATS,
    headings=table_1.PUZZLE_HEADINGS,
)

# %% [markdown]
# In the last column, all numbers of weights are tried: how many of them print as both sizes, at four bytes and at one?
# For two layers there is none. For CONV_2 some fit, but 4,608 is not among them.
#
# ## 63.5 MB to 15.9 MB, read in several ways
#
# The text has batch normalisation in 8 bits as well (sections 2.2 and 4). Does the printed size say so?

# %%
readings = detector_bytes.readings()
notebook.table(
    readings[list(detector_bytes.READING_HEADINGS)],
    "Bytes of all values, by what of them is in 8 bits (1 MB = 10⁶, 1 MiB = 2²⁰ bytes)",
    formats=detector_bytes.FORMATS,
    headings=detector_bytes.READING_HEADINGS,
)
claims, statements = table_1.claims(readings), table_1.statements(readings)
key = "deepeye2018.claims.{claim}"
record(claims[claims.unit == "MB"], ["value"], key, unit="MB", **exact)
record(claims[claims.unit == "MiB"], ["value"], key, unit="MiB", **exact)
record(claims[claims.unit == "KiB"], ["value"], key, unit="KiB", **exact)
record(claims[claims.unit == "ratio"], ["value"], key, unit="ratio", **exact)
record(statements, ["value"], key, unit="yes or no", **exact)

# %% [markdown]
# It does not: with batch normalisation in 32 bits, folded away or in 8 bits, 15.9 MB are printed. (The scales of the
# levels, a value or two a layer, are left out here.) Only first and last layer in float, as in the method that the
# paper builds on {cite}`zhou2016dorefa`, is excluded. And MB are $10^6$ bytes here, where Table 1's KB are $2^{10}$.
#
# ## Bytes of real files
#
# A file has more than its values: names, shapes, multipliers. The last two were written by TensorFlow's converter for
# LiteRT, beforehand (`make record-detector`). It folds batch normalisation into the kernels, so its float file is the
# smallest; the 8-bit one has a scale and a zero point for every filter.

# %%
files = detector_bytes.files(detector_times.recorded())
notebook.table(
    files[list(detector_bytes.FILE_HEADINGS)],
    "Files of the network at 608 × 608; rates are over the float32 file above",
    formats=detector_bytes.FORMATS,
    headings=detector_bytes.FILE_HEADINGS,
)
headers = "other versions of HDF5, NumPy and the converter write other headers"
kept = {"unit": "MB", "tolerance": 0.005, "reason": headers}
record(files, ["mb"], "deepeye2018_table_1.{key}.{column}", **kept)
kept = {"unit": "ratio", "tolerance": 0.002, "reason": headers}
record(files, ["rate"], "deepeye2018_table_1.{key}.{column}", **kept)

# %%
rates = detector_bytes.rates(readings, files)
allowed = detector_bytes.printed_rate_range()
notebook.figure(
    draw_size_rates(rates, allowed),
    "rates",
    alt=described_rates(rates, allowed),
    caption="Rates that are counted (hollow) and of written files (filled). The band: "
    "quotients of sizes that round to 63.5 and 15.9.",
    data=rates,
)

# %% [markdown]
# ## What came out
#
# Both sizes are the network's, in $10^6$ bytes. Their quotient is 3.994 only because both are rounded: any two sizes
# that print so have a quotient in the band above, so hardly one of its four digits says anything. The bytes themselves
# give {glue:text}`deepeye2018.claims.compression_counted:.3f`, or 4 with everything in 8 bits, and the integer file of
# this book {glue:text}`deepeye2018_table_1.integers.rate:.3f`. LiteRT's file is
# {glue:text}`deepeye2018_table_1.litert_int8.rate:.3f` times smaller than its float one. None of this touches what the
# rate is for: the network does fit into a quarter of the bytes.

# %%
table = statements[["sentence", "true", "answer"]]
title = "Sentences of the paper against the built network"
notebook.table(table, title, headings=table_1.STATEMENT_HEADINGS)
notebook.ledger_rows()

# %% [markdown]
# ```{admonition} Exercise: four layers, or one?
# :class: dropdown
# If only the four layers of Table 1 were put into 8 bits, by how much would the whole network shrink? And by how much
# if it were only one layer, of your choice?
#
# *Answer.* By a factor of {glue:text}`deepeye2018_table_1.printed.rate:.3f`, that is not at all. The eighth convolution
# alone gives {glue:text}`deepeye2018_table_1.largest.rate:.2f`: it has more weights than all others together. So the
# layers that one may want to leave in float, the first and the last, cost little: the rate is in the second row of the
# table of readings.
# ```

# %%
notebook.provenance()
