"""Shared: a copy of the project that a test may break, and the environment that stays inside it."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from inklusion.editions import released

ROOT = Path(__file__).parents[1]
SMALL = {
    "synthetic.toml": "pupils = 60000\nyears = 2\nseed = 7\nmunicipalities = 8\n",
    "risk_model.toml": 'models = ["logistic"]\nfolds = 4\nknots = 3\n',
}


@pytest.fixture
def broken_project(tmp_path, monkeypatch):
    """A copy of data/raw and notebooks in a folder with a space and Danish letters; INKLUSION_PROJECT points there."""
    folder = tmp_path / "prøve på æøå"
    copy_project(folder)
    monkeypatch.setenv("INKLUSION_PROJECT", str(folder))
    monkeypatch.chdir(folder)
    return folder


def copy_project(folder):
    """Raw files and notebooks as they are, and settings that make a small synthetic register."""
    shutil.copytree(ROOT / "data" / "raw", folder / "data" / "raw")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    shutil.copytree(ROOT / "plans", folder / "plans")
    (folder / "settings").mkdir()
    for name in ("comparison.toml", "follow_up.toml"):
        shutil.copy(ROOT / "settings" / name, folder / "settings")
    for name, text in SMALL.items():
        (folder / "settings" / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def copied():
    """The function that copies the project into a folder."""
    return copy_project


@pytest.fixture(scope="session")
def register_project(tmp_path_factory):
    """A project whose synthetic edition is small and already built; tests only read it."""
    folder = copy_project(tmp_path_factory.mktemp("register") / "mappe æøå")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INKLUSION_PROJECT", str(folder))
        released.build("synthetic")
    return folder


@pytest.fixture
def redeliver(broken_project):
    """Change a raw file and its manifest entry together, as a new delivery would."""

    def change(path, edit):
        file = broken_project / "data" / "raw" / path
        file.write_text(edit(file.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        manifest = broken_project / "data" / "raw" / "manifest.toml"
        text = manifest.read_text(encoding="utf-8")
        pattern = re.compile(rf'(path = "{re.escape(path)}"\nsha256 = ")[0-9a-f]+"\nbytes = \d+')
        assert pattern.search(text), path
        size = file.stat().st_size
        manifest.write_text(pattern.sub(rf'\g<1>{digest}"\nbytes = {size}', text), encoding="utf-8", newline="\n")

    return change


@pytest.fixture
def command():
    """Run ``python -m inklusion …`` in a folder and return the finished process."""

    def run(folder, *words):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("COV_")} | {"PYTHONUTF8": "1"}
        return subprocess.run(
            [sys.executable, "-m", "inklusion", *words],
            cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8", check=False,
        )  # fmt: skip

    return run
