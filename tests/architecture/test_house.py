"""The house is still the house: sizes, walls, generated files, no trace of persons or machines."""

import ast
import re
import subprocess
import tomllib
from pathlib import Path

import nbformat
import pytest

from inklusion.contracts.dictionary import render
from inklusion.definitions import registry

ROOT = Path(__file__).parents[2]
LIBRARY = sorted((ROOT / "lib" / "inklusion").rglob("*.py"))


def name(path):
    return path.relative_to(ROOT).as_posix()


def tracked():
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode or not done.stdout:
        pytest.skip("not a git checkout")
    return [ROOT / line for line in done.stdout.splitlines() if (ROOT / line).is_file()]


@pytest.mark.parametrize("path", LIBRARY, ids=name)
def test_a_file_holds_one_idea(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400, name(path)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef):
            body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
            assert node.end_lineno - body[0].lineno + 1 <= 50, f"{name(path)}: {node.name}"
            assert len(node.args.args) <= 6, f"{name(path)}: {node.name} takes too many positional arguments"


@pytest.mark.parametrize("path", LIBRARY, ids=name)
def test_third_party_walls(path):
    names = (
        "style",
        "comparison",
        "risk",
        "trend",
        "expected",
        "profile",
        "placements",
        "standing",
        "tiles",
        "economy",
        "printed_economy",
        "follow_up",
        "programme",
        "staff_survey",
        "wellbeing",
    )
    figures = {f"figures/{name}.py" for name in names}
    walls = {
        "pandera": {"contracts/validation.py"},
        "papermill": {"execution.py"},
        "matplotlib": figures,
        "seaborn": figures,
        "sklearn": {"models/design.py", "models/cross_fit.py"},
        "nbconvert": {"report/page.py"},
        "tqdm": {"batch.py"},
    }
    own = path.relative_to(ROOT / "lib" / "inklusion").as_posix()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import | ast.ImportFrom):
            module = (getattr(node, "module", None) or node.names[0].name).split(".")[0]
            assert module not in walls or own in walls[module], f"{own} imports {module}"
            assert module not in {"requests", "urllib", "http", "socket"}, f"{own} could open a network connection"


@pytest.mark.parametrize("path", LIBRARY, ids=name)
def test_only_the_command_line_prints(path):
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    printed = [node for node in calls if getattr(node.func, "id", "") == "print"]
    assert not printed or path.name == "__main__.py"


def test_every_public_measure_names_its_source():
    for path in (ROOT / "lib" / "inklusion" / "measures").glob("[a-z]*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                text = ast.get_docstring(node) or ""
                for part in ("Parameters", "Returns", ">>>", "References"):
                    assert part in text, f"{name(path)}: {node.name} lacks {part}"


def test_the_data_dictionary_is_fresh():
    assert (ROOT / "data" / "DICTIONARY.md").read_text(encoding="utf-8") == render(), "run `make dictionary`"


def test_no_function_returns_a_row_per_child():
    """The published edition has no persons; no table's contract may carry an identifier of one."""
    for path in LIBRARY:
        assert not re.search(r"pupil_id|person_id|cpr|pnr", path.read_text(encoding="utf-8"), re.IGNORECASE), name(path)


def test_every_definition_has_a_source_and_a_denominator_or_none():
    for entry in registry().values():
        assert entry.source, entry.id
        assert entry.unit != "pct." or entry.denominator_da, entry.id


def test_no_restricted_delivery_is_tracked():
    manifest = tomllib.loads((ROOT / "data" / "raw" / "manifest.toml").read_text(encoding="utf-8"))
    restricted = {f"data/raw/{entry['path']}" for entry in manifest["file"] if entry["access"] != "public"}
    assert not restricted & {path.relative_to(ROOT).as_posix() for path in tracked()}
    assert not [p for p in tracked() if p.relative_to(ROOT).parts[:2] in {("data", "processed"), ("data", "own")}]


def test_nothing_that_is_built_is_tracked():
    roots = {path.relative_to(ROOT).parts[0] for path in tracked()}
    assert not roots & {"reports", "failed", "log", ".cache", ".venv"}


def test_no_tracked_text_looks_like_a_person_number_or_an_address():
    for path in tracked():
        if path.suffix in {".csv", ".md", ".toml", ".ipynb"} and path.name != "requirements.lock":
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"\b\d{6}-\d{4}\b", text), name(path)
            assert not re.search(r"[\w.]+@[\w.]+\.dk", text), name(path)


def test_the_lock_pins_the_named_packages_with_hashes():
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    for package in ("jupyterlab", "pandas", "statsmodels", "scikit-learn", "seaborn", "papermill", "nbconvert"):
        assert re.search(rf"^{package}==[\d.]+ .*\\\n    --hash=sha256:", text, re.MULTILINE), package
    assert "requirements.lock" in (ROOT / "environment.yml").read_text(encoding="utf-8")


def test_every_notebook_knows_its_kernel():
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        assert nbformat.read(path, as_version=4).metadata.kernelspec.name == "python3"
