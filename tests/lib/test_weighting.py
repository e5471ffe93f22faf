import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inklusion.measures.proportions import wilson_interval, wilson_interval_finite
from inklusion.measures.weighted import WeightedMean, design_interval, weighted_mean
from inklusion.measures.weighting import (
    design_effect,
    poststratification_weights,
    raking_weights,
    response_rates,
    trimmed_weights,
)

SEX, GRADE = {"f": 480.0, "m": 520.0}, {4: 300.0, 5: 400.0, 6: 300.0}
WEIGHTS = st.lists(st.floats(0.1, 50), min_size=2, max_size=40)


def sample(n, seed):
    rng = np.random.default_rng(seed)
    margins = pd.DataFrame({"sex": rng.choice(["f", "m"], n, p=[0.65, 0.35]), "grade": rng.choice([4, 5, 6], n)})
    return margins, rng.uniform(1, 9, n), rng


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.01, 100))
def test_weights_meet_the_totals_and_forget_the_size_of_the_base(seed, factor):
    margins, base, _ = sample(120, seed)
    weights = raking_weights(margins, {"sex": SEX, "grade": GRADE}, base=base)
    for name, totals in (("sex", SEX), ("grade", GRADE)):
        sums = pd.Series(weights).groupby(margins[name]).sum()
        assert sums.to_dict() == pytest.approx(totals, rel=1e-8)
    again = raking_weights(margins, {"grade": GRADE, "sex": SEX}, base=factor * base)
    assert np.allclose(again, weights, rtol=1e-7)
    cells = poststratification_weights(margins["sex"], SEX, base=base)
    assert pd.Series(cells).groupby(margins["sex"]).sum().to_dict() == pytest.approx(SEX)


def test_base_weights_keep_their_ratios_within_a_combination():
    margins, base, _ = sample(200, 3)
    ratio = pd.Series(raking_weights(margins, {"sex": SEX, "grade": GRADE}, base=base) / base)
    spread = ratio.groupby([margins["sex"], margins["grade"]]).agg(np.ptp)
    assert spread.max() < 1e-9 and ratio.std() > 0.1


def test_one_margin_is_post_stratification():
    margins, base, _ = sample(90, 5)
    raked = raking_weights(margins[["sex"]], {"sex": SEX}, base=base)
    assert np.allclose(raked, poststratification_weights(margins["sex"], SEX, base=base))


def test_what_cannot_be_weighted_is_refused():
    margins, base, _ = sample(60, 7)
    girls = margins[margins["sex"] == "f"]
    with pytest.raises(ValueError, match=r"sex has nobody in \['m'\].*merge"):
        raking_weights(girls, {"sex": SEX, "grade": GRADE})
    with pytest.raises(ValueError, match="nobody in"):
        poststratification_weights(["f"], SEX)
    with pytest.raises(ValueError, match="1 respondents without a category"):
        poststratification_weights(["f", "m", None], SEX)
    with pytest.raises(ValueError, match="1 respondents without a category"):
        poststratification_weights(["f", "m", "x"], SEX)
    with pytest.raises(ValueError, match="missing or 0; allowed are numbers over 0"):
        poststratification_weights(["f", "m"], {"f": 3, "m": 0})
    with pytest.raises(ValueError, match="one and the same population"):
        raking_weights(margins, {"sex": SEX, "grade": GRADE | {4: 200}})
    with pytest.raises(ValueError, match="allowed are the margins"):
        raking_weights(margins, {"sex": SEX})
    with pytest.raises(ValueError, match="allowed are the margins"):
        raking_weights(margins[[]], {})
    with pytest.raises(ValueError, match="1 that are missing or 0"):
        raking_weights(margins, {"sex": SEX, "grade": GRADE}, base=[0, *base[1:]])
    with pytest.raises(ValueError, match="59 values for 60"):
        raking_weights(margins, {"sex": SEX, "grade": GRADE}, base=base[1:])


