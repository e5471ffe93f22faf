"""What goes wrong stays where it went wrong, is named, and leaves nothing stale."""

import base64
import re

import nbformat
import pytest

from inklusion import batch
from inklusion.errors import ManifestError, MunicipalityError, ParameterError
from inklusion.municipalities import municipality

from .conftest import make_reports

CONTEXT = "danmarks-statistik/2026-11-21/kommuner_sociooekonomi_skole_seneste.csv"
LIST = "danmarks-statistik/2026-11-21/kommuner_98.csv"
BANDS = "ballerup/2026-11-21/fig_4_1_1_risikofordeling_kommuner.csv"
CANARY = "010203-1234"


def everything(folder):
    """All text of all published files, images decoded."""
    found = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        text = path.read_text(encoding="utf-8")
        for image in re.findall(r"base64,([A-Za-z0-9+/=]+)", text):
            text += base64.b64decode(image).decode("utf-8")
        found[path.relative_to(folder).as_posix()] = text.replace("<wbr>", "")
    return found


def change_cell(text, code, column, value):
    header, *rows = text.splitlines()
    place = header.split(",").index(column)
    changed = [row.split(",") for row in rows]
    for row in changed:
        if row[0] == code:
            row[place] = value
    return "\n".join([header, *(",".join(row) for row in changed)]) + "\n"


def write_notebook(folder, name, source, *, scope="municipality", parameters='municipality: str = "Ballerup"  # hvem'):
    cells = [
        nbformat.v4.new_markdown_cell("# Prøve"),
        nbformat.v4.new_code_cell(
            parameters + '\nedition: str = "published"  # udgave', metadata={"tags": ["parameters"]}
        ),
        nbformat.v4.new_code_cell(source),
    ]
    notebook = nbformat.v4.new_notebook(
        cells=cells,
        metadata={
            "inklusion": {"scope": scope},
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        },
    )
    nbformat.write(notebook, folder / "notebooks" / f"{name}.ipynb")


@pytest.fixture
def one_notebook(broken_project):
    """The copy of the project with a single small notebook per municipality."""
    for path in (broken_project / "notebooks").glob("*.ipynb"):
        path.unlink()
    return broken_project


OPEN = "from inklusion import prose\nfrom inklusion.editions.view import open_view\nview = open_view(municipality, edition)\n"


def test_a_rule_broken_in_one_municipality_sets_it_aside_and_the_others_say_so(redeliver, broken_project):
    stale = broken_project / "reports" / "published" / "151-ballerup"
    stale.mkdir(parents=True)
    (stale / "10_segregation_risk_profile.html").write_text("gammel", encoding="utf-8")
    redeliver(CONTEXT, lambda text: change_cell(text, "151", "gini", "140"))
    outcomes = make_reports(("Ballerup", "Herlev"))
    assert outcomes["Ballerup"].status == "fejlet"
    assert "gini" in outcomes["Ballerup"].problem
    assert "højst 100" in outcomes["Ballerup"].problem
    assert "140" not in outcomes["Ballerup"].problem
    assert not stale.exists()
    herlev = (broken_project / "reports" / "published" / "163-herlev" / "20_municipality_comparison.html").read_text(
        encoding="utf-8"
    )
    assert "Udeladt af alle tal på siden: Ballerup" in herlev
    assert "af 97" in herlev
    assert "Ballerup (151)" in batch.summary(list(outcomes.values()))


def test_a_whole_run_with_a_failure_has_an_exit_code(redeliver, broken_project, command):
    redeliver(CONTEXT, lambda text: change_cell(text, "151", "gini", "140"))
    done = command(broken_project, "report", "--municipality", "Ballerup", "--quiet")
    assert done.returncode == 1
    assert "Ballerup (151)" in done.stdout


def test_a_rule_broken_in_many_municipalities_stops_the_run(redeliver, broken_project, command):
    def spoil(text):
        for code in ("101", "147", "151", "153"):
            text = change_cell(text, code, "gini", "140")
        return text

    redeliver(CONTEXT, spoil)
    done = command(broken_project, "data")
    assert done.returncode == 2
    assert "4 municipalities" in done.stderr


def test_one_changed_byte_stops_every_run_and_names_the_file(broken_project, command):
    file = broken_project / "data" / "raw" / BANDS
    file.write_bytes(file.read_bytes().replace(b"71", b"72", 1))
    for words in (("data",), ("report", "--municipality", "Ballerup"), ("reports",)):
        done = command(broken_project, *words)
        assert done.returncode == 2
        assert "fig_4_1_1_risikofordeling_kommuner.csv" in done.stderr
    assert not (broken_project / "reports").exists()


def test_a_missing_column_stops_the_run(redeliver, broken_project, command):
    redeliver(CONTEXT, lambda text: text.replace("gini", "gnii", 1))
    done = command(broken_project, "reports")
    assert done.returncode == 2
    assert "gini" in done.stderr
    assert not (broken_project / "reports").exists()


