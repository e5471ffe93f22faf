"""The audit of a finished edition: whoever publishes it asks here first what a reader could work out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from inklusion.disclosure.attack import attack
from inklusion.disclosure.cells import Cell, is_counted, is_sensitive, is_small, remainders
from inklusion.disclosure.comparisons import compares_hidden
from inklusion.disclosure.ledger import known_cells, shown_cells
from inklusion.disclosure.nodes import AMOUNT, Network
from inklusion.disclosure.release import Released
from inklusion.disclosure.rule import Rule
from inklusion.disclosure.suppression import related
from inklusion.disclosure.wholes import counted_cells, together, whole_cells
from inklusion.errors import DisclosureError

_NAMED = 10
_SMALL = "a number below the threshold is shown"
_ELSEWHERE = "hidden in one place and shown in another, or in an earlier edition"
_DERIVED = "hidden, but a value that follows from it is shown"
_COMPARED = "a comparison with a hidden group is shown"
_NARROW = "hidden, but too few numbers are possible"
_DIFFERENCE = "the difference of shown numbers is below the threshold"
_REVISED = "an earlier edition shows a number that differs by fewer than the threshold"
_CONTRADICTION = "the shown numbers contradict each other"


@dataclass(frozen=True)
class Exposure:
    """A cell that is not safe, and why; never its number.

    Attributes
    ----------
    cell
        Definition, period, municipality, unit and group; also of a difference that no table prints.
    possible
        How many whole numbers it could be; 0 where the tables contradict each other.
    why
        What gives it away.
    """

    cell: Cell
    possible: int
    why: str


@dataclass(frozen=True)
class AuditReport:
    """What an attack on a finished edition found.

    Attributes
    ----------
    cells
        Counts and denominators of protected persons in the tables.
    hidden
        How many of them are hidden.
    smallest_range
        The fewest whole numbers that any hidden cell was shown to be able to be; none where nothing is hidden.
    exposed
        Cells that are not safe.
    """

    cells: int
    hidden: int
    smallest_range: int | None
    exposed: tuple[Exposure, ...]

    @property
    def is_safe(self) -> bool:
        """Whether nothing protected can be worked out."""
        return not self.exposed


def audit(released: Mapping[str, Released], earlier: Sequence[pd.DataFrame] = ()) -> AuditReport:
    """Attack the finished tables of an edition, and those of earlier ones, as a reader could.

    Only what the tables show is used: never the numbers behind them. A hidden count is bounded by linear programs; it
    must be able to be as many whole numbers as the rule says. Cells that earlier editions have shown are taken as known;
    where an earlier number differs from the one shown now, both are tried.

    Parameters
    ----------
    released
        All tables of the edition by name.
    earlier
        Their ledgers; see :func:`inklusion.disclosure.ledger.ledger`.

    References
    ----------
    Fischetti M., Salazar J. J. (2001). Solving the cell suppression problem on tabular data with linear constraints.
    Management Science 47, 1008-1027 (the attacker's problem). Hundepool A. and others (2012), section 4.4.
    """
    rules = {table.rule for table in released.values()}
    if len(rules) > 1:
        raise DisclosureError(f"The tables of an edition are released under one rule, not {len(rules)}.")
    if not rules:
        return AuditReport(0, 0, None, ())
    rule = rules.pop()
    found = together({name: table.table for name, table in released.items()}, rule)
    known = known_cells(earlier)
    exposed = _readable(found, rule) + _revised(found, known, rule)
    network = related(_relevant(found), rule, known, grain=rule.rounding)
    attacked = _Attack(network, found, rule)
    exposed += attacked.exposed
    if _is_contested(found, known):
        turned = related(_relevant(found), rule, known, grain=rule.rounding, is_preferred=True)
        exposed += [one for one in _Attack(turned, found, rule).exposed if one.why == _NARROW]
    unique = {one.cell: one for one in sorted(exposed, key=lambda one: (one.cell, -one.possible))}
    return AuditReport(
        cells=int(network.is_printed.sum()),
        hidden=int(attacked.targets.sum()),
        smallest_range=attacked.smallest_range,
        exposed=tuple(unique.values()),
    )


def require_safe(report: AuditReport) -> None:
    """Stop publication of an edition from which protected counts can be worked out.

    Raises
    ------
    DisclosureError
        With the places and reasons; never a number.
    """
    if report.is_safe:
        return
    named = "; ".join(f"{' | '.join(filter(None, one.cell))}: {one.why}" for one in report.exposed[:_NAMED])
    more = f" and {len(report.exposed) - _NAMED} more" if len(report.exposed) > _NAMED else ""
    raise DisclosureError(
        f"Nothing was published: {len(report.exposed)} protected numbers could be worked out from the edition. "
        f"{named}{more}. Release all tables together with disclosure.release(), with the ledgers of earlier editions."
    )


def _relevant(found: pd.DataFrame) -> pd.DataFrame:
    return found[is_counted(found) | found["is_hidden"].to_numpy(bool)].reset_index(drop=True)


def _readable(found: pd.DataFrame, rule: Rule) -> list[Exposure]:
    """What needs no calculation: small numbers, and values that stand on a hidden count."""
    hidden_rows = found["is_hidden"].to_numpy(bool)
    cells = np.array(counted_cells(found), dtype=object).reshape(len(found), -1)
    hidden = {tuple(cell) for cell in cells[hidden_rows]}
    telling = found["tells"].to_numpy(bool) & found["count"].isna().to_numpy()
    derived = ~hidden_rows & telling & np.array([tuple(cell) in hidden for cell in cells], dtype=bool)
    comparing = ~found["is_blank"].to_numpy(bool) & found["tells"].to_numpy(bool) & compares_hidden(found, hidden_rows)
    small = is_sensitive(found, rule) | is_small(remainders(found), rule)
    reasons = ((small, _SMALL), (derived, _DERIVED), (comparing, _COMPARED))
    return [Exposure(_cell(cell), 1, why) for rows, why in reasons for cell in cells[rows]]


def _cell(parts: Sequence[str]) -> Cell:
    name, period, municipality, unit, group = parts
    return (name, period, municipality, unit, group)


def _revised(found: pd.DataFrame, known: Mapping[Cell, float], rule: Rule) -> list[Exposure]:
    """Numbers that an earlier edition shows a little differently: the difference is a few persons."""
    apart = {cell: abs(value - known[cell]) for cell, value in shown_cells(found).items() if cell in known}
    return [Exposure(cell, 1, _REVISED) for cell, change in apart.items() if 0 < change < rule.threshold]


def _is_contested(found: pd.DataFrame, known: Mapping[Cell, float]) -> bool:
    return any(known.get(cell, value) != value for cell, value in shown_cells(found).items())


class _Attack:
    """The hidden cells of a network, bounded, and those that are bounded too closely."""

    def __init__(self, network: Network, found: pd.DataFrame, rule: Rule) -> None:
        place = network.place
        hidden = [place[cell] for cell in _hidden_cells(found) if cell in place]
        self.network, self.rule = network, rule
        self.targets = np.zeros(len(place), dtype=bool)
        self.targets[hidden] = True
        is_unknown = np.isnan(network.value)
        least = _least(network, found, self.targets)
        width = float(rule.protection - 1)
        self.low, self.high, self.confused = attack(
            network, self.targets & is_unknown, least, width, grain=rule.rounding
        )
        self.exposed = self._exposures(is_unknown)

    @property
    def possible(self) -> NDArray[np.float64]:
        """How many whole numbers each cell was shown to be able to be."""
        return np.asarray(np.floor(self.high + 1e-6) - np.ceil(self.low - 1e-6) + 1)

    @property
    def smallest_range(self) -> int | None:
        """The fewest for any hidden cell."""
        hidden = self.targets & np.isnan(self.network.value) & ~self.confused
        return int(self.possible[hidden].min()) if hidden.any() else None

    def _exposures(self, is_unknown: NDArray[np.bool_]) -> list[Exposure]:
        network, few = self.network, self.rule.threshold - 1
        narrow = self.targets & is_unknown & ~self.confused & (self.possible < self.rule.protection)
        derived = (
            ~network.is_printed & is_unknown & ~network.is_rest & ~self.confused & (self.low >= 1) & (self.high <= few)
        )
        reasons = (
            (self.targets & ~is_unknown, _ELSEWHERE),
            (self.confused & self.targets, _CONTRADICTION),
            (narrow, _NARROW),
            (derived, _DIFFERENCE),
            (network.is_sensitive & ~is_unknown, _DIFFERENCE),
        )
        possible = np.where(self.confused, 0, np.where(is_unknown, self.possible, 1))
        return [
            Exposure(network.keys[at], int(possible[at]), why) for which, why in reasons for at in np.flatnonzero(which)
        ]


def _hidden_cells(found: pd.DataFrame) -> set[Cell]:
    """The cells of hidden rows: counts, full-year pupils, and denominators that are not shown."""
    rows = found[found["is_hidden"].to_numpy(bool)]
    counts = counted_cells(rows)
    unseen = rows["denominator"].isna().to_numpy()
    wholes = [cell for cell, is_unseen in zip(whole_cells(rows), unseen, strict=True) if is_unseen]
    return {*counts, *wholes, *((cell[0] + AMOUNT, *cell[1:]) for cell in counts)}


def _least(network: Network, found: pd.DataFrame, targets: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The smallest number of each cell. Where all groups of a distribution are hidden, one may hold everybody."""
    least = network.least.copy()
    rows = found[found["is_distribution"]]
    site = ["cell", "period", "municipality", "unit", "dimension"]
    wholly = rows.groupby(site)["is_hidden"].transform("all").to_numpy(bool)
    place = network.place
    least[[place[cell] for cell in counted_cells(rows[wholly]) if cell in place]] = 0.0
    return least
