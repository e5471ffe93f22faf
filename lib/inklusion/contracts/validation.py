"""The only caller of pandera. Its own messages print failing values; ours never do."""

from collections.abc import Iterable

import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrors

from inklusion.contracts.columns import Column, Contract
from inklusion.errors import ContractError

_TYPES = {"text": "str", "integer": "Int64", "number": "float64"}
_SHOWN_ROWS = 10
MOST_QUARANTINED = 3


def validate(table: pd.DataFrame, contract: Contract, *, where: str) -> pd.DataFrame:
    """Give the table the contract's types, or raise.

    Parameters
    ----------
    table
        Any table; text columns are converted.
    contract
        What the table must be.
    where
        File or step, for the message.

    Raises
    ------
    ContractError
        Names where, table, column, row numbers, rule and count; never a value.
    """
    typed, broken = _check(table, contract, where)
    if broken:
        column, rows = next(iter(broken.items()))
        raise ContractError(_sentence(where, contract, column, rows))
    return typed


def quarantine(table: pd.DataFrame, contract: Contract, *, where: str) -> tuple[pd.DataFrame, dict[str, str]]:
    """Like :func:`validate`, but set aside municipalities whose own rows break a rule.

    Returns
    -------
    tuple
        The table without those municipalities, and for each of them the sentence that says why.

    Raises
    ------
    ContractError
        When a column or key is wrong, a rule is broken in rows of no municipality, or in more than
        ``MOST_QUARANTINED`` municipalities (then the delivery is wrong, not a municipality).
    """
    if not contract.municipality:
        return validate(table, contract, where=where), {}
    _require_columns(table, contract, where)
    _, broken = _check(table, contract, where)
    owners = table[contract.municipality]
    reasons: dict[str, str] = {}
    for column, rows in broken.items():
        owner_of = owners.loc[list(rows)]
        if column.name == contract.municipality or owner_of.isna().any():
            raise ContractError(_sentence(where, contract, column, rows))
        for code, own in owner_of.groupby(owner_of):
            reasons.setdefault(str(code), _danish_sentence(where, column, own.index))
    if len(reasons) > MOST_QUARANTINED:
        column, rows = next(iter(broken.items()))
        raise ContractError(
            f"{_sentence(where, contract, column, rows)} {len(reasons)} municipalities break a rule; more than "
            f"{MOST_QUARANTINED} means that the delivery is wrong. Nothing was built."
        )
    kept = table[~owners.isin(list(reasons))]
    return validate(kept, contract, where=where), reasons


def _check(table: pd.DataFrame, contract: Contract, where: str) -> tuple[pd.DataFrame, dict[Column, pd.Index]]:
    """The typed table and, for each column, the rows that break its rule."""
    _require_columns(table, contract, where)
    _require_unique_key(table, contract, where)
    unreadable = {column: _unreadable(table[column.name], column) for column in contract.columns}
    readable = table[contract.column_names].copy()
    for column, rows in unreadable.items():
        if len(rows):
            readable[column.name] = readable[column.name].mask(readable.index.isin(rows))
    typed, failed = _failing_rows(readable, contract)
    broken = {
        column: rows.union(failed.get(column.name, rows[:0])).sort_values() for column, rows in unreadable.items()
    }
    broken = {column: rows for column, rows in broken.items() if len(rows)}
    if typed is None and not broken:
        raise ContractError(f"{where}: table '{contract.name}' breaks its contract.")
    return (table, broken) if typed is None or broken else (typed, {})


def _failing_rows(table: pd.DataFrame, contract: Contract) -> tuple[pd.DataFrame | None, dict[str, pd.Index]]:
    """The table with the contract's types, or nothing, and the rows that break a rule by column name."""
    schema = pa.DataFrameSchema({column.name: _pandera_column(column) for column in contract.columns})
    try:
        return schema.validate(table, lazy=True), {}
    except SchemaErrors as failure:
        cases = failure.failure_cases.dropna(subset=["index"])
    return None, {str(name): pd.Index(rows["index"].unique()) for name, rows in cases.groupby("column")}


def _unreadable(values: pd.Series, column: Column) -> pd.Index:
    """Rows of a text column that Python would read as a number by its own, wider, rules, or not at all."""
    if column.kind == "text" or pd.api.types.is_numeric_dtype(values):
        return values.index[:0]
    form = r"-?[0-9]{1,15}" if column.kind == "integer" else r"-?[0-9]{1,15}(\.[0-9]{1,15})?"
    return values.index[values.notna() & ~values.astype("str").str.fullmatch(form)]


def _pandera_column(column: Column) -> pa.Column:
    checks = []
    if column.minimum is not None:
        checks.append(pa.Check.ge(column.minimum))
    if column.maximum is not None:
        checks.append(pa.Check.le(column.maximum))
    if column.allowed:
        checks.append(pa.Check.isin(list(column.allowed)))
    if column.pattern:
        checks.append(pa.Check.str_matches(f"^(?:{column.pattern})$"))
    return pa.Column(_TYPES[column.kind], checks, nullable=column.nullable, coerce=True)


def _require_columns(table: pd.DataFrame, contract: Contract, where: str) -> None:
    missing = [name for name in contract.column_names if name not in table.columns]
    unexpected = [place for place, name in enumerate(table.columns, start=1) if name not in contract.column_names]
    doubled = sorted(set(table.columns[table.columns.duplicated()]) & set(contract.column_names))
    if missing or unexpected or doubled:
        raise ContractError(
            f"{where}: table '{contract.name}' has other columns than its contract: missing {missing}, twice {doubled}, "
            f"unexpected in places {unexpected}. Allowed are exactly {contract.column_names}, named in the first line."
        )


def _require_unique_key(table: pd.DataFrame, contract: Contract, where: str) -> None:
    if not contract.key:
        return
    doubled = table.index[table.duplicated(list(contract.key), keep=False)]
    if len(doubled):
        raise ContractError(
            f"{where}: table '{contract.name}', rule 'key {' + '.join(contract.key)} is unique' is broken in "
            f"{len(doubled)} rows (rows {_row_numbers(doubled)}). Each key may stand once; correct the delivery."
        )


def _row_numbers(rows: Iterable[int]) -> str:
    """Row numbers as a spreadsheet shows them: the header is row 1."""
    numbers = [int(row) + 2 for row in rows]
    more = ", …" if len(numbers) > _SHOWN_ROWS else ""
    return ", ".join(map(str, numbers[:_SHOWN_ROWS])) + more


def _sentence(where: str, contract: Contract, column: Column, rows: Iterable[int]) -> str:
    rows = list(rows)
    return (
        f"{where}: table '{contract.name}', column '{column.name}', rule '{column.rule}' is broken in "
        f"{len(rows)} rows (rows {_row_numbers(rows)})."
    )


def _danish_sentence(where: str, column: Column, rows: pd.Index) -> str:
    """The same for the municipality itself, in Danish; no value either."""
    lines = f"række {_row_numbers(rows)}" if len(rows) == 1 else f"rækkerne {_row_numbers(rows)}"
    return f"{where}, kolonne '{column.name}', {lines}: reglen er »{column.rule_da}«."
