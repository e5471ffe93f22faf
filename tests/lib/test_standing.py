"""Where a municipality stands: computed from what is shown, claimed only as far as the interval goes."""

import math
import re
from html import unescape
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inklusion.analyses import comparison_groups as groups
from inklusion.analyses.multiverse import ADJUSTMENTS, multiverse
from inklusion.analyses.printed import estimates
from inklusion.analyses.standing import BELOW, standing, verdict
from inklusion.analyses.trends import printed_slopes, trends
from inklusion.blocks import Gap
from inklusion.disclosure.release import Released, derive, release, shown_rows
from inklusion.disclosure.rule import REGISTER
from inklusion.errors import ComparisonError, DefinitionError, DisclosureError, PeriodError
from inklusion.figures import standing as figures
from inklusion.measures.proportions import newcombe_difference
from inklusion.municipalities import COUNTRY
from inklusion.narrative import standing as narrative
from inklusion.tables import standing as tables

PLACED, HOURS = "seg_register_placering", "seg_register_9t"
YEARS = ("2021/2022", "2022/2023", "2023/2024")


def share_rows(counts, *, definition=PLACED, period=YEARS[-1]):
    """Rows of ``share`` from {municipality: (numerator, denominator)}."""
    return [
        {"municipality": code, "period": period, "period_type": "school_year", "definition": definition,
         "measure": "share", "numerator": x, "denominator": n, "estimate": 100 * x / n, "lower": 100 * x / n - 1,
         "upper": 100 * x / n + 1, "confidence": 0.95, "decimals": 1, "method": "Wilson", "source": "prøve"}
        for code, (x, n) in counts.items()
    ]  # fmt: skip


def everybody(codes):
    none = pd.DataFrame(columns=["municipality", "measure", "note"])
    return groups.members(codes, none, groups.ComparisonSettings(5, {}, {}))


def stand(counts):
    return standing(estimates(share_rows(counts)), everybody(list(counts)))


def shown(table, name="standing"):
    return derive({name: table}, "synthetic", REGISTER)[name]


def text_of(block):
    assert not isinstance(block, Gap), block
    return unescape(re.sub(r"<[^>]+>", " ", re.sub(r'src="data:[^"]*"', "", block.html)))


COUNTS = {"901": (50, 1000), "902": (60, 1000), "903": (300, 4000), "904": (90, 2500)}


# --- the numbers ---


def test_a_difference_is_to_the_others_without_the_municipality_itself():
    row = stand(COUNTS).query("measure == 'difference' and municipality == '903'").iloc[0]
    others = (50 + 60 + 90, 1000 + 1000 + 2500)
    expected = [100 * float(value) for value in newcombe_difference(300, 4000, *others)]
    assert [row["estimate"], row["lower"], row["upper"]] == pytest.approx(expected)


def test_the_verdict_uses_the_interval_that_holds_for_all_municipalities():
    table = stand(COUNTS).set_index(["municipality", "measure"])
    for code in COUNTS:
        own, joint = table.loc[(code, "difference")], table.loc[(code, "verdict")]
        assert joint["lower"] < own["lower"] and joint["upper"] > own["upper"]
        assert joint["confidence"] == pytest.approx(1 - 0.05 / len(COUNTS), abs=5e-5)
        assert joint["note"] == verdict(joint["lower"], joint["upper"])


def test_a_municipality_that_is_hidden_under_one_definition_is_in_no_comparison_of_that_year():
    rows = share_rows(COUNTS) + share_rows({"901": (80, 1000), "902": (90, 1000), "903": (400, 4000)}, definition=HOURS)
    table = standing(estimates(rows), everybody(list(COUNTS)))
    assert "904" not in set(table["municipality"])
    assert set(table.loc[table["measure"] == "rank", "note"]) == {"af 3"}


def test_ranks_name_how_many_are_ranked_and_contain_the_observed_place():
    ranks = stand(COUNTS).query("measure == 'rank'")
    assert (ranks["note"] == "af 4").all()
    assert ((ranks["lower"] <= ranks["estimate"]) & (ranks["estimate"] <= ranks["upper"])).all()


@given(st.lists(st.tuples(st.integers(20, 200), st.integers(1000, 9000)), min_size=3, max_size=8))
@settings(max_examples=10, deadline=None)
def test_a_drawn_share_lies_between_the_own_share_and_that_of_all(counts):
    named = {f"9{place:02d}": pair for place, pair in enumerate(counts, start=1)}
    table = stand(named).set_index(["municipality", "measure"])
    every = 100 * sum(x for x, _ in counts) / sum(n for _, n in counts)
    for code, (x, n) in named.items():
        low, high = sorted([100 * x / n, every])
        assert low - 1e-9 <= table.loc[(code, "drawn_share"), "estimate"] <= high + 1e-9


