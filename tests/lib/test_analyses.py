import pandas as pd
import pytest

from inklusion.analyses import segregation, wellbeing
from inklusion.analyses.printed import printed_decimals
from inklusion.analyses.reconciliation import panel_sums, reconciliation
from inklusion.contracts.tables import ESTIMATES
from inklusion.contracts.validation import validate

# --- segregation ---


def shown(published, name, **chosen):
    return published.released[name].where(**chosen).table


def test_eight_municipalities_pooled_are_2035_of_39079(published):
    (row,) = shown(published, "segregation", measure="share", municipality="000").to_dict("records")
    assert (row["numerator"], row["denominator"], row["estimate"]) == (2035, 39079, 5.21)  # D19: 2035/(2035+37044)
    assert row["unit"] == "otte kommuner samlet"
    assert row["lower"] < 5.21 < row["upper"]


@pytest.mark.parametrize(
    ("code", "counted", "expected"), [("165", (221, 3631), (6.1, 5.4, 6.9)), ("265", (434, 11055), (3.9, 3.6, 4.3))]
)
def test_albertslund_and_roskilde_have_the_share_and_interval_worked_out_by_hand(published, code, counted, expected):
    (row,) = shown(published, "segregation", measure="share", municipality=code).to_dict("records")
    assert (row["numerator"], row["denominator"]) == counted
    assert (row["estimate"], row["lower"], row["upper"]) == expected


