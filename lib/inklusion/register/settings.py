"""The user's ``register.toml``: which files, how they are written, and what their columns and values are called."""

import tomllib
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from inklusion.contracts.columns import Column
from inklusion.contracts.register import PLACEMENTS, REGISTER
from inklusion.errors import ContractError
from inklusion.register.refusal import SETTINGS, listed, refusal

TABLES = ("pupils", "placements", "leavers")
SEPARATORS = (";", ",", "\t", "|")
ENCODINGS = ("utf-8", "windows-1252")
KEY_COLUMNS: dict[str, Column] = {column.name: column for contract in REGISTER.values() for column in contract.columns}
CODED = tuple(name for name in KEY_COLUMNS if name not in {"pupil", "family", "support_hours", "start", "end"})
_MISSING = ("", ".", "NA", "NULL", "NaN")


@dataclass(frozen=True)
class Settings:
    """How a delivery is to be read.

    Attributes
    ----------
    folder
        Where the files are.
    synthetic
        Whether the persons are invented.
    files
        File name of ``pupils`` and, where they exist, of ``placements`` and ``leavers``.
    columns
        The delivery's column names and ours.
    values
        For our column, the delivery's codes and ours.
    leave_out
        For our column, the delivery's codes whose rows are left out and counted.
    """

    folder: Path
    synthetic: bool
    files: dict[str, str]
    dictionary: str
    separator: str
    decimal: str
    encoding: str
    date: str
    missing: tuple[str, ...]
    columns: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    leave_out: dict[str, tuple[str, ...]] = field(default_factory=dict)


def read_settings(folder: Path) -> Settings:
    """Read ``register.toml`` of a register's folder.

    Raises
    ------
    ContractError
        In Danish, when the file is missing or cannot be read, or says something that is not allowed.
    """
    path = folder / SETTINGS
    if not path.is_file():
        raise refusal(SETTINGS, f"filen findes ikke i mappen {folder.name}", "Kopiér eksemplet i docs/REGISTER.md.")
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        text = str(problem) if isinstance(problem, tomllib.TOMLDecodeError) else "den er ikke i UTF-8"
        raise _wrong(f"filen kan ikke læses: {text}", "Sammenlign med eksemplet i docs/REGISTER.md.") from None
    known = {entry.name for entry in fields(Settings)} - {"folder"}
    if unknown := sorted(set(said) - known):
        raise _wrong(f"ukendt indstilling {listed(unknown)}", f"Mulige indstillinger: {', '.join(sorted(known))}.")
    settings = Settings(
        folder=folder,
        synthetic=_of_type(said, "synthetic", bool, False),
        files=_texts(said, "files"),
        columns=_texts(said, "columns"),
        values={name: _texts(_section(said, "values"), name) for name in _section(said, "values")},
        leave_out={name: _list(_section(said, "leave_out"), name, ()) for name in _section(said, "leave_out")},
        dictionary=_of_type(said, "dictionary", str, "dictionary.csv"),
        separator=_of_type(said, "separator", str, ";"),
        decimal=_of_type(said, "decimal", str, ","),
        encoding=_of_type(said, "encoding", str, "utf-8"),
        date=_of_type(said, "date", str, "%Y-%m-%d"),
        missing=_list(said, "missing", _MISSING),
    )
    _check(settings)
    return replace(settings, files=settings.files or {"pupils": "pupils.csv"})


def _check(settings: Settings) -> None:
    choices = {
        "separator": ([settings.separator], SEPARATORS),
        "decimal": ([settings.decimal], (",", ".")),
        "encoding": ([settings.encoding], ENCODINGS),
        "files": (list(settings.files), TABLES),
        "columns": (list(settings.columns.values()), tuple(KEY_COLUMNS)),
        "values": (list(settings.values), CODED),
        "leave_out": (list(settings.leave_out), CODED),
    }
    for name, (seen, allowed) in choices.items():
        if wrong := [word for word in seen if word not in allowed]:
            raise _wrong(f"{name} kan ikke være {listed(wrong)!r}", f"Muligt: {', '.join(map(repr, allowed))}.")
    if settings.separator == settings.decimal:
        raise _wrong("separator og decimal er samme tegn", "Bed om en fil med semikolon mellem felterne.")
    if settings.files and "pupils" not in settings.files:
        raise _wrong("files nævner ikke pupils", 'Skriv [files] og pupils = "…" med navnet på filen med elever.')
    names = [*settings.files.values(), settings.dictionary]
    if outside := [name for name in names if Path(name).is_absolute() or ".." in Path(name).parts]:
        raise _wrong(f"filen {outside[0]!r} ligger uden for mappen", "Læg alle filer i samme mappe som register.toml.")
    for name, codes in settings.values.items():
        targets = targets_of(name)
        if targets and (wrong := [ours for ours in codes.values() if ours.casefold() not in targets]):
            ids = ", ".join(dict.fromkeys(targets.values()))
            raise _wrong(f"values.{name} kan ikke være {listed(wrong)!r}", f"Muligt: {ids}.")


def targets_of(column: str) -> dict[str, str]:
    """What a coded column may hold as it stands, and the id of each; empty where any text of a form is allowed.

    Examples
    --------
    >>> targets_of("provision")["gruppeordning"]
    'special_class'
    """
    allowed = KEY_COLUMNS[column].allowed
    targets = {name.casefold(): name for name in allowed}
    if column in {"placement", "provision"}:
        targets |= {label: name for name, label in PLACEMENTS.items() if name in allowed}
        targets["gruppeordning"] = "special_class"
    return targets


def _wrong(rule: str, remedy: str) -> ContractError:
    return refusal(SETTINGS, rule, remedy)


def _of_type(said: dict[str, Any], name: str, kind: type, default: Any) -> Any:
    value = said.get(name, default)
    if not isinstance(value, kind):
        form = {bool: "true eller false", str: "tekst i anførselstegn", dict: "et afsnit", list: "en liste"}[kind]
        raise _wrong(f"{name} skal være {form}", "Sammenlign med eksemplet i docs/REGISTER.md.")
    return value


def _section(said: dict[str, Any], name: str) -> dict[str, Any]:
    section: dict[str, Any] = _of_type(said, name, dict, {})
    return section


def _texts(said: dict[str, Any], name: str) -> dict[str, str]:
    return {key: _of_type({key: value}, key, str, "") for key, value in _section(said, name).items()}


def _list(said: dict[str, Any], name: str, default: tuple[str, ...]) -> tuple[str, ...]:
    values = _of_type(said, name, list, list(default))
    return tuple(_of_type({name: value}, name, str, "") for value in values)
