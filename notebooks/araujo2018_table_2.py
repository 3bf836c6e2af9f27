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
# # Table 2 and Fig. 4 of Araujo et al. 2018: one layer made compact
#
# **What the paper says** (section 5.3). The base model is trained without audio, dense and with one layer at a time
# made of circulant matrices: the embedding (DBoF), the fully connected layer (FC) or the mixture of experts (MoE).
# Compact FC saves 9.5 % of the weights "while having a very similar performance". Compact DBoF and MoE "achieve a
# higher compression rate at the expense of accuracy". In Fig. 4, "the model with a compact FC converges faster than the
# dense model", and the one with a compact DBoF "shows a big variance over the validation GAP"
# {cite}`araujo2018circulant`.

# %% tags=["parameters"]
profile = "small"  # how much is trained: smoke, small, full, or real for AudioSet
seed = 0  # the first of the simulated worlds

# %%
from compactvid import notebook
from compactvid.experiments import circulant_scores as scores
from compactvid.experiments import circulant_sensitivity as sensitivity
from compactvid.experiments import circulant_variations
from compactvid.experiments import (
    compact_layer_statements,
    mixture_costs,
    paired_differences,
    recorded_values,
)
from compactvid.experiments.araujo2018 import table_2
from compactvid.report.epoch_curves import described_curves, draw_epoch_curves
from compactvid.report.paired_differences import draw_paired_differences

notebook.parameters("araujo2018_table_2", profile=profile, seed=seed)

# %% [markdown]
# ## The idea: a matrix as a circle and a diagonal
#
# A circulant matrix $C$ has one column $c$, turned by one place from each column to the next. So $n$ values stand for
# $n^2$, and its product is a circular convolution. The paper writes a layer as
#
# $$h(x) = \phi\bigl(D C x + b\bigr), \qquad C x = c * x,$$
#
# with a learned diagonal $D$ (section 4.3). Where there are more outputs than inputs, several such products stand side
# by side; where there are fewer, the rest is cut off.
#
# ## What is counted
#
# Weights are counted on models built at the paper's size, moving statistics included. Eight models, not four: the
# printed count of compact MoE comes out only if **three** things change at once. Its matrices are circulant, they have
# no diagonal, and the context gating behind them is gone. The paper names the first alone. The cells between are built
# here too.

# %%
counts = table_2.counts()
statements = compact_layer_statements.statements(counts)
notebook.table(
    counts[list(table_2.COUNT_HEADINGS)],
    "Stored values at the paper's size, and MiB in float32",
    formats=table_2.COUNT_FORMATS,
    headings=table_2.COUNT_HEADINGS,
)

# %%
exact = {
    "tolerance": 1e-9,
    "reason": "counted on built models, or computed from print",
}
prefix = "araujo2018.table_2.{row}.{column}"
record = notebook.record_frame
record(counts, ["weights"], prefix, unit="weights", **exact)
record(counts, ["size_mib"], prefix, unit="MiB", **exact)
record(counts, ["compression_rate"], prefix, unit="%", **exact)
printed = table_2.printed_differences()
record(printed, ["difference"], prefix, unit="GAP", **exact)
record(statements, ["value"], "araujo2018.claims.{claim}", **exact)

# %% [markdown]
# The compact MoE of section 4.3, diagonals and gating in place, has
# {glue:text}`araujo2018.claims.moe_weights_as_described:,.0f` weights and saves
# {glue:text}`araujo2018.claims.moe_rate_as_described:.1f` %, not 72 %. Most of what the printed row saves beyond that
# is the gating's matrix. The 9.5 % of the text for compact FC is Table 4's; Table 2 prints and gives
# {glue:text}`araujo2018.claims.fc_rate:.1f` %.
#
# ## What is trained
#
# All eight, with every width divided by 16, on simulated frames, of two worlds at `small`, five at `full`: the same
# videos and the same order for all models of a world. Learning rates were chosen by kind of model, on validation videos of a world
# that no profile reports (`compactvid.experiments.circulant_grid`). GAP is that of the checkpoint that was best on
# validation, on test videos.
#
# The columns *AudioSet* are of real frames, recorded beforehand: audio alone, at most ten frames a clip, one branch as
# wide as an eighth of the paper's video branch (`compactvid.experiments.circulant_audio`). It is the table's case turned
# round, a model of one modality, which is not the paper's, and with $k = 1$ of ten frames its deep bag of frames is
# average pooling with noise. In this other regime a difference can show up again or not, **but no row of the ledger is
# decided there**.

