"""A delivered survey file as a `Delivery`: CSV, Parquet, Excel, SPSS or Stata; codes are read, never labels."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyreadstat

from inklusion.errors import ContractError
from inklusion.register.delivery import Delivery, key_columns, open_delivery
from inklusion.register.persons import refuse_person_numbers
from inklusion.register.read import leave_out_rows
from inklusion.register.refusal import SETTINGS, refusal
from inklusion.register.settings import Settings
from inklusion.register.survey_settings import SURVEYS, Part
from inklusion.register.values import Fields

_DELIMITED = (".csv", ".parquet")
_PROGRAMS = {".xlsx": "Excel", ".sav": "SPSS", ".dta": "Stata"}


def open_file(
    part: Part, table: str, required: tuple[str, ...], optional: tuple[str, ...], amounts: tuple[str, ...] = ()
) -> Fields:
    """Open a file of a part, look through it for person numbers, and leave out the rows that the user leaves out.

    Parameters
    ----------
    part
        The part of ``surveys.toml``.
    table
        Which of its files: the part's name, or ``frame``.
    required, optional
        Our names of the columns.
    amounts
        Our names of columns with numbers, where nine digits are an amount.

    Raises
    ------
    ContractError
        When the file is missing, empty, cut off or in another form than said, lacks a column or has person numbers.
    """
    path = part.how.folder / part.how.files[table]
    kind = path.suffix.lower()
    if path.is_file() and kind not in (*_DELIMITED, *_PROGRAMS):
        raise refusal(path.name, "filtypen er ukendt", f"Muligt: {', '.join([*_DELIMITED, *_PROGRAMS])}.")
    if kind in _PROGRAMS and path.is_file() and path.stat().st_size:
        delivery = _delivery(path, part.how, required, optional)
    else:
        delivery = open_delivery(part.how, table, required, optional)
    refuse_person_numbers(delivery, frozenset(delivery.ours[name] for name in amounts if name in delivery.ours))
    return Fields(leave_out_rows(delivery, part.how, {}), part.how)


@contextmanager
def in_words_of(part: Part) -> Iterator[None]:
    """Let what a register's reader refuses name the settings of surveys instead."""
    try:
        yield
    except ContractError as problem:
        said = str(problem)
    else:
        return
    for section in ("columns]", "leave_out]", "values."):
        said = said.replace(f"[{section}", f"[{part.name}.{section}")
    raise ContractError(said.replace(SETTINGS, SURVEYS))


def _delivery(path: Path, how: Settings, required: tuple[str, ...], optional: tuple[str, ...]) -> Delivery:
    names, columns = _workbook(path) if path.suffix.lower() == ".xlsx" else _statistics(path)
    ours = key_columns(path.name, names, how, required, optional)
    count = len(columns[0]) if columns else 0
    if not count:
        raise refusal(path.name, "filen har ingen rækker under navnene på kolonnerne", "Hent udtrækket igen.")
    return Delivery(path.name, names, ours, np.arange(count, dtype=np.int64) + 2, columns.__getitem__)


def _statistics(path: Path) -> tuple[tuple[str, ...], list[Any]]:
    """SPSS or Stata: the program's own and the user's missing values are missing, dates are numbers."""
    read = pyreadstat.read_sav if path.suffix.lower() == ".sav" else pyreadstat.read_dta
    try:
        table, _ = read(path, disable_datetime_conversion=True)
    except Exception:  # whatever a broken file makes the library say, it may quote a row
        table = None
    if table is None:
        raise _broken(path)
    columns = pa.Table.from_pandas(table, preserve_index=False)
    return tuple(str(name) for name in table.columns), columns.columns


def _workbook(path: Path) -> tuple[tuple[str, ...], list[Any]]:
    """The first sheet of a workbook; its first row holds the names."""
    try:
        cells = pd.read_excel(
            path, header=None, dtype=object, keep_default_na=False, na_values=[], engine="openpyxl"
        ).to_numpy(dtype=object)
    except Exception:  # whatever a broken file makes the library say, it may quote a cell
        cells = None
    if cells is None:
        raise _broken(path)
    if not cells.size:
        raise refusal(path.name, "første ark er tomt", "Flyt data til første ark, eller hent udtrækket igen.")
    names = tuple(str(name).strip() for name in cells[0])
    return names, [_column(cells[1:, place]) for place in range(len(names))]


def _column(cells: Any) -> Any:
    """Cells as numbers where all are, otherwise as text; a whole number is written without decimals."""
    found = pd.Series(cells, dtype=object)
    found = found.mask(found.isna() | (found == ""), None)
    if all(type(cell) in (int, float, type(None)) for cell in found):
        return pa.chunked_array([pa.array(found.astype("float64"), from_pandas=True)])
    whole = found.map(lambda cell: int(cell) if isinstance(cell, bool | float) and cell == int(cell) else cell)
    return pa.chunked_array([pa.array(whole.map(str).where(found.notna(), None), pa.string(), from_pandas=True)])


def _broken(path: Path) -> ContractError:
    program = _PROGRAMS[path.suffix.lower()]
    rule = f"filen er afbrudt, låst eller ikke en fil fra {program}"
    return refusal(path.name, rule, f"Kopiér filen igen, eller åbn den i {program}, og gem den igen uden kodeord.")
