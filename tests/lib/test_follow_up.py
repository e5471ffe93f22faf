"""The half-yearly follow-up: rounds, printed series, changes, verdicts, and the theory of change with its gaps."""

import csv
import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.multitest import multipletests

from inklusion.analyses import segregation, wellbeing
from inklusion.analyses.follow_up import COVID, published_follow_up, registered_follow_up
from inklusion.analyses.printed import estimates
from inklusion.analyses.printed_economy import printed_economy
from inklusion.blocks import Gap
from inklusion.contracts.follow_up import (
    IMPROVED,
    INDICATORS,
    LAST_YEAR,
    UNCLEAR,
    UNJUDGED,
    WORSE,
    coming_of,
    due_in,
    round_of,
    shows,
    themes_of,
)
from inklusion.contracts.tables import ESTIMATES
from inklusion.contracts.validation import validate
from inklusion.definitions import definition
from inklusion.disclosure.release import derive
from inklusion.disclosure.rule import ALREADY_PUBLISHED, REGISTER
from inklusion.errors import ContractError, DefinitionError, ParameterError
from inklusion.figures import follow_up as figures
from inklusion.measures.proportions import newcombe_difference
from inklusion.municipalities import COUNTRY
from inklusion.narrative import follow_up as narrative
from inklusion.questionnaire import questionnaire
from inklusion.tables import follow_up as tables

RAW = Path(__file__).parents[2] / "data/raw/koebenhavn/2026-11-21"
COPENHAGEN, ELSEWHERE = "101", "151"
JUNE, NOVEMBER = "2026-06", "2026-10/11"
PLACED, JOY, BULLIED, LOW = ("juni: specialundervisningsprocent", "november: skoleglæde", "november: mobning",
                             "november: lav elevtrivsel")  # fmt: skip
ASKED = questionnaire("trivsel_4_9")


@pytest.fixture(scope="module")
def plan():
    return pd.read_csv(RAW / "opfoelgning_plan.csv", dtype="str")


@pytest.fixture(scope="module")
def theory():
    return pd.read_csv(RAW / "forandringsteori.csv", dtype="str")


@pytest.fixture
def printed(facts):
    shown = {"segregation": segregation.observed_shares(facts), "wellbeing": wellbeing.series(facts)}
    return validate(published_follow_up(shown), ESTIMATES, where="test")


@pytest.fixture
def copenhagen(printed):
    return derive({"follow_up": printed}, "published", ALREADY_PUBLISHED)["follow_up"]


def share(definition, counts, group="", code=COPENHAGEN):
    """Rows with measure share; counts by school year."""
    return [
        {"municipality": code, "period": year, "period_type": "school_year", "definition": definition, "measure": "share",
         "group": group, "numerator": part, "denominator": whole, "estimate": 100 * part / whole, "decimals": 1,
         "method": "Wilson", "source": "s"}
        for year, (part, whole) in counts.items()
    ]  # fmt: skip


def registered(placed=None, joy=None, favourable=None, low=None, code=COPENHAGEN):
    """The follow-up of a register edition with these counts by school year."""
    items = share("trivsel_spoergsmaal", joy or {}, f"spørgsmål – {ASKED.items['glad_for_skole'].label}", code)
    items += share("trivsel_spoergsmaal", favourable or {}, f"spørgsmål – {ASKED.items['mobbet'].label} (vendt)", code)
    scales = share("trivsel_lav", low or {}, f"skala – {ASKED.scales['generel'].label}", code)
    shown = {
        "yearly": estimates(share("seg_register_placering", placed or {}, code=code)),
        "wellbeing_items": estimates(items),
        "wellbeing_scales": estimates(scales),
        "survey_card": estimates([]),
    }
    return validate(registered_follow_up(shown), ESTIMATES, where="test")


def released(table):
    return derive({"follow_up": table}, "synthetic", REGISTER)["follow_up"]


def pick(table, **chosen):
    for name, value in chosen.items():
        table = table[table[name] == value]
    assert len(table) == 1, len(table)
    return table.iloc[0]


def text_of(block):
    return "" if isinstance(block, Gap) else re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", block.html))).strip()


def cells_of(block):
    """The cells of each row of a table, without the header."""
    return [[unescape(re.sub(r"<[^>]+>", "", cell)) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)]
            for row in re.findall(r"<tr>(.*?)</tr>", block.html)[1:]]  # fmt: skip


