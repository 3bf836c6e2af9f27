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
# # Fig. 7 of Araujo et al. 2018: size against accuracy
#
# **What the paper says** (section 5.6). "The most compact models are obtained with the circulant NetVLAD and NetFV",
# and "the best trade-off between size and accuracy is obtained using the DBoF embedding" with a circulant fully
# connected layer, "which achieves a GAP of 0.861 for only 60 millions weights" {cite}`araujo2018circulant`. The
# abstract and the conclusion say the same.

# %% tags=["parameters"]
profile = "small"  # how much is trained: smoke, small, full, or real for AudioSet
seed = 0  # the first of the simulated worlds

# %%
from compactvid import notebook
from compactvid.experiments import (
    circulant_scores,
    paired_differences,
    recorded_values,
)
from compactvid.experiments.araujo2018 import fig_7
from compactvid.report.trade_off import draw_trade_off

notebook.parameters("araujo2018_fig_7", profile=profile, seed=seed)

# %% [markdown]
# ## The idea: what would others give at the same size?
#
# A model is on the **Pareto front** if no other is as small and better, or smaller and as good. A front says which
# models are worth a look, not which trade is best. "Best" is read here as follows. Models of sizes $s_i$ and GAPs $g_i$
# have an upper hull
#
# $$h(s) = \max_{s_i \le s \le s_j} \Bigl[ g_i + \frac{s - s_i}{s_j - s_i} (g_j - g_i) \Bigr],$$
#
# and a trade-off beats the others where it lies above the hull of all the others. Beyond the hull's ends the nearest
# model stands for it.
#
# ## All models
#
# Sizes are counted at the paper's size, four bytes a stored value. The scores in the second panel are those of our
# scaled-down models on simulated frames, from the pages of [Table 2](araujo2018_table_2), [Table
# 3](araujo2018_table_3), [Table 4](araujo2018_table_4) and [Fig. 2](araujo2018_fig_2). The original figure came neither
# with the text nor with the released code, so its points are taken from the tables.
#
# Ours are of five worlds at profile `full`. What a smaller build trains again stands in the table, in a column of its own.

# %%
stem, own = "araujo2018_fig_7", fig_7.points(profile, seed)
points, which = recorded_values.figure_at_full(own, stem, "trade-off", profile)
notebook.figure(
    draw_trade_off(points),
    "trade-off",
    alt=fig_7.described(points),
    caption="Filled marks and dashed lines: the Pareto front. Ours have 95 % intervals over "
    f"worlds ({which}). The scales of GAP differ. A pointer on a mark shows the model; the "
    "table below has all of them.",
    data=points,
    hints=fig_7.hints(points),
)

# %% [markdown]
# The table's last columns are of real frames, AudioSet's, recorded beforehand: audio alone, at most ten frames a clip,
# one branch (`compactvid.experiments.circulant_audio`). Models that leave audio out are none of their own there. Each
# counts with the size of the paper's model that it stands for. In this other regime NetVLAD is no wider than deep bag of
# frames, which is average pooling with noise ($k = 1$ of ten frames). Its trade-off stands below beside ours, **and
# decides no row of the ledger**.

# %%
key = "araujo2018_fig_7.{model}.{column}"
both = circulant_scores.beside_real(points.assign(own=own.gap), ["gap"], key, stem)
notebook.table(
    both[list(fig_7.HEADINGS)],
    f"Size in MiB, and GAP in print and of ours ({which}): mean ± half width of the 95 % interval. "
    + recorded_values.described(stem),
    headings=fig_7.HEADINGS,
    formats=fig_7.FORMATS,
)

# %%
exact = {"tolerance": 1e-9, "reason": "computed from counts and printed numbers"}
statements = fig_7.statements()
notebook.record_frame(statements, ["value"], "araujo2018.claims.{claim}", **exact)
notebook.record(
    "araujo2018.fig_7.printed_trade_off",
    fig_7.printed_trade_off(),
    unit="GAP",
    **exact,
)

# %%
trade_off = paired_differences.summary(fig_7.trade_off(profile, seed))
found = circulant_scores.answers(trade_off, stem, list(trade_off.key), profile)
notebook.table(
    found[list(circulant_scores.ANSWER_HEADINGS)],
    "The trade-off in GAP. " + recorded_values.described(stem),
    formats=circulant_scores.ANSWER_FORMATS,
    headings=circulant_scores.ANSWER_HEADINGS,
)
drawn = {"seeds": fig_7.worlds(profile, seed), "unit": "GAP", "tolerance": 0.03}
drawn |= {"data": fig_7.data(profile, seed)}
drawn["reason"] = (
    "half widths over smoke's two worlds move more than ten times as much as GAPs"
)
notebook.record_frame(found, ["value"], "{result}", **drawn)
real = circulant_scores.at_real(own, profile)
real_key = circulant_scores.result_key(key, profile)
notebook.record_frame(real, ["gap"], real_key, **drawn)

# %% [markdown]
# ## What came out
#
# In print, circulant DBoF lies {glue:text}`araujo2018.fig_7.printed_trade_off:.4f` above the hull of the other five
# models of Table 4, thanks to a GAP that is, in three digits, that of its dense twin. It is not on the front of all
# tables: Table 3's layer of one factor, counted without its diagonal, is smaller still at the same printed GAP. Ours
# lies {ledger}`araujo2018.claims.best_trade_off` above the hull, in the mean over five worlds. What each kind of
# layer loses here is not what it loses in the paper, so the two panels need not have one order.

# %%
notebook.ledger_rows()

# %% [markdown]
# ```{admonition} Exercise: is a model on the front a good trade?
# :class: dropdown
# The smallest model of all is always on the front. Why is that no praise? *Nothing smaller can dominate it, however low
# its GAP. Only the hull, or a price for a MiB, says whether its last saved MiB was worth what it cost.*
# ```

# %%
notebook.provenance()
