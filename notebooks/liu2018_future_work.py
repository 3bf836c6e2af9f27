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
# # Future work of Liu & Liu 2018: 8-bit ensembles, other architectures, distillation
#
# **What the paper says** (section 4). "Given more time, we would further experiment 8-bit quantization. Should it work
# out, we would train models with different architectures such as LSTM, Bag-of-visual-words and Fischer Vector and fit
# them in the gained extra space in the model. In parallel, we could have tried distillation technique since it gives a
# boost in performance without needing extra model size" {cite}`liu2018constrained`. None of it was tried. Here it is.

# %% tags=["parameters"]
profile = "small"  # how much is trained: smoke, small or full
seed = 0  # the first of the simulated worlds

# %%
from compactvid import notebook
from compactvid.experiments.liu2018 import future_work
from compactvid.experiments.recorded_values import figure_at_full, own_or_full
from compactvid.report.paired_differences import draw_paired_differences

notebook.parameters("liu2018_future_work", profile=profile, seed=seed)

# %% [markdown]
# ## The idea: spend the same bytes on more variety
#
# The winning ensemble YHLS fills 1 GiB with four models in float16. In 8 bits it takes half of that. The other half can
# hold more Gated NetVLADs, or models that look at the frames in another way. All three below end in the layers of Gated
# NetVLAD and differ in how they pool the frames $x_i$:
#
# - an **LSTM** reads them in order, and its last output stands for the video;
# - a **deep bag of frames** keeps the largest value of each of many projections, $\max_i \phi(W x_i)$;
# - a **Fisher vector** adds to NetVLAD's residuals the spread around each cluster,
#   $\sum_i a_k(x_i) \bigl[ ((x_i - c_k) / \sigma_k)^2 - 1 \bigr]$.
#
# Distillation needs no bytes at all {cite}`hinton2015distilling`. A student with probabilities $p$ learns from labels
# $y$ and, after both are softened with a temperature $T$, from a teacher's probabilities $q$:
#
# $$\tfrac12 H(y, p) + \tfrac12 T^2 H(q_T, p_T), \qquad p_T = \sigma\bigl(\mathrm{logit}(p) / T\bigr).$$
#
# The plan of the tests was written down before they were computed; it opens the module
# `compactvid.experiments.liu2018.future_work`. Members are chosen by their sizes, never by a score.
#
# ## Single models
#
# Sizes are counted on models built at the paper's full size; in 8 bits every matrix takes a byte a value, and vectors
# stay in float32. Scores come from the scaled-down grid on simulated frames, as on the [page of Table
# 1](liu2018_table_1). The LSTM and the Fisher vector are trained at `full` alone, on five worlds. What that gave was
# recorded beforehand, and tables and figure show it at every profile. What a build of the book trains itself, on fewer
# videos and worlds, goes into its own results, and not into these tables.

# %%
about = {
    "seeds": len(future_work.grid.draws(profile, seed)),
    "data": "simulated frames",
    "reason": "other orders of float32 sums move GAP by less than 0.001, and tuned "
    "weights by some hundredths",
}
in_gap = about | {"unit": "GAP", "tolerance": 0.003}
bytes_of = {"unit": "MiB", "tolerance": 0, "reason": "bytes of built models"}

# %%
every, key = future_work.every, "liu2018.future_work.{key}.{column}"
singles = every(future_work.singles(profile, seed), "model")
sizes, scores = ["float32_mib", "int8_mib"], ["gap", "change"]
notebook.record_frame(singles, sizes, key, **bytes_of)
notebook.record_frame(singles, scores, key, **in_gap)
notebook.table(
    own_or_full(singles, sizes + scores, key, future_work.STEM, profile)[
        list(future_work.SINGLE_HEADINGS)
    ].dropna(),
    "Sizes in MiB at the paper's scale; test GAP of the scaled-down models, and what 8 bits "
    "change: five worlds, recorded at full",
    formats=future_work.SINGLE_FORMATS,
    headings=future_work.SINGLE_HEADINGS,
)

