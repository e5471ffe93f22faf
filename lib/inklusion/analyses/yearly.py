"""Observed shares year by year, as far as a register has them."""

import numpy as np
import pandas as pd

from inklusion.analyses.printed import estimates
from inklusion.contracts.register import OUTCOMES, Register, outcome
from inklusion.measures.proportions import wilson_interval
from inklusion.municipalities import COUNTRY

CONFIDENCE = 0.95


def yearly_shares(register: Register, *, source: str) -> pd.DataFrame:
    """Share in segregated provision by municipality, school year and definition, and for the country.

    Measure ``share`` with Wilson interval; the denominator is all pupils of the register who live in the municipality.
    """
    pupils = register.pupils
    parts = []
    for name in OUTCOMES:
        happened = outcome(pupils, name).astype(int)
        keys = [pupils["municipality"].astype("str"), pupils["year"].astype("str")]
        counts = pd.Series(happened, index=pupils.index).groupby(keys).agg(numerator="sum", denominator="size")
        country = counts.groupby(level=1).sum()
        country.index = pd.MultiIndex.from_product([[COUNTRY], country.index], names=["municipality", "year"])
        parts.append(pd.concat([country, counts]).reset_index().assign(definition=name))
    table = pd.concat(parts, ignore_index=True).rename(columns={"year": "period"})
    lower, upper = wilson_interval(table["numerator"], table["denominator"], confidence=CONFIDENCE)
    table = table.assign(
        estimate=100 * table["numerator"] / table["denominator"],
        lower=100 * lower,
        upper=100 * upper,
        decimals=np.where(table["municipality"] == COUNTRY, 2, 1),
    )
    shared = {"period_type": "school_year", "measure": "share", "confidence": CONFIDENCE, "method": "Wilson",
              "source": source}  # fmt: skip
    return estimates([{**row, **shared} for row in table.to_dict("records")])
