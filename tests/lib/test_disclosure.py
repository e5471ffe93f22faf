import io
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from inklusion.analyses import reconciliation, segregation, wellbeing
from inklusion.analyses.printed import estimates
from inklusion.disclosure.release import Released, release, release_interactive
from inklusion.disclosure.rule import ALREADY_PUBLISHED as RULE
from inklusion.errors import ContractError, DisclosureError

COUNTRY = "000"


def row(municipality, value, *, group="", unit="", definition="antal_elever_special", measure="printed", **more):
    """One row of Estimates; the value is a number of pupils unless the definition says otherwise."""
    return {
        "municipality": municipality, "unit": unit, "group": group, "period": "2022/2023",
        "period_type": "school_year", "definition": definition, "measure": measure, "estimate": value,
        "decimals": 0, "method": "optalt", "source": f"{municipality} {unit} {group}", **more,
    }  # fmt: skip


def share(municipality, numerator, denominator, unit="", **more):
    more = {"definition": "seg_alle_grundskole", "measure": "share", "decimals": 1, **more}
    value = 100 * numerator / denominator
    return row(municipality, value, unit=unit, numerator=numerator, denominator=denominator, **more)


def released(*rows, **tables):
    """Release rows as one table ``t``, or several tables by name, under the published rule."""
    given_tables = {"t": list(rows)} if rows else tables
    out = release({name: estimates(part) for name, part in given_tables.items()}, "published", RULE)
    return out["t"] if rows else out


def status(table, **chosen):
    return table.where(**chosen).table["status"].tolist()


# --- the primary rule ---


@pytest.mark.parametrize(("count", "expected"), [(0, "suppressed"), (1, "suppressed"), (4, "suppressed"), (5, "shown")])
def test_four_pupils_are_hidden_and_five_are_shown(count, expected):
    (found,) = released(row("101", count)).table.to_dict("records")
    assert found["status"] == expected
    assert pd.isna(found["estimate"]) == (expected == "suppressed")


@pytest.mark.parametrize(
    ("numerator", "denominator", "expected"),
    [(5, 100, "shown"), (4, 100, "suppressed"), (95, 100, "shown"), (96, 100, "suppressed"), (100, 100, "suppressed"),
     (0, 100, "suppressed"), (5, 10, "shown"), (2, 4, "suppressed")],
)  # fmt: skip
def test_a_share_is_hidden_when_those_counted_or_those_not_counted_are_too_few(numerator, denominator, expected):
    (found,) = released(share("101", numerator, denominator, lower=1.0, upper=99.0)).table.to_dict("records")
    assert found["status"] == expected
    if expected == "suppressed":
        assert all(pd.isna(found[name]) for name in ("estimate", "lower", "upper", "numerator"))
        assert found["reason"].startswith("Vises ikke")


def test_a_denominator_below_the_threshold_is_hidden_with_its_share():
    (found,) = released(share("101", 2, 4)).table.to_dict("records")
    assert pd.isna(found["denominator"])
    (found,) = released(share("101", 4, 100)).table.to_dict("records")
    assert found["denominator"] == 100


def test_staff_and_percentages_that_a_source_has_printed_are_shown_as_printed():
    table = released(
        row("151", 0, definition="antal_ansatte", group="BFO"),
        row("151", 1, definition="program_personale", group="lærere"),
        row("151", 3, definition="risikofordeling", group="30-40 pct."),
        row("151", 4, definition="seg_9t_bopael"),
        row("151", -1, definition="seg_9t_bopael_afstand"),
    )
    assert status(table) == ["shown"] * 5
    assert table.table["estimate"].tolist() == [0, 1, 3, 4, -1]


def test_released_refuses_to_exist_with_a_visible_count_of_three():
    good = released(row("101", 12), row("151", 7))
    bad = good.table.assign(estimate=[12.0, 3.0])
    with pytest.raises(DisclosureError, match=r"Table 't': 1 rows show fewer than 5 persons"):
        Released("t", "published", RULE, bad)
    with pytest.raises(DisclosureError):
        replace(good, table=bad)


