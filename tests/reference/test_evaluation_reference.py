"""The measures of survey trends and programme evaluation agree with R; each row of evaluation.csv names its package."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from inklusion.measures import effects, power
from inklusion.measures.binomial_intercept import binomial_random_intercept
from inklusion.measures.difference_in_differences import difference_in_differences, event_study, pre_trend
from inklusion.measures.few_clusters import randomisation_inference, wild_cluster_bootstrap
from inklusion.measures.ordinal import proportional_odds, proportionality
from inklusion.measures.random_intercept import linear_random_intercept, variance_shares
from inklusion.measures.selection import regression_to_the_mean
from inklusion.measures.synthetic_control import synthetic_control

# The made-up pupils of evaluation.R, for the effect sizes.
BEFORE = [41, 38, 52, 47, 35, 44, 50, 39, 43, 36, 48, 42]
AFTER = [45, 44, 51, 53, 40, 43, 58, 47, 44, 35, 55, 49]
OTHER = [44, 40, 39, 51, 46, 38, 42, 45, 41]


def read(name):
    return pd.read_csv(Path(__file__).with_name(name), comment="#", skipinitialspace=True)


FOUND = read("evaluation.csv")


def reference(case):
    """The numbers of a case by term; the package stands beside them in the file."""
    rows = FOUND[FOUND["case"] == case]
    return rows.set_index("term")["value"]


@pytest.fixture(scope="module")
def pupils():
    return read("evaluation_pupils.csv")


@pytest.fixture(scope="module")
def panel():
    table = read("evaluation_panel.csv")
    return [table[name] for name in ("y", "cluster", "period", "treated")]


def agree(coefficients, found, tolerance):
    for row in coefficients.itertuples():
        term = "(Intercept)" if row.term == "intercept" else row.term
        assert row.estimate == pytest.approx(found[f"{term} estimate"], rel=tolerance, abs=tolerance), term
        assert row.standard_error == pytest.approx(found[f"{term} error"], rel=tolerance), term


def test_linear_random_intercept_equals_lme4_and_the_degrees_of_nlme(pupils):
    fit = linear_random_intercept(pupils["score"], pupils[["girl", "size", "year"]], pupils["school"])
    found, degrees = reference("lmer"), reference("lme")
    agree(fit.coefficients, found, 1e-6)
    assert fit.between == pytest.approx(found["variance school"], rel=1e-6)
    assert fit.within == pytest.approx(found["variance Residual"], rel=1e-6)
    terms = fit.coefficients.set_index("term")
    for term in ("girl", "size", "year"):
        assert terms.loc[term, "degrees"] == degrees[f"{term} degrees"]
        assert terms.loc[term, "p_value"] == pytest.approx(degrees[f"{term} p_value"], rel=1e-3)
    assert terms.loc["intercept", "degrees"] == 18 and degrees["(Intercept) degrees"] == 218  # on purpose


def test_a_variance_of_0_equals_the_singular_fit_of_lme4(pupils):
    fit = linear_random_intercept(pupils["flat"], pupils[["girl", "year"]], pupils["school"])
    found = reference("lmer singular")
    agree(fit.coefficients, found, 1e-9)
    assert fit.between == 0 and fit.note and fit.within == pytest.approx(found["variance Residual"])


def test_variance_shares_equal_lme4_where_the_numbers_are_equal(pupils):
    fit, found = variance_shares(pupils["score"], pupils["school"], pupils["area"]), reference("lmer nested")
    assert fit.outer == pytest.approx(found["variance area"], rel=1e-4)
    assert fit.inner == pytest.approx(found["variance school:area"], rel=1e-5)
    assert fit.within == pytest.approx(found["variance Residual"], rel=1e-6)


@pytest.mark.parametrize(("case", "x", "n"), [("glmer one", "bullied", None), ("glmer many", "absent", "size")])
def test_binomial_random_intercept_equals_glmer_with_25_nodes(pupils, case, x, n):
    whole = pupils[n] if n else np.ones(len(pupils))
    fit = binomial_random_intercept(pupils[x], whole, pupils[["girl", "year"]], pupils["school"])
    found = reference(case)
    agree(fit.coefficients, found, 5e-4)
    assert fit.deviation**2 == pytest.approx(found["variance school"], rel=1e-4)
    if "log_likelihood" in found:
        assert fit.log_likelihood == pytest.approx(found["log_likelihood"], abs=1e-5)


def test_proportional_odds_equal_clm_of_ordinal(pupils):
    fit, found = proportional_odds(pupils["answer"], pupils[["girl", "year"]]), reference("clm")
    agree(fit.coefficients, found, 1e-7)
    upper = {"1": "1|2", "2": "2|3", "3": "3|4"}
    agree(fit.thresholds.assign(term=fit.thresholds["term"].map(upper)), found, 1e-7)
    assert fit.log_likelihood == pytest.approx(found["log_likelihood"], abs=1e-8)


def test_clustered_errors_of_an_ordered_model_equal_sandwich(pupils):
    fit = proportional_odds(pupils["answer"], pupils[["girl", "year"]], cluster=pupils["school"])
    found = reference("polr clustered")
    ours = [*fit.coefficients["standard_error"], *fit.thresholds["standard_error"]]
    assert ours == pytest.approx(found.to_list(), rel=1e-4)


def test_proportionality_equals_brants_test_in_base_r(pupils):
    ours = proportionality(pupils["answer"], pupils[["girl", "year"]]).set_index("term")
    assert ours["statistic"].to_dict() == pytest.approx(reference("brant").to_dict(), rel=1e-6)
    assert ours["degrees"].to_list() == [4, 2, 2]


def test_difference_in_differences_equals_the_two_way_model_with_cr2_of_clubsandwich(panel):
    ours = difference_in_differences(*panel, start=4)
    four = ours.effect, ours.standard_error, ours.degrees, ours.p_value
    assert four == pytest.approx(tuple(reference("two-way")), rel=1e-9)
    before = pre_trend(*panel, start=4)
    four = before.slope, before.standard_error, before.degrees, before.p_value
    assert four == pytest.approx(tuple(reference("pre-trend")), rel=1e-9)


def test_event_study_equals_clubsandwich(panel):
    ours, found = event_study(*panel, start=4).set_index("period"), reference("event study")
    names = {"estimate": "beta", "standard_error": "SE", "degrees": "df_Satt", "p_value": "p_Satt"}
    for period in (1, 2, 4, 5):
        for mine, theirs in names.items():
            assert ours.loc[period, mine] == pytest.approx(found[f"{period} {theirs}"], rel=1e-9)


def test_randomisation_equals_all_sets_in_r(panel):
    ours = randomisation_inference(*panel, start=4)
    assert ours.exact and ours.assignments == 84
    assert ours.p_value == pytest.approx(reference("randomisation")["p_value"])


def test_wild_bootstrap_equals_all_webb_patterns_of_the_two_way_model_in_r(panel):
    """The changes of the clusters carry all that the full model does; the rest is the draws."""
    table = pd.concat(panel, axis=1).query("cluster in [1, 2, 5, 7, 8]")
    columns = [table[name] for name in ("y", "cluster", "period", "treated")]
    found = reference("wild")
    ours = wild_cluster_bootstrap(*columns, start=4, draws=60_000)
    assert ours.statistic == pytest.approx(found["statistic"], rel=1e-9)
    assert ours.p_value == pytest.approx(found["p_value"], abs=0.003)


def test_paired_change_equals_r():
    ours, found = effects.paired_change(BEFORE, AFTER), reference("paired")
    assert (ours.lower, ours.upper, ours.p_value) == pytest.approx(tuple(found[["lower", "upper", "p_value"]]))


def test_hedges_g_equals_effectsize_metafor_and_r():
    names = ["Hedges_g", "CI_low", "CI_high"]
    change = effects.hedges_g_paired(BEFORE, AFTER, standardiser="change")
    assert change[:3] == pytest.approx(tuple(reference("g change")[names]), rel=1e-4)
    assert change.g == pytest.approx(reference("g change")["SMCC"], rel=1e-12)
    assert effects.hedges_g(AFTER, OTHER)[:3] == pytest.approx(tuple(reference("g groups")[names]), rel=1e-4)
    average = effects.hedges_g_paired(BEFORE, AFTER)
    assert average[:3] == pytest.approx(tuple(reference("g average")), rel=1e-12)


def test_sign_flips_equal_all_patterns_in_r():
    change = np.subtract(AFTER, BEFORE)
    assert effects.sign_flip_test(change).p_value == pytest.approx(reference("signs")["p_value"])
    groups = np.repeat(range(5), [2, 3, 2, 3, 2])
    assert effects.sign_flip_test(change, groups).p_value == pytest.approx(reference("signs clusters")["p_value"])


def test_regression_to_the_mean_equals_the_integral_in_r():
    ours, found = regression_to_the_mean(50, 10, 0.6, cutoff=42), reference("regression")
    assert (ours.before, ours.change) == pytest.approx((found["before"], found["change"]), rel=1e-8)


def test_synthetic_control_equals_quadprog():
    table = read("evaluation_units.csv")
    ours = synthetic_control(table["y"], table["unit"], table["period"], 1, start=10)
    weight, ratio = reference("synthetic weight"), reference("synthetic ratio")
    assert ours.weights.set_index("unit")["weight"].sort_index().to_list() == pytest.approx(weight.to_list(), abs=1e-6)
    assert ours.effect == pytest.approx(reference("synthetic")["effect"], rel=1e-6)
    assert ours.placebos["ratio"].to_list() == pytest.approx(ratio.to_list(), rel=1e-5)


def test_power_equals_pwr():
    paired, groups = reference("power paired"), reference("power groups")
    ours = power.power_paired([1] * 102, 0.25, 1)
    assert (ours.power, ours.detectable) == pytest.approx((paired["power"], paired["detectable"]), rel=1e-4)
    ours = power.power_two_groups([1] * 40, [1] * 65, 0.5, 1)
    assert (ours.power, ours.detectable) == pytest.approx((groups["power"], groups["detectable"]), rel=1e-4)
    nine = power.power_paired([8, 10, 11, 11, 12, 12, 12, 13, 13], 0.3, 1, intraclass=0.05)
    assert nine.power == pytest.approx(reference("nine groups")["power"], rel=1e-7)