# --- printed series ---

FILES = {"seg_kk": "specialundervisningsprocent", "seg_skolestart": "segregering_skolestartere", "fravaer": "elevfravaer",
         "fravaer_over_10": "elevfravaer_over_10_pct", "lav_elevtrivsel": "lav_elevtrivsel", "skoleglaede": "skoleglaede",
         "mobning": "mobning", "lav_faglig_trivsel": "lav_faglig_trivsel"}  # fmt: skip


@pytest.mark.parametrize("entry", INDICATORS, ids=lambda entry: entry.definition)
def test_the_series_are_those_of_the_source_to_the_printed_decimal(printed, entry):
    with (RAW / f"{FILES[entry.definition]}.csv").open(encoding="utf-8-sig", newline="") as handle:
        rows = [row for row in csv.DictReader(handle) if row["unit"] == "pct."]
    wanted = {
        (row["municipality_code"] or COUNTRY, row["year"][:4]): float(row["value_text"].rstrip("%").replace(",", "."))
        for row in rows
    }
    own = printed[(printed["group"] == entry.group) & (printed["measure"] == "level")]
    found = {(row.municipality, row.period[:4]): row.estimate for row in own.itertuples()}
    assert found == wanted
    assert set(own["decimals"]) == {1}


@pytest.mark.parametrize(
    ("name", "since_year", "since_first"),
    [
        ("seg_kk", 0.5, 0.7),  # 5.4 … 5.6, 6.1
        ("seg_skolestart", -0.3, 0.4),  # 2.5 … 3.2, 2.9
        ("fravaer", None, 1.6),  # 6.1 and 7.7, nothing between
        ("fravaer_over_10", None, 7.1),  # 15.6 and 22.7
        ("lav_elevtrivsel", 0.2, 5.0),  # 9.6 … 14.4, 14.6
        ("skoleglaede", 4.1, -2.9),  # 74.8 … 67.8, 71.9
        ("mobning", -0.7, 3.9),  # 9.3 … 13.9, 13.2
        ("lav_faglig_trivsel", 1.9, 9.2),  # 24.0 … 31.3, 33.2
    ],
)
def test_printed_changes_are_differences_of_the_printed_figures(printed, name, since_year, since_first):
    own = printed[(printed["definition"] == name) & (printed["municipality"] == COPENHAGEN)]
    assert pick(own, measure="change_first")["estimate"] == pytest.approx(since_first)
    if since_year is None:
        assert "change_year" not in set(own["measure"])
    else:
        assert pick(own, measure="change_year")["estimate"] == pytest.approx(since_year)


def test_only_copenhagen_and_the_country_have_printed_rows(printed):
    assert set(printed["municipality"]) == {COPENHAGEN, COUNTRY}
    assert set(printed.loc[printed["municipality"] == COUNTRY, "measure"]) == {"level"}


def test_a_printed_change_without_n_gets_no_interval_and_no_verdict(printed, copenhagen, plan):
    assert printed["lower"].isna().all()
    assert not printed["measure"].str.startswith("verdict").any()
    for period in (JUNE, NOVEMBER):
        for row in cells_of(tables.verdicts(copenhagen, COPENHAGEN, plan, period)):
            assert row[-2:] == [UNJUDGED, UNJUDGED]
        told = text_of(narrative.changes(copenhagen, COPENHAGEN, plan, period))
        assert "Dom:" not in told
        assert told.count(UNJUDGED) == 4


def test_covid_years_and_inferred_slots_are_said_where_they_apply(printed, copenhagen, plan):
    first = printed[printed["measure"] == "change_first"].set_index("definition")["note"]
    with_covid = {name for name, note in first.items() if COVID in note}
    assert with_covid == set(FILES) - {"seg_kk", "seg_skolestart"}
    assert {name for name, note in first.items() if "udledt" in note} == {"fravaer", "fravaer_over_10"}
    told = text_of(narrative.changes(copenhagen, COPENHAGEN, plan, JUNE))
    assert told.count("COVID-19") == 2
    assert told.count("udledt") == 2


def test_the_country_stands_beside_where_it_is_printed_and_nowhere_else(copenhagen, plan):
    told = text_of(narrative.changes(copenhagen, COPENHAGEN, plan, NOVEMBER))
    assert "Hele landet: 76,5 pct. i 2020/2021 og 69,1 pct. i 2024/2025." in told
    assert "Hele landet: 8,7 pct. i 2020/2021 og 13,5 pct. i 2024/2025." in told
    assert told.count("Hele landet") == 2


