"""Notebooks decide and explain; the library computes. Every message names file and cell."""

import ast
import re
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[2]
PATHS = sorted((ROOT / "notebooks").glob("*.ipynb"))
SECTIONS = ["Data", "Metode", "Hvor sikre er vi?", "Hvad siden ikke siger", "Kilder og gentagelse"]
FORBIDDEN_NAMES = {"open", "eval", "exec", "print", "input", "globals", "__import__"}
FORBIDDEN_MODULES = {"pandas", "numpy", "matplotlib", "seaborn", "sys", "os", "pathlib"}
FORBIDDEN_METHODS = {"groupby", "agg", "mean", "sum", "read_csv", "read_parquet", "to_csv", "fillna", "merge", "pivot"}


def read(path):
    return nbformat.read(path, as_version=4)


def code_cells():
    return [
        pytest.param(path, number, cell, id=f"{path.stem}:{number}")
        for path in PATHS
        for number, cell in enumerate(read(path).cells)
        if cell.cell_type == "code"
    ]


def is_workbench(path):
    """In a workbench a researcher sets the numbers of a model; results still come from the library."""
    return read(path).metadata["inklusion"]["scope"] == "workbench"


def prose_of(path):
    return "\n\n".join(cell.source for cell in read(path).cells if cell.cell_type == "markdown")


def lix(text):
    """Björnsson's readability index of the running text: words per sentence plus per cent of words over six letters."""
    plain = re.sub(r"[*`»«]", " ", re.sub(r"^#.*$", "", text, flags=re.MULTILINE))
    words = re.findall(r"[A-Za-zÆØÅæøå0-9]+", plain)
    sentences = [part for part in re.split(r"[.!?:](?:\s|$)", plain) if re.search(r"\w", part)]
    return len(words) / len(sentences) + 100 * sum(len(word) > 6 for word in words) / len(words)


def test_there_are_notebooks_to_check():
    assert [path.stem for path in PATHS] == [
        "00_data_and_coverage",
        "10_segregation_risk_profile",
        "11_risk_model",
        "12_placements_and_returns",
        "15_model_card",
        "20_municipality_comparison",
        "30_wellbeing_trends",
        "31_staff_survey",
        "35_follow_up",
        "40_programme_evaluation",
        "50_economy",
        "90_reconciliation",
    ]


@pytest.mark.parametrize(("path", "number", "cell"), code_cells())
def test_a_code_cell_is_stripped(path, number, cell):
    assert not cell.outputs, f"{path.name}, cell {number}: holds output; run `make strip`"
    assert cell.execution_count is None, f"{path.name}, cell {number}: holds an execution count; run `make strip`"


@pytest.mark.parametrize(("path", "number", "cell"), code_cells())
def test_a_code_cell_holds_no_logic(path, number, cell):
    where = f"{path.name}, cell {number}"
    assert not re.search(r"^\s*[!%]", cell.source, re.MULTILINE), f"{where}: a shell or magic line"
    banned = (ast.FunctionDef, ast.ClassDef, ast.Lambda, ast.For, ast.While, ast.If, ast.With, ast.Try, ast.ListComp)
    for node in ast.walk(ast.parse(cell.source)):
        assert not isinstance(node, banned), f"{where}: {type(node).__name__} belongs in the library"
        if isinstance(node, ast.ImportFrom | ast.Import):
            module = getattr(node, "module", None) or node.names[0].name
            assert module.split(".")[0] not in FORBIDDEN_MODULES, f"{where}: imports {module}"
            assert all(alias.name != "*" for alias in node.names), f"{where}: star import"
        if isinstance(node, ast.Name):
            assert node.id not in FORBIDDEN_NAMES, f"{where}: calls {node.id}"
        if isinstance(node, ast.Attribute):
            assert node.attr not in FORBIDDEN_METHODS, f"{where}: .{node.attr} belongs in the library"


@pytest.mark.parametrize(("path", "number", "cell"), code_cells())
def test_a_code_cell_is_short_and_holds_no_path(path, number, cell):
    where = f"{path.name}, cell {number}"
    assert len(cell.source.splitlines()) <= 15, f"{where}: longer than 15 lines"
    for node in ast.walk(ast.parse(cell.source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            assert not re.search(r"[/\\]|\.(csv|parquet|xlsx)$", node.value), f"{where}: holds a path"
        is_number = isinstance(node, ast.Constant) and isinstance(node.value, int | float)
        if is_number and not is_workbench(path) and "parameters" not in cell.metadata.get("tags", []):
            raise AssertionError(f"{where}: holds a number; results come from the library")


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_one_parameter_cell_of_plain_literals_with_a_meaning(path):
    tagged = [cell for cell in read(path).cells if "parameters" in cell.metadata.get("tags", [])]
    assert len(tagged) == 1, f"{path.name}: {len(tagged)} parameter cells"
    for line in tagged[0].source.splitlines():
        literal = r'\w+: (str = "[^"=]*"|int = \d+|float = \d+\.\d+)  # .+'
        assert re.fullmatch(literal, line), f"{path.name}: parameter line '{line}'"


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_the_sections_stand_in_the_fixed_order(path):
    text = prose_of(path)
    titles = re.findall(r"^## (.+)$", text, re.MULTILINE)
    found = [title for title in titles if title in SECTIONS]
    assert found == SECTIONS, f"{path.name}: sections are {found}"
    assert len(re.findall(r"^# ", text, re.MULTILINE)) == 1, f"{path.name}: not one first-level heading"


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_prose_stands_before_most_code_cells(path):
    cells = read(path).cells
    code = [number for number, cell in enumerate(cells) if cell.cell_type == "code"]
    before = [number for number in code if number and cells[number - 1].cell_type == "markdown"]
    assert len(before) >= 0.8 * len(code), f"{path.name}: prose before {len(before)} of {len(code)} code cells"


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_no_result_number_is_typed_into_the_prose(path):
    for number, cell in enumerate(read(path).cells):
        if cell.cell_type == "markdown":
            typed = re.findall(r"\d+[.,]\d+|\d+ pct\.|\d+ procent\b", cell.source)
            assert not typed, f"{path.name}, cell {number}: typed number {typed}; use prose"


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_the_prose_is_plain(path):
    assert 35 <= lix(prose_of(path)) <= 45, f"{path.name}: LIX {lix(prose_of(path)):.1f}"


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_cited_assumptions_exist(path):
    known = set(re.findall(r"\bA\d+\b", (ROOT / "ASSUMPTIONS.md").read_text(encoding="utf-8")))
    cited = set(re.findall(r"antagelse (A\d+)", prose_of(path)))
    assert cited <= known, f"{path.name}: {sorted(cited - known)}"


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_the_scope_is_declared_and_no_tool_left_traces(path):
    metadata = read(path).metadata
    assert metadata["inklusion"]["scope"] in {"edition", "municipality", "workbench"}
    assert set(metadata["inklusion"]["editions"]) <= {"published", "register"}
    assert metadata["inklusion"]["editions"], f"{path.name}: belongs to no edition"
    assert set(metadata) <= {"inklusion", "kernelspec", "language_info"}, f"{path.name}: metadata {sorted(metadata)}"
