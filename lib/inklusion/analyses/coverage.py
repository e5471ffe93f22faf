"""What is here: printed figures per municipality and definition."""

import pandas as pd

from inklusion.analyses.printed import estimates


def coverage(facts: pd.DataFrame, context: pd.DataFrame) -> pd.DataFrame:
    """Number of printed figures per municipality, definition and period.

    Measure ``available``; ``group`` holds the definition that is covered, because the row itself counts figures
    and not persons.
    """
    rows = [
        {
            "municipality": code,
            "period": period,
            "period_type": period_type,
            "definition": "antal_trykte_tal",
            "measure": "available",
            "group": covered,
            "estimate": len(part),
            "decimals": 0,
            "method": "optalt",
            "source": ", ".join(sorted({citation.split(",")[0] for citation in part["citation"]})),
        }
        for (code, covered, period, period_type), part in facts.groupby(
            ["municipality", "definition", "period", "period_type"]
        )
    ]
    rows += [
        {
            "municipality": code,
            "period": "seneste, 2023-2025, år ikke oplyst",
            "period_type": "unknown",
            "definition": "antal_trykte_tal",
            "measure": "available",
            "group": "kontekst",
            "estimate": int(part["value"].notna().sum()),
            "decimals": 0,
            "method": "optalt",
            "source": part["source"].iloc[0],
        }
        for code, part in context.groupby("municipality")
    ]
    return estimates(rows)
