"""Reports in three steps: plan (checked before anything starts), run (isolated), record (what happened)."""

import hashlib
import json
import logging
import multiprocessing
import os
import re
import shutil
import sys
import traceback
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import monotonic

import nbformat
from tqdm import tqdm

from inklusion.danish import number
from inklusion.editions import data
from inklusion.editions.released import build, released
from inklusion.errors import ParameterError, ReportError
from inklusion.execution import execute, parameters_of
from inklusion.municipalities import COUNTRY, COUNTRY_NAME, Municipality, all_municipalities
from inklusion.processed import library_hash, require_edition
from inklusion.project import contain, root
from inklusion.report.page import Page, make_page, render_index, title_of

_INDEX = "../index.html"
_SHARED = "../"


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


def notebooks_of(scope: str) -> list[str]:
    """Names of the notebooks whose metadata carry the scope, in order."""
    found = []
    for path in sorted((root() / "notebooks").glob("*.ipynb")):
        if nbformat.read(path, as_version=4).metadata.get("inklusion", {}).get("scope") == scope:
            found.append(path.stem)
    return found


def plan(edition: str, places: Iterable[Municipality], *, with_edition: bool = True, timeout: int = 300) -> list[Job]:
    """The jobs of a run, each parameter checked against its notebook before anything starts.

    Raises
    ------
    ParameterError
        When a notebook does not know a parameter, or one of its own would keep its default.
    """
    require_edition(edition)
    jobs = [
        Job(Municipality(COUNTRY, COUNTRY_NAME), edition, tuple(notebooks_of("edition")), {"edition": edition}, timeout)
    ]
    own = tuple(notebooks_of("municipality"))
    jobs = jobs if with_edition else []
    jobs += [Job(p, edition, own, {"municipality": p.code, "edition": edition}, timeout) for p in places]
    for names, parameters in {(job.notebooks, tuple(job.parameters)): job.parameters for job in jobs}.items():
        for name in names[0]:
            _check_parameters(name, parameters)
    return jobs


def run(job: Job) -> Outcome:
    """Execute a job's notebooks, each in a fresh process, and publish the report when all of it is whole.

    A failing report leaves nothing behind in the published folder; its executed notebook is kept under ``failed/``.
    """
    contain()
    start = monotonic()
    published = _published_folder(job)
    building = root() / "reports" / f".building-{job.place.folder if not job.is_edition else 'edition'}"
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    try:
        reason = data.quarantined(job.edition).get(job.place.code)
        if reason:
            raise ReportError(f"Kommunens egne data bryder en regel. {reason}")
        pages = _make_pages(job, building)
    except Exception as problem:
        shutil.rmtree(building, ignore_errors=True)
        _withdraw(job, published)
        return Outcome(
            job.place.code, job.place.name, "fejlet", problem=_sentence(problem), seconds=monotonic() - start
        )
    files = _publish(job, building, published)
    titles = {page_title: page.name for page_title, page in pages.items()}
    key = build(job.edition)
    return Outcome(job.place.code, job.place.name, "færdig", titles, files, key=key, seconds=monotonic() - start)


def record(jobs: list[Job], outcomes: list[Outcome]) -> Path:
    """Write ``index.html`` and ``run.json``; neither holds a time, so the same inputs give the same bytes."""
    folder = root() / "reports" / jobs[0].edition
    folder.mkdir(parents=True, exist_ok=True)
    outcomes = sorted(outcomes, key=lambda outcome: outcome.code)
    merged = _merge(folder, outcomes)
    text = json.dumps(
        {
            "schema": 1,
            "edition": jobs[0].edition,
            "library": library_hash(),
            "inputs": data.inputs(jobs[0].edition),
            "notebooks": {
                name: _digest(root() / "notebooks" / f"{name}.ipynb") for job in jobs for name in job.notebooks
            },
            "reports": merged,
        },
        ensure_ascii=False,
        indent=1,
        sort_keys=True,
    )
    _write(folder / "run.json", text + "\n")
    _write(folder / "index.html", _index(jobs[0].edition, merged))
    return folder / "index.html"


