"""A municipality among all 98 on the latest context indicators: position, never a verdict."""

from typing import Any

import numpy as np
import pandas as pd

from inklusion.analyses.printed import N_UNKNOWN, estimates
from inklusion.definitions import definition
from inklusion.measures.positions import count_below
from inklusion.municipalities import COUNTRY

_LATEST = "seneste, 2023-2025, år ikke oplyst"


def context_positions(context: pd.DataFrame, municipalities: pd.DataFrame) -> pd.DataFrame:
    """Latest values with the number of municipalities below.

    Measures: ``printed`` (the value), ``median`` (middle value of the municipalities that have one), and
    ``position`` (numerator: municipalities with a lower value; denominator: municipalities with a value) among
    all and, in ``group``, within the municipality's own group.
    """
    groups = dict(zip(municipalities["municipality"], municipalities["group"], strict=True))
    citation = ", ".join(sorted({*context["source"], *municipalities["source"]}))
    rows: list[dict[str, Any]] = []
    for name, part in context.groupby("definition"):
        values = part.set_index("municipality")["value"]
        shared = _shared(str(name), citation)
        rows.append(
            {
                **shared,
                "municipality": COUNTRY,
                "measure": "median",
                "estimate": float(np.nanmedian(values)),
                "method": f"midterste værdi af {values.notna().sum()} kommuner, uvægtet",
            }
        )
        rows += [{**shared, "municipality": code, "measure": "printed", "estimate": v} for code, v in values.items()]
        rows += [_position(shared, values, str(code), "") for code in values.dropna().index]
        own_groups = values.index.map(groups)
        rows += [
            _position(shared, values[own_groups == groups[code]], str(code), groups[code])
            for code in values.dropna().index
        ]
    return estimates(rows)


def _shared(name: str, citation: str) -> dict[str, Any]:
    entry = definition(name)
    return {
        "definition": name,
        "period": "2026" if entry.period_type == "calendar_year" else _LATEST,
        "period_type": entry.period_type,
        "decimals": entry.decimals,
        "method": f"trykt i kilden, {N_UNKNOWN}",
        "source": citation,
    }


def _position(shared: dict[str, Any], values: pd.Series, code: str, group: str) -> dict[str, Any]:
    below = count_below(values.to_numpy(float), float(values[code]))
    counted = {"numerator": below, "denominator": int(values.notna().sum()), "estimate": below, "decimals": 0}
    method = "antal kommuner med lavere værdi"
    return {
        **shared,
        "municipality": code,
        "measure": "position",
        "group": group,
        **counted,
        "method": method,
    }
