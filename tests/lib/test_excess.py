import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, norm, t

from inklusion.measures.excess import excess_interval, excess_p_value

MEANS = st.floats(0.3, 3_000)
MEAN_CHANCES = st.floats(0.02, 0.9)  # squared / expected: 1 / n* of the expected count
SPREADS = st.sampled_from([0.0, 0.1, 0.8, 3.0, 12.0])  # of the mean, in binomial standard deviations
EFFECTS = st.sampled_from([1.0, 1.3, 2.5])
OFFSETS = st.floats(-5, 6)
DEGREES = st.sampled_from([1.0, 4.0, 11.5, np.inf])
THIRDS = st.sampled_from([None, 0.0, 0.3, 0.9, 1.0])  # of the way from the least possible cubed to the largest


def cubed(expected, squared, third):
    return None if third is None else squared**2 / expected * (1 - third) + squared * third


def reference(name):
    return pd.read_csv(Path(__file__).parents[1] / "reference" / name, comment="#", skipinitialspace=True)


def unit(mean, part, offset, spread):
    """Observed, expected, squared and extra variance of a unit `offset` standard deviations from expected."""
    error = np.sqrt(mean * (1 - part))
    observed = np.round(np.clip(mean + offset * error, 0, mean / part))
    return observed, mean, mean * part, (spread * error) ** 2


@settings(max_examples=150, deadline=None)
@given(MEANS, MEAN_CHANCES, OFFSETS, SPREADS, EFFECTS, st.floats(1e-5, 0.5), THIRDS, DEGREES)
def test_zero_lies_outside_the_interval_exactly_when_p_is_below_the_level(
    mean, part, offset, spread, effect, level, third, degrees
):
    *counts, extra = unit(mean, part, offset, spread)
    options = {"cubed": cubed(*counts[1:], third), "extra_variance": extra, "extra_df": degrees}
    options["design_effect"] = effect
    (p_value,) = excess_p_value(*counts, **options)
    if abs(p_value / level - 1) > 1e-6:
        limits = excess_interval(*counts, **options, confidence=1 - level).iloc[0]
        assert (p_value < level) == bool(limits.lower > 0 or limits.upper < 0)


@settings(max_examples=80, deadline=None)
@given(MEANS, MEAN_CHANCES, OFFSETS, SPREADS, EFFECTS, THIRDS, DEGREES)
def test_interval_holds_the_estimate_stays_possible_and_widens_with_confidence(
    mean, part, offset, spread, effect, third, degrees
):
    observed, *rest, extra = unit(mean, part, offset, spread)
    options = {"cubed": cubed(*rest, third), "extra_variance": extra, "extra_df": degrees, "design_effect": effect}
    inner, outer = (excess_interval(observed, *rest, **options, confidence=c).iloc[0] for c in (0.8, 0.998))
    assert -mean <= outer.lower <= inner.lower <= observed - mean <= inner.upper <= outer.upper
    if third in (None, 0.0):
        assert outer.upper <= max(mean / part, observed) - mean + 1e-6


@settings(max_examples=80, deadline=None)
@given(st.integers(1, 400), st.floats(0.01, 0.99), st.floats(0, 1))
def test_equal_chances_give_the_mid_p_of_the_binomial(n, chance, quantile):
    observed = max(0, binom.ppf(quantile, n, chance))
    lowest, middle, highest = (
        binom.cdf(observed - 1, n, chance),
        binom.pmf(observed, n, chance),
        binom.sf(observed, n, chance),
    )
    exact = min(1, 2 * min(lowest, highest) + middle)
    for third in ([], [n * chance**3]):
        assert excess_p_value(observed, n * chance, n * chance**2, *third) == pytest.approx(exact, rel=1e-7)


