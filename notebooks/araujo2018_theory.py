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
# # Section 3 of Araujo et al. 2018: what circulant and diagonal matrices can say
#
# **What the paper says** (section 3). A circulant matrix is determined by "only n real values", and its product with a
# vector "can be computed in O(n log n) instead of O(n²)". Products of diagonal and circulant matrices give more: choosing
# $m = n$ pairs "is sufficient to decompose any complex matrix", and "it is likely that most real matrices can be
# decomposed into a reasonable number of factors" {cite}`araujo2018circulant`.

# %% tags=["parameters"]
profile = "small"  # how many orders and draws of matrices: smoke or small
seed = 0  # the first of the draws

# %%
from compactvid import notebook
from compactvid.experiments import circulant_approximation, circulant_times
from compactvid.experiments.araujo2018 import theory
from compactvid.report.error_over_bytes import draw_error_over_bytes
from compactvid.report.matrix_pictures import draw_matrix_pictures

notebook.parameters("araujo2018_theory", profile=profile, seed=seed)

# %% [markdown]
# ## The idea: one row, shifted
#
# Each row of a circulant matrix is the row above, shifted to the right by one. So all of it is in its first column $c$,
# and $C x$ is the circular convolution of $c$ and $x$. In the Fourier basis a shift only turns phases. Every circulant
# matrix is diagonal there, and a product with it is one of numbers:
#
# $$(C x)_k = \sum_j c_{(k - j) \bmod n} \, x_j, \qquad C x = F^{-1} \bigl( F c \circ F x \bigr).$$

# %%
example, identities = theory.example(), theory.identities()
notebook.figure(
    draw_matrix_pictures(example, columns=2, one_scale=False),
    "circulant",
    alt="Left, a circulant matrix of order 8: each row is the one above, shifted to the "
    "right. Right, the same in the Fourier basis: only the diagonal differs from zero, "
    f"other entries are at most {identities.off_diagonal.max():.0e} of the largest.",
    caption="A circulant matrix, and the magnitudes of its entries in the Fourier basis.",
    data=example,
)
notebook.table(
    identities[list(theory.IDENTITY_HEADINGS)],
    "This library's circulant matrices and layers; differences are relative to C x",
    formats=theory.FORMATS,
    headings=theory.IDENTITY_HEADINGS,
)

# %% [markdown]
# ## How the time grows
#
# The fitted slope of log time over log $n$ is the exponent. Plain calls of two libraries were timed in turns: NumPy's
# product with the matrix in full, and SciPy's real Fourier transforms. Over such orders $n \log n$ looks like an exponent
# a little above 1, and what a call costs before it begins pulls it down. Times depend on the machine, so they are read from
# the record of `make record-circulant`, which also measures what becomes of this in a layer.

# %%
record = circulant_times.recorded()
exponents, layer = circulant_times.exponents(record), circulant_times.layer(record)
kept = {"formats": circulant_times.FORMATS}
title = "Processor milliseconds of the product of a matrix and 128 vectors, medians"
headings = circulant_times.TIME_HEADINGS
notebook.table(circulant_times.products(record), title, headings=headings, **kept)
title = "Exponent of n in the time: mean of the repetitions, half width of its 95 % interval"
headings = circulant_times.EXPONENT_HEADINGS
notebook.table(exponents, title, headings=headings, **kept)
title = "Seconds, dense over circulant layer, with gradients: 8192 to 512"
notebook.table(layer, title, headings=circulant_times.LAYER_HEADINGS, **kept)

# %%
timed = {"data": "benchmarks/circulant.py", "tolerance": 0, "reason": "as recorded"}
notebook.record_frame(
    layer, ["ratio"], "araujo2018.claims.efficient", unit="ratio", **timed
)
timed |= {"unit": "exponent", "seeds": circulant_times.repetitions(record)}
timed |= {"tolerance": 1e-6, "reason": "as recorded, and fitted anew"}
key = "araujo2018.theory.{product}.{column}"
notebook.record_frame(exponents[:2], ["exponent"], key, **timed)
difference, spread = exponents.iloc[2][["exponent", "exponent_spread"]]
key = "araujo2018.claims.product_grows_slowly"
notebook.record(key, difference, spread=spread, **timed)

# %% [markdown]
# ## Every matrix as a product?
#
# One circulant matrix has few values. A product of $m$ pairs has $2 m n$:
#
# $$A \approx \prod_{i=1}^m D^{(i)} C^{(i)}.$$
#
# Huhtanen and Perämäki proved that $2 n - 1$ factors in all, circulant and diagonal in turns, give a generic *complex*
# matrix {cite}`huhtanen2015factoring`: not every one, and not a real one by real factors. For those the paper has a
# conjecture. Counting says what can't be: of the $2 m n$ values $2 m - 1$ only move a scalar from one factor to the next,
# and a matrix has $n^2$, so that $m \ge (n + 1) / 2$. Is that enough? Each matrix is fitted by least squares from 16
# random starts, and counts as reached where the relative error is below $10^{-6}$. A start may miss what is there: what
# is reached is proven, what is not is only likely.

# %%
factorisations = theory.factorisations(profile, seed)
notebook.table(
    factorisations[list(theory.FACTOR_HEADINGS)],
    "Pairs of a diagonal and a circulant matrix that give a matrix of order n",
    formats=theory.FORMATS,
    headings=theory.FACTOR_HEADINGS,
)
notebook.record_frame(
    theory.statements(factorisations),
    ["value"],
    "araujo2018.claims.{claim}",
    unit="yes or no",
    tolerance=0,
    reason="counts, shifts, and errors far from their limits",
)

