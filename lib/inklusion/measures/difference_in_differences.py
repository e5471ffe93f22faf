"""Treated clusters against others, before and after: the effect, the trends before, and the effect period by period.

scipy.stats is imported inside functions: it costs about 0.6 s.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from inklusion.measures._checks import checked_fraction
from inklusion.measures._panel import (
    ASSESSABLE,
    COARSEST_LEVEL,
    DESCRIPTION_ONLY,
    attainable_level,
    before_start,
    checked_panel,
    compared,
)


class DifferenceInDifferences(NamedTuple):
    """Effect with error, degrees, limits and p-value; clusters; attainable level; verdict with reasons; the means."""

    effect: float
    standard_error: float
    degrees: float
    lower: float
    upper: float
    p_value: float
    treated: int
    others: int
    left_out: int
    attainable: float
    verdict: str
    reasons: tuple[str, ...]
    means: pd.DataFrame


class PreTrend(NamedTuple):
    """Difference of the slopes before the start with error, degrees, limits, p-value; what it would add up to; held."""

    slope: float
    standard_error: float
    degrees: float
    lower: float
    upper: float
    p_value: float
    implied: float
    periods: int
    held: bool | None


def difference_in_differences(
    outcome: ArrayLike,
    cluster: ArrayLike,
    period: ArrayLike,
    treated: ArrayLike,
    *,
    start: float,
    randomised: bool = False,
    confidence: float = 0.95,
) -> DifferenceInDifferences:
    r"""Estimate the two-way difference-in-differences of clusters, with an interval that holds with few clusters.

    With :math:`\bar y_{ct}` the mean of cluster c in period t, and :math:`d_c` the mean of :math:`\bar y_{ct}` over the
    periods from the start on minus that over those before

    .. math:: \hat\delta = \bar d_1 - \bar d_0, \quad SE^2 = s_1^2 / n_1 + s_0^2 / n_0, \quad
        \nu = \frac{(1/n_1 + 1/n_0)^2}{1/(n_1^2 (n_1 - 1)) + 1/(n_0^2 (n_0 - 1))}

    for :math:`n_1` treated and :math:`n_0` other clusters with variances s of d. That is the coefficient of treated
    times after in least squares on :math:`\bar y_{ct}` with an effect for each cluster and period, with Bell and
    McCaffrey's CR2 error and Satterthwaite degrees; limits are :math:`\hat\delta \pm t_\nu SE`.

    Parameters
    ----------
    outcome : array_like of float, shape (rows,)
        Outcome, any unit; several rows of a cluster in a period are averaged. A row with NaN in anything is left out.
    cluster : array_like, shape (rows,)
        Cluster that was treated or not as a whole, such as the school.
    period : array_like of numbers, shape (rows,)
        Period. A cluster without rows in one of the periods is left out and counted.
    treated : array_like of 0 or 1, shape (rows,)
        Whether the cluster is ever treated; one answer per cluster. All treated start in the same period.
    start : float
        First period with treatment.
    randomised : bool
        Whether the treated were drawn by lot; trends before the start are then not needed for the verdict.
    confidence : float
        Two-sided confidence level, 0-1.

    Returns
    -------
    DifferenceInDifferences
        effect, standard_error, lower, upper (unit); degrees; p_value (two-sided, of no effect); all but the effect NaN
        with one cluster in a group. treated, others, left_out: clusters. attainable: smallest p-value of
        `randomisation_inference`. verdict: "kun beskrivelse" when attainable is over 0.05, and, unless randomised,
        when `pre_trend` is not held or cannot be examined; else "effekten kan vurderes". reasons: codes in English,
        none when assessable. means: a row per group and time with group, time, mean and clusters.

    Raises
    ------
    ValueError
        For inputs of different lengths, an infinite outcome, treated not one of 0 and 1 per cluster, no cluster with
        every period in a group, no period before or after the start, or confidence outside (0, 1).

    Notes
    -----
    Assumes that without treatment both groups would have changed alike, and independent clusters. Each cluster weighs
    the same, however large. Differing variances of the groups make the level approximate when the numbers of clusters
    differ much. Not for clusters that start at different times.

    References
    ----------
    Bell and McCaffrey (2002), Survey Methodology 28:169-181; Imbens and Kolesar (2016), Rev. Econ. Statist.
    98:701-712 (degrees); Pustejovsky and Tipton (2018), J. Bus. Econ. Statist. 36:672-683 (effects of clusters).

    Examples
    --------
    Changes 3 and 5 against 0 and 2: 4 - 1, with SE^2 = 2/2 + 2/2 and 2 degrees.

    >>> rows = [[0, 3], [0, 5], [1, 1], [1, 3]], np.repeat(list("abcd"), 2), [1, 2] * 4, np.repeat([1, 1, 0, 0], 2)
    >>> found = difference_in_differences(*rows, start=2)
    >>> found.effect, round(found.standard_error, 4), round(found.degrees, 6), round(found.attainable, 4), found.verdict
    (3.0, 1.4142, 2.0, 0.3333, 'kun beskrivelse')
    """
    level = checked_fraction(confidence, "confidence")
    panel = checked_panel(outcome, cluster, period, treated)
    before = before_start(panel.periods, start)
    sides = panel.values[:, before].mean(axis=1), panel.values[:, ~before].mean(axis=1)
    found = compared(sides[1] - sides[0], panel.treated, level)
    counts = int(panel.treated.sum()), int((~panel.treated).sum())
    attainable = attainable_level(*counts)
    reasons = ["too few clusters: the attainable level is coarser than 5 %"] if attainable > COARSEST_LEVEL else []
    if not randomised:
        held = pre_trend(outcome, cluster, period, treated, start=start).held
        if held is None:
            reasons.append("trends before the start cannot be examined")
        elif not held:
            reasons.append("trends differed before the start")
    rows = [
        {"group": name, "time": time, "mean": float(side[chosen].mean()), "clusters": int(chosen.sum())}
        for name, chosen in (("treated", panel.treated), ("others", ~panel.treated))
        for time, side in zip(("before", "after"), sides, strict=True)
    ]
    verdict = DESCRIPTION_ONLY if reasons else ASSESSABLE
    return DifferenceInDifferences(
        *found, *counts, panel.left_out, attainable, verdict, tuple(reasons), pd.DataFrame(rows)
    )


def pre_trend(
    outcome: ArrayLike,
    cluster: ArrayLike,
    period: ArrayLike,
    treated: ArrayLike,
    *,
    start: float,
    level: float = 0.05,
    confidence: float = 0.95,
) -> PreTrend:
    r"""Test whether treated and other clusters had the same slope before the start.

    A slope :math:`b_c` is fitted to the means of each cluster in the periods before the start; the groups' mean slopes
    are compared as the changes are in `difference_in_differences`, with the same error and degrees.

    Parameters
    ----------
    outcome, cluster, period, treated, start, confidence
        As in `difference_in_differences`.
    level : float
        P-value under which the trends did differ, 0-1.

    Returns
    -------
    PreTrend
        slope, standard_error, lower, upper (unit per period, treated minus others); degrees; p_value; implied, the
        slope times the distance of the mean period after from the mean period before: what such a slope alone would
        add to the effect; periods, those before; held: whether p_value is at least `level`, None when it is unknown.
        With one period before, all but periods is NaN or None; with one cluster in a group slope and implied are known.

    Raises
    ------
    ValueError
        As `difference_in_differences`, or for a level outside (0, 1).

    Notes
    -----
    One degree of freedom, for a steady difference; jumps are seen in `event_study`. Few clusters and periods cannot
    show a difference that matters: compare `implied` and the limits with the effect. Held is not the same as equal,
    and estimates that passed such a test are no longer quite unbiased.

    References
    ----------
    Roth (2022), Amer. Econ. Rev.: Insights 4:305-322; Bell and McCaffrey (2002), Survey Methodology 28:169-181.

    Examples
    --------
    Slopes 1 and 3 against 0 and 0: 2, with SE^2 = 2/2; the mean period after is 1.5 later.

    >>> y = [[0, 1, 9], [0, 3, 9], [1, 1, 1], [1, 1, 3]]
    >>> found = pre_trend(y, np.repeat(list("abcd"), 3), [1, 2, 3] * 4, np.repeat([1, 1, 0, 0], 3), start=3)
    >>> round(found.slope, 6), round(found.standard_error, 6), round(found.implied, 6), found.held
    (2.0, 1.0, 3.0, True)
    """
    chosen, allowed = checked_fraction(confidence, "confidence"), checked_fraction(level, "level")
    panel = checked_panel(outcome, cluster, period, treated)
    before = before_start(panel.periods, start)
    when = panel.periods[before]
    if when.size < 2:
        nan = float("nan")
        return PreTrend(nan, nan, nan, nan, nan, nan, nan, int(when.size), None)
    away = when - when.mean()
    found = compared(panel.values[:, before] @ away / (away @ away), panel.treated, chosen)
    implied = found.effect * float(panel.periods[~before].mean() - when.mean())
    held = None if np.isnan(found.p_value) else found.p_value >= allowed
    return PreTrend(*found, implied, int(when.size), held)


def event_study(
    outcome: ArrayLike,
    cluster: ArrayLike,
    period: ArrayLike,
    treated: ArrayLike,
    *,
    start: float,
    confidence: float = 0.95,
) -> pd.DataFrame:
    r"""Estimate the difference of the groups in each period, relative to the last period before the start.

    .. math:: \hat\delta_t = \overline{(y_{ct} - y_{cr})}_1 - \overline{(y_{ct} - y_{cr})}_0

    with r the last period before the start, and error and degrees as in `difference_in_differences`.

    Parameters
    ----------
    outcome, cluster, period, treated, start, confidence
        As in `difference_in_differences`.

    Returns
    -------
    DataFrame
        A row per period in order: period, after (bool), estimate, standard_error, degrees, lower, upper and p_value;
        0 and then NaN for the reference period.

    Raises
    ------
    ValueError
        As `difference_in_differences`.

    Notes
    -----
    The limits are for one period at a time; of 20 periods without a difference one lies outside on average. All
    estimates share the reference period, so a chance value in it moves all of them together.

    References
    ----------
    Jacobson, LaLonde and Sullivan (1993), Amer. Econ. Rev. 83:685-709; as `difference_in_differences`.

    Examples
    --------
    >>> y = [[0, 1, 9], [0, 3, 9], [1, 1, 1], [1, 1, 3]]
    >>> found = event_study(y, np.repeat(list("abcd"), 3), [1, 2, 3] * 4, np.repeat([1, 1, 0, 0], 3), start=3)
    >>> found[["period", "after", "estimate", "standard_error"]]
       period  after  estimate  standard_error
    0     1.0  False      -2.0        1.000000
    1     2.0  False       0.0             NaN
    2     3.0   True       6.0        1.414214
    """
    level = checked_fraction(confidence, "confidence")
    panel = checked_panel(outcome, cluster, period, treated)
    before = before_start(panel.periods, start)
    reference = int(before.sum()) - 1
    found = pd.DataFrame(
        [compared(column - panel.values[:, reference], panel.treated, level) for column in panel.values.T]
    ).rename(columns={"effect": "estimate"})
    found.loc[reference, found.columns != "estimate"] = np.nan
    found.insert(0, "period", panel.periods)
    found.insert(1, "after", ~before)
    return found
