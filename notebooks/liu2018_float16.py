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
# # Half the bytes: four tensors in float16
#
# **What the paper says** (section 2.2, "Float16 Compression"). Of the methods that the authors tried, "this is the only
# one that worked": models are trained in float32, and four of their 32 tensors are cast to float16 for inference. Scores
# stay, "with GAPs differing less than 0.0001, which is the level of randomness between different evaluation runs for
# the same float32 model" {cite}`liu2018constrained`.

# %% tags=["parameters"]
profile = "small"  # how much is trained, smoke or small
seed = 0  # the first of the simulated worlds

# %%
from compactvid import notebook
from compactvid.experiments.liu2018 import float16
from compactvid.report.change_sizes import draw_change_sizes

notebook.parameters("liu2018_float16", profile=profile, seed=seed)

# %% [markdown]
# ## The idea: eleven bits of a weight are enough
#
# A float16 number has 11 significant bits. Rounding a weight $w$ to it changes it by at most
#
# $$|\hat w - w| \le 2^{-11} |w| \qquad \text{for } 2^{-14} \le |w| < 65520,$$
#
# and below $2^{-14}$ by at most $2^{-25}$. A product sums hundreds of such weights, whose errors have either sign and
# mostly cancel. `cast_float16` stores the four largest matrices in this way and casts them back where they are used, so
# the arithmetic stays float32. It can also store all 32 tensors so, and it can compute in float16.
#
# ## What is cast
#
# The text says "all the inference weight tensors", and two sentences on "4 out of the 32". Each sentence is held
# against the 28 models, built at the paper's full size (their bytes are on the page of Table 1).

# %%
statements = float16.statements()
notebook.table(
    statements[["sentence", "models", "value"]],
    "Of how many of the 28 models each sentence is true (1: of all, 0: not)",
)
notebook.record_frame(
    statements,
    ["value"],
    "liu2018.claims.{claim}",
    unit="yes or no",
    tolerance=0,
    reason="read off built models: nothing may differ",
)

# %% [markdown]
# The paper casts four tensors. Casting the other 28 too, at the paper's full size, would have saved this much more:

# %%
notebook.table(
    float16.paper_scale(),
    "Tensors of two models at the paper's full size, with none, four and all in float16: MiB",
    formats=float16.PAPER_FORMATS,
    headings=float16.PAPER_HEADINGS,
)

# %% [markdown]
# ## What it saves and what it costs, on trained models
#
# Evaluated are the scaled-down stand-ins of the largest and the smallest member of the winning ensemble, trained on
# each of the simulated worlds (see the page of Table 1). Every cast model is written to a file, which is weighed, and
# evaluated on the test videos. Small files carry some names and padding, so the share they save is below that of their
# tensors.

# %%
variants = float16.variants(profile, seed)
notebook.table(
    variants,
    "Float16 minus float32: mean change of test GAP, half width of its 95 % interval, largest of any world",
    formats=float16.FORMATS,
    headings=float16.HEADINGS,
)

# %% [markdown]
# ## Beside the noise of an evaluation
#
# Why should two evaluations of one model differ at all? Batches of other sizes add the same numbers in another order:
# that changes the last bits of a score and hardly ever an order of two videos. But the released code also draws 300
# frames from each video, with replacement, anew at every evaluation. The model here takes every real frame once, so
# this noise is absent; drawing frames in the released code's way brings it back, and its size can be measured.

# %%
changes = float16.changes(profile, seed)
noise = float16.noise(changes)
notebook.figure(
    draw_change_sizes(changes, margin=float16.MARGIN),
    "change-sizes",
    alt="Sizes of changes of test GAP, a row a cause, a mark a model and world, on a "
    f"logarithmic axis with the paper's limit of {float16.MARGIN:g}. Means: "
    + "; ".join(noise["what"] + " " + noise["mean"].map("{:.6f}".format))
    + ".",
    caption="Size of the change of test GAP, by cause: dots are casts to float16, crosses "
    "other evaluations in float32. The left edge holds all below a millionth.",
    data=changes,
)

# %%
notebook.table(
    noise[list(float16.NOISE_HEADINGS)],
    "Size of the change of GAP by its cause: mean over the worlds, half width, largest",
    formats=float16.FORMATS,
    headings=float16.NOISE_HEADINGS,
)

# %%
claims = float16.claims(profile, seed, changes)
about = {
    "unit": "GAP",
    "seeds": int(claims.worlds.max()),
    "data": "simulated frames",
    "reason": "other orders of float32 sums in training change which scores lie close",
}
small, large = {"tolerance": 0.0001, **about}, {"tolerance": 0.002, **about}
key = "liu2018.claims.{claim}"
notebook.record_frame(claims[:1], ["value"], key, **small)
notebook.record_frame(claims[1:], ["value"], key, **large)
key = "liu2018.float16.{cause}"
notebook.record_frame(noise[:-1], ["mean"], key, **small)
notebook.record_frame(noise[-1:], ["mean"], key, **large)

# %% [markdown]
# ## What came out
#
# Casting the four tensors changes GAP by {recorded}`liu2018.float16.four_tensors:.6f` on average, in any direction;
# drawing the frames anew changes it by {recorded}`liu2018.float16.frames_drawn_anew:.4f`. The paper's explanation
# holds in direction: float16 hides below the noise of an evaluation. How large that noise is can't be transferred, for
# it shrinks with the number of videos and of frames: the authors had about 17,400 videos of up to 300 frames, a test
# split here has at most 2,048 videos of 16 to 24. In a model that takes every frame once, the noise is gone. Casting all
# 32 tensors, or computing in float16 as well, was not worth the effort to the authors.
# In Keras it is one argument, and the table shows what it changes. On a CPU float16 arithmetic saves no time; sums over
# frames and the experts' probabilities are computed in float32 all the same.

# %%
notebook.ledger_rows()

# %% [markdown]
# ```{admonition} Exercise: where does float16 end?
# :class: dropdown
# Which weights could `cast_float16` not store, and what does it do then? *Of 65,520 and above: they would become
# infinite. It names the tensor and stops. Weights below $2^{-25}$ become zero without a word, as NumPy rounds.*
# ```

# %%
notebook.provenance()
