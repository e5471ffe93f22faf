import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from inklusion.measures.bands import band_mean_bounds

BANDS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 100), st.integers(0, 50)), min_size=1, max_size=10)


@st.composite
def rounded_tables(draw):
    """Shares that sum to 100, rounded to whole percent, with edges."""
    table = draw(BANDS)
    raw = np.array([row[0] for row in table], dtype=float)
    assume(raw.sum() > 0)
    exact = 100 * raw / raw.sum()
    lower = np.array([row[1] for row in table], dtype=float)
    return exact, np.round(exact), lower, lower + np.array([row[2] for row in table])


@given(rounded_tables(), st.sampled_from([0.0, 0.5, 2.0]))
def test_lowest_mean_is_at_most_the_highest_and_both_lie_within_the_edges(table, rounding):
    _, printed, lower, upper = table
    assume(rounding > 0 or printed.sum() > 0)
    low, high = band_mean_bounds(printed, lower, upper, rounding=rounding)
    assert lower.min() - 1e-6 <= low <= high + 1e-6
    assert high <= upper.max() + 1e-6


@given(rounded_tables())
def test_bounds_of_printed_shares_contain_the_bounds_of_the_exact_ones(table):
    exact, printed, lower, upper = table
    low, high = band_mean_bounds(printed, lower, upper, rounding=0.5)
    exact_low, exact_high = band_mean_bounds(exact, lower, upper)
    assert low - 1e-6 <= exact_low and exact_high <= high + 1e-6


@given(rounded_tables())
def test_bounds_widen_with_rounding(table):
    _, printed, lower, upper = table
    low, high = band_mean_bounds(printed, lower, upper, rounding=0.5)
    wide_low, wide_high = band_mean_bounds(printed, lower, upper, rounding=1.5)
    assert wide_low <= low + 1e-6 and high <= wide_high + 1e-6


@given(rounded_tables(), st.floats(0.5, 3))
def test_exact_shares_are_scaled_by_their_sum(table, factor):
    exact, _, lower, upper = table
    assert band_mean_bounds(factor * exact, lower, upper) == pytest.approx(band_mean_bounds(exact, lower, upper))


@given(rounded_tables())
def test_bands_that_are_points_give_one_mean(table):
    exact, _, lower, _ = table
    low, high = band_mean_bounds(exact, lower, lower)
    assert low == high == pytest.approx(exact @ lower / 100)


def test_tiny_rounding_of_shares_that_sum_to_100_gives_the_exact_bounds():
    assert band_mean_bounds([40, 60], [0, 10], [10, 30], rounding=1e-9) == pytest.approx((6, 22))


def test_shares_never_become_negative_within_their_rounding():
    assert band_mean_bounds([0, 100], [0, 50], [0, 50], rounding=1) == pytest.approx((49.5, 50))


def test_hidden_share_leaves_the_mean_unknown():
    assert all(math.isnan(bound) for bound in band_mean_bounds([50, np.nan], [0, 10], [10, 20]))


@pytest.mark.parametrize(
    ("arguments", "rounding", "seen"),
    [
        (([48, 50], [0, 10], [10, 20]), 0.5, "sum to 98, within rounding 97 to 99"),
        (([60, 50], [0, 10], [10, 20]), 0.5, "sum to 110"),
        (([0, 0], [0, 10], [10, 20]), 0, "sum to 0"),
        (([50, 50], [0, 10], [10]), 0, "shapes"),
        (([50, 50], [0, 30], [10, 20]), 0, "exceeds its upper edge"),
        (([50, 50], [0, np.nan], [10, 20]), 0, "missing"),
        (([-1, 101], [0, 10], [10, 20]), 0, "smallest share is -1"),
        (([50, 50], [0, 10], [10, 20]), -1, "rounding -1"),
        (([50, 50], [0, 10], [10, 20]), math.nan, "rounding nan"),
    ],
)
def test_impossible_tables_are_refused_with_what_was_seen_and_what_is_allowed(arguments, rounding, seen):
    with pytest.raises(ValueError, match=f"{seen}.*allowed"):
        band_mean_bounds(*arguments, rounding=rounding)
