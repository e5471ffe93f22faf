"""Suppression under the register's rule, against an attacker who is written without the library.

The attacker knows that every count is a sum of atoms (pupils of one district, one year and one kind of provision, or of
one school and one band), writes down what the released tables show of these sums, and asks by integer programming, for
one number after the other, whether a hidden count could be it.
"""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from inklusion.analyses.printed import estimates
from inklusion.disclosure.audit import audit
from inklusion.disclosure.release import release
from inklusion.disclosure.rule import REGISTER

COUNTRY, YEAR, POOLED = "000", "2023/2024", "2021/2022-2023/2024"
WIDE, NARROW, BANDS = "seg_register_9t", "seg_register_placering", "risiko_almen"


def row(municipality, count, among, *, unit="", definition=WIDE, period=YEAR, group="", measure="share", **more):
    return {
        "municipality": municipality, "unit": unit, "group": group, "period": period, "period_type": "school_year",
        "definition": definition, "measure": measure, "numerator": count, "denominator": among,
        "estimate": 100 * count / among if among else np.nan, "decimals": 1, "method": "optalt", "source": "register", **more,
    }  # fmt: skip


def released(*rows, rule=REGISTER, earlier=(), **tables):
    given_tables = {"t": list(rows)} if rows else tables
    out = release({name: estimates(part) for name, part in given_tables.items()}, "synthetic", rule, earlier=earlier)
    return out["t"] if rows else out


def status(table, **chosen):
    return table.where(**chosen).table["status"].tolist()


# --- the attacker ---


def possible(equations, right, goal, *, least=0, most=400, enough=5):
    """How many whole numbers a sum of atoms can be; stops counting at five."""
    whole = np.ones(len(goal))
    limits = LinearConstraint(np.array(equations), right, right) if equations else ()
    ends = [milp(sign * goal, constraints=limits, bounds=Bounds(0, most), integrality=whole) for sign in (1, -1)]
    assert all(end.status == 0 for end in ends), "the attacker's own equations are wrong"
    found = 0
    for value in range(max(least, round(ends[0].fun)), round(-ends[1].fun) + 1):
        fixed = LinearConstraint(np.array([*equations, goal]), [*right, value], [*right, value])
        found += milp(np.zeros(len(goal)), constraints=fixed, bounds=Bounds(0, most), integrality=whole).status == 0
        if found >= enough:
            break
    return found


def attacked(tables, atoms, sums_of, *, zeros_tell=True):
    """Cells and differences that the attacker narrows down to fewer than five numbers.

    ``sums_of(row)`` gives the atoms of a row's numerator and of its denominator as masks; ``atoms`` are the truth.
    """
    shown, hidden, every = [], [], []
    for table in tables:
        for entry in table.to_dict("records"):
            for column, mask in zip(("numerator", "denominator"), sums_of(entry), strict=True):
                every.append(mask)
                value = entry[column]
                if pd.isna(value):
                    hidden.append((entry, column, mask))
                else:
                    shown.append((tuple(mask.astype(int)), int(value)))
    known = dict(shown)
    assert all(
        known[tuple(mask.astype(int))] == atoms[mask].sum() for mask in every if tuple(mask.astype(int)) in known
    )
    equations, right = [np.array(mask, dtype=float) for mask in known], list(known.values())
    least = int(not zeros_tell)
    broken = [
        (entry["municipality"], entry["unit"], entry["period"], entry["definition"], entry["group"], column)
        for entry, column, mask in hidden
        if possible(equations, right, mask.astype(float), least=least) < 5
    ]
    differences = {tuple(a & ~b) for a in every for b in every if (a & b).sum() == b.sum() and (a & ~b).any()}
    for mask in map(np.array, sorted(differences)):
        if 1 <= atoms[mask].sum() <= 4 and possible(equations, right, mask.astype(float)) < 5:
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
    shares, distributions = [("",), SEXES, ("", *SEXES)], [RISKS]
    tables = {}
    for number in range(draw(st.integers(1, 3))):
        definition = draw(st.sampled_from(list(COUNTED)))
        groups = draw(st.sampled_from(shares if definition in (WIDE, NARROW) else distributions))
        periods = draw(st.sampled_from([(YEAR,), (POOLED,), (YEAR, POOLED), (*YEARS, POOLED)]))
        tables[f"t{number}"] = rows_of(atoms, owners, definition, periods, groups, draw(st.booleans()))
    return owners, atoms, tables


@settings(max_examples=40, deadline=None, derandomize=True)
@given(editions())
def test_every_hidden_count_and_small_difference_of_an_edition_could_be_five_numbers(drawn):
    owners, atoms, tables = drawn
    out = released(**tables)
    assert attacked([table.table for table in out.values()], atoms, lambda entry: masks(entry, owners)) == []
    assert audit(out).exposed == ()
