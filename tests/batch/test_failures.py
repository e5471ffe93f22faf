"""What goes wrong stays where it went wrong, is named, and leaves nothing stale."""

import base64
import csv
import io
import os
import re
import subprocess
import sys
import time

import nbformat
import pandas as pd
import psutil
import pytest

from inklusion import batch, jobs, processed, recording
from inklusion.editions import data, released
from inklusion.errors import ContractError, ManifestError, MunicipalityError, ParameterError, ReportError
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


def write_notebook(
    folder, name, source, *, scope="municipality", parameters='municipality: str = "Ballerup"  # hvem', **about
):
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
            "inklusion": {"scope": scope, "editions": ["published"], **about},
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
    assert "Udeladt af alle beregnede tal på siden: Ballerup" in herlev
    assert "af 97" in herlev
    assert "Ballerup (151)" in recording.summary("published", list(outcomes.values()))


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


def test_a_page_is_made_only_for_those_with_a_row_in_a_table_it_needs(one_notebook):
    write_notebook(one_notebook, "10_test", OPEN)
    write_notebook(one_notebook, "31_test", OPEN, needs=["staff_answers"])
    planned = batch.plan("published", [municipality("Ballerup"), municipality("Herlev")])
    assert {job.place.name: job.notebooks for job in planned[1:]} == {
        "Ballerup": ("10_test", "31_test"),
        "Herlev": ("10_test",),
    }


def test_a_notebooks_other_parameters_come_from_its_settings_file_and_belong_to_its_key(one_notebook):
    parameters = 'municipality: str = "Ballerup"  # hvem\nperiod: str = "2026-06"  # runde'
    write_notebook(one_notebook, "35_test", OPEN + "prose.footer(view.provenance())", parameters=parameters)
    with pytest.raises(ParameterError, match="period"):
        batch.plan("published", [municipality("Ballerup")])
    write_notebook(one_notebook, "35_test", OPEN + "prose.footer(view.provenance())", parameters=parameters,
                   settings="follow_up.toml")  # fmt: skip
    outcomes = make_reports(("Ballerup",))
    assert outcomes["Ballerup"].status == "færdig"
    (one_notebook / "settings" / "follow_up.toml").write_text('period = "2026-10/11"\n', encoding="utf-8")
    assert jobs.report_key("published", ("35_test",)) != outcomes["Ballerup"].key


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
    assert "ikke om Herlev" in outcomes["Herlev"].problem


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


COUNTS = "kulturmetropolen/2026-11-21/segregeret_specialundervisning_kommuner.csv"
PROGRAMME = "kulturmetropolen/2026-11-21/deltagelse_musiske_faellesskaber_2024.csv"
SURVEY = "ballerup/2026-11-21/survey_svarfordelinger.csv"


def change_row(number, column, value):
    """An edit of one field of one row, counted as a spreadsheet does."""

    def edit(text):
        rows = list(csv.reader(text.splitlines()))
        rows[number - 1][rows[0].index(column)] = value
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows(rows)
        return out.getvalue()

    return edit


@pytest.mark.parametrize(
    ("path", "number", "column", "value", "code"),
    [
        (COUNTS, 3, "value", "-5", "165"),
        (COUNTS, 3, "value", "1e30", "165"),
        (COUNTS, 3, "value", "", "165"),
        (COUNTS, 3, "value", "221.5", "165"),
        (COUNTS, 3, "unit", "kr.", "165"),
        (COUNTS, 3, "geography", "Herlev", "165"),
        (COUNTS, 3, "year", "2022/2024", "165"),
        (COUNTS, 3, "year", CANARY, "165"),
        (COUNTS, 3, "indicator", "noget andet", "165"),
        (COUNTS, 4, "value", "140", "165"),
        (COUNTS, 4, "status", "gættet", "165"),
        (BANDS, 2, "value", "33", "151"),
        (SURVEY, 2, "n", "700", "151"),
    ],
)
def test_a_figure_that_cannot_be_right_sets_only_its_municipality_aside(
    redeliver, broken_project, path, number, column, value, code
):
    redeliver(path, change_row(number, column, value))
    released.build("published")
    reasons = data.quarantined("published")
    assert list(reasons) == [code]
    assert path.rsplit("/", 1)[1] in reasons[code]
    assert f"række {number}" in reasons[code]
    assert value == "" or value not in reasons[code]
    left = processed.load("released_segregation", "published")
    assert code not in set(left["municipality"])


