"""Ratios: disproportionality between groups, shrunken ratios, and the funnel around observed/expected."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import poisson

from inklusion.measures.disproportionality import GROUP_UNDER, OTHERS_UNDER, disproportionality
from inklusion.measures.ratio_funnel import ratio_funnel_limits
from inklusion.measures.shrinkage import empirical_bayes_ratios

GROUPS = st.lists(st.tuples(st.integers(10, 200), st.integers(300, 3_000)), min_size=2, max_size=6)
UNITS = st.lists(st.tuples(st.integers(0, 60), st.floats(0.5, 50)), min_size=1, max_size=30)
MEASURES = ["risk_difference", "risk_ratio", "alternate_risk_ratio", "weighted_risk_ratio"]


@settings(deadline=None)
@given(GROUPS)
def test_the_local_shares_as_reference_give_the_plain_ratio(groups):
    x, n = np.array(groups).T
    table = disproportionality(x, n, reference_share=n / n.sum(), reference_risk=(x.sum() - x) / (n.sum() - n))
    assert np.allclose(table["weighted_risk_ratio"], table["risk_ratio"])
    assert np.allclose(table["alternate_risk_ratio"], table["risk_ratio"])
    assert np.allclose(table["risk"], x / n)
    for measure in MEASURES:
        assert (table[f"{measure}_lower"] < table[measure]).all() and (table[measure] < table[f"{measure}_upper"]).all()
    assert ((table["risk_difference"] > 0) == (table["risk_ratio"] > 1)).all()


@settings(deadline=None)
@given(
    st.tuples(st.integers(10, 200), st.integers(300, 3_000)), st.tuples(st.integers(10, 200), st.integers(300, 3_000))
)
def test_two_groups_mirror_each_other(first, second):
    x, n = np.array([first, second]).T
    one, other = disproportionality(x, n, reference_share=[0.3, 0.7]).to_dict("records")
    assert one["risk_difference_lower"] == pytest.approx(-other["risk_difference_upper"])
    for measure in ("risk_ratio", "weighted_risk_ratio"):
        assert one[measure] * other[measure] == pytest.approx(1)
        assert one[f"{measure}_lower"] * other[f"{measure}_upper"] == pytest.approx(1)


def test_groups_under_the_minimum_are_not_compared_and_say_so():
    table = disproportionality(
        [9, 40, 10, 50], [300, 500, 29, 700], reference_risk=[0.1] * 4, reference_share=[0.25] * 4
    )
    assert table["note"].tolist() == [GROUP_UNDER, "", GROUP_UNDER, ""]
    assert table.loc[[0, 2], ["risk", *MEASURES]].isna().all(axis=None)
    assert table.loc[[1, 3], ["risk", *MEASURES]].notna().all(axis=None)


def test_others_under_the_minimum_leave_the_ratio_with_the_country():
    table = disproportionality([40, 5], [500, 300], reference_risk=[0.05, 0.05], reference_share=[0.5, 0.5])
    assert table["note"].tolist() == [OTHERS_UNDER, GROUP_UNDER]
    row = table.loc[0]
    assert row["risk"] == 0.08 and row["alternate_risk_ratio"] == pytest.approx(1.6)
    assert row[["risk_difference", "risk_ratio", "weighted_risk_ratio"]].isna().all()
    assert disproportionality([40], [500])["note"].tolist() == [OTHERS_UNDER]


def test_groups_that_are_missing_or_empty_or_without_reference():
    table = disproportionality([40, math.nan], [500, 300])
    assert table["note"].tolist() == ["", ""] and table["risk_ratio"].isna().all()
    x, n, share = [40, 50, 0], [500, 400, 0], [0.4, 0.4, 0.2]
    table = disproportionality(x, n, reference_share=share)
    without = disproportionality(x[:2], n[:2], reference_share=[0.5, 0.5])
    assert table["weighted_risk_ratio"].tolist()[:2] == pytest.approx(without["weighted_risk_ratio"].tolist())
    assert table["note"].tolist() == ["", "", GROUP_UNDER]
    assert table["alternate_risk_ratio"].isna().all()
    assert disproportionality([40, 50], [500, 400])["weighted_risk_ratio"].isna().all()


def test_katz_interval_covers_at_its_level():
    generator = np.random.default_rng(7)
    x = generator.binomial([600, 2_400], [0.08, 0.05], (800, 2))
    inside = 0
    for pair in x:
        row = disproportionality(pair, [600, 2_400]).iloc[0]
        inside += row["risk_ratio_lower"] <= 1.6 <= row["risk_ratio_upper"]
    assert inside / 800 == pytest.approx(0.95, abs=0.02)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"reference_share": [0.5, 0.6]}, r"reference_share adds up to 1\.1.*allowed"),
        ({"reference_risk": [0.5]}, r"reference_risk has 1 values for 2 groups.*allowed"),
        ({"reference_risk": [5, 6]}, r"reference_risk has 6.*allowed"),
        ({"confidence": 95}, r"confidence is .*allowed"),
    ],
)
def test_impossible_references_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        disproportionality([40, 50], [500, 400], **options)


@settings(deadline=None)
@given(UNITS)
def test_shrunken_ratios_lie_between_the_ratio_and_that_of_all(units):
    observed, expected = map(np.array, zip(*units, strict=True))
    table = empirical_bayes_ratios(observed, expected)
    centre = observed.sum() / expected.sum()
    low, high = np.minimum(table["ratio"], centre), np.maximum(table["ratio"], centre)
    assert ((low - 1e-9 <= table["shrunken"]) & (table["shrunken"] <= high + 1e-9)).all()
    assert table["weight"].between(0, 1).all()
    order = np.argsort(expected)
    assert (np.diff(table["weight"].to_numpy()[order]) >= -1e-12).all()


def test_units_that_do_not_differ_all_get_the_same_and_missing_ones_nothing():
    table = empirical_bayes_ratios([5, 10, math.nan, 3, 0], [10, 20, 4, math.nan, 0])
    assert table["shrunken"].tolist()[:2] == [0.5, 0.5] and table.loc[2:].isna().all(axis=None)
    assert empirical_bayes_ratios([0, 0], [3, 4])["shrunken"].tolist() == [0, 0]
    assert empirical_bayes_ratios([math.nan], [3]).isna().all(axis=None)
    with pytest.raises(ValueError, match=r"expected has -1.*allowed"):
        empirical_bayes_ratios([1], [-1])


def test_shrunken_ratios_are_nearer_to_the_truth():
    generator = np.random.default_rng(5)
    expected = generator.uniform(2, 30, 2_000)
    truth = generator.gamma(1 / 0.04, 0.04, 2_000)
    table = empirical_bayes_ratios(generator.poisson(truth * expected), expected)
    raw, shrunken = (float(((table[name] - truth) ** 2).mean()) for name in ("ratio", "shrunken"))
    assert shrunken < raw / 2


@settings(deadline=None)
@given(st.floats(0.5, 5_000), st.sampled_from([0.0, 0.02, 0.2]))
def test_funnel_holds_one_and_widens_with_confidence(expected, between):
    inner, outer = ratio_funnel_limits([expected], between_variance=between).itertuples()
    assert 0 <= outer.lower <= inner.lower <= 1 <= inner.upper <= outer.upper


@settings(deadline=None)
@given(st.floats(5, 2_000), st.sampled_from([0.0, 0.02]))
def test_funnel_narrows_with_size_and_widens_with_variance_between_units(expected, between):
    small, large = ratio_funnel_limits([expected, 4 * expected], confidence=0.95, between_variance=between).itertuples()
    assert large.upper - large.lower < small.upper - small.lower
    (wide,) = ratio_funnel_limits([expected], confidence=0.95, between_variance=0.2).itertuples()
    assert wide.upper - wide.lower > small.upper - small.lower


def test_funnel_of_chance_alone_flags_about_its_level_of_poisson_counts():
    for expected in (20.0, 150.0):
        (row,) = ratio_funnel_limits([expected], confidence=0.95).itertuples()
        counts = np.arange(600)
        outside = (counts < row.lower * expected) | (counts > row.upper * expected)
        assert poisson.pmf(counts, expected)[outside].sum() == pytest.approx(0.055, abs=0.015)


def test_funnel_of_units_that_differ_flags_about_its_level():
    generator = np.random.default_rng(11)
    expected, between = 40.0, 0.04
    ratio = generator.poisson(expected * generator.gamma(1 / between, between, 20_000)) / expected
    (row,) = ratio_funnel_limits([expected], confidence=0.95, between_variance=between).itertuples()
    assert ((ratio < row.lower) | (ratio > row.upper)).mean() == pytest.approx(0.05, abs=0.01)


def test_a_little_variance_between_units_is_near_the_exact_limits_as_documented():
    exact, normal = (ratio_funnel_limits([20], confidence=0.95, between_variance=v).iloc[0] for v in (0, 1e-9))
    assert abs(exact - normal)[["lower", "upper"]].max() <= 1 / 20


def test_funnel_comes_level_by_level_and_empty_units_have_no_limits():
    table = ratio_funnel_limits([30, 0, math.nan, 10])
    assert list(table.columns) == ["expected", "confidence", "lower", "upper"]
    assert table["confidence"].tolist() == [0.95] * 4 + [0.998] * 4
    assert table.loc[[1, 2, 5, 6], ["lower", "upper"]].isna().all(axis=None)
    with pytest.raises(ValueError, match=r"between_variance has -1.*allowed"):
        ratio_funnel_limits([30], between_variance=-1)
    with pytest.raises(ValueError, match=r"confidence is .*allowed"):
        ratio_funnel_limits([30], confidence=95)
