"""Rows that compare a group with the others: they tell of counts that are not their own."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from inklusion.municipalities import COUNTRY

_COMPARING = "ratio|difference"
_SITE = ["cell", "period", "municipality", "unit"]


def compares_hidden(found: pd.DataFrame, suppressed: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Rows that set a group against others of which one, or the sum of all, is hidden.

    The risk of boys over that of girls and the number of boys give the number of girls; a weighted ratio mixes the
    others' counts in another way than their sum does. The others are those of the same dimension at the same place and
    in the country.
    """
    comparing = (
        found["measure"].astype("str").str.contains(_COMPARING).to_numpy() & (found["dimension"] != "").to_numpy()
    )
    if not (comparing.any() and suppressed.any()):
        return np.zeros(len(found), dtype=bool)
    hidden = found[suppressed & found["dimension"].isin(["", *found.loc[comparing, "dimension"]]).to_numpy()]
    hidden = hidden[(hidden["dimension"] != "") | (hidden["group"] == "")]
    sites = set(hidden[[*_SITE, "dimension"]].itertuples(index=False, name=None))
    own = found.loc[comparing, [*_SITE, "dimension"]]
    result = np.zeros(len(found), dtype=bool)
    result[comparing] = [
        any(
            (cell, period, *place, name) in sites
            for place in ((municipality, unit), (COUNTRY, ""))
            for name in (dim, "")
        )
        for cell, period, municipality, unit, dim in own.itertuples(index=False, name=None)
    ]
    return result
