"""Every notebook runs top to bottom as it stands, and for another municipality after one edit."""

from pathlib import Path

import nbformat
import pytest

from inklusion.jobs import notebooks_of
from inklusion.errors import ReportError
from inklusion.execution import execute

ROOT = Path(__file__).parents[2]
PATHS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def shown(notebook):
    return [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_notebook_runs_with_its_default_parameters(path, broken_project, register_project, monkeypatch):
    editions = nbformat.read(path, 4).metadata["inklusion"]["editions"]
    folder = broken_project if "published" in editions else register_project
    monkeypatch.setenv("INKLUSION_PROJECT", str(folder))
    done = execute(folder / "notebooks" / path.name, {}, keep=folder / "failed.ipynb", timeout=120)
    outputs = shown(done)
    assert len(outputs) >= 4
    assert all("text/html" in output.data for output in outputs)


def test_changing_the_municipality_is_one_edit(broken_project):
    path = broken_project / "notebooks" / "10_segregation_risk_profile.ipynb"
    notebook = nbformat.read(path, 4)
    changed = [cell for cell in notebook.cells if '"Ballerup"' in cell.source]
    assert len(changed) == 1
    changed[0].source = changed[0].source.replace("Ballerup", "Roskilde")
    nbformat.write(notebook, path)
    done = execute(path, {}, keep=broken_project / "failed.ipynb", timeout=120)
    text = " ".join(output.data["text/html"] for output in shown(done))
    assert "434 af 11.055 grundskoleelever med bopæl i Roskilde" in text


def test_a_removed_library_function_breaks_the_right_notebook(broken_project):
    path = broken_project / "notebooks" / "10_segregation_risk_profile.ipynb"
    path.write_text(path.read_text(encoding="utf-8").replace("prose.mean_risk", "prose.mean_risc"), encoding="utf-8")
    number = next(i for i, cell in enumerate(nbformat.read(path, 4).cells) if "mean_risc" in cell.source)
    with pytest.raises(ReportError, match=rf"10_segregation_risk_profile\.ipynb, celle {number}: AttributeError"):
        execute(path, {}, keep=broken_project / "failed.ipynb", timeout=120)


def test_the_scopes_are_as_the_batch_needs_them(broken_project):
    assert notebooks_of("edition", "published") == ["00_data_and_coverage", "90_reconciliation"]
    assert len(notebooks_of("municipality", "published")) == 7
    assert notebooks_of("edition", "synthetic") == ["15_model_card"]
    surveys = ["30_wellbeing_trends", "31_staff_survey", "35_follow_up", "40_programme_evaluation"]
    own = ["10_segregation_risk_profile", "12_placements_and_returns", "20_municipality_comparison", *surveys, "50_economy"]
    assert notebooks_of("municipality", "synthetic") == own
    assert notebooks_of("workbench", "own") == ["11_risk_model"]
