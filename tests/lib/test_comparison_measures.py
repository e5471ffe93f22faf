"""Ranks with intervals, partial pooling, the funnel widened by spread, and statistical neighbours."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inklusion.measures.adjusted_funnel import adjusted_funnel_limits
from inklusion.measures.funnel import funnel_limits, overdispersion
from inklusion.measures.neighbours import leave_one_out, nearest, neighbour_distances, robust_standardise
from inklusion.measures.pooling import pooled_shares
from inklusion.measures.proportions import wilson_interval
from inklusion.measures.ranks import rank_intervals, share_ranks, simultaneous_confidence, value_ranks

LIMITS = st.lists(st.tuples(st.floats(-50, 50), st.floats(0, 20)), min_size=1, max_size=25)
UNITS = st.lists(
    st.integers(1, 3_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=1, max_size=25
)
WEIGHTS = st.lists(st.floats(0.1, 5), min_size=4, max_size=4)
SIZES = np.clip(np.random.default_rng(98).lognormal(np.log(4_900), 0.75, 98), 1_000, 60_000).astype(int)
RANKS = ["rank_lower", "rank_upper"]


def table_of(seed, units=20, variables=4):
    return np.random.default_rng(seed).normal(size=(units, variables))


@given(LIMITS)
def test_rank_intervals_are_those_of_the_definition_pair_by_pair(pairs):
    low, width = map(np.array, zip(*pairs, strict=True))
    high = low + width
    table = rank_intervals(low, high)
    assert table["rank_lower"].tolist() == [1 + (high < edge).sum() for edge in low]
    assert table["rank_upper"].tolist() == [len(low) - (low > edge).sum() for edge in high]
    assert (table["rank_lower"] <= table["rank_upper"]).all()


@given(LIMITS, st.randoms(use_true_random=False))
def test_rank_intervals_hold_the_ranks_of_any_values_inside_the_limits(pairs, random):
    low, width = map(np.array, zip(*pairs, strict=True))
    values = low + width * np.array([random.random() for _ in low])
    ranks = pd.Series(np.clip(values, low, low + width)).rank(method="first")
    table = rank_intervals(low, low + width)
    assert ((table["rank_lower"] <= ranks) & (ranks <= table["rank_upper"])).all()


@given(LIMITS)
def test_ranks_from_the_highest_mirror_ranks_from_the_lowest(pairs):
    low, width = map(np.array, zip(*pairs, strict=True))
    table, mirrored = rank_intervals(low, low + width), rank_intervals(-(low + width), -low)
    assert mirrored["rank_lower"].tolist() == (len(low) + 1 - table["rank_upper"]).tolist()


def test_intervals_that_touch_overlap_and_known_values_have_one_rank():
    assert rank_intervals([0, 1], [1, 2])[RANKS].to_numpy().tolist() == [[1, 2], [1, 2]]
    assert rank_intervals([3, 1, 2], [3, 1, 2])["rank_lower"].tolist() == [3, 1, 2]
    assert rank_intervals([-math.inf, 1, 3], [math.inf, 2, 4])[RANKS].to_numpy().tolist() == [[1, 3], [1, 2], [2, 3]]


def test_units_that_are_not_known_are_not_counted():
    table = rank_intervals([1, math.nan, 5, 0], [2, 3, 6, math.nan])
    assert table["ranked"].tolist() == [2] * 4
    assert table.loc[[1, 3], RANKS].isna().all(axis=None) and table["rank_upper"].tolist()[:3:2] == [1, 2]
    assert rank_intervals([], []).empty and share_ranks([], []).empty
    shares = share_ranks([5, math.nan, 0], [100, 100, 0])
    assert shares["ranked"].tolist() == [1] * 3
    assert shares.loc[0, ["lower", "upper"]].tolist() == [float(edge) for edge in wilson_interval(5, 100)]


@given(st.floats(0.5, 0.999), st.integers(1, 500))
def test_as_many_independent_intervals_hold_together_with_the_confidence_asked_for(confidence, count):
    level = simultaneous_confidence(confidence, count)
    assert level**count == pytest.approx(confidence) and confidence <= level < 1


@settings(deadline=None)
@given(UNITS)
def test_share_ranks_hold_the_order_of_the_shares(pairs):
    x, n = map(np.array, zip(*pairs, strict=True))
    table = share_ranks(x, n)
    ranks = table["share"].rank(method="first")
    assert ((table["rank_lower"] <= ranks) & (ranks <= table["rank_upper"])).all()
    assert table["rank_lower"].between(1, len(x)).all() and table["rank_upper"].between(1, len(x)).all()


def test_more_confidence_never_narrows_the_ranks():
    x = np.random.default_rng(3).binomial(SIZES, 0.05)
    for inner, outer in ((0.5, 0.8), (0.8, 0.95), (0.95, 0.998)):
        narrow, wide = share_ranks(x, SIZES, confidence=inner), share_ranks(x, SIZES, confidence=outer)
        assert (wide["rank_lower"] <= narrow["rank_lower"]).all() and (wide["rank_upper"] >= narrow["rank_upper"]).all()


def test_all_true_ranks_are_held_at_once_by_at_least_the_confidence():
    generator = np.random.default_rng(12)
    truth = np.arange(12.0)
    held = 0
    for _ in range(400):
        table = value_ranks(truth + generator.normal(size=12), np.ones(12), confidence=0.8)
        held += ((table["rank_lower"] <= truth + 1) & (truth + 1 <= table["rank_upper"])).all()
    assert held / 400 >= 0.8


def test_impossible_limits_and_levels_are_refused():
    with pytest.raises(ValueError, match=r"lower 3 exceeds upper 2.*allowed"):
        rank_intervals([1, 3], [2, 2])
    with pytest.raises(ValueError, match=r"lower has 2 values and upper 1.*allowed"):
        rank_intervals([1, 3], [2])
    with pytest.raises(ValueError, match=r"count is 0.*allowed"):
        simultaneous_confidence(0.95, 0)
    with pytest.raises(ValueError, match=r"count is 2.5.*allowed"):
        simultaneous_confidence(0.95, 2.5)
    with pytest.raises(ValueError, match=r"confidence is 95.*allowed"):
        share_ranks([1], [2], confidence=95)
    with pytest.raises(ValueError, match=r"standard_errors has -1.*allowed"):
        value_ranks([1], [-1])
    with pytest.raises(ValueError, match=r"infinite.*allowed"):
        value_ranks([math.inf], [1])


@settings(deadline=None)
@given(UNITS)
def test_pooled_shares_lie_between_the_own_share_and_that_of_all(pairs):
    x, n = map(np.array, zip(*pairs, strict=True))
    table, centre = pooled_shares(x, n), x.sum() / n.sum()
    low, high = np.minimum(table["share"], centre), np.maximum(table["share"], centre)
    assert ((low - 1e-9 <= table["pooled"]) & (table["pooled"] <= high + 1e-9)).all()
    assert table["weight"].between(0, 1).all()
    assert (np.diff(table["weight"].to_numpy()[np.argsort(n)]) >= -1e-12).all()
    others = pooled_shares(n - x, n)
    assert np.allclose(others["pooled"], 1 - table["pooled"], atol=1e-7)
    assert np.allclose(others["weight"], table["weight"], atol=1e-7)


def test_equal_units_get_the_share_of_all_without_interval_and_missing_ones_nothing():
    table = pooled_shares([5, 10, math.nan, 3, 0], [50, 100, 4, math.nan, 0])
    assert table["pooled"].tolist()[:2] == pytest.approx([0.1, 0.1]) and table["weight"].tolist()[:2] == [0, 0]
    assert table[["lower", "upper"]].isna().all(axis=None) and table.loc[2:].isna().all(axis=None)
    assert pooled_shares([math.nan], [3]).isna().all(axis=None)
    with pytest.raises(ValueError, match=r"exceeds denominator.*allowed"):
        pooled_shares([4], [3])


def test_everybody_or_nobody_in_each_unit_is_left_as_it_is():
    table = pooled_shares([0, 10], [10, 10])
    assert table["pooled"].tolist() == [0, 1] and table[["lower", "upper"]].isna().all(axis=None)


def test_pooled_intervals_hold_on_average_over_the_units_and_the_pooled_are_nearer_to_the_truth():
    generator = np.random.default_rng(8)
    sizes = np.tile([60, 150, 400, 900], 25)
    inside, raw, pooled = [], 0.0, 0.0
    for _ in range(100):
        truth = generator.beta(0.05 * 300, 0.95 * 300, sizes.size)
        table = pooled_shares(generator.binomial(sizes, truth), sizes)
        inside.append(((table["lower"] <= truth) & (truth <= table["upper"])).mean())
        raw += float(((table["share"] - truth) ** 2).sum())
        pooled += float(((table["pooled"] - truth) ** 2).sum())
    assert np.mean(inside) == pytest.approx(0.95, abs=0.02)
    assert pooled < raw / 2


def test_without_spread_beyond_chance_the_funnel_is_exactly_that_of_chance():
    x = np.random.default_rng(1).binomial(SIZES, 0.05)
    assert overdispersion(x, SIZES, 0.05) <= 1
    table = adjusted_funnel_limits(x, SIZES, 0.05)
    pd.testing.assert_frame_equal(table.drop(columns="inflation"), funnel_limits(SIZES, 0.05), check_exact=True)
    assert (table["inflation"] == 1).all()


@settings(deadline=None)
@given(UNITS, st.floats(0.02, 0.98))
def test_the_widened_funnel_holds_that_of_chance_and_stays_between_0_and_1(pairs, reference):
    x, n = map(np.array, zip(*pairs, strict=True))
    exact = funnel_limits(n, reference)
    for spread in ("multiplicative", "additive"):
        table = adjusted_funnel_limits(x, n, reference, spread=spread)
        usual = ((exact["lower"] <= reference) & (reference <= exact["upper"]) & table["inflation"].notna()).to_numpy()
        assert (table["lower"] <= exact["lower"] + 1e-12)[usual].all()
        assert (table["upper"] >= exact["upper"] - 1e-12)[usual].all()
        assert (table.loc[usual, ["lower", "upper"]].stack().between(0, 1)).all()
        assert (table["inflation"].dropna() >= 1).all()


def test_inflation_is_the_root_of_phi_or_grows_with_the_unit():
    x, n = np.array([20, 90, 100, 700]), np.array([1_000, 1_000, 3_000, 9_000])
    phi = overdispersion(x, n, 0.05)
    assert adjusted_funnel_limits(x, n, 0.05)["inflation"].tolist() == pytest.approx([math.sqrt(phi)] * 8)
    additive = adjusted_funnel_limits(x, n, 0.05, confidence=0.95, spread="additive")
    assert additive["inflation"].is_monotonic_increasing and additive["inflation"].nunique() == 3


def test_the_additive_funnel_never_comes_nearer_than_the_spread_between_units():
    generator = np.random.default_rng(4)
    x = generator.binomial(SIZES, np.clip(generator.normal(0.05, 0.012, 98), 0.005, 1))
    table = adjusted_funnel_limits(
        [*x, 50_000], [*SIZES, 1_000_000], 0.05, confidence=0.95, spread="additive", winsorise=0
    )
    assert table["upper"].iloc[-1] - 0.05 == pytest.approx(1.96 * 0.012, rel=0.3)


def test_units_in_control_fall_outside_the_adjusted_funnel_about_as_often_as_it_says():
    generator = np.random.default_rng(5)
    outside = []
    for _ in range(60):
        x = generator.binomial(SIZES, 0.05)
        limits = adjusted_funnel_limits(x, SIZES, x.sum() / SIZES.sum(), confidence=0.95)
        outside.append(((x / SIZES < limits["lower"]) | (x / SIZES > limits["upper"])).mean())
    assert 0.03 < np.mean(outside) < 0.06


def test_funnel_of_missing_units_and_impossible_arguments():
    table = adjusted_funnel_limits([5, math.nan, 0, 9], [100, 100, 0, 100], 0.05, confidence=0.95)
    assert table["lower"].notna().tolist() == [True, True, False, True]
    assert adjusted_funnel_limits([math.nan], [10], 0.1)[["lower", "upper"]].isna().all(axis=None)
    with pytest.raises(ValueError, match=r"spread is 'both'.*allowed"):
        adjusted_funnel_limits([1], [10], 0.1, spread="both")
    with pytest.raises(ValueError, match=r"winsorise is 0.5.*allowed"):
        adjusted_funnel_limits([1], [10], 0.1, winsorise=0.5)
    with pytest.raises(ValueError, match=r"reference is 5.*allowed"):
        adjusted_funnel_limits([1], [10], 5)
    with pytest.raises(ValueError, match=r"exceeds denominator.*allowed"):
        adjusted_funnel_limits([11], [10], 0.1)


@given(st.integers(0, 1_000), st.floats(0.1, 50), st.floats(-100, 100))
def test_standardised_values_do_not_depend_on_the_unit_of_measurement(seed, scale, shift):
    values = table_of(seed)
    plain, drawn_in = robust_standardise(values)
    moved, drawn_too = robust_standardise(values * scale + shift, limit=3)
    assert np.allclose(plain, moved) and (drawn_in == drawn_too).all()
    assert np.abs(plain).max() <= 3 and (np.abs(plain[drawn_in]) == 3).all()
    assert np.allclose(np.median(plain, axis=0), 0)


def test_normal_values_get_standard_deviation_1():
    standardised, _ = robust_standardise(np.random.default_rng(2).normal(7, 3, (40_000, 1)), limit=math.inf)
    assert standardised.std() == pytest.approx(1, abs=0.02)


def test_an_extreme_unit_moves_nobody_and_missing_values_stay_missing():
    values = pd.DataFrame({"a": [1.0, 2, 3, 4, 5], "b": [2.0, math.nan, 4, 5, 9]})
    before, _ = robust_standardise(values)
    values.loc[4, "a"] = 5_000
    after, drawn_in = robust_standardise(values)
    assert np.array_equal(before[:4], after[:4], equal_nan=True)
    assert np.isnan(after[1, 1]) and not drawn_in[1, 1]
    assert drawn_in.sum() == 1 and drawn_in[4, 0] and after[4, 0] == 3


def test_variables_that_do_not_vary_are_refused_by_name():
    with pytest.raises(ValueError, match=r"variable islands has median absolute deviation 0.*allowed"):
        robust_standardise(pd.DataFrame({"size": [1, 2, 3], "islands": [0, 0, 7]}))
    with pytest.raises(ValueError, match=r"variable 0 has median absolute deviation 0.*allowed"):
        robust_standardise([[math.nan], [math.nan]])
    with pytest.raises(ValueError, match=r"values has 1 dimensions.*allowed"):
        robust_standardise([1, 2, 3])
    with pytest.raises(ValueError, match=r"infinite.*allowed"):
        robust_standardise([[1], [math.inf]])
    with pytest.raises(ValueError, match=r"limit is 0.*allowed"):
        robust_standardise([[1], [2]], limit=0)


@given(st.integers(0, 1_000), WEIGHTS, st.floats(0.01, 100))
def test_distances_are_symmetric_and_only_the_proportions_of_the_weights_count(seed, weights, factor):
    table = table_of(seed, units=8)
    distances = np.array([neighbour_distances(table, weights, unit) for unit in range(8)])
    assert np.allclose(distances, distances.T, equal_nan=True) and np.isnan(np.diag(distances)).all()
    assert np.allclose(neighbour_distances(table, np.array(weights) * factor, 0), distances[0], equal_nan=True)


@given(st.integers(0, 1_000), WEIGHTS)
def test_a_missing_variable_counts_as_the_mean_of_the_others(seed, weights):
    table, weights = table_of(seed), np.array(weights)
    weights[3] = min(weights[3], weights[:3].sum())
    lacking = table.copy()
    lacking[5, 3] = math.nan
    found = neighbour_distances(lacking, weights, 0)[5]
    assert found == pytest.approx(neighbour_distances(table[:, :3], weights[:3], 0)[5])
    filled = table.copy()
    filled[5, 3] = table[0, 3] + found
    assert neighbour_distances(filled, weights, 0)[5] == pytest.approx(found)


def test_half_of_the_weight_is_enough_and_less_is_not():
    table = [[0, 0, 0], [1, math.nan, math.nan], [math.nan, 1, 1], [math.nan, 1, math.nan]]
    assert np.array_equal(neighbour_distances(table, [0.3, 0.1, 0.2], 0), [math.nan, 1, 1, math.nan], equal_nan=True)


def test_equal_units_are_at_distance_0_and_ties_come_in_the_order_of_the_units():
    distances = neighbour_distances([[1, 1], [2, 1], [1, 1], [0, 1], [1, 0]], [1, 1], 0)
    assert distances[2] == 0 and nearest(distances, 3).tolist() == [2, 1, 3]
    assert nearest([math.nan, 3, math.nan, 1], 5).tolist() == [3, 1]


def test_leaving_out_a_variable_without_weight_or_the_only_one_with_weight():
    table = table_of(6)
    assert leave_one_out(table, [1, 0, 1, 0], 3, 5)[[1, 3]].tolist() == [0, 0]
    assert leave_one_out(table, [0, 2, 0, 0], 3, 5).tolist() == [0, 5, 0, 0]


@settings(deadline=None)
@given(st.integers(0, 1_000), WEIGHTS, st.integers(1, 19))
def test_leave_one_out_counts_what_leaving_out_does(seed, weights, count):
    table = table_of(seed)
    chosen = set(nearest(neighbour_distances(table, weights, 7), count).tolist())
    lost = []
    for variable in range(4):
        rest = neighbour_distances(np.delete(table, variable, axis=1), np.delete(weights, variable), 7)
        lost.append(len(chosen - set(nearest(rest, count).tolist())))
    assert leave_one_out(table, weights, 7, count).tolist() == lost


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[1, 2], [3, 4]], [1], 0), r"weights has 1 values for 2 variables.*allowed"),
        (([[1, 2], [3, 4]], [1, -1], 0), r"weights has -1.*allowed"),
        (([[1, 2], [3, 4]], [0, 0], 0), r"weights are missing or all 0.*allowed"),
        (([[1, 2], [3, 4]], [1, math.nan], 0), r"weights are missing or all 0.*allowed"),
        (([[1, 2], [3, 4]], [1, 1], -1), r"index is -1.*allowed are rows 0 to 1"),
        (([[1, 2], [3, 4]], [1, 1], 2), r"index is 2.*allowed"),
        (([[1, 2], [3, math.inf]], [1, 1], 0), r"standardised is no table.*allowed"),
    ],
)
def test_impossible_distances_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        neighbour_distances(*arguments)
    with pytest.raises(ValueError, match=message):
        leave_one_out(*arguments, 1)
    with pytest.raises(ValueError, match=r"count is 0.*allowed"):
        nearest([1], 0)
