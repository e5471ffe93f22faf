import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inklusion.measures.proportions import (
    newcombe_difference,
    pooled_proportion,
    wilson_interval,
    wilson_interval_finite,
)

LEVELS = st.floats(0.5, 0.999)


@st.composite
def counts(draw, largest=100_000):
    n = draw(st.integers(1, largest))
    return draw(st.integers(0, n)), n


@given(counts(), LEVELS)
def test_wilson_interval_contains_the_share_and_stays_within_0_and_1(pair, level):
    x, n = pair
    lower, upper = wilson_interval(x, n, confidence=level)
    assert 0 <= lower <= x / n <= upper <= 1


@given(counts(), LEVELS)
def test_wilson_interval_of_the_others_is_the_mirror_image(pair, level):
    x, n = pair
    lower, upper = wilson_interval(x, n, confidence=level)
    mirrored_lower, mirrored_upper = wilson_interval(n - x, n, confidence=level)
    assert mirrored_lower == pytest.approx(1 - upper, abs=1e-12)
    assert mirrored_upper == pytest.approx(1 - lower, abs=1e-12)


@given(counts(), st.integers(2, 50))
def test_wilson_interval_narrows_when_the_same_share_rests_on_more_persons(pair, factor):
    x, n = pair
    lower, upper = wilson_interval([x, factor * x], [n, factor * n])
    assert upper[1] - lower[1] < upper[0] - lower[0]


@given(counts())
def test_wilson_interval_widens_with_confidence(pair):
    narrow, wide = wilson_interval(*pair, confidence=0.95), wilson_interval(*pair, confidence=0.998)
    assert wide[0] <= narrow[0] <= narrow[1] <= wide[1]


@given(counts(10_000), LEVELS)
def test_wilson_limits_solve_the_score_equation(pair, level):
    from scipy.stats import norm

    x, n = pair
    z = norm.isf((1 - level) / 2)
    for limit in wilson_interval(x, n, confidence=level):
        assert (x / n - limit) ** 2 == pytest.approx(z**2 * limit * (1 - limit) / n, abs=1e-9)


def test_wilson_limit_is_exactly_0_without_and_exactly_1_with_everybody():
    lower, upper = wilson_interval([0, 10], [10, 10])
    assert lower[0] == 0 and upper[1] == 1


def test_missing_counts_and_nobody_to_count_give_nan():
    lower, upper = wilson_interval([np.nan, 1, 0, 1], [5, np.nan, 0, 5])
    assert np.isnan(lower).tolist() == np.isnan(upper).tolist() == [True, True, True, False]


def test_pandas_columns_with_missing_counts_are_read():
    lower, _ = wilson_interval(pd.Series([1, None], dtype="Int64"), pd.Series([5, 6], dtype="Int64"))
    assert np.isnan(lower).tolist() == [False, True]


def test_empty_input_gives_empty_limits():
    lower, upper = wilson_interval([], [])
    assert lower.size == upper.size == 0


@pytest.mark.parametrize(
    ("x", "n", "seen"),
    [
        (6, 5, "numerator 6 exceeds denominator 5"),
        (-1, 5, "numerator has -1"),
        (1, -5, "denominator has -5"),
        (1.5, 5, "numerator has 1.5"),
        (1, np.inf, "denominator has inf"),
    ],
)
def test_impossible_counts_are_refused_with_what_was_seen_and_what_is_allowed(x, n, seen):
    with pytest.raises(ValueError, match=f"{seen}.*allowed"):
        wilson_interval([1, x], [5, n])


@pytest.mark.parametrize("level", [0, 1, 95, -0.1, math.nan])
def test_confidence_outside_0_and_1_is_refused(level):
    with pytest.raises(ValueError, match=r"confidence is .*allowed"):
        wilson_interval(1, 5, confidence=level)
    with pytest.raises(ValueError, match=r"confidence is .*allowed"):
        wilson_interval_finite(0.2, 5, 10, confidence=level)


@given(counts(1000), st.integers(1, 1000))
def test_finite_interval_contains_the_share_and_is_no_wider_than_the_infinite(pair, absent):
    x, n = pair
    lower, upper = wilson_interval_finite(x / n, n, n + absent)
    plain_lower, plain_upper = wilson_interval(x, n)
    assert 0 <= lower <= x / n <= upper <= 1
    assert upper - lower <= plain_upper - plain_lower + 1e-12


