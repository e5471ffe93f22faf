"""What an edition has shown, kept for the editions after it: readers keep old reports too."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from inklusion.disclosure.cells import CELL, Cell
from inklusion.disclosure.wholes import counted_cells, together, whole_cells

if TYPE_CHECKING:
    from inklusion.disclosure.release import Released


def ledger(released: Mapping[str, "Released"]) -> pd.DataFrame:
    """The counts and denominators that an edition shows, one row for each cell.

    Returns
    -------
    DataFrame
        The columns of ``CELL``, ``value`` and ``edition``, in a fixed order; nothing of what is hidden.
    """
    if not released:
        return pd.DataFrame(columns=[*CELL, "value", "edition"])
    first = next(iter(released.values()))
    found = together({name: table.table for name, table in released.items()}, first.rule)
    rows = [(*cell, value, first.edition) for cell, value in sorted(shown_cells(found).items())]
    return pd.DataFrame(rows, columns=[*CELL, "value", "edition"])


def shown_cells(found: pd.DataFrame) -> dict[Cell, float]:
    """The cells whose number can be read in a table."""
    shown: dict[Cell, float] = {}
    for cells, values in ((counted_cells(found), found["count"]), (whole_cells(found), found["denominator"])):
        shown.update({cell: float(value) for cell, value in zip(cells, values, strict=True) if value == value})
    return shown


def known_cells(earlier: Sequence[pd.DataFrame]) -> dict[Cell, float]:
    """The cells of all ledgers; where two disagree, the later one."""
    known: dict[Cell, float] = {}
    for part in earlier:
        cells = part[list(CELL)].astype("str").fillna("").itertuples(index=False, name=None)
        known.update(zip(cells, part["value"].astype(float), strict=True))
    return known
