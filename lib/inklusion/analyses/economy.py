"""Spending on special education: by provision, split into volume, price and mix, continued, and beside ordinary education."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from inklusion.analyses.accounts import Place, places
from inklusion.analyses.printed import estimates
from inklusion.contracts.accounts import FUND_SIGNS, Books, price_text
from inklusion.measures.prices import growth_split
from inklusion.measures.projection import LEAST_POINTS, linear_projection, per_pupil_projection

CONFIDENCE = 0.95
UNTIL = 2030
_MILLION = 1e6
_FULL = "regnskab omregnet med prisindeks; fuld optælling uden interval"
_SPLIT = "Bennets metode: gennemsnittet af første og sidste års vægte; delene giver tilsammen ændringen på kronen"
_LINE = "lige linje, mindste kvadraters metode; forudsigelsesinterval for et enkelt år (Students t)"
_PER_PUPIL = "sidste års udgift pr. elev gange det forventede elevtal; uden interval"
SPECIAL_DA, ORDINARY_DA = "specialundervisning", "almenområdet"
_PARTS = ("total", "volume", "price", "mix")
Row = dict[str, Any]


def economy(books: Books) -> pd.DataFrame:
    """All figures that follow from accounts, for every municipality that has them.

    Measures, all in the prices of the last account year: ``spending``, ``full_year``, ``unit_cost`` (by provision, and all
    together under the empty group); ``split_total``, ``split_volume``, ``split_price``, ``split_mix`` (first to last year,
    whole kroner, adding up); ``line``, ``residual``, ``slope``, ``projection`` and ``pupil_adjusted``; ``index`` (first year
    100), ``change`` (last three years) and ``spending_share``; ``unbound`` per pupil; ``observed`` pupils; ``price_index``.
    """
    return estimates(row for place in places(books) for row in _rows(place, books))


def _rows(place: Place, books: Books) -> Iterator[Row]:
    shared = {
        "municipality": place.code,
        "period_type": "account_year",
        "note": price_text(place.base),
        "source": ", ".join(dict.fromkeys(path for path in books.sources.values() if path)),
    }
    found: list[Row] = [*_by_provision(place), *_split(place), *_projection(place), *_beside_ordinary(place)]
    found += [*_unbound(place), *_basis(place, books)]
    yield from ({**shared, **row} for row in found)


def _row(name: str, measure: str, period: object, estimate: float, decimals: int, **more: Any) -> Row:
    return {"definition": name, "measure": measure, "period": str(period), "estimate": float(estimate),
            "decimals": decimals, "method": _FULL, **more}  # fmt: skip


def _by_provision(place: Place) -> Iterator[Row]:
    """Spending, full-year pupils and unit cost; where all provisions are one there is only the total."""
    groups = {"": place.total}
    if place.spending.shape[1] > 1:
        groups |= {str(name): place.spending[name] for name in place.spending}
    for group, amounts in groups.items():
        pupils = place.total_pupils if group == "" else place.pupils[group]
        note = {"note": f"{price_text(place.base)}; {place.contents}"} if "øvrige" in group else {}
        for year in place.years:
            yield _row("oekonomi_udgift", "spending", year, amounts[year] / _MILLION, 2, group=group, **note)
            if not place.pupils.shape[1]:
                continue
            yield _row("oekonomi_helaarsboern", "full_year", year, pupils[year], 1, group=group, **note)
            yield _row("oekonomi_enhedsudgift", "unit_cost", year, amounts[year] / pupils[year], 0, group=group, **note)


def _split(place: Place) -> Iterator[Row]:
    """The change from the first to the last year in whole kroner; mix is what volume and price leave."""
    if len(place.years) < 2 or not place.pupils.shape[1]:
        return
    first, last = place.years[0], place.years[-1]
    q0, q1 = (place.pupils.loc[year].to_numpy(float) for year in (first, last))
    v0, v1 = (place.spending.loc[year].to_numpy(float) for year in (first, last))
    with np.errstate(divide="ignore", invalid="ignore"):
        table = growth_split(q0, v0 / q0, q1, v1 / q1)
    parts = whole_kroner(v1.sum() - v0.sum(), table.at["total", "volume"], table.at["total", "price"])
    start = v0.sum()
    for name, amount in zip(_PARTS, parts, strict=True):
        yield _row("oekonomi_vaekst", f"split_{name}", f"{first}-{last}", amount, 0, method=_SPLIT)
        yield _row("oekonomi_vaekst_pct", f"split_{name}", f"{first}-{last}", 100 * amount / start, 1, method=_SPLIT)
    pupils, cost = place.total_pupils, place.total / place.total_pupils
    for name, series in (("oekonomi_helaarsboern_aendring", pupils), ("oekonomi_enhedsudgift_aendring", cost)):
        yield _row(name, "change", f"{first}-{last}", 100 * (series[last] / series[first] - 1), 1)


def whole_kroner(total: float, volume: float, price: float) -> tuple[int, int, int, int]:
    """Total, volume, price and mix in whole kroner that add up: mix takes the rounding.

    >>> whole_kroner(10.0, 3.4, 3.4)
    (10, 3, 3, 4)
    """
    whole, rounded = round(total), (round(volume), round(price))
    return (whole, *rounded, whole - sum(rounded))


def _projection(place: Place) -> Iterator[Row]:
    """The line through all years, what the last year lies above it, its continuation, and what pupil numbers alone give."""
    if len(place.years) < LEAST_POINTS or place.years[-1] >= UNTIL:
        return
    name, last = "oekonomi_fremskrivning", place.years[-1]
    method = f"{_LINE}; bygger på {len(place.years)} regnskabsår"
    line = linear_projection(place.years, place.total.to_numpy(float) / _MILLION, UNTIL, confidence=CONFIDENCE)
    for row in line.table.itertuples():
        ends = {"lower": max(row.lower, 0.0), "upper": row.upper, "confidence": CONFIDENCE} if row.projected else {}
        measure = "projection" if row.projected else "line"
        yield _row(name, measure, row.year, max(row.fitted, 0.0), 2, method=method, **ends)
    yield _row(name, "residual", last, line.last_residual, 2, method=method)
    ends = {"lower": line.lower, "upper": line.upper, "confidence": CONFIDENCE}
    span = f"{place.years[0]}-{last}"
    yield _row("oekonomi_haeldning", "slope", span, line.slope, 2, method="hældning, mindste kvadraters metode", **ends)
    expected = place.forecast[(place.forecast.index > last) & (place.forecast.index <= UNTIL)]
    if last in place.enrolled.index and len(expected):
        adjusted = per_pupil_projection(
            float(place.total[last]) / _MILLION, float(place.enrolled[last]), expected.to_numpy(float)
        )
        for year, amount in zip(expected.index, adjusted, strict=True):
            yield _row(name, "pupil_adjusted", year, amount, 2, method=_PER_PUPIL)


def _beside_ordinary(place: Place) -> Iterator[Row]:
    """Special and ordinary spending as indices of their first common year, over three years, and the special share."""
    both = pd.DataFrame({SPECIAL_DA: place.total, ORDINARY_DA: place.ordinary}).dropna()
    both = both[(both > 0).all(axis=1)]
    if len(both) < 2:
        return
    last = int(both.index[-1])
    for group in both:
        for year, amount in both[group].items():
            yield _row("oekonomi_indeks", "index", year, 100 * amount / both[group].iloc[0], 1, group=str(group))
        if last - 3 in both.index:
            change = 100 * (both[group][last] / both[group][last - 3] - 1)
            yield _row("oekonomi_udgift_aendring", "change", f"{last - 3}-{last}", change, 1, group=str(group))
    for year, row in both.iterrows():
        yield _row("oekonomi_andel_special", "spending_share", year, 100 * row[SPECIAL_DA] / row.sum(), 1)


def _unbound(place: Place) -> Iterator[Row]:
    """Pool, support hours and charge money less the charge that was paid, per pupil."""
    money = sum(sign * place.funds[name] for name, sign in FUND_SIGNS.items())
    known = pd.Series(money, index=place.years).dropna()
    for year, amount in known.items():
        if place.enrolled.get(year, 0) > 0:
            yield _row("oekonomi_ikke_bundne", "unbound", year, amount / place.enrolled[year], 0)


def _basis(place: Place, books: Books) -> Iterator[Row]:
    """The pupils and the price index that the other rows rest on."""
    for year in place.years:
        if year in place.enrolled.index:
            pupils = int(place.enrolled[year])
            yield _row("oekonomi_elevtal", "observed", year, pupils, 0, numerator=pupils, method="optalt", note="")
    index = books.price_index.set_index("account_year")["index"]
    for year in place.years:
        if year in index.index:
            yield _row("oekonomi_prisindeks", "price_index", year, index[year], 1, method="leveret", note="")
