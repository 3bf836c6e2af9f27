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
# # Figure 3 of Cheng et al. 2018: weights and feature maps in 8 bits
#
# **What the paper says** (section 2.2, Eqs. 1 and 2, Fig. 3). Weights of $[-1, 1]$ become whole numbers from $-127$ to
# $127$, and feature maps of $[0, 1]$ become multiples of $1/256$, "in order to avoid the dropout of accuracy"
# {cite}`cheng2018deepeye`. The picture did not come with the text; the two equations did.

# %% tags=["parameters"]
profile = (
    "small"  # how much is trained: smoke, small, full; real for published weights
)
seed = 0  # the first of the simulated worlds

# %%
from compactvid import notebook
from compactvid.experiments import detector_errors as errors
from compactvid.experiments import printed_equations as equations
from compactvid.experiments import quantization_ratios as ratios
from compactvid.experiments.deepeye2018 import fig_3
from compactvid.report.level_histograms import draw_level_histograms
from compactvid.report.signal_to_noise import draw_signal_to_noise
from compactvid.report.transfer_functions import draw_transfer_functions

notebook.parameters("deepeye2018_fig_3", profile=profile, seed=seed)

# %% [markdown]
# ## The idea: a number becomes a step
#
# A weight of 32 bits is replaced by a whole number $w^q$ of 8 bits and read back as $\xi w^q$. The paper's rule is
#
# $$w^q = \begin{cases} w / |w|, & 0 < |w| \le 2^{-7} \\ \mathrm{INT}(2^7 w), & 2^{-7} < |w| < 1 \\
# (2^7 - 1)\, w / |w|, & |w| = 1 \end{cases} \qquad a^q = \frac{1}{2^8} \begin{cases} \mathrm{INT}(2^8 a), & 0 \le a < 1
# \\ 2^8 - 1, & a = 1. \end{cases}$$
#
# "INT takes the smaller nearest integer". That can be the floor, or truncation, which is smaller without regard to the
# sign. What every toolkit does today is to take the *nearest* whole number, on a scale whose end is the largest weight
# (*symmetric*), or the largest and the smallest (*affine*). In the drawing, Eq. 1 never comes to zero but at zero.

# %%
curves = equations.transfer()
notebook.figure(
    draw_transfer_functions(curves, equations.PANELS),
    "transfer",
    alt="Staircases, output over input. Floor and truncation agree for positive "
    "weights; for negative ones floor is a level lower. Both jump from -1 to 1 at "
    "zero, where the nearest level is 0. Just above -1, floor reaches -128 and "
    "comes back to -127 at -1. Eq. 2 is flat at 0 for negative values and just "
    "below 1 for all above 1, where the affine staircase goes on.",
    caption="Eqs. 1 and 2, and quantisers to the nearest level. Weights beyond [-1, 1] "
    "and feature maps beyond [0, 1], which the equations do not provide for, are "
    "clipped.",
    data=curves,
)

# %% [markdown]
# ## The equations against their own text
#
# Every multiple of $2^{-16}$ in the domain is put through each rule; in float32 these numbers are exact. The last two
# rows of the second table are of the networks below.

# %%
notebook.table(
    equations.grid_errors(),
    "All weights of the grid: levels, and error of the level against 128 w",
    formats=fig_3.FORMATS,
    headings=fig_3.GRID_HEADINGS,
)
statements = fig_3.statements(profile, seed)
notebook.table(
    statements[["sentence", "true", "answer"]],
    "Sentences of the paper against the equations and the networks",
    headings=fig_3.STATEMENT_HEADINGS,
)

