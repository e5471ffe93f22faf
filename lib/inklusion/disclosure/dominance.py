"""Dominance: whether a sum of money would give one contributor away."""

from collections.abc import Sequence

import numpy as np

from inklusion.disclosure.rule import Rule
from inklusion.errors import DisclosureError


def is_dominated(amounts: Sequence[float], rule: Rule) -> bool:
    """Whether a sum must be hidden because few contributors make up most of it.

    The (n, k) rule: the ``n`` largest hold more than the share ``k`` of the sum. The p% rule: the second largest
    could estimate the largest to within the share ``p``, because all the others together hold less than ``p`` times
    the largest. Either is enough; so is having fewer contributors than the threshold.

    Parameters
    ----------
    amounts
        What each contributor adds to the sum; signs are ignored, as in the source.
    rule
        Gives the threshold, ``dominance`` (n, k) and ``p_percent``.

    Raises
    ------
    DisclosureError
        When an amount is missing.

    References
    ----------
    Hundepool A. and others (2012). Statistical Disclosure Control. Wiley, section 4.2.2.

    Examples
    --------
    >>> from inklusion.disclosure.rule import REGISTER
    >>> is_dominated([80, 10, 5, 3, 2], REGISTER)  # two of them hold 90 %
    True
    >>> is_dominated([20, 20, 20, 20, 20], REGISTER)
    False
    """
    sizes = np.sort(np.abs(np.asarray(amounts, dtype=float)))[::-1]
    if np.isnan(sizes).any():
        raise DisclosureError(
            "A sum of money has a missing contribution: leave the contributor out or give the amount."
        )
    contributing = sizes[sizes > 0]
    if not len(contributing):
        return False
    largest, share = rule.dominance
    holds_most = contributing[:largest].sum() > share * contributing.sum()
    is_estimated = contributing[2:].sum() < rule.p_percent * contributing[0]
    return bool(len(contributing) < rule.threshold or holds_most or is_estimated)