def test_a_group_without_anybody_to_compare_with_gives_no_row():
    table = standing(estimates(share_rows(COUNTS)), everybody(["901"]))
    assert table.query("measure == 'difference'").empty


def test_two_definitions_never_stand_in_one_comparison():
    rows = share_rows(COUNTS) + share_rows({code: (x + 20, n) for code, (x, n) in COUNTS.items()}, definition=HOURS)
    released = shown(standing(estimates(rows), everybody(list(COUNTS))))
    for show in (narrative.differences, narrative.rank, narrative.funnel, figures.group_shares, figures.share_funnel,
                 figures.rank_intervals, tables.differences, tables.rank):  # fmt: skip
        with pytest.raises(DefinitionError, match=HOURS):
            show(released, "901")


def test_two_kinds_of_year_never_stand_in_one_comparison_or_one_series():
    rows = share_rows(COUNTS)
    rows[0]["period_type"] = "account_year"
    with pytest.raises(PeriodError, match=r"regnskabsår, skoleår"):
        standing(estimates(rows), everybody(list(COUNTS)))
    two = [*share_rows({"901": (50, 1000)}), *share_rows({"901": (60, 1000)}, period="2024")]
    two[1]["period_type"] = "calendar_year"
    with pytest.raises(PeriodError, match="kalenderår, skoleår"):
        trends(estimates(two))


# --- what is derived shows nothing that was hidden ---


def test_what_is_hidden_is_neither_in_a_comparison_nor_behind_one():
    counts = {"901": (3, 900), **{f"9{place:02d}": (50 + place, 1000) for place in range(2, 9)}}
    whole = [sum(values) for values in zip(*counts.values(), strict=True)]
    estimated = estimates(share_rows({**counts, COUNTRY: tuple(whole)}))
    table = release({"yearly": estimated}, "synthetic", REGISTER)["yearly"]
    hidden = set(table.table.loc[table.table["status"] == "suppressed", "municipality"])
    assert "901" in hidden and len(hidden) >= 2
    derived = standing(shown_rows(estimated, table), everybody(list(counts)))
    assert hidden.isdisjoint(derived["municipality"])
    others = derived.query("measure == 'others_share'").set_index("municipality")["denominator"]
    known = sum(n for code, (_, n) in counts.items() if code not in hidden)
    assert all(others[code] == known - counts[code][1] for code in others.index)


def test_the_others_count_is_never_taken_for_the_municipalitys_own():
    """The others' 42 by one definition and the own 45 by the other are three apart, and no three pupils."""
    placed, hours = {"901": (42, 1000), "902": (30, 1000)}, {"901": (60, 1000), "902": (45, 1000)}
    rows = share_rows(placed) + share_rows(hours, definition=HOURS)
    assert not shown(standing(estimates(rows), everybody(["901", "902"]))).is_empty


def test_a_derived_table_with_a_small_count_is_refused():
    with pytest.raises(DisclosureError, match="fewer than 5"):
        derive({"standing": estimates(share_rows({"901": (3, 900)}))}, "synthetic", REGISTER)


# --- sentences ---

WORDS = {"over": "ligger højere end de andre", "under": "ligger lavere end de andre"}


def against(counts, code):
    """The bullet about all other municipalities, and the verdict's row."""
    table = stand(counts)
    sentence = text_of(narrative.differences(shown(table), code)).split("Mod ")[1]
    return sentence, table.query("measure == 'verdict' and municipality == @code").iloc[0]


@pytest.fixture(scope="module")
def swept():
    """The bullet and the verdict of one municipality while its count grows from far below the others to far above."""
    return {x: against({**COUNTS, "901": (x, 1000)}, "901") for x in range(22, 90, 2)}


def test_the_sentence_about_a_difference_flips_when_one_count_crosses_the_limit(swept):
    said = []
    for numerator, (sentence, row) in swept.items():
        side = next((side for side, words in WORDS.items() if words in sentence), "")
        interval = (round(row["lower"], 1), round(row["upper"], 1))
        assert (side == "over") == (interval[0] > 0) and (side == "under") == (interval[1] < 0), numerator
        assert ("skelnes" in sentence) == (side == "")
        said.append(side)
    changes = [(before, after) for before, after in pairwise(said) if before != after]
    assert changes == [("under", ""), ("", "over")]


def test_the_own_interval_beside_zero_without_the_joint_one_is_not_claimed(swept):
    careful = [
        sentence for sentence, _ in swept.values() if "på den ene side af nul, men det fælles interval" in sentence
    ]
    assert careful and all("kan ikke sikkert skelnes" in sentence for sentence in careful)


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ({"901": (10, 1000), "902": (200, 2000), "903": (800, 4000)}, "er nr. 1 af 3"),
        ({"901": (50, 1000), "902": (52, 1000), "903": (51, 1000)}, "en hvilken som helst plads blandt de 3"),
    ],
)
def test_the_sentence_about_the_rank_says_how_much_is_known(counts, said):
    assert said in text_of(narrative.rank(shown(stand(counts)), "901"))


