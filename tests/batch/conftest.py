"""One small batch in a copy of the project, shared by the tests that only look at its result."""

import hashlib
from pathlib import Path

import pytest

from inklusion import batch, recording
from inklusion.municipalities import municipality

ROOT = Path(__file__).parents[2]
PLACES = ("Ballerup", "Albertslund", "Læsø", "København")


def hashes(folder):
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def make_reports(places=PLACES, *, timeout=120):
    jobs = batch.plan("published", [municipality(place) for place in places], timeout=timeout)
    outcomes = batch.run_all(jobs, quiet=True)
    recording.record(jobs, outcomes)
    return {outcome.name: outcome for outcome in outcomes}


@pytest.fixture(scope="session")
def finished(tmp_path_factory, copied):
    """Reports of four municipalities, made in a folder with a space and Danish letters."""
    folder = tmp_path_factory.mktemp("sti med æøå") / "min mappe"
    copied(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INKLUSION_PROJECT", str(folder))
        home = tmp_path_factory.mktemp("hjem")
        patch.setenv("HOME", str(home))
        patch.setenv("USERPROFILE", str(home))
        patch.chdir(folder)
        outcomes = make_reports()
    assert not list(home.rglob("*")), "a run wrote outside the project folder"
    return folder, outcomes
