"""Placements over time: days, transitions, courses until a return, and what is said about them."""

import re
from html import unescape

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inklusion.analyses import placements as analysis
from inklusion.analyses.spells import complete_years, days_of, first_courses, full_year, one_place_a_day
from inklusion.blocks import Gap
from inklusion.contracts.register import Register
from inklusion.contracts.tables import ESTIMATES
from inklusion.contracts.validation import validate
from inklusion.disclosure.release import release_interactive
from inklusion.disclosure.rule import Rule
from inklusion.figures import placements as figures
from inklusion.measures.proportions import newcombe_difference, wilson_interval
from inklusion.narrative import placements as narrative
from inklusion.tables import placements as tables

RULE = Rule(name="test", threshold=5, protected=frozenset({"pupils"}), sentence_da="")
LAST = np.datetime64("2024-07-31")
SPELL = ["pupil", "municipality", "provision", "start", "end", "exit", "grade_at_start"]


def spells(*rows):
    """Pupil, provision, start, end, and where they matter exit, grade at start and municipality."""
    full = [(*row, *(None, 1, "901")[len(row) - 4 :]) for row in rows]
    table = pd.DataFrame(full, columns=["pupil", "provision", "start", "end", "exit", "grade_at_start", "municipality"])
    return table.assign(start=pd.to_datetime(table["start"]), end=pd.to_datetime(table["end"]))[SPELL]


def pupils(*rows):
    """Pupil, year, placement, municipality."""
    return pd.DataFrame(rows, columns=["pupil", "year", "placement", "municipality"])


def leavers(*rows):
    return pd.DataFrame(rows, columns=["pupil", "municipality", "cohort", "group", "activity"])


YEARS = pupils(*((99, f"{year}/{year + 1}", "ordinary", "901") for year in (2021, 2022, 2023)))


def register(seen=YEARS, placed=None, left=None, codes=("901", "902")):
    places = pd.DataFrame({"municipality": codes, "name": codes})
    nobody = pd.DataFrame()
    return Register(
        seen, nobody, nobody, spells() if placed is None else placed, leavers() if left is None else left, places, True
    )


def values(table, **chosen):
    for name, value in chosen.items():
        table = table[table[name] == value]
    return dict(zip(table["group"], table["estimate"], strict=True))


def row_of(table, **chosen):
    for name, value in chosen.items():
        table = table[table[name] == value]
    assert len(table) == 1
    return table.iloc[0]


# --- days ---


@pytest.mark.parametrize(
    ("start", "end", "year", "days"),
    [
        ("2023-01-01", "2023-12-31", 2023, 365),
        ("2024-01-01", "2024-12-31", 2024, 366),
        ("2024-02-28", "2024-03-01", 2024, 3),
        ("2023-02-28", "2023-03-01", 2023, 2),
        ("2023-06-15", "2023-06-15", 2023, 1),
        ("2022-12-31", "2023-01-02", 2022, 1),
        ("2022-12-31", "2023-01-02", 2023, 2),
        ("2020-01-01", "2025-01-01", 2023, 365),
        ("2022-01-01", "2022-12-31", 2023, 0),
        ("2024-01-01", "2024-12-31", 2023, 0),
    ],
)
def test_both_ends_count_and_only_days_in_the_year(start, end, year, days):
    assert full_year([start], [end], year).tolist() == [days]


def test_a_year_counts_only_when_the_school_years_cover_it_from_january_to_december():
    assert complete_years(np.datetime64("2022-08-01"), LAST) == [2023]
    assert complete_years(np.datetime64("2023-08-01"), LAST) == []


def cut(*rows, last=LAST):
    """Provision, first and last day of each stretch."""
    table = one_place_a_day(spells(*rows), last)
    return [(row.provision, str(row.start.date()), str(row.end.date())) for row in table.itertuples()]


