"""Agreement with R, with printed examples and with published figures; each CSV says where it comes from."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from inklusion.measures.bands import band_mean_bounds
from inklusion.measures.funnel import funnel_limits, funnel_position, overdispersion
from inklusion.measures.proportions import newcombe_difference, wilson_interval, wilson_interval_finite


def reference(name):
    return pd.read_csv(Path(__file__).with_name(name), comment="#")


def close(ours, theirs, absolute=1e-12):
    assert np.allclose(ours, theirs, rtol=0, atol=absolute)


@pytest.mark.parametrize("level", [0.95, 0.998])
def test_wilson_interval_equals_prop_test_of_r(level):
    table = reference("wilson.csv").query("confidence == @level")
    lower, upper = wilson_interval(table["x"], table["n"], confidence=level)
    close(lower, table["lower"])
    close(upper, table["upper"])


def test_finite_wilson_interval_equals_prop_test_of_r_at_the_effective_sample_size():
    table = reference("wilson_finite.csv")
    lower, upper = wilson_interval_finite(table["x"] / table["n"], table["n"], table["population"])
    close(lower, table["lower"])
    close(upper, table["upper"])


def test_newcombe_difference_equals_the_printed_examples_to_four_decimals():
    table = reference("newcombe_1998.csv")
    _, lower, upper = newcombe_difference(table["x1"], table["n1"], table["x2"], table["n2"])
    close(lower, table["lower"], 5.1e-5)
    close(upper, table["upper"], 5.1e-5)


def test_funnel_limits_equal_qbinom_and_pbinom_of_r():
    table = reference("funnel.csv")
    for (theta, level), rows in table.groupby(["reference", "confidence"]):
        smooth = funnel_limits(rows["n"], theta, confidence=level)
        close(smooth[["lower", "upper"]], rows[["lower", "upper"]], 1e-9)
        steps = funnel_limits(rows["n"], theta, confidence=level, method="conservative")
        counts = steps[["lower", "upper"]].mul(steps["denominator"], axis=0)
        close(counts, rows[["count_lower", "count_upper"]], 1e-7)


def test_overdispersion_equals_r():
    numerators = [2, 5, 9, 12, 30, 41, 60, 75, 20, 4]
    denominators = [91, 120, 180, 260, 400, 595, 1200, 1800, 700, 88]
    for row in reference("overdispersion.csv").itertuples():
        close(overdispersion(numerators, denominators, 0.05, winsorise=row.winsorise), row.phi)


@pytest.mark.parametrize(
    ("name", "numerator", "denominator", "percent"),
    [("Albertslund", 221, 3631, (6.1, 5.4, 6.9)), ("Roskilde", 434, 11055, (3.9, 3.6, 4.3))],
)
def test_known_municipal_shares_have_their_known_intervals(name, numerator, denominator, percent):
    limits = wilson_interval(numerator, denominator)
    found = tuple(round(float(100 * share), 1) for share in (numerator / denominator, *limits))
    assert found == percent, name


def test_albertslund_is_above_and_roskilde_below_the_share_of_their_region():
    position = funnel_position([221, 434], [3631, 11055], 2035 / 39079, confidence=0.95)
    assert position.tolist() == ["above", "below"]


def test_ballerup_bands_allow_a_mean_of_about_6_to_16_percent():
    shares, lower = [71, 14, 6, 3, 2, 1, 1, 1, 0, 0], np.arange(0, 100, 10)
    low, high = band_mean_bounds(shares, lower, lower + 10)
    assert (low, high) == pytest.approx((610 / 99, 1600 / 99))
    assert (round(low), round(high)) == (6, 16)


def test_ballerup_bands_allow_more_when_each_printed_share_may_be_rounded():
    # By hand: start every share 0.5 lower (0 stays 0), then give the missing 5 points to the lowest bands,
    # each at most 0.5 above print: 71.5 14.5 6.5 3.5 2.5 .5 .5 .5 0 0; or to the highest: 70.5 13.5 5.5 2.5
    # 2.5 1.5 1.5 1.5 .5 .5. On lower edges the first has mean 5.70, on upper edges the second 17.75.
    shares, lower = [71, 14, 6, 3, 2, 1, 1, 1, 0, 0], np.arange(0, 100, 10)
    assert band_mean_bounds(shares, lower, lower + 10, rounding=0.5) == pytest.approx((5.70, 17.75))
