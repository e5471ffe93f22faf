"""What moving places between provisions would free, given unit costs and what part of a cost stays behind."""

from collections.abc import Mapping, Sequence
from math import fsum, isnan

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from inklusion.measures._checks import checked_sizes

Move = tuple[str, str, float]

_ROUNDING = 1e-12


def moved_places(places: Mapping[str, float], moves: Sequence[Move]) -> dict[str, float]:
    r"""Compute the places of each provision after all moves, with the shares s of the moves out of and into it.

    .. math:: n_k - \sum_{from\ k} s \, n_k + \sum_{to\ k} s \, n_{from}

    Parameters
    ----------
    places : mapping from provision to float
        Full-year pupils at the start, n, 0 or more. NaN gives NaN wherever it enters.
    moves : sequence of (from, to, share)
        Each moves a share, 0-1, of the places that its first provision had *at the start*.

    Returns
    -------
    dict from provision to float
        Full-year pupils after the moves, in the order of `places`; never below 0, and adding up to what they did.

    Raises
    ------
    ValueError
        For a provision that `places` lacks, a move to itself, a share outside 0-1, shares out of one provision that
        add up to more than 1, or negative places.

    Notes
    -----
    All shares refer to the start, so the order of the moves does not matter: who is moved into a provision is not
    moved on. Places that move stay full-year pupils of the same length.

    References
    ----------
    Epinion and Brøndum & Fliess (2024), Analyse af almenområdet, figure 3.4.1 (shares of the places of one year).

    Examples
    --------
    >>> moved_places({"school": 100, "group": 200, "class": 0}, [("school", "group", 0.05), ("group", "class", 0.35)])
    {'school': 95.0, 'group': 135.0, 'class': 70.0}
    """
    start = _checked_places(places)
    _check_moves(start, moves)
    steps = {
        name: [number]
        + [-share * number for origin, _, share in moves if origin == name]
        + [share * start[origin] for origin, goal, share in moves if goal == name]
        for name, number in start.items()
    }
    # Shares that add up to 1 may leave a rounding error below 0.
    return {name: max(fsum(parts), 0.0) if not isnan(fsum(parts)) else float("nan") for name, parts in steps.items()}


def scenario_savings(
    places: Mapping[str, float],
    unit_costs: Mapping[str, float],
    moves: Sequence[Move],
    *,
    fixed_share: float | tuple[float, float] = 0.0,
    fixed_share_to: float = 0.0,
) -> pd.DataFrame:
    r"""Compute what each move would free: the cost left behind less the cost met.

    With m = share times places pupils moved, unit costs :math:`c_{from}, c_{to}`, and the fixed shares f of the cost
    that is left and g of the cost that is met

    .. math:: m (1 - f) c_{from} - m (1 - g) c_{to}

    Parameters
    ----------
    places : mapping from provision to float
        Full-year pupils at the start, 0 or more. NaN gives NaN.
    unit_costs : mapping from provision to float
        Cost per full-year pupil, 0 or more, any currency. NaN gives NaN for the moves that use it.
    moves : sequence of (from, to, share)
        As in `moved_places`.
    fixed_share : float or (low, high)
        Part of the unit cost, 0-1, that stays when a pupil leaves: buildings, management, a class half full. 0 is the
        average cost, an upper limit.
    fixed_share_to : float
        Part of the unit cost, 0-1, that is there already when a pupil comes. 0, the cautious choice, meets it in full.

    Returns
    -------
    DataFrame
        One row per move, in the order given: origin, destination, share, pupils, cost_difference (of the unit costs),
        saved_low (at the highest fixed share) and saved_high (at the lowest), in the currency. A negative amount is a
        cost. Columns add up to the whole scenario.

    Raises
    ------
    ValueError
        As `moved_places`; for a provision without unit cost, a negative unit cost, a fixed share outside 0-1, or a low
        above the high.

    Notes
    -----
    Assumes that who moves costs the average of the provision left and, from then on, of the provision met, and that
    moves do not change unit costs. Those easiest to move are usually cheaper than average, so this is too much. Fixed
    costs are counted on everybody who leaves, also where others come instead; that errs to the cautious side. Moving
    nobody frees exactly 0. Low and high are two assumptions, not an interval.

    References
    ----------
    Epinion and Brøndum & Fliess (2024), Analyse af almenområdet, note to figure 3.4.1 (difference in unit cost times
    pupils moved, f = g = 0) and section 3.1 (fixed costs).

    Examples
    --------
    Ten pupils from 500 to 300 each; with a quarter fixed, 375 in place of 500 is left behind.

    >>> table = scenario_savings({"a": 100, "b": 50}, {"a": 500, "b": 300}, [("a", "b", 0.1)], fixed_share=(0, 0.25))
    >>> table[["pupils", "cost_difference", "saved_low", "saved_high"]]
       pupils  cost_difference  saved_low  saved_high
    0    10.0            200.0      750.0      2000.0
    """
    low, high = fixed_share if isinstance(fixed_share, tuple) else (fixed_share, fixed_share)
    for name, part in (("fixed_share", low), ("fixed_share", high), ("fixed_share_to", fixed_share_to)):
        if not 0 <= part <= 1:
            raise ValueError(f"{name} is {part!r}; allowed is 0 to 1")
    if low > high:
        raise ValueError(f"fixed_share runs from {low!r} to {high!r}; allowed is the lowest first")
    table = _moved(places, moves)
    lacking = [name for name in (*table["origin"], *table["destination"]) if name not in unit_costs]
    if lacking:
        raise ValueError(f"unit_costs has no {lacking[0]!r}; it has {', '.join(map(repr, unit_costs))}")
    checked_sizes(list(unit_costs.values()), "unit_costs")
    left, met = (table[end].map(dict(unit_costs)).astype(np.float64) for end in ("origin", "destination"))
    table["cost_difference"] = left - met
    for column, fixed in (("saved_low", high), ("saved_high", low)):
        table[column] = table["pupils"] * ((1 - fixed) * left - (1 - fixed_share_to) * met)
    return table


