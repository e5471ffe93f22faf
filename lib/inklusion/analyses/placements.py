"""Placements over time: full-year pupils, transitions between provisions, returns, and what came after school."""

from typing import Any

import numpy as np
import pandas as pd

from inklusion.analyses.printed import estimates
from inklusion.analyses.spells import (
    CENSORED,
    RETURNED,
    complete_years,
    days_of,
    first_courses,
    full_year,
    observed_period,
    one_place_a_day,
)
from inklusion.contracts.register import ACTIVITIES, LEAVER_GROUPS, PLACEMENTS, SEGREGATED, Register
from inklusion.measures.competing_risks import cumulative_incidence, kaplan_meier
from inklusion.measures.proportions import newcombe_difference, wilson_interval
from inklusion.municipalities import COUNTRY

CONFIDENCE = 0.95
THREE_YEARS = 1096
OLDEST_GRADE = 6
FEWEST_STARTERS = 20
FEWEST_PLACED = 5
OTHERS = "øvrige segregerede"
STATES = ("almen", "mellemform", "specialklasse", "specialskole", OTHERS)
LEAVERS_DA = dict(zip(LEAVER_GROUPS, ("altid almenklasse", "tilbage i almenklasse", "specialtilbud"), strict=True))
ACTIVITIES_DA = dict(
    zip(ACTIVITIES, ("uddannelse", "beskæftigelse", "offentlig forsørgelse", "andet eller ukendt"), strict=True)
)
_PLACE = ["municipality", "group"]
_FULL_COUNT = "dage i tilbuddet divideret med årets dage; fuld optælling uden interval"
_REPEATED = "Wilson; en elev tæller med for hvert par af skoleår, så intervallet er snarere for smalt"
_INCIDENCE = "Aalen-Johansen med flytning og skolens afslutning som konkurrerende afgange"
_NAIVE = "1 minus Kaplan-Meier, der regner andre afgange som ophørt opfølgning og derfor er for høj"
_EDGE = "; interval efter Wilson blandt dem, der er fulgt til ende"


def placements(register: Register, *, source: str) -> pd.DataFrame:
    """Full-year pupils and transitions below each other, as an edition shows them.

    A municipality's full-year pupils are divided by provision in years in which no provision has few pupils, and its
    transitions not at all: nearly every number would be hidden, and many others to protect them.
    """
    moves = transitions(register, source=source)
    tables = [_divisible(full_year_pupils(register, source=source)), moves[moves["municipality"] == COUNTRY]]
    return pd.concat([table for table in tables if len(table)] or tables[:1], ignore_index=True)


def _divisible(table: pd.DataFrame) -> pd.DataFrame:
    """Leave out the provisions of a municipality and year in which one of them has few pupils."""
    is_part = (table["municipality"] != COUNTRY) & (table["group"] != "")
    is_few = is_part & table["numerator"].between(1, FEWEST_PLACED - 1)
    place = pd.MultiIndex.from_frame(table[["municipality", "period"]])
    return table[~(is_part & place.isin(place[is_few]))].reset_index(drop=True)


def large_groups(table: pd.DataFrame) -> pd.DataFrame:
    """Leave out a municipality's division into groups where fewer than ``FEWEST_STARTERS`` pupils would be divided.

    Nearly all of its numbers would be hidden, and many others to protect them.
    """
    is_small = (table["denominator"] < FEWEST_STARTERS).fillna(False).astype(bool)
    kept = (table["municipality"] == COUNTRY) | (table["group"] == "") | ~is_small
    return table[kept].reset_index(drop=True)