# %% [markdown]
# So the equation leaves its own range with one of the two readings of INT, and puts the weights out of order: the number
# just above $-1$ gets a lower level than $-1$ does. It has no case for a weight of zero. Weights that are nearest to zero
# become a whole level. And either reading is twice as far off as rounding is: floor by half a level downwards on average,
# truncation by the same towards zero.
#
# ## Kernels
#
# How many weights that concerns depends on how large the weights are. Ours are the raw kernels of the detectors that
# [Fig. 7](deepeye2018_fig_7) trains, each followed by batch normalisation, as in Q-YOLO. Beside them are six kernels of
# the published tiny YOLOv2, recorded beforehand. **In these batch normalisation is folded in**, and the raw weights
# can't be had back from them. What folding does to ours shows how little the one says of the other.

# %%
kernels = errors.kernels(profile, seed)
notebook.table(
    kernels[list(fig_3.KERNEL_HEADINGS)],
    "Kernels in 8 bits by Eq. 1 as printed. Made ±1: weights of at most 1/128. INT "
    "matters: floor and truncation give other levels",
    formats=fig_3.FORMATS,
    headings=fig_3.KERNEL_HEADINGS,
)
notebook.table(
    errors.factors(profile, seed),
    "The factor ξ that fits all kernels best, where Eq. 1 alone gives 1/128",
    formats=fig_3.FORMATS,
    headings=fig_3.FACTOR_HEADINGS,
)

# %%
levels = errors.levels(profile, seed)
notebook.figure(
    draw_level_histograms(levels),
    "levels",
    alt="Histograms of levels, a row a quantiser. By Eq. 1 no weight has the level 0. "
    "With the floor 1 holds what belongs to two steps, with truncation 1 and -1 do. "
    "The levels of the symmetric quantiser, whose scale ends at the largest weight, "
    "fall off evenly from 0.",
    caption="Levels of all kernels' weights, from -40 to 40. Left: ours. Right: "
    "published ones, batch normalisation folded in.",
    data=levels,
)

# %%
found = ratios.in_panels(ratios.kernel_ratios(profile, seed), profile)
notebook.figure(
    draw_signal_to_noise(found),
    "kernels",
    alt="Signal to noise of each kernel by scheme. " + ratios.described(found),
    caption="Each kernel in 8 bits and read back. Bars: 95 % interval over the worlds. "
    "Eq. 1 with ξ = 1/128 and weights beyond [-1, 1] clipped, with the best factor for "
    "ξ, or scaled: the kernel is divided by its largest magnitude first.",
    data=found,
)

# %% [markdown]
# ## Feature maps
#
# Eq. 2 takes feature maps of $[0, 1]$. The activation behind each convolution is LeakyReLU, which lets a tenth of every
# negative value through, and nothing keeps the positive ones below one. So most of what the equation costs is not the
# rounding to 8 bits; it is the interval.

# %%
inputs = errors.inputs(profile, seed)
notebook.table(
    inputs[list(fig_3.INPUT_HEADINGS)],
    "What the convolutions are given",
    formats=fig_3.FORMATS,
    headings=fig_3.INPUT_HEADINGS,
)
found = ratios.in_panels(ratios.input_ratios(profile, seed), profile)
notebook.figure(
    draw_signal_to_noise(found),
    "inputs",
    alt="Signal to noise of each input. " + ratios.described(found),
    caption="Inputs of the convolutions: what the interval [0, 1] alone leaves of "
    "them, then Eq. 2, and affine levels that span what was seen in calibration. No "
    "mark: it changes nothing, in one world at least.",
    data=found,
)

# %% [markdown]
# ## What each reading costs
#
# Errors add up from layer to layer. So whole networks are put into 8 bits, and what each block's activation gives is
# compared with the float32 network: with weights alone in 8 bits, and with feature maps too. The published network is
# run on real pictures as far as its weights go, through five of nine blocks.

# %%
outputs = ratios.output_ratios(profile, seed)
found = ratios.in_panels(outputs, profile)
notebook.figure(
    draw_signal_to_noise(found),
    "outputs",
    alt="Signal to noise behind each block. " + ratios.described(found),
    caption="Behind each block, all convolutions up to there in 8 bits.",
    data=found,
)
notebook.table(
    ratios.costs(outputs)[list(fig_3.COST_HEADINGS)],
    "Behind the last block: the whole of our network, five blocks of the published",
    formats=fig_3.FORMATS,
    headings=fig_3.COST_HEADINGS,
)

