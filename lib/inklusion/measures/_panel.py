"""Shared by the comparisons over time: clusters by periods, and the difference of two groups of clusters."""

import math
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from inklusion.measures._checks import FloatArray

DESCRIPTION_ONLY = "kun beskrivelse"
ASSESSABLE = "effekten kan vurderes"
COARSEST_LEVEL = 0.05


class Panel(NamedTuple):
    """Means, clusters by periods; whether a cluster is treated; periods and clusters in order; clusters left out."""

    values: FloatArray
    treated: NDArray[np.bool_]
    periods: FloatArray
    names: list[object]
    left_out: int


class Compared(NamedTuple):
    """Difference of two groups of clusters with standard error, degrees, limits and p-value."""

    effect: float
    standard_error: float
    degrees: float
    lower: float
    upper: float
    p_value: float


def checked_panel(outcome: ArrayLike, cluster: ArrayLike, period: ArrayLike, treated: ArrayLike) -> Panel:
    """Return the mean of each cluster in each period; clusters lacking a period are left out and counted."""
    parts = {"cluster": cluster, "period": period, "treated": treated}
    rows = pd.DataFrame({"outcome": np.ravel(np.asarray(outcome, dtype=np.float64))})
    for name, part in parts.items():
        values = np.ravel(np.asarray(part)) if name != "treated" else np.ravel(np.asarray(part, dtype=np.float64))
        if values.size != len(rows):
            raise ValueError(f"{name} has {values.size} values for {len(rows)} outcomes; allowed is one per outcome")
        rows[name] = values
    if np.isinf(rows["outcome"]).any():
        raise ValueError("outcome has an infinite value; allowed are finite numbers, or NaN")
    rows = rows.dropna()
    if not rows["treated"].isin([0, 1]).all() or (rows.groupby("cluster")["treated"].nunique() > 1).any():
        raise ValueError("treated is not 0 or 1 in every row of a cluster; allowed is one answer per cluster")
    table = rows.pivot_table(index="cluster", columns="period", values="outcome", aggfunc="mean")
    whole = table.dropna()
    group = rows.groupby("cluster")["treated"].first().reindex(whole.index).to_numpy() == 1
    if not group.any() or group.all():
        raise ValueError(
            f"{group.sum()} treated and {(~group).sum()} other clusters have every period; allowed is 1 or more of each"
        )
    periods = table.columns.to_numpy(dtype=np.float64)
    return Panel(whole.to_numpy(), group, periods, list(whole.index), len(table) - len(whole))


def before_start(periods: FloatArray, start: float) -> NDArray[np.bool_]:
    """Return which periods are before the start; raise ValueError unless there are some on both sides."""
    before = periods < start
    if not before.any() or before.all():
        raise ValueError(
            f"start is {start:g} with periods {periods.min():g} to {periods.max():g}; allowed is one with periods "
            "both before it and from it on"
        )
    return before


def compared(numbers: FloatArray, treated: NDArray[np.bool_], level: float) -> Compared:
    """Difference of the groups' means with CR2 error and Bell and McCaffrey's degrees, a number per cluster."""
    from scipy.stats import t

    one, two = numbers[treated], numbers[~treated]
    effect = float(one.mean() - two.mean())
    if min(one.size, two.size) < 2:
        return Compared(effect, *[math.nan] * 5)
    error = math.sqrt(float(one.var(ddof=1)) / one.size + float(two.var(ddof=1)) / two.size)
    spread = 1 / (one.size**2 * (one.size - 1)) + 1 / (two.size**2 * (two.size - 1))
    degrees = (1 / one.size + 1 / two.size) ** 2 / spread
    reach = float(t.ppf((1 + level) / 2, degrees)) * error
    ratio = abs(effect) / error if error else math.inf if effect else 0.0
    return Compared(effect, error, degrees, effect - reach, effect + reach, float(2 * t.sf(ratio, degrees)))


def attainable_level(treated: int, others: int) -> float:
    """Smallest two-sided p-value when the treated clusters could have been any: swapping equal groups is as extreme."""
    return (2 if treated == others else 1) / math.comb(treated + others, treated)


def verdict_of(attainable: float) -> str:
    """Return whether the design can show an effect at the level of 5 %."""
    return DESCRIPTION_ONLY if attainable > COARSEST_LEVEL else ASSESSABLE