# Largest relative errors of p-values from 0.001 and from 0.03 up to 0.5 with two moments, then with three: the Notes.
@pytest.mark.parametrize(
    ("kind", "means", "ratios", "two", "three"),
    [
        ("beta", [60], (0.12, 0.14), (0.014, 0.004), (0.003, 0.0004)),
        ("beta", [60], (0.36, 0.38), (0.155, 0.045), (0.024, 0.003)),
        ("beta", [60], (0.46, 0.48), (0.298, 0.077), (0.041, 0.004)),
        ("beta", [60], (0.59, 0.62), (0.464, 0.116), (0.052, 0.004)),
        ("beta", [20], (0.12, 0.14), (0.023, 0.005), (0.01, 0.001)),
        ("beta", [20], (0.36, 0.38), (0.279, 0.063), (0.056, 0.005)),
        ("beta", [20], (0.46, 0.48), (0.478, 0.119), (0.124, 0.007)),
        ("beta", [20], (0.59, 0.62), (0.643, 0.225), (0.116, 0.019)),
        ("beta", [3, 6], (0.12, 0.19), (0.059, 0.009), (0.039, 0.003)),
        ("beta", [3, 6], (0.31, 0.48), (0.783, 0.309), (0.37, 0.046)),
        ("beta", [3, 6], (0.59, 0.62), (1.68, 0.282), (1, 0.03)),
        ("two_kinds", [60], (0.13, 0.14), (0.178, 0.045), (0.004, 0.0003)),
        ("two_kinds", [60], (0.36, 0.38), (0.646, 0.134), (0.018, 0.001)),
        ("two_kinds", [60], (0.46, 0.48), (1.102, 0.187), (0.038, 0.002)),
        ("two_kinds", [60], (0.59, 0.62), (1.326, 0.322), (0.064, 0.006)),
        ("two_kinds", [20], (0.11, 0.14), (0.287, 0.056), (0.011, 0.0004)),
        ("two_kinds", [20], (0.36, 0.39), (1.713, 0.315), (0.095, 0.006)),
        ("two_kinds", [20], (0.46, 0.48), (2.07, 0.303), (0.134, 0.004)),
        ("two_kinds", [20], (0.59, 0.62), (3.582, 0.361), (0.345, 0.008)),
        ("two_kinds", [3, 6], (0.12, 0.19), (0.625, 0.192), (0.031, 0.002)),
        ("two_kinds", [3, 6], (0.31, 0.48), (3.533, 0.477), (0.305, 0.018)),
        ("two_kinds", [3, 6], (0.59, 0.62), (6.751, 1.792), (1, 0.4)),
    ],
)
def test_three_moments_are_nearer_the_exact_sum_than_two(kind, means, ratios, two, three):
    rows = reference("excess_hard.csv").query("kind == @kind and mean in @means")
    rows = rows[(rows["squared"] / rows["expected"]).between(*ratios)]
    exact = 2 * rows[["below", "above"]].min(axis=1)
    for more, documented in (([], two), ([rows["cubed"]], three)):
        found = excess_p_value(rows["observed"], rows["expected"], rows["squared"], *more)
        error = (found / exact - 1).abs()
        largest = [error[exact.between(least, 0.5)].max() for least in (0.001, 0.03)]
        assert np.all(largest <= 1.02 * np.array(documented) + 0.0005), largest
        assert np.all(largest >= 0.8 * np.array(documented) - 0.0005), largest


def test_three_moments_and_student_equal_the_same_model_integrated_in_r():
    table = reference("excess_student.csv")
    options = {name: table[name] for name in ("extra_variance", "extra_df", "design_effect")}
    model = [table[name] for name in ("observed", "expected", "squared", "cubed")]
    limits, p_value = excess_interval(*model, **options), excess_p_value(*model, **options)
    width = table["upper"] - table["lower"]
    assert limits.sub(table[["lower", "upper"]]).div(width, axis=0).abs().max(axis=None) < 5e-6
    alone, likely = table["extra_variance"] == 0, table["p_value"] > 1e-4
    assert np.allclose(p_value[likely], table.loc[likely, "p_value"], rtol=5e-4, atol=0)
    assert np.allclose(p_value[alone], table.loc[alone, "p_value"], rtol=1e-9, atol=0)
    assert table.loc[table["extra_df"].eq(4) & likely & ~alone, "p_value"].min() < 2e-4