def full_year_pupils(register: Register, *, source: str) -> pd.DataFrame:
    """Full-year pupils (days placed divided by days in the year) by municipality, calendar year and provision.

    Only segregated provisions count, and only calendar years that the register's school years cover from January to
    December: in a year that is cut off the number would seem to fall. A pupil who is in two provisions on the same day
    counts in the one that started last, in any municipality, so that provisions and municipalities add up. A spell
    without an end runs to 31 July of the last school year.

    Measure ``full_year``; the numerator is how many different pupils there were. Group ``tilbud: …`` or, for all
    provisions, empty.
    """
    first, last = observed_period(register.pupils["year"])
    spells = one_place_a_day(register.placements, last)
    spells = spells[spells["provision"].isin(SEGREGATED)].astype({"municipality": "str", "provision": "str"})
    spells["group"] = "tilbud: " + spells["provision"].map(PLACEMENTS)
    codes = sorted({*register.municipalities["municipality"].astype("str"), *spells["municipality"]})
    used = set(spells["provision"])
    groups = ["", *(f"tilbud: {PLACEMENTS[name]}" for name in SEGREGATED if name in used)]
    index = pd.MultiIndex.from_product([[COUNTRY, *codes], groups], names=_PLACE)
    rows: list[dict[str, Any]] = []
    for year in complete_years(first, last) if used else []:
        days = full_year(spells["start"], spells["end"], year)
        part = spells.loc[days > 0, [*_PLACE, "pupil"]].assign(days=days[days > 0])
        counted = _with_totals(part).groupby(_PLACE).agg(numerator=("pupil", "nunique"), days=("days", "sum"))
        table = counted.reindex(index, fill_value=0).reset_index()
        table = table.assign(estimate=table.pop("days") / days_of(year), period=str(year))
        rows += table.to_dict("records")
    shared = {"period_type": "calendar_year", "definition": "helaarsboern_register", "measure": "full_year",
              "decimals": 1, "method": _FULL_COUNT, "source": source}  # fmt: skip
    return estimates([{**row, **shared} for row in rows])


def _with_totals(part: pd.DataFrame) -> pd.DataFrame:
    """The rows again without provision, and again for the country."""
    all_provisions = pd.concat([part, part.assign(group="")])
    return pd.concat([all_provisions, all_provisions.assign(municipality=COUNTRY)], ignore_index=True)


def transitions(register: Register, *, source: str) -> pd.DataFrame:
    """Where the pupils of each provision were a school year later, for pupils who are in the register in both years.

    Measure ``share``, group ``fra almen: til mellemform`` and so on; all pairs of following school years together, by
    the municipality of residence in the first of the two. The numbers of one "fra" add up to their denominator.
    """
    pupils = register.pupils
    years = pd.Categorical(pupils["year"].astype("category").cat.remove_unused_categories())
    begins = np.array([int(str(year)[:4]) for year in years.categories], dtype=np.int64)[years.codes]
    kinds = pd.Categorical(pupils["placement"], categories=list(PLACEMENTS)).codes
    state = np.array([_state(name) for name in PLACEMENTS])[kinds]
    codes, names = pd.factorize(pupils["municipality"], sort=True)
    order = np.lexsort((begins, pupils["pupil"].to_numpy()))
    pupil, begin = pupils["pupil"].to_numpy()[order], begins[order]
    follows = np.flatnonzero((pupil[1:] == pupil[:-1]) & (begin[1:] == begin[:-1] + 1))
    before, after = order[follows], order[follows + 1]
    size = len(STATES)
    cells = np.bincount((codes[before] * size + state[before]) * size + state[after], minlength=len(names) * size**2)
    counts = cells.reshape(len(names), size, size)
    places = {COUNTRY: counts.sum(axis=0), **dict(zip(map(str, names), counts, strict=True))}
    found = [
        {"municipality": code, "group": f"fra {start}: til {end}",
         "numerator": int(row[place]), "denominator": int(row.sum())}
        for code, matrix in places.items()
        for start, row in zip(STATES, matrix, strict=True) if row.sum()
        for place, end in enumerate(STATES)
    ]  # fmt: skip
    known = sorted(map(str, years.categories))
    shared = {"period": f"{known[0]}-{known[-1]}", "period_type": "school_years_pooled", "definition": "overgang"}
    return estimates(_shares(found, {**shared, "method": _REPEATED, "source": source}))


