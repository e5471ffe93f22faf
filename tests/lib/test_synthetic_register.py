"""The synthetic register: calibrated to printed figures, its truth exact, its tables a valid register."""

import pickle
import sys
import tomllib
from importlib import resources

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from inklusion.analyses.spells import first_courses, observed_period
from inklusion.contracts.register import LEAVERS, PLACEMENT_SPELLS, PUPILS, SEGREGATED, outcome
from inklusion.contracts.validation import validate
from inklusion.errors import ContractError, ModelError
from inklusion.measures.competing_risks import cumulative_incidence
from inklusion.municipalities import example_municipalities
from inklusion.register.dictionary import example_dictionary
from inklusion.register.read import read_register
from inklusion.register.synthetic import synthetic_register
from inklusion.register.synthetic.draws import flag_rules
from inklusion.register.write import write_csv

SETTINGS = tomllib.loads(
    resources.files("inklusion").joinpath("register/synthetic/calibration.toml").read_text(encoding="utf-8")
)
WORKS = ["beskæftiget", "selvstændig"]
PLACED, NINE_HOURS = "seg_register_placering", "seg_register_9t"


@pytest.fixture(scope="module")
def drawn():
    return synthetic_register(60_000, seed=20240529)


@pytest.fixture(scope="module")
def small():
    return synthetic_register(2_000, seed=7)


def frames(register):
    return (register.pupils, register.covariates, register.dictionary, register.placements, register.leavers)


def pairs(pupils):
    """Row numbers of each pupil's consecutive school years."""
    order = np.lexsort((pupils["year"].cat.codes, pupils["pupil"]))
    same = pupils["pupil"].to_numpy()[order][1:] == pupils["pupil"].to_numpy()[order][:-1]
    return order[:-1][same], order[1:][same]


def working(covariates):
    return covariates[["mother_work_status", "father_work_status"]].isin(WORKS).sum(axis=1)


def measured(register):
    """The figures that calibration.toml has targets for, measured on the register's own tables."""
    pupils, covariates = register.pupils, register.covariates
    placed = outcome(pupils, PLACED)
    last = (pupils["year"] == pupils["year"].cat.categories[-1]).to_numpy()
    by_place = pd.Series(placed[last]).groupby(pupils["municipality"].to_numpy()[last]).mean()
    courses = first_courses(register.placements, observed_period(pupils["year"])[1])
    courses = courses[courses["grade_at_start"] <= 6]
    returned = cumulative_incidence(courses["days"].to_numpy(), courses["event"].to_numpy(dtype=object), at=1096)
    support = (
        (register.leavers["activity"] == "public_support").groupby(register.leavers["group"], observed=True).mean()
    )
    before, after = pairs(pupils)
    home = pupils["municipality"].cat.codes.to_numpy()
    return {
        "segregated": placed[last].mean(),
        "segregated_or_over_9_hours": outcome(pupils, NINE_HOURS)[last].mean(),
        "lowest_municipality": by_place.min(),
        "highest_municipality": by_place.max(),
        "autism_diagnosis": covariates["autism_diagnosis"].mean(),
        "adhd_diagnosis": covariates["adhd_diagnosis"].mean(),
        "adhd_among_autism": covariates["adhd_diagnosis"][covariates["autism_diagnosis"] == 1].mean(),
        "boys_among_segregated": (pupils["sex"] == "dreng").to_numpy()[placed].mean(),
        "segregated_in_grade_0": placed[(pupils["grade"] == 0).to_numpy()].mean(),
        "returned_in_three_years": returned.set_index("event")["incidence"]["ordinary"],
        "public_support_special": support["special"],
        "public_support_returned": support["returned"],
        "public_support_ordinary": support["ordinary"],
        "low_income": covariates["low_income"].mean(),
        "parents_basic_school": (covariates["mother_education_level"] == "grundskole").mean(),
        "parents_out_of_work": 1 - working(covariates).mean() / 2,
        "moves_in_a_year": (home[before] != home[after]).mean(),
    }


def test_the_register_meets_its_printed_targets(drawn):
    found, targets = measured(drawn[0]), SETTINGS["target"]
    assert set(found) == set(targets)
    assert found.pop("lowest_municipality") < targets["lowest_municipality"]["value"]
    assert found.pop("highest_municipality") > targets["highest_municipality"]["value"]
    for name, value in found.items():
        assert abs(value - targets[name]["value"]) <= targets[name]["tolerance"], f"{name}: {value:.4f}"


def test_every_target_names_its_source():
    assert all(entry["source"] for entry in SETTINGS["target"].values())


