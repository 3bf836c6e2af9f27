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
# # Figure 3 of Araujo et al. 2018: maximum, average and robust pooling
#
# **What the paper says** (sections 4.2 and 5.2, Fig. 3). "The maximum pooling is sensitive to outliers and noise
# whereas the average pooling is more robust." So the authors average over the maxima of several samples of frames,
# which "outperforms both maximum and average pooling", and average pooling "performs better than maximum pooling"
# {cite}`araujo2018circulant`.

# %% tags=["parameters"]
profile = "small"  # how much is trained: smoke, small, full, or real for AudioSet
seed = 0  # the first of the simulated worlds

# %%
from compactvid import notebook
from compactvid.experiments import circulant_sensitivity as sensitivity
from compactvid.experiments import circulant_variations
from compactvid.experiments import (
    circulant_scores,
    paired_differences,
    pooling_range,
    recorded_values,
)
from compactvid.experiments.araujo2018 import fig_3
from compactvid.report.epoch_curves import described_curves, draw_epoch_curves
from compactvid.report.paired_differences import draw_paired_differences
from compactvid.report.pooling_surface import draw_pooling_surface
from compactvid.report.series import draw_series

notebook.parameters("araujo2018_fig_3", profile=profile, seed=seed)

# %% [markdown]
# ## The idea: maxima of samples, averaged
#
# Deep bag of frames maps each frame $v$ to many values, $v W$, and pools each value over the frames. Robust pooling
# draws $n$ samples $S_1, \dots, S_n$ of $k$ frames each:
#
# $$\frac{1}{n} \sum_{i=1}^{n} \max \{ v W : v \in S_i \}.$$
#
# With $k$ = all frames this is the maximum; with $k = 1$ and many samples, the average. How far it lies from either
# depends on $k$, and not on $k$ as a share alone. The figure has the expected maximum of $k$ values drawn from all
# frames', where these are spread like a normal distribution. The paper's $k = 15$ of 150 frames lies two thirds of the
# way from the average to the maximum. Our videos have 16 to 24 frames; a tenth of them, $k = 2$, lies less than a third
# of the way, and it takes $k = 5$ to come as far as the paper. Both are trained, the second at profile `full`.
#
# No clip of AudioSet has more than ten frames, so the paper's $k = 15$ can't be drawn there at all. Its share of ten
# frames is one, and then robust pooling is an average of ten frames drawn one by one: average pooling with noise. As far
# as the paper comes $k = 4$.

# %%
between = pooling_range.pooling_range()
(paper, tenth), (_, same) = pooling_range.places(between)
notebook.figure(
    draw_series(between, "share", "place", pooling_range.RANGE_PANEL),
    "range",
    alt="Way from the mean to the maximum over the share of frames in a sample: two curves "
    f"from 0 to 1. At a tenth of the frames 150 are at {paper:.2f} and 20 at {tenth:.2f}.",
    caption="Expected place of robust pooling, for values of a normal distribution.",
    data=between,
)
exact = {"tolerance": 1e-9, "reason": "closed forms on numbers drawn from the seed"}
between_both = "araujo2018.claims.between_maximum_and_average"
truth = pooling_range.lies_between(seed)
notebook.record(between_both, truth, unit="yes or no", **exact)
# %% [markdown]
# ## Curves
#
# One base model, Table 1's, is trained with each pooling, all its layers dense. Everything is scaled down alike, and
# the frames are simulated: a class is seen in a fifth of a video's frames, and one frame in twenty is an outlier.

# %%
stem, key = "araujo2018_fig_3", "araujo2018_fig_3.{pooling}.{column}"
curves = fig_3.validation_curves(profile, seed)
shown, which = recorded_values.figure_at_full(curves, stem, "curves", profile)
notebook.figure(
    draw_epoch_curves(shown),
    "curves",
    alt=described_curves(shown),
    caption=f"Mean over the worlds ({which}); bands are its 95 % intervals. The paper's picture did not come "
    "with its text.",
    data=shown,
)