def test_raking_says_when_it_does_not_converge():
    """Nobody of f in grade 5, and nobody of m in grade 4: the margins 50/50 and 20/80 cannot both hold."""
    margins = pd.DataFrame({"sex": ["f"] * 5 + ["m"] * 5, "grade": [4] * 5 + [5] * 5})
    totals = {"sex": {"f": 50, "m": 50}, "grade": {4: 20, 5: 80}}
    with pytest.raises(ValueError, match=r"not converged after 1000 rounds.*merge categories"):
        raking_weights(margins, totals)
    margins, base, _ = sample(120, 2)
    with pytest.raises(ValueError, match="not converged after 1 rounds"):
        raking_weights(margins, {"sex": SEX, "grade": GRADE}, base=base, steps=1)


@settings(deadline=None)
@given(WEIGHTS)
def test_trimming_keeps_the_sum_and_the_limits(weights):
    found = np.asarray(weights)
    try:
        trimmed = trimmed_weights(found, lower=0.3, upper=3)
    except ValueError as problem:
        assert "no weight lies between" in str(problem)
        return
    assert trimmed.sum() == pytest.approx(found.sum())
    assert trimmed.min() >= 0.3 * found.mean() - 1e-9 and trimmed.max() <= 3 * found.mean() + 1e-9
    inside = (found > 0.3 * found.mean()) & (found < 3 * found.mean())
    if inside.all():
        assert np.array_equal(trimmed, found)


def test_trimming_lowers_the_design_effect_and_refuses_limits_on_one_side():
    weights = np.r_[np.ones(50), 20]
    assert design_effect(trimmed_weights(weights)) < design_effect(weights)
    for lower, upper in ((1.2, 3), (0.3, 0.9), (-1, 2)):
        with pytest.raises(ValueError, match="lower < 1 < upper"):
            trimmed_weights(weights, lower=lower, upper=upper)
    with pytest.raises(ValueError, match="no weight lies between"):
        trimmed_weights([1, 3], lower=0.9, upper=1.1)


@settings(deadline=None)
@given(WEIGHTS, st.floats(0.1, 10))
def test_kish(weights, factor):
    found = np.asarray(weights)
    effect = design_effect(found)
    assert effect == pytest.approx(1 + found.var() / found.mean() ** 2)
    assert 1 - 1e-12 <= effect <= found.size + 1e-9 and design_effect(factor * found) == pytest.approx(effect)
    assert np.isnan(design_effect([]))


def test_a_mean_of_everybody_has_no_error():
    found = weighted_mean([0, 1, 1, 0], np.ones(4), population=4)
    assert found == (0.5, 0.0, 4, 3) and design_interval(found) == (0.5, 0.5)


def test_a_simple_share_gives_the_finite_wilson_interval():
    """The effective n of p (1 - p) / se^2 is n* up to (n - 1) / n: the printed 192 of 595."""
    y = np.r_[np.ones(38), np.zeros(154)]
    found = weighted_mean(y, np.ones(192), population=595)
    lower, upper = wilson_interval_finite(38 / 192, 192, 595)
    assert design_interval(found, method="wilson") == pytest.approx((float(lower), float(upper)), abs=2e-4)
    exact = design_interval(found)
    assert exact[0] < lower and upper < exact[1]


def test_clusters_that_agree_within_cost_much():
    y = np.repeat([0, 1, 0, 1, 1, 0, 1, 0], 25).astype(float)
    schools = np.repeat(np.arange(8), 25)
    alone, clustered = weighted_mean(y, np.ones(200)), weighted_mean(y, np.ones(200), clusters=schools)
    assert clustered.standard_error > 4.5 * alone.standard_error and clustered.degrees == 7
    lower, upper = design_interval(clustered)
    assert lower < 0.2 and upper > 0.8


def test_missing_answers_are_a_part_of_the_sample():
    y = np.array([1.0, np.nan, 3.0, 5.0])
    found = weighted_mean(y, [1, 9, 1, 2], population=100)
    assert found.estimate == pytest.approx(14 / 4) and (found.n, found.degrees) == (3, 3)
    assert np.isnan(weighted_mean([np.nan], [1]).estimate) and weighted_mean([np.nan], [1]).n == 0
    one = weighted_mean([1, 0], [1, 1], clusters=["a", "a"])
    assert np.isnan(one.standard_error) and np.isnan(design_interval(one)).all()


