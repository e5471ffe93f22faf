"""Processed tables: Parquet with a sidecar that says what they were made from.

A table is current when its sidecar carries the key of today's inputs and library. Content decides, not
commits or file times: partners work from zip files.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path

import pandas as pd

from inklusion import __version__
from inklusion.errors import EditionError
from inklusion.project import processed_folder
from inklusion.provenance import SYNTHETIC

PUBLISHED, OWN = "published", "own"
EDITIONS = (PUBLISHED, SYNTHETIC, OWN)


@dataclass(frozen=True)
class Sidecar:
    """What a processed table was made from, and what was left out on the way."""

    key: str
    library: str
    inputs: dict[str, str]
    rows_in: int
    rows_out: int
    dropped: dict[str, int] = field(default_factory=dict)
    quarantined: dict[str, str] = field(default_factory=dict)
    rule: str = ""


def require_edition(edition: str) -> str:
    """Return the edition if it exists; editions never mix, so a misspelt one must not pass."""
    if edition not in EDITIONS:
        raise EditionError(f"Udgaven '{edition}' findes ikke. Mulige udgaver: {', '.join(EDITIONS)}.")
    return edition


@cache
def library_hash() -> str:
    """Version and content hash of the library, the same on every platform."""
    folder = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*"), key=lambda path: path.relative_to(folder).as_posix()):
        if path.suffix in {".py", ".toml", ".csv", ".j2", ".css"}:
            digest.update(path.relative_to(folder).as_posix().encode())
            digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return f"{__version__}+{digest.hexdigest()[:12]}"


def content_key(inputs: dict[str, str]) -> str:
    """Key of a table: hash over input hashes and library."""
    text = json.dumps([sorted(inputs.items()), library_hash()])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def store(name: str, edition: str, table: pd.DataFrame, sidecar: Sidecar) -> None:
    """Write table and sidecar; a reader sees the old pair or the new one, never half a file."""
    folder = processed_folder(require_edition(edition))
    folder.mkdir(parents=True, exist_ok=True)
    _replace(folder / f"{name}.parquet", lambda path: table.to_parquet(path, index=False))
    text = json.dumps(asdict(sidecar), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    _replace(folder / f"{name}.json", lambda path: path.write_text(text, encoding="utf-8", newline="\n"))


def read_sidecar(name: str, edition: str) -> Sidecar | None:
    """The sidecar of a stored table, or nothing when there is none that can be read."""
    path = processed_folder(require_edition(edition)) / f"{name}.json"
    try:
        return Sidecar(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def load(name: str, edition: str) -> pd.DataFrame:
    """A stored table."""
    return pd.read_parquet(processed_folder(require_edition(edition)) / f"{name}.parquet")


def are_current(names: Iterable[str], edition: str, key: str) -> bool:
    """Whether every named table is stored, and under this key."""
    names = list(names)
    sidecars = [read_sidecar(name, edition) for name in names]
    stored = [(processed_folder(edition) / f"{name}.parquet").is_file() for name in names]
    return all(stored) and all(sidecar is not None and sidecar.key == key for sidecar in sidecars)


def _replace(path: Path, write: Callable[[Path], object]) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".part")
    os.close(handle)
    try:
        write(Path(temporary))
        Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)
