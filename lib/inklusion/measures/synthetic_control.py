"""One treated unit against a weighted mean of others that followed it before, with each other unit as a placebo.

scipy is imported inside a function: it costs about 0.6 s.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from inklusion.measures._checks import FloatArray
from inklusion.measures._panel import before_start, checked_panel, verdict_of

LEAST_BEFORE = 2
LEAST_DONORS = 2

_ROUNDING = 1e-9


class SyntheticControl(NamedTuple):
    """Effect, fit before, ratio, p-value, attainable level, verdict; weights, path and placebos as tables; left out."""

    effect: float
    before_error: float
    ratio: float
    p_value: float
    attainable: float
    verdict: str
    weights: pd.DataFrame
    path: pd.DataFrame
    placebos: pd.DataFrame
    left_out: int


def synthetic_control(
    outcome: ArrayLike, unit: ArrayLike, period: ArrayLike, treated_unit: object, *, start: float
) -> SyntheticControl:
    r"""Estimate the effect on one treated unit by a synthetic control, with placebo inference.

    .. math:: \hat w = \arg\min_{w \ge 0, \sum w = 1} \sum_{t < s} \Big(y_{1t} - \sum_j w_j y_{jt}\Big)^2, \quad
        g_t = y_{1t} - \sum_j \hat w_j y_{jt}

    for the start s. The effect is the mean of g from s on. Each other unit is then taken as treated, with the rest of
    them as donors; with :math:`R_j` the root mean square of g from s on over that before, the p-value is the share of
    all units with :math:`R_j \ge R_1`. A perfect fit before has an infinite ratio.

    Parameters
    ----------
    outcome : array_like of float, shape (rows,)
        Outcome, any unit; rows of one unit and period are averaged. A row with NaN in anything is left out.
    unit : array_like, shape (rows,)
        Unit, such as the municipality. One that lacks a period is left out and counted.
    period : array_like of numbers, shape (rows,)
        Period.
    treated_unit : object
        The unit that was treated.
    start : float
        First period with treatment.

    Returns
    -------
    SyntheticControl
        effect and before_error, the root mean square of g before (unit); ratio, :math:`R_1`; p_value; attainable, one
        over the number of units; verdict: "kun beskrivelse" when that is over 0.05. weights: unit and weight, largest
        first; path: period, after, observed, synthetic and gap; placebos: a row per unit, the treated first, with unit,
        before_error, after_error, ratio and effect; left_out, units.

    Raises
    ------
    ValueError
        As `difference_in_differences`; for a treated unit that is not there or lacks a period, fewer than two periods
        before the start, or fewer than two other units.

    Notes
    -----
    Says something only if the fit before is good: compare before_error with the effect. Weights are fitted to the
    outcome alone; with as many donors as periods before, or more, several sets of weights can fit as well, and the fit
    is too good to be true. Units that did something similar themselves do not belong among the donors. The p-value
    assumes that any unit might as well have been treated.

    References
    ----------
    Abadie, Diamond and Hainmueller (2010), J. Amer. Statist. Assoc. 105:493-505 (ratios: section 3.4); Lawson and
    Hanson (1974), Solving Least Squares Problems, ch. 23 (non-negative least squares).

    Examples
    --------
    A lies half way between B and C before, and 3 above that after.

    >>> y = [[1, 2, 6], [0, 2, 2], [2, 2, 4], [9, 9, 9]]
    >>> found = synthetic_control(y, np.repeat(list("abcd"), 3), [1, 2, 3] * 4, "a", start=3)
    >>> found.weights.round(6).to_dict("list"), round(found.effect, 6), found.attainable
    ({'unit': ['b', 'c', 'd'], 'weight': [0.5, 0.5, 0.0]}, 3.0, 0.25)
    """
    units = np.ravel(np.asarray(unit))
    panel = checked_panel(outcome, units, period, (pd.Series(units) == treated_unit).to_numpy())
    before = before_start(panel.periods, start)
    donors = np.flatnonzero(~panel.treated)
    if before.sum() < LEAST_BEFORE or donors.size < LEAST_DONORS:
        raise ValueError(
            f"{before.sum()} periods before the start and {donors.size} other units can be used; "
            f"allowed are {LEAST_BEFORE} and {LEAST_DONORS} or more"
        )
    treated = int(np.flatnonzero(panel.treated)[0])
    chosen = _weights(panel.values[treated], panel.values[donors], before)
    gap = panel.values[treated] - chosen @ panel.values[donors]
    size = float(np.abs(panel.values).max())
    rows = [_summary(panel.names[treated], gap, before, size)]
    for donor in donors:
        rest = donors[donors != donor]
        placebo = panel.values[donor] - _weights(panel.values[donor], panel.values[rest], before) @ panel.values[rest]
        rows.append(_summary(panel.names[donor], placebo, before, size))
    placebos = pd.DataFrame(rows)
    ratio, attainable = float(placebos["ratio"].iloc[0]), 1 / len(placebos)
    weights = pd.DataFrame({"unit": [panel.names[donor] for donor in donors], "weight": chosen})
    weights = weights.sort_values("weight", ascending=False, kind="stable", ignore_index=True)
    observed = panel.values[treated]
    path = {"period": panel.periods, "after": ~before, "observed": observed, "synthetic": observed - gap, "gap": gap}
    return SyntheticControl(
        float(gap[~before].mean()),
        float(placebos["before_error"].iloc[0]),
        ratio,
        float((placebos["ratio"] >= ratio).mean()),
        attainable,
        verdict_of(attainable),
        weights,
        pd.DataFrame(path),
        placebos,
        panel.left_out,
    )


def _weights(target: FloatArray, donors: FloatArray, before: NDArray[np.bool_]) -> FloatArray:
    """Return non-negative weights with sum 1 and the least squares before the start."""
    from scipy.optimize import nnls

    # With sum 1 the error is w'(donors - target). For v = s w, |s w'D|^2 + (s - 1)^2 is least over s at q / (1 + q)
    # with q = |w'D|^2, so non-negative v without a condition on its sum give the same w.
    apart = (donors - target)[:, before].T
    apart = apart / (np.sqrt((apart**2).sum(axis=0)).mean() or 1.0)
    found, _ = nnls(np.vstack([apart, np.ones(len(donors))]), np.append(np.zeros(len(apart)), 1.0))
    return np.asarray(found / found.sum())


def _error(gap: FloatArray, size: float) -> float:
    """Root mean square, exactly 0 where it is nothing but rounding: ratios of rounding errors would be noise."""
    error = float(np.sqrt((gap**2).mean()))
    return error if error > _ROUNDING * size else 0.0


def _summary(name: object, gap: FloatArray, before: NDArray[np.bool_], size: float) -> dict[str, object]:
    early, late = (_error(gap[side], size) for side in (before, ~before))
    ratio = late / early if early else np.inf if late else 0.0
    return {"unit": name, "before_error": early, "after_error": late, "ratio": ratio, "effect": gap[~before].mean()}