def test_released_refuses_a_visible_numerator_of_three_behind_a_share():
    good = released(share("101", 12, 100))
    with pytest.raises(DisclosureError):
        Released("t", "published", RULE, good.table.assign(numerator=pd.array([3], dtype="Int64")))


def test_an_unchecked_table_cannot_be_released():
    with pytest.raises(ContractError):
        release({"t": estimates([row("101", 12)]).drop(columns="note")}, "published", RULE)


# --- the same cell in several tables ---


def test_the_same_pupils_are_hidden_as_a_count_as_a_numerator_and_by_their_complement():
    out = released(
        counts=[row("101", 3), row("101", 500, definition="antal_elever_almen")],
        shares=[share("101", 3, 503)],
    )
    assert status(out["counts"]) == ["suppressed", "suppressed"]
    assert status(out["shares"]) == ["suppressed"]


def test_too_few_pupils_in_ordinary_provision_hide_the_special_ones_too():
    out = released(
        counts=[row("101", 50), row("101", 3, definition="antal_elever_almen")],
        shares=[share("101", 50, 53)],
    )
    assert status(out["counts"]) == ["suppressed", "suppressed"]
    assert status(out["shares"]) == ["suppressed"]


def test_a_cell_that_is_hidden_to_protect_another_is_hidden_in_every_table():
    out = released(
        shares=[share("101", 3, 503), share("151", 40, 500), share("265", 60, 500),
                share(COUNTRY, 103, 1503, unit="tre kommuner samlet")],
        counts=[row("151", 40), row("151", 460, definition="antal_elever_almen"), row("265", 60)],
    )  # fmt: skip
    assert status(out["shares"]) == ["suppressed", "shown", "suppressed", "shown"]
    assert status(out["counts"]) == ["shown", "shown", "suppressed"]


def test_other_periods_units_and_municipalities_keep_their_own_fate():
    table = released(
        row("101", 3), row("101", 30, unit="Skole A"), {**row("101", 30), "period": "2021/2022"}, row("151", 30)
    )
    assert status(table) == ["suppressed", "shown", "shown", "shown"]


# --- complementary suppression against an attacker who knows everything that is visible ---

GROUPS = ("a", "b", "c")
CODES = ("101", "147", "151", "153")


def two_way(grid):
    """Rows, row totals, column totals and grand total of a grid of counts: municipalities by groups."""
    grid = np.array(grid)
    codes, groups = CODES[: grid.shape[0]], GROUPS[: grid.shape[1]]
    cells = {(code, group): int(grid[i, j]) for i, code in enumerate(codes) for j, group in enumerate(groups)}
    cells |= {(code, ""): int(grid[i].sum()) for i, code in enumerate(codes)}
    cells |= {(COUNTRY, group): int(grid[:, j].sum()) for j, group in enumerate(groups)} | {
        (COUNTRY, ""): int(grid.sum())
    }
    sums = [((code, ""), [(code, group) for group in groups]) for code in (*codes, COUNTRY)]
    sums += [((COUNTRY, group), [(code, group) for code in codes]) for group in (*groups, "")]
    return cells, sums


def too_narrow(table, sums):
    """Hidden cells that have fewer than five possible whole numbers given all visible cells and all sums.

    Written without the library: the smallest and the largest value of each hidden cell by integer programming.
    Hidden cells look alike, so nothing is known of why a cell is hidden.
    """
    rows = {(r.municipality, r.group): r for r in table.itertuples()}
    place = {cell: n for n, cell in enumerate(cell for cell, r in rows.items() if r.status != "shown")}
    if not place:
        return []
    equations = np.zeros((len(sums), len(place)))
    right = np.zeros(len(sums))
    for number, (total, parts) in enumerate(sums):
        for cell, sign in [(total, -1.0), *((part, 1.0) for part in parts)]:
            if cell in place:
                equations[number, place[cell]] += sign
            else:
                right[number] -= sign * rows[cell].estimate
    found = []
    for cell, position in place.items():
        goal = np.eye(len(place))[position]
        ends = [
            milp(sign * goal, constraints=LinearConstraint(equations, right, right), bounds=Bounds(0, 10_000),
                 integrality=np.ones(len(place)))
            for sign in (1.0, -1.0)
        ]  # fmt: skip
        assert all(end.status == 0 for end in ends), "the attacker's own equations are wrong"
        if round(-ends[1].fun) - round(ends[0].fun) < 4:
            found.append(cell)
    return found


