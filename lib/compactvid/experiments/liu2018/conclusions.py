"""Liu & Liu 2018, section 4: hidden size as the bottleneck, how many models to ensemble, fewer larger ones or more.

The plan, written before any of it was computed. Everything is computed in each world on its own; a claim has one number
a world, and is decided by the t interval of its mean over the worlds. What is chosen is chosen on validation videos;
what is reported, on test videos. GAP is that of each model's best averaged checkpoint. Learning rate and everything
else are the grid's.

`hidden_size_bottleneck`
    A line through the grid's models, GAP on log2 K and log2 H: the gain of doubling H minus that of doubling K.
    Doubling H costs more bytes, so this alone does not decide what to do with a limit; the next one does.
`clusters_for_hidden_size`
    At three byte levels a model of the grid with many clusters against one with a quarter of them and the hidden size
    that the freed bytes buy: the mean difference in favour of the second. Two controls could prove a "holds" empty or
    too wide: clusters must help at equal H (the line's gain of doubling K lies above 0), else there is nothing to trade
    in these worlds; and an eighth must be no worse than a quarter, else the trade has an end.
`three_to_four_models`
    Among ensembles within 1 GiB that take at least 95 % of the most that any with their number of models takes: the
    best of three or four on validation, against the best of any other number.
`not_always_more_models`
    Of all ways to replace one model of a full ensemble of three by two of its size (within 5 %), the one by which the
    three beat the four most on validation: by how much they do on test. One case suffices against "always".
`diminishing_boost`
    Over the same replacements: the gain of the two over the one on their own, minus that gain inside the ensemble. A
    part of this is dilution, since inside they are a part of the weight.
`reversed_order`
    The paper's example: the two beat the one on their own, yet lose to it inside the ensemble. The replacement with
    the largest smaller one of both margins on validation: that smaller margin on test. It holds if there is a case.

The difference worth finding is one fifteenth of the spread in GAP between the grid's largest and smallest model: in the
paper 0.0010 of 0.0150, by which K32-H1280 beats K100-H800, of about its size. The power of these tests is reckoned from
the standard deviations that the worlds show.
"""

from functools import cache

import numpy as np
import pandas as pd

from compactvid import papers
from compactvid.experiments import equal_bytes
from compactvid.experiments import full_ensembles as full
from compactvid.experiments import gated_netvlad_grid as grid
from compactvid.experiments.intervals import mean_and_half_width
from compactvid.experiments.power import detectable_difference, worlds_needed

PROFILES, data = {name: grid.SCALES[name] for name in equal_bytes.TRADES}, grid.data
USES = ("liu2018_table_1",)
OPTIMAL = (3, 4)
SHARE_WORTH_FINDING = 1 / 15
