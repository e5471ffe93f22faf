"""Funnel limits around a reference share for units that differ beyond chance."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from inklusion.measures._checks import FloatArray, checked_pair, divided
from inklusion.measures.funnel import funnel_limits, overdispersion
from inklusion.measures.heterogeneity import random_effects_variance

Spread = Literal["multiplicative", "additive"]


def adjusted_funnel_limits(
    numerators: ArrayLike,
    denominators: ArrayLike,
    reference: float,
    *,
    confidence: float | Sequence[float] = (0.95, 0.998),
    winsorise: float = 0.1,
    spread: Spread = "multiplicative",
) -> pd.DataFrame:
    r"""Compute funnel limits around a reference share, widened by how much the units spread beyond chance.

    With the exact limits :math:`l` of `funnel_limits`, reference :math:`\theta` and an inflation f of 1 or more, the
    limits are, cut to 0-1,

    .. math:: \theta + f (l - \theta), \quad f = \sqrt{\max(\phi, 1)}

    with :math:`\phi` of `overdispersion`, the same for all units. ``spread="additive"`` takes
    :math:`f_i = \sqrt{1 + \tau^2 n_i / (\theta (1 - \theta))}` with :math:`\tau^2` of `random_effects_variance`.

    Parameters
    ----------
    numerators : array_like of whole numbers, shape (units,)
        Those counted per unit, x. A unit with NaN gets limits, and is left out of the spread.
    denominators : array_like of whole numbers, shape (units,)
        Persons per unit, n. NaN or 0 gives NaN limits.
    reference : float
        Share expected in every unit, :math:`\theta`, 0-1, both excluded.
    confidence : float or sequence of float
        Two-sided levels; 0.95 and 0.998 put 2.5 % and 0.1 % in each tail before the widening.
    winsorise : float
        Part of the units drawn in at each end before the spread is estimated, 0 to under 0.5.
    spread : {"multiplicative", "additive"}
        "multiplicative" widens all limits by one factor: large units differ less than small ones. "additive" lets the
        true shares have one variance: the limits never come nearer than that, however large the unit.

    Returns
    -------
    DataFrame
        Columns denominator, confidence, lower, upper (shares 0-1) and inflation (f; 1 where nothing was widened): all
        units at the first level, in the order given, then all units at the next. NaN when no unit is known (for
        "additive" fewer than two).

    Raises
    ------
    ValueError
        For a negative or broken count, numerator > denominator, an unknown spread, reference or confidence outside
        (0, 1), or winsorise outside 0-0.5.

    Notes
    -----
    One rule: wider when the winsorised :math:`\phi`, as it stands, exceeds 1; otherwise exactly `funnel_limits`. It
    needs no separate test of significance, for :math:`\phi` winsorised by 0.1 is about 0.68 in control: of 98 units
    in control it exceeds 1 in 0.5 % of draws, of ten in 14 %. For the same reason the funnel is narrower than one of
    all the units' spread, on purpose: with normal true differences far beyond chance about 12 % lie outside the 95 %
    limits. The published limits are normal, :math:`\theta \pm z \sqrt{\phi \theta (1 - \theta) / n}`; these keep
    the skewness of the exact ones, do not jump at :math:`\phi = 1`, and meet the published ones in large units.
    Widening says that units differ, not why, and hides no unit: show both funnels, or say which one is shown.

    References
    ----------
    Spiegelhalter (2005), Statist. Med. 24:1185-1202 (over-dispersion, multiplicative); Spiegelhalter (2005), Qual.
    Saf. Health Care 14:347-351 (additive random effects).

    Examples
    --------
    The standard error of a hundred at one half is 0.05: z = -2 and 2, phi = 4, and the limits lie twice as far out.

    >>> wide = adjusted_funnel_limits([40, 60], [100, 100], 0.5, confidence=0.95, winsorise=0)
    >>> exact = funnel_limits([100, 100], 0.5, confidence=0.95)
    >>> ((wide["upper"] - 0.5) / (exact["upper"] - 0.5)).round(6).tolist()
    [2.0, 2.0]
    """
    parts, wholes = (np.ravel(counts) for counts in checked_pair(numerators, denominators))
    limits = funnel_limits(wholes, reference, confidence=confidence)
    inflation = np.tile(_inflation(parts, wholes, reference, winsorise, spread), np.size(confidence))
    for edge in ("lower", "upper"):
        exact = limits[edge].to_numpy()
        limits[edge] = np.clip(exact + (inflation - 1) * (exact - reference), 0, 1)
    return limits.assign(inflation=inflation)


def _inflation(parts: FloatArray, wholes: FloatArray, theta: float, winsorise: float, spread: Spread) -> FloatArray:
    """How many times as far from the reference each unit's limits lie."""
    if spread == "multiplicative":
        phi = overdispersion(parts, wholes, theta, winsorise=winsorise)
        return np.full(wholes.shape, np.sqrt(np.maximum(phi, 1)))
    if spread != "additive":
        raise ValueError(f"spread is {spread!r}; allowed are 'multiplicative' and 'additive'")
    chance = divided(np.full(wholes.shape, theta * (1 - theta)), wholes)
    between = random_effects_variance(divided(parts, wholes), chance, winsorise=winsorise)
    return np.asarray(np.sqrt(1 + between / chance))