def test_a_printed_number_of_pupils_stands_beside_its_share(copenhagen, plan):
    assert "3.579 elever, 6,1 pct. i 2024." in text_of(narrative.changes(copenhagen, COPENHAGEN, plan, JUNE))


# --- rounds ---

IN_JUNE = ["seg_kk", "fravaer", "fravaer_over_10", "seg_skolestart"]
IN_NOVEMBER = ["lav_elevtrivsel", "skoleglaede", "mobning", "lav_faglig_trivsel"]


@pytest.mark.parametrize(
    ("period", "names", "themes"),
    [
        ("2025-11", IN_NOVEMBER, ["Skoleledelse"]),
        ("2026-06", IN_JUNE, ["Indskolingen", "Styrket indsats for skoler på handleplan", "Overgangspædagoger"]),
        ("2026-10/11", IN_NOVEMBER, ["Ny supportmodel", "Forældrekommunikation", "Ny visitationsmodel"]),
        ("2026-11", IN_NOVEMBER, ["Ny supportmodel", "Forældrekommunikation", "Ny visitationsmodel"]),
        ("2027-06", IN_JUNE, ["NEST", "Basispladser"]),
        ("2027-11", IN_NOVEMBER, []),
        (f"{LAST_YEAR}-06", IN_JUNE, []),
    ],
)
def test_each_round_has_the_indicators_and_themes_of_the_plan(plan, period, names, themes):
    assert [entry.definition for entry in due_in(plan, period)] == names
    found = list(themes_of(plan, period)["theme"])
    assert [name.split(" (")[0].split(" - ")[0] for name in found] == themes


@pytest.mark.parametrize(
    "period", ["", "2026", "juni 2026", "2026-07", "2026-10", "2025-06", "2024-11", f"{LAST_YEAR}-11", "hvert år juni"]
)
def test_another_period_is_refused_in_danish_with_the_allowed_ones(plan, period):
    with pytest.raises(ParameterError, match=r"Tilladt er 2025-11, 2026-06, 2026-10/11 og 2027-06 .* juni og november"):
        round_of(plan, period)
    with pytest.raises(ParameterError, match=re.escape(f"'{period}'")):
        narrative.due(plan, period)


def test_every_allowed_round_is_written_with_its_month_and_year(plan):
    rounds = [(year, month) for year in range(2025, LAST_YEAR + 1) for month in ("06", "11")]
    for year, month in rounds[1:-1]:
        name = f"{'juni' if month == '06' else 'november'} {year}"
        assert f"opfølgningen i {name}." in text_of(narrative.due(plan, f"{year}-{month}"))


def test_what_is_not_due_says_when_it_comes(plan):
    told = text_of(narrative.not_due(plan, JUNE))
    assert "lav elevtrivsel, skoleglæde, mobning og lav faglig trivsel" in told
    assert "næste gang i november 2026" in told
    assert "næste gang i juni 2027" in text_of(narrative.not_due(plan, NOVEMBER))
    assert "næste gang i den næste november" in text_of(narrative.not_due(plan, f"{LAST_YEAR}-06"))


def test_decisions_on_support_are_announced_for_june_2026_and_later_junes_only(plan):
    assert coming_of(plan, JUNE) == coming_of(plan, "2028-06") != []
    assert coming_of(plan, "2025-11") == coming_of(plan, NOVEMBER) == []
    assert "ingen kilde" in text_of(narrative.due(plan, JUNE))


def test_themes_come_with_their_data_source_and_as_no_number(plan):
    rows = cells_of(tables.themes(plan, NOVEMBER))
    assert [row[1] for row in rows] == [
        "Interview",
        "Cases fra skoler (inklusiv forældre)",
        "Gennemgang af klager, interview",
    ]
    assert "ikke som tal" in text_of(narrative.themes(plan, NOVEMBER))
    assert cells_of(tables.themes(plan, "2027-06"))[1][1].startswith("ikke fastlagt")
    assert isinstance(tables.themes(plan, "2028-06"), Gap)
    assert isinstance(narrative.themes(plan, "2028-06"), Gap)


def test_an_indicator_that_the_library_does_not_know_is_refused(plan):
    changed = plan.assign(theme=plan["theme"].str.replace("skoleglæde", "skoletrivsel"))
    with pytest.raises(ContractError, match="skoletrivsel"):
        due_in(changed, NOVEMBER)