# %% [markdown]
# ## Noise
#
# The experiments section has no noise, so here is some: in each test video frames give way to frames of other videos.
# The models are those trained above, on videos without it.

# %%
noise = fig_3.noise(profile, seed)
noise = circulant_scores.beside_real(noise, ["gap"], key, stem)
notebook.table(
    noise,
    "Test GAP, and what is lost of it where a share of the frames is of other videos. "
    + recorded_values.described(stem),
    formats=fig_3.NOISE_FORMATS,
    headings=fig_3.NOISE_HEADINGS,
)

# %% [markdown]
# ## The claims
#
# Five differences, positive where the paper is right, planned before anything was computed
# (`compactvid.experiments.araujo2018.fig_3`). Losses are those at one frame in ten. The last rows were not planned as
# tests and are shown only. Robust pooling in the paper's place has $k = 5$ of about 20 frames, trained at `full`, and
# $k = 4$ of ten on AudioSet.
#
# The columns *AudioSet* are of real frames, recorded beforehand: audio alone, one branch
# (`compactvid.experiments.circulant_audio`). All ten frames lie within ten seconds, and the labels are of these seconds,
# where the paper's are of whole videos. So it is another regime for pooling above all. Of the paper's robust pooling it
# says nothing, and **it decides no row of the ledger**.

# %%
differences = fig_3.claims(profile, seed)
summary = paired_differences.summary(differences)
notebook.figure(
    draw_paired_differences(differences, summary, tested=len(fig_3.CLAIMS)),
    "differences",
    alt=paired_differences.described(summary),
    caption="Paired differences over the simulated worlds: crosses are worlds, circles "
    "their mean with its 95 % interval. Filled: tested claims. Hollow: shown only.",
    data=differences.drop(columns="key"),
)

# %%
every = paired_differences.with_rows(summary, fig_3.SAME_PLACE_COMPARISONS)
found = circulant_scores.answers(every, stem, fig_3.CLAIMS, profile)
notebook.table(
    found[list(circulant_scores.ANSWER_HEADINGS)],
    "The same differences. " + recorded_values.described(stem),
    formats=circulant_scores.ANSWER_FORMATS,
    headings=circulant_scores.ANSWER_HEADINGS,
)

# %%
about = {
    "unit": "GAP",
    "seeds": differences.world.nunique(),
    "data": fig_3.data(profile, seed),
    "tolerance": 0.01,
    "reason": "GAPs of such short trainings moved by 0.002 with other orders of float32 sums",
}
notebook.record_frame(found, ["value"], "{result}", **about)
real, key_of = circulant_scores.at_real(noise, profile), circulant_scores.result_key
notebook.record_frame(real, ["gap"], key_of(key, profile), **about)
key = key_of("araujo2018.fig_3.{model}.end", profile)
wide = "half widths over smoke's two worlds move ten times as much as GAPs"
about |= {"tolerance": 0.03, "reason": wide}
notebook.record_frame(fig_3.ends(curves), ["gap"], key, **about)

# %% [markdown]
# ## How far the claims move
#
# Maximum and average pooling have the best of five and of four learning rates, tried on validation videos of a world that
# is not reported; robust pooling has its family's, chosen in the same way on the model without audio. No layer here is
# circulant, so no diagonal has a start. The same differences once more, with half and twice the learning rate of both
# models, and with twice the epochs for both, in the first two worlds of the profiles that record (five simulated worlds,
# and AudioSet's frames); a smaller build shows what they recorded. Two worlds decide nothing: they show how far a
# difference could move.

# %%
moved = sensitivity.sensitivity(fig_3.claim_differences, profile, seed, fig_3.KINDS)
of_claims = sensitivity.recorded_key(stem, profile)
notebook.record_frame(
    sensitivity.recordable(moved),
    ["value"],
    of_claims,
    **about | circulant_variations.about(profile),
)
notebook.table(
    sensitivity.table(moved, stem, profile),
    "The claims' differences in GAP, means of the first two worlds (–: not recorded)",
    formats=sensitivity.FORMATS,
    headings=sensitivity.HEADINGS,
)