def test_student_with_many_degrees_is_normal_and_fewer_degrees_widen():
    model = ([0, 3, 25, 90], [4, 5, 18, 60], [0.4, 1, 3, 9])
    for ratio in (0.01, 0.05, 0.3, 2):
        extra = ratio**2 * np.array(model[1])
        normal, many, ten, two = (
            excess_interval(*model, extra_variance=extra, extra_df=df, confidence=0.99) for df in (np.inf, 1e9, 10, 2)
        )
        assert np.allclose(normal, many, rtol=1e-5, atol=1e-5)
        assert (two["upper"] > ten["upper"]).all() and (ten["upper"] > normal["upper"]).all()
        each = [
            excess_interval(*np.array(model)[:, [row]], extra_variance=extra[row], extra_df=df, confidence=0.99)
            for row, df in enumerate((2, 10, np.inf, 2))
        ]
        mixed = excess_interval(*model, extra_variance=extra, extra_df=[2, 10, np.inf, 2], confidence=0.99)
        assert np.allclose(mixed, pd.concat(each))


def test_large_counts_with_much_estimated_variance_have_nearly_the_t_interval():
    limits = excess_interval(1e6 + 20_000, 1e6, 1e4, extra_variance=1e8, extra_df=5).iloc[0]
    assert (limits.lower, limits.upper) == pytest.approx((20_000 - 25_706, 20_000 + 25_706), abs=0.01 * 25_706)
    assert excess_p_value(1e6 + 97_000, 1e6, 1e4, extra_variance=1e8, extra_df=5) == pytest.approx(
        2 * t.sf(9.7, 5), rel=0.05
    )


@pytest.mark.parametrize("share", [1.0, 1 - 1e-12])
def test_certain_chances_fall_back_to_two_moments(share):
    certain = [7, 5, 5 * share]
    assert np.allclose(excess_interval(*certain, 5 * share**2), excess_interval(*certain))


def test_twelve_hundred_units_take_about_a_second():
    generator = np.random.default_rng(1)
    mean = generator.uniform(2, 300, 1_200)
    options = {"extra_variance": 0.3 * mean, "extra_df": generator.uniform(3, 60, mean.size)}
    start = time.process_time()
    excess_interval(generator.poisson(mean), mean, 0.3 * mean, 0.12 * mean, **options)
    assert time.process_time() - start < 5  # 0.6 s alone; machines are shared


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 60), st.floats(0.02, 0.98), SPREADS)
def test_those_not_counted_have_the_mirrored_interval(n, chance, spread):
    observed, mean, squared, extra = unit(n * chance, chance, 1, spread)
    mine = excess_interval(observed, mean, squared, extra_variance=extra).iloc[0]
    others = excess_interval(n - observed, n - mean, n * (1 - chance) ** 2, extra_variance=extra).iloc[0]
    if spread < 1:  # the number of points depends on the count
        assert (mine.lower, mine.upper) == pytest.approx((-others.upper, -others.lower), abs=1e-4 * n)


@pytest.mark.parametrize("effect", [2, 5])
def test_persons_who_count_several_times_weigh_as_one(effect):
    once = excess_interval([3, 40], [5, 31], [0.7, 6])
    several = excess_interval(
        effect * np.array([3, 40]), effect * np.array([5, 31]), effect * np.array([0.7, 6]), design_effect=effect
    )
    assert np.allclose(several, effect * once)


def test_large_counts_with_much_extra_variance_are_nearly_normal():
    observed, mean, squared, extra = 10_100.0, 10_000.0, 800.0, 90_000.0
    half = norm.ppf(0.975) * np.sqrt(mean - squared + extra)
    limits = excess_interval(observed, mean, squared, extra_variance=extra).iloc[0]
    assert (limits.lower, limits.upper) == pytest.approx((100 - half, 100 + half), abs=0.03 * half)


def test_a_variance_too_small_to_matter_changes_nothing_at_the_seam():
    alone, little = (excess_interval([0, 3, 25], [4, 5, 18], [0.4, 1, 3], extra_variance=v) for v in (0, 1e-8))
    assert np.allclose(alone, little, atol=1e-6)


