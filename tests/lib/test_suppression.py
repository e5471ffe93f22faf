"""Suppression under the register's rule, against an attacker who is written without the library.

The attacker knows that every count is a sum of atoms (pupils of one district, one year and one kind of provision, or of
one school and one band), writes down what the released tables show of these sums, and asks by integer programming, for
one number after the other, whether a hidden count could be it.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from inklusion.analyses.printed import estimates
from inklusion.disclosure.audit import audit
from inklusion.disclosure.dominance import is_dominated
from inklusion.disclosure.ledger import ledger
from inklusion.disclosure.release import Released, release, release_interactive
from inklusion.disclosure.rule import ALREADY_PUBLISHED, REGISTER, Rule
from inklusion.errors import DisclosureError

COUNTRY, YEAR, POOLED = "000", "2023/2024", "2021/2022-2023/2024"
WIDE, NARROW, BANDS = "seg_register_9t", "seg_register_placering", "risiko_almen"


def row(municipality, count, among, *, unit="", definition=WIDE, period=YEAR, group="", measure="share", **more):
    return {
        "municipality": municipality, "unit": unit, "group": group, "period": period, "period_type": "school_year",
        "definition": definition, "measure": measure, "numerator": count, "denominator": among,
        "estimate": 100 * count / among if pd.notna(among) and among else np.nan, "decimals": 1, "method": "optalt", "source": "register", **more,
    }  # fmt: skip


def released(*rows, rule=REGISTER, earlier=(), **tables):
    given_tables = {"t": list(rows)} if rows else tables
    out = release({name: estimates(part) for name, part in given_tables.items()}, "synthetic", rule, earlier=earlier)
    return out["t"] if rows else out


def status(table, **chosen):
    return table.where(**chosen).table["status"].tolist()


# --- the attacker ---


def possible(known, floors, goal, *, most=400, enough=5):
    """How many whole numbers a sum of atoms can be; stops counting at five."""
    whole, limits = np.ones(len(goal)), []
    if known:
        limits.append(LinearConstraint(np.array(list(known), dtype=float), list(known.values()), list(known.values())))
    if floors:
        limits.append(LinearConstraint(np.array(list(floors), dtype=float), 1, np.inf))
    box = Bounds(0, most)
    ends = [milp(sign * goal, constraints=limits, bounds=box, integrality=whole) for sign in (1, -1)]
    assert all(end.status == 0 for end in ends), "the attacker's own equations are wrong"
    found = 0
    for value in range(round(ends[0].fun), round(-ends[1].fun) + 1):
        fixed = [*limits, LinearConstraint(goal[np.newaxis], value, value)]
        found += milp(np.zeros(len(goal)), constraints=fixed, bounds=box, integrality=whole).status == 0
        if found >= enough:
            break
    return found


def attacked(tables, atoms, sums_of):
    """Cells and differences that the attacker narrows down to fewer than five numbers.

    ``sums_of(row)`` gives the atoms of a row's numerator and of its denominator as masks; ``atoms`` are the truth. The
    attacker knows the rule: nobody is shown as zero, except where it would be the same for a whole group. So a hidden
    denominator is not zero, nor is a band unless all bands of its place are hidden.
    """
    known, floors, hidden, every = {}, set(), [], set()
    for table in tables:
        sites = table.groupby(["municipality", "unit", "period", "definition"])["numerator"]
        wholly = dict(sites.apply(lambda own: own.isna().all()))
        for entry in table.to_dict("records"):
            site = (entry["municipality"], entry["unit"], entry["period"], entry["definition"])
            for column, mask in zip(("numerator", "denominator"), sums_of(entry), strict=True):
                atom_set = tuple(mask.astype(int))
                every.add(atom_set)
                if pd.notna(entry[column]):
                    known[atom_set] = int(entry[column])
                    continue
                hidden.append((*site, entry["group"], column, atom_set))
                if column == "denominator" or (entry["group"] in RISKS and not wholly[site]):
                    floors.add(atom_set)
    assert all(atoms @ np.array(atom_set) == value for atom_set, value in known.items())
    broken = [cell for *cell, atom_set in hidden if possible(known, floors, np.array(atom_set, dtype=float)) < 5]
    masks_of = [np.array(atom_set, dtype=bool) for atom_set in sorted(every)]
    differences = {tuple(a & ~b) for a in masks_of for b in masks_of if not (b & ~a).any() and (a & ~b).any()}
    for mask in map(np.array, sorted(differences)):
        if 1 <= atoms[mask].sum() <= 4 and possible(known, floors, mask.astype(float)) < 5:
            broken.append(("difference", int(mask.sum())))
    return broken


# --- pupils by district, year, kind of provision, sex and band; any tables of them side by side ---

YEARS = ("2021/2022", "2022/2023", "2023/2024")
PLACED, WIDE_ONLY, ORDINARY = range(3)
SHAPE = (len(YEARS), 3, 2, 2)  # years, kinds, sexes, bands
COUNTED = {
    WIDE: ([PLACED, WIDE_ONLY], [PLACED, WIDE_ONLY, ORDINARY]),
    NARROW: ([PLACED], [PLACED, WIDE_ONLY, ORDINARY]),
    "risiko_alle": ([PLACED, WIDE_ONLY, ORDINARY],) * 2,
    BANDS: ([WIDE_ONLY, ORDINARY],) * 2,
}
SEXES, RISKS = ("køn: drenge", "køn: piger"), ("bånd: 0-10 pct.", "bånd: 10-100 pct.")


def masks(entry, owners):
    """The atoms that a row counts, and those it counts them among."""
    years = [place for place, year in enumerate(YEARS) if entry["period"] in (year, POOLED)]
    units = [place for place, owner in enumerate(owners)
             if entry["municipality"] in (COUNTRY, owner) and entry["unit"] in ("", f"Distrikt {place}")]  # fmt: skip
    group = entry["group"]
    sexes = [SEXES.index(group)] if group in SEXES else [0, 1]
    found = []
    for number, kinds in enumerate(COUNTED[entry["definition"]]):
        bands = [RISKS.index(group)] if group in RISKS and number == 0 else [0, 1]
        mask = np.zeros((len(owners), *SHAPE), dtype=bool)
        mask[np.ix_(units, years, kinds, sexes, bands)] = True
        found.append(mask.ravel())
    return found


def rows_of(atoms, owners, definition, periods, groups, units):
    """One table: the country, the municipalities and, where asked for, their districts."""
    places = [(COUNTRY, ""), *((owner, "") for owner in sorted(set(owners)))]
    places += [(owner, f"Distrikt {place}") for place, owner in enumerate(owners)] if units else []
    keys = [{"municipality": code, "unit": unit, "definition": definition, "period": period, "group": group}
            for code, unit in places for period in periods for group in groups]  # fmt: skip
    return [row(key.pop("municipality"), *(int(atoms[mask].sum()) for mask in masks({**key, "municipality": code}, owners)), **key)
            for key in keys for code in [key["municipality"]]]  # fmt: skip


@st.composite
def editions(draw):
    owners = sorted(draw(st.lists(st.sampled_from(["901", "902"]), min_size=1, max_size=3)))
    size = len(owners) * int(np.prod(SHAPE))
    seed, scale = draw(st.integers(0, 10**6)), draw(st.sampled_from([0.3, 1, 3]))
    random = np.random.default_rng(seed)
    weight = np.broadcast_to(np.array([0.3, 0.3, 2.0])[None, None, :, None, None], (len(owners), *SHAPE))
    atoms = random.poisson(weight.ravel() * random.gamma(1, scale, size))
    atoms.reshape(len(owners), *SHAPE)[0, :, PLACED] += 5
    shares, distributions = [("",), SEXES, ("", *SEXES)], [RISKS]
    tables = {}
    for number in range(draw(st.integers(1, 3))):
        definition = draw(st.sampled_from(list(COUNTED)))
        groups = draw(st.sampled_from(shares if definition in (WIDE, NARROW) else distributions))
        periods = draw(st.sampled_from([(YEAR,), (POOLED,), (YEAR, POOLED), (*YEARS, POOLED)]))
        units = draw(st.booleans())
        for name in (WIDE, NARROW) if definition == WIDE else (definition,):
            tables[f"{name} {number}"] = rows_of(atoms, owners, name, periods, groups, units)
    return owners, atoms, tables


@settings(max_examples=8, deadline=None, derandomize=True)
@given(editions())
def test_every_hidden_count_and_small_difference_of_an_edition_could_be_five_numbers(drawn):
    owners, atoms, tables = drawn
    out = released(**tables)
    assert attacked([table.table for table in out.values()], atoms, lambda entry: masks(entry, owners)) == []
    assert audit(out).exposed == ()


# --- the primary rule ---


def alone(count, among, **more):
    """The status of a municipality that no sum touches."""
    return status(released(row("901", count, among, **more)))[0]


@pytest.mark.parametrize(
    ("count", "among", "expected"),
    [(4, 100, "suppressed"), (5, 100, "shown"), (96, 100, "suppressed"), (95, 100, "shown"), (2, 4, "suppressed"),
     (0, 100, "suppressed"), (100, 100, "suppressed"), (0, 0, "missing")],
)  # fmt: skip
def test_a_share_is_hidden_when_few_are_counted_few_are_not_or_all_are_alike(count, among, expected):
    assert alone(count, among) == expected


def bands_of(counts, unit="", code="901"):
    among = sum(counts)
    return [
        row(code, count, among, unit=unit, definition=BANDS, group=f"bånd: {number}")
        for number, count in enumerate(counts)
    ]


def test_a_zero_in_a_distribution_is_shown_and_a_small_band_takes_another_with_it():
    assert status(released(*bands_of([40, 3, 0, 20]))) == ["shown", "suppressed", "shown", "suppressed"]


def test_where_all_pupils_are_in_one_band_no_band_says_which():
    assert status(released(*bands_of([40, 0, 0]))) == ["suppressed"] * 3
    assert status(released(*bands_of([40, 0, 0]), rule=ALREADY_PUBLISHED)) == ["suppressed"] * 3


def test_released_refuses_a_visible_zero_of_all_and_keeps_a_zero_in_a_distribution():
    table = released(row("901", 12, 100)).table
    for count in (0, 3, 97, 100):
        with pytest.raises(DisclosureError, match="1 rows show fewer than 5"):
            Released("t", "synthetic", REGISTER, table.assign(numerator=pd.array([count], dtype="Int64")))
    shown = released(*bands_of([40, 20, 0]))
    assert shown.table["numerator"].tolist() == [40, 20, 0]


@pytest.mark.parametrize("measure", ["minimum", "max_hours", "percentile_90", "median"])
def test_a_value_that_is_one_persons_is_refused(measure):
    with pytest.raises(DisclosureError, match="one person's value"):
        released(row("901", 12, 100, measure=measure))
    with pytest.raises(DisclosureError, match="one person's value"):
        release_interactive(estimates([row("901", 12, 100, measure=measure)]), "synthetic", REGISTER)


@pytest.mark.parametrize("changed", [{"threshold": 2}, {"protection": 2}, {"rounding": 0}, {"rounding": 10}])
def test_a_rule_that_protects_too_little_cannot_be_made(changed):
    with pytest.raises(DisclosureError, match="Allowed are"):
        replace(REGISTER, **changed)
    assert Rule("three", 3, frozenset({"pupils"}), "").threshold == 3


# --- all hidden cells look alike ---


def test_small_numbers_and_those_hidden_with_them_look_alike():
    rows = [row("901", 3, 500, unit="Distrikt 1"), row("901", 40, 500, unit="Distrikt 2"), row("901", 60, 500, unit="Distrikt 3"),
            row("901", 103, 1500)]  # fmt: skip
    table = released(*rows).table
    hidden = table[table["status"] != "shown"]
    assert hidden["unit"].tolist() == ["Distrikt 1", "Distrikt 2"]
    columns = ["numerator", "estimate", "lower", "upper", "note", "status", "reason", "denominator"]
    assert len(hidden[columns].astype("str").drop_duplicates()) == 1


def test_what_is_hidden_does_not_depend_on_the_order_of_rows_and_tables():
    rows = rows_of(
        np.random.default_rng(5).poisson(3.0, 36 * 3), ["901", "901", "902"], WIDE, (YEAR, POOLED), ("", *SEXES), True
    )
    columns = ["municipality", "unit", "period", "group", "status"]

    def fates(*parts):
        tables = released(**{f"t{number}": part for number, part in enumerate(parts)})
        return pd.concat(table.table for table in tables.values())[columns].sort_values(columns).to_numpy().tolist()

    assert fates(rows) == fates(rows) == fates(rows[::-1]) == fates(rows[40:], rows[:40])


# --- numbers that nobody prints ---


def test_the_difference_between_two_nested_definitions_is_protected_where_neither_is_small():
    rows = [row("901", 33, 600, unit="Distrikt 1"), row("901", 40, 500, unit="Distrikt 2"), row("901", 73, 1100),
            row("901", 30, 600, unit="Distrikt 1", definition=NARROW), row("901", 30, 500, unit="Distrikt 2", definition=NARROW),
            row("901", 60, 1100, definition=NARROW)]  # fmt: skip
    table = released(*rows)
    assert "suppressed" in status(table, unit="Distrikt 1")
    assert "suppressed" in status(table, unit="Distrikt 2")
    assert status(table, unit="") == ["shown", "shown"]


def test_the_two_other_years_are_protected_when_one_year_is_taken_from_three():
    rows = [row("901", 30, 500), row("901", 33, 1500, period=POOLED)]
    assert "suppressed" in status(released(*rows))
    assert status(released(rows[0], row("901", 36, 1500, period=POOLED))) == ["shown", "shown"]


def test_what_the_other_schools_have_together_is_protected():
    rows = [row("901", 60, 400, unit="Skole 1"), row("901", 2, 300, unit="Skole 2"), row("901", 2, 300, unit="Skole 3"),
            row("901", 64, 1000)]  # fmt: skip
    table = released(*rows).table.set_index("unit")["status"]
    assert "suppressed" in (table["Skole 1"], table[""])


def test_pupils_without_a_district_are_protected_too():
    rows = [row("901", 60, 400, unit="Distrikt 1"), row("901", 50, 300, unit="Distrikt 2"), row("901", 113, 760)]
    assert "suppressed" in status(released(*rows))


def test_the_groups_most_exposed_are_nested():
    def exposed(*counts):
        groups = ("5 pct.", "15 pct.", "25 pct.")
        places = ("901", "902", "903")
        return [row(code, count, 1000, definition="mest_udsatte", group=f"andel: {group}") for code in places
                for group, count in zip(groups, counts, strict=True)]  # fmt: skip

    assert set(status(released(*exposed(50, 90, 150)))) == {"shown"}
    assert "suppressed" in status(released(*exposed(50, 53, 150)))


def test_districts_and_schools_are_two_divisions_of_a_municipality():
    rows = [row("901", 3, 300, unit="Distrikt 1"), row("901", 47, 700, unit="Distrikt 2"),
            row("901", 20, 400, unit="Skole 1"), row("901", 30, 600, unit="Skole 2"), row("901", 50, 1000)]  # fmt: skip
    assert status(released(*rows)) == ["suppressed", "suppressed", "shown", "shown", "shown"]


def test_full_year_pupils_are_hidden_with_the_pupils_and_cannot_be_found_from_their_sum():
    kinds = {
        "": (30, 21.4),
        "tilbud: specialskole": (3, 1.9),
        "tilbud: dagbehandling": (15, 9.5),
        "tilbud: intern skole": (14, 10.0),
    }
    rows = [row("901", count, pd.NA, definition="helaarsboern_register", group=group, measure="full_year", period="2023") | {"estimate": amount}
            for group, (count, amount) in kinds.items()]  # fmt: skip
    table = released(*rows).table.set_index("group")
    assert table.loc["tilbud: specialskole", "status"] == "suppressed"
    assert (table["status"] == "suppressed").sum() >= 2
    assert table.loc[table["status"] == "suppressed", "estimate"].isna().all()


def test_a_comparison_with_the_other_groups_is_hidden_with_them():
    groups = {"køn: drenge": (60, 700), "køn: piger": (3, 650)}
    rows = [
        row("901", *count, group=group, measure=measure)
        for group, count in groups.items()
        for measure in ("share", "risk_ratio")
    ]
    table = released(*rows, *(row("902", 50, 700, group=group, measure="risk_ratio") for group in groups))
    assert status(table, municipality="901", measure="share") == ["shown", "suppressed"]
    assert status(table, municipality="901", measure="risk_ratio") == ["suppressed", "suppressed"]
    assert status(table, municipality="902") == ["shown", "shown"]


# --- earlier editions ---


def test_nothing_is_hidden_behind_a_number_that_an_earlier_edition_shows():
    units = ("Distrikt 1", "Distrikt 2", "Distrikt 3")
    first = {"t": [row("901", 40, 500, unit=units[1])]}
    book = ledger(released(**first))
    rows = [
        row("901", 3, 500, unit=units[0]),
        row("901", 40, 500, unit=units[1]),
        row("901", 60, 500, unit=units[2]),
        row("901", 103, 1500),
    ]
    assert status(released(*rows)) == ["suppressed", "suppressed", "shown", "shown"]
    assert status(released(*rows, earlier=[book])) == ["suppressed", "shown", "suppressed", "shown"]


def test_a_number_that_an_earlier_edition_shows_cannot_be_hidden_now():
    book = pd.DataFrame([(WIDE, YEAR, "901", "", "", 7.0, "first")],
                        columns=["cell", "period", "municipality", "unit", "group", "value", "edition"])  # fmt: skip
    with pytest.raises(DisclosureError, match="earlier editions"):
        released(row("901", 3, 500), earlier=[book])


# --- rounding and money ---


def test_with_rounding_shares_follow_from_the_rounded_counts():
    rule = replace(REGISTER, rounding=5)
    rows = [
        row("901", 33, 617, lower=4.0, upper=7.0, confidence=0.95),
        row("901", 33, 617, measure="ratio", estimate=1.234),
    ]
    table = released(*rows, rule=rule).table
    assert table[["numerator", "denominator"]].to_numpy().tolist() == [[35, 615]] * 2
    assert table["estimate"].tolist()[0] == 5.7 and table["estimate"].isna().tolist() == [False, True]
    assert table["lower"].isna().all() and audit({"t": released(*rows, rule=rule)}).is_safe


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [([20] * 5, False), ([25] * 4, True), ([80, 10, 5, 3, 2], True), ([45, 41, 5, 5, 4], True), ([50, 30, 2, 1, 1, 1], True),
     ([], False), ([-20, 20, 20, 20, 20], False)],
)  # fmt: skip
def test_a_sum_of_money_is_hidden_when_few_make_up_most_of_it(amounts, expected):
    assert is_dominated(amounts, REGISTER) is expected


def test_a_missing_contribution_is_refused_without_the_others():
    with pytest.raises(DisclosureError, match="missing contribution") as problem:
        is_dominated([12345, float("nan")], REGISTER)
    assert "12345" not in str(problem.value)


# --- interactive ---


def test_an_interactive_table_hides_small_counts_small_denominators_and_bands_that_are_all_alike():
    rows = [
        row("901", 2, 4),
        row("902", 33, 600),
        row("902", 30, 600, definition=NARROW),
        *bands_of([40, 0], code="903"),
    ]
    table = release_interactive(estimates(rows), "synthetic", REGISTER)
    assert status(table) == ["suppressed", "shown", "suppressed", "suppressed", "suppressed"]
    assert pd.isna(table.table["denominator"].iloc[0])