def small_facts(counts, period="2022/2023"):
    """Facts with pupils in special and ordinary provision, as far as the shares need them."""
    rows = [
        {
            "fact": f"x:{code}{name}", "municipality": code, "unit": "", "period": period, "period_type": "school_year",
            "definition": name, "group": "", "value": float(value), "value_low": float("nan"),
            "value_high": float("nan"), "value_text": str(value), "qualifier": None, "n": pd.NA,
            "status": "printed_table", "note": "", "citation": "x.csv, linje 1",
        }
        for code, pair in counts.items()
        for name, value in zip(("antal_elever_special", "antal_elever_almen"), pair, strict=True)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def test_the_denominator_is_special_plus_ordinary_and_the_pool_adds_counts_not_shares():
    table = segregation.observed_shares(small_facts({"101": (10, 90), "151": (10, 190)}))
    shares = table[table["measure"] == "share"].set_index("municipality")
    assert shares["estimate"].round(6).to_dict() == {"101": 10.0, "151": 5.0, "000": round(100 * 20 / 300, 6)}
    assert shares["denominator"].to_dict() == {"101": 100, "151": 200, "000": 300}


def test_a_municipality_without_both_counts_has_no_share():
    facts = small_facts({"101": (10, 90), "151": (10, 190)})
    facts = facts[~((facts["municipality"] == "151") & (facts["definition"] == "antal_elever_almen"))]
    table = segregation.observed_shares(facts)
    assert set(table.loc[table["measure"] == "share", "municipality"]) == {"101", "000"}


def test_two_school_years_are_never_pooled():
    facts = pd.concat([small_facts({"101": (10, 90)}), small_facts({"101": (30, 70)}, "2021/2022")])
    table = segregation.observed_shares(facts)
    pooled = table[(table["measure"] == "share") & (table["municipality"] == "000")].set_index("period")["estimate"]
    assert pooled.to_dict() == {"2021/2022": 30.0, "2022/2023": 10.0}


def test_shares_obey_the_contract_of_estimates(facts):
    for table in (segregation.observed_shares(facts), segregation.risk_bands(facts), reconciliation(facts)):
        validate(table, ESTIMATES, where="test")


def test_copenhagens_share_is_the_printed_series(published):
    table = shown(published, "segregation", definition="seg_kk").sort_values("period")
    assert table["period"].tolist() == ["2020", "2021", "2022", "2023", "2024"]
    assert table["estimate"].tolist() == [5.4, 5.4, 5.4, 5.6, 6.1]
    assert table["numerator"].tolist()[-1] == 3579 and table["numerator"].isna().sum() == 4


# --- risk bands ---


def bands(published, unit=""):
    return shown(published, "risk_bands", municipality="151", measure="printed", unit=unit)["estimate"].tolist()


def test_ballerups_ten_bands_stand_in_the_figures_order(published):
    assert bands(published) == [71, 14, 6, 3, 2, 1, 1, 1, 0, 0]


def test_the_five_schools_have_their_own_first_band(published):
    table = shown(published, "risk_bands", municipality="151", measure="printed")
    schools = list(dict.fromkeys(unit for unit in table["unit"] if unit))
    assert schools == ["Baltorpskolen", "Hedegårdsskolen", "Måløvhøj Skole", "Skovlunde Skole", "Skovvejens Skole"]
    assert [bands(published, school)[0] for school in schools] == [60, 69, 80, 78, 81]


def test_ballerups_mean_score_lies_between_6_and_16(published):
    row = shown(published, "risk_bands", municipality="151", measure="mean_bounds", unit="", group="").iloc[0]
    assert (row["lower"], row["upper"]) == (6, 16)


def test_the_middle_of_the_mean_bounds_is_the_mean_at_midpoints(facts):
    table = segregation.risk_bands(facts)
    own = table[(table["municipality"] == "151") & (table["unit"] == "") & (table["measure"] == "mean_bounds")]
    plain, rounded = (own[own["group"] == group].iloc[0] for group in ("", "afrunding"))
    # D21: sum(share*midpoint) = 11.05 with the ten printed shares, which sum to 99 and not to 100
    assert 0.99 * (plain["lower"] + plain["upper"]) / 2 == pytest.approx(11.05, abs=1e-9)
    assert plain["upper"] - plain["lower"] == pytest.approx(10)
    assert rounded["lower"] < plain["lower"] and rounded["upper"] > plain["upper"]


def test_a_pupil_moved_to_a_higher_band_lifts_both_bounds(facts):
    own = (facts["municipality"] == "151") & (facts["unit"] == "") & (facts["definition"] == "risikofordeling")
    changed = facts.copy()
    first, last = facts.index[own][[0, -1]]
    changed.loc[first, "value"], changed.loc[last, "value"] = 61.0, 10.0

    def bounds(table):
        found = segregation.risk_bands(table)
        found = found[(found["measure"] == "mean_bounds") & (found["group"] == "")]
        return found.set_index(["municipality", "unit"])[["lower", "upper"]]

    difference = bounds(changed) - bounds(facts)
    assert (difference.loc["151", ""] > 5).all()
    assert (difference.drop(("151", "")).abs() < 1e-12).all(axis=None)


def test_panel_sums_tell_rounding_from_deviation(facts):
    table = panel_sums(facts).set_index(["municipality", "unit"])
    assert table.loc[("151", ""), "estimate"] == 99 and table.loc[("151", ""), "method"] == "afrunding"
    assert table.loc[("151", "Hedegårdsskolen"), "estimate"] == 102
    own = (facts["municipality"] == "151") & (facts["unit"] == "") & (facts["definition"] == "risikofordeling")
    facts.loc[facts.index[own][0], "value"] = 61.0
    assert panel_sums(facts).set_index(["municipality", "unit"]).loc[("151", ""), "method"] == "afviger"


# --- wellbeing and staff ---


def test_copenhagens_low_wellbeing_is_the_printed_series(published):
    table = shown(published, "wellbeing", definition="lav_elevtrivsel", measure="printed").sort_values("period")
    assert set(table["municipality"]) == {"101"}
    assert table["estimate"].tolist() == [9.6, 11.4, 12.6, 14.4, 14.6]


def test_a_change_runs_from_the_first_to_the_last_printed_year_and_has_no_interval(published):
    table = shown(published, "wellbeing", definition="lav_elevtrivsel", measure="change")
    (row,) = table.to_dict("records")
    assert (row["group"], row["period"], row["estimate"]) == ("fra 2019/2020", "2023/2024", 5.0)
    assert pd.isna(row["confidence"]) and "n ikke oplyst" in row["note"]


def test_a_difference_to_the_country_exists_only_where_the_country_is_printed(published):
    table = shown(published, "wellbeing", measure="difference_to_country")
    assert set(table["definition"]) == {"fravaer", "fravaer_over_10", "mobning", "skoleglaede"}
    mobning = table[table["definition"] == "mobning"].set_index("period")["estimate"]
    assert mobning.to_dict() == {
        "2020/2021": 0.6,
        "2021/2022": 0.7,
        "2022/2023": 0.2,
        "2023/2024": 0.3,
        "2024/2025": -0.3,
    }


def test_the_response_rate_is_192_of_595_and_has_no_interval_because_all_invited_are_counted(published):
    (row,) = shown(published, "staff_survey", measure="share").to_dict("records")
    assert (row["numerator"], row["denominator"], row["estimate"]) == (192, 595, 32.3)  # D01: 192/595 = 32.27
    assert row["lower"] != row["lower"]
    assert "intet interval" in row["method"]


@pytest.mark.parametrize(
    ("group", "margin"),
    [
        # 1.96*sqrt(p(1-p)/192) times sqrt((595-192)/594), the margins D02-D04 with correction
        ("helt eller delvis enig", {20: 4.7, 83: 4.4}),
        ("co-teaching: valgt", {17: 4.4}),
    ],
)
def test_half_the_width_of_a_survey_interval_is_the_margin_of_a_finite_population(facts, group, margin):
    table = wellbeing.staff_survey(facts)
    table = table[(table["measure"] == "share_of_answers") & table["group"].str.endswith(group)]
    half = {int(row.estimate): (row.upper - row.lower) / 2 for row in table.itertuples() if row.estimate in margin}
    assert half == pytest.approx(margin, abs=0.1)


def test_the_five_staff_totals_that_are_not_the_sum_of_the_schools_are_flagged(published):
    table = shown(published, "staff", unit="I alt")
    key = ["definition", "group"]
    printed, summed = (table[table["measure"] == name].set_index(key) for name in ("printed", "sum"))
    flagged = summed.index[summed["note"] != ""]
    assert sorted(printed.loc[flagged, "estimate"]) == [16, 26, 40, 54, 161]
    assert sorted(summed.loc[flagged, "estimate"]) == [15, 27, 39, 55, 160]
    agreeing = summed.index.difference(flagged)
    assert (printed.loc[agreeing, "estimate"] == summed.loc[agreeing, "estimate"]).all() and len(agreeing) == 3


def test_a_staff_total_is_no_longer_flagged_when_a_school_makes_up_the_difference(facts):
    own = (facts["definition"] == "antal_fuldtidsnormeringer") & (facts["group"] == "BFO")
    school = facts.index[own & (facts["geography_level"] == "skole")][0]
    facts.loc[school, "value"] += 1.0  # 160 + 1 = the printed 161
    table = wellbeing.staff(facts)
    assert (table.loc[table["measure"] == "sum", "note"] != "").sum() == 4


# --- reconciliation ---


def verdicts(facts):
    """Printed rows with verdict by fact number."""
    table = reconciliation(facts)
    table = table[table["measure"] == "printed"]
    return dict(zip(table["source"].str.extract(r"\((.+)\)$")[0], table["method"], strict=True))


def recomputed(published, definition, **chosen):
    table = shown(published, "reconciliation", definition=definition, **chosen)
    wide = table.pivot_table(index=["source", "method"], columns="measure", values="estimate").reset_index()
    wide = wide.dropna(subset=["recomputed"])
    return {row["printed"]: (row["recomputed"], row["method"]) for row in wide.to_dict("records")}


def test_every_fact_has_exactly_one_verdict(facts):
    found = verdicts(facts)
    assert list(found) == facts["fact"].tolist()
    assert set(found.values()) == {"stemmer", "afrunding", "afviger", "kan ikke genberegnes", "transskriberet"}


def test_the_response_rate_stands_beside_both_printed_ones(published):
    assert recomputed(published, "survey_svarprocent") == {32.0: (32.3, "stemmer"), 32.2: (32.27, "afrunding")}


def test_the_potential_of_the_scenario_is_the_sum_of_its_two_parts(facts):
    table = reconciliation(facts)
    own = table[(table["definition"] == "omprioriteringspotentiale") & (table["group"] == "i alt")]
    assert set(own["method"]) == {"stemmer"}
    assert own.loc[own["measure"] == "recomputed", "estimate"].tolist() == [13.2] * (len(own) // 3)  # 1.6 + 11.6


def test_the_model_is_said_to_have_193_variables_but_the_table_has_195(published):
    assert recomputed(published, "antal_variable_model") == {193: (195, "afviger")}  # D13: sum of the register table


def test_staff_totals_that_differ_by_one_are_named_rounding_and_the_others_agree(published):
    found = recomputed(published, ["antal_ansatte", "antal_fuldtidsnormeringer"])
    off = {161: 160, 26: 27, 16: 15, 54: 55, 40: 39}
    assert {k: v for k, v in found.items() if v[1] == "afrunding"} == {k: (v, "afrunding") for k, v in off.items()}
    assert {k: v for k, v in found.items() if k not in off} == {k: (k, "stemmer") for k in (726, 551, 240)}


def test_the_projection_is_shown_beside_a_straight_line_but_not_judged(published):
    # D06: 148/1.22 = 121.3; D07: 148 + 6*(148-121.3)/7 = 170.9, where the source prints nearly 166
    assert recomputed(published, "udgift_special_fremskrivning") == {166: (170.9, "kan ikke genberegnes")}


def test_the_participation_table_adds_up_to_102_pupils_and_44_staff(published):
    assert recomputed(published, "program_elever") == {100: (102, "stemmer")}  # printed: more than 100
    assert recomputed(published, "program_personale") == {40: (44, "afviger")}


def test_a_changed_number_of_answers_changes_the_two_response_rates_and_nothing_else(facts):
    before = verdicts(facts)
    answers = facts["definition"] == "survey_besvarelser"
    assert facts.loc[answers, "value"].tolist() == [192]
    facts.loc[answers, "value"] = 182.0  # 182/595 = 30.6
    after = verdicts(facts)
    changed = {fact for fact in before if before[fact] != after[fact]}
    rates = set(facts.loc[facts["definition"] == "survey_svarprocent", "fact"])
    assert changed == rates and {after[fact] for fact in rates} == {"afviger"}


def test_every_recomputed_row_that_a_changed_number_moves_is_a_dependent_one(facts):
    def values(table):
        table = table[table["measure"] == "recomputed"]
        return dict(zip(table["source"], table["estimate"].round(9), strict=True))

    before = values(reconciliation(facts))
    own = (facts["definition"] == "antal_elever_special") & (facts["municipality"] == "165")
    facts.loc[own, "value"] = 200.0
    after = values(reconciliation(facts))
    moved = [source for source in before if before[source] != after[source]]
    assert len(moved) == 1
    dependent = (facts["definition"] == "seg_alle_grundskole_3aar") & (facts["municipality"] == "165")
    assert facts.loc[dependent, "fact"].iloc[0] in moved[0]


@pytest.mark.parametrize("verdict", ["stemmer", "afrunding", "afviger"])
def test_a_figure_is_only_judged_against_other_figures(facts, verdict):
    """Changing the printed figure itself never changes what it is compared with."""
    table = reconciliation(facts)
    judged = [fact for fact, found in verdicts(facts).items() if found == verdict]
    assert judged
    before = table[table["measure"] == "recomputed"].set_index("source")["estimate"]
    for fact in judged:
        changed = facts.copy()
        changed.loc[changed["fact"] == fact, "value"] += 1000.0
        again = reconciliation(changed)
        after = again[(again["measure"] == "recomputed") & again["source"].str.endswith(f"({fact})")]
        assert after["estimate"].iloc[0] == before[after["source"].iloc[0]], fact
        assert verdicts(changed)[fact] == "afviger", fact


def test_a_figure_without_a_recomputed_value_never_agrees(facts):
    table = reconciliation(facts)
    sources = set(table.loc[table["measure"] == "recomputed", "source"])
    alone = table[(table["measure"] == "printed") & ~table["source"].isin(sources)]
    assert set(alone["method"]) == {"kan ikke genberegnes", "transskriberet"}


@pytest.mark.parametrize(
    ("text", "value", "decimals"),
    [
        ("1.947", 1947.0, 0),
        ("5,9 %", 5.9, 1),
        ("32,2", 32.2, 1),
        ("148", 148.0, 0),
        ("1,22", 1.22, 2),
        ("450.000", 450000.0, 0),
    ],
)
def test_the_decimals_shown_are_those_printed_and_a_point_at_the_thousands_is_none(text, value, decimals):
    row = {"value_text": text, "value": value, "value_low": None, "value_high": None}
    assert printed_decimals(row) == decimals