@pytest.mark.parametrize(("mean", "least"), [((5, 40), 0.925), ((2, 5), 0.915)])
def test_coverage_at_95_percent_is_as_documented(mean, least):
    trials, counts = 400, np.arange(140)
    limits = excess_interval(counts, 10, 100 / trials) + 10
    means = np.linspace(*mean, 200)[:, None]
    inside = (limits["lower"].to_numpy() <= means) & (means <= limits["upper"].to_numpy())
    coverage = (binom.pmf(counts, trials, means / trials) * inside).sum(axis=1)
    assert least < coverage.min() and coverage.max() < 0.99
    assert 0.95 <= coverage.mean() < 0.965


def test_units_that_vary_as_said_are_flagged_at_the_level():
    generator = np.random.default_rng(8)
    expected = np.repeat([8.0, 60.0, 400.0], 4_000)
    chance = 0.05
    extra = (0.7 * np.sqrt(expected)) ** 2
    mean = np.clip(generator.normal(expected, np.sqrt(extra)), 0, None)
    observed = generator.binomial((expected / chance).astype(int), mean * chance / expected)
    flagged = excess_p_value(observed, expected, expected * chance, extra_variance=extra) < 0.05
    assert flagged.reshape(3, -1).mean(axis=1) == pytest.approx([0.05] * 3, abs=0.012)


def test_a_count_beyond_the_matched_trials_is_its_own_limit():
    assert excess_interval(9, 1.9, 1.65).iloc[0].tolist() == pytest.approx([1.9**2 / 1.65 - 1.9, 9 - 1.9])
    assert excess_p_value(9, 1.9, 1.65).tolist() == [0]


def test_units_come_in_order_and_missing_ones_stay_missing():
    observed, expected, squared = [3, np.nan, 7, 0, 2], [5, 5, np.nan, 0, 5], [1, 1, 1, 0, np.nan]
    limits = excess_interval(observed, expected, squared, extra_variance=[1, 1, 1, 1, 1])
    assert list(limits.columns) == ["lower", "upper"] and limits.notna().all(axis=1).tolist() == [True] + [False] * 4
    assert np.isnan(excess_p_value(observed, expected, squared)).tolist() == [False] + [True] * 4
    assert np.isnan(excess_p_value(3, 5, 1, extra_variance=np.nan)).all()
    assert np.isnan(excess_p_value([3, 3], 5, 1, [0.5, np.nan], extra_variance=[0, 9])).tolist() == [False, True]
    assert np.isnan(excess_p_value([3, 3], 5, 1, extra_variance=[0, 9], extra_df=np.nan)).all()
    mixed = excess_interval([3, 3, 3], 5, 1, extra_variance=[0, 1, 40])
    for row, extra in enumerate([0, 1, 40]):
        assert np.allclose(mixed.iloc[row], excess_interval(3, 5, 1, extra_variance=extra).iloc[0])
    assert excess_interval([], [], []).empty


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"observed": 2.5}, r"observed has 2\.5.*allowed"),
        ({"expected": -1}, r"expected has -1.*allowed"),
        ({"squared": 6}, r"squared has 6 where expected is 5.*allowed"),
        ({"squared": 0}, r"squared has 0 where expected is 5.*allowed"),
        ({"extra_variance": -0.1}, r"extra_variance has -0\.1.*allowed"),
        ({"cubed": 0.1}, r"cubed has 0\.1 where expected is 5 and squared 1.*allowed"),
        ({"cubed": 1.1}, r"cubed has 1\.1 where expected is 5 and squared 1.*allowed"),
        ({"extra_df": 0}, r"extra_df has 0.*allowed"),
        ({"design_effect": 0}, r"design_effect has 0.*allowed"),
        ({"expected": np.inf}, r"expected has inf.*allowed"),
    ],
)
def test_impossible_arguments_are_refused(change, message):
    arguments = {"observed": 3, "expected": 5, "squared": 1} | change
    for call in (excess_interval, excess_p_value):
        with pytest.raises(ValueError, match=message):
            call(**arguments)
    with pytest.raises(ValueError, match=r"confidence is 95.*allowed"):
        excess_interval(3, 5, 1, confidence=95)