def returns(register: Register, *, source: str) -> pd.DataFrame:
    """Share of pupils back in an ordinary class within three years of their first placement in segregated provision.

    First placements that began in grades 0-6, all start years together, by the municipality and provision of the
    first spell; see :func:`inklusion.analyses.spells.first_courses`. Measures ``cumulative_incidence`` and
    ``kaplan_meier``; the country also by provision. A municipality with fewer than ``FEWEST_STARTERS`` gets no
    estimate, nor does a group in which nobody was followed for three years. A register that never says what came after
    a spell gives no rows: all its pupils would seem to stay.
    """
    if register.placements["exit"].isna().all():
        return estimates([])
    _, last = observed_period(register.pupils["year"])
    courses = first_courses(register.placements, last)
    courses = courses[courses["grade_at_start"].to_numpy() <= OLDEST_GRADE].astype({"municipality": "str"})
    if courses.empty:
        return estimates([])
    groups: list[tuple[str, str, pd.DataFrame]] = [(COUNTRY, "", courses)]
    for name in SEGREGATED:
        own = courses[courses["provision"] == name]
        groups += [(COUNTRY, f"tilbud: {PLACEMENTS[name]}", own)] if len(own) else []
    groups += [(str(code), "", own) for code, own in courses.groupby("municipality")]
    starts = pd.DatetimeIndex(courses["start"]).year
    shared = {"period": _span(starts.min(), starts.max()), "period_type": "cohort", "definition": "tilbage_tre_aar",
              "decimals": 1, "source": source}  # fmt: skip
    return estimates(
        {**row, **shared, "municipality": code, "group": group}
        for code, group, own in groups
        for row in _return_rows(own)
    )


def _return_rows(courses: pd.DataFrame) -> list[dict[str, Any]]:
    """The two estimates for one group of pupils, each with how many returned of how many started."""
    days, event = courses["days"].to_numpy(), courses["event"].to_numpy(dtype=object)
    numerator = int(((event == RETURNED) & (days <= THREE_YEARS)).sum())
    count = {"numerator": numerator, "denominator": len(days)}
    if len(days) < FEWEST_STARTERS:
        note = f"færre end {FEWEST_STARTERS} elever begyndte, så andelen er ikke regnet ud"
        found = {"cumulative_incidence": (np.nan,) * 3, "kaplan_meier": (np.nan,) * 3}
    else:
        note = ""
        share, lower, upper = kaplan_meier(days, event == RETURNED, at=THREE_YEARS, confidence=CONFIDENCE)
        found = {"cumulative_incidence": _incidence(days, event), "kaplan_meier": (1 - share, 1 - upper, 1 - lower)}
        note = "ingen af eleverne er fulgt i tre år" if np.isnan(share) else ""
    methods = {"cumulative_incidence": _INCIDENCE, "kaplan_meier": _NAIVE}
    rows = []
    for measure, (estimate, lower, upper) in found.items():
        method = methods[measure]
        if np.isnan(lower) and not np.isnan(estimate):
            lower, upper = _followed_interval(days, event)
            method += _EDGE
        rows.append({**count, **_percent(estimate, lower, upper), "measure": measure, "method": method, "note": note})
    return rows


def _incidence(days: np.ndarray, event: np.ndarray) -> tuple[float, float, float]:
    """Share returned within three years and its limits."""
    table = cumulative_incidence(days, event, at=THREE_YEARS, confidence=CONFIDENCE).set_index("event")
    if RETURNED in table.index:
        estimate, lower, upper = table.loc[RETURNED, ["incidence", "lower", "upper"]].astype(float)
        return estimate, lower, upper
    followed = days.max() >= THREE_YEARS or (event != CENSORED).all()
    return (0.0 if followed else np.nan), np.nan, np.nan


def _followed_interval(days: np.ndarray, event: np.ndarray) -> tuple[float, float]:
    """Wilson limits where nobody or everybody returned, among those whose three years are known."""
    known = (event != CENSORED) | (days >= THREE_YEARS)
    returned = (event == RETURNED) & (days <= THREE_YEARS)
    lower, upper = wilson_interval(returned.sum(), known.sum(), confidence=CONFIDENCE)
    return float(lower), float(upper)


