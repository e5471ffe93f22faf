"""The released tables of an edition: estimated for the whole country, released together, stored once."""

import traceback
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import TypeVar

import pandas as pd

from inklusion import processed
from inklusion.contracts.tables import ESTIMATES
from inklusion.disclosure.audit import audit, require_safe
from inklusion.disclosure.release import Released, derive, release, shown_rows
from inklusion.disclosure.rule import ALREADY_PUBLISHED, REGISTER, Rule
from inklusion.editions import compared, data, ledgers, money, registered, surveys
from inklusion.errors import EditionError
from inklusion.municipalities import Municipality, all_municipalities, example_municipalities, is_example
from inklusion.processed import Sidecar
from inklusion.provenance import SYNTHETIC

Tables = dict[str, pd.DataFrame]
Result = TypeVar("Result")


def _published(*, is_complete: bool) -> dict[str, Callable[[Tables], pd.DataFrame]]:
    """The analyses of the edition by table name. Imported here: a report that only reads never loads them."""
    from inklusion.analyses import comparison, comparison_groups, coverage, reconciliation, segregation, wellbeing

    return {
        "segregation": lambda tables: segregation.observed_shares(tables["facts"]),
        "risk_bands": lambda tables: segregation.risk_bands(tables["facts"]),
        "context": lambda tables: comparison.context_positions(
            tables["context"],
            tables["municipalities"],
            compared.context_groups(tables["context"], tables["municipalities"]),
        ),
        "neighbours": lambda tables: comparison_groups.similar_municipalities(tables["context"], compared.settings()),
        **money.PUBLISHED,
        "wellbeing": lambda tables: wellbeing.series(tables["facts"]),
        "programmes": lambda tables: wellbeing.programmes(tables["facts"]),
        "staff_survey": lambda tables: wellbeing.staff_survey(tables["facts"]),
        "staff": lambda tables: wellbeing.staff(tables["facts"]),
        **surveys.PUBLISHED,
        "coverage": lambda tables: coverage.coverage(tables["facts"], tables["context"]),
        "reconciliation": lambda tables: reconciliation.reconciliation(tables["facts"], is_complete=is_complete),
        "panel_sums": lambda tables: reconciliation.panel_sums(tables["facts"]),
    }


PUBLISHED_NAMES = (
    "segregation",
    "risk_bands",
    "context",
    "neighbours",
    *money.NAMES,
    "wellbeing",
    "programmes",
    "staff_survey",
    "staff",
    *surveys.PUBLISHED_NAMES,
    "coverage",
    "reconciliation",
    "panel_sums",
)
_PREFIX, _PLACES = "released_", "places"


def names_of(edition: str) -> tuple[str, ...]:
    """The released tables of an edition."""
    if not registered.is_registered(edition):
        return (*_estimated_names(edition), *compared.NAMES, *surveys.PUBLISHED_DERIVED)
    return (*_estimated_names(edition), *(compared.NAMES if registered.has_register(edition) else ()), *surveys.DERIVED)


def _estimated_names(edition: str) -> tuple[str, ...]:
    """The tables that are released together; the others are derived from what these show."""
    return registered.names(edition) if registered.is_registered(edition) else PUBLISHED_NAMES


def rule_of(edition: str) -> Rule:
    """The disclosure rule of an edition."""
    return REGISTER if registered.is_registered(edition) else ALREADY_PUBLISHED


def build(edition: str, *, force: bool = False) -> str:
    """Bring the edition's released tables up to date; returns their key."""
    is_registered = registered.is_registered(edition)
    key = registered.key(edition) if is_registered else data.build(edition, force=force)
    stored = [_PREFIX + name for name in names_of(edition)] + ([_PLACES] if is_registered else [])
    if force or not processed.are_current(stored, edition, key):
        (_release_register if is_registered else _release_published)(edition, key)
    return key


def released(name: str, edition: str) -> Released:
    """One released table of the whole country, computed when it is not there yet.

    A table that belongs to another kind of edition is empty here: the same notebook runs on both.
    """
    known = (*PUBLISHED_NAMES, *registered.NAMES, *compared.NAMES, *surveys.DERIVED)
    if name not in known:
        raise EditionError(f"There is no released table '{name}'. Known tables: {', '.join(known)}.")
    build(edition)
    is_own = name in names_of(edition)
    empty = pd.DataFrame(columns=[*ESTIMATES.column_names, "status", "reason"])
    table = processed.load(_PREFIX + name, edition) if is_own else empty
    return Released(name, _mark(edition), rule_of(edition), table)