def test_overlapping_spells_in_one_provision_count_once():
    rows = [(1, "special_class", "2023-01-01", "2023-03-31"), (1, "special_class", "2023-03-01", "2023-04-30")]
    table = one_place_a_day(spells(*rows), LAST)
    assert full_year(table["start"], table["end"], 2023).sum() == 31 + 28 + 31 + 30


def test_a_day_in_two_provisions_counts_in_the_one_that_started_last():
    rows = [(1, "special_class", "2023-01-01", None), (1, "special_school", "2023-05-01", "2023-05-02")]
    assert cut(*rows) == [
        ("special_class", "2023-01-01", "2023-04-30"),
        ("special_school", "2023-05-01", "2023-05-02"),
        ("special_class", "2023-05-03", "2024-07-31"),
    ]


def test_of_two_that_started_the_same_day_the_later_in_the_list_counts():
    rows = [(1, "residential", "2023-01-01", "2023-01-31"), (1, "intermediate", "2023-01-01", "2023-02-28")]
    assert cut(*rows) == [("residential", "2023-01-01", "2023-01-31"), ("intermediate", "2023-02-01", "2023-02-28")]


def test_spells_of_two_pupils_and_spells_that_touch_are_left_as_they_are():
    rows = [
        (1, "special_class", "2023-01-01", "2023-01-31"),
        (1, "special_school", "2023-02-01", "2023-02-28"),
        (2, "special_class", "2023-01-15", "2023-02-15"),
    ]
    assert cut(*rows) == [row[1:] for row in rows]


def test_a_spell_without_end_or_with_a_planned_one_ends_with_the_register():
    late = [(1, "special_class", "2024-07-31", None), (2, "special_class", "2024-07-30", "2025-06-30")]
    assert [place[2] for place in cut(*late)] == ["2024-07-31"] * 2
    assert cut((1, "special_class", "2024-08-01", None)) == []


KINDS = st.sampled_from(["intermediate", "special_class", "special_school", "residential"])


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 2), KINDS, st.integers(0, 40), st.integers(0, 20)), min_size=1, max_size=6))
def test_every_day_of_any_spell_counts_once_and_as_the_rule_says(drawn):
    day = np.datetime64("2023-12-20")
    rows = [(pupil, kind, str(day + first), str(day + first + length)) for pupil, kind, first, length in drawn]
    order = ["intermediate", "special_class", "special_school", "residential"]
    expected = {}
    for pupil, kind, first, length in sorted(drawn, key=lambda row: (row[2], order.index(row[1]))):
        expected |= {(pupil, day + place): kind for place in range(first, first + length + 1)}
    found = {}
    for row in one_place_a_day(spells(*rows), LAST).itertuples():
        for place in np.arange(np.datetime64(row.start, "D"), np.datetime64(row.end, "D") + 1):
            assert (row.pupil, place) not in found
            found[row.pupil, place] = row.provision
    assert found == expected


# --- full-year pupils ---


def test_full_year_pupils_are_days_placed_divided_by_the_days_of_the_year():
    placed = spells(
        (1, "special_class", "2022-01-01", "2022-06-30"),
        (1, "special_school", "2022-07-01", None),
        (2, "special_class", "2022-12-22", "2023-01-10"),
        (3, "intermediate", "2022-01-01", None),
        (4, "special_class", "2023-03-01", "2023-03-01", "ordinary", 1, "902"),
    )
    table = validate(analysis.full_year_pupils(register(placed=placed), source="s"), ESTIMATES, where="test")
    first = values(table, municipality="901", period="2022")
    assert first["tilbud: specialklasse"] == pytest.approx((181 + 10) / 365)
    assert first["tilbud: specialskole"] == pytest.approx(184 / 365)
    assert first[""] == pytest.approx(375 / 365)
    assert row_of(table, municipality="901", period="2022", group="")["numerator"] == 2
    assert row_of(table, municipality="901", period="2022", group="tilbud: specialklasse")["numerator"] == 2
    assert values(table, municipality="902", period="2022")[""] == 0
    assert values(table, municipality="902", period="2023")["tilbud: specialklasse"] == pytest.approx(1 / 365)
    assert set(table["period"]) == {"2022", "2023"}
    assert table["lower"].isna().all()


