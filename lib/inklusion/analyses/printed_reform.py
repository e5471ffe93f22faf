"""Reforms that a printed programme names: whether a start is printed, and how far published figures could judge them."""

import re
from typing import Any

import pandas as pd

from inklusion.analyses.planned import verdict_row
from inklusion.analyses.printed import estimates
from inklusion.municipalities import COUNTRY, all_municipalities
from inklusion.periods import UNKNOWN

NO_SERIES = "datasættet har ingen serie for hver kommune at sammenligne med"
NO_START = "kilden trykker ikke, hvornår det begyndte"
ONE_SCHOOL = "det gælder en enkelt skole og ikke kommunen"
SEVERAL = "flere kommuner har det, så de kan ikke bedømmes én for én"
_PLACEBO = "én kommune mod alle de andre som placebo: 1 divideret med antallet af kommuner"
Row = dict[str, Any]


def published_reform(programmes: pd.DataFrame, *, source: str) -> pd.DataFrame:
    """For each municipality that the programme names: the start as printed, the attainable level, and the verdict.

    With one municipality among all, a placebo test can at best reach 1 over their number; without a series for each of
    them it cannot be made at all, so every verdict is "kun beskrivelse".

    Measures: ``named`` (the source's words in the note, with the date as printed), ``attainable`` and ``verdict``, by municipality and row of the document.
    """
    rows: list[Row] = []
    count = len(all_municipalities())
    for place, said in enumerate(programmes.itertuples(), start=1):
        codes = [code for code in str(said.municipality_codes).split(";") if code != COUNTRY]
        when = said.date_in_source if isinstance(said.date_in_source, str) else ""
        has_start = bool(re.search(r"\d{4}", when))
        is_school = "(" in str(said.municipality)
        reasons = [ONE_SCHOOL] * is_school + [SEVERAL] * (len(codes) > 1) + [NO_START] * (not has_start) + [NO_SERIES]
        for code in codes:
            shared: Row = {"municipality": code, "period": UNKNOWN, "period_type": "unknown", "decimals": 0,
                           "group": f"omtale {place}", "source": f"{source}, linje {said.line_from}"}  # fmt: skip
            note = f"»{said.quote_da}« (tidspunkt: {when or UNKNOWN})"
            rows.append(
                {**shared, "definition": "reform_start", "measure": "named", "method": "som trykt", "note": note}
            )
            if not is_school and len(codes) == 1:
                rows.append({**shared, "definition": "reform_p", "measure": "attainable", "estimate": 1 / count,
                             "decimals": 3, "method": _PLACEBO})  # fmt: skip
            rows.append(verdict_row(reasons, **shared, definition="reform_dom"))
    return estimates(rows)
