import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inklusion.measures.heterogeneity import (
    between_unit_degrees,
    between_unit_variance,
    design_effect,
    random_effects_variance,
)

UNITS = st.lists(
    st.tuples(st.floats(-9, 9), st.floats(0.1, 4), st.integers(1, 500), st.sampled_from("abcd")),
    min_size=1,
    max_size=25,
)


def parts(units):
    effect, variance, weight, group = zip(*units, strict=True)
    return np.array(effect), np.array(variance), np.array(weight, dtype=float), np.array(group)


@settings(deadline=None)
@given(UNITS, st.floats(0.1, 10), st.randoms())
def test_between_unit_variance_ignores_levels_order_and_the_size_of_weights(units, factor, random):
    effect, variance, weight, group = parts(units)
    mine = between_unit_variance(effect, variance, weight, group)
    shift = np.array([{"a": 5, "b": -2, "c": 0, "d": 1}[name] for name in group])
    assert between_unit_variance(effect + shift, variance, factor * weight, group) == pytest.approx(
        mine, nan_ok=True, abs=1e-9
    )
    scaled = between_unit_variance(factor * effect, factor**2 * variance, weight, group)
    assert scaled == pytest.approx(factor**2 * mine, nan_ok=True, abs=1e-9)
    order = list(range(len(units)))
    random.shuffle(order)
    shuffled = between_unit_variance(*(part[order] for part in (effect, variance, weight, group)))
    assert shuffled == pytest.approx(mine, nan_ok=True, abs=1e-9)


@settings(deadline=None)
@given(UNITS)
def test_units_alone_in_their_group_or_with_something_missing_change_nothing(units):
    effect, variance, weight, group = parts(units)
    mine = between_unit_variance(effect, variance, weight, group)
    more = between_unit_variance(
        [*effect, 50, 60, math.nan, 70, 80], [*variance, 1, 1, 1, math.nan, 1], [*weight, 1, 3, 1, 1, 0],
        [*group, "x", "y", "a", "a", "a"],
    )  # fmt: skip
    assert more == pytest.approx(mine, nan_ok=True)
    without_group = between_unit_variance(
        [*effect, 90], [*variance, 1], [*weight, 1], np.array([*group, None], dtype=object)
    )
    assert without_group == pytest.approx(mine, nan_ok=True)


def test_no_group_with_two_units_says_nothing():
    assert math.isnan(between_unit_variance([1, 2, 3], [1, 1, 1], [1, 1, 1], ["a", "b", "c"]))
    assert math.isnan(between_unit_variance([], [], [], []))
    assert between_unit_variance([2, 2, 2], [1, 1, 1], [1, 2, 3], ["a", "a", "a"]) == 0


@pytest.mark.parametrize("true_variance", [0.0, 1.5])
def test_between_unit_variance_recovers_the_truth(true_variance):
    generator = np.random.default_rng(4)
    group = np.repeat(np.arange(2_000), 6)
    size = generator.integers(50, 500, group.size)
    variance = 300 / size
    own = generator.normal(0, math.sqrt(true_variance), group.size)
    effect = generator.normal(0, 3, 2_000)[group] + own + generator.normal(0, np.sqrt(variance))
    assert between_unit_variance(effect, variance, size, group) == pytest.approx(true_variance, abs=0.1)


@pytest.mark.parametrize(("groups", "units", "true_variance"), [(98, 2, 1.5), (40, 7, 1.0), (1, 60, 3.0)])
def test_degrees_say_how_much_the_estimated_variance_varies(groups, units, true_variance):
    generator = np.random.default_rng(6)
    group = np.repeat(np.arange(groups), units)
    size = generator.integers(80, 700, group.size).astype(float)
    variance = 200 / size
    effects = generator.normal(0, np.sqrt(true_variance + variance), (1_500, group.size))
    estimates = np.array([between_unit_variance(effect, variance, size, group) for effect in effects])
    degrees = np.array([between_unit_degrees(effect, variance, size, group) for effect in effects[:200]])
    said = np.median(2 * estimates[:200] ** 2 / degrees)
    assert estimates.var() == pytest.approx(said, rel=0.2)


