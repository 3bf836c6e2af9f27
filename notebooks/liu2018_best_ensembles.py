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
# # Liu & Liu 2018: all ensembles within 1 GiB
#
# **What the paper says** (sections 3 and 4). "We then tried out different combinations of single models, subject to the
# model size constraint of 1GB uncompressed", and in the end "nearly all the ensemble combinations"; Table 2 has twelve
# {cite}`liu2018constrained`.

# %% tags=["parameters"]
profile = "small"  # how much is trained, smoke or small; the search is the same
seed = 0  # the first of the simulated worlds

# %%
from compactvid import notebook
from compactvid.compression.ensemble_score import fit_printed_ensembles
from compactvid.experiments.liu2018 import best_ensembles
from compactvid.experiments.recorded_values import figure_at_full, own_or_full
from compactvid.report.ensemble_frontier import draw_ensemble_frontier
from compactvid.report.paired_differences import draw_paired_differences

notebook.parameters("liu2018_best_ensembles", profile=profile, seed=seed)

# %% [markdown]
# ## The idea: count them all
#
# Eighteen models have $2^{18} - 1 = 262{,}143$ subsets, few enough to look at each. Of those that fit into $2^{30}$
# bytes, most have room for one more model; what counts are the full ones. To rank what nobody evaluated takes a model of
# scores. Ours has three coefficients, since the paper prints eleven ensembles to fit it to (the twelfth, GFAB, has a
# member without a score). For $n$ members with GAPs $g_i$ it says
#
# $$\text{GAP} \approx a + b \, \frac{1}{n} \sum_i g_i + c \left( 1 - \frac{1}{n} \right),$$
#
# the form of a mean of $n$ predictors with equal errors that are equally correlated. Its error is what a fit to the
# other ten misses the one left out by.

# %%
score = fit_printed_ensembles()
candidates = best_ensembles.candidates()
scored = best_ensembles.scored(candidates, score)
authors = best_ensembles.authors(scored, score)
summary = best_ensembles.summary(scored, score)
notebook.table(
    authors,
    "The paper's ensembles: printed and predicted GAP, and the rank of the prediction "
    f"among all {len(scored):,} that fit. GFAB, the twelfth, is absent: the paper prints "
    "no GAP of its member B",
    formats=best_ensembles.FORMATS,
    headings=best_ensembles.AUTHORS_HEADINGS,
)

# %%
exact = {"tolerance": 1e-9, "reason": "counts, and a fit to printed numbers"}
claim = "liu2018.claims.ensembles_that_fit"
full = int(scored["full"].sum())
notebook.record(claim, full, unit="ensembles", **exact)
key = "liu2018.best_ensembles.{column}"
notebook.record_frame(summary, list(summary), key, **exact)

# %% [markdown]
# Of {glue:text}`liu2018.best_ensembles.fitting:.0f` subsets that fit,
# {glue:text}`liu2018.claims.ensembles_that_fit:.0f` are full. At an hour each, these take more than half a year, so
# "nearly all" can only mean those that looked good. With one ensemble left out at a time the model is wrong by
# {glue:text}`liu2018.best_ensembles.left_out_error:.5f` GAP, where a guess of the mean of the others is wrong by
# {glue:text}`liu2018.best_ensembles.constant_error:.5f`. So {glue:text}`liu2018.best_ensembles.within_error:.0f`
# ensembles lie within one error of its favourite: it tells regions apart, not ensembles.
#
# *Undominated* are those of the printed ensembles that no printed one of at most their size outscores. The others are
# not worth their bytes.

# %%
frontier = best_ensembles.frontier(scored)
favourite = scored.iloc[0]
notebook.figure(
    draw_ensemble_frontier(frontier, authors, score.error, budget_mib=1024),
    "frontier",
    alt="GAP over size. The highest predicted GAP rises with size, to "
    f"{favourite.score:.4f} for {favourite.ensemble} at {favourite.mib:.0f} MiB; a "
    f"band of ± {score.error:.4f} holds {summary.printed_in_band[0]:.0f} of the "
    f"paper's {len(authors)} ensembles. YHLS is its highest, "
    f"{authors.local_gap.max():.4f}.",
    caption="The best ensemble of at most each size as the score model predicts it, "
    "and the paper's as printed; named are those that are undominated.",
    data=frontier,
)