def test_municipalities_differ_together_in_income_education_work_and_poverty():
    # At nation size: the smallest municipalities' own averages are too noisy in a smaller register.
    register, _ = synthetic_register(640_000, seed=3, years=1)
    covariates = register.covariates
    traits = pd.DataFrame(
        {
            "size": 1.0,
            "income": np.log(covariates["family_income"]),
            "education": (covariates["mother_education_level"] != "grundskole").astype(float)
            + (covariates["father_education_level"] != "grundskole"),
            "employment": working(covariates),
            "poverty": covariates["low_income"],
        }
    ).groupby(register.pupils["municipality"].to_numpy())
    table = traits.mean().assign(size=np.log(traits.size()))
    wanted, tolerance = SETTINGS["municipalities"]["correlation"], SETTINGS["municipalities"]["correlation_tolerance"]
    assert list(table) == SETTINGS["municipalities"]["names"]
    assert np.abs(table.corr().to_numpy() - wanted).max() < tolerance


def test_the_true_probability_ranks_pupils_as_intended(drawn):
    register, truth = drawn
    placed = outcome(register.pupils, PLACED)
    assert 0.80 <= roc_auc_score(placed, truth.at_national_practice) <= 0.85
    loss = roc_auc_score(placed, truth.at_national_practice) - roc_auc_score(placed, truth.observable)
    assert 0 < loss < 0.01


def test_effects_of_practice_are_exactly_what_the_truth_says(drawn):
    register, truth = drawn
    pupils = register.pupils
    excess = truth.probability - truth.at_national_practice
    places = [pupils["municipality"].astype("str"), pupils["district"].astype("str")]
    means = pd.Series(excess).groupby(places).mean()
    own = (
        truth.municipality_effect.loc[means.index.get_level_values(0)].to_numpy()
        + truth.district_effect.loc[means.index]
    )
    assert np.abs(means - own).max() < 1e-12
    size = pupils["municipality"].value_counts().loc[truth.municipality_effect.index]
    assert abs((size * truth.municipality_effect).sum()) < 1e-9
    assert truth.municipality_effect.std() == pytest.approx(0.008, rel=0.3)
    assert truth.probability.min() > 0 and truth.probability.max() < 1


def test_probability_at_national_practice_averages_to_the_national_rate_in_every_year(drawn):
    register, truth = drawn
    means = pd.Series(truth.at_national_practice).groupby(register.pupils["year"].to_numpy()).mean()
    assert np.allclose(means, SETTINGS["target"]["segregated"]["value"], atol=1e-12)


def test_placements_follow_the_true_probability(drawn):
    register, truth = drawn
    placed = outcome(register.pupils, PLACED)
    for low, high in ((0, 0.02), (0.02, 0.05), (0.05, 0.15), (0.15, 0.4), (0.4, 1)):
        band = (truth.probability >= low) & (truth.probability < high)
        spread = np.sqrt(3 * (truth.probability[band] * (1 - truth.probability[band])).sum()) / band.sum()
        assert abs(placed[band].mean() - truth.probability[band].mean()) < 4 * spread


def test_no_practice_spread_gives_no_true_differences():
    _, truth = synthetic_register(2_000, seed=1, years=1, municipality_sd=0, district_sd=0)
    assert np.abs(truth.probability - truth.at_national_practice).max() < 1e-12


def test_a_given_effect_is_kept_and_the_others_are_centred_around_it(small):
    register, truth = synthetic_register(2_000, seed=7, effects=pd.Series({"907": 0.02}))
    assert truth.municipality_effect["907"] == 0.02
    size = register.pupils["municipality"].value_counts().loc[truth.municipality_effect.index]
    assert abs((size * truth.municipality_effect).sum()) < 1e-10
    pd.testing.assert_series_equal(register.pupils["pupil"], small[0].pupils["pupil"])
    assert np.array_equal(truth.at_national_practice, small[1].at_national_practice)


def test_marks_of_local_practice_rise_with_practice_and_other_covariates_do_not():
    there = {"effects": pd.Series({f"9{place:02d}": 0.03 for place in range(1, 30)}), "municipality_sd": 0}
    (low, _), (high, _) = (
        synthetic_register(20_000, seed=2, years=1, municipality_sd=0),
        synthetic_register(20_000, seed=2, years=1, **there),
    )
    affected = low.pupils["municipality"].isin(there["effects"].index).to_numpy()
    practised = low.dictionary.set_index("column")["local_practice"]
    for name in low.covariates:
        if not practised[name]:
            pd.testing.assert_series_equal(low.covariates[name], high.covariates[name])
    for name in ("adhd_diagnosis", "earlier_special_education"):
        assert high.covariates[name][affected].mean() > 1.1 * low.covariates[name][affected].mean()
        assert high.covariates[name][~affected].mean() < low.covariates[name][~affected].mean()