def fixed_share(change_in_pupils: float, change_in_cost: float) -> float:
    r"""Compute the part of a cost that did not follow the pupils, 1 minus the elasticity :math:`\Delta c / \Delta n`.

    Parameters
    ----------
    change_in_pupils, change_in_cost : float
        Relative changes over one period, -0.19 for 19 % fewer; cost in fixed prices. NaN gives NaN.

    Returns
    -------
    float
        0 when the cost followed the pupils, 1 when it did not move. Below 0 it changed by more than the pupils, above 1
        the other way; then it is no share that `scenario_savings` accepts.

    Raises
    ------
    ValueError
        For no change in pupils.

    Notes
    -----
    All of the difference counts as fixed cost. Two totals cannot tell that from dearer care for those who remain, and
    what is fixed over three years may not be over ten: a rough guess from one episode, for a range.

    References
    ----------
    Epinion and Brøndum & Fliess (2024), Analyse af almenområdet, section 3.1 (19 % fewer pupils, 14 % lower cost).

    Examples
    --------
    1 - 14/19.

    >>> round(fixed_share(-0.19, -0.14), 3)
    0.263
    """
    if change_in_pupils == 0:
        raise ValueError("change_in_pupils is 0; allowed are numbers other than 0")
    return 1 - change_in_cost / change_in_pupils


def pupils_to_target(pupils_in_special: float, share_now: float, target_share: float) -> float:
    r"""Compute how many fewer pupils in special provision bring a share to a target, :math:`x (1 - p^* / p)`.

    Parameters
    ----------
    pupils_in_special : float
        Pupils in special provision now, x, 0 or more. NaN gives NaN.
    share_now : float
        Their share of all pupils, p, above 0 to 1.
    target_share : float
        The share wanted, 0-1.

    Returns
    -------
    float
        Pupils, not rounded; negative when the target is above the share now.

    Raises
    ------
    ValueError
        For a share outside its range, or a negative number of pupils.

    Notes
    -----
    The number of all pupils stays the same. A printed share is rounded, and the result leans on it: with 365 pupils and
    5 % wanted, 6 % gives 61, while 5.5 % gives 33 and 6.5 % gives 84.

    References
    ----------
    Epinion and Brøndum & Fliess (2024), Analyse af almenområdet, section 3.4 (from 6 to 5 %).

    Examples
    --------
    >>> round(pupils_to_target(365, 0.06, 0.05), 6)
    60.833333
    >>> round(pupils_to_target(365, 365 / 6083, 0.05), 6)
    60.85
    """
    number = float(checked_sizes(pupils_in_special, "pupils_in_special"))
    if not 0 < share_now <= 1:
        raise ValueError(f"share_now is {share_now!r}; allowed is above 0 to 1")
    if not 0 <= target_share <= 1:
        raise ValueError(f"target_share is {target_share!r}; allowed is 0 to 1")
    return number * (1 - target_share / share_now)


