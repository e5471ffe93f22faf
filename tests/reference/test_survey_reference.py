"""The measures of surveys agree with R's psych, lavaan and survey; each CSV says which, with version, and which script."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit, ndtri
from scipy.stats import t

from inklusion.measures.reliability import cronbach_alpha, item_rest, omega_total
from inklusion.measures.weighted import design_interval, weighted_mean
from inklusion.measures.weighting import poststratification_weights, raking_weights, trimmed_weights

CELLS = {"boy 4": 260, "boy 5": 250, "boy 6": 240, "girl 4": 255, "girl 5": 250, "girl 6": 245}
MARGINS = {"sex": {"boy": 750, "girl": 750}, "grade": {4: 515, 5: 500, 6: 485}}


def reference(name, **options):
    return pd.read_csv(Path(__file__).with_name(name), comment="#", skipinitialspace=True, **options)


@pytest.fixture(scope="module")
def people():
    return reference("survey_respondents.csv")


def test_alpha_and_item_rest_equal_psych():
    answers, found = (
        reference("survey_scales_answers.csv"),
        reference("survey_scales.csv", index_col="measure")["value"],
    )
    ours = cronbach_alpha(answers)
    assert ours.n == found["n"] < len(answers)
    assert ours[:3] == pytest.approx(tuple(found[["alpha", "alpha_lower", "alpha_upper"]]), abs=1e-9)
    table = item_rest(answers)
    for item, row in table.iterrows():
        assert row["correlation"] == pytest.approx(found[f"rest_{item}"], abs=1e-9)
        assert row["alpha_without"] == pytest.approx(found[f"without_{item}"], abs=1e-9)


@pytest.mark.parametrize("items", [3, 6])
def test_omega_equals_lavaan(items):
    answers, found = (
        reference("survey_scales_answers.csv"),
        reference("survey_scales.csv", index_col="measure")["value"],
    )
    ours = omega_total(answers.dropna().iloc[:, :items], confidence=0.9)
    theirs = found[[f"{name}_{items}" for name in ("omega", "omega_lower_90", "omega_upper_90")]]
    assert ours[:3] == pytest.approx(tuple(theirs), abs=1e-6)
    margin = (logit(ours.upper) - logit(ours.lower)) / 2 / ndtri(0.95)
    error = margin * ours.estimate * (1 - ours.estimate)
    assert error == pytest.approx(found[f"omega_se_{items}"], abs=1e-6)
    assert expit(logit(ours.estimate) + ndtri(0.95) * margin) == pytest.approx(ours.upper)


@pytest.mark.parametrize("items", [3, 6])
def test_robust_omega_equals_lavaan_but_for_one_in_n(items):
    answers, found = (
        reference("survey_scales_answers.csv"),
        reference("survey_scales.csv", index_col="measure")["value"],
    )
    complete = answers.dropna().iloc[:, :items]
    ours, n = omega_total(complete, robust=True), len(complete)
    margin = (logit(ours.upper) - logit(ours.lower)) / 2 / t.ppf(0.975, n - 1)
    error = margin * ours.estimate * (1 - ours.estimate)
    assert error == pytest.approx(found[f"omega_robust_se_{items}"] * np.sqrt(n / (n - 1)), abs=2e-6)


def weights_of(people, column):
    margins = people[["sex", "grade"]]
    return {
        "post": lambda: poststratification_weights(people["cell"], CELLS),
        "post_based": lambda: poststratification_weights(people["cell"], CELLS, base=people["d"]),
        "rake": lambda: raking_weights(margins, MARGINS),
        "raking_based": lambda: raking_weights(margins, MARGINS, base=people["d"]),
        "trimmed": lambda: trimmed_weights(people["raking_based"], lower=0.35, upper=2.4),
    }[column]()


@pytest.mark.parametrize("column", ["post", "post_based", "rake", "raking_based", "trimmed"])
def test_weights_equal_survey(people, column):
    assert np.allclose(weights_of(people, column), people[column], rtol=1e-8, atol=0)


@pytest.mark.parametrize("what", ["y", "low", "part"])
@pytest.mark.parametrize(
    ("design", "column", "margins", "clusters", "population"),
    [
        ("simple", None, None, False, 1500),
        ("infinite", None, None, False, None),
        ("clusters", "d", None, True, None),
        ("clusters, finite", "d", None, True, 60),
        ("post", "post", ["cell"], False, 1500),
        ("post, clusters", "post_based", ["cell"], True, None),
        ("rake", "rake", ["sex", "grade"], False, 1500),
        ("raking, clusters, finite", "raking_based", ["sex", "grade"], True, 60),
    ],
)
def test_mean_error_and_interval_equal_survey(people, design, what, column, margins, clusters, population):
    row = reference("survey_weights.csv").query("design == @design and what == @what").iloc[0]
    weights = np.ones(len(people)) if column is None else people["d"] if column == "d" else weights_of(people, column)
    ours = weighted_mean(
        people[what],
        weights,
        margins=None if margins is None else people[margins],
        base=people["d"] if column in ("post_based", "raking_based") else None,
        clusters=people["school"] if clusters else None,
        population=population,
    )
    assert ours[:2] == pytest.approx((row["mean"], row["se"]), rel=1e-8)
    assert (ours.n, ours.degrees) == (people[what].notna().sum(), row["degrees"])
    if what == "low":
        assert design_interval(ours) == pytest.approx((row["lower"], row["upper"]), rel=1e-7)


def test_weights_taken_as_fixed_would_give_another_error(people):
    """What the margins are for: the error after raking is that of what the margins do not explain."""
    fixed = weighted_mean(people["y"], people["rake"], population=1500)
    known = weighted_mean(people["y"], people["rake"], margins=people[["sex", "grade"]], population=1500)
    assert known.estimate == fixed.estimate and known.standard_error < 0.97 * fixed.standard_error