def test_a_leap_year_has_366_days():
    years = pupils(*((9, f"{year}/{year + 1}", "ordinary", "901") for year in (2023, 2024)))
    placed = spells((1, "special_class", "2024-01-01", "2024-07-01"))
    table = analysis.full_year_pupils(register(years, placed), source="s")
    assert values(table, municipality="901", period="2024")[""] == pytest.approx(183 / 366) == 0.5
    assert days_of(2024) == 366


def test_provisions_and_municipalities_add_up_whatever_the_order_of_the_rows(many):
    table = analysis.full_year_pupils(many, source="s")
    wide = table.pivot_table(index=["period", "municipality"], columns="group", values="estimate")
    assert np.allclose(wide[""], wide.drop(columns="").sum(axis=1))
    total = wide.drop(index="000", level="municipality").groupby("period").sum()
    assert np.allclose(total, wide.xs("000", level="municipality"))
    mixed = many.placements.sample(frac=1, random_state=3).reset_index(drop=True)
    again = register(many.pupils.sample(frac=1, random_state=4), mixed, many.leavers.sample(frac=1, random_state=5))
    for name in ("full_year_pupils", "transitions", "returns", "after_school"):
        pd.testing.assert_frame_equal(
            getattr(analysis, name)(again, source="s"), getattr(analysis, name)(many, source="s")
        )


def test_nothing_is_counted_without_spells_or_without_a_whole_calendar_year():
    assert analysis.full_year_pupils(register(), source="s").empty
    one_year = pupils((9, "2023/2024", "ordinary", "901"))
    placed = spells((1, "special_class", "2023-08-01", None))
    assert analysis.full_year_pupils(register(one_year, placed), source="s").empty
    assert validate(analysis.placements(register(), source="s"), ESTIMATES, where="test")["definition"].unique() == [
        "overgang"
    ]


# --- transitions ---


def test_transitions_follow_pupils_from_one_school_year_to_the_next():
    seen = pupils(
        (1, "2021/2022", "ordinary", "901"), (1, "2022/2023", "special_class", "902"),
        (1, "2023/2024", "special_class", "902"),
        (2, "2021/2022", "ordinary", "901"), (2, "2023/2024", "special_school", "901"),
        (3, "2022/2023", "ordinary", "901"), (3, "2023/2024", "ordinary", "901"),
        (4, "2022/2023", "day_treatment", "901"), (4, "2023/2024", "residential", "901"),
    )  # fmt: skip
    table = validate(analysis.transitions(register(seen), source="s"), ESTIMATES, where="test")
    own = table[table["municipality"] == "901"].set_index("group")
    assert dict(own.loc[own["numerator"] > 0, "numerator"]) == {
        "fra almen: til almen": 1, "fra almen: til specialklasse": 1,
        "fra øvrige segregerede: til øvrige segregerede": 1,
    }  # fmt: skip
    assert own.loc["fra almen: til mellemform", "denominator"] == 2
    moved = row_of(table, municipality="902", group="fra specialklasse: til specialklasse")
    assert (moved["numerator"], moved["denominator"], moved["period"]) == (1, 1, "2021/2022-2023/2024")
    lower, upper = wilson_interval(1, 2)
    found = own.loc["fra almen: til almen", ["estimate", "lower", "upper"]].astype(float)
    assert found.tolist() == pytest.approx([50, 100 * float(lower), 100 * float(upper)])