# %%
stem = "araujo2018_table_2"
gaps = scores.beside_real(table_2.gaps(profile, seed), ["gap"], prefix, stem)
notebook.table(
    gaps[list(table_2.GAP_HEADINGS)],
    "Test GAP: mean ± half width of the 95 % interval over worlds. "
    + recorded_values.described(stem),
    formats=table_2.GAP_FORMATS,
    headings=table_2.GAP_HEADINGS,
)

# %%
claims, costs = table_2.claims(profile, seed), mixture_costs.costs(profile, seed)
because = (
    "without oneDNN GAPs moved by 0.002 at smoke, half widths by ten times that"
)
drawn = {"seeds": claims.world.nunique(), "data": table_2.data(profile, seed)}
drawn |= {"unit": "GAP", "tolerance": 0.01, "reason": because}
loose = drawn | {"tolerance": 0.03}
record(gaps, ["gap"], scores.result_key(prefix, profile), **drawn)
every = paired_differences.summary(
    claims, table_2.curve_claims(profile, seed), costs
)
tested, cost = table_2.TESTED, "araujo2018.table_2.cost"
found = scores.answers(every, stem, tested, profile, others=cost)
record(found, ["value"], "{result}", **drawn)

# %% [markdown]
# ## Three changes in one row
#
# What does each of the three changes of compact MoE cost? A diagonal can only be left out where there are circulant
# matrices, so three orders lead from the dense model to the printed one. The figure has each change at each state of
# the others; the table adds them up along the orders. In print, all three together cost 0.041.

# %%
steps = paired_differences.summary(costs)
notebook.figure(
    draw_paired_differences(costs, steps, tested=0),
    "cost-of-changes",
    alt=paired_differences.described(steps),
    caption="Loss in test GAP by one change of the mixture of experts: worlds, and "
    "their mean with its 95 % interval. Right of zero the change costs accuracy.",
    data=steps,
)
notebook.table(
    mixture_costs.orders(costs),
    "Loss in test GAP by each change, along three orders: means over worlds",
    formats=mixture_costs.ORDER_FORMATS,
    headings=mixture_costs.ORDER_HEADINGS,
)

# %% [markdown]
# ## The curves
#
# Fig. 4 has one training a model, so its "variance" is the movement of one curve. Ours have a band: the 95 % interval
# of the mean over worlds. Movement is measured as written down before: the mean change of the validation GAP from an
# epoch to the next, without its sign, over the second half. A curve that still rises moves too.

# %%
curves, key = table_2.curves(profile, seed), "araujo2018.fig_4.{curve}.{end}"
shown, which = recorded_values.figure_at_full(curves, stem, "curves", profile)
ends = scores.beside_real(table_2.curve_ends(curves), ["gap"], key, stem)
ends = recorded_values.beside_full(ends, ["gap"], key, stem)
notebook.figure(
    draw_epoch_curves(shown),
    "curves",
    alt=described_curves(shown),
    caption=f"Ours: validation GAP after each epoch, with 95 % intervals over worlds ({which}).",
    data=shown,
)
notebook.table(
    ends[list(table_2.END_HEADINGS)],
    "First and last epochs: this build, five worlds, and the paper's seven, read off its plot",
    headings=table_2.END_HEADINGS,
    formats=table_2.END_FORMATS,
)

# %%
record(ends, ["gap"], scores.result_key(key, profile), **loose)
of_table = paired_differences.summary(claims)
notebook.figure(
    draw_paired_differences(claims, of_table, tested=len(of_table)),
    "claims",
    alt=paired_differences.described(of_table),
    caption="The claims of Table 2: differences in test GAP in each world, and their "
    "mean with its 95 % interval.",
    data=of_table,
)
notebook.table(
    found[list(scores.ANSWER_HEADINGS)],
    "Differences: the claims of Table 2 and Fig. 4, and what each change of compact MoE "
    "costs. " + recorded_values.described(stem),
    formats=scores.ANSWER_FORMATS,
    headings=scores.ANSWER_HEADINGS,
)

