"""How a delivery is refused: file, column, row, rule and what to do, in Danish; never a value."""

import numpy as np
import numpy.typing as npt

from inklusion.danish import number
from inklusion.errors import ContractError

Rows = npt.NDArray[np.int64]
SETTINGS = "register.toml"
_LONGEST_NAME = 60


def refusal(
    file: str, rule: str, remedy: str, *, column: str = "", place: int = 0, rows: Rows | None = None
) -> ContractError:
    """The error to raise.

    Parameters
    ----------
    file
        Name of the delivered file.
    rule
        What is wrong, as a clause.
    remedy
        What the user can do, as a sentence.
    column
        The delivered column's name, where it is known to be a name.
    place
        Otherwise the column's place, counted from 1.
    rows
        Row numbers as a spreadsheet shows them: the header is row 1.
    """
    where = file
    if column or place:
        where += f", kolonne »{column}«" if column and len(column) <= _LONGEST_NAME else f", kolonne nr. {place}"
    if rows is not None and len(rows):
        more = f" (første af {number(len(rows))} rækker)" if len(rows) > 1 else ""
        where += f", række {int(rows[0])}{more}"
    return ContractError(f"{where}: {rule}. {remedy}")


def listed(names: list[str], *, most: int = 10) -> str:
    """Names in a row, the rest as a count."""
    more = f" og {len(names) - most} mere" if len(names) > most else ""
    return ", ".join(names[:most]) + more