def test_the_numbers_of_one_from_add_up_and_the_country_is_the_sum(many):
    table = analysis.transitions(many, source="s")
    start = table["group"].str.split(": ").str[0]
    sums = table.groupby(["municipality", start]).agg(parts=("numerator", "sum"), whole=("denominator", "first"))
    assert (sums["parts"] == sums["whole"]).all()
    by_group = table.pivot_table(index="municipality", columns="group", values="numerator").fillna(0)
    assert (by_group.drop(index="000").sum() == by_group.loc["000"]).all()


def test_a_register_of_one_year_has_no_transitions():
    table = analysis.transitions(register(pupils((1, "2023/2024", "ordinary", "901"))), source="s")
    assert table.empty


# --- courses and returns ---


@pytest.mark.parametrize(
    ("rows", "days", "event"),
    [
        ([("special_class", "2020-08-01", "2020-08-01", "ordinary")], 1, "ordinary"),
        ([("special_class", "2024-07-01", None, None)], 31, ""),
        ([("special_class", "2024-07-01", "2024-12-31", "ordinary")], 31, ""),
        ([("special_class", "2020-08-01", "2020-08-10", None)], 10, ""),
        ([("special_class", "2020-08-01", "2020-08-10", "other_provision")], 10, ""),
        ([("special_class", "2020-08-01", "2020-08-10", "moved"), ("special_class", "2020-08-11", None, None)], 10, "moved"),
        (
            [
                ("special_class", "2020-08-01", "2020-08-10", "other_provision"),
                ("intermediate", "2020-08-11", "2020-08-20", "other_provision"),
                ("special_school", "2020-08-21", "2020-08-31", "left_school"),
            ],
            31,
            "left_school",
        ),
        (
            [
                ("intermediate", "2019-08-01", "2020-07-31", "ordinary"),
                ("special_class", "2020-08-01", "2020-08-10", "other_provision"),
                ("intermediate", "2020-08-11", "2020-08-31", "ordinary"),
            ],
            31,
            "ordinary",
        ),
    ],
)  # fmt: skip
def test_a_course_goes_on_through_other_provisions_until_it_ends(rows, days, event):
    noise = [
        (7, "special_class", "2023-08-01", None, None, 2, "901"),
        (9, "intermediate", "2023-08-01", None, None, 2, "901"),
    ]
    table = first_courses(spells(*((8, *row, 3, "902") for row in rows[::-1]), *noise), LAST)
    assert len(table) == 2
    course = row_of(table, municipality="902")
    assert (course["days"], course["event"], course["grade_at_start"]) == (days, event, 3)
    assert course["provision"] == next(row[0] for row in rows if row[0] != "intermediate")


def test_only_the_first_course_counts_and_none_that_began_in_the_upper_stage():
    early = spells(
        *((pupil, "special_class", "2020-08-01", "2021-01-31", "ordinary", 6, "901") for pupil in range(30)),
        *((pupil, "special_school", "2021-08-01", None, None, 7, "901") for pupil in range(30)),
        *((pupil, "special_class", "2020-08-01", "2021-01-31", "ordinary", 7, "901") for pupil in range(30, 60)),
    )
    table = analysis.returns(register(placed=early), source="s")
    row = row_of(table, municipality="901", measure="cumulative_incidence")
    assert (row["numerator"], row["denominator"], row["estimate"], row["period"]) == (30, 30, 100, "2020")
    lower, _ = wilson_interval(30, 30)
    assert (row["lower"], row["upper"]) == pytest.approx((100 * float(lower), 100))


def test_competing_exits_are_not_returns_and_kaplan_meier_is_higher():
    def gone(first, count, end, exit_):
        return [(first + n, "special_class", "2020-01-01", end, exit_, 2, "901") for n in range(count)]

    placed = spells(
        *gone(0, 10, "2020-12-31", "moved"), *gone(10, 6, "2021-12-31", "ordinary"), *gone(16, 4, None, None)
    )
    table = validate(analysis.returns(register(placed=placed), source="s"), ESTIMATES, where="test")
    for code in ("000", "901"):
        right, naive = (
            row_of(table, municipality=code, group="", measure=name)
            for name in ("cumulative_incidence", "kaplan_meier")
        )
        assert right["estimate"] == pytest.approx(30)
        assert naive["estimate"] == pytest.approx(60)
        assert naive["lower"] < 60 < naive["upper"]
        assert (right["numerator"], right["denominator"]) == (naive["numerator"], naive["denominator"]) == (6, 20)
    assert row_of(table, group="tilbud: specialklasse", measure="kaplan_meier")["municipality"] == "000"