# %% [markdown]
# ## How far the claims move
#
# A compact layer has a diagonal that must start somewhere, and its best learning rate need not be the dense layer's.
# The same differences once more: with diagonals that start at ones and at random signs instead of normal values, with
# half and twice the learning rate of both models, and with twice the epochs for both. Everything else is as above.
# These are of the first two worlds, of the profiles that record (five simulated worlds, and AudioSet's frames); a
# smaller build shows what they recorded. Two worlds decide nothing: they show how far a difference could move.

# %%
moved = sensitivity.sensitivity(table_2.all_claims, profile, seed)
of_claims = sensitivity.recorded_key(stem, profile)
record(
    sensitivity.recordable(moved),
    ["value"],
    of_claims,
    **drawn | circulant_variations.about(profile),
)
notebook.table(
    sensitivity.table(moved, stem, profile),
    "The claims' differences in GAP, means of the first two worlds (–: not recorded)",
    formats=sensitivity.FORMATS,
    headings=sensitivity.HEADINGS,
)

# %% [markdown]
# ## What came out
#
# Every count comes out to the digit, with the compact MoE as it is in the released code and not as the text has it. Our
# scores come from other data and models a sixteenth as wide, trained for a few hundred steps at most: they test the
# claims under these conditions and say nothing of the paper's own numbers.
#
# Of the differences in GAP no sign hangs on how the models were trained, in the two simulated worlds where that was
# varied. Compact FC stays below dense by {recorded}`araujo2018_table_2.varied.fc_as_good.half_rate` with half the learning
# rates and by {recorded}`araujo2018_table_2.varied.fc_as_good.longer` with twice the epochs, the two ends of what was
# found, and with diagonals that start at ones or ±1 by about as much as with normal values. What the compact mixture costs
# with its diagonals and gating is small, and moves most:
# {recorded}`araujo2018_table_2.varied.circulant_moe_costs_accuracy.double_rate` with twice the rates,
# {recorded}`araujo2018_table_2.varied.circulant_moe_costs_accuracy.ones` with diagonals that start at ones. One sign does
# turn. Over the first half of the epochs compact FC is behind dense with normal values
# ({recorded}`araujo2018_table_2.varied.fc_converges_faster.as_tested`) and level with it with ones
# ({recorded}`araujo2018_table_2.varied.fc_converges_faster.ones`): whether it "converges faster" is also a matter of the
# start. Half widths are those of two worlds.
#
# On AudioSet's frames, audio alone, what compact FC and compact DBoF cost lies about nothing and has no sign of its own,
# from {recorded}`araujo2018_table_2.real.varied.fc_as_good.double_rate` to
# {recorded}`araujo2018_table_2.real.varied.fc_as_good.half_rate` (compact minus dense) and from
# {recorded}`araujo2018_table_2.real.varied.dbof_costs_accuracy.longer` to
# {recorded}`araujo2018_table_2.real.varied.dbof_costs_accuracy.double_rate` (dense minus compact). The compact mixture
# costs something each time: as printed from {recorded}`araujo2018_table_2.real.varied.moe_costs_accuracy.longer` to
# {recorded}`araujo2018_table_2.real.varied.moe_costs_accuracy.double_rate`, with its diagonals and gating from
# {recorded}`araujo2018_table_2.real.varied.circulant_moe_costs_accuracy.longer` to
# {recorded}`araujo2018_table_2.real.varied.circulant_moe_costs_accuracy.double_rate`.

# %%
notebook.ledger_rows()

# %% [markdown]
# ```{admonition} Exercise: what does the diagonal add?
# :class: dropdown
# Compact FC maps 8,192 values to 512. How many of the 8,192 values on its diagonal $D$ in $D C x$ can change an output?
# And what does batch normalisation after the layer do with them? *Only 512: the other rows are cut off. A factor on
# each output is just what batch normalisation divides out again, so up to its sign (and the small constant under the
# root) such a diagonal changes nothing that the layer can compute.*
# ```

# %%
notebook.provenance()
