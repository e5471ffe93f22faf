import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from inklusion.measures.funnel import funnel_limits, funnel_position, overdispersion

REFERENCES = st.floats(0.01, 0.99)
METHODS = st.sampled_from(["interpolated", "conservative"])
LEVELS = st.sampled_from([0.95, 0.998])


def one_row(n, reference, level, method="interpolated"):
    return funnel_limits([n], reference, confidence=level, method=method).iloc[0]


@given(st.integers(1, 40_000), REFERENCES, LEVELS, METHODS)
def test_limits_contain_the_reference_unless_almost_nobody_is_expected(n, reference, level, method):
    limits = one_row(n, reference, level, method)
    assert 0 <= limits.lower <= limits.upper <= 1
    if n * min(reference, 1 - reference) > 0.05:
        assert limits.lower <= reference <= limits.upper


@given(st.integers(1, 5_000), REFERENCES, METHODS)
def test_limits_narrow_when_a_unit_is_four_times_as_large(n, reference, method):
    if n * min(reference, 1 - reference) < 5:
        return
    limits = funnel_limits([n, 4 * n], reference, confidence=0.95, method=method)
    small, large = limits["upper"] - limits["lower"]
    assert large < small


@given(st.integers(1, 5_000), REFERENCES, METHODS)
def test_limits_widen_with_confidence(n, reference, method):
    inner, outer = funnel_limits([n], reference, method=method).itertuples()
    assert outer.lower <= inner.lower and inner.upper <= outer.upper


@given(st.integers(1, 2_000), REFERENCES, LEVELS)
def test_conservative_limits_give_a_unit_in_control_at_most_the_nominal_false_alarm(n, reference, level):
    everything = np.arange(n + 1)
    position = funnel_position(everything, np.full(n + 1, n), reference, confidence=level, method="conservative")
    chance = binom.pmf(everything, n, reference)
    for side in ("below", "above"):
        assert chance[position == side].sum() <= (1 - level) / 2 + 1e-9


@given(st.integers(1, 2_000), REFERENCES, LEVELS)
def test_interpolated_limits_differ_from_conservative_ones_by_less_than_one_person(n, reference, level):
    smooth, steps = one_row(n, reference, level), one_row(n, reference, level, "conservative")
    for edge in ("lower", "upper"):
        assert 0 <= (steps[edge] - smooth[edge]) * n < 1 + 1e-9


def test_interpolated_upper_limit_flags_a_small_unit_in_control_three_times_too_often():
    position = funnel_position(np.arange(21), np.full(21, 20), 0.05, confidence=0.95)
    above = binom.pmf(np.arange(21), 20, 0.05)[position == "above"].sum()
    assert above == pytest.approx(0.0755, abs=5e-5)


def test_limits_come_level_by_level_in_the_order_given():
    limits = funnel_limits([200, 100], 0.1)
    assert list(limits.columns) == ["denominator", "confidence", "lower", "upper"]
    assert limits["denominator"].tolist() == [200, 100, 200, 100]
    assert limits["confidence"].tolist() == [0.95, 0.95, 0.998, 0.998]


def test_missing_and_empty_units_have_no_limits_and_no_position():
    limits = funnel_limits([np.nan, 0], 0.1)
    assert limits[["lower", "upper"]].isna().all(axis=None)
    position = funnel_position([np.nan, 0, 1, 1], [9, 0, np.nan, 10], 0.1, confidence=0.95)
    assert position.tolist() == [None, None, None, "within"]


@given(st.integers(1, 500), REFERENCES, LEVELS, METHODS)
def test_position_agrees_with_the_limits_drawn(n, reference, level, method):
    limits, x = one_row(n, reference, level, method), np.arange(n + 1)
    position = funnel_position(x, np.full(n + 1, n), reference, confidence=level, method=method)
    assert ((position == "below") == (x / n < limits.lower)).all()
    assert ((position == "above") == (x / n > limits.upper)).all()


@pytest.mark.parametrize("reference", [0, 1, 5.2, -0.1, math.nan])
def test_reference_outside_0_and_1_is_refused(reference):
    for call in (
        lambda: funnel_limits([10], reference),
        lambda: funnel_position([1], [10], reference, confidence=0.95),
        lambda: overdispersion([1], [10], reference),
    ):
        with pytest.raises(ValueError, match=r"reference is .*allowed"):
            call()


def test_other_impossible_arguments_are_refused():
    with pytest.raises(ValueError, match=r"confidence is .*allowed"):
        funnel_limits([10], 0.1, confidence=95)
    with pytest.raises(ValueError, match=r"denominators has -1.*allowed"):
        funnel_limits([-1], 0.1)
    with pytest.raises(ValueError, match=r"method is 'normal'.*allowed"):
        funnel_limits([10], 0.1, method="normal")
    with pytest.raises(ValueError, match=r"exceeds denominator.*allowed"):
        funnel_position([11], [10], 0.1, confidence=0.95)
    with pytest.raises(ValueError, match=r"winsorise is 0.5.*allowed"):
        overdispersion([1], [10], 0.1, winsorise=0.5)


def test_units_on_the_reference_have_no_dispersion():
    assert overdispersion([10, 20, 30], [100, 200, 300], 0.1) == pytest.approx(0)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(50, 900)), min_size=1, max_size=30), REFERENCES)
def test_dispersion_is_the_mean_chi_square_and_the_same_for_those_not_counted(pairs, reference):
    x, n = np.array(pairs).T
    phi = overdispersion(x, n, reference, winsorise=0)
    expected = n * reference
    chi_square = (x - expected) ** 2 / expected + (x - expected) ** 2 / (n - expected)
    assert phi == pytest.approx(chi_square.mean())
    for winsorise in (0, 0.1):
        mine = overdispersion(x, n, reference, winsorise=winsorise)
        assert mine == pytest.approx(overdispersion(n - x, n, 1 - reference, winsorise=winsorise), abs=1e-9)


def test_winsorising_draws_in_one_extreme_unit():
    x, n = [50] * 19 + [95], [100] * 20
    assert overdispersion(x, n, 0.5) == 0
    assert overdispersion(x, n, 0.5, winsorise=0) == pytest.approx(81 / 20)


def test_dispersion_leaves_missing_units_out_and_is_nan_without_units():
    assert overdispersion([40, np.nan, 60, 0], [100, 9, 100, 0], 0.5, winsorise=0) == pytest.approx(4)
    assert math.isnan(overdispersion([], [], 0.5))


@pytest.mark.slow
def test_dispersion_in_control_is_1_raw_and_about_0_68_winsorised():
    rng = np.random.default_rng(20050425)
    n = rng.integers(500, 5_000, size=100_000)
    x = rng.binomial(n, 0.1)
    assert overdispersion(x, n, 0.1, winsorise=0) == pytest.approx(1, abs=0.02)
    assert overdispersion(x, n, 0.1) == pytest.approx(0.68, abs=0.02)