def test_three_years_are_1096_days_with_both_ends():
    on_time = spells(*((n, "special_class", "2020-01-01", "2022-12-31", "ordinary", 2, "901") for n in range(20)))
    late = spells(*((n, "special_class", "2020-01-01", "2023-01-01", "ordinary", 2, "901") for n in range(20)))
    found = [analysis.returns(register(placed=placed), source="s") for placed in (on_time, late)]
    assert [row_of(table, municipality="901", measure="kaplan_meier")["estimate"] for table in found] == [100, 0]
    none = row_of(found[1], municipality="901", measure="cumulative_incidence")
    assert (none["numerator"], none["estimate"], none["lower"]) == (0, 0, 0)
    assert none["upper"] == pytest.approx(100 * float(wilson_interval(0, 20)[1]))


def test_no_estimate_for_few_starters_or_when_nobody_was_followed_for_three_years():
    few = [(n, "special_class", "2020-01-01", "2020-12-31", "ordinary", 2, "901") for n in range(19)]
    new = [(50 + n, "special_class", "2023-01-01", None, None, 2, "902") for n in range(30)]
    table = validate(analysis.returns(register(placed=spells(*few, *new)), source="s"), ESTIMATES, where="test")
    own = row_of(table, municipality="901", measure="cumulative_incidence")
    assert np.isnan(own["estimate"])
    assert (own["numerator"], own["denominator"]) == (19, 19)
    assert "færre end 20" in own["note"]
    unseen = row_of(table, municipality="902", measure="cumulative_incidence")
    assert np.isnan(unseen["estimate"])
    assert unseen["note"] == "ingen af eleverne er fulgt i tre år"
    assert np.isnan(row_of(table, municipality="000", group="", measure="kaplan_meier")["estimate"])


def test_a_register_that_never_says_what_came_after_gives_no_returns():
    placed = spells(*((n, "special_class", "2020-01-01", "2020-12-31", None, 2, "901") for n in range(30)))
    assert analysis.returns(register(placed=placed), source="s").empty


def test_without_first_placements_there_is_no_table():
    assert analysis.returns(register(placed=spells((1, "intermediate", "2020-01-01", None))), source="s").empty


# --- after school ---


def test_activity_is_counted_by_group_and_the_difference_is_newcombes():
    left = leavers(
        *((n, "901", "2013", "special", "public_support" if n < 20 else "education") for n in range(50)),
        *((100 + n, "902", "2018", "returned", "public_support" if n < 8 else "employment") for n in range(40)),
    )
    table = validate(analysis.after_school(register(left=left), source="s"), ESTIMATES, where="test")
    row = row_of(table, municipality="901", group="specialtilbud: offentlig forsørgelse")
    assert (row["numerator"], row["denominator"], row["estimate"], row["period"]) == (20, 50, 40, "2013-2018")
    assert row_of(table, municipality="901", group="specialtilbud: beskæftigelse")["numerator"] == 0
    assert not ((table["municipality"] == "901") & table["group"].str.startswith("tilbage")).any()
    difference = row_of(table, measure="difference")
    expected = [100 * float(value) for value in newcombe_difference(20, 50, 8, 40)]
    assert difference[["estimate", "lower", "upper"]].astype(float).tolist() == pytest.approx(expected)
    assert (difference["municipality"], difference["numerator"], difference["denominator"]) == ("000", 8, 40)


