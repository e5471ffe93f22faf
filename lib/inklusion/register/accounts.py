"""A user's accounts: the files of ``data/own`` beside the register, or a refusal that says which row and why."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from inklusion.contracts.accounts import BOOKS, PROVISIONS, SPECIAL_PROVISIONS, Books, empty, price_text
from inklusion.contracts.columns import Column
from inklusion.danish import number
from inklusion.municipalities import all_municipalities, example_municipalities
from inklusion.register.delivery import Delivery, open_delivery
from inklusion.register.persons import refuse_person_numbers
from inklusion.register.refusal import refusal
from inklusion.register.settings import Settings, read_settings
from inklusion.register.values import as_text

_DOCUMENT = "docs/ECONOMY.md"


def read_books(folder: Path) -> Books:
    """Read ``accounts``, ``full_year_pupils``, ``price_index`` and ``pupil_numbers`` of a folder; a missing file is empty.

    Separator, decimal sign and encoding are those of ``register.toml``; the column names are those of the contract.

    Raises
    ------
    ContractError
        In Danish, with file, column, row number (the header is row 1) and what to do; never a value.
    """
    settings = read_settings(folder)
    tables = {name: _read(settings, name) for name in BOOKS}
    sources = {name: f"data/own/{_file(settings, name)}" if len(table) else "" for name, table in tables.items()}
    return Books(**tables, sources=sources)


def _file(settings: Settings, name: str) -> str:
    """CSV, or Parquet where there is no CSV."""
    return f"{name}.csv" if (settings.folder / f"{name}.csv").is_file() else f"{name}.parquet"


def _read(settings: Settings, name: str) -> pd.DataFrame:
    contract, file = BOOKS[name], _file(settings, name)
    if not (settings.folder / file).is_file():
        return empty(name)
    own = replace(
        settings, files={name: file}, columns={k: v for k, v in settings.columns.items() if v == "municipality"}
    )
    delivery = open_delivery(own, name, tuple(contract.column_names), ())
    numbers = frozenset(delivery.ours[column.name] for column in contract.columns if column.kind != "text")
    refuse_person_numbers(delivery, numbers)
    table = pd.DataFrame({column.name: _column(delivery, column, own) for column in contract.columns})
    _require_unique(table, delivery, contract.key)
    return table


def _column(delivery: Delivery, column: Column, settings: Settings) -> pd.Series:
    their = delivery.ours[column.name]
    values = delivery.values(their)
    decimal = settings.decimal if pa.types.is_string(values.type) else "."
    text = pd.Series(as_text(values, settings).to_pylist(), dtype="str")
    _refuse(delivery, their, text.isna(), "værdien mangler", f"Udfyld værdien. {_allowed(column)}")
    if column.name == "municipality":
        return _municipality(delivery, text, settings)
    if column.kind == "text":
        known = text.isin(list(column.allowed)) if column.allowed else text.str.fullmatch(column.pattern or ".*")
        _refuse(delivery, their, ~known, "værdien er ikke en af de tilladte", _allowed(column))
        return text
    form = r"-?[0-9]{1,15}" if column.kind == "integer" else rf"-?[0-9]{{1,15}}({re.escape(decimal)}[0-9]{{1,15}})?"
    remedy = f"Skriv tallet uden tusindtalsskilletegn og med »{decimal}« som decimaltegn. {_allowed(column)}"
    _refuse(delivery, their, ~text.str.fullmatch(form), "værdien er ikke et tal i den rigtige form", remedy)
    numbers = text.str.replace(decimal, ".", regex=False).astype("float64")
    least = -np.inf if column.minimum is None else column.minimum
    most = np.inf if column.maximum is None else column.maximum
    _refuse(delivery, their, ~numbers.between(least, most), "tallet er uden for det tilladte", _allowed(column))
    return numbers.astype("int64") if column.kind == "integer" else numbers


def _municipality(delivery: Delivery, text: pd.Series, settings: Settings) -> pd.Series:
    their = delivery.ours["municipality"]
    meant = text.map(lambda value: settings.values.get("municipality", {}).get(value, value))
    codes = meant.where(meant.str.fullmatch("0?[0-9]{3}")).str[-3:]
    places = example_municipalities() if settings.synthetic else all_municipalities()
    remedy = f"Skriv kommunens trecifrede nummer, {places[0].code} for eksempel."
    _refuse(delivery, their, ~codes.isin([place.code for place in places]), "kommunen er ikke en af de 98", remedy)
    return codes.astype("str")


def _require_unique(table: pd.DataFrame, delivery: Delivery, key: tuple[str, ...]) -> None:
    again = table.duplicated(list(key), keep="first")
    rule = f"samme {', '.join(delivery.ours[name] for name in key)} står i en tidligere række"
    _refuse(delivery, delivery.ours[key[-1]], again, rule, "Læg beløbene sammen, eller slet den ene række.")


def _refuse(delivery: Delivery, their: str, broken: pd.Series, rule: str, remedy: str) -> None:
    rows = delivery.rows[broken.to_numpy(dtype=bool)]
    if len(rows):
        raise refusal(delivery.file, rule, remedy, column=their, rows=rows)


def _allowed(column: Column) -> str:
    """What a column may hold, in Danish."""
    if column.name == "price_base":
        return f"Muligt: »løbende« ({price_text('løbende')}) eller et årstal. Se {_DOCUMENT}."
    if column.name == "provision":
        names = SPECIAL_PROVISIONS if column.allowed == SPECIAL_PROVISIONS else tuple(PROVISIONS)
        return f"Muligt: {', '.join(names)}."
    if column.allowed:
        return f"Muligt: {', '.join(column.allowed)}."
    if column.kind == "text":
        return f"Se {_DOCUMENT}."
    return f"Muligt: {number(column.minimum)} til {number(column.maximum)}. Se {_DOCUMENT}."
