"""Reports in two steps: plan (checked before anything starts) and run (isolated). A third, record, tells of it."""

import logging
import multiprocessing
import os
import re
import shutil
import sys
import threading
import traceback
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from time import monotonic

import nbformat
import psutil
from tqdm import tqdm

from inklusion.disclosure.scan import Scan, library_wording
from inklusion.editions.data import document_texts
from inklusion.editions.registered import is_registered
from inklusion.editions.released import build, inputs, names_of, places, quarantined, released, rule_of, shown_as
from inklusion.editions.view import require_place
from inklusion.errors import InklusionError, ParameterError, ReportError
from inklusion.execution import execute, parameters_of
from inklusion.jobs import (
    DONE,
    FAILED,
    Job,
    Outcome,
    digest,
    edition_files,
    has_something,
    notebook_path,
    notebooks_of,
    report_key,
    settings_of,
    withdraw,
    write,
)
from inklusion.municipalities import COUNTRY, COUNTRY_NAME, Municipality
from inklusion.processed import require_edition
from inklusion.project import contain, root
from inklusion.report.page import Page, make_page, title_of

_NAMED = 5


def plan(edition: str, places: Iterable[Municipality], *, timeout: int = 300) -> list[Job]:
    """The jobs of a run, each parameter checked against its notebook before anything starts.

    Raises
    ------
    ParameterError
        When a notebook does not know a parameter, or one of its own would keep its default.
    """
    require_edition(edition)
    places = list(places)
    for place in places:
        require_place(place, edition)
    own = notebooks_of("municipality", edition)
    whole = tuple(name for name in notebooks_of("edition", edition) if has_something(name, edition, COUNTRY))
    jobs = [Job(Municipality(COUNTRY, COUNTRY_NAME), edition, whole, {"edition": edition}, timeout)]
    for place in places:
        chosen = tuple(name for name in own if has_something(name, edition, place.code))
        jobs.append(Job(place, edition, chosen, {"municipality": place.code, "edition": edition}, timeout))
    for name, parameters in {name: job.parameters for job in jobs for name in job.notebooks}.items():
        _check_parameters(name, parameters | settings_of(name))
    return jobs


def run(job: Job) -> Outcome:
    """Execute a job's notebooks, each in a fresh process, and publish the report when all of it is whole.

    A failing report leaves nothing behind in the published folder; its executed notebook is kept under ``failed/``.
    """
    contain()
    start = monotonic()
    shutil.rmtree(job.building, ignore_errors=True)
    job.building.mkdir(parents=True)
    try:
        reason = quarantined(job.edition).get(job.place.code)
        if reason:
            raise ReportError(f"Kommunens egne data bryder en regel. {reason}")
        titles = _make_pages(job)
    except Exception as problem:
        shutil.rmtree(job.building, ignore_errors=True)
        withdraw(job)
        return Outcome(*job.place, FAILED, problem=_sentence(problem), seconds=monotonic() - start)
    files = _publish(job)
    key = report_key(job.edition, job.notebooks)
    return Outcome(*job.place, DONE, titles, files, key=key, seconds=monotonic() - start)


def run_all(jobs: list[Job], *, workers: int | None = None, quiet: bool = False) -> list[Outcome]:
    """Build the edition once, then run all jobs, at most one per core, with progress and one log line each.

    Raises
    ------
    ReportError
        In Danish, when another run is going on in this project.
    """
    with _alone():
        build(jobs[0].edition)
        log = _log()
        cores = os.cpu_count() or 1
        count = max(1, min(workers or cores, cores, len(jobs)))
        hidden = quiet or not sys.stderr or not sys.stderr.isatty()
        outcomes = []
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(count, context, _prepare_worker, (root() / "log" / "kernels.log",)) as pool:
            running = {pool.submit(run, job): job for job in jobs}
            for future in tqdm(as_completed(running), total=len(jobs), unit="rapport", disable=hidden):
                outcome = _outcome(future, running[future])
                outcomes.append(outcome)
                log.info("%s %s: %s (%.1f s) %s", *outcome_line(outcome))
        for handler in log.handlers[:]:
            handler.close()
            log.removeHandler(handler)
    return outcomes


def outcome_line(outcome: Outcome) -> tuple[str, str, str, float, str]:
    """The parts of an outcome's line in the log."""
    return outcome.code, outcome.name, outcome.status, outcome.seconds, outcome.problem