def test_without_both_groups_there_is_no_difference():
    table = analysis.after_school(register(left=leavers((1, "901", "2018", "special", "other"))), source="s")
    assert not (table["measure"] == "difference").any()
    assert analysis.after_school(register(), source="s").empty


# --- figures, tables and sentences ---


@pytest.fixture(scope="module")
def many():
    """Four hundred pupils in three municipalities, the third with four, two with an overlap."""
    draw = np.random.default_rng(12)
    seen, placed, left = [], [], []
    kinds = ["ordinary", "intermediate", "special_class", "special_school", "residential"]
    for n in range(400):
        code = "903" if n < 4 else ("901", "902")[n % 2]
        kind = kinds[n % 5]
        for year in (2021, 2022, 2023):
            stays = draw.random() < 0.7
            seen.append((n, f"{year}/{year + 1}", kind if stays else kinds[draw.integers(5)], code))
        if kind != "ordinary":
            start = np.datetime64("2019-08-01") + int(draw.integers(900))
            end = start + int(draw.integers(100, 1500))
            exit_ = ["ordinary", "moved", "left_school", "other_provision"][draw.integers(4)]
            is_open = end > LAST
            placed.append((n, kind, str(start), None if is_open else str(end), None if is_open else exit_, n % 8, code))
            if n % 3 == 0:
                placed.append((n, "day_treatment", str(start + 60), str(start + 90), "other_provision", n % 8, code))
        left.append((n, code, "2018", ("ordinary", "returned", "special")[n % 3],
                     ("education", "employment", "public_support", "other")[draw.integers(4)]))  # fmt: skip
    return register(pupils(*seen), spells(*placed), leavers(*left), ("901", "902", "903"))


@pytest.fixture(scope="module")
def released(many):
    found = {
        name: getattr(analysis, name)(many, source=f"data, {name}")
        for name in ("placements", "returns", "after_school")
    }
    return {name: release_interactive(table, "synthetic", RULE) for name, table in found.items()}


SHOWN_BY = [
    (narrative.full_year_pupils, "placements"),
    (narrative.transitions, "placements"),
    (narrative.returns, "returns"),
    (narrative.after_school, "after_school"),
    (figures.full_year_pupils, "placements"),
    (figures.returns, "returns"),
    (figures.after_school, "after_school"),
    (tables.full_year_pupils, "placements"),
    (tables.transitions, "placements"),
    (tables.returns, "returns"),
    (tables.after_school, "after_school"),
]
IDS = [f"{show.__module__.split('.')[1]}-{show.__name__}" for show, _ in SHOWN_BY]


def text_of(block):
    words = re.sub(r'<img alt="([^"]*)"[^>]*>', r" \1 ", block.html)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", words)).split())


@pytest.mark.parametrize(("show", "name"), SHOWN_BY, ids=IDS)
def test_every_number_shown_stands_in_the_released_table(show, name, released):
    own = released[name].for_municipality("901")
    text = re.sub(
        r"Eksempelkommune \d+|\d{4}(/\d{4})?(-\d{4}(/\d{4})?)?|95 %|0\.-6\. klasse", " ", text_of(show(own, "901"))
    )
    numbers = {
        float(found.replace(".", "").replace(",", "."))
        for found in re.findall(r"\d[\d.]*\d(?:,\d+)?|\d(?:,\d+)?", text)
    }
    known = set(np.abs(own.table[["estimate", "lower", "upper", "numerator", "denominator"]].to_numpy(float)).ravel())
    assert numbers <= known


@pytest.mark.parametrize(("show", "name"), SHOWN_BY, ids=IDS)
def test_a_municipality_with_small_groups_reads_that_they_are_not_shown(show, name, released):
    block = show(released[name].for_municipality("903"), "903")
    if show is tables.transitions:
        assert "Hele landet" in text_of(block)
    elif isinstance(block, Gap):
        assert "vises ikke" in block.text
    else:
        assert "vises ikke" in text_of(block)
        assert not re.search(r"\bnan\b", text_of(block), re.IGNORECASE)


