"""What moving places between provisions would free: the same function for every municipality, batch and notebook."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from inklusion.analyses.accounts import PREFIX, Place, places
from inklusion.analyses.assumptions import FILE, Assumptions
from inklusion.analyses.printed import estimates, with_definition
from inklusion.contracts.accounts import PROVISIONS, Books, price_text
from inklusion.measures.scenario import Move, calibrated_unit_costs, moved_places, pupils_to_target, scenario_savings

ALL_MOVES = "i alt"
CALIBRATED = "kalibrering, ikke dokumentation"
_MILLION = 1e6
_AVERAGE = "forskel i enhedsudgift gange flyttede helårspladser; ingen faste udgifter"
_FIXED = "en del af udgiften i det tilbud, der forlades, bliver; lav og høj er to forudsætninger"
_FIXED_BOTH = (
    "samme faste andel i begge tilbud, for kilden trykker ingen enhedsudgifter; lav og høj er to forudsætninger"
)
_REPORT = "Ballerup-rapporten, figur 2.2.1"
_BALLERUP = "151"
Row = dict[str, Any]


def scenario(books: Books, assumptions: Assumptions) -> pd.DataFrame:
    """The scenario of every municipality whose accounts show the provisions that it moves between.

    Measures: ``assumption`` (per cent), ``places_before``, ``places_after``, ``moved``, ``cost_difference``,
    ``saving`` (no fixed cost: an upper limit), ``saving_fixed`` (lower and upper), ``target`` and ``share_now``.
    """
    return estimates(row for place in places(books) for row in _of_place(place, assumptions, books))


def calibrated_scenario(facts: pd.DataFrame, assumptions: Assumptions) -> pd.DataFrame:
    """The Ballerup report's scenario, with unit costs chosen so that they give its printed amounts back.

    The places follow from 365 pupils, 6 per cent and the printed shares; nothing of it is printed. Moves and target are
    always the report's own; only the fixed costs are those of ``assumptions``.
    """
    report = replace(Assumptions(), **{name: getattr(assumptions, name) for name in _FIXED_SETTINGS})
    savings = with_definition(facts, ["omprioriteringspotentiale"])
    pupils = with_definition(facts, ["antal_elever_segregeret_ballerup"])
    savings, pupils = (table[table["municipality"] == _BALLERUP] for table in (savings, pupils))
    amounts = [savings.loc[savings["group"] == group, "value"] for group in _PRINTED_MOVES]
    if pupils.empty or any(found.empty for found in amounts):
        return estimates([])
    count = float(pupils["value"].iloc[0])
    group = pupils_to_target(count, report.share_from, report.share_to) / report.moves[1][2]
    start = {"specialskole": count - group, "gruppeordning": group, "almen": count / report.share_from - count}
    printed = [float(found.iloc[0]) * _MILLION for found in amounts]
    table = calibrated_unit_costs(start, report.moves, printed)
    table = table.assign(saved_high=table["saved"])
    low, high = report.fixed
    fixed = [(1 - share) * table["saved"] for share in (high, low)]
    shared = {
        "municipality": _BALLERUP,
        "period": "2024",
        "period_type": "account_year",
        "source": _sources(savings, pupils),
    }
    found: list[Row] = [*_assumed(report, _REPORT), *_places(start, report.moves)]
    found += [
        *_savings(table, fixed, _FIXED_BOTH),
        *_target(count, report.share_from, report, half_step=report.half_step),
    ]
    note = {"note": f"2024-priser; {CALIBRATED}"}
    return estimates({**shared, **row, **note, "decimals": min(row["decimals"], 1)} for row in found)


_FIXED_SETTINGS = ("pupils_change", "cost_change", "half_step")
_PRINTED_MOVES = ("specialskole -> gruppeordning", "gruppeordning -> almenklasse")


def _sources(*tables: pd.DataFrame) -> str:
    return ", ".join([*dict.fromkeys(citation for table in tables for citation in table["citation"]), FILE])


def _of_place(place: Place, assumptions: Assumptions, books: Books) -> Iterator[Row]:
    year = place.years[-1]
    start, costs = _places_and_costs(place, year)
    needed = {name for origin, goal, _ in assumptions.moves for name in (origin, goal)}
    if not needed <= set(start):
        return
    table = scenario_savings(start, costs, assumptions.moves, fixed_share=assumptions.fixed)
    at_average = scenario_savings(start, costs, assumptions.moves)
    shared = {
        "municipality": place.code, "period": str(year), "period_type": "account_year", "note": price_text(place.base),
        "source": ", ".join([*dict.fromkeys(path for path in books.sources.values() if path), FILE]),
    }  # fmt: skip
    found: list[Row] = [*_assumed(assumptions), *_places(start, assumptions.moves)]
    found += _savings(at_average, [table["saved_low"], table["saved_high"]], _FIXED)
    special = float(place.total_pupils[year])
    found += _target(special, special / float(place.enrolled[year]), assumptions)
    yield from ({**shared, **row} for row in found)


def _places_and_costs(place: Place, year: int) -> tuple[dict[str, float], dict[str, float]]:
    """Full-year places and unit cost of each provision that is shown by itself, ordinary education among them."""
    start, costs = {}, {}
    for name, entry in PROVISIONS.items():
        label = PREFIX + entry.name_da
        if label in place.pupils:
            start[name] = float(place.pupils.at[year, label])
            costs[name] = float(place.spending.at[year, label]) / start[name]
    ordinary = float(place.enrolled.get(year, 0)) - float(place.total_pupils[year]) if place.pupils.shape[1] else 0.0
    if ordinary > 0 and pd.notna(place.ordinary[year]):
        start["almen"], costs["almen"] = ordinary, float(place.ordinary[year]) / ordinary
    return start, costs


def _row(name: str, measure: str, group: str, decimals: int, **more: Any) -> Row:
    return {"definition": name, "measure": measure, "group": group, "decimals": decimals, **more}


def label_of(origin: str, goal: str) -> str:
    """A move in words.

    >>> label_of("gruppeordning", "almen")
    'fra gruppeordninger til almenområdet'
    """
    return f"fra {PROVISIONS[origin].name_da} til {PROVISIONS[goal].name_da}"


def _assumed(assumptions: Assumptions, origin: str = FILE) -> Iterator[Row]:
    low, high = assumptions.fixed
    chosen = [(f"andel af pladserne, der flyttes {label_of(o, g)}", share, origin) for o, g, share in assumptions.moves]
    chosen += [("fast del af udgiften, lavt skøn", low, FILE), ("fast del af udgiften, højt skøn", high, FILE)]
    chosen += [("måltal for andelen af elever i specialtilbud", assumptions.share_to, origin)]
    for group, share, where in chosen:
        yield _row("oekonomi_forudsaetning", "assumption", group, 1, estimate=100 * share, method=where)


def _places(start: dict[str, float], moves: Sequence[Move]) -> Iterator[Row]:
    named = {name for origin, goal, _ in moves for name in (origin, goal)}
    after = moved_places(start, moves)
    for measure, table in (("places_before", start), ("places_after", after)):
        for name in (name for name in table if name in named):
            yield _row(
                "oekonomi_flytning", measure, PROVISIONS[name].name_da, 1, estimate=table[name], method="flytning"
            )


def _savings(table: pd.DataFrame, fixed: Sequence[pd.Series], fixed_method: str) -> Iterator[Row]:
    """Each move, and all together: places, difference in unit cost, and what is freed without and with fixed costs."""
    low, high = (part / _MILLION for part in fixed)
    at_average = table["saved_high"] / _MILLION
    for at, move in table.iterrows():
        group = label_of(move["origin"], move["destination"])
        yield _row("oekonomi_flytning", "moved", group, 1, estimate=move["pupils"], method="andel af pladserne")
        yield _row(
            "oekonomi_enhedsforskel", "cost_difference", group, 0, estimate=move["cost_difference"], method=_AVERAGE
        )
        yield from _amounts(group, at_average[at], low[at], high[at], fixed_method)
    yield from _amounts(ALL_MOVES, at_average.sum(), low.sum(), high.sum(), fixed_method)


def _amounts(group: str, at_average: float, low: float, high: float, fixed_method: str) -> Iterator[Row]:
    yield _row("oekonomi_scenarie", "saving", group, 2, estimate=at_average, method=_AVERAGE)
    yield _row("oekonomi_scenarie", "saving_fixed", group, 2, lower=low, upper=high, method=fixed_method)


def _target(special: float, share: float, assumptions: Assumptions, *, half_step: float = 0.0) -> Iterator[Row]:
    """How many full-year pupils fewer the target means here, and how many one step of the target is.

    A share that is printed without decimals can be half a step lower or higher; the target's pupils then have a range.
    """
    fewer = pupils_to_target(special, share, assumptions.share_to)
    yield _row("oekonomi_forudsaetning", "share_now", "", 1, estimate=100 * share, method="helårselever af alle elever")
    least, most = (pupils_to_target(special, share + sign * half_step, assumptions.share_to) for sign in (-1, 1))
    ends = {"lower": least, "upper": most} if half_step else {}
    yield _row(
        "oekonomi_flytning", "target", "", 0, estimate=fewer, **ends, method="andel nu minus måltal, gange alle elever"
    )
    step = f"fra {100 * assumptions.share_from:g} til {100 * assumptions.share_to:g} pct. af alle elever"
    whole = special / share * (assumptions.share_from - assumptions.share_to)
    yield _row("oekonomi_flytning", "target_step", step, 0, estimate=whole, method="procentpoint gange alle elever")