@contextmanager
def _alone() -> Iterator[None]:
    """One run at a time in a project: two would withdraw each other's reports."""
    lock = root() / ".cache" / "run.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    owner, _, started = (lock.read_text(encoding="utf-8") if lock.exists() else "").partition(" ")
    if owner and int(owner) != os.getpid() and started == _started(int(owner)):
        raise ReportError(
            f"En anden kørsel (proces {owner}) er i gang i denne mappe. Vent, til den er færdig, eller stop den."
        )
    write(lock, f"{os.getpid()} {_started(os.getpid())}")
    for leftover in (root() / "reports").glob(".building-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)


def _started(process: int) -> str:
    """When a process started, so that a number used again is not taken for the old run; empty when it is gone."""
    try:
        return str(psutil.Process(process).create_time())
    except psutil.NoSuchProcess:
        return ""


def _prepare_worker(errors: Path) -> None:
    """In a worker: kernels' error output goes to a file, and the worker does not outlive the run that started it."""
    if sys.stderr:
        os.dup2(os.open(errors, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), sys.stderr.fileno())
    threading.Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _check_parameters(notebook: str, parameters: dict[str, str]) -> None:
    known = parameters_of(notebook_path(notebook))
    unknown, unset = sorted(set(parameters) - set(known)), sorted(set(known) - set(parameters))
    if unknown or unset:
        raise ParameterError(
            f"notebooks/{notebook}.ipynb har parametrene {sorted(known)}. Ukendte: {unknown or 'ingen'}; "
            f"uden værdi: {unset or 'ingen'}. Ingen rapport er lavet."
        )


def _make_pages(job: Job) -> dict[str, str]:
    """Put all pages and CSV files into the building folder; returns file name by title."""
    executed = {name: _execute(job, name) for name in job.notebooks}
    titles = {title_of(notebook): f"{name}.html" for name, notebook in executed.items()}
    links = {"Alle kommuner": "index.html" if job.is_edition else "../index.html"} | titles
    if not job.is_edition:
        whole = (name for name in notebooks_of("edition", job.edition) if has_something(name, job.edition, COUNTRY))
        shared = {name: nbformat.read(notebook_path(name), 4) for name in whole}
        links |= {title_of(notebook): f"../{name}.html" for name, notebook in shared.items()}
    place = "Hele udgaven" if job.is_edition else job.place.name
    scan = _scan(job.edition, build(job.edition)) if is_registered(job.edition) else None
    for name, notebook in executed.items():
        page = make_page(notebook, name, place, links, edition=shown_as(job.edition), wide=job.is_edition)
        if scan:
            _require_released(scan, job, page, [place, *titles.values(), *links, *links.values(), *_markdown(notebook)])
        _put(job, page)
    return titles


def _markdown(notebook: nbformat.NotebookNode) -> list[str]:
    return [str(cell.source) for cell in notebook.cells if cell.cell_type == "markdown"]


def _require_released(scan: Scan, job: Job, page: Page, texts: list[str]) -> None:
    """Refuse a page that shows a number no table was released with; digits stay out of the message.

    Only for editions of a register: pages of the published one also show texts and counts of the sources themselves.

    Raises
    ------
    ReportError
        In Danish, naming the page and the first places.
    """
    found = scan.unreleased(page.html, page.csv, municipality=job.place.code, texts=texts)
    if found:
        named = (place.rpartition(": ") for place in found[:_NAMED])
        masked = "; ".join(f"{where} »{re.sub(r'[0-9]', '#', number)}«" for where, _, number in named)
        raise ReportError(
            f"{page.name}: {len(found)} tal står ikke i nogen frigivet tabel. Siden er ikke udgivet. De første: {masked}."
        )


@cache
def _scan(edition: str, key: str) -> Scan:
    """The released tables and the fixed wording of an edition, once per process and state of its data."""
    about = [
        rule_of(edition).sentence_da,
        *(part for file in inputs(edition).items() for part in (file[0], file[1][:12])),
        *document_texts(),
    ]
    named = [text for place in (*places(edition), Municipality(COUNTRY, COUNTRY_NAME)) for text in _called(place)]
    tables = [released(name, edition).table for name in names_of(edition)]
    return Scan(tables, [*library_wording(), *about, *named])


def _called(place: Municipality) -> tuple[str, ...]:
    return place.name, f"{place.name} ({place.code})", f"--municipality {place.code}"


def _put(job: Job, page: Page) -> None:
    if f"({job.place.code})" not in page.html:
        raise ReportError(f"{page.name}: siden handler ikke om {job.place.name}. Den er ikke udgivet.")
    write(job.building / page.name, page.html)
    for file, text in page.csv.items():
        write(job.building / file, text)


def _execute(job: Job, name: str) -> nbformat.NotebookNode:
    """Execute a notebook; when it fails, keep what was executed outside the published folder."""
    kept = root() / "failed" / job.edition / job.place.folder / f"{name}.ipynb"
    kept.unlink(missing_ok=True)
    return execute(notebook_path(name), job.parameters | settings_of(name), keep=kept, timeout=job.timeout)


def _publish(job: Job) -> dict[str, str]:
    """Put the whole report in place by renaming; returns the hash of every file."""
    withdraw(job)
    if job.is_edition:
        job.published.mkdir(parents=True, exist_ok=True)
        for file in sorted(job.building.iterdir()):
            file.replace(job.published / file.name)
        job.building.rmdir()
        return {file.name: digest(file) for file in edition_files(job)}
    job.published.parent.mkdir(parents=True, exist_ok=True)
    job.building.rename(job.published)
    return {file.name: digest(file) for file in sorted(job.published.iterdir())}


def _outcome(future: Future[Outcome], job: Job) -> Outcome:
    """The job's outcome, also when its process died."""
    try:
        return future.result()
    except Exception as problem:
        withdraw(job)
        return Outcome(*job.place, FAILED, problem=f"Processen stoppede: {type(problem).__name__}.")


def _sentence(problem: Exception) -> str:
    """Our own errors speak for themselves; of any other only kind and place are told, for it may hold values."""
    if isinstance(problem, InklusionError):
        return re.sub(r"\s+", " ", str(problem)).strip()
    return f"{type(problem).__name__} i {traceback.extract_tb(problem.__traceback__)[-1].name}"


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
