"""The cells of an edition in a form to calculate with: what is known of each, and how they add up."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from inklusion.disclosure.cells import CELL, Cell, is_small
from inklusion.disclosure.rule import Rule
from inklusion.disclosure.wholes import LESS

AMOUNT = " (mængde)"
REST = "(rest"  # what is in no part
TWICE = "(alle"  # what is in several parts: a sum that counts it as often, and how much too much that is
_CLOSE = 0.5  # counts are whole; full-year pupils are printed with one decimal


@dataclass
class Nodes:
    """Cells while they are collected: printed ones, and those that follow from them though nobody prints them.

    Attributes
    ----------
    values
        The number of each cell; missing where it is not known.
    printed
        Cells that stand in a table.
    least
        The smallest number that a cell can be when it is hidden; cells that are not named can be nobody.
    relations
        Each a total and its parts: the total equals their sum; and whether the parts are places or groups.
    assumed
        Remainders that a reader takes for nobody, because it is so wherever it can be checked.
    nested
        Cells that are the difference between a whole and a part of it.
    grain
        What the numbers are rounded to.
    """

    values: dict[Cell, float] = field(default_factory=dict)
    printed: set[Cell] = field(default_factory=set)
    least: dict[Cell, float] = field(default_factory=dict)
    relations: dict[tuple[Cell, tuple[Cell, ...]], bool] = field(default_factory=dict)
    assumed: set[Cell] = field(default_factory=set)
    nested: set[Cell] = field(default_factory=set)
    grain: int = 1

    def relate(self, total: Cell, parts: Iterable[Cell], *, divides: bool = False) -> None:
        """Note that a total is the sum of its parts; ``divides`` when the parts are places or groups within it."""
        self.relations[total, tuple(sorted(parts))] = divides

    def set_apart(self, whole: Cell, part: Cell) -> None:
        """A cell for what a whole has besides a part of it."""
        pairs = zip(whole, part, strict=True)
        name, period, municipality, unit, group = (a if a == b else f"{a}{LESS}{b}" for a, b in pairs)
        between = (name, period, municipality, unit, group)
        self.values[between] = self.values[whole] - self.values[part]
        self.relate(whole, (part, between))

    def left(self, total: Cell, parts: Iterable[Cell]) -> float:
        """How much of a total its parts leave; 0 when that is no more than rounding explains."""
        numbers = [self.values[total], *(self.values[part] for part in parts)]
        left = numbers[0] - sum(numbers[1:])
        whole = all(float(number).is_integer() for number in numbers)
        loose = _CLOSE + (0.0 if whole else 0.06 * len(numbers)) + 0.5 * (self.grain - 1) * len(numbers)
        return 0.0 if abs(left) < loose else left


@dataclass(frozen=True)
class Network:
    """All cells and sums of an edition as arrays; one row of ``matrix`` per sum, and each row times the cells is zero."""

    keys: tuple[Cell, ...]
    value: NDArray[np.float64]
    least: NDArray[np.float64]
    is_printed: NDArray[np.bool_]
    is_total: NDArray[np.bool_]
    is_rest: NDArray[np.bool_]
    is_assumed: NDArray[np.bool_]
    is_sensitive: NDArray[np.bool_]
    matrix: csr_array

    @property
    def place(self) -> dict[Cell, int]:
        """Where each cell stands in the arrays."""
        return {key: number for number, key in enumerate(self.keys)}


def network_of(nodes: Nodes, rule: Rule) -> Network:
    """Number the cells in a fixed order and write the sums as a sparse matrix."""
    keys = tuple(sorted(nodes.values))
    place = {key: number for number, key in enumerate(keys)}
    value = np.array([nodes.values[key] for key in keys], dtype=float)
    rows, columns, signs = [], [], []
    relations = sorted(nodes.relations)
    for number, (total, parts) in enumerate(relations):
        rows += [number] * (len(parts) + 1)
        columns += [place[total], *(place[part] for part in parts)]
        signs += [1.0, *([-1.0] * len(parts))]
    is_total = np.zeros(len(keys), dtype=bool)
    is_total[[place[total] for (total, _), divides in nodes.relations.items() if divides]] = True
    return Network(
        keys=keys,
        value=value,
        least=np.array([nodes.least.get(key, 0.0) for key in keys], dtype=float),
        is_printed=np.array([key in nodes.printed for key in keys], dtype=bool),
        is_total=is_total,
        is_rest=np.array([any(text.startswith(REST) for text in key[1:]) for key in keys], dtype=bool),
        is_assumed=np.array([key in nodes.assumed for key in keys], dtype=bool),
        is_sensitive=_sensitive(keys, value, nodes, rule),
        matrix=csr_array((signs, (rows, columns)), shape=(len(relations), len(keys))),
    )


def _sensitive(keys: tuple[Cell, ...], value: NDArray[np.float64], nodes: Nodes, rule: Rule) -> NDArray[np.bool_]:
    """Cells that nobody prints and that would still give away few persons: differences and remainders."""
    persons = (not key[0].endswith(AMOUNT) and not any(text.startswith(TWICE) for text in key) for key in keys)
    derived = np.array(
        [is_count and key not in nodes.printed for key, is_count in zip(keys, persons, strict=True)], dtype=bool
    )
    nested = np.array([key in nodes.nested for key in keys], dtype=bool)
    few = is_small(value, rule) & ((value > _CLOSE) | (nested & (not rule.zeros_shown)))
    return np.asarray(derived & few)


def readings(found: pd.DataFrame, rule: Rule) -> Nodes:
    """The cells that stand in the tables: counts, those not counted where printed, amounts, denominators.

    A hidden row gives its cell, and its denominator's where the definition has one, with no number.
    """
    nodes = Nodes()
    of_definition = found.groupby("definition")
    has_whole, has_amount = (
        of_definition[name].transform("count").to_numpy() > 0 for name in ("denominator", "amount")
    )
    zero_tells = (not rule.zeros_shown) | (has_whole & ~found["is_distribution"].to_numpy())
    columns = [*CELL, "whole", "whole_group", "count", "denominator", "amount", "is_complement", "is_hidden"]
    rows = found[columns].itertuples(index=False, name=None)
    for row, tells, divided, measured in zip(rows, zero_tells, has_whole, has_amount, strict=True):
        name, period, municipality, unit, group, whole, whole_group, count, among, amount, is_complement, is_hidden = (
            row
        )
        place = (period, municipality, unit)
        if is_hidden or count == count:
            cell = (f"{whole}{LESS}{name}" if is_complement else name, *place, group)
            _read(nodes, cell, count)
            nodes.least[cell] = min(nodes.least.get(cell, 1.0), float(not tells))
        if among == among or (divided and is_hidden):
            _read(nodes, (whole, *place, whole_group), among)
            nodes.least[whole, *place, whole_group] = float(rule.zeros_shown)
        if amount == amount or (measured and is_hidden):
            _read(nodes, (name + AMOUNT, *place, group), amount)
    return nodes


def _read(nodes: Nodes, cell: Cell, value: float) -> None:
    known = nodes.values.get(cell, np.nan)
    nodes.values[cell] = value if np.isnan(known) else known
    nodes.printed.add(cell)
