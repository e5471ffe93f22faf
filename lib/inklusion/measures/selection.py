"""Who was chosen for a programme and who remained: expected regression to the mean, and attrition in counts.

scipy is imported inside a function: it costs about 0.6 s.
"""

import math
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike


class RegressionToMean(NamedTuple):
    """Expected means before and after without any effect, their difference, and the share chosen."""

    before: float
    after: float
    change: float
    share: float


def regression_to_the_mean(
    mean: float, deviation: float, correlation: float, *, cutoff: float | None = None, chosen: float | None = None
) -> RegressionToMean:
    r"""Compute how much persons chosen for low scores would rise with no effect at all.

    .. math::
        E(\text{before}) = \mu - \sigma \phi(z) / \Phi(z), \quad z = (c - \mu) / \sigma, \quad
        E(\text{after}) = \mu + \rho \, (E(\text{before}) - \mu)

    Parameters
    ----------
    mean, deviation : float
        Mean and SD of the score among all who could have been chosen, same before and after; any unit.
    correlation : float
        Correlation of the score with itself at the time of the second measurement, -1 to 1.
    cutoff : float, optional
        c: those under it are chosen. Or, in its place,
    chosen : float, optional
        the mean before of those chosen, as observed.

    Returns
    -------
    RegressionToMean
        before, after, change (unit; after minus before) and share, of all, under the cutoff (NaN with `chosen`).

    Raises
    ------
    ValueError
        For deviation 0 or less, a correlation outside -1 to 1, or not exactly one of cutoff and chosen.

    Notes
    -----
    With a cutoff assumes a normal score; with `chosen` only that after is a straight line in before. Take mean, SD and
    correlation from pupils outside the programme: the correlation among those chosen is too low. The change observed
    less this one is not an effect either, for the same reasons as in `paired_change`.

    References
    ----------
    Davis (1976), Amer. J. Epidemiol. 104:493-498; Barnett, van der Pols and Dobson (2005), Int. J. Epidemiol.
    34:215-220.

    Examples
    --------
    The lower half: 10 * 0.7979 under 50 before, and half of that after.

    >>> found = regression_to_the_mean(50, 10, 0.5, cutoff=50)
    >>> round(found.before, 2), round(found.change, 2), found.share
    (42.02, 3.99, 0.5)
    """
    from scipy.stats import norm

    if not deviation > 0 or not -1 <= correlation <= 1:
        raise ValueError(f"deviation {deviation!r}, correlation {correlation!r}; allowed are above 0, and -1 to 1")
    if (cutoff is None) == (chosen is None):
        raise ValueError("cutoff and chosen are both given or both lacking; allowed is one of them")
    share = math.nan
    if chosen is None:
        z = ((cutoff if cutoff is not None else math.nan) - mean) / deviation
        share = float(norm.cdf(z))
        chosen = mean - deviation * float(np.exp(norm.logpdf(z) - norm.logcdf(z)))
    after = mean + correlation * (chosen - mean)
    return RegressionToMean(chosen, after, after - chosen, share)


def attrition(before: ArrayLike, after: ArrayLike, group: ArrayLike) -> pd.DataFrame:
    """Count who has a value before, after, both or neither, per group.

    Parameters
    ----------
    before, after : array_like of float, shape (persons,)
        Values by position; only whether there is one (not NaN) counts.
    group : array_like, shape (persons,)
        Group of the person. A person without one is counted in the row of all only.

    Returns
    -------
    DataFrame
        A row per group in sorted order and a last one with group "all": group, listed, both, only_before (dropped
        out), only_after (came later) and neither; whole numbers, the last four of which sum to listed.

    Raises
    ------
    ValueError
        For inputs of different lengths, or a group called "all".

    Notes
    -----
    Counts of persons, which can be small: a disclosure rule is for the caller. Few who drop out in both groups does
    not make the rest alike; who they were before is to be looked at too.

    References
    ----------
    Schulz, Altman and Moher (2010), BMJ 340:c332 (CONSORT, the flow of participants).

    Examples
    --------
    >>> nan = float("nan")
    >>> attrition([1, 1, nan, nan], [2, nan, 2, nan], ["a", "a", "a", "b"])
      group  listed  both  only_before  only_after  neither
    0     a       3     1            1           1        0
    1     b       1     0            0           0        1
    2   all       4     1            1           1        1
    """
    first, second = (~np.isnan(np.ravel(np.asarray(part, dtype=np.float64))) for part in (before, after))
    names = pd.Series(np.ravel(np.asarray(group, dtype=object)))
    if not first.size == second.size == len(names):
        raise ValueError(
            f"{second.size} values after and {len(names)} groups are given for {first.size} before; "
            "allowed is one of each per person"
        )
    if (names == "all").any():
        raise ValueError("group has a group called 'all'; allowed are other names")
    kinds = {"both": first & second, "only_before": first & ~second, "only_after": ~first & second}
    counts = pd.DataFrame({"listed": np.ones(first.size, bool)} | kinds | {"neither": ~(first | second)}).astype(int)
    table = counts.groupby(names).sum()
    table.loc["all"] = counts.sum()
    return table.rename_axis("group").reset_index()
