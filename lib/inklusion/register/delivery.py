"""One delivered file: CSV or Parquet of any width, read column by column, each row with its spreadsheet number."""

import codecs
import csv
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as parquet

from inklusion.register.refusal import SETTINGS, Rows, listed, refusal
from inklusion.register.settings import Settings

_BLOCK = 1 << 24
_HOW_IN_WORDS = {";": "semikolon", ",": "komma", "\t": "tabulator", "|": "lodret streg"}


@dataclass(frozen=True)
class Delivery:
    """A file whose columns can be fetched one at a time.

    Attributes
    ----------
    file
        File name, for messages.
    names
        Column names as delivered.
    ours
        Our name of each key column, and the delivered name.
    rows
        Spreadsheet number of each row that is read.
    fetch
        The whole column at a place.
    kept
        Which rows are read; nothing when all are.
    """

    file: str
    names: tuple[str, ...]
    ours: dict[str, str]
    rows: Rows
    fetch: Callable[[int], Any]
    kept: npt.NDArray[np.bool_] | None = None

    def __len__(self) -> int:
        return len(self.rows)

    def values(self, name: str) -> Any:
        """A delivered column as an Arrow array of plain type, rows that are left out removed."""
        column = self.fetch(self.names.index(name))
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        if pa.types.is_large_string(column.type) or pa.types.is_string_view(column.type):
            column = column.cast(pa.string())
        return column if self.kept is None else column.filter(pa.array(self.kept))

    def keep(self, kept: npt.NDArray[np.bool_]) -> "Delivery":
        """The same file with fewer rows."""
        return replace(self, kept=kept, rows=self.rows[kept])


def open_delivery(settings: Settings, table: str, required: tuple[str, ...], optional: tuple[str, ...]) -> Delivery:
    """Open a file and find its key columns.

    Parameters
    ----------
    settings
        How the file is written.
    table
        ``pupils``, ``placements`` or ``leavers``.
    required, optional
        Our names of the key columns.

    Raises
    ------
    ContractError
        When the file is missing, empty, cut off or in another form than ``register.toml`` says, or lacks a column.
    """
    file = settings.files[table]
    path = settings.folder / file
    if not path.is_file():
        raise refusal(file, "filen findes ikke", f"Læg den i mappen, eller ret navnet i {SETTINGS}.")
    if not path.stat().st_size:
        raise refusal(file, "filen er tom", "Hent udtrækket igen.")
    if path.suffix not in {".csv", ".parquet"}:
        raise refusal(file, "filtypen er ukendt", "Muligt: .csv og .parquet.")
    names, rest = _csv_header(path, settings) if path.suffix == ".csv" else _parquet_header(path)
    ours = key_columns(file, names, settings, required, optional)
    fetch, count = rest()
    if not count:
        raise refusal(file, "filen har ingen rækker under første linje", "Hent udtrækket igen.")
    return Delivery(file, names, ours, np.arange(count, dtype=np.int64) + 2, fetch)


Rest = Callable[[], tuple[Callable[[int], Any], int]]


def key_columns(
    file: str, names: tuple[str, ...], settings: Settings, required: tuple[str, ...], optional: tuple[str, ...]
) -> dict[str, str]:
    """Our names and the delivered ones."""
    called = {ours: their for their, ours in settings.columns.items() if their in names}
    found = {ours: called.get(ours, ours) for ours in (*required, *optional)}
    found = {ours: their for ours, their in found.items() if their in names}
    missing = [ours for ours in required if ours not in found]
    if missing:
        rule = f"filen mangler nøglekolonnen {listed(missing)}"
        remedy = f"Skriv i {SETTINGS} under [columns], hvad kolonnen hedder i filen."
        if len(names) == 1 and file.endswith(".csv"):
            rule = f"filen har kun én kolonne, når felterne er delt med {_HOW_IN_WORDS[settings.separator]}"
            remedy = f"Ret separator i {SETTINGS}, så den passer til filen."
        raise refusal(file, rule, remedy)
    same = [their for their, ours in settings.columns.items() if their in names and called.get(ours) != their]
    if same:
        raise refusal(SETTINGS, f"to kolonner i {file} er sat til det samme ({listed(same)})", "Behold én i [columns].")
    for place, name in enumerate(names, start=1):
        if names.count(name) > 1:
            rule = "kolonnen står to gange i filen"
            raise refusal(file, rule, "Slet den ene, eller giv dem hvert sit navn.", column=name, place=place)
    return found