def test_mean_refuses_what_does_not_fit():
    with pytest.raises(ValueError, match="population is 2; allowed are 3 or more"):
        weighted_mean([1, 2, 3], [1, 1, 1], population=2)
    with pytest.raises(ValueError, match="clusters has 3 values"):
        weighted_mean([1, 2, 3], [1, 1, 1], clusters=["a", None, "b"])
    with pytest.raises(ValueError, match="margins has 2 rows"):
        weighted_mean([1, 2, 3], [1, 1, 1], margins=pd.DataFrame({"a": [1, 2]}))
    with pytest.raises(ValueError, match="weights has 2 values for 3"):
        weighted_mean([1, 2, 3], [1, 1])
    with pytest.raises(ValueError, match="allowed is 0 to 1"):
        design_interval(weighted_mean([1, 2, 3], [1, 1, 1]))
    with pytest.raises(ValueError, match="method is 'wald'"):
        design_interval(WeightedMean(0.5, 0.1, 9, 8), method="wald")


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_share_at_the_end_uses_the_count_itself(share):
    found = weighted_mean(np.full(40, share), np.ones(40))
    lower, upper = wilson_interval(40 * share, 40)
    assert design_interval(found, method="wilson") == pytest.approx((float(lower), float(upper)))
    exact = design_interval(found)
    assert (exact[1] if share == 0 else 1 - exact[0]) == pytest.approx(1 - 0.025 ** (1 / 40))


@pytest.mark.parametrize("way", ["post", "rake"])
def test_errors_and_intervals_cover_under_repeated_sampling(way):
    """A finite population of 3,000 in which girls do better; 300 are drawn, 600 times."""
    rng = np.random.default_rng(31)
    size, n = 3_000, 300
    everybody = pd.DataFrame({"sex": rng.choice(["f", "m"], size), "grade": rng.choice([4, 5, 6], size)})
    good = (rng.random(size) < np.where(everybody["sex"] == "f", 0.8, 0.4) - 0.1 * (everybody["grade"] - 5)).astype(
        float
    )
    totals = {name: everybody[name].value_counts().to_dict() for name in everybody}
    held, estimates, errors = [], [], []
    for _ in range(600):
        drawn = rng.choice(size, n, replace=False)
        margins = everybody.iloc[drawn] if way == "rake" else everybody[["sex"]].iloc[drawn]
        totals_used = {name: totals[name] for name in margins}
        weights = (
            raking_weights(margins, totals_used)
            if way == "rake"
            else poststratification_weights(margins["sex"], totals["sex"])
        )
        found = weighted_mean(good[drawn], weights, margins=margins, population=size)
        lower, upper = design_interval(found, method="wilson")
        held.append(lower <= good.mean() <= upper)
        estimates.append(found.estimate)
        errors.append(found.standard_error)
    assert np.mean(errors) == pytest.approx(np.std(estimates), rel=0.08)
    assert np.mean(estimates) == pytest.approx(good.mean(), abs=0.004)
    assert 0.925 <= np.mean(held) <= 0.975


def test_response_rates():
    table = response_rates([120, 72], [200, 395], groups=["a", "b"])
    whole = table.iloc[-1]
    assert (whole["group"], whole["answered"], whole["invited"], whole["away"]) == ("all", 192, 595, 403)
    assert f"{100 * whole['rate']:.1f}" == "32.3"  # printed 32 and 32.2: the second is cut, not rounded
    assert table["part_of_away"].tolist() == pytest.approx([80 / 403, 323 / 403, 1])
    assert np.isnan(response_rates([0], [0], groups=["a"])["rate"]).all()
    with pytest.raises(ValueError, match="one, and no count missing"):
        response_rates([1, np.nan], [2, 2], groups=["a", "b"])
    with pytest.raises(ValueError, match="exceeds denominator"):
        response_rates([3], [2], groups=["a"])