def broken_by_attack(grid):
    cells, sums = two_way(grid)
    table = released(*(row(code, value, group=group) for (code, group), value in cells.items())).table
    assert all(r.status != "shown" for r in table.itertuples() if cells[r.municipality, r.group] < 5)
    return too_narrow(table, sums)


@st.composite
def grids(draw):
    counts = st.one_of(st.integers(0, 9), st.sampled_from([0, 3, 4, 5, 12, 20, 40]))
    height, width = draw(st.integers(2, 4)), draw(st.integers(2, 3))
    return [[draw(counts) for _ in range(width)] for _ in range(height)]


def test_the_attacker_of_these_tests_finds_a_cell_that_is_hidden_alone():
    cells, sums = two_way([[3, 20], [30, 40]])
    table = released(*(row(code, value, group=group) for (code, group), value in cells.items())).table
    for index, found in table[table["status"] != "shown"].iterrows():
        key = (found["municipality"], found["group"])
        if key != ("101", "a"):
            table.loc[index, ["estimate", "status"]] = [cells[key], "shown"]
    assert too_narrow(table, sums) == [("101", "a")]


def test_a_hidden_cell_cannot_be_recovered_from_its_row_total_column_total_or_the_country():
    cells, sums = two_way([[3, 20], [30, 40], [50, 60]])
    table = released(*(row(code, value, group=group) for (code, group), value in cells.items())).table
    hidden = set(table.loc[table["status"] != "shown", ["municipality", "group"]].itertuples(index=False, name=None))
    assert ("101", "a") in hidden and len(hidden) >= 4
    assert too_narrow(table, sums) == []


def test_nothing_is_hidden_when_no_cell_is_small():
    cells, _ = two_way([[5, 20], [30, 40]])
    assert set(released(*(row(c, value, group=g) for (c, g), value in cells.items())).table["status"]) == {"shown"}


@settings(max_examples=25, deadline=None, derandomize=True)
@example([[4, 0], [12, 2], [12, 12]])
@example([[5, 12], [0, 4], [9, 8]])
@given(grids())
def test_every_hidden_cell_of_a_two_way_table_could_be_five_numbers(grid):
    assert broken_by_attack(grid) == []


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.lists(st.one_of(st.integers(0, 9), st.integers(10, 60)), min_size=3, max_size=8))
def test_no_municipality_is_pinned_by_the_country_total(counts):
    codes = ("101", "147", "151", "153", "155", "157", "159", "161")[: len(counts)]
    rows = [row(code, value) for code, value in zip(codes, counts, strict=True)]
    table = released(*rows, row(COUNTRY, sum(counts), unit="kommunerne samlet")).table
    sums = [((COUNTRY, ""), [(code, "") for code in codes])]
    assert too_narrow(table, sums) == []


def test_a_pooled_group_protects_its_members_also_when_another_table_has_one_more_municipality():
    pooled = [row("101", 3), row("151", 20), row("265", 30), row(COUNTRY, 53, unit="tre kommuner samlet")]
    out = released(pooled=pooled, other=[row("163", 99)])
    assert out["pooled"].hidden_count >= 2


