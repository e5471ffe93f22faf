"""All transcribed figures in one table, and the rules that the figures of one municipality may break."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from inklusion.contracts.validation import MOST_QUARANTINED
from inklusion.definitions import definition, registry
from inklusion.errors import ContractError, MunicipalityError, PeriodError
from inklusion.municipalities import COUNTRY, municipality
from inklusion.periods import Period, period
from inklusion.sources import deliveries
from inklusion.sources.manifest import RawFile

Parts = list[tuple[RawFile, pd.DataFrame]]

_SAME_UNIT = {"mio. kr. (2025-PL)": "mio. kr.", "mio. kr. pr. år": "mio. kr."}
_VALUES = ["value", "value_low", "value_high"]
_UNREADABLE = Period("kan ikke læses", "unknown")
_MOST = 1e12
_HALF_STEP = 0.5  # printed bands are whole per cent
_PLACES = ("kommune", "skole", "skoledistrikt")


def assemble(parts: Parts) -> tuple[pd.DataFrame, dict[str, str]]:
    """The facts table, and the municipalities whose own figures break a rule, with the Danish reason.

    Raises
    ------
    ContractError
        When figures of the country break a rule, or those of more than ``MOST_QUARANTINED`` municipalities.
        No message holds a value.
    """
    table = pd.concat([_with_definitions(file, part) for file, part in parts], ignore_index=True)
    periods = [_period(text) for text in table["year"].fillna("")]
    facts = pd.DataFrame(
        {
            "fact": table["fact"],
            "municipality": table["municipality_code"].fillna(COUNTRY),
            "unit": table["unit_name"].fillna(""),
            "period": [entry.label for entry in periods],
            "period_type": [entry.kind for entry in periods],
            "definition": table["definition"],
            "group": table["category"].fillna(""),
            **{name: table[name] for name in ("source_document", "figure", "section", "source_line")},
            **{name: table[name] for name in ("geography_level", "geography", "indicator")},
            **{name: table[name] for name in (*_VALUES, "value_text", "qualifier")},
            "unit_of_measure": table["unit"],
            "n": table["n"],
            "status": table["status"],
            "note": table["note"].fillna(""),
            "citation": table["citation"],
        }
    )
    reasons = _reasons(facts, table["where"])
    kept = facts[~facts["municipality"].isin(list(reasons))]
    return kept, reasons


def _with_definitions(file: RawFile, table: pd.DataFrame) -> pd.DataFrame:
    known = deliveries.fact_definitions()
    known = known[known["file"] == file.name]
    by_line = {(row.indicator, row.source_line): row.definition for row in known.itertuples()}
    pairs = zip(table["indicator"], table["source_line"].astype(str), strict=True)
    stem = file.name.removesuffix(".csv")
    return table.assign(
        fact=[f"{stem}:{number + 1}" for number in table.index],
        where=[f"data/raw/{file.path}, række {number + 2}" for number in table.index],
        definition=[by_line.get((name, line), by_line.get((name, ""), "")) for name, line in pairs],
        citation=[f"{file.path}, linje {line}" for line in table["source_line"]],
    )


def _period(text: str) -> Period:
    try:
        return period(text)
    except PeriodError:
        return _UNREADABLE


def _reasons(facts: pd.DataFrame, where: pd.Series) -> dict[str, str]:
    """The first broken rule of each municipality, with the row that breaks it."""
    reasons: dict[str, str] = {}
    for rule, broken in _rules(facts):
        for row in facts.index[broken]:
            code = facts.at[row, "municipality"]
            sentence = f"{where[row]}: reglen er »{rule}«."
            if code == COUNTRY:
                raise ContractError(f"{sentence} Rækken hører ikke til én kommune, så intet er bygget. Ret leveringen.")
            reasons.setdefault(str(code), sentence)
    if len(reasons) > MOST_QUARANTINED:
        raise ContractError(
            f"{next(iter(reasons.values()))} {len(reasons)} kommuner bryder en regel; flere end {MOST_QUARANTINED} "
            "betyder, at leveringen er forkert. Intet er bygget."
        )
    return reasons


def _rules(facts: pd.DataFrame) -> Iterable[tuple[str, pd.Series]]:
    """Each rule in Danish and the rows that break it; later rules may rely on earlier ones."""
    known = facts["definition"].isin(list(registry()))
    yield "indikatoren har en definition", ~known
    entries = [definition(name) if name in registry() else None for name in facts["definition"]]
    kind = np.array([entry.kind if entry else "" for entry in entries])
    unit = np.array([entry.unit if entry else "" for entry in entries])
    numbers = facts[_VALUES].astype(float)
    printed_number = facts["value_text"].str.contains(r"\d") & (unit != "dato")
    yield "perioden er af en kendt slags", facts["period"] == _UNREADABLE.label
    yield "måleenheden er definitionens", facts["unit_of_measure"].replace(_SAME_UNIT) != unit
    yield "stedet er kommunen, som koden hører til", facts["geography_level"].isin(_PLACES) & ~_is_own_place(facts)
    yield "et trykt tal har en værdi", numbers.isna().all(axis=1) & printed_number
    yield "et tal er mindre end en billion", (numbers.abs() > _MOST).any(axis=1)
    yield "kun en ændring kan være negativ", (numbers < 0).any(axis=1) & (kind != "change")
    yield "en andel er højst 100 pct.", (numbers > 100).any(axis=1) & np.isin(kind, ("share", "distribution"))
    people = (kind == "count") & np.isin(unit, ("elever", "personer"))
    yield "personer tælles i hele tal", ((numbers % 1).fillna(0) != 0).any(axis=1) & people
    yield "der er højst lige så mange svar som inviterede", _more_answers_than_invited(facts)
    yield "båndene i en fordeling giver 100 pct. inden for afrunding", _unbalanced_bands(facts)


def _is_own_place(facts: pd.DataFrame) -> pd.Series:
    def own(name: str, code: str) -> bool:
        try:
            return municipality(name).code == code
        except MunicipalityError:
            return False

    return pd.Series([own(n, c) for n, c in zip(facts["geography"], facts["municipality"], strict=True)], facts.index)


def _more_answers_than_invited(facts: pd.DataFrame) -> pd.Series:
    invited = facts[facts["definition"] == "survey_inviterede"].groupby("municipality")["value"].max()
    limit = facts["municipality"].map(invited)
    answers = facts["n"].astype("Float64").fillna(facts["value"].where(facts["definition"] == "survey_besvarelser"))
    return (answers > limit).fillna(False).astype(bool)


def _unbalanced_bands(facts: pd.DataFrame) -> pd.Series:
    bands = facts[facts["definition"] == "risikofordeling"]
    panels = bands.groupby(["municipality", "unit", "period"])["value"]
    off = (panels.transform("sum") - 100).abs() > _HALF_STEP * panels.transform("size")
    return off.reindex(facts.index, fill_value=False)
