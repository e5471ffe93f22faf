"""The half-yearly follow-up: each indicator's series, its change since the year before and the first year, and verdicts."""

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pandas as pd

from inklusion.analyses.printed import N_UNKNOWN, estimates
from inklusion.analyses.pupil_survey import item_group
from inklusion.analyses.standing import ABOVE, BELOW, CONFIDENCE, verdict
from inklusion.analyses.wellbeing_trends import design_effects
from inklusion.contracts.follow_up import BY_PLAN, HIGHER, IMPROVED, INDICATORS, UNCLEAR, WORSE, Indicator, under_covid
from inklusion.contracts.surveys import SCALE
from inklusion.measures.proportions import newcombe_difference, wilson_interval
from inklusion.municipalities import COUNTRY
from inklusion.periods import require_one_kind
from inklusion.questionnaire import Questionnaire, questionnaire

YEAR, FIRST = "year", "first"
COVID = "et af årene ligger under COVID-19"
_DECIMALS = 1
_PRINTED = "forskel mellem to trykte tal, procentpoint"
_CANNOT_JUDGE = f"{N_UNKNOWN}, så ændringen kan ikke vurderes"
_CHANGE = "Newcombe 1998, for svar gjort bredere for skoleklynger; mange elever er talt med i begge år"
_HOLM = f"{_CHANGE}; intervallet er gjort bredere efter Holm, fordi flere ændringer bliver vurderet på én gang"
Row = dict[str, Any]