def test_a_school_cannot_be_recovered_from_the_country_total_alone():
    table = released(
        row("101", 3, unit="Skole A"), row("151", 20, unit="Skole B"), row("265", 30, unit="Skole C"), row(COUNTRY, 53)
    )
    assert table.hidden_count >= 2


def test_a_hidden_share_cannot_be_recovered_through_the_denominator_of_its_protector():
    """At most as many are counted as there are: a protector with few pupils protects little."""
    table = released(
        share("101", 4, 50), share("147", 6, 11), share("151", 40, 80), share(COUNTRY, 50, 141, unit="samlet")
    ).table.set_index("municipality")
    hidden = table[table["status"] == "suppressed"]
    assert "101" in hidden.index and len(hidden) > 1
    rest = 50 - table["numerator"].drop(COUNTRY).sum()
    others = hidden["denominator"].drop(index=["101", COUNTRY], errors="ignore").fillna(10_000)
    assert min(rest, 50) - max(rest - others.sum(), 0) >= 4


# --- the edition's own tables, with one municipality made small ---


def edition_with(facts, municipality, definition, value):
    facts = facts.copy()
    chosen = (facts["municipality"] == municipality) & (facts["definition"] == definition)
    assert chosen.sum() == 1
    facts.loc[chosen, "value"] = float(value)
    tables = {
        "segregation": segregation.observed_shares(facts),
        "reconciliation": reconciliation.reconciliation(facts),
        "programmes": wellbeing.programmes(facts),
    }
    return release(tables, "published", RULE)


def test_a_small_municipality_is_hidden_in_every_table_of_the_edition_and_so_is_a_second_one(facts):
    out = edition_with(facts, "161", "antal_elever_special", 3)
    shares = out["segregation"].where(measure="share").table.set_index("municipality")["status"]
    assert shares["161"] == "suppressed" and (shares == "suppressed").sum() == 2 and shares[COUNTRY] == "shown"
    counts = out["reconciliation"].where(definition=["antal_elever_special", "antal_elever_almen"]).table
    hidden = set(shares.index[shares != "shown"])
    assert set(counts.loc[counts["status"] != "shown", "municipality"]) == hidden
    assert counts.loc[counts["municipality"].isin(hidden), "estimate"].isna().all()


def test_no_recomputed_share_gives_a_hidden_count_away(facts):
    out = edition_with(facts, "161", "antal_elever_special", 3)
    recomputed = (
        out["reconciliation"]
        .where(measure="recomputed", municipality="161", definition="seg_alle_grundskole_3aar")
        .table
    )
    denominator = out["segregation"].where(measure="share", municipality="161").table["denominator"].iloc[0]
    assert denominator == 2490  # visible, so that the recomputed share of 0.12 pct. is three pupils
    assert recomputed["estimate"].isna().all()


def test_no_recomputed_total_gives_a_hidden_participation_count_away(facts):
    facts = facts.copy()
    chosen = (facts["municipality"] == "175") & (facts["definition"] == "program_elever")
    assert facts.loc[chosen, "value"].tolist() == [9]
    facts.loc[chosen, "value"] = 3.0
    tables = {"reconciliation": reconciliation.reconciliation(facts), "programmes": wellbeing.programmes(facts)}
    out = release(tables, "published", RULE)
    total = out["reconciliation"].where(measure="recomputed", definition="program_elever").table["estimate"]
    parts = out["programmes"].where(definition="program_elever", period="efterår 2024").table["estimate"]
    assert total.isna().all() or parts.isna().sum() != 1


# --- rounding, once ---


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [(0.25, 1, 0.3), (-0.25, 1, -0.3), (2.675, 2, 2.68), (1.005, 2, 1.01), (0.5, 0, 1), (1.5, 0, 2), (2.5, 0, 3),
     (-2.5, 0, -3), (5.2149, 2, 5.21), (5.449, 1, 5.4), (99.95, 1, 100.0)],
)  # fmt: skip
def test_values_are_rounded_half_away_from_zero_and_only_once(value, decimals, expected):
    table = released(row("151", value, definition="seg_kk", decimals=decimals, lower=value, upper=value)).table
    assert table[["estimate", "lower", "upper"]].to_numpy().tolist() == [[expected] * 3]