def _csv_header(path: Path, settings: Settings) -> tuple[tuple[str, ...], Rest]:
    encoding = "utf-8-sig" if settings.encoding == "utf-8" else settings.encoding
    _check_encoding(path, settings)
    with path.open(encoding=encoding, newline="") as handle:
        names = tuple(name.strip() for name in next(csv.reader([handle.readline()], delimiter=settings.separator), []))
    return names, lambda: _csv_columns(path, settings, len(names))


def _csv_columns(path: Path, settings: Settings, width: int) -> tuple[Callable[[int], Any], int]:
    """All columns as text; an uneven row is refused by number (Arrow's own message would hold the row)."""
    uneven: list[Any] = []

    def set_aside(row: Any) -> str:
        uneven.append(row.number)
        return "skip"

    def read(*, threads: bool) -> Any:
        names = [str(place) for place in range(width)]
        parse = arrow_csv.ParseOptions(
            delimiter=settings.separator, invalid_row_handler=set_aside, ignore_empty_lines=False
        )
        text = dict.fromkeys(names, pa.string())
        missing = {"null_values": list(settings.missing), "strings_can_be_null": True}
        how = arrow_csv.ReadOptions(
            column_names=names, skip_rows=1, use_threads=threads, block_size=_BLOCK, encoding=settings.encoding
        )
        convert = arrow_csv.ConvertOptions(column_types=text, **missing)
        try:
            return arrow_csv.read_csv(path, read_options=how, parse_options=parse, convert_options=convert)
        except (pa.ArrowException, ValueError):
            return None

    table = read(threads=True)
    if uneven:
        uneven.clear()
        read(threads=False)
        rows = np.array(sorted(uneven), dtype=np.int64)
        rule = "rækken har ikke lige så mange felter som første linje"
        remedy = f"Se efter, om separator i {SETTINGS} er rigtig, og om tekst med skilletegn står i anførselstegn."
        raise refusal(path.name, rule, remedy, rows=rows)
    if table is None:
        rule = "filen kan ikke læses som CSV"
        raise refusal(path.name, rule, "Se efter et anførselstegn, der ikke er lukket, eller hent filen igen.")
    return table.column, table.num_rows


def _parquet_header(path: Path) -> tuple[tuple[str, ...], Rest]:
    try:
        source = parquet.ParquetFile(path)
    except (pa.ArrowException, OSError, ValueError):
        source = None
    if source is None:
        raise _broken_parquet(path)
    names = tuple(source.schema_arrow.names)

    def fetch(place: int) -> Any:
        try:
            found = source.read(columns=[names[place]]).column(0)
        except (pa.ArrowException, OSError, ValueError):
            found = None
        if found is None:
            raise _broken_parquet(path)
        return found

    return names, lambda: (fetch, source.metadata.num_rows)


def _broken_parquet(path: Path) -> Exception:
    return refusal(path.name, "filen er afbrudt eller ikke Parquet", "Kopiér filen igen, og se, at hele filen er med.")


def _check_encoding(path: Path, settings: Settings) -> None:
    """UTF-8 must be UTF-8; Windows-1252 must not be: Danish text is never both by chance."""
    valid, plain = _is_utf8(path)
    if settings.encoding == "utf-8" and not valid:
        rows, place = _first_undecoded(path, settings.separator)
        rule = "tegnene er ikke i UTF-8"
        remedy = f'Skriv encoding = "windows-1252" i {SETTINGS}, eller gem filen i UTF-8.'
        raise refusal(path.name, rule, remedy, place=place, rows=rows)
    if settings.encoding != "utf-8" and valid and not plain:
        rule = f"{SETTINGS} siger windows-1252, men filen er i UTF-8"
        raise refusal(path.name, rule, f'Skriv encoding = "utf-8" i {SETTINGS}.')


def _is_utf8(path: Path) -> tuple[bool, bool]:
    """Whether the file is UTF-8, and whether it is plain ASCII."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    plain = True
    with path.open("rb") as handle:
        while block := handle.read(_BLOCK):
            plain = plain and block.isascii()
            try:
                decoder.decode(block)
            except UnicodeDecodeError:
                return False, plain
    return not decoder.getstate()[0], plain


def _first_undecoded(path: Path, separator: str) -> tuple[Rows, int]:
    """Row and column of the first letter that is not UTF-8."""
    with path.open("rb") as handle:
        for row, line in enumerate(handle, start=1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError as problem:
                place = line[: problem.start].count(separator.encode()) + 1
                return np.array([row], dtype=np.int64), place
    return np.array([1], dtype=np.int64), 1