# %% [markdown]
# ## From maximum to average
#
# The surface below has the maximum on its right ($k$ = all frames, whatever $n$ is) and the average at its lower left
# ($k = 1$, $n$ without end). Its zero is robust pooling with the paper's $n$ and share of frames. Maximum, average and
# $k = 5$ are means over the five worlds of profile `full`, the other cells over the first two of them, which is enough
# to see a slope and not to tell neighbours apart. `full` alone trains them: a smaller build shows what was recorded.

# %%
own = fig_3.surface(profile, seed)
surface, which = recorded_values.figure_at_full(own, stem, "surface", profile)
best = surface.loc[surface.difference.idxmax()]
notebook.figure(
    draw_pooling_surface(surface),
    "surface",
    alt=f"Matrix of {len(surface)} poolings, samples n by frames k of a sample. Largest "
    f"difference in test GAP to n = 10, k = 2: {best.difference:+.3f} with n = "
    f"{best.samples}, k = {best.frames}; smallest: {surface.difference.min():+.3f}.",
    caption=f"Test GAP above that of the paper's robust pooling, paired in each world: {which}; "
    "most cells have two of the worlds only, as said above.",
    data=surface,
)

# %% [markdown]
# ## What came out
#
# Robust pooling minus maximum is {ledger}`araujo2018.claims.robust_beats_maximum`, minus average
# {ledger}`araujo2018.claims.robust_beats_average`; average minus maximum is
# {ledger}`araujo2018.claims.average_beats_maximum`. To one foreign frame in ten maximum pooling loses
# {ledger}`araujo2018.claims.average_more_robust` more than average pooling and
# {ledger}`araujo2018.claims.robust_more_robust` more than robust pooling.
#
# These are of five worlds, and so is what follows; this build's are in the first columns above. Which pooling is best
# depends on how many frames show a class, and on how many show another video's. Here a fifth of the frames show a class:
# the maximum keeps what they show, the average thins it out. That the maximum is sensitive to noise is another matter,
# and section 4.2 is right there. With a fifth of the frames from other videos, average minus maximum is
# {recorded}`araujo2018_fig_3.average_over_maximum_in_noise`: with enough noise the order turns. So the
# paper's order may be that of noisier videos, or of videos most of whose frames show what they are about. The simulated
# worlds were made before any model of this paper was trained, and no setting was turned towards its claims.
#
# Two tenths are not one pooling. Robust pooling with the paper's share of the frames stands close to the average here,
# and with 150 frames it would stand nearer to the maximum.
#
# **How far they move.** In the two worlds where rates and epochs were varied, robust and average pooling stay below
# maximum pooling each time, and maximum pooling loses most to noise. Robust minus average has no sign of its own:
# {recorded}`araujo2018_fig_3.varied.robust_beats_average.half_rate` with half the learning rates,
# {recorded}`araujo2018_fig_3.varied.robust_beats_average.double_rate` with twice.
#
# On AudioSet's frames average pooling is above maximum pooling each time, from
# {recorded}`araujo2018_fig_3.real.varied.average_beats_maximum.half_rate` with half the learning rates to
# {recorded}`araujo2018_fig_3.real.varied.average_beats_maximum.double_rate` with twice: the other way round than in the
# simulated worlds. Robust minus average has no sign of its own there either, and maximum pooling loses most to noise
# there too.

# %%
notebook.ledger_rows()

# %% [markdown]
# ```{admonition} Exercise: where does robust pooling end?
# :class: dropdown
# What does robust pooling become with $n = 1$ and $k = 1$, and how does it differ from the average? Predict which of
# the two is the better model, then look at the left column of the surface. *One frame, drawn at random, stands for
# the video. Its expectation is the average, but each prediction sees one frame's evidence only; the average has the
# same expectation and the least noise of all poolings that have it.*
# ```

# %%
notebook.provenance()