def test_rounding_twice_changes_nothing():
    once = released(row("151", 5.449, definition="seg_kk", decimals=2)).table
    again = released(*once.drop(columns=["status", "reason"]).to_dict("records")).table
    assert again["estimate"].tolist() == once["estimate"].tolist() == [5.45]


# --- narrowing and CSV ---


def test_for_municipality_keeps_its_own_rows_and_those_of_the_country():
    whole = released(row("101", 12), row("151", 7), row(COUNTRY, 5000), row("151", 8, unit="Skole A"))
    own = whole.for_municipality("151")
    assert own.table[["municipality", "unit"]].to_numpy().tolist() == [["151", ""], [COUNTRY, ""], ["151", "Skole A"]]
    assert (own.name, own.edition, own.rule, own.publishable) == (whole.name, whole.edition, whole.rule, True)
    assert len(whole.table) == 4


def test_where_keeps_one_or_several_values_and_says_when_nothing_is_left():
    whole = released(row("101", 12), row("151", 7), row("265", 8))
    assert whole.where(municipality=["101", "265"]).table["estimate"].tolist() == [12, 8]
    assert whole.where(municipality="999").is_empty and not whole.is_empty


def read(released_table):
    return pd.read_csv(io.StringIO(released_table.to_csv()), dtype=str, keep_default_na=False)


def test_csv_tells_suppressed_from_zero_from_missing():
    table = read(
        released(
            row("101", 0, definition="antal_ansatte"),
            row("147", 3),
            row("151", np.nan),
        )
    ).set_index("municipality")
    assert table.loc["101", ["estimate", "status", "reason"]].tolist() == ["0", "shown", ""]
    assert table.loc["147", ["estimate", "status"]].tolist() == ["", "suppressed"]
    assert table.loc["151", ["estimate", "status"]].tolist() == ["", "missing"]
    reasons = table["reason"].tolist()
    assert len(set(reasons)) == 3 and "færre end" in reasons[1] and "Ikke oplyst" in reasons[2]


def test_csv_names_the_municipality_and_keeps_its_code_as_text():
    table = read(released(row("101", 12), row(COUNTRY, 12)))
    assert table["municipality"].tolist() == ["101", "000"]
    assert table["municipality_name"].tolist() == ["København", "Hele landet"]


@pytest.mark.parametrize("text", ["=1+1", "+45", "-2", "@x", "\t=1"])
def test_csv_never_starts_a_text_cell_with_what_a_spreadsheet_runs(text):
    table = read(released(row("101", 12, note=text, unit=text)))
    assert table["note"].tolist() == table["unit"].tolist() == [f"'{text}"]


def test_csv_leaves_a_negative_number_a_number():
    assert read(released(row("151", -1.5, definition="seg_9t_bopael_afstand", decimals=1)))["estimate"].tolist() == [
        "-1.5"
    ]


def test_csv_of_the_same_table_has_the_same_bytes():
    table = released(row("101", 12), row("151", 3))
    assert table.to_csv() == table.to_csv() and "\r" not in table.to_csv()


# --- interactive ---


def test_an_interactive_table_gets_the_primary_rule_and_is_not_for_publication():
    table = release_interactive(
        estimates([row("101", 3), row("151", 12), row("265", 20), row(COUNTRY, 35)]), "published", RULE
    )
    assert not table.publishable
    assert status(table) == ["suppressed", "shown", "shown", "shown"]


def test_a_narrowed_interactive_table_is_still_not_for_publication():
    table = release_interactive(estimates([row("101", 12), row("151", 12)]), "published", RULE)
    assert not table.for_municipality("101").publishable and not table.where(municipality="151").publishable


def test_a_table_of_the_edition_is_for_publication():
    assert released(row("101", 12)).publishable
