"""The audit: what it finds when a test plants a leak in finished tables, and what it does not tell."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from inklusion.analyses.printed import estimates
from inklusion.disclosure.audit import audit, require_safe
from inklusion.disclosure.ledger import ledger
from inklusion.disclosure.release import Released, release
from inklusion.disclosure.rule import ALREADY_PUBLISHED, REGISTER
from inklusion.errors import DisclosureError

YEAR, POOLED = "2023/2024", "2021/2022-2023/2024"
WIDE, NARROW = "seg_register_9t", "seg_register_placering"
SMALL = ("901", "Distrikt 0")


def row(municipality, count, among, *, unit="", definition=WIDE, period=YEAR, group="", measure="share", **more):
    return {
        "municipality": municipality, "unit": unit, "group": group, "period": period, "period_type": "school_year",
        "definition": definition, "measure": measure, "numerator": count, "denominator": among,
        "estimate": 100 * count / among, "decimals": 1, "method": "optalt", "source": "register", **more,
    }  # fmt: skip


def counts(definition=WIDE, period=YEAR, factor=1):
    """Three municipalities of four districts; one district has three pupils in segregated provision."""
    grid = np.array([[3, 21, 34, 27], [18, 25, 41, 30], [22, 16, 38, 29]]) * factor
    pupils = np.array([[210, 420, 700, 510], [300, 480, 820, 600], [440, 300, 760, 580]]) * factor
    rows = []
    for place, code in enumerate(("901", "902", "903")):
        rows += [row(code, int(x), int(n), unit=f"Distrikt {unit}", definition=definition, period=period)
                 for unit, (x, n) in enumerate(zip(grid[place], pupils[place], strict=True))]  # fmt: skip
        rows.append(row(code, int(grid[place].sum()), int(pupils[place].sum()), definition=definition, period=period))
    return [*rows, row("000", int(grid.sum()), int(pupils.sum()), definition=definition, period=period)]


def released(earlier=(), rule=REGISTER, **tables):
    return release({name: estimates(part) for name, part in tables.items()}, "synthetic", rule, earlier=earlier)


@pytest.fixture
def edition():
    return released(expected=counts())


def hidden_of(table):
    return table.table.index[table.table["status"] == "suppressed"]


def show(table, index, count, **more):
    """The table with one hidden row shown again."""
    changed = table.table.copy()
    among = float(changed.loc[index, "denominator"])
    values = {"numerator": count, "estimate": round(100 * count / among, 1), "status": "shown", "reason": "", **more}
    for column, value in values.items():
        changed.loc[index, column] = value
    return replace(table, table=changed)


def leaked(*tables, earlier=()):
    report = audit({f"t{number}": table for number, table in enumerate(tables)}, earlier)
    assert not report.is_safe
    return {(one.cell[2], one.cell[3]) for one in report.exposed}


# --- a finished edition ---


def test_the_released_edition_is_safe_and_says_how_much_is_hidden(edition):
    report = audit(edition)
    assert report.is_safe and report.exposed == ()
    assert report.hidden == len(hidden_of(edition["expected"])) == 2
    assert report.cells == 2 * 16 and report.smallest_range >= 5
    require_safe(report)


def test_an_edition_without_tables_or_without_hidden_numbers_is_safe():
    assert audit({}).is_safe
    report = audit(released(t=[row("901", 40, 500)]))
    assert (report.cells, report.hidden, report.smallest_range, report.is_safe) == (2, 0, None, True)


def test_tables_under_two_rules_are_no_edition(edition):
    other = released(rule=ALREADY_PUBLISHED, t=[row("901", 40, 500)])
    with pytest.raises(DisclosureError, match="one rule"):
        audit({**edition, **other})


# --- planted leaks ---


def test_a_total_that_is_shown_again_is_found(edition):
    table = edition["expected"]
    protector = next(index for index in hidden_of(table) if table.table.loc[index, "unit"] != SMALL[1])
    true = counts()[protector]["numerator"]
    assert SMALL in leaked(show(table, protector, true))


def test_a_municipality_hidden_with_its_only_district_is_found_when_the_total_is_shown_again():
    rows = [row("901", 3, 500, unit="Distrikt 1"), row("901", 3, 500), row("902", 40, 800), row("903", 50, 900),
            row("000", 93, 2200)]  # fmt: skip
    table = released(t=rows)["t"]
    shown_again = next(index for index in hidden_of(table) if table.table.loc[index, "municipality"] != "901")
    assert {("901", ""), ("901", "Distrikt 1")} <= leaked(show(table, shown_again, rows[shown_again]["numerator"]))


def test_a_hidden_count_that_another_table_shows_is_found(edition):
    more = released(more=[row("901", 21, 420, unit="Distrikt 1")])
    shown = [
        index
        for index in hidden_of(edition["expected"])
        if edition["expected"].table.loc[index, "unit"] == "Distrikt 1"
    ]
    planted = more["more"] if shown else None
    others = edition["expected"].table.loc[hidden_of(edition["expected"]), ["municipality", "unit"]].to_numpy().tolist()
    code, unit = next(place for place in others if tuple(place) != SMALL)
    source = next(one for one in counts() if (one["municipality"], one["unit"]) == (code, unit))
    planted = released(more=[source])["more"]
    assert {(code, unit), SMALL} <= leaked(edition["expected"], planted)


def test_a_share_with_one_decimal_gives_its_hidden_count_away(edition):
    table = edition["expected"]
    index = next(index for index in hidden_of(table) if table.table.loc[index, "unit"] != SMALL[1])
    source = counts()[index]
    changed = table.table.copy()
    changed.loc[index, ["estimate", "status"]] = [round(source["estimate"], 1), "shown"]
    assert SMALL in leaked(replace(table, table=changed))


def test_a_value_that_rests_on_a_hidden_count_is_found(edition):
    table = edition["expected"]
    index = hidden_of(table)[0]
    extra = table.table.loc[[index]].assign(measure="share_of_all", estimate=1.4, status="shown", denominator=pd.NA)
    planted = replace(table, table=pd.concat([table.table, extra], ignore_index=True))
    report = audit({"expected": planted})
    assert "follows from it" in " ".join(one.why for one in report.exposed)


def test_a_number_left_in_a_row_that_says_hidden_is_found(edition):
    table = edition["expected"]
    index = next(index for index in hidden_of(table) if table.table.loc[index, "unit"] != SMALL[1])
    changed = table.table.copy()
    changed.loc[index, "numerator"] = counts()[index]["numerator"]
    assert SMALL in leaked(replace(table, table=changed))


def test_a_hidden_row_that_says_missing_is_found(edition):
    table = edition["expected"]
    index = next(index for index in hidden_of(table) if table.table.loc[index, "unit"] == SMALL[1])
    changed = table.table.copy()
    changed.loc[index, ["status", "reason"]] = ["missing", "Ikke oplyst i kilden"]
    others = [one for one in hidden_of(table) if one != index]
    planted = show(replace(table, table=changed), others[0], counts()[others[0]]["numerator"])
    assert not audit({"expected": planted}).is_safe


def test_the_wider_definition_gives_the_difference_away():
    rows = [row("901", 33, 600), row("901", 30, 600, definition=NARROW)]
    shown = [released(t=[one])["t"] for one in rows]
    report = audit(dict(zip("ab", shown, strict=True)))
    assert "the difference of shown numbers is below the threshold" in {one.why for one in report.exposed}


def test_three_years_less_one_gives_the_others_away():
    shown = [released(t=[one])["t"] for one in (row("901", 30, 500), row("901", 33, 1500, period=POOLED))]
    assert ("901", "") in leaked(*shown)


def test_a_comparison_with_a_hidden_group_is_found():
    groups = {"køn: drenge": (60, 700), "køn: piger": (3, 650)}
    table = released(t=[row("901", *count, group=group) for group, count in groups.items()])["t"]
    ratio = released(t=[row("901", 60, 700, group="køn: drenge", measure="risk_ratio")])["t"]
    report = audit({"a": table, "b": ratio})
    assert "a comparison with a hidden group is shown" in {one.why for one in report.exposed}


# --- two editions ---


def test_two_editions_that_hide_different_districts_are_subtracted():
    first = released(expected=counts())
    table = first["expected"]
    moved = table.table.copy()
    behind = next(index for index in hidden_of(table) if table.table.loc[index, "unit"] != SMALL[1])
    other = next(index for index in moved.index if moved.loc[index, "municipality"] == "901" and moved.loc[index, "status"] == "shown"
                 and moved.loc[index, "unit"])  # fmt: skip
    second = show(table, behind, counts()[behind]["numerator"]).table
    second.loc[other, ["numerator", "estimate"]] = [pd.NA, np.nan]
    second.loc[other, "status"] = "suppressed"
    second = replace(table, table=second)
    assert audit({"expected": second}).is_safe
    assert SMALL in leaked(second, earlier=[ledger(first)])


def test_an_edition_released_with_the_earlier_ledger_passes_with_it():
    first = released(expected=counts())
    book = ledger(first)
    again = released(earlier=[book], expected=counts(), pooled=counts(period=POOLED, factor=3))
    assert audit(again, [book]).is_safe


def test_a_new_year_beside_an_old_pool_gives_the_year_that_left_away():
    """Three years in one edition, the next three in the following: what differs is the first and the last year."""

    def pool(count, first):
        return row("901", count, 1500, period=f"{first}/{first + 1}-{first + 2}/{first + 3}")

    year = row("901", 31, 500, period="2020/2021")
    book = ledger(released(t=[year, pool(97, 2020)]))
    newer = pool(68, 2021)  # 97 - 31 = 66 in the two years that both pools hold: two in the newest year
    alone = released(t=[newer])
    assert audit(alone).is_safe
    assert not audit(alone, [book]).is_safe
    assert status_of(released(earlier=[book], t=[newer])) == ["suppressed"]


def status_of(tables):
    return next(iter(tables.values())).table["status"].tolist()


def test_a_number_revised_by_two_pupils_is_found():
    book = ledger(released(t=[row("901", 40, 500)]))
    report = audit(released(t=[row("901", 42, 500)]), [book])
    assert [one.why for one in report.exposed] == [
        "an earlier edition shows a number that differs by fewer than the threshold"
    ]
    assert audit(released(t=[row("901", 45, 500)]), [book]).is_safe


def test_the_ledger_holds_what_is_shown_and_nothing_that_is_hidden(edition):
    book = ledger(edition)
    assert list(book.columns) == ["cell", "period", "municipality", "unit", "group", "value", "edition"]
    hidden = edition["expected"].table.loc[hidden_of(edition["expected"])]
    counted = book[book["cell"] == WIDE].set_index(["municipality", "unit"])["value"]
    assert not {tuple(place) for place in hidden[["municipality", "unit"]].to_numpy()} & set(counted.index)
    assert counted["000", ""] == sum(one["numerator"] for one in counts()[:4] + counts()[5:9] + counts()[10:14])
    assert ledger({}).empty


# --- what it tells ---


def test_publication_stops_with_the_place_and_the_reason_and_no_number(edition):
    table = edition["expected"]
    behind = next(index for index in hidden_of(table) if table.table.loc[index, "unit"] != SMALL[1])
    report = audit({"expected": show(table, behind, counts()[behind]["numerator"])})
    with pytest.raises(DisclosureError, match=r"Nothing was published: \d+ protected") as problem:
        require_safe(report)
    text = str(problem.value)
    assert "seg_register_9t | 2023/2024 | 901 | Distrikt 0: hidden, but too few numbers are possible" in text
    assert all(one.possible < 5 for one in report.exposed)
    assert not any(hasattr(one, name) for one in report.exposed for name in ("value", "count", "low", "high"))


def test_the_audit_reads_only_what_is_shown(edition, monkeypatch):
    monkeypatch.setattr("inklusion.disclosure.suppression.hidden_cells", None)
    assert audit(edition).is_safe
    assert isinstance(edition["expected"], Released)