@pytest.mark.parametrize(
    ("path", "number", "column", "value"), [(COUNTS, 26, "value", "140"), (COUNTS, 26, "year", CANARY)]
)
def test_a_figure_of_the_country_that_cannot_be_right_stops_everything(
    redeliver, broken_project, path, number, column, value
):
    redeliver(path, change_row(number, column, value))
    with pytest.raises(ContractError) as stopped:
        released.build("published")
    assert "segregeret_specialundervisning_kommuner.csv, række 26" in str(stopped.value)
    assert value not in str(stopped.value)


@pytest.mark.parametrize("path", [CONTEXT, LIST])
def test_a_table_of_97_municipalities_stops_everything(redeliver, broken_project, path):
    redeliver(path, lambda text: "\n".join(line for line in text.splitlines() if not line.startswith("825,")) + "\n")
    with pytest.raises(ContractError, match="1 of the 98"):
        released.build("published")


def test_a_municipality_set_aside_keeps_no_report_from_before_and_is_named(
    redeliver, broken_project, command, one_notebook
):
    write_notebook(one_notebook, "10_test", OPEN + "prose.footer(view.provenance())")
    make_reports(("Roskilde",))
    assert (broken_project / "reports" / "published" / "265-roskilde").exists()
    redeliver(CONTEXT, lambda text: change_cell(text, "265", "gini", "140"))
    make_reports(("Herlev",))
    assert not (broken_project / "reports" / "published" / "265-roskilde").exists()
    index = (broken_project / "reports" / "published" / "index.html").read_text(encoding="utf-8")
    assert "265-roskilde" not in index
    done = command(broken_project, "data")
    assert done.returncode == 1
    assert "Roskilde (265) er sat til side" in done.stderr


def test_a_sum_without_the_municipality_set_aside_is_not_held_against_the_source(redeliver, broken_project):
    redeliver(CONTEXT, lambda text: change_cell(text, "265", "gini", "140"))
    released.build("published")
    table = processed.load("released_reconciliation", "published")
    counted = table[
        (table["measure"] == "printed") & (table["definition"] == "program_elever") & (table["period"] == "2024")
    ]
    assert counted["method"].tolist() == ["kan ikke genberegnes"]
    assert "udeladt" in counted["note"].iloc[0]


def shown_counts(definition):
    """Every released number of a definition, wherever it stands."""
    tables = [processed.load(f"released_{name}", "published") for name in released.PUBLISHED_NAMES]
    rows = pd.concat(tables)
    return rows[(rows["definition"] == definition) & rows["status"].eq("shown")]


def test_a_printed_range_of_few_pupils_is_hidden(redeliver, broken_project):
    edits = [change_row(4, "value", ""), change_row(4, "value_low", "2"), change_row(4, "value_high", "4")]
    redeliver(PROGRAMME, lambda text: edits[2](edits[1](edits[0](text))))
    released.build("published")
    shown = shown_counts("program_elever")
    assert "165" not in set(shown["municipality"])


def test_the_difference_to_a_hidden_number_is_hidden_too(redeliver, broken_project):
    redeliver("kulturmetropolen/2026-11-21/programtal.csv", change_row(4, "value", "3"))
    released.build("published")
    table = processed.load("released_reconciliation", "published")
    own = table[table["source"].str.contains("programtal:3")]
    assert own.set_index("measure")["status"].to_dict() == {
        "printed": "suppressed", "recomputed": "shown", "difference": "complementary",
    } or not own["status"].eq("shown").loc[own["measure"] == "difference"].any()  # fmt: skip