def shown_as(edition: str) -> str:
    """The edition that everything shown is marked as: invented persons stay invented in a user's own folder."""
    if registered.is_registered(edition):
        build(edition)
    return _mark(edition)


def _mark(edition: str) -> str:
    """As :func:`shown_as`, for an edition that is built: building hashes a whole register."""
    is_invented = registered.is_registered(edition) and all(map(is_example, _codes(edition)))
    return SYNTHETIC if is_invented else edition


def _codes(edition: str) -> set[str]:
    return set(processed.load(_PLACES, edition)["municipality"])


def places(edition: str) -> list[Municipality]:
    """The municipalities that get a report in the edition."""
    if not registered.is_registered(edition):
        return all_municipalities()
    build(edition)
    codes = _codes(edition)
    return [place for place in (*all_municipalities(), *example_municipalities()) if place.code in codes]


def inputs(edition: str) -> dict[str, str]:
    """Path and hash of every file behind the edition."""
    return registered.inputs(edition) if registered.is_registered(edition) else data.inputs(edition)


def quarantined(edition: str) -> dict[str, str]:
    """Municipalities set aside because their own rows break a rule, with the reason; a register has none."""
    return {} if registered.is_registered(edition) else data.quarantined(edition)


def publish(edition: str) -> Path:
    """Write down what the edition shows, for the audit of later ones; returns the ledger's path.

    Tables derived from what others show count nobody anew, and are left out.
    """
    key = build(edition)
    return ledgers.keep({name: released(name, edition) for name in _estimated_names(edition)}, edition, key)


def _release_published(edition: str, key: str) -> None:
    tables = {name: processed.load(name, edition) for name in data.TABLES}
    analyses = _published(is_complete=not data.quarantined(edition))
    estimated = {name: _estimate(name, partial(analyses[name], tables)) for name in PUBLISHED_NAMES}
    tables_shown = release(estimated, edition, ALREADY_PUBLISHED)

    def compare(shown: Tables) -> Tables:
        return compared.compare_published(shown, tables["municipalities"]) | surveys.derive_published(shown)

    _store(_with_comparisons(tables_shown, estimated, compare), key, inputs(edition))


def _release_register(edition: str, key: str) -> None:
    """Estimate, release together, attack what would be shown, and store it only when the attack fails."""
    register = registered.open_register(edition) if registered.has_register(edition) else None
    surveyed = cache(partial(registered.open_surveys, register, edition))
    analyses = registered.estimate(register, edition, surveyed)
    estimated = {name: _estimate(name, analyses[name]) for name in registered.names(edition)}
    earlier = ledgers.earlier(edition)
    tables = release(estimated, edition, REGISTER, earlier=earlier)
    require_safe(audit(tables, earlier))
    files = inputs(edition)

    def compare(shown: Tables) -> Tables:
        registers = {} if register is None else compared.compare_registered(shown)
        return registers | surveys.derive_registered(shown, surveyed())

    _store(_with_comparisons(tables, estimated, compare), key, files)
    own = registered.municipalities(register, surveyed())
    record = Sidecar(key, processed.library_hash(), files, len(register.pupils) if register else 0, len(own))
    processed.store(_PLACES, edition, own, record)


def _with_comparisons(
    tables: dict[str, Released], estimated: Tables, compare: Callable[[Tables], Tables]
) -> dict[str, Released]:
    """The released tables and those made of what they show."""
    shown = {name: shown_rows(estimated[name], table) for name, table in tables.items()}
    any_table = next(iter(tables.values()))
    compared_tables = _estimate("comparison", lambda: compare(shown))
    return tables | derive(compared_tables, any_table.edition, any_table.rule)


def _store(tables: dict[str, Released], key: str, files: dict[str, str]) -> None:
    for name, table in tables.items():
        rows = len(table.table)
        record = Sidecar(key, processed.library_hash(), files, rows, rows, rule=table.rule.name)
        processed.store(_PREFIX + name, table.edition, table.table, record)


def _estimate(name: str, analysis: Callable[[], Result]) -> Result:
    """Run one analysis. An error that the contracts did not foresee is named without its values."""
    try:
        return analysis()
    except (ValueError, KeyError, TypeError, ArithmeticError, IndexError) as problem:
        place = traceback.extract_tb(problem.__traceback__)[-1]
        raise EditionError(
            f"The analysis '{name}' cannot use these data ({type(problem).__name__} in {place.name}, line {place.lineno}). "
            "Nothing was released; check the latest delivery."
        ) from None