# %% [markdown]
# ## What would have been tried, and was not
#
# The ten best by the model. K, which no printed ensemble has, is in most of them: it has the GAP of H at 41.5 MiB less,
# and by the paper's own rule it is H that would have been dropped. The *left-out error* stands beside each prediction:
# what lies closer together than that, the model can't tell apart.

# %%
notebook.table(
    scored.head(10).drop(columns="full"),
    "The ten ensembles with the highest predicted GAP, beside the model's left-out error",
    formats=best_ensembles.FORMATS,
    headings=best_ensembles.BEST_HEADINGS,
)

# %% [markdown]
# Another budget has another favourite. `compactvid.compression.best_ensembles(candidates, budget_bytes)` answers any.

# %%
notebook.table(
    best_ensembles.at_budgets(candidates, score),
    "The highest predicted GAP at several budgets, beside the model's left-out error",
    formats=best_ensembles.FORMATS,
    headings=best_ensembles.BUDGET_HEADINGS,
)

# %% [markdown]
# ## The same question where it can be answered
#
# Of our scaled-down models every ensemble can be evaluated, not predicted: each subset whose paper-size models fit,
# with uniform weights, on the validation videos of each world. The best one's weights are then tuned there, and it
# meets YHLS, tuned in the same way, on the test videos. All members of the printed ensembles are trained at `full`
# alone, on five worlds. What that gave was recorded beforehand, and is shown here at every profile; a build of the book
# searches among fewer models and worlds, for its own results.

# %%
own = best_ensembles.searched(profile, seed)
found, which = figure_at_full(own, best_ensembles.STEM, "searched", profile)
notebook.table(
    found[list(best_ensembles.SEARCH_HEADINGS)],
    f"The best of all subsets on validation, beside YHLS, on the test videos of {len(found)} "
    f"worlds ({which})",
    formats=best_ensembles.FORMATS,
    headings=best_ensembles.SEARCH_HEADINGS,
)
about = {"data": "simulated frames", "unit": "GAP", "tolerance": 0.002}
reason = "another subset may be the best by other orders of float32 sums"
lead = best_ensembles.winner_over_searched(own)
about |= {"seeds": len(own), "reason": reason}
winner_key = "liu2018.claims.winner_beats_the_searched"
notebook.record_frame(lead, ["value"], winner_key, **about)

# %%
lead = best_ensembles.winner_over_searched(found)
notebook.figure(
    draw_paired_differences(found, lead, tested=1),
    "searched",
    alt=f"Differences in test GAP between YHLS and the best of all subsets, {len(found)} "
    f"worlds from {found.difference.min():+.4f} to {found.difference.max():+.4f}, mean "
    f"{lead.value[0]:+.4f} ± {lead.value_spread[0]:.4f}.",
    caption=f"Paired differences over {len(found)} worlds (crosses; {which}), and their "
    "mean with its 95 % interval.",
    data=found,
)

# %% [markdown]
# And the score model: had it seen the validation GAPs of twelve ensembles of a world (drawn at random, 200 times, so
# that they differ in their number of models), how far would its idea of its own error have been from the true one, and
# how much would its favourite lack to the best of all? The last column is what the best of those twelve lacks, without
# any model: only where the favourite lacks less was the model of use.

# %%
checks = best_ensembles.score_model_checks(profile, seed)
errors = ["left_out_error", "true_error", "shortfall", "tried_shortfall"]
check_key = "liu2018.best_ensembles.world_{world}.{column}"
notebook.record_frame(checks, ["fitting"], check_key, unit="ensembles", **exact)
notebook.record_frame(checks, errors, check_key, **about | {"seeds": None})
every, stem = best_ensembles.every_world(checks, seed), best_ensembles.STEM
notebook.table(
    own_or_full(every, ["fitting", *errors], check_key, stem, profile),
    "A score model that has seen twelve ensembles, in GAP on validation: five worlds, "
    "recorded at full",
    formats=best_ensembles.FORMATS,
    headings=best_ensembles.CHECK_HEADINGS,
)

# %%
notebook.ledger_rows()

# %% [markdown]
# ```{admonition} Exercise: which model would you add?
# :class: dropdown
# YHLS leaves 4.3 MiB. Which single change of one member, within 1 GiB, does the score model like best, and what does it
# promise? Is that more than its error?
# *H is exchanged for K, which has the same GAP, and the 41.5 MiB that this frees let S become J: YKLJ. That takes two
# changes; with one, S for J does not fit, and H for K changes nothing but the size. YKLJ is promised 0.0003 more than
# YHLS, less than half of the model's error.*
# ```

# %%
notebook.provenance()