def test_finite_interval_of_everybody_is_the_share():
    lower, upper = wilson_interval_finite([0.0, 0.3, 1.0], [10, 10, 1], [10, 10, 1])
    assert lower.tolist() == upper.tolist() == [0.0, 0.3, 1.0]


def test_finite_interval_nears_the_plain_one_when_few_are_drawn():
    finite = wilson_interval_finite(0.2, 100, 10**9)
    assert np.allclose(finite, wilson_interval(20, 100), atol=1e-7)


def test_finite_interval_of_missing_or_nobody_is_nan():
    lower, upper = wilson_interval_finite([np.nan, 0.2, 0.2, 0.2], [5, 0, 5, np.nan], [9, 9, np.nan, 9])
    assert np.isnan(lower).all() and np.isnan(upper).all()


@pytest.mark.parametrize(
    ("share", "n", "population", "seen"),
    [(61, 5, 9, "61"), (-0.1, 5, 9, "-0.1"), (0.5, 10, 9, "n 10 exceeds"), (0.5, 2.5, 9, "n has 2.5")],
)
def test_impossible_finite_samples_are_refused(share, n, population, seen):
    with pytest.raises(ValueError, match=f"{seen}.*allowed"):
        wilson_interval_finite(share, n, population)


@given(counts(), counts(), LEVELS)
def test_newcombe_interval_contains_the_difference_and_stays_within_minus_1_and_1(one, two, level):
    difference, lower, upper = newcombe_difference(*one, *two, confidence=level)
    assert -1 - 1e-12 <= lower <= difference <= upper <= 1 + 1e-12


@given(counts(), counts())
def test_newcombe_interval_turns_its_sign_when_the_groups_change_places(one, two):
    difference, lower, upper = newcombe_difference(*one, *two)
    assert newcombe_difference(*two, *one) == pytest.approx((-difference, -upper, -lower), abs=1e-12)


@given(counts(), counts())
def test_newcombe_interval_equals_that_of_statsmodels(one, two):
    from statsmodels.stats.proportion import confint_proportions_2indep

    theirs = confint_proportions_2indep(*one, *two, method="newcomb")
    assert newcombe_difference(*one, *two)[1:] == pytest.approx(theirs, abs=1e-10)


def test_newcombe_difference_with_a_missing_count_is_nan():
    difference, lower, upper = newcombe_difference([1, 1], [2, 2], [np.nan, 0], [2, 0])
    assert np.isnan([difference, lower, upper]).all()


@given(st.lists(counts(), min_size=1, max_size=20))
def test_pooled_share_lies_between_the_smallest_and_largest_share(pairs):
    numerators, denominators = zip(*pairs, strict=True)
    part, whole, share = pooled_proportion(numerators, denominators)
    shares = [x / n for x, n in pairs]
    assert (part, whole) == (sum(numerators), sum(denominators))
    assert min(shares) - 1e-12 <= share <= max(shares) + 1e-12


def test_pooled_share_leaves_a_unit_with_either_count_missing_out_of_both_sums():
    assert pooled_proportion([1, np.nan, 5], [10, 20, np.nan]) == (1, 10, 0.1)


def test_pooled_share_of_nobody_is_nan():
    part, whole, share = pooled_proportion([], [])
    assert (part, whole) == (0, 0) and math.isnan(share)


def test_pooled_share_refuses_a_numerator_above_its_denominator():
    with pytest.raises(ValueError, match="allowed"):
        pooled_proportion([3], [2])


@pytest.mark.slow
def test_wilson_interval_covers_the_truth_95_percent_of_the_time_on_average():
    rng = np.random.default_rng(20050424)
    truths = np.linspace(0.02, 0.98, 97)
    for n in (20, 91, 595):
        drawn = rng.binomial(n, truths[:, None], size=(truths.size, 20_000))
        lower, upper = wilson_interval(drawn, n)
        coverage = ((lower <= truths[:, None]) & (truths[:, None] <= upper)).mean(axis=1)
        assert coverage.mean() == pytest.approx(0.95, abs=0.005)
        assert coverage.min() > 0.92
