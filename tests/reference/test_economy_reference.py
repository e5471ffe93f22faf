"""Prices, projections and trends agree with R and with printed indices; each CSV says which script made it and how."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from inklusion.measures.prices import growth_split, price_index, volume_index
from inklusion.measures.projection import end_point_line, linear_projection
from inklusion.measures.trend import share_trend, trend_with_break

# The data of projection.R.
SERIES = {
    "spending": (
        range(2012, 2025),
        [112.4, 115.9, 113.2, 118.8, 120.1, 121.3, 127.9, 126.4, 133.0, 131.8, 139.5, 146.1, 148.0],
    ),
    "gap": ([2018, 2019, 2021, 2022, 2023], [5.1, 5.3, 5.2, 5.9, 6.1]),
    "four": (range(2020, 2024), [90, 70, 85, 40]),
}
# ILO et al. (2004), Producer Price Index Manual, tables 19.1 and 19.2: six goods in five periods, also in prices.R.
PRICES = np.array([[1, 1, 1, 1, 1, 1], [1.2, 3, 1.3, 0.7, 1.4, 0.8], [1, 1, 1.5, 0.5, 1.7, 0.6],
                   [0.8, 0.5, 1.6, 0.3, 1.9, 0.4], [1, 1, 1.6, 0.1, 2, 0.2]])  # fmt: skip
VOLUMES = np.array([[1, 1, 2, 1, 4.5, 0.5], [0.8, 0.9, 1.9, 1.3, 4.7, 0.6], [1, 1.1, 1.8, 3, 5, 0.8],
                    [1.2, 1.2, 1.9, 6, 5.6, 1.3], [0.9, 1.2, 2, 12, 6.5, 2.5]])  # fmt: skip
# The data of trend.R.
YEAR = np.arange(2013, 2025)
LEFT_OUT = (2020, 2021)
LEVEL = [4.9, 5.0, 5.0, 5.3, 5.2, 5.5, 5.4, 9.9, 9.0, 6.6, 6.8, 6.7]
WEIGHT = [310, 305, 330, 290, 280, 300, 315, 320, 310, 305, 300, 295]
ERROR = [0.4, 0.4, 0.3, 0.4, 0.4, 0.4, 0.3, 0.4, 0.4, 0.3, 0.4, 0.4]
PUPILS = [5210, 5180, 5240, 5300, 5350, 5400, 5380, 5420, 5450, 5500, 5480, 5510]
COUNTS = {
    "calm": [255, 258, 262, 270, 278, 280, 285, 290, 301, 340, 344, 350],
    "wild": [255, 301, 240, 310, 262, 330, 270, 345, 290, 402, 330, 410],
}
BREAKS = {"none": (), "one": (2022,), "two": (2017, 2022)}
LIMITS = ["estimate", "lower", "upper", "p_value"]


def reference(name, **options):
    return pd.read_csv(Path(__file__).with_name(name), comment="#", skipinitialspace=True, **options)


def goods(period):
    """Volumes and prices of the first period and of another, as the measures take them."""
    return VOLUMES[0], PRICES[0], VOLUMES[period - 1], PRICES[period - 1]


def test_projection_equals_predict_and_confint_of_r():
    for (name, level), rows in reference("projection.csv").groupby(["series", "level"]):
        ours = linear_projection(*SERIES[name], 2030, confidence=level)
        columns = ["year", "fitted", "lower", "upper"]
        assert np.allclose(ours.table[columns], rows[columns], rtol=1e-9, atol=0)
        numbers = rows[["slope", "slope_lower", "slope_upper", "correlation", "last_residual"]].drop_duplicates()
        assert np.allclose(numbers, [ours[:5]], rtol=1e-9, atol=1e-9)


def test_two_printed_years_give_another_2030_than_the_report_fitted_to_all():
    """148 million in 2024, 22 % up since 2017; the report prints nearly 166 in 2030, from a line through all years."""
    assert end_point_line(2017, 148 / 1.22, 2024, 148, 2030) == pytest.approx(170.9, abs=0.05)


def test_indices_equal_sums_in_r_and_the_printed_ones():
    for row in reference("prices.csv").itertuples():
        measure = {"price": price_index, "volume": volume_index}[row.what]
        assert measure(*goods(row.period), method=row.method) == pytest.approx(row.index, rel=1e-12)
    fisher = [price_index(*goods(period)) for period in range(2, 6)]
    assert np.round(fisher, 6).tolist() == [1.401050, 1.272099, 1.176163, 1.071172]
    assert round(price_index(*goods(2), method="laspeyres"), 6) == 1.42
    assert round(price_index(*goods(2), method="paasche"), 6) == 1.382353
    assert round(price_index(*goods(3), method="laspeyres"), 6) == 1.345


def test_growth_split_equals_integrals_along_the_path():
    for row in reference("growth_split.csv").itertuples():
        total = growth_split(*goods(row.period), method=row.method).loc["total"]
        theirs = [row.change, row.volume, row.mix, row.price]
        assert np.allclose(total[["change", "volume", "mix", "price"]], theirs, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("sides", BREAKS)
@pytest.mark.parametrize("kind", ["weights", "errors", "calm", "wild"])
def test_trend_equals_lm_and_glm_of_r(kind, sides):
    table = reference("trend.csv").query("case == @case", local_dict={"case": f"{kind} {sides}"})
    options = {"breaks": BREAKS[sides], "left_out": LEFT_OUT}
    if kind in COUNTS:
        ours = share_trend(COUNTS[kind], PUPILS, YEAR, **options)
    elif kind == "weights":
        ours = trend_with_break(YEAR, LEVEL, WEIGHT, **options)
    else:
        ours = trend_with_break(YEAR, LEVEL, standard_errors=ERROR, **options)
    slope = pd.DataFrame([ours[:4]], columns=LIMITS)
    both = pd.concat([slope, ours.shifts.rename(columns={"shift": "estimate"})])
    assert table["what"].tolist() == ["slope", *map(str, BREAKS[sides])]
    assert np.allclose(both[LIMITS], table[LIMITS], rtol=1e-7, atol=1e-12)
    assert ours.degrees == 8 - len(BREAKS[sides])


@pytest.mark.parametrize("sides", ["none", "one"])
@pytest.mark.parametrize("kind", COUNTS)
def test_a_logit_gives_nearly_the_same_percentage_points(kind, sides):
    theirs = reference("trend.csv", index_col="case").loc[f"{kind} {sides} logit"]
    ours = share_trend(COUNTS[kind], PUPILS, YEAR, breaks=BREAKS[sides], left_out=LEFT_OUT)
    width = ours.upper - ours.lower
    assert abs(ours.slope - theirs["estimate"]) < 0.05 * width
    assert abs(ours.lower - theirs["lower"]) < 0.1 * width and abs(ours.upper - theirs["upper"]) < 0.1 * width