def calibrated_unit_costs(places: Mapping[str, float], moves: Sequence[Move], savings: ArrayLike) -> pd.DataFrame:
    r"""Compute the differences in unit cost that printed savings imply, :math:`d = S / (s n_{from})`.

    Calibration, not evidence: the differences are chosen so that `scenario_savings` without fixed cost gives back the
    printed savings. They say what the source must have used, not what a provision costs.

    Parameters
    ----------
    places : mapping from provision to float
        As in `moved_places`.
    moves : sequence of (from, to, share)
        As in `moved_places`.
    savings : array_like of float, shape (moves,)
        Printed saving of each move, S, any currency; negative is a cost. NaN gives NaN.

    Returns
    -------
    DataFrame
        One row per move: origin, destination, share, pupils, saved (as given) and cost_difference (per full-year
        pupil; NaN where nobody moves).

    Raises
    ------
    ValueError
        As `moved_places`; for an infinite saving, or savings that are not one per move.

    Notes
    -----
    Only differences are implied, never the unit costs themselves, and with fixed costs not even these. Rounding of the
    printed numbers goes into the result: of a saving printed as 1.6 a half of the last digit is 3 %.

    References
    ----------
    Epinion and Brøndum & Fliess (2024), Analyse af almenområdet, figure 3.4.1 (savings by move).

    Examples
    --------
    >>> table = calibrated_unit_costs({"a": 100, "b": 50}, [("a", "b", 0.1)], [2000])
    >>> table["cost_difference"].tolist()
    [200.0]
    """
    table = _moved(places, moves)
    amounts = np.ravel(np.asarray(savings, dtype=np.float64))
    if amounts.size != len(moves):
        raise ValueError(f"savings has {amounts.size} values for {len(moves)} moves; allowed is one per move")
    if np.isinf(amounts).any():
        raise ValueError("savings has an infinite value; allowed are finite numbers, or NaN")
    table["saved"] = amounts
    table["cost_difference"] = table["saved"] / table["pupils"].where(table["pupils"] > 0)
    return table


def _moved(places: Mapping[str, float], moves: Sequence[Move]) -> pd.DataFrame:
    """Return the moves and how many pupils each moves."""
    start = _checked_places(places)
    _check_moves(start, moves)
    table = pd.DataFrame(list(moves), columns=["origin", "destination", "share"]).astype({"share": np.float64})
    table["pupils"] = table["share"] * table["origin"].map(start).astype(np.float64)
    return table


def _checked_places(places: Mapping[str, float]) -> dict[str, float]:
    return dict(zip(places, checked_sizes(list(places.values()), "places").tolist(), strict=True))


def _check_moves(places: Mapping[str, float], moves: Sequence[Move]) -> None:
    """Raise ValueError for a move that cannot be made."""
    for origin, goal, share in moves:
        for name in (origin, goal):
            if name not in places:
                raise ValueError(f"a move names {name!r}; places has {', '.join(map(repr, places))}")
        if origin == goal:
            raise ValueError(f"a move goes from {origin!r} to itself; allowed are two different provisions")
        if not 0 <= share <= 1:
            raise ValueError(f"a move from {origin!r} has share {share!r}; allowed is 0 to 1")
    for origin in places:
        total = fsum(share for name, _, share in moves if name == origin)
        if total > 1 + _ROUNDING:
            raise ValueError(f"moves from {origin!r} add up to {total:g}; allowed is 1 at most")
