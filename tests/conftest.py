"""Shared: a copy of the project that a test may break, and the environment that stays inside it."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture
def broken_project(tmp_path, monkeypatch):
    """A copy of data/raw and notebooks in a folder with a space and Danish letters; INKLUSION_PROJECT points there."""
    folder = tmp_path / "prøve på æøå"
    shutil.copytree(ROOT / "data" / "raw", folder / "data" / "raw")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    monkeypatch.setenv("INKLUSION_PROJECT", str(folder))
    monkeypatch.chdir(folder)
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
