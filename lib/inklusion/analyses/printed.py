"""Printed figures as estimates: the value as printed, its caveats in words, and where it can be read."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from inklusion.contracts.tables import ESTIMATES
from inklusion.definitions import definition

N_UNKNOWN = "n ikke oplyst"
_MOST_DECIMALS = 4
_STATUS_NOTES = {
    "printed_table": "",
    "printed_figure_text": "",
    "printed_prose": "aflæst i brødtekst",
    "printed_inferred_slot": "pladsen i figuren er udledt",
    "summed": "lagt sammen af hensyn til små grupper",
}
_DEFAULTS: dict[str, Any] = {
    "unit": "",
    "group": "",
    "numerator": pd.NA,
    "denominator": pd.NA,
    "estimate": np.nan,
    "lower": np.nan,
    "upper": np.nan,
    "confidence": np.nan,
    "note": "",
    "source": "",
}


def estimates(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Rows as an ``Estimates`` table; what a row leaves out is empty."""
    table = pd.DataFrame([{**_DEFAULTS, **row} for row in rows], columns=ESTIMATES.column_names)
    return table.astype({"numerator": "Int64", "denominator": "Int64"})


def printed(facts: pd.DataFrame) -> list[dict[str, Any]]:
    """One row with measure ``printed`` for each transcribed figure.

    The qualifier ("omkring"), the way it was read (prose, inferred slot) and the transcriber's note become
    the row's note. A printed range becomes lower and upper without confidence.
    """
    return [
        {
            **{name: row[name] for name in ("municipality", "unit", "period", "period_type", "definition", "group")},
            "measure": "printed",
            "estimate": row["value"],
            "lower": row["value_low"],
            "upper": row["value_high"],
            "decimals": printed_decimals(row),
            "method": f"trykt i kilden, {N_UNKNOWN}" if pd.isna(row["n"]) else f"trykt i kilden, n = {row['n']}",
            "note": _note(row),
            "source": row["citation"],
        }
        for row in facts.to_dict("records")
    ]


def printed_decimals(row: Mapping[str, Any]) -> int:
    """How many decimals the source prints; ``1.947`` is a thousand and has none."""
    found = re.search(r"\d[,.](\d+)", str(row["value_text"]))
    known = [row[name] for name in ("value", "value_low", "value_high") if pd.notna(row[name])]
    is_thousand = found is not None and len(found[1]) == 3 and any(abs(value) >= 1000 for value in known)
    return min(len(found[1]), _MOST_DECIMALS) if found and not is_thousand else 0


def with_definition(facts: pd.DataFrame, names: Iterable[str]) -> pd.DataFrame:
    """Facts under any of the named definitions; an unknown name raises."""
    return facts[facts["definition"].isin([definition(name).id for name in names])]


def _note(row: Mapping[str, Any]) -> str:
    qualifier = f"trykt som »{row['qualifier']}«" if pd.notna(row["qualifier"]) else ""
    return "; ".join(filter(None, (qualifier, _STATUS_NOTES[row["status"]], row["note"])))
