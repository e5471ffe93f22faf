"""The released tables of an edition: estimated for the whole country, released together, stored once."""

import traceback
from collections.abc import Callable

import pandas as pd

from inklusion import processed
from inklusion.disclosure.release import Released, release
from inklusion.disclosure.rule import ALREADY_PUBLISHED
from inklusion.editions import data
from inklusion.errors import EditionError
from inklusion.processed import Sidecar

Tables = dict[str, pd.DataFrame]


def _analyses(*, is_complete: bool) -> dict[str, Callable[[Tables], pd.DataFrame]]:
    """The analyses of the edition by table name. Imported here: a report that only reads never loads them."""
    from inklusion.analyses import comparison, coverage, reconciliation, segregation, wellbeing

    return {
        "segregation": lambda tables: segregation.observed_shares(tables["facts"]),
        "risk_bands": lambda tables: segregation.risk_bands(tables["facts"]),
        "context": lambda tables: comparison.context_positions(tables["context"], tables["municipalities"]),
        "wellbeing": lambda tables: wellbeing.series(tables["facts"]),
        "programmes": lambda tables: wellbeing.programmes(tables["facts"]),
        "staff_survey": lambda tables: wellbeing.staff_survey(tables["facts"]),
        "staff": lambda tables: wellbeing.staff(tables["facts"]),
        "coverage": lambda tables: coverage.coverage(tables["facts"], tables["context"]),
        "reconciliation": lambda tables: reconciliation.reconciliation(tables["facts"], is_complete=is_complete),
        "panel_sums": lambda tables: reconciliation.panel_sums(tables["facts"]),
    }


NAMES = (
    "segregation",
    "risk_bands",
    "context",
    "wellbeing",
    "programmes",
    "staff_survey",
    "staff",
    "coverage",
    "reconciliation",
    "panel_sums",
)
_PREFIX = "released_"


def build(edition: str, *, force: bool = False) -> str:
    """Bring the edition's released tables up to date; returns their key."""
    key = data.build(edition, force=force)
    stored = [_PREFIX + name for name in NAMES]
    if force or not processed.are_current(stored, edition, key):
        _release_all(edition, key)
    return key


def released(name: str, edition: str) -> Released:
    """One released table of the whole country, computed when it is not there yet."""
    if name not in NAMES:
        raise EditionError(f"There is no released table '{name}'. Known tables: {', '.join(NAMES)}.")
    build(edition)
    table = processed.load(_PREFIX + name, edition)
    return Released(name, edition, ALREADY_PUBLISHED, table)


def _release_all(edition: str, key: str) -> None:
    tables = {name: processed.load(name, edition) for name in data.TABLES}
    analyses = _analyses(is_complete=not data.quarantined(edition))
    estimated = {name: _estimate(name, analyses[name], tables) for name in NAMES}
    inputs = data.inputs(edition)
    for name, table in release(estimated, edition, ALREADY_PUBLISHED).items():
        rows = len(estimated[name])
        record = Sidecar(key, processed.library_hash(), inputs, rows, len(table.table), rule=ALREADY_PUBLISHED.name)
        processed.store(_PREFIX + name, edition, table.table, record)


def _estimate(name: str, analysis: Callable[[Tables], pd.DataFrame], tables: Tables) -> pd.DataFrame:
    """Run one analysis. An error that the contracts did not foresee is named without its values."""
    try:
        return analysis(tables)
    except (ValueError, KeyError, TypeError, ArithmeticError, IndexError) as problem:
        place = traceback.extract_tb(problem.__traceback__)[-1]
        raise EditionError(
            f"The analysis '{name}' cannot use these data ({type(problem).__name__} in {place.name}, line {place.lineno}). "
            "Nothing was released; check the latest delivery."
        ) from None
