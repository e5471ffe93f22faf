"""Rounding at release: values once, to their decimals; counts, where the rule says so, to multiples of its base."""

from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from inklusion.disclosure.cells import COUNTING
from inklusion.disclosure.rule import Rule

_NUMBERS = ["estimate", "lower", "upper"]
_NOTE = "afrundede antal"


def rounded(values: pd.Series, decimals: pd.Series) -> NDArray[np.float64]:
    """Half away from zero, as people round; binary floats are read by their shortest decimal form."""
    pairs = zip(values, decimals, strict=True)
    return np.array([_round(float(value), int(places)) for value, places in pairs], dtype=float)


def coarsened(table: pd.DataFrame, rows: pd.Series, rule: Rule) -> pd.DataFrame:
    """Counts of protected persons as multiples of the rule's base, and what can be recomputed from them.

    Shares follow from the rounded counts. An interval, or a value that needs more than the two counts, would tell the
    exact ones: it is left out.

    Parameters
    ----------
    table
        ``Estimates``.
    rows
        Which of its rows count protected persons.
    """
    out = table.copy()
    if rule.rounding == 1:
        return out
    own = out.index.isin(rows.unique())
    for column in ("numerator", "denominator"):
        exact = out.loc[own, column].astype("Float64")
        out.loc[own, column] = (np.floor(exact / rule.rounding + 0.5) * rule.rounding).astype("Int64")
    measure = out["measure"].astype("str")
    with_count = own & out["numerator"].notna()
    share = with_count & measure.str.startswith("share") & out["denominator"].fillna(0).gt(0)
    alone = own & out["numerator"].isna() & measure.isin(COUNTING)
    ratio = 100 * out["numerator"].astype("Float64") / out["denominator"].astype("Float64")
    out.loc[alone, _NUMBERS] = np.floor(out.loc[alone, _NUMBERS] / rule.rounding + 0.5) * rule.rounding
    out.loc[with_count, _NUMBERS] = np.nan
    out.loc[share, "estimate"] = ratio[share].astype(float)
    out.loc[with_count, "confidence"] = np.nan
    out.loc[with_count, "method"] = _NOTE
    return out


def _round(value: float, decimals: int) -> float:
    if np.isnan(value):
        return np.nan
    return float(Decimal(repr(value)).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP))