def after_school(register: Register, *, source: str) -> pd.DataFrame:
    """Main activity five years after school by group of former pupils, all cohorts together.

    Measure ``share``, group ``tilbage i almenklasse: offentlig forsørgelse`` and so on; the numbers of one group add up
    to their denominator. For the country also ``difference``: public support among those who left from special
    provision minus among those who had returned to an ordinary class, with Newcombe's interval. The difference carries
    the count of the smaller of the two groups' numbers. It compares pupils whom needs, parents and municipalities have
    sorted into the two groups; it does not estimate what a return would do for a pupil.
    """
    leavers = register.leavers
    if leavers.empty:
        return estimates([])
    kinds = [(group, activity) for group in LEAVER_GROUPS for activity in ACTIVITIES]
    by_place = leavers.groupby([leavers[name].astype("str") for name in ("municipality", "group", "activity")]).size()
    wide = by_place.unstack(["group", "activity"], fill_value=0).reindex(columns=kinds, fill_value=0)
    places = {COUNTRY: wide.sum(), **{str(code): row for code, row in wide.iterrows()}}
    found = [
        {"municipality": code, "group": f"{LEAVERS_DA[group]}: {ACTIVITIES_DA[activity]}",
         "numerator": int(row[group, activity]), "denominator": int(row[group].sum())}
        for code, row in places.items()
        for group, activity in kinds
        if row[group].sum()
    ]  # fmt: skip
    cohorts = leavers["cohort"].astype(int)
    shared = {"period": _span(cohorts.min(), cohorts.max()), "period_type": "cohort", "definition": "aktivitet_5_aar",
              "source": source}  # fmt: skip
    rows = _shares(found, {**shared, "method": "Wilson"})
    return estimates([*rows, *({**row, **shared} for row in _difference(places[COUNTRY]))])


def _difference(country: pd.Series) -> list[dict[str, Any]]:
    """Public support: special provision minus returned, where both groups have anybody."""
    counts = [(int(country[group, "public_support"]), int(country[group].sum())) for group in ("special", "returned")]
    if not all(total for _, total in counts):
        return []
    ends = [float(value) for value in newcombe_difference(*counts[0], *counts[1], confidence=CONFIDENCE)]
    smaller = min(counts, key=lambda count: min(count[0], count[1] - count[0]))
    group = f"{LEAVERS_DA['special']} minus {LEAVERS_DA['returned']}: {ACTIVITIES_DA['public_support']}"
    return [
        {**_percent(*ends), "municipality": COUNTRY, "group": group, "measure": "difference", "decimals": 1,
         "numerator": smaller[0], "denominator": smaller[1], "method": "Newcombes metode 10, procentpoint",
         "note": "grupperne er ikke dannet ved lodtrækning; forskellen er ikke en virkning"}
    ]  # fmt: skip


def _state(name: str) -> int:
    label = PLACEMENTS[name]
    return STATES.index(label if label in STATES else OTHERS)


def _shares(counts: list[dict[str, Any]], shared: dict[str, Any]) -> list[dict[str, Any]]:
    """Counts as shares in per cent with Wilson intervals."""
    x, n = (np.array([row[name] for row in counts], dtype=float) for name in ("numerator", "denominator"))
    lower, upper = wilson_interval(x, n, confidence=CONFIDENCE)
    return [
        {**row, **_percent(*ends), "measure": "share", "decimals": 1, **shared}
        for row, *ends in zip(counts, x / n, lower, upper, strict=True)
    ]


def _percent(estimate: float, lower: float, upper: float) -> dict[str, float]:
    found = {"estimate": 100 * float(estimate), "lower": 100 * float(lower), "upper": 100 * float(upper)}
    return {**found, "confidence": np.nan if np.isnan(lower) else CONFIDENCE}


def _span(first: int, last: int) -> str:
    return f"{first}" if first == last else f"{first}-{last}"