@pytest.mark.parametrize(("show", "name"), SHOWN_BY, ids=IDS)
def test_a_municipality_without_rows_gets_a_gap_and_no_figure(show, name, released):
    shown = show(released[name].for_municipality("904"), "904")
    if show in (tables.transitions, narrative.transitions):
        assert "landet" in text_of(shown), "the country alone is shown"
        return
    assert isinstance(shown, Gap) or show is narrative.after_school


@pytest.mark.parametrize(("show", "name"), SHOWN_BY, ids=IDS)
def test_what_was_made_while_exploring_is_marked(show, name, released):
    block = show(released[name].for_municipality("901"), "901")
    assert block.draft
    assert "Ikke til offentliggørelse" in text_of(block)
    assert not block.csv or all("municipality" in text for text in block.csv.values())


def returned(*rows):
    shared = {"municipality": "000", "period": "2018-2020", "period_type": "cohort", "definition": "tilbage_tre_aar",
              "measure": "cumulative_incidence", "confidence": 0.95, "decimals": 1, "method": "m"}  # fmt: skip
    return release_interactive(analysis.estimates([{**shared, **row} for row in rows]), "synthetic", RULE)


@pytest.mark.parametrize(
    ("lower", "upper", "verdict"),
    [
        (10.0, 30.0, "kan ikke skelnes fra landet"),
        (20.0, 30.0, "kan ikke skelnes fra landet"),
        (20.1, 30.0, "ligger højere end landet"),
        (10.0, 19.9, "ligger lavere end landet"),
    ],
)
def test_a_sentence_claims_a_difference_only_when_the_whole_interval_lies_on_one_side(lower, upper, verdict):
    own = {"municipality": "901", "numerator": 20, "denominator": 100, "estimate": (lower + upper) / 2}
    country = {"numerator": 200, "denominator": 1000, "estimate": 20.0, "lower": 18.0, "upper": 22.0}
    text = text_of(narrative.returns(returned({**own, "lower": lower, "upper": upper}, country), "901"))
    assert f"Eksempelkommune 01 {verdict}" in text


@pytest.mark.parametrize(
    ("ends", "claim"),
    [((2.0, 9.0), "højere"), ((-9.0, -2.0), "lavere"), ((-1.0, 9.0), "kan de to grupper ikke skelnes")],
)
def test_the_raw_difference_is_told_with_what_it_cannot_say(ends, claim):
    shared = {"municipality": "000", "period": "2018", "period_type": "cohort", "definition": "aktivitet_5_aar",
              "numerator": 50, "denominator": 100, "confidence": 0.95, "decimals": 1, "method": "m"}  # fmt: skip
    share = {
        "group": "specialtilbud: offentlig forsørgelse",
        "measure": "share",
        "estimate": 50.0,
        "lower": 40.0,
        "upper": 60.0,
    }
    difference = {"group": "d", "measure": "difference", "estimate": sum(ends) / 2, "lower": ends[0], "upper": ends[1]}
    table = analysis.estimates([{**shared, **share}, {**shared, **difference}])
    text = text_of(narrative.after_school(release_interactive(table, "synthetic", RULE), "901"))
    assert claim in text
    assert "kan ikke læses som en virkning" in text


def test_an_estimate_that_was_not_made_is_neither_hidden_nor_unknown():
    row = {
        "municipality": "901",
        "numerator": 8,
        "denominator": 18,
        "note": "færre end 20 elever begyndte",
        "confidence": None,
    }
    shown = returned(row, {**row, "measure": "kaplan_meier"})
    assert "ikke regnet ud for Eksempelkommune 01: færre end 20" in text_of(narrative.returns(shown, "901"))
    assert "18 8 ikke regnet ud – ikke regnet ud færre end 20" in text_of(tables.returns(shown, "901"))
