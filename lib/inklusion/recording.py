"""What happened: the index page, ``run.json`` and the closing summary."""

import json
import re
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from inklusion.danish import number
from inklusion.disclosure.release import SHOWN
from inklusion.editions.registered import is_registered
from inklusion.editions.released import inputs, places, quarantined, released, shown_as
from inklusion.jobs import (
    DONE,
    FAILED,
    Job,
    Outcome,
    digest,
    has_something,
    notebook_path,
    notebooks_of,
    report_key,
    write,
)
from inklusion.municipalities import COUNTRY, name_of
from inklusion.processed import library_hash
from inklusion.project import root
from inklusion.report.page import render_index

_BASIS = {
    "published": "Alle tal er offentliggjorte og handler om grupper.",
    "synthetic": "Alle tal bygger på syntetiske data: kommuner og elever findes ikke.",
    "own": "Alle tal bygger på et elevregister og handler om grupper.",
}

Reports = dict[str, dict[str, Any]]


def record(jobs: list[Job], outcomes: list[Outcome]) -> Path:
    """Write ``index.html`` and ``run.json``; neither holds a time, so the same inputs give the same bytes.

    A municipality that is set aside, and a folder that no run has recorded, keep no report.
    """
    edition = jobs[0].edition
    folder = root() / "reports" / edition
    folder.mkdir(parents=True, exist_ok=True)
    reports = _merge(folder, outcomes) | _set_aside(edition)
    _remove_unrecorded(folder, reports)
    run = {
        "schema": 1,
        "edition": edition,
        "library": library_hash(),
        "inputs": inputs(edition),
        "notebooks": {name: digest(notebook_path(name)) for job in jobs for name in job.notebooks},
        "reports": dict(sorted(reports.items())),
    }
    write(folder / "run.json", json.dumps(run, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
    write(folder / "index.html", _index(edition, reports))
    return folder / "index.html"


def summary(edition: str, outcomes: list[Outcome]) -> str:
    """The closing summary in Danish: how many reports, which failed and why, and who is set aside."""
    failed = sorted((outcome for outcome in outcomes if outcome.status != DONE), key=lambda outcome: outcome.code)
    municipal = sum(outcome.status == DONE and outcome.code != COUNTRY for outcome in outcomes)
    lines = [f"{number(municipal)} kommunerapporter er færdige, {number(len(failed))} fejlede."]
    lines += [f"- {outcome.name} ({outcome.code}): {outcome.problem}" for outcome in failed]
    told = {outcome.code for outcome in failed}
    return "\n".join(lines + [line for code, line in set_aside_lines(edition).items() if code not in told])


def set_aside_lines(edition: str) -> dict[str, str]:
    """For each municipality that is set aside: who and why, in Danish."""
    found = quarantined(edition)
    return {code: f"- {name_of(code)} ({code}) er sat til side: {why}" for code, why in found.items()}


def _set_aside(edition: str) -> Reports:
    problem = "Kommunens egne data bryder en regel."
    return {
        code: _entry(Outcome(code, name_of(code), FAILED, problem=f"{problem} {why}"))
        for code, why in quarantined(edition).items()
    }


def _merge(folder: Path, outcomes: list[Outcome]) -> Reports:
    """The outcomes of this run over those of earlier runs whose reports still stand."""
    try:
        earlier: Reports = json.loads((folder / "run.json").read_text(encoding="utf-8"))["reports"]
    except (OSError, ValueError, KeyError):
        earlier = {}
    return {**earlier, **{outcome.code: _entry(outcome) for outcome in outcomes}}


def _entry(outcome: Outcome) -> dict[str, Any]:
    return {name: value for name, value in asdict(outcome).items() if name != "seconds"}


def _remove_unrecorded(folder: Path, reports: Reports) -> None:
    for path in folder.iterdir():
        code = path.name[:3]
        if path.is_dir() and re.match(r"\d{3}-", path.name) and reports.get(code, {}).get("status") != DONE:
            shutil.rmtree(path)


def _index(edition: str, reports: Reports) -> str:
    figures = _figures(edition)
    notebooks = notebooks_of("municipality", edition)
    rows = []
    for place in places(edition):
        key = report_key(edition, tuple(name for name in notebooks if has_something(name, edition, place.code)))
        report = reports.get(place.code, {"status": "ikke lavet", "pages": {}, "key": ""})
        stale = report["status"] == DONE and report["key"] != key
        rows.append(
            {
                "name": place.name,
                "status": "fra en ældre version" if stale else report["status"],
                "figures": number(figures.get(place.code, 0)),
                "links": {title: f"{place.folder}/{page}" for title, page in report["pages"].items()},
            }
        )
    done = sum(row["status"] == DONE for row in rows)
    shared = reports.get(COUNTRY, {"pages": {}})["pages"]
    text = f"{number(done)} af {number(len(rows))} kommuner har en rapport. {_BASIS[shown_as(edition)]}"
    return render_index(rows=rows, shared=shared, summary=text, edition=shown_as(edition))


def _figures(edition: str) -> pd.Series:
    """How many figures each municipality has beyond context."""
    if is_registered(edition):
        table = released("expected", edition).table
        return table[table["status"] == SHOWN].groupby("municipality").size()
    coverage = released("coverage", edition).where(measure="available").table
    return coverage[coverage["group"] != "kontekst"].groupby("municipality")["estimate"].sum()
