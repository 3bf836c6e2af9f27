"""Average precision of one ranked list, the same number whatever the order of equal scores."""

import numpy as np


def expected_average_precision(hit_scores: np.ndarray, miss_scores: np.ndarray, num_positives: int) -> float:
    r"""Average precision of a list of scored predictions, expected over all orders of equal scores.

    Average precision is the sum of the precision at each hit, divided by the number of positives. If scores tie, it
    depends on the order in which the tied predictions happen to stand. We return its mean over all these orders, each
    as likely as any other, which has a closed form.

    Take a group of :math:`t` equal scores of which :math:`h` are hits, with :math:`r` predictions before it of which
    :math:`c` are hits. Its position :math:`j = 1 \dots t` holds a hit with probability :math:`h / t`. If it does, the
    other :math:`h - 1` hits are spread evenly over the other :math:`t - 1` positions, so that :math:`(j - 1) q` of them
    are expected before it, with :math:`q = (h - 1) / (t - 1)`. The expected precision at such a hit is
    :math:`(c + 1 + (j - 1) q) / (r + j)`, and the group adds

    .. math:: \frac{h}{t} \sum_{j=1}^{t} \frac{c + 1 + (j - 1) q}{r + j}
              = \frac{h}{t} \Bigl( q t + \bigl(c + 1 - q (r + 1)\bigr) \sum_{j=1}^{t} \frac{1}{r + j} \Bigr).

    For :math:`t = 1` it is the usual :math:`(c + 1) / (r + 1)`, with :math:`q = 0`. A mean, the result lies between the
    smallest and the largest value that any order can give; a perfect list gives exactly 1.

    Parameters
    ----------
    hit_scores : array of shape (hits,)
        Scores of the predictions that are right.
    miss_scores : array of shape (misses,)
        Scores of the predictions that are wrong.
    num_positives : int
        Number of positive labels, at least 1 and at least the number of hits: those that were never predicted count.

    Returns
    -------
    float in [0, 1]; 0 if nothing was hit.
    """
    groups, hits = np.unique(hit_scores, return_counts=True)  # a group without a hit adds nothing
    if groups.size == 0:
        return 0.0
    groups, hits = groups[::-1], hits[::-1]
    listed = np.concatenate([hit_scores, miss_scores])
    listed.sort()
    before = listed.size - np.searchsorted(listed, groups, side="right")
    through = listed.size - np.searchsorted(listed, groups, side="left")
    hits_before = np.cumsum(hits) - hits

    reciprocals = np.arange(1.0, listed.size + 2)
    np.reciprocal(reciprocals, out=reciprocals)
    # reduceat sums from each boundary to the next: every other sum belongs to a group, the rest to what lies between.
    reciprocal_sums = np.add.reduceat(reciprocals, np.column_stack([before, through]).ravel())[::2]

    size = through - before
    slope = np.divide(hits - 1, size - 1, out=np.zeros(hits.size), where=size > 1)
    added = hits / size * (slope * size + (hits_before + 1 - slope * (before + 1)) * reciprocal_sums)
    return float(added.sum() / num_positives)
