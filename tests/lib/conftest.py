"""A copy of the project's raw files, built once: the tests never touch data/processed of the project itself."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from inklusion import processed
from inklusion.editions import released

ROOT = Path(__file__).parents[2]
SOURCES = ("facts", "municipalities", "context")


@pytest.fixture(scope="session")
def published(tmp_path_factory):
    """The published edition: processed tables (facts, municipalities, context) and released tables by name."""
    folder = tmp_path_factory.mktemp("project")
    shutil.copytree(ROOT / "data/raw", folder / "data/raw")
    shutil.copytree(ROOT / "settings", folder / "settings")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INKLUSION_PROJECT", str(folder))
        released.build("published")
        tables = {name: processed.load(name, "published") for name in SOURCES}
        shown = {name: released.released(name, "published") for name in released.names_of("published")}
    return SimpleNamespace(**tables, released=shown)


@pytest.fixture
def facts(published):
    """The processed facts; a copy, so that a test may change a number."""
    return published.facts.copy()