def run_all(jobs: list[Job], *, workers: int | None = None, quiet: bool = False) -> list[Outcome]:
    """Build the edition once, then run all jobs, at most one per core, with progress and one log line each."""
    build(jobs[0].edition)
    log = _log()
    workers = min(workers or os.cpu_count() or 1, len(jobs))
    outcomes = []
    context = multiprocessing.get_context("spawn")
    hidden = quiet or not sys.stderr.isatty()
    kernels = root() / "log" / "kernels.log"
    with ProcessPoolExecutor(workers, context, initializer=_send_errors_to, initargs=(kernels,)) as pool:
        running = {pool.submit(run, job): job for job in jobs}
        for future in tqdm(as_completed(running), total=len(jobs), unit="rapport", disable=hidden):
            outcome = _outcome(future, running[future])
            outcomes.append(outcome)
            log.info("%s %s: %s (%.1f s)%s", outcome.code, outcome.name, outcome.status, outcome.seconds,
                     f" {outcome.problem}" if outcome.problem else "")  # fmt: skip
    for handler in log.handlers:
        handler.close()
    log.handlers.clear()
    return outcomes


def summary(outcomes: list[Outcome]) -> str:
    """The closing summary in Danish: how many reports, which failed and why."""
    done = [outcome for outcome in outcomes if outcome.status == "færdig"]
    failed = sorted((outcome for outcome in outcomes if outcome.status != "færdig"), key=lambda outcome: outcome.code)
    municipal = sum(outcome.code != COUNTRY for outcome in done)
    lines = [f"{number(municipal)} kommunerapporter er færdige, {number(len(failed))} fejlede."]
    lines += [f"- {outcome.name} ({outcome.code}): {outcome.problem}" for outcome in failed]
    return "\n".join(lines)


def _send_errors_to(path: Path) -> None:
    """In a worker: what kernels write to standard error goes to a file, so that the terminal stays readable."""
    os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND), sys.stderr.fileno())


def _check_parameters(notebook: str, parameters: dict[str, str]) -> None:
    known = parameters_of(root() / "notebooks" / f"{notebook}.ipynb")
    unknown, unset = sorted(set(parameters) - set(known)), sorted(set(known) - set(parameters))
    if unknown or unset:
        raise ParameterError(
            f"notebooks/{notebook}.ipynb har parametrene {sorted(known)}. Ukendte: {unknown or 'ingen'}; "
            f"uden værdi: {unset or 'ingen'}. Ingen rapport er lavet."
        )


def _make_pages(job: Job, building: Path) -> dict[str, Page]:
    executed = {name: _execute_or_keep(job, name) for name in job.notebooks}
    titles = {name: title_of(notebook) for name, notebook in executed.items()}
    links = {"Alle kommuner": "index.html" if job.is_edition else _INDEX}
    links |= {title: f"{name}.html" for name, title in titles.items()}
    if not job.is_edition:
        shared = {
            name: title_of(nbformat.read(root() / "notebooks" / f"{name}.ipynb", 4)) for name in notebooks_of("edition")
        }
        links |= {title: f"{_SHARED}{name}.html" for name, title in shared.items()}
    place = "Hele udgaven" if job.is_edition else job.place.name
    pages = {}
    for name, notebook in executed.items():
        page = make_page(notebook, name, place, links, wide=job.is_edition)
        if f"({job.place.code})" not in page.html:
            raise ReportError(f"{name}: siden handler om en anden kommune end {job.place.name}. Den er ikke udgivet.")
        pages[titles[name]] = page
        _write(building / page.name, page.html)
        for file, text in page.csv.items():
            _write(building / file, text)
    return pages


def _execute_or_keep(job: Job, name: str) -> nbformat.NotebookNode:
    """Execute a notebook; when it fails, keep what was executed outside the published folder."""
    kept = root() / "failed" / job.edition / job.place.folder / f"{name}.ipynb"
    kept.unlink(missing_ok=True)
    return execute(root() / "notebooks" / f"{name}.ipynb", job.parameters, keep=kept, timeout=job.timeout)


