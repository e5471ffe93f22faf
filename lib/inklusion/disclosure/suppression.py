"""Which cells of an edition are hidden so that no sum, difference, share or report gives one away.

What is protected against is a reader who knows every shown cell, every sum, that nobody counts less than nothing, how
hidden cells are chosen, and not which of them are small: all hidden cells look alike. Each must be able to be
``protection`` different whole numbers.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from inklusion.disclosure.cells import Cell, is_counted, is_sensitive, is_small, keys_of, remainders
from inklusion.disclosure.nesting import (
    add_definitions,
    add_equalities,
    add_periods,
    add_small_differences,
)
from inklusion.disclosure.nodes import AMOUNT, Network, network_of, readings
from inklusion.disclosure.partition import add_partitions
from inklusion.disclosure.rule import Rule
from inklusion.disclosure.search import Search
from inklusion.disclosure.wholes import counted_cells, whole_cells

_SITE = ["cell", "period", "municipality", "unit", "dimension"]


def related(
    found: pd.DataFrame,
    rule: Rule,
    known: Mapping[Cell, float] | None = None,
    *,
    grain: int = 1,
    is_preferred: bool = False,
) -> Network:
    """All cells of an edition with every sum and difference that a reader could use.

    Parameters
    ----------
    found
        Result of :func:`inklusion.disclosure.wholes.together` for all tables of the edition.
    known
        Cells that earlier editions have shown.
    grain
        What the counts are rounded to.
    is_preferred
        Whether an earlier number is used where it differs from the present one.
    """
    nodes = readings(found, rule)
    nodes.grain = grain
    for cell, value in (known or {}).items():
        if is_preferred or np.isnan(nodes.values.get(cell, np.nan)):
            nodes.values[cell] = value
            nodes.printed.add(cell)
    add_partitions(nodes, found)
    add_periods(nodes)
    add_definitions(nodes, found)
    add_equalities(nodes)
    add_definitions(nodes, found)
    add_small_differences(nodes, rule.threshold - 1)
    return network_of(nodes, rule)


def hidden_cells(found: pd.DataFrame, rule: Rule, known: Mapping[Cell, float] | None = None) -> set[Cell]:
    """Primary and complementary suppression for all cells of an edition together.

    Parameters
    ----------
    found, known
        As for :func:`related`, with no row hidden yet.

    Returns
    -------
    set
        The cells to hide, a hidden denominator under its own name.

    Raises
    ------
    DisclosureError
        When what earlier editions have shown leaves nothing to hide behind.

    Notes
    -----
    Each hidden cell, and each difference that would give away few persons, is in turn made to vary by the cheapest
    change of all cells that keeps every sum; the cells that change with it are hidden. The changes found are tables
    that a reader cannot tell from the true one, and so the proof that a cell is safe. Cells near by are tried first:
    parts of the same totals, then the totals, then denominators and the country.

    References
    ----------
    Kelly J., Golden B., Assad A. (1992). Cell suppression: disclosure protection for sensitive tabular data. Networks
    22, 397-417. Fischetti M., Salazar J. J. (2001). Solving the cell suppression problem on tabular data with linear
    constraints. Management Science 47, 1008-1027. Hundepool A. and others (2012). Statistical Disclosure Control.
    Wiley, section 4.4.
    """
    found = found[is_counted(found)]
    network = related(found, rule, known)
    place = network.place
    search = Search(network, _followers(found, place), known or {}, rule.protection - 1)
    alike = _all_alike(found, rule)
    search.least[[place[cell] for cell in alike]] = 0.0
    search.hide(place[cell] for cell in [*alike, *_primary(found, rule)])
    search.protect(np.flatnonzero(network.is_sensitive | search.hidden))
    while len(exposed := np.flatnonzero(search.hidden & ~search.is_safe)):
        search.protect(exposed)
    return {network.keys[number] for number in np.flatnonzero(search.hidden)}


def small_cells(found: pd.DataFrame, rule: Rule) -> set[Cell]:
    """The primary rule alone: counts of rows that give away too few persons, and denominators below the threshold."""
    small = found[is_sensitive(found, rule) | is_small(remainders(found), rule)]
    return {*keys_of(small), *counted_cells(small), *_primary(found, rule), *_all_alike(found, rule)}


def _primary(found: pd.DataFrame, rule: Rule) -> list[Cell]:
    """Counts of rows under the primary rule, and denominators below the threshold."""
    small = found[is_sensitive(found, rule) & found["count"].notna()]
    few = found[is_sensitive(found.assign(count=np.nan), rule)]
    return [*counted_cells(small), *whole_cells(few)]


def _all_alike(found: pd.DataFrame, rule: Rule) -> list[Cell]:
    """All groups of a distribution in which one holds everybody: its zeros would say who is where."""
    holds_all = found["is_distribution"] & (found["count"] == found["denominator"]) & (found["count"] > 0)
    if not (rule.zeros_shown and holds_all.any()):
        return []
    sites = set(found.loc[holds_all, _SITE].itertuples(index=False, name=None))
    return [key for key, site in zip(keys_of(found), found[_SITE].itertuples(index=False, name=None), strict=True)
            if site in sites]  # fmt: skip


def _followers(found: pd.DataFrame, place: Mapping[Cell, int]) -> dict[int, set[int]]:
    """Cells that are hidden with another, because they stand in the same rows or are the same persons."""
    followers: dict[int, set[int]] = {}
    rows = zip(keys_of(found), counted_cells(found), whole_cells(found), found["count"].notna(), strict=True)
    for key, counted, whole, has_count in rows:
        together = [place[cell] for cell in (key, counted, (key[0] + AMOUNT, *key[1:])) if cell in place]
        for one in together if len(together) > 1 else ():
            followers.setdefault(one, set()).update(other for other in together if other != one)
        if has_count and whole in place and counted in place:
            followers.setdefault(place[whole], set()).add(place[counted])
    return followers
