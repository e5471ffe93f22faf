"""The measures of the register edition agree with R packages; each CSV says which, with version, and which script."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from inklusion.measures import calibration
from inklusion.measures.competing_risks import cumulative_incidence, kaplan_meier
from inklusion.measures.disproportionality import disproportionality
from inklusion.measures.excess import excess_interval, excess_p_value
from inklusion.measures.heterogeneity import between_unit_variance, random_effects_variance
from inklusion.measures.proportions import newcombe_difference, wilson_interval
from inklusion.measures.ratio_funnel import ratio_funnel_limits
from inklusion.measures.shrinkage import empirical_bayes_ratios

# The made-up effects, variances, sizes and groups of heterogeneity.R.
EFFECT = [1.2, -0.4, 3.1, 0.3, -2.2, 0.9, 4.0, 1.1, -1.7, 0.2, 2.6, -0.8]
VARIANCE = np.array([0.5, 0.9, 1.4, 0.3, 0.8, 1.1, 0.7, 0.4, 2.0, 0.6, 1.0, 0.5])
SIZE = [300, 210, 90, 410, 150, 120, 260, 330, 60, 280, 140, 390]
GROUP = list("aaaabbbbbccc")


def reference(name, **options):
    return pd.read_csv(Path(__file__).with_name(name), comment="#", skipinitialspace=True, **options)


def test_excess_equals_the_same_model_integrated_and_solved_in_r():
    table = reference("excess_interval.csv")
    model = [table[name] for name in ("observed", "expected", "squared")]
    extra = {name: table[name] for name in ("extra_variance", "design_effect")}
    limits, p_value = excess_interval(*model, **extra), excess_p_value(*model, **extra)
    width = table["upper"] - table["lower"]
    assert limits.sub(table[["lower", "upper"]]).div(width, axis=0).abs().max(axis=None) < 5e-4
    assert np.allclose(p_value, table["p_value"], rtol=1e-3, atol=0)
    assert 1e-7 < table["p_value"].min() < 1e-5
    alone = table["extra_variance"] == 0
    assert np.allclose(limits[alone], table.loc[alone, ["lower", "upper"]], rtol=0, atol=1e-6)
    assert np.allclose(p_value[alone], table.loc[alone, "p_value"], rtol=1e-9, atol=0)


def relative_error(case):
    """Of our two-sided p-values against the exact ones, with the exact ones and whether the count is high."""
    rows = reference("excess_exact.csv").query("case == @case")
    exact = 2 * rows[["below", "above"]].min(axis=1)
    ours = excess_p_value(rows["observed"], rows["expected"], rows["squared"])
    return ours / exact - 1, exact, rows["observed"] > rows["expected"]


@pytest.mark.parametrize(
    ("case", "tail_of_1_percent", "tail_of_1_in_100000"),
    [("beta_5", 0.02, 0.2), ("beta_20", 0.01, 0.09), ("beta_50", 0.005, 0.06), ("beta_250", 0.001, 0.01),
     ("beta_2000", 0.001, 0.01), ("equal", 1e-9, 1e-9)],
)  # fmt: skip
def test_excess_tails_are_near_the_exact_sum_of_unequal_chances(case, tail_of_1_percent, tail_of_1_in_100000):
    error, exact, _ = relative_error(case)
    assert error[exact > 0.01].abs().max() < tail_of_1_percent
    assert error[exact > 1e-5].abs().max() < tail_of_1_in_100000


@pytest.mark.parametrize(("case", "tail_of_4_percent", "at_all"), [("half", 0.09, 0.8), ("two_kinds", 0.5, 12)])
def test_a_few_near_certain_persons_make_high_counts_too_rare_and_low_ones_too_frequent(
    case, tail_of_4_percent, at_all
):
    """The known limit of the matched binomial, which has less skewness than the sum."""
    error, exact, is_high = relative_error(case)
    assert (error[is_high & (exact < 0.1)] < 0).all() and (error[~is_high & (exact < 0.1)] > 0).all()
    assert error[exact > 0.039].abs().max() < tail_of_4_percent
    assert error.abs().max() < at_all


def test_between_unit_variance_equals_metafor():
    found = reference("heterogeneity.csv", index_col="case")["tau2"]
    one = ["a"] * len(GROUP)
    assert between_unit_variance(EFFECT, VARIANCE, 1 / VARIANCE, one) == pytest.approx(found["DL"])
    assert between_unit_variance(EFFECT, VARIANCE, SIZE, one) == pytest.approx(found["GENQ; weights n"])
    assert between_unit_variance(EFFECT, VARIANCE, 1 / VARIANCE, GROUP) == pytest.approx(found["DL; groups"])
    ours = between_unit_variance(EFFECT, VARIANCE, SIZE, GROUP)
    assert ours == pytest.approx(found["GENQ; groups; weights n"])


def test_random_effects_variance_equals_metafor_and_r():
    found = reference("heterogeneity.csv", index_col="case")["tau2"]
    for winsorise, case in ((0, "DL"), (0.1, "winsorised 0.1 (base R)"), (0.2, "winsorised 0.2 (base R)")):
        assert random_effects_variance(EFFECT, VARIANCE, winsorise=winsorise) == pytest.approx(found[case])


def test_calibration_equals_rms_proc_and_glm():
    persons, found = reference("calibration_persons.csv"), reference("calibration.csv", index_col="measure")["value"]
    both = persons["outcome"], persons["probability"]
    assert calibration.brier_score(*both) == pytest.approx(found["brier"], abs=1e-12)
    assert calibration.brier_skill(*both) == pytest.approx(found["skill"], abs=1e-12)
    assert calibration.log_loss(*both) == pytest.approx(found["log_loss"], abs=1e-12)
    area = calibration.area_under_curve(*both, confidence=0.9)
    assert area == pytest.approx(tuple(found[["area", "lower_90", "upper_90"]]), abs=1e-12)
    line = calibration.calibration_line(*both)
    assert line == pytest.approx(tuple(found[["intercept", "slope", "in_the_large"]]), abs=1e-9)


def test_competing_risks_equal_survival_and_cmprsk():
    spells, table = reference("competing_risks_spells.csv"), reference("competing_risks.csv")
    for at, rows in table.groupby("at"):
        ours = cumulative_incidence(spells["time"], spells["event"], at=at)
        theirs = rows[rows["event"] != "any"].reset_index(drop=True)
        columns = ["event", "incidence", "lower", "upper", "events"]
        pd.testing.assert_frame_equal(ours[columns], theirs[columns], check_dtype=False, rtol=1e-9)
        share, lower, upper = kaplan_meier(spells["time"], spells["event"].notna(), at=at)
        whole = rows[rows["event"] == "any"].iloc[0]
        assert (1 - share, 1 - upper, 1 - lower) == pytest.approx((whole.incidence, whole.lower, whole.upper))


def test_ratio_funnel_equals_r():
    table = reference("ratio_funnel.csv")
    for (level, between), rows in table.groupby(["confidence", "between"]):
        limits = ratio_funnel_limits(rows["expected"], confidence=level, between_variance=between)
        assert np.allclose(limits[["lower", "upper"]], rows[["lower", "upper"]], rtol=0, atol=1e-9)


def test_shrunken_ratios_equal_ebest_of_spdep():
    for _, rows in reference("shrinkage.csv").groupby("set"):
        ours = empirical_bayes_ratios(rows["observed"], rows["expected"])
        assert np.allclose(ours[["ratio", "shrunken"]], rows[["ratio", "shrunken"]], rtol=0, atol=1e-12)


def test_disproportionality_equals_epitools_and_its_definition_in_r():
    table = reference("disproportionality.csv")
    x, n = table["numerator"], table["denominator"]
    shares = {name: table[name] for name in ("reference_risk", "reference_share")}
    ours = disproportionality(x, n, **shares)
    assert (ours["note"] == "").all()
    columns = [name for name in table.columns if "ratio" in name]
    assert np.allclose(ours[columns], table[columns], rtol=1e-8, atol=0)
    assert np.allclose(ours["alternate_risk_ratio"], x / n / table["reference_risk"])
    assert np.allclose(ours[["risk_lower", "risk_upper"]].T, wilson_interval(x, n))
    difference = ours[["risk_difference", "risk_difference_lower", "risk_difference_upper"]]
    assert np.allclose(difference.T, newcombe_difference(x, n, x.sum() - x, n.sum() - n))
