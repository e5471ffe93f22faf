"""Spending over time: fixed prices, price and volume indices, and growth split into volume, mix and price."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from inklusion.measures._checks import FloatArray, checked_sizes

IndexMethod = Literal["laspeyres", "paasche", "fisher"]
SplitMethod = Literal["bennet", "laspeyres", "paasche", "fisher"]

TOTAL = "total"


def fixed_prices(amounts: ArrayLike, years: ArrayLike, index: Mapping[int, float], base_year: int) -> FloatArray:
    r"""Compute amounts in the prices of one year, :math:`a_t \cdot I_b / I_t`.

    Parameters
    ----------
    amounts : array_like of float, any shape
        Amounts in the prices of their own year, a, any currency. NaN gives NaN.
    years : array_like of whole numbers, one shape with `amounts` or broadcastable
        Year of each amount, t.
    index : mapping from year to float
        Price index, I, above 0, any base.
    base_year : int
        The year whose prices are wanted, b.

    Returns
    -------
    ndarray of float
        The amounts in prices of the base year.

    Raises
    ------
    ValueError
        For a year that the index lacks, also where the amount is missing; an index of 0 or less, or missing; an
        infinite amount; or inputs of shapes that do not fit.

    Notes
    -----
    Nothing is extrapolated. The index should follow what the money buys: wages for teaching, not consumer prices.

    References
    ----------
    ILO et al. (2004), Consumer Price Index Manual, ch. 2 (indices as deflators).

    Examples
    --------
    Prices rose by a quarter: 100 then are 125 now.

    >>> fixed_prices([100, 130], [2020, 2024], {2020: 80, 2024: 100}, 2024).tolist()
    [125.0, 130.0]
    """
    money, when = np.broadcast_arrays(np.asarray(amounts, dtype=np.float64), np.asarray(years))
    if np.isinf(money).any():
        raise ValueError("amounts has an infinite value; allowed are finite numbers, or NaN")
    wanted = {*np.ravel(when).tolist(), base_year}
    lacking = [year for year in wanted if year not in index]
    if lacking:
        raise ValueError(f"index has no {lacking[0]}; it has {', '.join(str(year) for year in sorted(index))}")
    wrong = {year: index[year] for year in wanted if not 0 < index[year] < float("inf")}
    if wrong:
        year, level = next(iter(wrong.items()))
        raise ValueError(f"index has {level!r} in {year}; allowed are finite numbers above 0")
    levels = np.reshape([index[year] for year in np.ravel(when).tolist()], when.shape)
    return np.asarray(money * (index[base_year] / levels), dtype=np.float64)


def price_index(
    volumes0: ArrayLike, prices0: ArrayLike, volumes1: ArrayLike, prices1: ArrayLike, *, method: IndexMethod = "fisher"
) -> float:
    r"""Compute how much unit costs rose for an unchanged composition: Laspeyres, Paasche or Fisher price index.

    .. math::
        P_L = \frac{\sum p_1 q_0}{\sum p_0 q_0}, \quad P_P = \frac{\sum p_1 q_1}{\sum p_0 q_1}, \quad
        P_F = \sqrt{P_L P_P}

    Parameters
    ----------
    volumes0, volumes1 : array_like of float, shape (provisions,)
        Volume of each provision at the start and the end, q, 0 or more, such as full-year pupils. NaN gives NaN.
    prices0, prices1 : array_like of float, shape (provisions,)
        Unit cost at the start and the end, p, 0 or more. Not used, and may be NaN, where the volume is 0: the unit
        cost of the other period stands in. NaN elsewhere gives NaN.
    method : {"fisher", "laspeyres", "paasche"}
        Weights of both periods, of the start, or of the end.

    Returns
    -------
    float
        1 is unchanged; NaN where the divisor is 0.

    Raises
    ------
    ValueError
        For a negative or infinite volume or unit cost, inputs of shapes that do not fit, or an unknown method.

    Notes
    -----
    With `volume_index` the ratio of spending is Fisher times Fisher, and Laspeyres times Paasche either way. It is
    *not* the ratio of average unit costs, which also changes with the composition; with one provision it is. A
    provision that appears or vanishes counts with an unchanged unit cost.

    References
    ----------
    ILO et al. (2004), Consumer Price Index Manual, ch. 15.

    Examples
    --------
    One provision cost 22 % more for 15 % more pupils.

    >>> round(price_index([100], [1], [115], [1.22 / 1.15]), 4)
    1.0609
    >>> round(price_index([1, 1], [1, 1], [3, 1], [2, 4], method="laspeyres"), 6)
    3.0
    >>> round(price_index([1, 1], [1, 1], [3, 1], [2, 4], method="paasche"), 6)
    2.5
    """
    q0, p0, q1, p1 = _completed(volumes0, prices0, volumes1, prices1)
    return _index(p0, p1, q0, q1, method)


def volume_index(
    volumes0: ArrayLike, prices0: ArrayLike, volumes1: ArrayLike, prices1: ArrayLike, *, method: IndexMethod = "fisher"
) -> float:
    r"""Compute how much volumes rose at unchanged unit costs: Laspeyres, Paasche or Fisher volume index.

    .. math::
        Q_L = \frac{\sum p_0 q_1}{\sum p_0 q_0}, \quad Q_P = \frac{\sum p_1 q_1}{\sum p_1 q_0}, \quad
        Q_F = \sqrt{Q_L Q_P}

    Parameters
    ----------
    volumes0, prices0, volumes1, prices1, method
        As in `price_index`.

    Returns
    -------
    float
        1 is unchanged; NaN where the divisor is 0.

    Raises
    ------
    ValueError
        As `price_index`.

    Notes
    -----
    A pupil in a dear provision counts for more than one in a cheap provision, so this is not the ratio of the numbers
    of pupils; `growth_split` tells the two apart.

    References
    ----------
    ILO et al. (2004), Consumer Price Index Manual, ch. 15.

    Examples
    --------
    >>> round(volume_index([1, 1], [1, 1], [3, 1], [2, 4], method="laspeyres"), 6)
    2.0
    >>> round(volume_index([1, 1], [1, 1], [3, 1], [2, 4], method="paasche"), 6)
    1.666667
    """
    q0, p0, q1, p1 = _completed(volumes0, prices0, volumes1, prices1)
    return _index(q0, q1, p0, p1, method)


def growth_split(
    volumes0: ArrayLike,
    prices0: ArrayLike,
    volumes1: ArrayLike,
    prices1: ArrayLike,
    *,
    method: SplitMethod = "bennet",
    provisions: Sequence[Hashable] | None = None,
) -> pd.DataFrame:
    r"""Split the change in spending over provisions into volume, mix and price.

    With spending :math:`V = \sum p q`, :math:`Q = \sum q` and shares :math:`s = q / Q`, of provision i

    .. math::
        \text{Laspeyres: } (Q_1 - Q_0) s_{0i} p_{0i} + Q_1 (s_{1i} - s_{0i}) p_{0i} + q_{1i} (p_{1i} - p_{0i})

        \text{Paasche: } (Q_1 - Q_0) s_{1i} p_{1i} + Q_0 (s_{1i} - s_{0i}) p_{1i} + q_{0i} (p_{1i} - p_{0i})

    are volume + mix + price; Bennet is the mean of the two. In total, volume is the change in Q at the average unit
    cost of the start, the end, or the mean of both. Fisher splits the total only, with :math:`P_F` of `price_index`
    and the logarithmic mean :math:`L = (V_1 - V_0) / \ln(V_1 / V_0)`

    .. math::
        \text{volume} = L \ln(Q_1 / Q_0), \quad \text{price} = L \ln P_F, \quad \text{mix} = V_1 - V_0 - \text{both}

    Parameters
    ----------
    volumes0, prices0, volumes1, prices1 : array_like of float, shape (provisions,)
        As in `price_index`; unit costs in fixed prices, or the part called price holds the inflation.
    method : {"bennet", "laspeyres", "paasche", "fisher"}
        Whose weights. "laspeyres" values volumes at the start's unit costs, so that its price part has the end's
        volumes; "paasche" the other way around. "bennet" and "fisher" turn sign when start and end are swapped.
    provisions : sequence, optional
        Names of the rows; 0, 1, 2 ... without.

    Returns
    -------
    DataFrame
        One row per provision and a last row "total"; columns start, end, change (spending), volume, mix and price, in
        the currency of the unit costs. Fisher leaves the parts NaN but for the total.

    Raises
    ------
    ValueError
        As `price_index`, and for names that are not one per provision.

    Notes
    -----
    Mix is what remains: in every row it is change minus volume minus price, in exact numbers the formula above. So
    the parts add up to the change but for the last bit of a float, and after rounding too if mix is rounded by
    subtraction. Rows add up to the total. The mix of one provision says that its share of the volume rose or fell;
    only their sum says whether the composition became dearer. A provision with volume 0 in one period has no unit
    cost then and keeps the other period's, given or not: its whole change is volume and mix, none is price.
    Without volume in a period there is no composition, and the parts are NaN. Nothing here is a cause.

    References
    ----------
    Bennet (1920), J. R. Statist. Soc. 83:455-462; Diewert (2005), Amer. J. Econ. Sociol. 64:311-360 (differences in
    place of ratios); Vartia (1976), Scand. J. Statist. 3:121-126 (logarithmic mean).

    Examples
    --------
    Twenty pupils become thirty; the average unit cost is 150 and 172, so volume is 10 * 161, price 14 * 20.

    >>> growth_split([10, 10], [100, 200], [12, 18], [100, 220], provisions=["cheap", "dear"]).round(6)
            start     end  change  volume    mix  price
    cheap  1000.0  1200.0   200.0   450.0 -250.0    0.0
    dear   2000.0  3960.0  1960.0  1160.0  520.0  280.0
    total  3000.0  5160.0  2160.0  1610.0  270.0  280.0
    """
    q0, p0, q1, p1 = _completed(volumes0, prices0, volumes1, prices1)
    if method not in ("bennet", "laspeyres", "paasche", "fisher"):
        raise ValueError(f"method is {method!r}; allowed are 'bennet', 'laspeyres', 'paasche' and 'fisher'")
    names = list(range(q0.size)) if provisions is None else list(provisions)
    if len(names) != q0.size:
        raise ValueError(f"provisions has {len(names)} names for {q0.size} provisions; allowed is one per provision")
    volume, price = _parts(q0, p0, q1, p1, method)
    rows = np.column_stack([p0 * q0, p1 * q1, p1 * q1 - p0 * q0, volume, price])
    rows = np.vstack([rows, rows.sum(axis=0)])
    if method == "fisher":
        rows[-1, 3:] = _logarithmic(q0, p0, q1, p1)
    table = pd.DataFrame(rows, index=[*names, TOTAL], columns=["start", "end", "change", "volume", "price"])
    table.insert(4, "mix", table["change"] - table["volume"] - table["price"])
    return table


def _completed(volumes0: ArrayLike, prices0: ArrayLike, volumes1: ArrayLike, prices1: ArrayLike) -> list[FloatArray]:
    """Return volumes and unit costs of both periods; where a volume is 0 the other period's unit cost, or 0."""
    given = {"volumes0": volumes0, "prices0": prices0, "volumes1": volumes1, "prices1": prices1}
    q0, p0, q1, p1 = np.broadcast_arrays(*(np.atleast_1d(checked_sizes(part, name)) for name, part in given.items()))
    first = np.where(q0 == 0, np.where(q1 == 0, 0.0, p1), p0)
    last = np.where(q1 == 0, np.where(q0 == 0, 0.0, p0), p1)
    return [np.ravel(part) for part in (q0, first, q1, last)]