def test_a_duplicate_key_that_looks_like_a_person_is_never_repeated(redeliver, broken_project, command):
    redeliver(LIST, lambda text: text + f"{CANARY},0101,Et navn,1084,Hovedstaden,1,Hovedstadskommuner,5\n" * 2)
    done = command(broken_project, "report", "--municipality", "Ballerup")
    assert done.returncode == 2
    assert "kommuner_98.csv" in done.stderr
    assert "2 rows" in done.stderr
    everywhere = done.stdout + done.stderr
    for path in broken_project.rglob("*"):
        if path.is_file() and path.name != "kommuner_98.csv":
            everywhere += path.read_bytes().decode("utf-8", errors="ignore")
    assert CANARY not in everywhere


def test_a_value_that_only_one_report_shows_stands_in_no_other(redeliver, broken_project):
    def plant(text):
        return text.replace(",71,,,71%,", ',"68.4321",,,"68,4321%",', 1)

    redeliver(BANDS, plant)
    make_reports(("Ballerup", "Herlev", "Læsø"))
    found = everything(broken_project / "reports" / "published")
    holding = {name for name, text in found.items() if re.search(r"68[.,]4321", text)}
    assert any(name.startswith("151-ballerup/10_") for name in holding)
    assert {name.split("/")[0] for name in holding if "/" in name} == {"151-ballerup"}
    for name in holding - {n for n in holding if "/" in n}:
        assert name.startswith("90_"), name
        for line in found[name].splitlines():
            if re.search(r"68[.,]4321", line):
                assert "Ballerup" in line


def test_a_compared_value_stands_elsewhere_only_beside_its_own_municipality(redeliver, broken_project):
    redeliver(CONTEXT, lambda text: change_cell(text, "741", "disposable_income_dkk", "987654"))
    make_reports(("Samsø", "Læsø"))
    seen = False
    for name, text in everything(broken_project / "reports" / "published").items():
        for line in text.splitlines():
            if re.search(r"987[.,]?654", line) and not name.startswith("741-"):
                seen = True
                assert "Samsø" in line, name
    assert seen


@pytest.mark.parametrize(
    "parameters",
    ['municipalty: str = "Ballerup"  # stavefejl', 'municipality: str = "Ballerup"  # a\nyear: str = "x"  # b'],
)
def test_a_notebook_whose_parameters_do_not_match_is_never_started(one_notebook, parameters):
    write_notebook(one_notebook, "10_test", "1", parameters=parameters)
    with pytest.raises(ParameterError, match="10_test"):
        batch.plan("published", [municipality("Herlev")])
    assert not (one_notebook / "reports").exists()


def test_a_notebook_that_fails_is_kept_outside_and_stops_nobody_else(one_notebook):
    write_notebook(one_notebook, "10_test", OPEN + '{"151": 1}[view.place.code]\nprose.footer(view.provenance())')
    outcomes = make_reports(("Ballerup", "Herlev"))
    assert outcomes["Ballerup"].status == "færdig"
    assert outcomes["Herlev"].status == "fejlet"
    assert "celle" in outcomes["Herlev"].problem
    assert not (one_notebook / "reports" / "published" / "163-herlev").exists()
    assert (one_notebook / "failed" / "published" / "163-herlev" / "10_test.ipynb").is_file()
    assert "fejlet" in (one_notebook / "reports" / "published" / "index.html").read_text(encoding="utf-8")


def test_a_notebook_that_ignores_its_municipality_is_not_published(one_notebook):
    write_notebook(
        one_notebook,
        "10_test",
        OPEN.replace("municipality, edition", '"Ballerup", edition') + "prose.footer(view.provenance())",
    )
    outcomes = make_reports(("Herlev",))
    assert outcomes["Herlev"].status == "fejlet"
    assert "anden kommune" in outcomes["Herlev"].problem


def test_a_notebook_that_hangs_is_stopped(one_notebook):
    write_notebook(one_notebook, "10_test", "import time\ntime.sleep(600)")
    outcomes = make_reports(("Herlev",), timeout=3)
    assert outcomes["Herlev"].status == "fejlet"


def test_a_kernel_that_dies_fails_only_its_own_report(one_notebook):
    write_notebook(
        one_notebook,
        "10_test",
        OPEN + 'import os\n(view.place.code == "163") and os._exit(7)\nprose.footer(view.provenance())',
    )
    outcomes = make_reports(("Ballerup", "Herlev"))
    assert outcomes["Ballerup"].status == "færdig"
    assert outcomes["Herlev"].status == "fejlet"


def test_an_output_that_no_reader_should_see_stops_the_page(one_notebook):
    write_notebook(one_notebook, "10_test", OPEN + "view.everyone('context').table")
    outcomes = make_reports(("Herlev",))
    assert outcomes["Herlev"].status == "fejlet"
    assert not (one_notebook / "reports" / "published" / "163-herlev").exists()


def test_the_view_refuses_an_unknown_municipality_and_a_changed_file(broken_project):
    from inklusion.editions.view import open_view

    with pytest.raises(MunicipalityError, match="Mente du Ballerup"):
        open_view("Balerup")
    (broken_project / "data" / "raw" / "ny.csv").write_text("a\n", encoding="utf-8")
    with pytest.raises(ManifestError, match=r"ny\.csv"):
        open_view("Ballerup")
