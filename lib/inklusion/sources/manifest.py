"""Raw deliveries and the manifest that accounts for each of them."""

import hashlib
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from inklusion.errors import ManifestError
from inklusion.project import raw_folder

_NAME = "manifest.toml"


@dataclass(frozen=True)
class RawFile:
    """One file of ``data/raw`` as the manifest describes it."""

    path: str
    sha256: str
    bytes: int
    publisher: str
    title: str
    url: str
    retrieved: str
    period: str
    licence: str
    citation: str
    access: str
    contract: str
    note: str

    @property
    def name(self) -> str:
        """File name without folder."""
        return Path(self.path).name


def verify() -> list[RawFile]:
    """Every raw file is listed, present and unchanged; returns them in the manifest's order.

    Raises
    ------
    ManifestError
        For a file without an entry, an entry without a file, or other bytes than the manifest says.
    """
    folder = raw_folder()
    entries = _read(folder / _NAME)
    listed = {entry.path for entry in entries}
    if len(listed) < len(entries):
        raise ManifestError(f"data/raw/{_NAME} lists a file twice. Each file has one entry.")
    if restricted := [entry.path for entry in entries if entry.access != "public"]:
        raise ManifestError(
            f"data/raw/{restricted[0]}: access is not 'public'. Restricted deliveries live outside data/raw."
        )
    present = {
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() and path.name != _NAME
    }
    if extra := sorted(present - listed):
        raise ManifestError(
            f"data/raw/{extra[0]}: not in data/raw/{_NAME} ({len(extra)} such files). "
            "Every raw file needs an entry with source, licence and hash; add one or remove the file."
        )
    for entry in entries:
        _verify_one(folder, entry)
    return entries


def _read(path: Path) -> list[RawFile]:
    try:
        records: list[dict[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8"))["file"]
    except (tomllib.TOMLDecodeError, KeyError, UnicodeDecodeError) as problem:
        raise ManifestError(f"data/raw/{_NAME} cannot be read: {problem}. Restore it from git.") from None
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise ManifestError(f"data/raw/{_NAME} cannot be read: expected [[file]] entries. Restore it from git.")
    expected = {field.name for field in fields(RawFile)}
    for number, record in enumerate(records, start=1):
        if set(record) != expected:
            raise ManifestError(
                f"data/raw/{_NAME}, entry {number} ({record.get('path', 'no path')}): missing fields "
                f"{sorted(expected - set(record))}, unknown fields {sorted(set(record) - expected)}."
            )
    return [RawFile(**record) for record in records]


def _verify_one(folder: Path, entry: RawFile) -> None:
    path = folder / entry.path
    if not path.is_file():
        raise ManifestError(f"data/raw/{entry.path}: listed in data/raw/{_NAME} but not there. Restore the file.")
    content = path.read_bytes()
    seen = hashlib.sha256(content).hexdigest()
    if seen == entry.sha256.lower() and len(content) != entry.bytes:
        raise ManifestError(
            f"data/raw/{entry.path} has {len(content)} bytes, the manifest says {entry.bytes}. Correct the entry."
        )
    if seen != entry.sha256.lower():
        raise ManifestError(
            f"data/raw/{entry.path} has sha256 {seen[:12]}…, the manifest says {entry.sha256[:12]}…. "
            "Raw files never change: restore the file, or add the new delivery under a new date with its own entry."
        )