def _index(x0: FloatArray, x1: FloatArray, weights0: FloatArray, weights1: FloatArray, method: IndexMethod) -> float:
    laspeyres = _ratio(float(x1 @ weights0), float(x0 @ weights0))
    paasche = _ratio(float(x1 @ weights1), float(x0 @ weights1))
    found = {"laspeyres": laspeyres, "paasche": paasche, "fisher": float(np.sqrt(laspeyres * paasche))}
    if method not in found:
        raise ValueError(f"method is {method!r}; allowed are 'laspeyres', 'paasche' and 'fisher'")
    return found[method]


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")


def _parts(
    q0: FloatArray, p0: FloatArray, q1: FloatArray, p1: FloatArray, method: SplitMethod
) -> tuple[FloatArray, FloatArray]:
    """Return the volume and the price part of each provision."""
    grown, nothing = q1.sum() - q0.sum(), np.full(q0.shape, np.nan)
    volume0, volume1 = (grown * _ratio(1.0, float(q.sum())) * q * p for q, p in ((q0, p0), (q1, p1)))
    dearer = p1 - p0
    laspeyres, paasche = (volume0, q1 * dearer), (volume1, q0 * dearer)
    bennet = (volume0 + volume1) / 2, (q0 + q1) / 2 * dearer
    return {"laspeyres": laspeyres, "paasche": paasche, "bennet": bennet, "fisher": (nothing, nothing)}[method]


def _logarithmic(q0: FloatArray, p0: FloatArray, q1: FloatArray, p1: FloatArray) -> tuple[float, float]:
    """Return the volume and the price part of the total by Fisher's index; NaN unless there is spending in both."""
    start, end, prices = float(q0 @ p0), float(q1 @ p1), _index(p0, p1, q0, q1, "fisher")
    if not (start > 0 and end > 0 and prices > 0):
        return float("nan"), float("nan")
    rate = np.log(end / start)
    # Near 0 the logarithmic mean is lost in rounding; it is the geometric mean times sinh(rate / 2) / (rate / 2).
    mean = (start * end) ** 0.5 * (np.sinh(rate / 2) / (rate / 2) if rate else 1.0)
    return float(mean * np.log(q1.sum() / q0.sum())), float(mean * np.log(prices))
