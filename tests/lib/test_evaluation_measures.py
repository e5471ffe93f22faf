"""Identities, limits and refusals of the models of survey trends and of programme evaluation."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inklusion.measures import effects, power
from inklusion.measures._noncentral import noncentral_t
from inklusion.measures.binomial_intercept import binomial_random_intercept
from inklusion.measures.difference_in_differences import difference_in_differences, event_study, pre_trend
from inklusion.measures.few_clusters import randomisation_inference, wild_cluster_bootstrap
from inklusion.measures.ordinal import proportional_odds, proportionality
from inklusion.measures.random_intercept import linear_random_intercept, variance_shares
from inklusion.measures.selection import attrition, regression_to_the_mean
from inklusion.measures.synthetic_control import synthetic_control

NAN = math.nan
NOTHING = pd.DataFrame(index=range(6))
SEEDS = st.integers(0, 10_000)


def schools(seed, groups=8, size=6, between=0.7):
    rng = np.random.default_rng(seed)
    group = np.repeat(np.arange(groups), size)
    x = pd.DataFrame({"year": np.tile(np.arange(2019.0, 2019 + size), groups), "town": (group % 2).astype(float)})
    y = rng.normal(0, between, groups)[group] + 0.2 * x["year"] + rng.normal(0, 1, group.size)
    return y.to_numpy(), x, group


def panel(seed, treated=3, others=5, periods=5):
    rng = np.random.default_rng(seed)
    count = treated + others
    y = rng.normal(0, 1, (count, periods)) + rng.normal(0, 3, (count, 1)) + rng.normal(0, 1, periods)
    group = np.repeat((np.arange(count) < treated).astype(float), periods)
    return y.ravel(), np.repeat(np.arange(count), periods), np.tile(np.arange(1, periods + 1), count), group


# Random intercepts


@settings(deadline=None, max_examples=15)
@given(SEEDS, st.floats(0.01, 100), st.floats(-50, 50))
def test_linear_model_follows_shift_scale_and_order(seed, factor, shift):
    y, x, group = schools(seed)
    mine = linear_random_intercept(y, x, group)
    order = np.random.default_rng(seed).permutation(y.size)
    other = linear_random_intercept(shift + factor * y[order], x.iloc[order], group[order])
    assert other.between == pytest.approx(factor**2 * mine.between, rel=1e-4, abs=1e-9 * factor**2)
    for column in ("estimate", "lower", "upper"):
        theirs = factor * mine.coefficients[column] + shift * (mine.coefficients["term"] == "intercept")
        assert other.coefficients[column].to_numpy() == pytest.approx(theirs.to_numpy(), rel=1e-5, abs=1e-5 * factor)


@settings(deadline=None, max_examples=15)
@given(SEEDS)
def test_balanced_reml_is_the_analysis_of_variance(seed):
    y, _, group = schools(seed)
    fit = linear_random_intercept(y, pd.DataFrame(index=range(y.size)), group)
    table = y.reshape(8, 6)
    within, means = table.var(axis=1, ddof=1).mean(), table.mean(axis=1)
    expected = means.var(ddof=1) - within / 6
    if expected > 1e-3:
        assert (fit.between, fit.within) == pytest.approx((expected, within), rel=1e-4)
        assert fit.coefficients["standard_error"][0] == pytest.approx(means.std(ddof=1) / math.sqrt(8), rel=1e-5)
    elif expected < 0:
        assert fit.between == 0 and fit.note and fit.within == pytest.approx(y.var(ddof=1))


def test_linear_model_equals_statsmodels_where_that_converges():
    from statsmodels.api import MixedLM, add_constant

    y, x, group = schools(5)
    x = x.assign(year=x["year"] - 2019)
    theirs = MixedLM(y, add_constant(x), groups=group).fit(reml=True)
    mine = linear_random_intercept(y, x, group)
    assert mine.coefficients["estimate"].to_list() == pytest.approx(theirs.fe_params.to_list(), rel=1e-4)
    assert mine.coefficients["standard_error"].to_list() == pytest.approx(theirs.bse_fe.to_list(), rel=1e-3)
    assert mine.between == pytest.approx(float(theirs.cov_re.iloc[0, 0]), rel=1e-2)


def test_incomplete_rows_are_left_out_and_degrees_are_between_or_within():
    y, x, group = schools(1)
    mine = linear_random_intercept(y, x, group)
    more = linear_random_intercept(
        [*y, NAN, 5, 5], pd.concat([x, pd.DataFrame({"year": [1, NAN, 1], "town": [1, 1, 1]})]), [*group, 1, 2, NAN]
    )
    pd.testing.assert_frame_equal(mine.coefficients, more.coefficients)
    assert mine.coefficients["degrees"].to_list() == [6, 48 - 8 - 1, 6]
    assert (mine.groups, mine.observations) == (8, 48)


def test_outcomes_without_noise_are_fitted_exactly():
    _, x, group = schools(1)
    fit = linear_random_intercept(2 * x["year"], x, group)
    assert fit.coefficients["estimate"].to_numpy() == pytest.approx([0, 2, 0], abs=1e-6)
    assert fit.between == 0 and fit.within == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("outcome", "predictors", "group", "text"),
    [
        ([1, 2], NOTHING, list("aabbcc"), "6 rows of predictors and 6 groups are given for 2 outcomes"),
        ([1, 2, 3, 4, 5, math.inf], NOTHING, list("aabbcc"), "infinite"),
        ([1, 2, 3, 4, 5, 6], NOTHING, list("aaaaaa"), "1 groups with complete rows"),
        ([1, 2, 3, 4, 5, 6], NOTHING, list("abcdef"), "degrees of freedom"),
        ([1, 2, 3, 4, 5, 6], NOTHING.assign(x=1.0), list("aabbcc"), "determine one another"),
    ],
)
def test_linear_model_refuses(outcome, predictors, group, text):
    with pytest.raises(ValueError, match=text):
        linear_random_intercept(outcome, predictors, group)


def test_binomial_model_is_the_same_for_pupils_and_for_their_counts():
    rng = np.random.default_rng(2)
    group = np.repeat(np.arange(12), 2)
    x = pd.DataFrame({"girl": np.tile([0.0, 1.0], 12)})
    counted = rng.binomial(9, 1 / (1 + np.exp(0.5 - rng.normal(0, 1, 12)[group])))
    whole = binomial_random_intercept(counted, [9] * 24, x, group)
    each = np.concatenate([np.arange(9) < count for count in counted]).astype(float)
    single = binomial_random_intercept(each, np.ones(216), x.loc[np.repeat(range(24), 9)], np.repeat(group, 9))
    assert single.deviation == pytest.approx(whole.deviation, rel=1e-4)
    columns = ["estimate", "standard_error"]
    assert np.allclose(single.coefficients[columns], whole.coefficients[columns], rtol=1e-3, atol=1e-5)
    turned = binomial_random_intercept(9 - counted, [9] * 24, x, group)
    assert np.allclose(turned.coefficients["estimate"], -whole.coefficients["estimate"], atol=1e-4)
    shifted = binomial_random_intercept(counted, [9] * 24, 2020 + x, group)
    assert shifted.coefficients["estimate"][1] == pytest.approx(whole.coefficients["estimate"][1], rel=1e-3)


def test_more_nodes_change_nothing_and_the_likelihood_is_an_integral():
    from scipy.integrate import quad
    from scipy.stats import binom, norm

    x, n, group = [3, 9, 1, 7], [10, 12, 9, 11], list("abcd")
    nothing = pd.DataFrame(index=range(4))
    fit = binomial_random_intercept(x, n, nothing, group)
    more = binomial_random_intercept(x, n, nothing, group, nodes=60)
    assert (fit.deviation, fit.log_likelihood) == pytest.approx((more.deviation, more.log_likelihood), rel=1e-6)
    centre, whole = fit.coefficients["estimate"][0], 0.0
    for part, all_of_them in zip(x, n, strict=True):
        integral, _ = quad(
            lambda u, k=part, m=all_of_them: (
                norm.pdf(u) * binom.pmf(k, m, 1 / (1 + math.exp(-centre - fit.deviation * u)))
            ),
            -9,
            9,
        )
        whole += math.log(integral)
    assert fit.log_likelihood == pytest.approx(whole, abs=1e-6)


def test_binomial_model_refuses_separated_outcomes_and_wrong_counts():
    x = pd.DataFrame({"girl": np.tile([0.0, 1.0], 6)})
    with pytest.raises(ValueError, match="the fit has no end"):
        binomial_random_intercept(x["girl"] * 5, [5] * 12, x, np.repeat(range(6), 2))
    with pytest.raises(ValueError, match="exceeds denominator"):
        binomial_random_intercept([3] * 6, [2] * 6, NOTHING, list("aabbcc"))
    with pytest.raises(ValueError, match="nodes is 0"):
        binomial_random_intercept([1] * 6, [2] * 6, NOTHING, list("aabbcc"), nodes=0)


def test_variance_shares_recover_the_truth_and_sum_to_the_rest():
    rng = np.random.default_rng(3)
    school = np.repeat(np.arange(1_200), rng.integers(3, 20, 1_200))
    area = school // 6
    y = rng.normal(0, 0.5, 200)[area] + rng.normal(0, 0.8, 1_200)[school] + rng.normal(0, 1, school.size)
    found = variance_shares(y, school, area)
    assert (found.outer, found.inner, found.within) == pytest.approx((0.25, 0.64, 1), abs=0.08)
    assert found.outer_share == pytest.approx(found.outer / (found.outer + found.inner + found.within))
    again = variance_shares([*y, NAN, 4.0], [*(school % 6), 1, 1], [*area.astype(float), 1, NAN])
    assert again == pytest.approx(found)
    with pytest.raises(ValueError, match="two outer units or more"):
        variance_shares([1, 2, 3], list("aab"), list("xxx"))


# Ordered answers


@settings(deadline=None, max_examples=10)
@given(SEEDS)
def test_ordered_model_ignores_labels_and_turns_with_the_scale(seed):
    rng = np.random.default_rng(seed)
    x = pd.DataFrame({"girl": np.tile([0.0, 1.0], 100), "year": 2020.0 + rng.integers(0, 4, 200)})
    answer = np.digitize(0.5 * x["girl"] + rng.logistic(0, 1, 200), [-1, 0, 1.5])
    mine = proportional_odds(answer, x)
    pd.testing.assert_frame_equal(mine.coefficients, proportional_odds(10.0 * answer**2, x).coefficients)
    turned = proportional_odds(-answer, x)
    assert np.allclose(turned.coefficients["estimate"], -mine.coefficients["estimate"], atol=1e-6)
    assert np.allclose(turned.thresholds["estimate"], -mine.thresholds["estimate"][::-1], atol=1e-2)
    assert turned.log_likelihood == pytest.approx(mine.log_likelihood)
    alone = proportional_odds(answer, x, cluster=np.arange(200))
    assert np.allclose(alone.coefficients["estimate"], mine.coefficients["estimate"])
    assert alone.clusters == 200 and mine.clusters == 0


def test_pupils_counted_twice_get_the_error_of_one_when_clustered():
    rng = np.random.default_rng(4)
    x = pd.DataFrame({"girl": np.tile([0.0, 1.0], 150)})
    answer = np.digitize(0.5 * x["girl"] + rng.logistic(0, 1, 300), [-1, 0, 1.5])
    once = proportional_odds(answer, x, cluster=np.arange(300)).coefficients
    twice = proportional_odds([*answer, *answer], pd.concat([x, x]), cluster=[*range(300), *range(300)]).coefficients
    pd.testing.assert_frame_equal(once, twice, rtol=1e-5)


def test_proportionality_finds_what_differs():
    rng = np.random.default_rng(5)
    girl = np.tile([0.0, 1.0], 1_000)
    answer = np.digitize(rng.logistic(0, 1, 2_000) * (1 + girl), [-1, 0, 1])
    found = proportionality(answer, pd.DataFrame({"girl": girl, "other": rng.normal(0, 1, 2_000)}))
    assert found["p_value"].to_list()[0] < 1e-6 and found["p_value"][1] < 1e-6 and found["p_value"][2] > 0.001
    assert found["degrees"].to_list() == [4, 2, 2]


@pytest.mark.parametrize(
    ("outcome", "predictors", "options", "text"),
    [
        ([1, 1, 2, 2, 1, 2], NOTHING.assign(x=range(6)), {}, "2 answers in use"),
        ([1, 2, 3, 1, 2, 3], NOTHING, {}, "predictors are none"),
        ([1, 2, 3, 1, 2, 3], NOTHING.assign(x=1), {}, "constant"),
        ([1, 1, 2, 2, 3, 3], NOTHING.assign(x=range(6)), {}, "no end"),
        ([1, 2, 3, 1, 2, 3], NOTHING.assign(x=range(6)), {"cluster": list("aaaaaa")}, "one cluster"),
        ([1, 2, 3], NOTHING.assign(x=range(6)), {}, "are given for 3 outcomes"),
    ],
)
def test_ordered_model_refuses(outcome, predictors, options, text):
    with pytest.raises(ValueError, match=text):
        proportional_odds(outcome, predictors, **options)


# Effects

VALUES = st.lists(st.tuples(st.integers(-20, 20), st.integers(-20, 20)), min_size=4, max_size=12)


@settings(deadline=None)
@given(VALUES)
def test_a_change_turned_around_is_the_same_change_down(pairs):
    before, after = map(list, zip(*pairs, strict=True))
    up, down = effects.paired_change(before, after), effects.paired_change(after, before)
    assert (up.change, up.lower, up.upper, up.p_value) == pytest.approx(
        (-down.change, -down.upper, -down.lower, down.p_value), abs=1e-9
    )
    with_missing = effects.paired_change([*before, NAN, 3], [*after, 3, NAN])
    assert with_missing[2:] == pytest.approx(up[2:], abs=1e-12) and with_missing.left_out == 2


@settings(deadline=None, max_examples=30)
@given(VALUES, st.floats(0.1, 9), st.sampled_from(["average", "change"]))
def test_hedges_g_has_no_unit_and_its_limits_hold_it(pairs, factor, standardiser):
    before, after = (np.array(part, dtype=float) for part in zip(*pairs, strict=True))
    if np.ptp(before) == 0 or np.ptp(after) == 0 or np.ptp(after - before) == 0 or abs(np.mean(after - before)) > 15:
        return
    mine = effects.hedges_g_paired(before, after, standardiser=standardiser)
    theirs = effects.hedges_g_paired(4 + factor * before, 4 + factor * after, standardiser=standardiser)
    assert theirs[:3] == pytest.approx(mine[:3], rel=1e-5, abs=1e-7)
    assert mine.lower <= mine.g <= mine.upper and 0 < mine.correction < 1


def test_the_two_standardisers_differ_by_what_theory_says():
    """With equal SDs and correlation r the SD of the change is sqrt(2 (1 - r)) SDs."""
    rng = np.random.default_rng(6)
    first = rng.normal(0, 1, 4_000)
    second = 0.3 + 0.8 * first + 0.6 * rng.normal(0, 1, 4_000)
    average, change = (effects.hedges_g_paired(first, second, standardiser=way).g for way in ("average", "change"))
    assert change / average == pytest.approx(1 / math.sqrt(2 * (1 - 0.8)), rel=0.03)


def test_the_correction_is_exact_not_the_usual_approximation():
    found = effects.hedges_g([1, 2], [3, 5])
    assert found.correction == pytest.approx(1 / math.sqrt(math.pi)) and found.correction != 1 - 3 / 7


@settings(deadline=None)
@given(st.lists(st.integers(-9, 9), min_size=1, max_size=9))
def test_sign_flips_keep_their_promises(changes):
    found = effects.sign_flip_test(changes)
    assert found.exact and found.attainable - 1e-12 <= found.p_value <= 1
    assert found.p_value == effects.sign_flip_test([-value for value in changes]).p_value
    clustered = effects.sign_flip_test(np.repeat(changes, 3), np.repeat(range(len(changes)), 3))
    assert clustered.p_value == found.p_value and clustered.units == len(changes)
    assert effects.sign_flip_test([1, 2, 3], list("aaa")).p_value == 1


def test_many_sign_flips_are_seeded_and_near_the_t_test():
    rng = np.random.default_rng(7)
    change = rng.normal(0.3, 1, 60)
    found = effects.sign_flip_test(change)
    assert not found.exact and found == effects.sign_flip_test([*change, NAN])
    assert found.p_value == pytest.approx(effects.paired_change(np.zeros(60), change).p_value, abs=0.01)
    assert found.p_value != effects.sign_flip_test(change, seed=2).p_value


def test_102_pupils_in_nine_groups():
    sizes = [8, 10, 11, 11, 12, 12, 12, 13, 13]
    found = effects.sign_flip_test(np.ones(102), np.repeat(range(9), sizes))
    assert sum(sizes) == 102 and found.exact and found.p_value == found.attainable == 2 / 2**9


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: effects.paired_change([1, NAN], [1, 2]), "1 persons have a value both"),
        (lambda: effects.paired_change([1, 2], [1]), "1 values for 2 before"),
        (lambda: effects.paired_change([1, 2], [1, math.inf]), "infinite"),
        (lambda: effects.hedges_g_paired([1, 2, 3], [1, 2, 4], standardiser="pooled"), "'average' or 'change'"),
        (lambda: effects.hedges_g_paired([1, 2, 3], [2, 3, 4], standardiser="change"), "that vary"),
        (lambda: effects.hedges_g([1, 1], [2, 2]), "that vary"),
        (lambda: effects.sign_flip_test([NAN]), "no value"),
        (lambda: effects.sign_flip_test([1, 2], [1]), "1 values for 2 changes"),
        (lambda: effects.sign_flip_test([1, 2], draws=10), "99 or more"),
        (lambda: regression_to_the_mean(5, 1, 0.5), "one of them"),
        (lambda: regression_to_the_mean(5, 1, 0.5, cutoff=4, chosen=3), "one of them"),
        (lambda: regression_to_the_mean(5, 0, 0.5, cutoff=4), "above 0"),
        (lambda: attrition([1], [1, 2], ["a"]), "allowed is one of each per person"),
        (lambda: attrition([1], [1], ["all"]), "other names"),
    ],
)
def test_effects_refuse(call, text):
    with pytest.raises(ValueError, match=text):
        call()


def test_regression_to_the_mean_is_what_happens_to_those_chosen():
    rng = np.random.default_rng(8)
    first = rng.normal(0, 1, 400_000)
    second = 0.6 * first + 0.8 * rng.normal(0, 1, first.size)
    low = first < -1
    found = regression_to_the_mean(0, 1, 0.6, cutoff=-1)
    seen = first[low].mean(), second[low].mean(), low.mean()
    assert (found.before, found.after, found.share) == pytest.approx(seen, abs=0.01)
    again = regression_to_the_mean(0, 1, 0.6, chosen=found.before)
    assert again[:3] == pytest.approx(found[:3]) and math.isnan(again.share)
    assert regression_to_the_mean(50, 10, 1, cutoff=40).change == 0


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from([1.0, NAN]), st.sampled_from([2.0, NAN]), st.sampled_from("abc"))))
def test_attrition_counts_everybody_once(persons):
    before, after, group = zip(*persons, strict=True) if persons else ((), (), ())
    table = attrition(before, after, group).set_index("group")
    assert (table[["both", "only_before", "only_after", "neither"]].sum(axis=1) == table["listed"]).all()
    assert table.loc["all", "listed"] == len(persons)
    assert (table.drop(index="all").sum() == table.loc["all"]).all()


# Clusters over time


@settings(deadline=None, max_examples=20)
@given(SEEDS, st.floats(-9, 9))
def test_difference_in_differences_ignores_levels_and_periods_and_finds_what_is_added(seed, effect):
    y, cluster, period, treated = panel(seed)
    mine = difference_in_differences(y, cluster, period, treated, start=4)
    moved = y + 5.0 * cluster - 2.0 * period**2 + effect * treated * (period >= 4)
    other = difference_in_differences(moved, cluster, period, treated, start=4)
    assert other.effect == pytest.approx(mine.effect + effect, abs=1e-9)
    assert (other.standard_error, other.degrees) == pytest.approx((mine.standard_error, mine.degrees))
    means = mine.means.set_index(["group", "time"])["mean"]
    by_hand = means["treated", "after"] - means["treated", "before"] - means["others", "after"]
    assert by_hand + means["others", "before"] == pytest.approx(mine.effect)


def test_the_sandwich_is_cr2_computed_from_its_definition():
    """Full two-way model, (I - H_gg)^(-1/2) by eigenvalues, Satterthwaite degrees of the working model."""
    y, cluster, period, treated = panel(11, 3, 4)
    design = np.column_stack([
        *(cluster == name for name in range(7)), *(period == name for name in range(2, 6)), treated * (period >= 4)
    ]).astype(float)  # fmt: skip
    bread = np.linalg.inv(design.T @ design)
    residual, hat = y - design @ (bread @ design.T @ y), design @ bread @ design.T
    scores, columns = [], []
    for name in range(7):
        rows = cluster == name
        values, vectors = np.linalg.eigh(np.eye(5) - hat[np.ix_(rows, rows)])
        root = vectors @ np.diag([value**-0.5 if value > 1e-9 else 0 for value in values]) @ vectors.T
        direction = bread[-1] @ design[rows].T @ root
        scores.append(direction @ residual[rows])
        columns.append((np.eye(35) - hat)[:, rows] @ direction)
    inner = np.array(columns) @ np.array(columns).T
    ours = difference_in_differences(y, cluster, period, treated, start=4)
    assert ours.standard_error == pytest.approx(math.sqrt(np.square(scores).sum()))
    assert ours.degrees == pytest.approx(np.trace(inner) ** 2 / (inner**2).sum())


def test_equal_groups_give_the_t_test_of_the_changes():
    from scipy.stats import ttest_ind

    y, cluster, period, treated = panel(12, 4, 4, 2)
    change = np.diff(y.reshape(8, 2)).ravel()
    theirs = ttest_ind(change[:4], change[4:])
    ours = difference_in_differences(y, cluster, period, treated, start=2)
    assert (ours.p_value, ours.degrees) == pytest.approx((theirs.pvalue, 6))


def test_several_rows_of_a_cluster_are_averaged_and_gaps_leave_it_out():
    y, cluster, period, treated = panel(13)
    mine = difference_in_differences(y, cluster, period, treated, start=4)
    more = difference_in_differences(
        [*(y - 1), *(y + 1), 3.0, NAN], [*cluster, *cluster, 99, 99], [*period, *period, 1, 2],
        [*treated, *treated, 0, 0], start=4,
    )  # fmt: skip
    assert (more.effect, more.standard_error) == pytest.approx((mine.effect, mine.standard_error))
    assert (mine.left_out, more.left_out) == (0, 1)


def test_event_study_and_two_periods_are_difference_in_differences():
    y, cluster, period, treated = panel(14)
    study = event_study(y, cluster, period, treated, start=4).set_index("period")
    assert study.loc[3, "estimate"] == 0 and math.isnan(study.loc[3, "p_value"])
    two = np.isin(period, [3, 5])
    alone = difference_in_differences(y[two], cluster[two], period[two], treated[two], start=4)
    assert study.loc[5, ["estimate", "lower", "p_value"]].tolist() == pytest.approx(
        [alone.effect, alone.lower, alone.p_value]
    )


def test_no_effect_is_claimed_when_trends_differed_or_cannot_be_seen():
    y, cluster, period, treated = panel(15, 10, 10)
    apart = difference_in_differences(y + 3 * period * treated, cluster, period, treated, start=4)
    assert apart.verdict == "kun beskrivelse" and apart.reasons == ("trends differed before the start",)
    slope = pre_trend(y + 3 * period * treated, cluster, period, treated, start=4)
    assert slope.held is False and slope.slope == pytest.approx(3, abs=1) and slope.implied == slope.slope * 2.5
    late = difference_in_differences(y, cluster, period, treated, start=2)
    assert late.reasons == ("trends before the start cannot be examined",) and late.verdict == "kun beskrivelse"
    drawn = difference_in_differences(y, cluster, period, treated, start=2, randomised=True)
    assert drawn.reasons == () and drawn.verdict == "effekten kan vurderes"
    assert pre_trend(y, cluster, period, treated, start=2).held is None


def test_one_treated_of_eight_can_only_be_described():
    y, cluster, period, treated = panel(16, 1, 7)
    y = y + 100 * treated * (period >= 4)
    found = difference_in_differences(y, cluster, period, treated, start=4, randomised=True)
    assert found.verdict == "kun beskrivelse" and found.attainable == 1 / 8 and math.isnan(found.standard_error)
    drawn = randomisation_inference(y, cluster, period, treated, start=4)
    assert (drawn.p_value, drawn.attainable_as, drawn.verdict) == (1 / 8, "1/8", "kun beskrivelse")


@pytest.mark.parametrize(("treated", "others", "fraction"), [(4, 4, "2/70"), (3, 5, "1/56"), (2, 2, "2/6")])
def test_the_attainable_level_is_attained_by_the_largest_effect(treated, others, fraction):
    y, cluster, period, group = panel(17, treated, others)
    found = randomisation_inference(y + 1e4 * group * (period >= 4), cluster, period, group, start=4)
    assert found.attainable_as == fraction and found.p_value == pytest.approx(found.attainable)


def test_many_assignments_are_drawn_with_a_seed_and_agree_with_the_t_test():
    y, cluster, period, treated = panel(18, 12, 12)
    y = y + 0.8 * treated * (period >= 4)
    found = randomisation_inference(y, cluster, period, treated, start=4)
    assert not found.exact and found == randomisation_inference(y, cluster, period, treated, start=4)
    exact = difference_in_differences(y, cluster, period, treated, start=4).p_value
    assert found.p_value == pytest.approx(exact, abs=0.02)
    wild = wild_cluster_bootstrap(y, cluster, period, treated, start=4)
    assert wild.p_value == pytest.approx(exact, abs=0.03)
    assert wild == wild_cluster_bootstrap(y, cluster, period, treated, start=4)


def test_wild_bootstrap_of_a_moved_hypothesis_is_that_of_moved_data():
    y, cluster, period, treated = panel(19)
    moved = wild_cluster_bootstrap(y + 2 * treated * (period >= 4), cluster, period, treated, start=4, hypothesis=2)
    mine = wild_cluster_bootstrap(y, cluster, period, treated, start=4)
    assert (moved.statistic, moved.p_value) == pytest.approx((mine.statistic, mine.p_value))


ROWS = [[1, 2, 3, 4], list("aabb"), [1, 2, 1, 2], [1, 1, 0, 0]]


@pytest.mark.parametrize(
    ("rows", "start", "text"),
    [
        ([[1, 2, 3], *ROWS[1:]], 2, "4 values for 3 outcomes"),
        ([[1, 2, 3, math.inf], *ROWS[1:]], 2, "infinite"),
        ([*ROWS[:3], [1, 0, 0, 0]], 2, "one answer per cluster"),
        ([*ROWS[:3], [2, 2, 0, 0]], 2, "one answer per cluster"),
        ([*ROWS[:3], [0, 0, 0, 0]], 2, "0 treated and 2 other"),
        (ROWS, 1, "both before it and from it on"),
        (ROWS, 3, "both before it and from it on"),
    ],
)
def test_comparisons_over_time_refuse(rows, start, text):
    for measure in (difference_in_differences, event_study, pre_trend, randomisation_inference):
        with pytest.raises(ValueError, match=text):
            measure(*rows, start=start)
    with pytest.raises(ValueError, match="2 or more clusters of each"):
        wild_cluster_bootstrap(*ROWS, start=2)


def units(seed, donors=8, periods=15):
    y = np.random.default_rng(seed).normal(0, 1, (donors + 1, periods)).cumsum(axis=1)
    return y, np.repeat(np.arange(donors + 1), periods), np.tile(np.arange(periods), donors + 1)


@settings(deadline=None, max_examples=15)
@given(SEEDS)
def test_synthetic_weights_are_the_best_there_are(seed):
    y, unit, period = units(seed)
    found = synthetic_control(y.ravel(), unit, period, 0, start=10)
    weight = found.weights.set_index("unit")["weight"].sort_index().to_numpy()
    assert weight.sum() == pytest.approx(1) and (weight >= 0).all()
    slope = 2 * y[1:, :10] @ (weight @ y[1:, :10] - y[0, :10])
    # No unit with weight has a higher slope than any other: nothing is gained by moving weight.
    assert slope[weight > 1e-9].max() <= slope.min() + 1e-6 * np.abs(slope).max()
    assert found.effect == pytest.approx((y[0] - weight @ y[1:])[10:].mean())
    moved = synthetic_control(7 + 3 * y.ravel(), unit, period, 0, start=10)
    assert (moved.effect, moved.p_value) == pytest.approx((3 * found.effect, found.p_value), abs=1e-6)


def test_synthetic_control_finds_an_effect_and_says_what_is_attainable():
    y, unit, period = units(1)
    y[0] = y[1:4].mean(axis=0) + 5 * (np.arange(15) >= 10) + np.random.default_rng(1).normal(0, 0.05, 15)
    found = synthetic_control(y.ravel(), unit, period, 0, start=10)
    assert found.effect == pytest.approx(5, abs=0.2) and found.p_value == found.attainable == 1 / 9
    assert found.verdict == "kun beskrivelse" and len(found.placebos) == 9 and found.placebos["unit"][0] == 0
    assert (found.path["observed"] - found.path["synthetic"]).to_numpy() == pytest.approx(found.path["gap"].to_numpy())
    many = synthetic_control(*(part.ravel() for part in units(2, 24)), 3, start=10)
    assert many.attainable == 0.04 and many.verdict == "effekten kan vurderes"


def test_perfect_fits_before_say_nothing():
    """With two periods and many donors all fit exactly: ratios of rounding errors must not be compared."""
    y, unit, period = units(3, 8, 3)
    y[:, :2] = [1.0, 2.0]
    found = synthetic_control(y.ravel(), unit, period, 0, start=2)
    assert found.before_error == 0 and found.ratio == math.inf and found.p_value == 1


@pytest.mark.parametrize(
    ("chosen", "start", "text"),
    [(9, 10, "0 treated"), (0, 1, "2 and 2 or more"), (0, 0, "both before it")],
)
def test_synthetic_control_refuses(chosen, start, text):
    y, unit, period = units(4)
    with pytest.raises(ValueError, match=text):
        synthetic_control(y.ravel(), unit, period, chosen, start=start)


# Power


@pytest.mark.parametrize("degrees", [1, 2.5, 8, 100, 3_000])
@pytest.mark.parametrize("centre", [0.0, 0.7, 3.0])
def test_the_noncentral_t_is_that_of_scipy_where_scipy_has_one(degrees, centre):
    from scipy.stats import nct

    for statistic in (-1.0, 0.3, 2.0, 4.0):
        assert noncentral_t(statistic, degrees, centre) == pytest.approx(nct.cdf(statistic, degrees, centre), abs=1e-9)
    assert noncentral_t(-2, degrees, 30) == pytest.approx(0, abs=1e-9)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(1, 40), min_size=3, max_size=12), st.floats(0, 0.5), st.floats(0.1, 9))
def test_the_smallest_detectable_effect_has_the_power_aimed_at(sizes, intraclass, deviation):
    first = power.power_paired(sizes, 0, deviation, intraclass=intraclass)
    again = power.power_paired(sizes, first.detectable, deviation, intraclass=intraclass)
    assert again.power == pytest.approx(0.8) and first.power == pytest.approx(0.05)
    assert first.effective <= sum(sizes) * (1 + 1e-9)
    assert (first.effective == pytest.approx(sum(sizes))) == (intraclass * (max(sizes) - 1) < 1e-7)
    both = power.power_two_groups(sizes, sizes, 0, deviation, intraclass=intraclass)
    again = power.power_two_groups(sizes, sizes, -both.detectable, deviation, intraclass=intraclass)
    assert again.power == pytest.approx(0.8)
    assert both.standard_error == pytest.approx(math.sqrt(2) * first.standard_error)


def test_equal_clusters_have_the_usual_design_effect():
    found = power.power_paired([10] * 9, 0.3, 1, intraclass=0.05)
    assert found.effective == pytest.approx(90 / (1 + 9 * 0.05)) and found.degrees == 8
    assert power.power_paired([10] * 9, 0.3, 1, intraclass=1).effective == pytest.approx(9)


@pytest.mark.parametrize(("sizes", "intraclass"), [([1] * 120, 0.0), ([20] * 10, 0.05)])
def test_the_smallest_detectable_share_has_the_power_aimed_at(sizes, intraclass):
    found = power.power_shares(sizes, sizes, 0.4, 0.2, intraclass=intraclass)
    again = power.power_shares(sizes, sizes, 0.2 + found.detectable, 0.2, intraclass=intraclass)
    assert again.power == pytest.approx(0.8)
    assert math.isinf(found.degrees) == (max(sizes) == 1)
    assert math.isnan(power.power_shares([1] * 2, [1] * 2, 0.6, 0.5, aim=0.999).detectable)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: power.power_paired([10], 1, 1), "1 clusters"),
        (lambda: power.power_paired([10, 0], 1, 1), "sizes has 0"),
        (lambda: power.power_paired([10, 2.5], 1, 1), "sizes has 2.5"),
        (lambda: power.power_paired([], 1, 1), "no cluster"),
        (lambda: power.power_paired([9, 9], 1, 0), "deviation is 0"),
        (lambda: power.power_paired([9, 9], 1, 1, intraclass=2), "intraclass is 2"),
        (lambda: power.power_paired([9, 9], 1, 1, level=0.9, aim=0.8), "aim above the level"),
        (lambda: power.power_two_groups([9], [9], 1, 1), "3 or more"),
        (lambda: power.power_shares([9, 9], [9, 9], 0, 0.5), "treated_share is 0"),
    ],
)
def test_power_refuses(call, text):
    with pytest.raises(ValueError, match=text):
        call()