# %%
factors = theory.factors(profile, seed)
notebook.figure(
    draw_matrix_pictures(factors, columns=4, one_scale=False),
    "factors",
    alt=f"Pictures of {factors.picture.nunique()} real matrices of order "
    f"{factors.row.max()}: a drawn one A, the product of its factors, which looks the "
    f"same, and the factors, {', '.join(factors.picture.unique()[2:])}: D are diagonal, "
    "C circulant.",
    caption="A real matrix and its factors. Each picture's largest magnitude has the "
    "darkest colour; orange is negative.",
    data=factors,
)

# %% [markdown]
# For complex matrices the pairs of the count are enough. So they are for drawn real ones of even order; of odd order the
# count leaves as many values as equations, which need not have real solutions, and one pair more is needed now and then.
# None of it is compression: at $m = n / 2$ the pairs hold $n^2$ values, as the matrix does, and at $m = n$ twice as many.
# Counting leaves no way out: **what compresses can't represent every matrix, it can only be near to one.**
#
# ## How near, at equal bytes?
#
# For matrices of order 16, $m$ pairs, rank $m$ and a tensor train of rank $m$ (two cores, modes of 4) all take $32 m$
# values. Low rank and tensor train are at their best, by singular values; of the pairs the search finds an upper bound.
# Besides matrices drawn at random there are drawn ones of rank 4, and blocks of trained kernels: the layer after the
# pooling of K32-H512 from [Table 1 of Liu & Liu](liu2018_table_1), the first 16 inputs and outputs, in each world.
#
# A single pair is a rank one in disguise: with row $k$ of $D C$ shifted back by $k$ places, it is $d \, c^\top$. On
# matrices without structure it does as well as rank 1, no better. What is new begins with the second pair.

# %%
errors = circulant_approximation.errors(profile, seed)
notebook.figure(
    draw_error_over_bytes(errors, dense_bytes=4 * circulant_approximation.ORDER**2),
    "errors",
    alt="Relative error over bytes, a panel a kind of matrix, a curve a method. "
    f"{circulant_approximation.described(errors)}.",
    caption="Relative error at equal bytes, mean over the draws with its 95 % interval; "
    "the vertical line is the matrix itself.",
    data=errors,
)

# %%
pictures = circulant_approximation.approximations(profile, seed)
notebook.figure(
    draw_matrix_pictures(pictures, columns=3, one_scale=True),
    "approximations",
    alt="A trained block of 16 by 16 values, the best product of four pairs found, and the "
    "best matrix of rank 4, in one scale of colours. "
    f"{circulant_approximation.described(errors)}.",
    caption="The trained block of the first world, and two approximations of half its bytes.",
    data=pictures,
)

# %%
key = "araujo2018.claims.{}".format
largest, fewest = theory.of_real_matrices(factorisations)
about = {"unit": "relative error", "tolerance": 1e-6, "reason": "counts as reached"}
notebook.record(key("any_transformation"), largest, **about)
about = {"unit": "pairs per order", "tolerance": 0, "reason": "a count of pairs"}
notebook.record(key("reasonable_number_of_factors"), fewest, **about)
gain, spread = circulant_approximation.capability(profile, seed)
about = {"unit": "relative error", "seeds": circulant_approximation.draws(profile)}
about |= {"tolerance": 0.03, "reason": "rounding can lead a search elsewhere"}
about["data"] = theory.data(profile, seed)
notebook.record(key("factors_add_capability"), gain, spread=spread, **about)
advantage = circulant_approximation.advantage(profile, seed)
key = "araujo2018.theory.{kind}.{column}"
notebook.record_frame(advantage, ["advantage"], key, **about)

# %% [markdown]
# ## What came out
#
# All real matrices of this page are reached by as many pairs as they have rows, up to a relative error of
# {glue:text}`araujo2018.claims.any_transformation:.0e`, also those that no draw gives. That speaks for the conjecture and
# proves nothing of larger orders. Of the largest order here the drawn ones need
# {glue:text}`araujo2018.claims.reasonable_number_of_factors:.2f` pairs a row, and from a half on nothing is saved.
#
# Twice the pairs lower the error of drawn matrices by {glue:text}`araujo2018.claims.factors_add_capability:.2f` on
# average. At equal bytes the pairs are {glue:text}`araujo2018.theory.random.advantage:+.2f` nearer to drawn matrices than
# low rank is, and {glue:text}`araujo2018.theory.trained.advantage:+.2f` nearer to the trained blocks (an error less is
# positive), meaned over 1 to 8 pairs; where the matrix has rank 4, it is
# {glue:text}`araujo2018.theory.low_rank.advantage:+.2f`. Most layers of the paper have $m = 1$, and one pair is far from
# all of these matrices. Such a layer can't stand in for a trained matrix. It is trained in its place from the start, and
# the other layers with it: whether that is enough, [Table 3](araujo2018_table_3) has to say.

# %%
notebook.ledger_rows()

# %% [markdown]
# ```{admonition} Exercise: why does one pair not do for a swap?
# :class: dropdown
# The matrix that swaps the first two of three values has three entries that differ from zero. So has $D C$ with
# $c = (1, 0, 0)$. Why is the swap not $D C$ for any $c$?
# *$D$ scales rows and moves nothing. A row of $C$ is the one above, shifted by one, so the places of the entries in
# $D C$ go to the right from row to row; in the swap they go back. Of two values the swap is itself a shift, and one pair
# is enough, as the table says.*
# ```

# %%
notebook.provenance()