def yearly(first, last, others=((100, 2000), (100, 2000))):
    pairs = {"901": (first, last), "902": others, "903": others}
    return estimates(
        row
        for place, period in ((0, YEARS[0]), (1, YEARS[-1]))
        for row in share_rows({code: pair[place] for code, pair in pairs.items()}, period=period)
    )


def said_of_change(first, last):
    table = yearly(first, last)
    released = shown(trends(table), "trends")
    where = shown(standing(table, everybody(["901", "902", "903"])))
    return text_of(narrative.change(released, where, "901")), released.where(
        municipality="901", measure="change_verdict"
    )


def test_the_sentence_about_a_change_flips_with_its_joint_interval():
    sides = []
    for numerator in range(60, 160, 4):
        sentence, released = said_of_change((100, 2000), (numerator, 2000))
        row = released.table.iloc[0]
        side = "steget" if "Andelen er steget" in sentence else "faldet" if "Andelen er faldet" in sentence else ""
        assert (side == "steget") == (row["lower"] > 0) and (side == "faldet") == (row["upper"] < 0), numerator
        sides.append(side)
    assert [side for place, side in enumerate(sides) if place == 0 or side != sides[place - 1]] == [
        "faldet",
        "",
        "steget",
    ]


@pytest.mark.parametrize(
    ("first", "last", "both"),
    [((100, 2000), (200, 2000), True), ((200, 2000), (205, 2000), False), ((40, 2000), (100, 2000), False)],
    ids=["higher and rising", "higher, not rising", "rising, not higher"],
)
def test_higher_and_rising_is_said_only_when_both_are_sure(first, last, both):
    sentence, _ = said_of_change(first, last)
    assert ("ligger altså både højere end de andre kommuner samlet og steget" in sentence) == both


# --- every combination ---


def test_the_combinations_stay_within_definition_and_period_and_are_counted():
    rows = [*share_rows(COUNTS), *share_rows({COUNTRY: (500, 8500)})]
    adjusted = {
        **share_rows({"901": (50, 1000)})[0],
        "measure": "difference",
        "estimate": 0.4,
        "lower": -0.1,
        "upper": 0.9,
    }
    rates = estimates([*rows, adjusted])
    table = multiverse(stand(COUNTS), rates)
    own = table[(table["municipality"] == "901") & (table["measure"] == "combination")]
    country = 100 * (50 / 1000 - 500 / 8500)
    found = dict(zip(own["group"], own["estimate"], strict=True))
    assert found["mod: hele landet; justering: ingen"] == pytest.approx(country)
    assert found[f"mod: det forventede; justering: {ADJUSTMENTS['difference']}"] == pytest.approx(0.4)
    below = table[(table["municipality"] == "901") & (table["measure"] == "below_any")].iloc[0]
    assert below["numerator"] == (own["note"] == BELOW).sum() and below["denominator"] == len(own)
    surely = table[(table["municipality"] == "901") & (table["measure"] == "surely_below")].iloc[0]
    assert surely["numerator"] == (own["upper"] < 0).sum()


def test_a_printed_share_is_never_compared_across_definitions_or_periods():
    rows = estimates(
        [
            {**share_rows({"901": (6, 100)})[0], "measure": "printed"},
            {**share_rows({COUNTRY: (5, 100)}, period=YEARS[0])[0], "measure": "printed"},
            {**share_rows({COUNTRY: (5, 100)}, definition=HOURS)[0], "measure": "printed"},
        ]
    )
    assert multiverse(estimates([]), rows).empty


def test_the_published_combinations_of_ballerup_are_the_two_printed_differences(published):
    table = published.released["multiverse"].where(municipality="151", measure="combination").table
    assert dict(zip(table["definition"], table["estimate"], strict=True)) == {
        "seg_9t_bopael_afstand": -1.0,
        "observeret_minus_forventet": -0.5,
    }
    assert table["lower"].isna().all()
    assert "Ingen af dem er sikker" in text_of(narrative.combinations(published.released["multiverse"], "151"))


# --- slopes of printed series ---


def test_the_slope_of_copenhagens_printed_shares_is_the_least_squares_line(published):
    row = published.released["trends"].where(municipality="101", definition="seg_kk").table.iloc[0]
    years, values = np.arange(2020, 2025), [5.4, 5.4, 5.4, 5.6, 6.1]
    slope, intercept = np.polyfit(years, values, 1)
    residual = np.asarray(values) - slope * years - intercept
    error = math.sqrt((residual @ residual) / 3 / ((years - 2022) ** 2).sum())
    half = 3.182446305 * error  # t with 3 degrees of freedom, 97.5 %
    assert [row["estimate"], row["lower"], row["upper"]] == pytest.approx(
        [slope, slope - half, slope + half], abs=0.005
    )
    said = text_of(narrative.change(published.released["trends"], published.released["standing"], "101"))
    assert "kan ikke afgøres, om andelen stiger eller falder" in said


