"""A report to make, what became of it, and where it is published."""

import hashlib
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

from inklusion.editions.registered import is_registered
from inklusion.editions.released import build
from inklusion.municipalities import COUNTRY, Municipality
from inklusion.project import root

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
        about = nbformat.read(path, as_version=4).metadata.get("inklusion", {})
        if about.get("scope") == scope and kind in about.get("editions", []):
            found.append(path.stem)
    return found


def notebook_path(name: str) -> Path:
    """The notebook of a name."""
    return root() / "notebooks" / f"{name}.ipynb"


def report_key(edition: str, notebooks: tuple[str, ...]) -> str:
    """Key of a report: data, library and the notebooks it was made with."""
    parts = [build(edition), *(digest(notebook_path(name)) for name in notebooks)]
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