@settings(deadline=None)
@given(UNITS)
def test_degrees_ignore_levels_scale_and_lone_units_and_are_one_or_more(units):
    effect, variance, weight, group = parts(units)
    mine, between = (f(effect, variance, weight, group) for f in (between_unit_degrees, between_unit_variance))
    assert math.isnan(mine) == math.isnan(between) and not mine < 1 and (mine == math.inf) == (between == 0)
    if between > 1e-6:
        others = [*(3 * effect + 5), 60], [*(9 * variance), 1], [*(2 * weight), 9], [*group, "x"]
        assert between_unit_degrees(*others) == pytest.approx(mine, rel=1e-5)


def test_degrees_without_sampling_variance_are_units_less_groups():
    none, equal = np.zeros(6), np.ones(6)
    assert between_unit_degrees([0, 1, 3, 9, 7, 8], none, equal, list("aaabbb")) == pytest.approx(4)
    assert between_unit_degrees([0, 1, 3, 9, 7, 8], none, equal, list("aabbcc")) == pytest.approx(3)
    assert between_unit_degrees([0, 1], [0.9, 0], [1, 1], ["a", "a"]) == 1


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(-9, 9), st.floats(0.1, 4)), min_size=2, max_size=20))
def test_random_effects_variance_is_that_of_one_group_with_inverse_variance_weights(units):
    effect, variance = map(np.array, zip(*units, strict=True))
    one_group = between_unit_variance(effect, variance, 1 / variance, np.zeros(len(units)))
    assert random_effects_variance(effect, variance) == pytest.approx(one_group, abs=1e-9)
    assert random_effects_variance(effect, variance, winsorise=0.2) <= random_effects_variance(effect, variance) + 1e-9
    assert random_effects_variance([*effect, math.nan], [*variance, 1]) == pytest.approx(one_group, abs=1e-9)


def test_fewer_than_two_units_have_no_random_effects_variance():
    assert math.isnan(random_effects_variance([3], [1]))


@settings(deadline=None)
@given(st.lists(st.floats(-1, 1), min_size=1, max_size=30), st.integers(1, 6))
def test_design_effect_of_copies_is_their_number_and_of_singles_one(residuals, copies):
    if not np.square(residuals).sum() > 1e-9:
        return
    cluster = np.arange(len(residuals))
    assert design_effect(residuals, cluster) == pytest.approx(1)
    assert design_effect(np.tile(residuals, copies), np.tile(cluster, copies)) == pytest.approx(copies)
    assert design_effect(residuals, [None] * len(residuals)) == pytest.approx(1)


def test_residuals_that_cancel_within_clusters_have_no_design_effect():
    assert design_effect([1, -1, 2, -2], ["a", "a", "b", "b"]) == 0
    assert math.isnan(design_effect([0, 0], ["a", "b"]))
    assert design_effect([1, 1, math.nan], ["a", "b", "a"]) == 1


def test_design_effect_of_siblings_alike_is_as_theory_says():
    """One plus the pairs' correlation, for clusters of two."""
    generator = np.random.default_rng(2)
    family = np.repeat(np.arange(60_000), 2)
    shared, own = generator.normal(size=60_000)[family], generator.normal(size=family.size)
    assert design_effect(math.sqrt(0.3) * shared + math.sqrt(0.7) * own, family) == pytest.approx(1.3, abs=0.02)


def test_impossible_arguments_are_refused():
    with pytest.raises(ValueError, match=r"variance has -1.*allowed"):
        between_unit_variance([1], [-1], [1], ["a"])
    with pytest.raises(ValueError, match=r"weight has -1.*allowed"):
        between_unit_variance([1], [1], [-1], ["a"])
    with pytest.raises(ValueError, match=r"group has 1 values for 2 units.*allowed"):
        between_unit_variance([1, 2], [1, 1], [1, 1], ["a"])
    with pytest.raises(ValueError, match=r"difference has an infinite value.*allowed"):
        random_effects_variance([math.inf], [1])
    with pytest.raises(ValueError, match=r"variance has 0.*allowed"):
        random_effects_variance([1, 2], [0, 1])
    with pytest.raises(ValueError, match=r"winsorise is 0\.5.*allowed"):
        random_effects_variance([1, 2], [1, 1], winsorise=0.5)
    with pytest.raises(ValueError, match=r"cluster has 1 values for 2 residuals.*allowed"):
        design_effect([1, 2], ["a"])
    with pytest.raises(ValueError, match=r"residual has an infinite value.*allowed"):
        design_effect([1, math.inf], ["a", "b"])