def test_a_part_that_leaves_fewer_than_five_of_the_whole_is_hidden(redeliver, broken_project):
    redeliver("ballerup/2026-11-21/afsnit_4_2_kapacitetsanalyse.csv", change_row(3, "value", "362"))
    released.build("published")
    assert shown_counts("antal_elever_egne_specialordninger").empty
    assert len(shown_counts("antal_elever_segregeret_ballerup")) == 1


def test_a_second_run_in_the_same_folder_is_refused_and_the_first_is_named(one_notebook):
    write_notebook(one_notebook, "10_test", OPEN + "prose.footer(view.provenance())")
    other = psutil.Process(os.getppid())
    lock = one_notebook / ".cache" / "run.lock"
    lock.parent.mkdir()
    lock.write_text(f"{other.pid} {other.create_time()}", encoding="utf-8")
    with pytest.raises(ReportError, match=f"proces {other.pid}"):
        make_reports(("Herlev",))
    lock.write_text(f"{other.pid} 1.0", encoding="utf-8")  # the number was given to another process since
    assert make_reports(("Herlev",))["Herlev"].status == "færdig"
    assert not lock.exists()


def test_a_killed_run_leaves_no_process_and_the_next_one_cleans_up(one_notebook):
    write_notebook(one_notebook, "10_test", "import time\ntime.sleep(600)")
    words = [sys.executable, "-m", "inklusion", "report", "--municipality", "Herlev", "--quiet"]
    started = subprocess.Popen(words, cwd=one_notebook, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    building = one_notebook / "reports" / ".building-published-163-herlev"
    until(lambda: building.exists())
    family = psutil.Process(started.pid).children(recursive=True)
    started.kill()
    started.wait()
    until(lambda: not [p for p in family if p.is_running() and p.status() != psutil.STATUS_ZOMBIE])
    write_notebook(one_notebook, "10_test", OPEN + "prose.footer(view.provenance())")
    assert make_reports(("Ballerup",))["Ballerup"].status == "færdig"
    assert not building.exists()


def until(happened, seconds=60):
    """Wait for something that another process does."""
    for _ in range(10 * seconds):
        if happened():
            return
        time.sleep(0.1)
    raise AssertionError("it did not happen")


def test_an_interactive_table_is_never_published(one_notebook):
    source = OPEN + (
        "from inklusion.disclosure.release import release_interactive\n"
        "from inklusion.disclosure.rule import ALREADY_PUBLISHED\n"
        "from inklusion import tables\n"
        "shares = view.everyone('segregation', definition='seg_alle_grundskole').table\n"
        "draft = release_interactive(shares.drop(columns=['status', 'reason']), 'published', ALREADY_PUBLISHED)\n"
        "tables.all_shares(draft)"
    )
    write_notebook(one_notebook, "10_test", source)
    outcome = make_reports(("Herlev",))["Herlev"]
    assert outcome.status == "fejlet"
    assert "not for publication" in outcome.problem


def test_a_foreign_error_in_a_cell_is_told_without_its_text(one_notebook):
    write_notebook(one_notebook, "10_test", f'raise ValueError("{CANARY}")')
    outcome = make_reports(("Herlev",))["Herlev"]
    assert outcome.status == "fejlet"
    published = "".join(everything(one_notebook / "reports").values()) + (
        one_notebook / "log" / "reports.log"
    ).read_text(encoding="utf-8")
    assert CANARY not in outcome.problem + published
    assert "ValueError" in outcome.problem


def test_an_override_of_the_comparability_guard_stands_in_the_caption(one_notebook):
    source = OPEN + (
        "from inklusion import tables\n"
        "both = view.everyone('segregation', definition=['seg_alle_grundskole', 'seg_9t_bopael'])\n"
        "display(tables.shares(both, view.place.code, override='prøve'))\nprose.footer(view.provenance())"
    )
    write_notebook(one_notebook, "10_test", source)
    assert make_reports(("Herlev",))["Herlev"].status == "færdig"
    html = (one_notebook / "reports" / "published" / "163-herlev" / "10_test.html").read_text(encoding="utf-8")
    caption = re.search("<caption>(.*?)</caption>", html)[1]
    assert "seg_alle_grundskole" in caption
    assert "seg_9t_bopael" in caption
    assert "Begrundelse: prøve" in caption