def test_a_survey_series_leaves_the_covid_years_out_and_a_short_one_has_no_slope():
    def line(name, periods):
        return estimates(
            {**share_rows({"101": (10 + place, 100)}, definition=name, period=period)[0], "measure": "printed"}
            for place, period in enumerate(periods)
        )

    before = ["2016/2017", "2017/2018", "2018/2019", "2019/2020", "2020/2021", "2021/2022", "2022/2023"]
    (row,) = printed_slopes(line("mobning", before)).itertuples()
    assert "COVID-årene er udeladt" in row.method and row.group == "fra 2016/2017"
    assert printed_slopes(line("mobning", before[1:])).empty


# --- groups and similar municipalities ---


def test_the_ballerup_reports_group_can_be_chosen(published):
    chosen = groups.read_comparison_settings(groups_file())
    table = groups.members(
        published.municipalities["municipality"], similar(published), chosen, published.municipalities
    )
    own = table[(table["municipality"] == "151") & (table["group"] == "Ballerup-rapportens kommuner")]
    assert set(own["member"]) == {"161", "163", "167", "169", "175"}
    assert (table["municipality"] != table["member"]).all()
    assert "Ballerup-rapportens kommuner" not in set(table.loc[table["municipality"] == "101", "group"])


def groups_file():
    return Path(__file__).parents[2] / "settings" / "comparison.toml"


def similar(published, **weights):
    chosen = groups.read_comparison_settings(groups_file())
    settings_ = groups.ComparisonSettings(5, weights or chosen.weights, chosen.groups)
    return groups.similar_municipalities(published.context, settings_)


def test_every_municipality_has_five_similar_ones_and_outliers_are_named(published):
    table = similar(published)
    found = table[table["measure"] == "neighbour"]
    assert (found.groupby("municipality").size() == 5).all() and found["municipality"].nunique() == 98
    assert (found["municipality"] != found["note"]).all()
    drawn = table[table["measure"] == "drawn_in"]
    assert ("101", "kontekst_folketal") in set(zip(drawn["municipality"], drawn["group"], strict=True))


def test_a_missing_wellbeing_score_is_said_and_does_not_lose_the_municipality(published):
    table = similar(published, kontekst_wellbeing_score=1.0, kontekst_child_poverty=1.0, kontekst_low_income=1.0)
    lacking = set(table.loc[table["measure"] == "unknown", "municipality"])
    assert len(lacking) == 3
    for code in lacking:
        assert (table[table["municipality"] == code]["measure"] == "neighbour").sum() == 5


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("neighbours = 5\n[weights]\nkontekst_gnii = 1.0", "kontekst_gnii"),
        ("neighbours = 5\n[weights]\nkontekst_gini = -1", "-1"),
        ("neighbours = 0\n[weights]\nkontekst_gini = 1", "1 til 20"),
        ("naboer = 5\n[weights]\nkontekst_gini = 1", "naboer"),
        ("neighbours = 5", "weights"),
        ("[weights]\nkontekst_gini = 1\n[groups.x]\nmembers = ['Balerup']", "Ballerup"),
        ("[weights]\nkontekst_gini = 1\n[groups.x]\nmembers = []", "members"),
        ("[weights\n", "TOML"),
    ],
)
def test_a_wrong_setting_is_refused_with_what_is_allowed(tmp_path, text, said):
    file = tmp_path / "comparison.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ComparisonError, match=re.escape(said)):
        groups.read_comparison_settings(file)


# --- pages ---


def test_the_figures_say_in_words_what_they_draw(published):
    where, every = published.released["standing"], published.released["multiverse"]
    for block in (figures.group_shares(where, "163"), figures.share_funnel(where, "163"), figures.rank_intervals(where, "163"),
                  figures.combinations(every, "163")):  # fmt: skip
        alt = unescape(re.search(r'alt="([^"]*)"', block.html)[1])
        assert "Herlev" in alt and len(alt) < 700
    assert "nr. 2-8 af 8" in unescape(figures.rank_intervals(where, "163").html)


def test_a_municipality_without_counts_gets_gaps_and_no_empty_figure(published):
    where = published.released["standing"]
    for show in (narrative.differences, narrative.rank, narrative.funnel, figures.group_shares, figures.share_funnel,
                 figures.rank_intervals, tables.differences, tables.rank):  # fmt: skip
        assert isinstance(show(where, "580"), Gap), show


def test_a_released_comparison_is_released(published):
    assert all(isinstance(published.released[name], Released) for name in ("standing", "multiverse", "trends"))
