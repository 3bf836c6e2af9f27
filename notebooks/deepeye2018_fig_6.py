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
# # Figure 6 of Cheng et al. 2018: from a clip to an action, as a program
#
# **What the paper says** (section 4, Fig. 6). "The whole video comprehension flow can be built for real time analysis":
# a clip is delivered to Q-YOLO, whose features are "fed to T-RNN without delay" and "can also be further processed to
# display the real-time visual results". "The storage cost of the experiments is compressed from 63.5MB to 15.9MB and the
# number of parameters is reduced from 58,982,400 to 3920" {cite}`cheng2018deepeye`.

# %% tags=["parameters"]
profile = "small"  # how long the networks were trained: smoke or small
seed = 0  # of the simulated world

# %%
from compactvid import notebook
from compactvid.experiments.deepeye2018 import fig_6
from compactvid.report.pipeline_diagram import described_pipeline, draw_pipeline

notebook.parameters("deepeye2018_fig_6", profile=profile, seed=seed)

# %% [markdown]
# ## The idea: stages that never wait for the whole clip
#
# Each frame $t$ that is looked at goes through the detector once, and its features $X_t$ have two uses: decoded, they are
# boxes; together with the five looks before, they are the recurrent network's input,
#
# $$p_t = \text{T-RNN}(X_{t-5}, \dots, X_t).$$
#
# Six frames is what the network was trained on; the paper does not say what it reads online, nor from which state. Here
# it begins from zero at each look. The map from $X_t$ to the gates, nearly all of the work, does not depend on the state,
# so it is computed once a frame and kept.
#
# Stages work side by side, each in a thread, and hand frames on through queues that hold two. A stage that is slow fills
# the queue before it, and so holds back the decoder: what is in memory does not grow with the clip.
# `compactvid watch CLIP` is the program; `--draw out.mp4` writes a video with boxes and probabilities.
#
# ## The flow
#
# Drawn from the list of stages that the program runs. On the arrows stand the bytes that one frame passes on at the
# paper's size: the 19 × 19 × 425 features of the text, a clip of 320 × 240 pixels. In the boxes stand milliseconds, for
# an arrow only hands arrays on, without copying them: processor time of the stage's own thread, recorded by
# `make record-pipeline`.

# %%
record = fig_6.recorded()
stages, passed = fig_6.stages(record), fig_6.passed(record)
notebook.figure(
    draw_pipeline(stages, passed),
    "flow",
    alt=described_pipeline(stages, passed),
    caption="The stages, what passes between them for a frame, and the median time of each. "
    f"{fig_6.machine(record)}.",
    data=passed,
)

# %%
notebook.table(
    stages[list(fig_6.STAGE_HEADINGS)],
    "Time at work of each stage for a frame: median of the rounds and quartiles "
    f"({fig_6.machine(record)})",
    formats=fig_6.FORMATS,
    headings=fig_6.STAGE_HEADINGS,
)

# %%
rate, spread, rounds = fig_6.speed(record)
about = {"data": "benchmarks/pipeline.py", "tolerance": 1e-6}
about["reason"] = "as recorded, and averaged anew"
notebook.record(
    "deepeye2018.claims.real_time_flow",
    rate,
    spread=spread,
    seeds=rounds,
    unit="frames/s",
    **about,
)
grown = record["long_clip"]["grown_mib"]
notebook.record("deepeye2018.fig_6.grown_mib", grown, unit="MiB", **about)

# %% [markdown]
# All stages together pass {glue:text}`deepeye2018.claims.real_time_flow:.1f` frames a second on the clock, without drawing:
# most of it is the detector's. Of a clip of 25 frames a second every sixth is a look, 4.2 a second. While a clip of
# ten minutes is watched, the peak of memory grows by {glue:text}`deepeye2018.fig_6.grown_mib:.1f` MiB.
#
# ## Does it say what the trained networks say?
#
# The detector's file has 8 bits of its own. LiteRT's converter folds batch normalisation into the kernels and quantises
# them again. The kernels that it gets are the levels that training computed with, Eq. 1's; the weights that training
# moves under them are another network, which is what [Fig. 4](deepeye2018_fig_4) exports.

# %%
found = fig_6.found(profile, seed)
notebook.table(
    found,
    "The program against its networks, of the first world",
    headings=fig_6.FOUND_HEADINGS,
)
counts = fig_6.agreement(profile, seed)
notebook.record(
    "deepeye2018.fig_6.feature_error",
    counts["feature_error"],
    unit="deviations",
    data=fig_6.data(profile, seed),
    tolerance=0.1,
    reason="other processors round float32 sums in another order while training",
)

# %% [markdown]
# The recurrent network gives the same probabilities frame by frame as for the six frames taken together, to rounding.
# The 8-bit features differ from the trained ones by {glue:text}`deepeye2018.fig_6.feature_error:.2f` of their deviation.
# How often the action is right says little, of so few clips and networks that were trained for minutes; online the frames
# are six apart, in training they were drawn from the whole clip. Nor does the detector, trained for so short a time, give
# any box a high score.
#
# ## What is stored
#
# The paper's two pairs of numbers are of two networks: megabytes of the detector alone, parameters of the recurrent
# network's map from the input alone. Together:

# %%
sizes = fig_6.sizes()
notebook.table(
    sizes[list(fig_6.SIZE_HEADINGS)],
    "The system before and after, MB of 10⁶ bytes",
    formats=fig_6.FORMATS,
    headings=fig_6.SIZE_HEADINGS,
)
notebook.record_frame(
    sizes[sizes.key == "system"],
    ["before_mb", "after_mb", "rate"],
    "deepeye2018.fig_6.{key}.{column}",
    tolerance=0,
    reason="counted on built networks",
)

# %% [markdown]
# ## The text, sentence by sentence

# %%
statements = fig_6.statements(profile, seed)
notebook.table(
    statements[list(fig_6.STATEMENT_HEADINGS)],
    "Sentences of sections 1 and 4 against this program",
    headings=fig_6.STATEMENT_HEADINGS,
)
notebook.record_frame(
    statements,
    ["value"],
    "deepeye2018.claims.{claim}",
    unit="yes or no",
    tolerance=0,
    reason="counts, and a difference far from its bound",
)

# %% [markdown]
# ## What came out
#
# The flow of Fig. 6 can be built, and features go on without delay. It is one program, but not one training: section 1
# blames earlier work for "not being trained end-to-end", and DEEPEYE's recurrent network learns from stored features,
# so that nothing it learns reaches the detector. And the printed sizes are not the system's: the whole shrinks from
# {glue:text}`deepeye2018.fig_6.system.before_mb:.1f` to {glue:text}`deepeye2018.fig_6.system.after_mb:.1f` MB, by a
# factor of {glue:text}`deepeye2018.fig_6.system.rate:.1f`, because the dense recurrent network on frames is almost four
# times as large as the detector.

# %%
notebook.ledger_rows()

# %% [markdown]
# ```{admonition} Exercise: how far ahead may the decoder be?
# :class: dropdown
# Four stages behind the decoder are joined by queues that hold two frames, and a last queue holds two for whoever reads
# the results. Nobody reads. How many frames are decoded before all stand still? *Five queues hold ten. The decoder and
# each of four stages hold one more that finds no place: 15 in all, however long the clip.*
# ```

# %%
notebook.provenance()