# --- direction ---


@pytest.mark.parametrize("entry", INDICATORS, ids=lambda entry: entry.plan)
def test_progress_is_the_direction_of_the_definition_wherever_it_takes_a_side(entry):
    assert definition(entry.definition).better in (entry.wanted, "neither")


YEARS = ("2022/2023", "2023/2024")
MORE = {"2022/2023": (600, 1000), "2023/2024": (900, 1000)}
FEWER = {"2022/2023": (900, 1000), "2023/2024": (600, 1000)}


@pytest.mark.parametrize(
    ("given", "group", "word"),
    [
        ({"joy": MORE}, JOY, IMPROVED), ({"joy": FEWER}, JOY, WORSE),
        ({"favourable": MORE}, BULLIED, IMPROVED), ({"favourable": FEWER}, BULLIED, WORSE),
        ({"low": MORE}, LOW, WORSE), ({"low": FEWER}, LOW, IMPROVED),
        ({"placed": MORE}, PLACED, WORSE), ({"placed": FEWER}, PLACED, IMPROVED),
    ],
)  # fmt: skip
def test_the_verdict_follows_the_direction_that_counts_as_progress(plan, given, group, word):
    table = registered(**given)
    assert pick(table, group=group, measure="verdict_year")["note"] == word
    period = JUNE if group == PLACED else NOVEMBER
    told = text_of(narrative.changes(released(table), COPENHAGEN, plan, period))
    assert f"Dom: {word}." in told
    assert f"er {word}" in text_of(narrative.overview(released(table), COPENHAGEN, plan, period))


def test_of_placements_only_the_concept_says_which_way_is_progress(plan):
    told = text_of(narrative.changes(released(registered(placed=MORE)), COPENHAGEN, plan, JUNE))
    assert "Konceptet regner et lavere tal som fremgang" in told
    told = text_of(narrative.changes(released(registered(joy=MORE)), COPENHAGEN, plan, NOVEMBER))
    assert "Et højere tal er fremgang." in told


def test_bullying_counts_those_without_a_favourable_answer():
    row = pick(registered(favourable={"2023/2024": (880, 1000)}), group=BULLIED)
    assert (row["numerator"], row["denominator"], row["estimate"]) == (120, 1000, 12.0)
    assert row["lower"] < 12 < row["upper"]


# --- changes and verdicts ---


def test_a_change_inside_its_interval_is_never_called_a_change(plan):
    called = 0
    for before in (5, 60, 300, 700):
        for after in range(10, 1000, 45):
            table = registered(joy={"2022/2023": (before, 1000), "2023/2024": (after, 1000)})
            own = pick(table, measure="change_year")
            judged = pick(table, measure="verdict_year")
            inside = own["lower"] <= 0 <= own["upper"]
            told = text_of(narrative.changes(released(table), COPENHAGEN, plan, NOVEMBER))
            if inside:
                assert judged["note"] == UNCLEAR
                assert f"Dom: {UNCLEAR}." in told
                assert IMPROVED not in told.split("ændring er vurderet")[0]
            called += judged["note"] != UNCLEAR
            if judged["note"] != UNCLEAR:
                assert judged["lower"] > 0 or judged["upper"] < 0
    assert called > 40  # the sweep holds clear changes too


def p_value(*counts):
    """The smallest alpha at which Newcombe's interval leaves out zero."""
    low, high = 1e-12, 1 - 1e-12
    for _ in range(60):
        middle = (low + high) / 2
        _, lower, upper = newcombe_difference(*counts, confidence=middle)
        low, high = (middle, high) if lower > 0 or upper < 0 else (low, middle)
    return 1 - low


def test_the_verdicts_are_those_of_holms_procedure():
    """But for an interval that begins or ends at 0.0 as it is printed, which is no change."""
    draw = np.random.default_rng(5)
    agreed = []
    for _ in range(40):
        shares = draw.uniform(0.4, 0.55, (3, 2))
        counts = {
            name: {year: (int(draw.binomial(400, share)), 400) for year, share in zip(YEARS, pair, strict=True)}
            for name, pair in zip(("joy", "favourable", "low"), shares, strict=True)
        }
        table = registered(**counts)
        judged = [pick(table, group=group, measure="verdict_year") for group in (JOY, BULLIED, LOW)]
        if min(abs(row[end]) for row in judged for end in ("lower", "upper")) >= 0.05:
            p_values = [p_value(*series[YEARS[1]], *series[YEARS[0]]) for series in counts.values()]
            assert [row["note"] != UNCLEAR for row in judged] == list(multipletests(p_values, method="holm")[0])
            agreed.append(sum(row["note"] != UNCLEAR for row in judged))
    assert len(agreed) > 30
    assert len(set(agreed)) > 2


