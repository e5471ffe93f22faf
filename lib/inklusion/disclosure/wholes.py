"""Denominators as cells of their own: which rows have the same one, and over which groups it is divided."""

from collections.abc import Mapping

import pandas as pd

from inklusion.contracts.surveys import QUESTIONS
from inklusion.disclosure.cells import Cell, counted, dimension, keys_of
from inklusion.disclosure.rule import Rule

_AT = ["period", "municipality", "unit"]
OWN = "("  # a denominator that belongs to one dimension alone: "(fra almen)"
LESS = " − "  # a whole less its part
_SEVERAL = 3


def together(tables: Mapping[str, pd.DataFrame], rule: Rule) -> pd.DataFrame:
    """What all tables of an edition count, one below the other.

    Returns
    -------
    DataFrame
        The columns of :func:`inklusion.disclosure.cells.counted`; ``table`` and ``row``, where each row stands;
        ``dimension`` of its group; ``whole_group``, the group of its denominator; and ``is_shared``, whether all groups
        of the dimension have that denominator together.
    """
    parts = [counted(table, rule).assign(table=name) for name, table in tables.items()]
    return _with_wholes(pd.concat(parts).rename_axis("row").reset_index())


def counted_cells(found: pd.DataFrame) -> list[Cell]:
    """The cell that each row prints: of those counted, or of those not counted."""
    rows = zip(keys_of(found), found["whole"], found["is_complement"], strict=True)
    return [(f"{whole}{LESS}{key[0]}", *key[1:]) if is_complement else key for key, whole, is_complement in rows]


def whole_cells(found: pd.DataFrame) -> list[Cell]:
    """The denominator of each row as a cell."""
    columns = ["whole", "period", "municipality", "unit", "whole_group"]
    return list(found[columns].itertuples(index=False, name=None))


def _with_wholes(found: pd.DataFrame) -> pd.DataFrame:
    """Add the group of each row's denominator (``whole_group``), and say where definitions only share its name.

    The bands of a distribution and the answers of one question share their denominator; boys and girls have each their
    own, which add up. Which is meant is read off the numbers: shared where all groups of a dimension have the same
    denominator at every place.
    """
    found = _apart_where_different(found)
    found["dimension"] = [dimension(group) for group in found["group"]]
    shared = _shared(found)
    base = _base(found, shared)
    whole_group = found["group"].copy()
    for (whole, cell, name), rows in found[found["group"] != ""].groupby(["whole", "cell", "dimension"], sort=True):
        if (cell, name) in shared:
            whole_group[rows.index] = "" if _agrees(_denominators(rows), base.get(whole)) else f"{OWN}{name})"
    return found.assign(whole_group=whole_group, is_shared=_is_in(found, shared))


def _apart_where_different(found: pd.DataFrame) -> pd.DataFrame:
    """Definitions whose denominators have one name but different numbers at one place get a name each."""
    undivided = found[(found["group"] == "") & found["denominator"].notna()]
    differing = undivided.groupby(["whole", *_AT])["denominator"].nunique()
    names = set(differing[differing > 1].reset_index()["whole"])
    apart = found["whole"].isin(list(names))
    return found.assign(whole=found["whole"].where(~apart, "n: " + found["cell"]))


def _shared(found: pd.DataFrame) -> set[tuple[str, str]]:
    """Definitions and dimensions whose groups have one denominator together.

    Groups of a distribution do. Questions asked of the same persons never do, also where all have answered all of them:
    they divide nobody and are not contained in one another. Otherwise it is so when they have the same at each of several places, and the same as
    the undivided one where that is printed.
    """
    grouped = found[(found["group"] != "") & ~found["group"].astype("str").str.startswith(QUESTIONS)]
    shared = set(grouped.loc[grouped["is_distribution"], ["cell", "dimension"]].itertuples(index=False, name=None))
    undivided = found[found["group"] == ""].groupby(["whole", *_AT])["denominator"].first().rename("undivided")
    seen = grouped[grouped["denominator"] > 0].join(undivided, on=["whole", *_AT])
    places = seen.groupby(["cell", "dimension", *_AT])
    spread = places.agg(groups=("group", "nunique"), values=("denominator", "nunique"))
    spread["differs"] = (seen["denominator"] - seen["undivided"]).abs().gt(0).groupby(
        [seen[name] for name in ("cell", "dimension", *_AT)]).any()  # fmt: skip
    several = spread[spread["groups"] > 1].groupby(level=[0, 1])
    same = (several["values"].max() == 1) & ~several["differs"].any() & (several.size() >= _SEVERAL)
    return shared | {(str(cell), str(name)) for cell, name in same.index[same]}


def _base(found: pd.DataFrame, shared: set[tuple[str, str]]) -> dict[str, pd.Series]:
    """The undivided denominator of each name by place: printed without a group, or the same in all shared dimensions."""
    base: dict[str, pd.Series] = {}
    for whole, rows in found.groupby("whole", sort=True):
        undivided = _denominators(rows[rows["group"] == ""])
        if undivided.empty:
            parts = [_denominators(part) for key, part in rows.groupby(["cell", "dimension"]) if key in shared]
            same = all(_agrees(part, parts[0]) for part in parts)
            undivided = parts[0].combine_first(parts[-1]) if parts and same else undivided
        if not undivided.empty:
            base[str(whole)] = undivided
    return base


def _denominators(rows: pd.DataFrame) -> pd.Series:
    return rows.dropna(subset=["denominator"]).groupby(_AT)["denominator"].first()


def _agrees(values: pd.Series, base: pd.Series | None) -> bool:
    if base is None:
        return False
    common = values.index.intersection(base.index)
    return bool((values[common] == base[common]).all())


def _is_in(found: pd.DataFrame, shared: set[tuple[str, str]]) -> list[bool]:
    return [pair in shared for pair in found[["cell", "dimension"]].itertuples(index=False, name=None)]
