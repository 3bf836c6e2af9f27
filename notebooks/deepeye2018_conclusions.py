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
# # The conclusions of Cheng et al. 2018: five numbers, and what they are of
#
# **What the paper says** (abstract, and again in section 6). "We have tested DEEPEYE on MOMENTS and UCF11 benchmarks": the
# quantised detector "achieves 3.994× model compression rate with only 0.47% mAP decreased", and the recurrent network
# "15,047× parameter reduction and 2.87× speed-up with 16.58% accuracy improvement" {cite}`cheng2018deepeye`.

# %% tags=["parameters"]
profile = "small"  # smoke or small: nothing is trained on this page
seed = 0  # not used

# %%
from compactvid import notebook
from compactvid.experiments.deepeye2018 import conclusions

notebook.parameters("deepeye2018_conclusions", profile=profile, seed=seed)

# %% [markdown]
# ## The idea: ask each number for its unit and its denominator
#
# A difference of two percentages can be said in percentage points, $b - a$, or in per cent of the first,
#
# $$100 \, \frac{b - a}{a}.$$
#
# The paper writes "%" for the first. Who reads the second understands another result, a larger one.

# %%
percentages = conclusions.percentages()
notebook.table(
    percentages[list(conclusions.RELATIVE_HEADINGS)],
    "Printed differences, in points and in per cent of where they start from",
    formats=conclusions.RELATIVE_FORMATS,
    headings=conclusions.RELATIVE_HEADINGS,
)
derived = {"tolerance": 1e-9, "reason": "computed from printed numbers"}
key = "deepeye2018.claims.{claim}"
asked = percentages.rename(columns={"relative": "value"})
notebook.record_frame(asked, ["value"], key, unit="%", **derived)

# %% [markdown]
# All three are points. So DEEPEYE's accuracy is 16.58 *points* above the plain network's, and 24 % above it.
#
# ## Which data the numbers are of
#
# An mAP needs boxes of objects to compare with. These are the annotations that the data sets have, as this book's
# manifests describe them:

# %%
notebook.table(
    conclusions.benchmarks(),
    "Annotations of the data sets that the paper names",
    headings=conclusions.BENCHMARK_HEADINGS,
)
notebook.record(
    "deepeye2018.claims.benchmarks",
    conclusions.boxes_in_a_benchmark(),
    unit="yes or no",
    tolerance=0,
    reason="what manifests say",
)

# %% [markdown]
# Neither benchmark has boxes. The loss of 0.47 is of Pascal VOC, as section 5.1 says; of MOMENTS the paper shows pictures,
# and of UCF11 accuracies of actions. "Tested on MOMENTS and UCF11" holds of one of the five numbers, the last, and of the
# times.
#
# ## Which of the five stand
#
# | Headline | Ours | Verdict | What it is of |
# |---|---:|---|---|
# | 3.994× compression | {ledger}`deepeye2018.claims.compression_in_print:.3f` | {verdict}`deepeye2018.claims.abstract_compression` | two rounded sizes; of the bytes behind them {ledger}`deepeye2018.claims.compression_counted:.3f` ([Table 1](deepeye2018_table_1)) |
# | 0.47 % mAP decreased | {ledger}`deepeye2018.claims.map_loss:.2f` | {verdict}`deepeye2018.claims.map_loss` | points, on VOC, one training each; whether 8 bits are as good as float here: {verdict}`deepeye2018.claims.eight_bit_as_good` ([Fig. 7](deepeye2018_fig_7)) |
# | 15,047× parameter reduction | {ledger}`deepeye2018.table_2.DEEPEYE.compression:,.0f` | {verdict}`deepeye2018.claims.abstract_reduction` | a dense map on frames over a tensor train on features; like for like {ledger}`deepeye2018.claims.reduction_on_features:,.0f`, of whole networks {ledger}`deepeye2018.claims.reduction_of_the_network:.0f` ([Table 2](deepeye2018_table_2)) |
# | 2.87× speed-up | {ledger}`deepeye2018.table_2.DEEPEYE.speed_up:.2f` | {verdict}`deepeye2018.claims.abstract_speed_up` | the printed times; features not counted, other hardware ([Table 2](deepeye2018_table_2)) |
# | 16.58 % accuracy improvement | {ledger}`deepeye2018.claims.accuracy_gain:.2f` | {verdict}`deepeye2018.claims.accuracy_gain` | points; features, tensor train and dropout together. At reduced scale: {ledger}`deepeye2018.claims.features_beat_plain:+.1f`, {verdict}`deepeye2018.claims.features_beat_plain` ([Fig. 9](deepeye2018_fig_9)) |
#
# ## What came out
#
# As arithmetic all five come out of the paper's tables. As statements they need their denominators: the first divides
# rounded numbers, the third a map on one kind of input by a map on another, and the two in "%" are points. What is new in
# DEEPEYE, the tensor train on features of a detector, is compared only with a network that differs in input and dropout
# too.

# %%
notebook.ledger_rows()

# %% [markdown]
# ```{admonition} Exercise: a number that flatters
# :class: dropdown
# A classifier goes from 90 % to 95 %. Say it in points, in per cent of the first, and as errors avoided. *5 points, 5.6 %,
# and half of the errors. All three are true, and only the one whose unit is said can be compared with another paper's.*
# ```

# %%
notebook.provenance()
