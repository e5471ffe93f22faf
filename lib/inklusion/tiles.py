"""The tile map: one equal cell for each of the 98 municipalities, and the classes its values fall into.

The grid in ``tiles.csv`` was drawn up for this project: row 0 lies north, column 0 west. It keeps neighbours together
and compass directions right; it says nothing of area or number of people.
"""

import csv
import math
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import NamedTuple

from inklusion.danish import number
from inklusion.errors import DefinitionError, MunicipalityError
from inklusion.municipalities import municipality

CLASSES = 5


class Tile(NamedTuple):
    """A cell: row from the north, column from the west, and the short name that fits into it."""

    row: int
    column: int
    label: str


class Grade(NamedTuple):
    """One class of values, both limits included, written with ``decimals``."""

    place: int
    lower: float
    upper: float
    decimals: int

    @property
    def limits(self) -> str:
        """``4,2 til 5,0``; a single value stands alone."""
        ends = [number(end, self.decimals) for end in (self.lower, self.upper)]
        return ends[0] if ends[0] == ends[1] else " til ".join(ends)


@cache
def _tiles() -> dict[str, Tile]:
    text = resources.files("inklusion").joinpath("tiles.csv").read_text(encoding="utf-8")
    return {
        row["municipality"]: Tile(int(row["row"]), int(row["column"]), row["label"])
        for row in csv.DictReader(text.splitlines())
    }


def tile_of(code: str) -> Tile:
    """The cell of one of the 98 municipalities.

    Raises
    ------
    MunicipalityError
        For any other code; an invented place has no cell.

    Examples
    --------
    >>> tile_of("400").label
    'Born'
    """
    found = _tiles().get(code)
    if found is None:
        raise MunicipalityError(f"{municipality(code).name} er opdigtet og har ingen plads på kortet.")
    return found


def grades(values: Iterable[float], decimals: int, *, cuts: Sequence[float] | None = None) -> list[Grade]:
    """Classes from the lowest to the highest, with limits as they are printed; none is empty.

    Parameters
    ----------
    values
        The shown values, rounded to ``decimals``.
    decimals
        Number of decimals: the limits of two neighbouring classes lie one step of the last decimal apart.
    cuts
        The highest value of every class but the last. Without it the municipalities are divided into fifths; equal
        values are never parted, so there may be fewer than five classes.

    Examples
    --------
    >>> [grade.limits for grade in grades([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0)]
    ['1 til 2', '3 til 4', '5 til 6', '7 til 8', '9 til 10']
    """
    ordered = sorted(round(float(value), decimals) for value in values)
    if not ordered:
        return []
    if cuts is None:
        inner = [ordered[math.ceil(part * len(ordered) / CLASSES) - 1] for part in range(1, CLASSES)]
    else:
        inner = [ordered[found - 1] for cut in cuts if (found := bisect_left(ordered, cut + 10.0 ** -(decimals + 2)))]
    uppers = sorted({*inner, ordered[-1]})
    lowers = [ordered[0], *(round(upper + 10.0**-decimals, decimals) for upper in uppers[:-1])]
    return [Grade(place, *ends, decimals) for place, ends in enumerate(zip(lowers, uppers, strict=True), start=1)]


def grade_of(value: float, classes: Sequence[Grade]) -> Grade:
    """The class a shown value lies in."""
    return next(grade for grade in classes if round(float(value), grade.decimals) <= grade.upper)


def require_one_value(columns: Mapping[str, Iterable[object]]) -> None:
    """Refuse rows that are not one value for each municipality.

    Raises
    ------
    DefinitionError
        In Danish, when there is more than one period or measure, or a municipality stands there twice.
    """
    for name, word in (("period", "periode"), ("measure", "slags tal")):
        found = sorted({str(value) for value in columns[name]})
        if len(found) > 1:
            raise DefinitionError(f"Kortet viser én {word} ad gangen, men tabellen har {len(found)}: {found}.")
    codes = [str(code) for code in columns["municipality"]]
    twice = sorted({code for code in codes if codes.count(code) > 1})
    if twice:
        raise DefinitionError(f"Kortet viser ét tal for hver kommune, men disse har flere: {twice}.")