def test_the_same_seed_gives_the_same_register(small):
    again, truth = synthetic_register(2_000, seed=7)
    for one, other in zip(frames(small[0]), frames(again), strict=True):
        pd.testing.assert_frame_equal(one, other)
    assert np.array_equal(small[1].probability, truth.probability)
    other, _ = synthetic_register(2_000, seed=8)
    assert not other.pupils["placement"].equals(small[0].pupils["placement"])


def test_more_covariates_change_nothing_else(small):
    wide, _ = synthetic_register(2_000, seed=7, covariates=193)
    pd.testing.assert_frame_equal(wide.pupils, small[0].pupils)
    pd.testing.assert_frame_equal(wide.covariates[list(small[0].covariates)], small[0].covariates)
    assert list(wide.covariates) == list(wide.dictionary["column"])
    assert wide.covariates.shape[1] == 193
    shares = wide.covariates.filter(like="extra_").mean()
    assert shares.between(0.003, 0.21).all()


def test_covariates_are_those_of_the_dictionary_in_its_types(drawn):
    register, _ = drawn
    pd.testing.assert_frame_equal(register.dictionary, example_dictionary())
    for name, kind in register.dictionary[["column", "type"]].itertuples(index=False):
        values = register.covariates[name]
        assert (values.dtype == np.float32) == (kind != "category"), name
        assert kind != "yes_no" or values.dropna().isin([0, 1]).all(), name
        assert values.nunique() > 1, name
    assert set(flag_rules()) <= set(register.dictionary["column"])


def test_the_hidden_covariate_is_not_in_the_register(drawn):
    register, truth = drawn
    numbers = register.covariates.select_dtypes("float32").fillna(0)
    ties = [abs(np.corrcoef(values, truth.hidden)[0, 1]) for values in numbers.to_numpy().T]
    assert max(ties) < 0.02
    by_district = pd.Series(truth.hidden).groupby(
        [register.pupils["municipality"], register.pupils["district"]], observed=True
    )
    assert by_district.mean().std() < 0.2


def test_brothers_and_sisters_share_the_familys_covariates(drawn):
    register, _ = drawn
    pupils = register.pupils
    group = pupils.groupby(["family", "year"], observed=True).ngroup()
    assert group.value_counts().between(1, 4).all() and (group.value_counts() > 1).mean() > 0.3
    shared = ("mother_work_status", "social_housing", "single_parent", "father_convicted")
    for name in shared:
        values = register.covariates[name]
        codes = values.cat.codes if values.dtype == "category" else values
        ranges = codes.groupby(group).agg(["min", "max"]).dropna()
        differ = (ranges["min"] != ranges["max"]).mean()
        # Only a record that was lost for one of them differs.
        assert differ < 0.01, name
    assert (pupils["district"].cat.codes.groupby(group).nunique() == 1).all()


def test_pupils_persist_and_some_move(drawn):
    register, _ = drawn
    pupils = register.pupils
    before, after = pairs(pupils)
    assert (pupils["grade"].to_numpy()[after] == pupils["grade"].to_numpy()[before] + 1).all()
    placed = outcome(pupils, PLACED)
    assert placed[after][placed[before]].mean() > 0.8
    for name in ("pupil", "family"):
        homes = pupils.groupby(name)["municipality"].nunique()
        assert (homes == 2).sum() > 100 and homes.max() == 2
    diagnosed = register.covariates["autism_diagnosis"].to_numpy()
    assert (diagnosed[after] >= diagnosed[before]).mean() > 0.9995


def test_records_are_missing_for_newcomers_and_more_often_for_segregated_pupils(drawn):
    register, _ = drawn
    covariates, placed = register.covariates, outcome(register.pupils, PLACED)
    income = covariates["family_income"].isna().to_numpy()
    assert 0.005 < income.mean() < 0.05
    assert income[placed].mean() > 1.3 * income[~placed].mean()
    immigrants = (register.pupils["origin"] == "indvandrer").to_numpy()
    assert income[immigrants].mean() > 5 * income[~immigrants].mean()
    measures = register.dictionary["local_practice"].to_numpy()
    assert not covariates.loc[:, measures].isna().any().any()


@pytest.mark.parametrize("name", ["drawn", "small"])
def test_tables_keep_the_contracts_of_a_register(name, request):
    register, truth = request.getfixturevalue(name)
    assert register.is_synthetic
    assert list(register.municipalities.itertuples(index=False, name=None)) == example_municipalities()
    assert register.pupils["municipality"].nunique() == 98
    days = {column: register.placements[column].dt.strftime("%Y-%m-%d") for column in ("start", "end")}
    if name == "small":
        validate(register.pupils, PUPILS, where="pupils")
        validate(register.placements.assign(**days), PLACEMENT_SPELLS, where="placements")
        validate(register.leavers, LEAVERS, where="leavers")
    assert len(register.pupils) == len(register.covariates) == len(truth.probability)
    assert not register.leavers["pupil"].isin(register.pupils["pupil"]).any()


