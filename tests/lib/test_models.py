"""The risk model: who never meets whom, what may not reach the fit, and what never leaves."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest

from inklusion.contracts.register import outcome
from inklusion.errors import DisclosureError, ModelError
from inklusion.measures import calibration
from inklusion.models.cross_fit import Places, best, cross_fit
from inklusion.models.design import build_design
from inklusion.models.folds import municipality_folds, split
from inklusion.models.guards import require_no_answer, require_no_place
from inklusion.models.importance import category_importance
from inklusion.models.specification import Specification, read_specification
from inklusion.models.variance import expected_variance
from inklusion.register.synthetic import synthetic_register

PLACED = "seg_register_placering"
FAST = Specification(models=("logistic",), folds=4)


def codes(values):
    return pd.factorize(values)[0].astype(np.int64)


@pytest.fixture(scope="module")
def drawn():
    register, truth = synthetic_register(8_000, seed=5, years=2)
    pupils = register.pupils
    places = Places(*(codes(pupils[name]) for name in ("municipality", "pupil", "family")))
    return register, truth, places, outcome(pupils, PLACED), build_design(register.covariates, FAST)


@pytest.fixture(scope="module")
def fitted(drawn):
    _, _, places, happened, design = drawn
    return cross_fit(design, happened, places, Specification(folds=4, iterations=30))


def test_folds_hold_whole_municipalities_and_are_of_nearly_equal_size(drawn):
    _, _, places, _, _ = drawn
    fold = municipality_folds(places.municipality, 5, seed=1)
    assert pd.Series(fold).groupby(places.municipality).nunique().max() == 1
    sizes = np.bincount(fold)
    assert sizes.max() < 1.1 * sizes.min()
    assert (fold == municipality_folds(places.municipality, 5, seed=1)).all()


def test_fewer_municipalities_than_folds_is_refused():
    with pytest.raises(ModelError, match="3 municipalities cannot be divided into 5 folds"):
        municipality_folds(np.array([0, 1, 2]), 5, seed=1)


@pytest.mark.parametrize("held", range(4))
def test_no_pupil_or_family_is_in_two_parts_of_a_fold(drawn, held):
    _, _, places, _, _ = drawn
    fold = municipality_folds(places.municipality, 4, seed=1)
    parts = split(fold, held, places.municipality, (places.pupil, places.family), share=0.15, seed=1)
    for cluster in (places.municipality, places.pupil, places.family):
        members = [set(cluster[rows]) for rows in (parts.held, parts.fit, parts.calibration)]
        assert not members[0] & members[1]
        assert not members[0] & members[2]
        assert not members[1] & members[2]
    dropped = ~(parts.held | parts.fit | parts.calibration)
    assert 0 < dropped.sum() < 0.2 * len(dropped)


def test_a_pupil_who_moved_is_dropped_from_the_training_of_the_other_municipality(drawn):
    """A duplicate of a held-out pupil elsewhere would tell the model the answer."""
    _, _, places, _, _ = drawn
    fold = municipality_folds(places.municipality, 4, seed=1)
    moved = pd.Series(fold).groupby(places.pupil).nunique()
    pupil = int(moved.index[moved > 1][0])
    held = int(fold[places.pupil == pupil][0])
    parts = split(fold, held, places.municipality, (places.pupil, places.family), share=0.15, seed=1)
    elsewhere = (places.pupil == pupil) & (fold != held)
    assert elsewhere.any()
    assert not (parts.fit | parts.calibration)[elsewhere].any()


def test_outcomes_of_a_municipality_do_not_change_its_own_expected_count(drawn):
    """The proof of cross-fitting: turn every outcome of one fold around, and its expected counts stay the same."""
    _, _, places, happened, design = drawn
    specification = Specification(models=("logistic",), folds=4)
    before = cross_fit(design, happened, places, specification)["logistic"]
    held = before.fold == 2
    turned = np.where(held, ~happened, happened)
    after = cross_fit(design, turned, places, specification)["logistic"]
    unit = np.where(held, places.municipality, -1)
    first, second = (one.predictions.sums(unit)["expected"] for one in (before, after))
    pd.testing.assert_series_equal(first, second, rtol=0, atol=0)


@pytest.mark.parametrize("leak", ["copy", "next year's placement", "gaps"])
def test_a_covariate_that_holds_the_answer_is_refused(drawn, leak):
    register, _, _, happened, _ = drawn
    rng = np.random.default_rng(1)
    noisy = np.where(rng.random(len(happened)) < 0.01, ~happened, happened).astype("float32")
    values = {
        "copy": happened.astype("float32"),
        "next year's placement": noisy,
        "gaps": np.where(happened, np.nan, 1.0),
    }
    covariates = register.covariates.assign(transport_to_school=values[leak])
    with pytest.raises(ModelError, match="'transport_to_school' follows the outcome"):
        require_no_answer(covariates, happened)
    require_no_answer(covariates, happened, left_out=("transport_to_school",))


@pytest.mark.parametrize("leak", ["dummy", "rate", "code", "school mean"])
def test_a_covariate_that_tells_the_place_is_refused(drawn, leak):
    register, _, places, _, _ = drawn
    district = codes(pd.MultiIndex.from_frame(register.pupils[["municipality", "district"]]))
    place, rng = places.municipality, np.random.default_rng(1)
    values = {
        "dummy": (place == 7).astype("float32"),
        "rate": rng.normal(size=place.max() + 1)[place],
        "code": pd.Categorical(place.astype(str)),
        "school mean": rng.normal(size=district.max() + 1)[district],
    }
    covariates = register.covariates.assign(tax=values[leak])
    with pytest.raises(ModelError, match="'tax' differs almost only between"):
        require_no_place(covariates, place, district)


def test_the_synthetic_covariates_pass_both_guards(drawn):
    register, _, places, happened, _ = drawn
    district = codes(pd.MultiIndex.from_frame(register.pupils[["municipality", "district"]]))
    require_no_answer(register.covariates, happened)
    require_no_place(register.covariates, places.municipality, district)


def test_expected_equals_observed_in_the_country_and_the_slope_is_near_one(drawn, fitted):
    register = drawn[0]
    for one in fitted.values():
        sums = one.predictions.sums(np.zeros(len(register.pupils), dtype=np.int64)).iloc[0]
        assert abs(sums["expected"] / sums["observed"] - 1) < 0.08
        assert 0.8 < one.predictions.measure(calibration.calibration_line).slope < 1.2


def test_the_model_ranks_nearly_as_well_as_the_truth(drawn, fitted):
    _, truth, _, happened, _ = drawn
    oracle = calibration.area_under_curve(happened, truth.at_national_practice)[0]
    assert best(fitted).predictions.measure(calibration.area_under_curve)[0] > oracle - 0.05


def test_the_choice_is_the_lowest_log_loss(fitted):
    assert best(fitted).log_loss == min(one.log_loss for one in fitted.values())


def test_missing_values_are_their_own_level_in_the_linear_columns():
    covariates = pd.DataFrame({"x": [1.0, np.nan, 3.0, 2.0] * 30, "k": pd.Categorical(["a", None, "b", "a"] * 30)})
    design = build_design(covariates, FAST)
    assert design.linear_of == ("x", "x", "k", "k")
    assert not np.isnan(design.linear).any()
    assert np.isnan(design.trees[1]).all()


def test_predictions_show_their_size_and_nothing_else(fitted):
    predictions = fitted["logistic"].predictions
    assert repr(predictions) == f"Predictions({len(predictions)} rows; single values are never shown)"
    for text in (repr(fitted["logistic"]), str(fitted["logistic"].folds)):
        assert "0." not in text.replace(f"log loss {fitted['logistic'].log_loss:.5f}", "")
    for way in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(DisclosureError):
            way(predictions)
    with pytest.raises(TypeError):
        list(predictions)
    with pytest.raises(TypeError):
        predictions[0]
    assert not [name for name in vars(type(predictions)) if not name.startswith("_") and "probab" in name]


def test_a_sum_over_fewer_than_five_pupils_is_missing(drawn, fitted):
    unit = np.full(len(drawn[0].pupils), -1)
    unit[:4], unit[4:20] = 0, 1
    table = fitted["logistic"].predictions.sums(unit)
    assert np.isnan(table["expected"]).tolist() == [True, False]
    assert table["pupils"].tolist() == [4, 16]


def test_only_statistics_of_the_nation_see_single_probabilities(fitted):
    predictions = fitted["logistic"].predictions
    with pytest.raises(DisclosureError, match="Only the statistics"):
        predictions.measure(lambda outcome, probability: probability)
    few = np.zeros(len(predictions), dtype=bool)
    few[:50] = True
    with pytest.raises(DisclosureError, match="at least 100"):
        predictions.measure(calibration.brier_score, rows=few)


def test_the_model_variance_agrees_with_drawing_the_country_again():
    """Sandwich against the spread of the expected counts over 60 countries with other practice and outcomes."""
    rng = np.random.default_rng(2)
    place = np.repeat(np.arange(40), 400)
    x = rng.normal(size=(len(place), 3)) + 0.4 * rng.normal(size=(40, 3))[place]
    base = -2.2 + x @ np.array([0.8, -0.5, 0.0])
    design = build_design(pd.DataFrame(x, columns=list("abc")), FAST)
    persons = np.arange(len(place))
    specification = Specification(models=("logistic",), folds=5, knots=2)
    expected, variance = [], []
    for _ in range(60):
        log_odds = base + rng.normal(0, 0.2, 40)[place]
        happened = rng.random(len(place)) < 1 / (1 + np.exp(-log_odds))
        one = cross_fit(design, happened, Places(place, persons, persons), specification)["logistic"]
        expected.append(one.predictions.sums(place)["expected"])
        variance.append(expected_variance(design.linear, one, place, [place], specification)[0])
    drawn_again = np.var(expected, axis=0, ddof=1)
    assert 0.8 < np.mean(variance) / drawn_again.mean() < 1.35


def test_importance_names_the_categories_that_carry_the_model(drawn):
    _, _, places, _, _ = drawn
    rng = np.random.default_rng(3)
    covariates = pd.DataFrame(rng.normal(size=(len(places.pupil), 3)), columns=["strong", "weak", "noise"])
    log_odds = -2.5 + 1.5 * covariates["strong"] + 0.4 * covariates["weak"]
    happened = (rng.random(len(log_odds)) < 1 / (1 + np.exp(-log_odds))).to_numpy()
    design = build_design(covariates, FAST)
    one = cross_fit(design, happened, places, FAST)["logistic"]
    kinds = {"a": ("strong",), "b": ("weak",), "c": ("noise",), "unknown": ("elsewhere",)}
    table = category_importance(design, happened, one, kinds, seed=1)
    assert table["category"].tolist() == ["a", "b", "c"]
    assert table["auc_loss"].is_monotonic_decreasing
    assert abs(table["log_loss_increase"].iloc[-1]) < 1e-3


def test_settings_survive_the_file_and_mistakes_are_refused(tmp_path):
    path = tmp_path / "risk_model.toml"
    wanted = Specification(models=("boosting",), penalty=0.01, left_out=("a", "b"))
    path.write_text(wanted.to_toml(), encoding="utf-8")
    assert read_specification(path) == wanted
    for text, word in (
        ("penalti = 1.0", "unknown settings"),
        ('penalty = "stram"', "of type str"),
        ("folds = 1", "allowed is 2 to 20"),
        ('models = ["forest"]', "allowed are logistic"),
        ("models = []", "nothing"),
        ("folds = ", "cannot be read as TOML"),
    ):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ModelError, match=word):
            read_specification(path)


def test_the_same_seed_gives_the_same_sums(drawn):
    _, _, places, happened, design = drawn
    sums = [
        cross_fit(design, happened, places, FAST)["logistic"].predictions.sums(places.municipality) for _ in range(2)
    ]
    pd.testing.assert_frame_equal(*sums, rtol=0, atol=0)