def _published_folder(job: Job) -> Path:
    folder = root() / "reports" / job.edition
    return folder if job.is_edition else folder / job.place.folder


def _withdraw(job: Job, published: Path) -> None:
    """Leave no old report standing for a failed one."""
    if job.is_edition:
        for file in _edition_files(published, job):
            file.unlink()
    else:
        shutil.rmtree(published, ignore_errors=True)


def _publish(job: Job, building: Path, published: Path) -> dict[str, str]:
    """Put the whole report in place by renaming; returns the hash of every file."""
    if job.is_edition:
        _withdraw(job, published)
        published.mkdir(parents=True, exist_ok=True)
        for file in sorted(building.iterdir()):
            file.replace(published / file.name)
        building.rmdir()
        return {file.name: _digest(file) for file in _edition_files(published, job)}
    published.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(published, ignore_errors=True)
    building.rename(published)
    return {file.name: _digest(file) for file in sorted(published.iterdir())}


def _edition_files(folder: Path, job: Job) -> list[Path]:
    prefixes = tuple(name[:3] for name in job.notebooks)
    return sorted(path for path in folder.glob("*") if path.is_file() and path.name.startswith(prefixes))


def _outcome(future, job: Job) -> Outcome:  # type: ignore[no-untyped-def]
    """The job's outcome, also when its process died."""
    try:
        return future.result()  # type: ignore[no-any-return]
    except Exception as problem:
        _withdraw(job, _published_folder(job))
        return Outcome(
            job.place.code, job.place.name, "fejlet", problem=f"Processen stoppede: {type(problem).__name__}."
        )


def _sentence(problem: Exception) -> str:
    text = re.sub(r"\s+", " ", str(problem)).strip()
    where = traceback.extract_tb(problem.__traceback__)[-1].name
    return text or f"{type(problem).__name__} i {where}"


def _merge(folder: Path, outcomes: list[Outcome]) -> dict[str, dict[str, object]]:
    """The outcomes of this run over those of earlier runs whose reports still stand."""
    try:
        earlier = json.loads((folder / "run.json").read_text(encoding="utf-8"))["reports"]
    except (OSError, ValueError, KeyError):
        earlier = {}
    fresh = {outcome.code: {k: v for k, v in asdict(outcome).items() if k != "seconds"} for outcome in outcomes}
    return dict(sorted({**earlier, **fresh}.items()))


def _index(edition: str, reports: dict[str, dict[str, object]]) -> str:
    coverage = released("coverage", edition).where(measure="available").table
    key = build(edition)
    figures = coverage[coverage["group"] != "kontekst"].groupby("municipality")["estimate"].sum()
    rows = []
    for place in all_municipalities():
        report = reports.get(place.code, {"status": "ikke lavet", "pages": {}})
        links = {title: f"{place.folder}/{page}" for title, page in report["pages"].items()}  # type: ignore[attr-defined]
        stale = report["status"] == "færdig" and report["key"] != key
        rows.append(
            {
                "name": place.name,
                "status": "fra en ældre dataversion" if stale else report["status"],
                "figures": number(figures.get(place.code, 0)),
                "links": links,
            }
        )
    done = sum(row["status"] == "færdig" for row in rows)
    shared = reports.get(COUNTRY, {"pages": {}})["pages"]
    text = f"{number(done)} af {number(len(rows))} kommuner har en rapport. Alle tal er offentliggjorte og handler om grupper."
    return render_index(rows=rows, shared=shared, summary=text)


def _log() -> logging.Logger:
    folder = root() / "log"
    folder.mkdir(exist_ok=True)
    log = logging.getLogger("inklusion.batch")
    log.setLevel(logging.INFO)
    log.propagate = False
    handler = logging.FileHandler(folder / "reports.log", mode="w", encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    log.addHandler(handler)
    return log


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