def test_a_family_is_one_municipality_and_one_season():
    table = registered(joy=MORE, favourable=MORE, low=MORE, placed=MORE)
    levels = table[table["measure"] == "verdict_year"].set_index("group")["confidence"]
    assert levels[PLACED] == 0.95
    assert levels[JOY] == round(1 - 0.05 / 3, 4)


def test_a_change_that_only_its_own_interval_sees_is_no_verdict(plan):
    counts = {"2021/2022": (250, 500), "2022/2023": (222, 500), "2023/2024": (255, 500)}
    table = registered(joy=counts)
    own, judged = pick(table, measure="change_year"), pick(table, measure="verdict_year")
    assert own["lower"] > 0 > judged["lower"]
    assert judged["note"] == UNCLEAR
    told = text_of(narrative.changes(released(table), COPENHAGEN, plan, NOVEMBER))
    assert "det bredere interval for alle ændringer på én gang" in told
    assert "Dom: forbedret" not in told


def test_a_missing_year_before_leaves_only_the_change_since_the_first_year():
    table = registered(joy={"2021/2022": (500, 1000), "2023/2024": (600, 1000)})
    assert set(table["measure"]) == {"level", "change_first", "verdict_first"}


def test_two_years_give_one_change_and_one_year_none(plan):
    assert set(registered(joy=MORE)["measure"]) == {"level", "change_year", "verdict_year"}
    once = registered(joy={"2023/2024": (600, 1000)})
    assert set(once["measure"]) == {"level"}
    assert f"kun ét år, så udviklingen {UNJUDGED}" in text_of(
        narrative.changes(released(once), COPENHAGEN, plan, NOVEMBER)
    )


def test_a_covid_year_is_noted_for_answers_and_not_for_placements():
    counts = {"2020/2021": (500, 1000), "2022/2023": (500, 1000), "2023/2024": (500, 1000)}
    table = registered(joy=counts, placed=counts)
    assert pick(table, group=JOY, measure="change_first")["note"] == COVID
    assert pick(table, group=JOY, measure="change_year")["note"] == ""
    assert pick(table, group=PLACED, measure="change_first")["note"] == ""


def test_an_indicator_without_series_is_a_gap_and_one_that_is_hidden_is_not_called_missing(plan):
    own, country = registered(placed=MORE), registered(joy=MORE, code=COUNTRY)
    table = released(pd.concat([own, country], ignore_index=True))
    june, november = (narrative.changes(table, COPENHAGEN, plan, period) for period in (JUNE, NOVEMBER))
    assert "Elevfravær: ingen kilde i udgaven endnu" in text_of(june)
    assert "Skoleglæde: kommunen har ingen tal, der kan vises" in text_of(november)
    assert "elevfravær" in text_of(narrative.missing(table, COPENHAGEN))


def test_a_municipality_without_series_gets_gaps_only(copenhagen, plan, theory):
    for block in (
        narrative.changes(copenhagen, ELSEWHERE, plan, JUNE), narrative.overview(copenhagen, ELSEWHERE, plan, JUNE),
        figures.series(copenhagen, ELSEWHERE, plan, JUNE), tables.verdicts(copenhagen, ELSEWHERE, plan, JUNE),
        tables.levels(copenhagen, ELSEWHERE, plan, JUNE), tables.theory(theory, copenhagen, copenhagen, ELSEWHERE),
    ):  # fmt: skip
        assert isinstance(block, Gap)


# --- what is shown ---


def test_a_figure_refuses_two_definitions_under_one_indicator(plan):
    mixed = released(registered(joy=MORE))
    other = mixed.table.assign(definition="skoleglaede", source="t")
    both = type(mixed)(mixed.name, mixed.edition, mixed.rule, pd.concat([mixed.table, other], ignore_index=True))
    for show in (figures.series, tables.levels):
        with pytest.raises(DefinitionError):
            show(both, COPENHAGEN, plan, NOVEMBER)


