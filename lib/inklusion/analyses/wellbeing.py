"""Wellbeing, absence, programmes and the staff survey, as far as they are published."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from inklusion.analyses.printed import N_UNKNOWN, estimates, printed, with_definition
from inklusion.measures.proportions import wilson_interval_finite
from inklusion.municipalities import COUNTRY

SERIES = ("skoleglaede", "mobning", "lav_elevtrivsel", "lav_faglig_trivsel", "fravaer", "fravaer_over_10")
SURVEY = (
    "survey_enighed",
    "survey_enighed_helt_enig_enig",
    "survey_uenighed",
    "survey_angivet",
    "survey_valg",
    "survey_mangel",
    "survey_svarfordeling",
)
STAFF = ("antal_ansatte", "antal_fuldtidsnormeringer")
_CANNOT_JUDGE = f"{N_UNKNOWN}, så forskellen kan ikke vurderes"


def series(facts: pd.DataFrame) -> pd.DataFrame:
    """Published series, with changes and differences that carry no verdict because n is not printed.

    Measures: ``printed``; ``difference_to_country`` per period; ``change`` from first to last printed period.
    Both are differences of printed (rounded) figures in percentage points and have no interval.
    """
    found = with_definition(facts, SERIES)
    rows = printed(found)
    country = found[found["municipality"] == COUNTRY].set_index(["definition", "period"])["value"]
    for _, line in found.groupby(["municipality", "definition"]):
        line = line.sort_values("period")
        rows += [_change(line)] if len(line) > 1 else []
        rows += [
            _to_country(row, country[row["definition"], row["period"]])
            for row in line.to_dict("records")
            if row["municipality"] != COUNTRY and (row["definition"], row["period"]) in country.index
        ]
    return estimates(rows)


def programmes(facts: pd.DataFrame) -> pd.DataFrame:
    """Participation in the music and art communities, counts as printed."""
    pupils = with_definition(facts, ["program_elever"])
    staff_of = with_definition(facts, ["program_personale"])
    groups = [
        f"{indicator}, {group}".removesuffix(", ")
        for indicator, group in zip(staff_of["indicator"], staff_of["group"], strict=True)
    ]
    return estimates(printed(pd.concat([pupils, staff_of.assign(group=groups)])))


def staff_survey(facts: pd.DataFrame) -> pd.DataFrame:
    """The staff survey: response rate from its counts, and printed shares with an interval.

    Measures: ``share`` (response rate; all invited are counted, so there is no interval), ``printed`` (response rate
    as printed), and ``share_of_answers``: a printed share with a Wilson interval that uses the finite population of invited staff. n is the number of
    respondents, not of answers to the item (assumption A10), so the interval is too narrow if many skipped it.
    """
    invited = with_definition(facts, ["survey_inviterede"])
    answered = with_definition(facts, ["survey_besvarelser"])
    rows = printed(with_definition(facts, ["survey_svarprocent"]))
    for code in invited["municipality"]:
        population = int(invited.loc[invited["municipality"] == code, "value"].iloc[0])
        n = answered[answered["municipality"] == code].iloc[0]
        rows.append(_response_rate(n, population))
        shares = with_definition(facts[facts["municipality"] == code], SURVEY)
        rows += [_survey_share(row, population) for row in shares.to_dict("records")]
    return estimates(rows)


def staff(facts: pd.DataFrame) -> pd.DataFrame:
    """Staff per school as printed, and the sums of the columns beside the printed totals."""
    rows = printed(with_definition(facts, STAFF))
    for row, total, _ in staff_totals(facts):
        note = "" if total == row["value"] else f"kildens total er en anden{halving(row, total)}"
        own = printed(pd.DataFrame([row]))[0]
        rows.append({**own, "measure": "sum", "estimate": total, "note": note, "method": "sum"})
    return estimates(rows)


def staff_totals(facts: pd.DataFrame) -> Iterator[tuple[dict[str, Any], float, int]]:
    """Each printed staff total with the sum of its schools and their number."""
    found = with_definition(facts, STAFF)
    schools = found[found["geography_level"] == "skole"]
    for row in found[found["geography_level"] == "kommune"].to_dict("records"):
        own = schools[(schools["definition"] == row["definition"]) & (schools["group"] == row["group"])]
        yield row, float(own["value"].sum()), len(own)


def halving(row: Mapping[str, Any], total: float) -> str:
    """Why a total may differ from its sum: the source says of the C-BUR columns that shared staff were halved (A11)."""
    differs = total != row["value"] and "C-BUR" in row["group"]
    return "; det kan skyldes, at delt personale er halveret og afrundet, før der blev lagt sammen" if differs else ""


def _change(line: pd.DataFrame) -> dict[str, Any]:
    first, last = line.iloc[0], line.iloc[-1]
    row = printed(line.tail(1))[0]
    return {
        **row,
        "measure": "change",
        "group": f"fra {first['period']}",
        "estimate": last["value"] - first["value"],
        "method": "forskel mellem to trykte tal, procentpoint",
        "note": "; ".join(filter(None, (_CANNOT_JUDGE, row["note"]))),
    }


def _to_country(row: dict[str, Any], country: float) -> dict[str, Any]:
    own = printed(pd.DataFrame([row]))[0]
    return {
        **own,
        "measure": "difference_to_country",
        "estimate": row["value"] - country,
        "method": "forskel mellem to trykte tal, procentpoint",
        "note": "; ".join(filter(None, (_CANNOT_JUDGE, own["note"]))),
    }


def _response_rate(answered: pd.Series, invited: int) -> dict[str, Any]:
    n = int(answered["value"])
    kept = {name: answered[name] for name in ("municipality", "period", "period_type")}
    return {
        **kept,
        "definition": "survey_svarprocent",
        "measure": "share",
        "numerator": n,
        "denominator": invited,
        "estimate": 100 * n / invited,
        "decimals": 1,
        "method": "optalt blandt alle inviterede, derfor intet interval",
        "source": answered["citation"],
    }


def _survey_share(row: dict[str, Any], population: int) -> dict[str, Any]:
    own = printed(pd.DataFrame([row]))[0]
    answer = {
        "group": f"{row['indicator']}: {row['group']}",
        "denominator": row["n"],
        "measure": "share_of_answers",
    }
    if pd.isna(row["value"]) or pd.isna(row["n"]):
        return {**own, **answer}
    lower, upper = wilson_interval_finite(row["value"] / 100, row["n"], population)
    interval = {"lower": 100 * float(lower), "upper": 100 * float(upper), "confidence": 0.95}
    method = f"Wilson med endelig population, n = {row['n']} besvarelser af {population} inviterede"
    return {**own, **answer, **interval, "method": method}
