"""Observed against expected on a register whose truth is known; figures that a released edition is made of."""

import numpy as np
import pandas as pd
import pytest

from inklusion.analyses import expected, groups, model_card, profile
from inklusion.analyses.expected import OVER, UNCLEAR, UNDER, adjusted, standing, verdicts
from inklusion.analyses.risk import WITH_PRACTICE, fit_risk
from inklusion.contracts.register import OUTCOMES
from inklusion.contracts.tables import ESTIMATES
from inklusion.contracts.validation import validate
from inklusion.models.specification import Specification
from inklusion.municipalities import COUNTRY
from inklusion.register.synthetic import synthetic_register

PLACED = OUTCOMES[0]
KEY = ["municipality", "unit", "period", "definition"]


@pytest.fixture(scope="module")
def risk():
    register, _ = synthetic_register(12_000, seed=11, years=2)
    return fit_risk(register, Specification(models=("logistic",), folds=4, knots=3), source="test")


@pytest.fixture(scope="module")
def table(risk):
    return validate(expected.observed_and_expected(risk), ESTIMATES, where="test")


def rows(table, measure, **chosen):
    found = table[table["measure"] == measure]
    for name, value in chosen.items():
        found = found[found[name] == value]
    return found.set_index(KEY)


def test_difference_is_share_minus_expected_and_ratio_is_their_quotient(table):
    share, at, difference, ratio = (
        rows(table, name)["estimate"] for name in ("share", "expected", "difference", "ratio")
    )
    common = difference.index
    np.testing.assert_allclose(difference, (share - at)[common], atol=1e-9)
    np.testing.assert_allclose(ratio[common], (share / at)[common], atol=1e-9)


def test_the_intervals_of_difference_and_ratio_exclude_together(table):
    difference, ratio = rows(table, "difference"), rows(table, "ratio")
    assert ((difference["lower"] > 0) == (ratio["lower"] > 1)).all()
    assert ((difference["upper"] < 0) == (ratio["upper"] < 1)).all()


def test_every_interval_holds_its_estimate(table):
    known = table.dropna(subset=["lower", "upper", "estimate"])
    known = known[known["measure"] != "funnel_limit"]
    assert (known["lower"] <= known["estimate"] + 1e-9).all()
    assert (known["estimate"] <= known["upper"] + 1e-9).all()


def test_districts_add_up_to_their_municipality_and_municipalities_to_the_country(table):
    share = table[(table["measure"] == "share") & (table["definition"] == PLACED)]
    for _, part in share.groupby("period"):
        districts = part[part["unit"] != ""].groupby("municipality")["numerator"].sum()
        own = part[(part["unit"] == "") & (part["municipality"] != COUNTRY)].set_index("municipality")["numerator"]
        assert (districts == own[districts.index]).all()
        assert own.sum() == part.loc[part["municipality"] == COUNTRY, "numerator"].item()


def test_derived_rows_stand_and_fall_with_their_count(table):
    derived = table[
        table["measure"].str.match("share|difference|ratio|shrunken|verdict") & (table["municipality"] != COUNTRY)
    ]
    assert derived["numerator"].notna().all()
    assert table.loc[table["measure"].str.startswith("expected"), "numerator"].isna().all()


def test_a_verdict_is_clear_only_when_the_adjusted_p_value_is_below_five_per_cent(table):
    found = table[table["measure"].str.startswith("verdict")]
    assert set(found["note"]) <= {OVER, UNDER, UNCLEAR}
    assert ((found["note"] != UNCLEAR) == (found["estimate"] < 0.05)).all()


def test_a_verdict_flips_when_the_observed_count_crosses_the_limit():
    table = pd.DataFrame({"observed": [30.0, 60.0, 100.0], "expected": [60.0] * 3})
    assert verdicts(table, np.array([0.049, 0.051, 0.049])) == [UNDER, UNCLEAR, OVER]
    assert verdicts(table, np.array([np.nan] * 3)) == [UNCLEAR] * 3


def test_missing_p_values_do_not_count_as_tests():
    alone = adjusted(np.array([0.02, np.nan, np.nan]), "holm")
    assert alone[0] == pytest.approx(0.02)
    assert np.isnan(alone[1:]).all()


def test_three_years_together_are_not_three_times_as_sure(risk):
    """A pupil who stays in a special class is one pupil, not one more for every year."""
    fit = risk.fits[PLACED, WITH_PRACTICE]
    everybody = np.ones(len(risk.latest), dtype=bool)
    *_, effect = standing(risk, fit, everybody)
    *_, one_year = standing(risk, fit, risk.latest)
    assert effect > 1.4 > one_year >= 1