# %% [markdown]
# ## Ensembles of equal bytes
#
# YHLS is joined by whatever of Table 1 still fits, from the top down, or by the three other architectures (profiles
# smoke and small train the deep bag of frames alone). Weights are tuned on validation and reported on test.

# %%
ensembles = every(future_work.ensembles(profile, seed), "ensemble")
counts, scores = ["models", "mib"], ["gap", "uniform"]
notebook.record_frame(ensembles, counts[:1], key, **bytes_of | {"unit": None})
notebook.record_frame(ensembles, counts[1:], key, **bytes_of)
notebook.record_frame(ensembles, scores, key, **in_gap)
notebook.table(
    own_or_full(ensembles, counts + scores, key, future_work.STEM, profile)[
        list(future_work.ENSEMBLE_HEADINGS)
    ],
    "Ensembles within 1 GiB: MiB at the paper's scale, test GAP with tuned and with uniform "
    "weights: five worlds, recorded at full",
    formats=future_work.ENSEMBLE_FORMATS,
    headings=future_work.ENSEMBLE_HEADINGS,
)

# %%
own = future_work.differences(profile, seed)
differences, which = figure_at_full(own, future_work.STEM, "differences", profile)
summary = future_work.summary(differences)
worlds = differences.world.nunique()
notebook.figure(
    draw_paired_differences(differences, summary, tested=len(future_work.CLAIMS)),
    "differences",
    alt=future_work.described(summary),
    caption=f"Paired differences over {worlds} worlds ({which}): crosses are worlds, "
    "circles their mean with its 95 % interval. Filled: tested claims. Hollow: shown only.",
    data=differences,
)

# %%
summary = future_work.summary(own)
tested = summary.key.isin(future_work.CLAIMS)
notebook.record_frame(summary[tested], ["value"], "liu2018.claims.{key}", **in_gap)
notebook.record_frame(
    summary[~tested], ["value"], "liu2018.future_work.{key}", **in_gap
)
detectable = summary.set_index("key").detectable["distillation_helps"]
key = "liu2018.future_work.distillation_detectable"
notebook.record(key, detectable, **in_gap)

# %% [markdown]
# ## What came out
#
# **8 bits.** They change YHLS by {recorded}`liu2018.future_work.eight_bits_over_float16` GAP, and the bytes of one
# float16 ensemble hold eight models (fewer where a profile trains fewer):
# {ledger}`liu2018.claims.eight_bit_ensemble_helps`.
#
# **Other architectures.** In the gained space they are worth
# {ledger}`liu2018.claims.other_architectures_help`, and
# {recorded}`liu2018.future_work.others_over_more` more than Gated NetVLADs there. Read it with the table of single
# models: a class is seen in a short run of a simulated video's frames, which suits a maximum over frames, and the deep
# bag of frames is the best model of all. Over the best of its own models the ensemble still gains
# {recorded}`liu2018.future_work.others_over_best_member`. On YouTube-8M the three poolings lie close together
# (0.860 to 0.864 in Table 4 of {cite}`araujo2018circulant`), so the sign of these differences says something about the
# method, and their size about these worlds.
#
# **Distillation.** The student gains {ledger}`liu2018.claims.distillation_helps` over the same training without
# a teacher: same seed, steps and choice of checkpoints. As these differences scatter, so many worlds find a gain of
# {recorded}`liu2018.future_work.distillation_detectable:.4f` four times out of five; a smaller one may exist and stay
# undecided. The teacher remains {recorded}`liu2018.future_work.teacher_over_student:.4f` ahead. It has seen the videos
# that it teaches with, as a teacher in the challenge would have.

# %%
notebook.ledger_rows()

# %% [markdown]
# ```{admonition} Exercise: which half?
# :class: dropdown
# Without looking at scores: would you rather add four Gated NetVLADs to YHLS or the three other architectures?
# *Compare the two 8-bit ensembles above, then the hollow mark "other architectures over more Gated NetVLADs": it is
# the mean difference between them. If its interval lies on both sides of zero, so many worlds can't tell.*
# ```

# %%
notebook.provenance()