def test_the_alt_text_states_first_and_last_value(copenhagen, plan):
    alt = unescape(re.search(r'alt="([^"]*)"', figures.series(copenhagen, COPENHAGEN, plan, NOVEMBER).html)[1])
    assert "Skoleglæde. København: 74,8 pct. i 2020/2021 og 71,9 pct. i 2024/2025." in alt
    assert "Hele landet: 76,5 pct. i 2020/2021 og 69,1 pct. i 2024/2025." in alt


def test_the_series_table_has_every_year_once_with_the_country_beside(copenhagen, plan):
    block = tables.levels(copenhagen, COPENHAGEN, plan, JUNE)
    rows = [row for row in cells_of(block) if row[0][:2] == "20"]
    assert len(rows) == 5 + 2 + 2 + 5
    assert ["2019/2020", "6,1", "n ikke oplyst", "n ikke oplyst", "5,2"] in [row[:5] for row in rows]
    assert sum("COVID-19" in row[5] for row in rows) == 2


def test_theory_rows_without_an_indicator_are_gaps_with_what_would_fill_them(copenhagen, theory):
    nobody = type(copenhagen)("staff_answers", "published", ALREADY_PUBLISHED, copenhagen.table.iloc[:0])
    rows = cells_of(tables.theory(theory, copenhagen, nobody, COPENHAGEN))
    assert [row[0] for row in rows] == list(theory["change_da"])
    for row, possible in zip(rows, theory["possible_indicator"], strict=True):
        has_series = bool(shows(possible).indicators)
        assert row[3].startswith("Ingen kilde endnu; kræver ") != has_series
        assert "survey" not in row[2] + row[3]
        assert (UNJUDGED in row[3]) == has_series
    assert sum("Ingen kilde endnu" in row[3] for row in rows) == 10


def test_a_staff_survey_is_not_called_a_gap_where_it_was_made(copenhagen, theory):
    rows = cells_of(tables.theory(theory, copenhagen, copenhagen, COPENHAGEN))
    told = [row[3] for row, possible in zip(rows, theory["possible_indicator"], strict=True) if "staff" in possible]
    assert len(told) == 4
    assert set(told) == {"Personalet er spurgt, men siden følger ikke svarene over tid"}


def test_the_theory_shows_the_latest_verdict_of_an_indicator(theory):
    table = released(registered(placed=FEWER, joy=MORE))
    rows = cells_of(tables.theory(theory, table, table, COPENHAGEN))
    assert "Elever i specialtilbud: forbedret siden året før" in rows[-2][3]
    assert "skoleglæde: forbedret siden året før" in rows[-1][3]


def test_budget_and_account_are_shown_as_printed_or_the_economy_page_is_named(facts):
    money = derive({"economy": printed_economy(facts)}, "published", ALREADY_PUBLISHED)["economy"]
    told = text_of(narrative.economy(money, COPENHAGEN))
    assert "Regnskab 2023: 22 mio. kr. over budgettet." in told  # 1,841 against 1,819
    assert "Regnskab 2024: 29 mio. kr. under budgettet." in told  # 1,901 against 1,930
    elsewhere = text_of(narrative.economy(money, ELSEWHERE))
    assert "intet budget" in elsewhere
    assert "»Økonomien i specialundervisningen«" in elsewhere


def test_what_is_missing_names_who_can_answer(copenhagen):
    told = text_of(narrative.missing(copenhagen, COPENHAGEN))
    assert "Ingen serie" not in told
    assert told.count("Antal elever mangler for") == 4
    assert "Uddannelsesstatistik.dk" in told


def test_a_questionnaire_of_ones_own_is_followed_by_its_own_labels_and_what_it_lacks_has_no_rows():
    item = replace(ASKED.items["glad_for_skole"], label="Er du glad for at gå i skole hos os?")
    own = replace(ASKED, items={"glad_for_skole": item}, scales={})
    rows = share("trivsel_spoergsmaal", {"2023/2024": (700, 1000), "2024/2025": (710, 1000)},
                 "spørgsmål – Er du glad for at gå i skole hos os?")  # fmt: skip
    empty = estimates([])
    shown = {"yearly": empty, "wellbeing_items": estimates(rows), "wellbeing_scales": empty, "survey_card": empty}
    found = registered_follow_up(shown, own)
    assert set(found["group"]) == {"november: skoleglæde"}
    assert registered_follow_up(shown).empty