def test_a_planted_practice_effect_is_found_and_its_interval_holds_it():
    register, truth = synthetic_register(
        60_000, seed=4, years=1, effects=pd.Series({"998": 0.04}), municipality_sd=0.0, district_sd=0.002
    )
    risk = fit_risk(
        register, Specification(models=("logistic",), folds=4, knots=3), source="test",
        outcomes=(PLACED,), variants=("_without_practice",),
    )  # fmt: skip
    places, _, _, _ = standing(risk, risk.fits[PLACED, "_without_practice"], np.ones(len(register.pupils), dtype=bool))
    found = pd.Series(verdicts(places, adjusted(places["p_value"].to_numpy(), "holm")), index=places["municipality"])
    own = places.set_index("municipality").loc["998"]
    if own["pupils"] > 2_000:
        assert found["998"] == OVER
    inside = (places["lower"] <= places["municipality"].map(truth.municipality_effect)) & (
        places["municipality"].map(truth.municipality_effect) <= places["upper"]
    )
    assert inside.mean() > 0.88
    assert (found.drop("998") != UNCLEAR).sum() <= 2


def test_bands_have_the_same_cuts_everywhere_and_add_up(risk):
    table = validate(profile.risk_profile(risk), ESTIMATES, where="test")
    cuts = table.groupby(["definition", "municipality", "unit"])["group"].agg(tuple)
    assert cuts.nunique() == 1
    sums = table.groupby(["definition", "municipality", "unit"])
    assert (sums["numerator"].sum() == sums["denominator"].first()).all()
    np.testing.assert_allclose(sums["estimate"].sum(), 100)


def test_ordinary_pupils_are_part_of_all_pupils_in_every_band(risk):
    table = profile.risk_profile(risk)
    wide = table[table["unit"] == ""].pivot_table(
        index=["municipality", "group"], columns="definition", values="numerator"
    )
    assert (wide["risiko_almen"] <= wide["risiko_alle"]).all()


def test_a_school_of_four_hundred_like_the_country_has_five_pupils_in_the_top_band(risk):
    table = profile.risk_profile(risk)
    country = table[(table["municipality"] == COUNTRY) & (table["definition"] == "risiko_almen")]
    assert country["numerator"].iloc[-1] / country["denominator"].iloc[-1] >= 5 / 400


def test_a_tenth_of_the_country_cannot_be_the_five_per_cent_most_exposed(risk):
    table = validate(profile.most_exposed(risk), ESTIMATES, where="test")
    country = table[table["municipality"] == COUNTRY].set_index("group")["estimate"]
    for share in (5, 15, 25):
        assert country[f"andel: {share} pct. mest udsatte"] == pytest.approx(share, abs=0.5)


def test_neighbours_are_others_with_the_nearest_expected_share(risk):
    table = profile.neighbours(risk)
    assert (table["municipality"] != table["note"]).all()
    assert (table.groupby("municipality").size() == profile.NEIGHBOURS).all()


def test_prevalence_counts_only_those_for_whom_the_factor_is_known(risk):
    table = validate(profile.prevalence(risk), ESTIMATES, where="test")
    dictionary = risk.register.dictionary
    wanted = dictionary.loc[dictionary["of_interest"] & (dictionary["type"] == "yes_no"), "label_da"]
    assert set(table["group"].str.removeprefix("faktor ")) == set(wanted)
    ordinary = int((risk.ordinary & risk.latest).sum())
    assert (table.loc[table["municipality"] == COUNTRY, "denominator"] <= ordinary).all()


def test_groups_add_up_and_the_ratio_agrees_with_the_shares(risk):
    table = validate(groups.disproportion(risk), ESTIMATES, where="test")
    country = table[(table["municipality"] == COUNTRY) & table["group"].str.startswith("køn: ")]
    share = country[country["measure"] == "share"].set_index("group")["estimate"]
    ratio = country[country["measure"] == "risk_ratio"].set_index("group")["estimate"]
    assert ratio["køn: dreng"] == pytest.approx(share["køn: dreng"] / share["køn: pige"])
    small = table[(table["measure"] == "risk_ratio") & (table["numerator"] < 10)]
    assert small["estimate"].isna().all()
    assert small["note"].ne("").all()


def test_targeting_by_score_lies_between_chance_and_everything(risk):
    table = validate(groups.targeting(risk), ESTIMATES, where="test")
    wide = table["group"].str.split(": ", expand=True)
    reached = table.assign(way=wide[0], part=wide[1]).pivot_table(index="part", columns="way", values="estimate")
    assert (reached["efter score"] > reached["tilfældigt"]).all()
    assert (reached["efter score"] <= 100).all()
    assert (reached["hele distrikter"] <= reached["efter score"]).all()


def test_the_model_card_says_how_good_and_for_whom(risk):
    table = validate(model_card.model_card(risk), ESTIMATES, where="test")
    values = table[table["group"] == "alle oplysninger"].set_index("measure")["estimate"]
    assert 0.6 < values["auc"] < 1
    assert values["mean_predicted"] == pytest.approx(values["base_rate"], rel=0.1)
    assert table.loc[table["measure"] == "log_loss", "note"].eq("valgt").sum() == 2
    assert {"køn: dreng", "køn: pige", "trin: 0.-3. klasse"} <= set(table["group"])
