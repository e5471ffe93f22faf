"""A municipality among all 98 on the latest context indicators: position, never a verdict."""

from typing import Any

import numpy as np
import pandas as pd

from inklusion.analyses.printed import N_UNKNOWN, estimates
from inklusion.definitions import definition
from inklusion.measures.positions import count_below
from inklusion.municipalities import COUNTRY

_GROUP = ["municipality", "group"]
_LATEST = "seneste, 2023-2025, år ikke oplyst"


def context_positions(context: pd.DataFrame, municipalities: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:
    """Latest values with the number of municipalities below.

    Measures: ``printed`` (the value), ``median`` (middle value of the municipalities that have one), and
    ``position`` (numerator: municipalities with a lower value; denominator: municipalities with a value) among
    all and, in ``group``, among the municipality itself and those of each group it is compared with
    (``members``: columns municipality, group, member).
    """
    citation = ", ".join(sorted({*context["source"], *municipalities["source"]}))
    groups = [(code, name, [code, *part["member"]]) for (code, name), part in members.groupby(_GROUP, sort=False)]
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
        known = values.dropna()
        rows += [_position(shared, values, str(code), "") for code in known.index]
        rows += [
            _position(shared, values.reindex(chosen), code, group)
            for code, group, chosen in groups
            if code in known.index
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