def published_follow_up(shown: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Printed series of the follow-up and their changes; n is not printed, so there is no interval and no verdict.

    Parameters
    ----------
    shown
        The shown rows of the tables ``segregation`` and ``wellbeing``.

    Returns
    -------
    DataFrame
        ``Estimates``, the group being season and indicator: ``level`` (as printed), ``change_year`` (since the year just
        before; none where that year is not printed) and ``change_first`` (percentage points). The country has levels only.
    """
    found = pd.concat([shown["segregation"], shown["wellbeing"]], ignore_index=True)
    found = found[(found["measure"] == "printed") & (found["group"] == "") & found["estimate"].notna()]
    rows: list[Row] = []
    for entry in INDICATORS:
        for code, line in _lines(found[found["definition"] == entry.definition]):
            rows += _levels(line, entry)
            if code != COUNTRY:
                rows += [_printed_change(line, base, about, entry) for about, base in _bases(line)]
    return estimates(rows)


def registered_follow_up(shown: Mapping[str, pd.DataFrame], asked: Questionnaire | None = None) -> pd.DataFrame:
    """Counted series of the follow-up, their changes with interval, and a verdict on each.

    Parameters
    ----------
    shown
        The shown rows of the tables ``yearly`` (if there is a register), ``wellbeing_items``, ``wellbeing_scales`` and ``survey_card``; answers of
        pupils of one school resemble each other, and their intervals are wider for it. Absence and school starters
        are in no register edition; the follow-up has no rows for them.
    asked
        The questionnaire of the pupils' survey; the national one without. An indicator has no rows where the
        questionnaire has no item or scale by the national one's id.

    Returns
    -------
    DataFrame
        As :func:`published_follow_up`, with counts and intervals; and ``verdict_year`` and ``verdict_first``: the same
        change with the interval at the level of Holm's step, for all changes of one municipality and season together,
        and the verdict in ``note``.
    """
    rows: list[Row] = []
    changes: dict[tuple[str, str], list[Row]] = {}
    means = shown["wellbeing_scales"]
    effect = design_effects(means, shown["survey_card"], max(means["period"], default=""))
    for entry, found in _counted(shown, asked or questionnaire("trivsel_4_9")):
        for code, line in _lines(found):
            rows += _levels(line, entry)
            if code != COUNTRY:
                own = [_counted_change(line, base, about, entry, effect) for about, base in _bases(line)]
                changes.setdefault((code, entry.season), []).extend(own)
    for family in changes.values():
        rows += family + _verdicts(family)
    return estimates(rows)


def _counted(shown: Mapping[str, pd.DataFrame], asked: Questionnaire) -> Iterator[tuple[Indicator, pd.DataFrame]]:
    """The rows of each indicator that a register edition has."""
    scales = {"lav elevtrivsel": "generel", "lav faglig trivsel": "faglig"}
    items = {"skoleglæde": "glad_for_skole", "mobning": "mobbet"}
    if "yearly" in shown:
        yield BY_PLAN["specialundervisningsprocent"], _shares(shown["yearly"], "seg_register_placering", "")
    for name, scale in ((name, scale) for name, scale in scales.items() if scale in asked.scales):
        yield BY_PLAN[name], _shares(shown["wellbeing_scales"], "trivsel_lav", SCALE + asked.scales[scale].label)
    for name, item in ((name, item) for name, item in items.items() if item in asked.items):
        found = _shares(shown["wellbeing_items"], "trivsel_spoergsmaal", item_group(asked, item))
        yield BY_PLAN[name], found if name == "skoleglæde" else _others(found)


def _shares(table: pd.DataFrame, name: str, group: str) -> pd.DataFrame:
    own = (table["definition"] == name) & (table["measure"] == "share") & (table["unit"] == "")
    return table[own & (table["group"] == group) & table["numerator"].notna() & table["denominator"].gt(0)]


def _others(favourable: pd.DataFrame) -> pd.DataFrame:
    """Those who did not answer favourably: of "mobbet" all who were bullied now and then or more often."""
    counted = favourable["denominator"] - favourable["numerator"]
    lower, upper = wilson_interval(counted.astype(int), favourable["denominator"].astype(int), confidence=CONFIDENCE)
    return favourable.assign(
        definition="opfoelgning_mobning", numerator=counted, estimate=100 * counted / favourable["denominator"],
        lower=100 * lower, upper=100 * upper, confidence=CONFIDENCE, method="Wilson",
    )  # fmt: skip


def _lines(found: pd.DataFrame) -> Iterator[tuple[str, list[Row]]]:
    """The years of each municipality in order."""
    for code, line in found.groupby("municipality", sort=True):
        require_one_kind(line["period_type"])
        yield str(code), line.sort_values("period").to_dict("records")


def _bases(line: list[Row]) -> Iterator[tuple[str, Row]]:
    """What the last year is compared with: the year just before, and the first one where that is another."""
    *earlier, last = line
    if not earlier:
        return
    is_year_before = int(last["period"][:4]) - int(earlier[-1]["period"][:4]) == 1
    if is_year_before:
        yield YEAR, earlier[-1]
    if len(earlier) > 1 or not is_year_before:
        yield FIRST, earlier[0]


def _levels(line: list[Row], entry: Indicator) -> list[Row]:
    return [{**row, "measure": "level", "group": entry.group} for row in line]


def _change(line: list[Row], base: Row, about: str, entry: Indicator) -> Row:
    last = line[-1]
    sources = dict.fromkeys([last["source"], base["source"]])
    return {
        **{name: last[name] for name in ("municipality", "period", "period_type", "definition")},
        "measure": f"change_{about}",
        "group": entry.group,
        "decimals": _DECIMALS,
        "source": ", ".join(sources),
    }


def _printed_change(line: list[Row], base: Row, about: str, entry: Indicator) -> Row:
    last = line[-1]
    inferred = [row["note"] for row in (last, base) if "udledt" in row["note"]]
    return {
        **_change(line, base, about, entry),
        "estimate": last["estimate"] - base["estimate"],
        "method": f"{_PRINTED}, fra {base['period']}",
        "note": "; ".join(filter(None, (_CANNOT_JUDGE, _covid(last, base), *inferred[:1]))),
    }


def _counted_change(
    line: list[Row], base: Row, about: str, entry: Indicator, effect: Callable[[str, str], float]
) -> Row:
    last = line[-1]
    counts = [int(row[name]) for row in (last, base) for name in ("numerator", "denominator")]
    wider = math.sqrt(effect(last["municipality"], last["group"])) if last["group"] else 1.0
    difference, lower, upper = _difference(counts, CONFIDENCE, wider)
    return {
        **_change(line, base, about, entry),
        "numerator": counts[0],
        "denominator": counts[1],
        "estimate": difference,
        **_limits(lower, upper, CONFIDENCE),
        "method": f"{_CHANGE}, fra {base['period']}",
        "note": _covid(last, base),
        "base": counts[2:],
        "wider": wider,
    }


def _difference(counts: list[int], level: float, wider: float) -> tuple[float, float, float]:
    """Change in percentage points with Newcombe's limits, made wider around it."""
    change, lower, upper = (100 * float(part) for part in newcombe_difference(*counts, confidence=level))
    return change, change - wider * (change - lower), change + wider * (upper - change)


def _verdicts(family: list[Row]) -> list[Row]:
    """Holm's procedure on intervals, which needs no p-value.

    Those whose interval at level 1 - alpha / m leaves out zero are changes; then the rest are tried at the level of as many
    as are left, until none leaves it out.
    """
    judged: dict[int, Row] = {}
    while len(judged) < len(family):
        level = 1 - (1 - CONFIDENCE) / (len(family) - len(judged))
        tried = {place: _judged(row, level) for place, row in enumerate(family) if place not in judged}
        changed = {place: row for place, row in tried.items() if row["note"] != UNCLEAR}
        judged |= changed or tried
    return [judged[place] for place in range(len(family))]


def _judged(change: Row, level: float) -> Row:
    counts = [change["numerator"], change["denominator"], *change["base"]]
    _, lower, upper = _difference(counts, level, change["wider"])
    word = _word(verdict(lower, upper), BY_PLAN[change["group"].partition(": ")[2]])
    about = change["measure"].removeprefix("change_")
    method = change["method"].replace(_CHANGE, _HOLM)
    return {**change, "measure": f"verdict_{about}", **_limits(lower, upper, level), "note": word, "method": method}


def _word(side: str, entry: Indicator) -> str:
    """Whether over or under is the way that counts as progress."""
    if side not in (ABOVE, BELOW):
        return UNCLEAR
    return IMPROVED if (side == ABOVE) == (entry.wanted == HIGHER) else WORSE


def _covid(*rows: Row) -> str:
    return COVID if any(under_covid(row["definition"], row["period"]) for row in rows) else ""


def _limits(lower: float, upper: float, confidence: float) -> dict[str, float]:
    return {"lower": lower, "upper": upper, "confidence": round(confidence, 4)}