# %%
limits = {"tolerance": 0, "reason": "whole numbers, or limits that are far away"}
record, own = notebook.record_frame, fig_3.to_record
trained = {"data": fig_3.data(profile, seed)}
asked = statements.measured
limits |= {"unit": "yes or no"}
record(statements[~asked], ["value"], "{key}", **limits)
record(statements[asked], ["value"], "{key}", **limits, **trained)
about = trained | {"reason": "without oneDNN ratios moved by 7 dB, all else by 1"}
numbers = fig_3.open_numbers(profile, seed)
record(numbers[:1], ["value"], "{key}", unit="1", tolerance=1e-4, **about)
record(numbers[1:], ["value"], "{key}", unit="%", tolerance=1, **about)
record(own(profile, seed, "%"), ["value"], "{key}", unit="%", tolerance=2, **about)
record(own(profile, seed, "1"), ["value"], "{key}", unit="1", tolerance=1, **about)
record(
    own(profile, seed, "dB"), ["value"], "{key}", unit="dB", tolerance=8, **about
)

# %% [markdown]
# ## What came out
#
# The picture can't be compared: it is not available. The equations can, and three things that are taken for granted in
# their text do not follow from them. With the floor, levels leave the stated range and lose their order; zero has no
# case; and no weight but zero itself ever becomes zero.
#
# What a reading costs, behind the last block of our detectors and with feature maps in float32: Eq. 1 leaves
# {glue:text}`deepeye2018_fig_3.outputs.conv9.floor:.0f` dB with the floor and
# {glue:text}`deepeye2018_fig_3.outputs.conv9.truncation:.0f` dB with truncation; divided by the largest magnitude first,
# {glue:text}`deepeye2018_fig_3.outputs.conv9.floor_scaled:.0f` and
# {glue:text}`deepeye2018_fig_3.outputs.conv9.truncation_scaled:.0f` dB; the nearest level with a scale for each channel
# {glue:text}`deepeye2018_fig_3.outputs.conv9.symmetric:.0f` dB. Of a single kernel floor and truncation lose the same.
# They differ behind it because the errors of the floor all point downwards: in a sum over a window of positive feature
# maps they add up, where those of truncation, which point towards zero, cancel.
#
# For the same reason the undefined factor, if it is fitted, makes up for some of what truncation loses, and for nothing of
# what the floor does. Whether weights are within $[-1, 1]$ is the luck of their scale, since the batch normalisation
# behind a convolution undoes any factor. Feature maps leave $[0, 1]$ behind the first convolution already: with the best
# weights of the table, Eq. 2 leaves
# {glue:text}`deepeye2018_fig_3.outputs.conv9.eq_2:.0f` dB, where levels that span what there is leave
# {glue:text}`deepeye2018_fig_3.outputs.conv9.standard:.0f` dB. Of the published network, whose
# folded first kernel goes far beyond $[-1, 1]$, Eq. 1 as printed leaves more noise than signal from the first block on.
# That is a reading of the equation on other weights than its own; but nothing in the paper says how its weights came into
# the interval. So a network that is trained already can't be put through Eqs. 1 and 2 as they stand; how much of that a
# training under their constraint wins back is a question for [Fig. 7](deepeye2018_fig_7).

# %%
notebook.ledger_rows()

# %% [markdown]
# ```{admonition} Exercise: which weights does Eq. 1 harm most?
# :class: dropdown
# Take $w = 0.001$, an ordinary weight of a wide layer. Eq. 1 makes it 1, which is read back as $1/128 = 0.0078$. To the
# nearest level it would be 0. Which of the two is nearer, and by how much? *The errors are 0.0068 and 0.001: 6.8 times as
# far. Of a kernel whose weights are all smaller than 1/128, Eq. 1 keeps the signs and nothing else.*
# ```

# %%
notebook.provenance()