def test_every_size_has_all_municipalities_in_every_year(small):
    pupils = small[0].pupils
    size = pupils.groupby(["year", "municipality"], observed=False).size()
    assert size.min() >= 3
    assert len(pupils) == pytest.approx(6_000, rel=0.05)


def test_spells_follow_each_other_and_the_yearly_placement(drawn):
    register, _ = drawn
    spells, pupils = register.placements, register.pupils
    ends = spells["end"]
    assert (ends.isna() | (ends >= spells["start"])).all()
    assert (ends.isna() == spells["exit"].isna()).all()
    same = spells["pupil"].eq(spells["pupil"].shift())
    assert (spells["start"] > ends.shift())[same].all()
    goes_on = same.shift(-1, fill_value=False) & spells["exit"].isin(["other_provision"])
    assert (spells["start"].shift(-1) - ends == pd.Timedelta(days=1))[goes_on].all()
    assert goes_on.sum() == (spells["exit"] == "other_provision").sum()
    for year in pupils["year"].cat.categories:
        day = pd.Timestamp(f"{year[:4]}-09-30")
        now = spells[(spells["start"] <= day) & (ends.isna() | (ends >= day))].set_index("pupil")
        rows = pupils[(pupils["year"] == year) & (pupils["placement"] != "ordinary")].set_index("pupil")
        now = now.loc[rows.index]
        assert (now["provision"].astype("str") == rows["placement"].astype("str")).all()
        assert (now["municipality"].astype("str") == rows["municipality"].astype("str")).all()


def test_segregated_pupils_attend_schools_of_their_kind_and_hours_agree(drawn):
    pupils = drawn[0].pupils
    school, placement = pupils["school"].astype("str"), pupils["placement"].astype("str")
    kinds = {"special_school": "Specialskole", "day_treatment": "Dagbehandling", "ordinary": "Skole"}
    for kind, stem in kinds.items():
        assert school[placement == kind].str.startswith(f"{stem} ").all()
    assert set(SEGREGATED) == set(placement) - {"ordinary", "intermediate"}
    home = (school.str[-2:] == pupils["district"].astype("str").str[-2:])[placement == "ordinary"]
    assert home.mean() > 0.9
    assert pupils["support_hours"].max() <= 60


def test_no_data_file_is_opened():
    from inklusion.register.synthetic.calibration import calibration

    opened, listening = [], True

    def hook(event, arguments):
        if listening and event == "open":
            opened.append(str(arguments[0]))

    sys.addaudithook(hook)
    calibration.cache_clear()
    flag_rules.cache_clear()
    synthetic_register(2_000, seed=1, years=1)
    listening = False
    assert any(path.endswith("calibration.toml") for path in opened)
    assert not [
        path for path in opened if path.endswith((".csv", ".parquet")) and not path.endswith("register/dictionary.csv")
    ]


def test_the_truth_shows_sizes_only_and_is_not_written(small):
    assert repr(small[1]).startswith("Truth(") and "0." not in repr(small[1])
    with pytest.raises(ModelError):
        pickle.dumps(small[1])


def test_a_written_register_reads_back_as_the_same_register(small, tmp_path):
    register, _ = small
    write_csv(register, tmp_path)
    back = read_register(tmp_path)
    assert back.is_synthetic
    pd.testing.assert_frame_equal(back.dictionary, register.dictionary)
    for definition in (PLACED, NINE_HOURS):
        assert np.array_equal(outcome(back.pupils, definition), outcome(register.pupils, definition))
    for name in register.covariates:
        ours, theirs = register.covariates[name], back.covariates[name]
        if ours.dtype == "category":
            ours, theirs = ours.astype("str"), theirs.astype("str")
        pd.testing.assert_series_equal(ours, theirs, check_names=False, rtol=1e-5)
    for name in ("municipality", "district", "school", "year", "grade"):
        assert (back.pupils[name].astype("str") == register.pupils[name].astype("str")).all(), name
    assert (back.placements["start"].to_numpy() == register.placements["start"].to_numpy()).all()
    assert len(back.placements) == len(register.placements) and len(back.leavers) == len(register.leavers)


def test_a_real_register_is_never_written(small, tmp_path):
    from dataclasses import replace

    with pytest.raises(ContractError):
        write_csv(replace(small[0], is_synthetic=False), tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "wrong",
    [
        {"pupils": 1_999},
        {"pupils": 640_001},
        {"years": 0},
        {"covariates": 10},
        {"effects": pd.Series({"101": 0.01})},
        {"effects": pd.Series({"901": -0.5})},
    ],
)
def test_impossible_sizes_and_effects_are_refused(wrong):
    with pytest.raises(ModelError):
        synthetic_register(**{"pupils": 2_000, "seed": 1, "years": 1} | wrong)
