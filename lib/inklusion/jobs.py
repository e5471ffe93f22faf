"""A report to make, what became of it, and where it is published."""

import hashlib
import shutil
import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import nbformat

from inklusion.editions.registered import is_registered
from inklusion.editions.released import build, released
from inklusion.municipalities import COUNTRY, Municipality
from inklusion.project import root, settings_folder

DONE, FAILED = "færdig", "fejlet"


@dataclass(frozen=True)
class Job:
    """One report: a municipality, or the edition as a whole, with its notebooks and their parameters."""

    place: Municipality
    edition: str
    notebooks: tuple[str, ...]
    parameters: dict[str, str]
    timeout: int = 300

    @property
    def is_edition(self) -> bool:
        """Whether the pages belong to the whole edition."""
        return self.place.code == COUNTRY

    @property
    def published(self) -> Path:
        """Where the finished report stands."""
        folder = root() / "reports" / self.edition
        return folder if self.is_edition else folder / self.place.folder

    @property
    def building(self) -> Path:
        """Where the report is put together before it is published as a whole."""
        own = "edition" if self.is_edition else self.place.folder
        return root() / "reports" / f".building-{self.edition}-{own}"


@dataclass(frozen=True)
class Outcome:
    """What became of one job. ``problem`` is Danish and holds no values; ``seconds`` stays out of ``run.json``."""

    code: str
    name: str
    status: str
    pages: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    problem: str = ""
    key: str = ""
    seconds: float = 0.0


def notebooks_of(scope: str, edition: str) -> list[str]:
    """Names of the notebooks whose metadata carry the scope and the edition's kind, in order."""
    kind = "register" if is_registered(edition) else "published"
    found = []
    for path in sorted((root() / "notebooks").glob("*.ipynb")):
        about = _about(path.stem)
        if about.get("scope") == scope and kind in about.get("editions", []):
            found.append(path.stem)
    return found


def has_something(notebook: str, edition: str, code: str) -> bool:
    """Whether the edition shows the municipality in a table that the notebook ``needs``; needing none is enough."""
    needs = _about(notebook).get("needs", [])
    return not needs or any(code in _shown_places(edition, build(edition), name) for name in needs)


def settings_of(notebook: str) -> dict[str, str]:
    """The parameters that the user sets in the file that a notebook names under ``settings``, such as the follow-up's round."""
    path = _settings_path(notebook)
    return tomllib.loads(path.read_text(encoding="utf-8")) if path else {}


def _settings_path(notebook: str) -> Path | None:
    name = _about(notebook).get("settings", "")
    return settings_folder() / name if name else None


def _about(notebook: str) -> dict[str, Any]:
    """What a notebook says about itself: scope, editions, and what it needs."""
    return dict(nbformat.read(notebook_path(notebook), as_version=4).metadata.get("inklusion", {}))


@cache
def _shown_places(edition: str, key: str, name: str) -> frozenset[str]:
    """The municipalities with a row in a released table, once per process and state of its data."""
    return frozenset(released(name, edition).table["municipality"])


def notebook_path(name: str) -> Path:
    """The notebook of a name."""
    return root() / "notebooks" / f"{name}.ipynb"


def report_key(edition: str, notebooks: tuple[str, ...]) -> str:
    """Key of a report: data, library, and the notebooks it was made with and their settings."""
    paths = [path for name in notebooks for path in (notebook_path(name), _settings_path(name)) if path]
    parts = [build(edition), *map(digest, paths)]
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()[:16]


def edition_files(job: Job) -> list[Path]:
    """The published files of the edition's own pages."""
    prefixes = tuple(name[:3] for name in job.notebooks)
    return sorted(path for path in job.published.glob("*") if path.is_file() and path.name.startswith(prefixes))


def withdraw(job: Job) -> None:
    """Leave no old report standing for a failed one."""
    if not job.is_edition:
        shutil.rmtree(job.published, ignore_errors=True)
        return
    for file in edition_files(job):
        file.unlink()


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write(path: Path, text: str) -> None:
    """UTF-8 with Unix line ends on every platform."""
    path.write_text(text, encoding="utf-8", newline="\n")
