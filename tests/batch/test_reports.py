"""The main job: four municipalities end to end, looked at from outside."""

import json
import re
import subprocess
import sys

import pytest

from .conftest import hashes, make_reports

PAGES = ("10_segregation_risk_profile", "20_municipality_comparison", "30_wellbeing_trends", "50_economy")


def page(folder, place, name):
    return (folder / "reports" / "published" / place / f"{name}.html").read_text(encoding="utf-8")


def text_of(html):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html.replace("<wbr>", "")))


def test_every_report_and_both_edition_pages_are_made(finished):
    folder, outcomes = finished
    assert {name: outcome.status for name, outcome in outcomes.items()} == {
        "Hele landet": "færdig",
        "Ballerup": "færdig",
        "Albertslund": "færdig",
        "Læsø": "færdig",
        "København": "færdig",
    }
    for place in ("101-koebenhavn", "151-ballerup", "165-albertslund", "825-laesoe"):
        assert all(f"{name}.html" in hashes(folder / "reports" / "published" / place) for name in PAGES)
    top = hashes(folder / "reports" / "published")
    assert {"index.html", "run.json", "00_data_and_coverage.html", "90_reconciliation.html"} <= set(top)


def test_a_second_run_gives_the_same_bytes(finished, monkeypatch):
    folder, _ = finished
    monkeypatch.setenv("INKLUSION_PROJECT", str(folder))
    monkeypatch.chdir(folder)
    before = hashes(folder / "reports")
    make_reports()
    assert hashes(folder / "reports") == before


@pytest.mark.parametrize(
    ("place", "name", "expected"),
    [
        ("165-albertslund", PAGES[0], "221 af 3.631 grundskoleelever med bopæl i Albertslund"),
        ("165-albertslund", PAGES[0], "6,1 pct. (95 %-sikkerhedsinterval 5,4–6,9)"),
        ("165-albertslund", PAGES[0], "2.035 af 39.079 elever, 5,21 pct."),
        ("165-albertslund", PAGES[0], "Roskilde 434 11.055 3,9 3,6–4,3"),
        ("151-ballerup", "31_staff_survey", "192 af 595 inviterede medarbejdere svarede, altså 32,3 pct."),
        ("151-ballerup", "31_staff_survey", "Kilden skriver både 32 pct. og 32,2 pct."),
        ("151-ballerup", PAGES[0], "mellem cirka 6 og 16 pct."),
    ],
)
def test_a_published_number_stands_in_its_report(finished, place, name, expected):
    folder, _ = finished
    assert expected in text_of(page(folder, place, name))


def test_the_risk_figure_states_the_first_bands(finished):
    folder, _ = finished
    alts = re.findall(r'<img alt="([^"]+)"', page(folder, "151-ballerup", PAGES[0]))
    assert len(alts) == 1
    for expected in (
        "Ballerup 71 pct.",
        "Baltorpskolen 60",
        "Hedegårdsskolen 69",
        "Måløvhøj Skole 80",
        "Skovlunde Skole 78",
        "Skovvejens Skole 81",
    ):
        assert expected in alts[0]


def test_reconciliation_flags_what_differs(finished):
    folder, _ = finished
    text = text_of((folder / "reports" / "published" / "90_reconciliation.html").read_text(encoding="utf-8"))
    assert "32 pct. 32,3 0,3 stemmer" in text
    assert "32,2 pct. 32,27 0,07 afrunding" in text
    assert "13,2 mio. kr. 13,2 0,0 stemmer" in text
    assert "161 årsværk 160 −1 afrunding" in text
    assert "193 variable 195 2 afviger" in text


def test_a_municipality_with_context_only_gets_a_short_page_without_figures_that_says_whom_to_ask(finished):
    folder, _ = finished
    html = page(folder, "825-laesoe", PAGES[0])
    assert "<img" not in html
    assert "Benchmarkingenheden" in html
    assert "Metode" not in re.findall(r"<h2[^>]*>(.*?)</h2>", html)
    full = page(folder, "151-ballerup", PAGES[0])
    assert len(text_of(html.split("<main")[1])) < 0.6 * len(text_of(full.split("<main")[1]))


def test_no_page_loads_anything_from_a_network(finished):
    folder, _ = finished
    for path in (folder / "reports").rglob("*.html"):
        html = path.read_text(encoding="utf-8")
        assert not re.search(r"(?:src|href)=[\"']\s*(?:https?:)?//", html), path.name
        assert not re.search(r"@import|url\(\s*['\"]?http", html), path.name


def test_every_link_of_every_page_leads_to_a_file(finished):
    folder, outcomes = finished
    made = {outcome.code for outcome in outcomes.values()}
    for path in (folder / "reports").rglob("*.html"):
        for href in re.findall(r'href="([^"#]+)"', path.read_text(encoding="utf-8")):
            assert (path.parent / href).is_file(), f"{path.name} -> {href}"
    assert made == {"000", "101", "151", "165", "825"}


def test_each_page_says_on_top_what_it_must_not_be_used_for(finished):
    folder, _ = finished
    for path in (folder / "reports").rglob("*.html"):
        html = path.read_text(encoding="utf-8")
        assert html.index("ikke bruges") < html.index("<h2"), path.name


def test_run_record_names_inputs_code_and_every_file(finished):
    folder, _ = finished
    record = json.loads((folder / "reports" / "published" / "run.json").read_text(encoding="utf-8"))
    assert set(record["reports"]) == {"000", "101", "151", "165", "825"}
    own = record["reports"]["151"]
    assert own["files"] == hashes(folder / "reports" / "published" / "151-ballerup")
    assert len(record["inputs"]) == len(list((folder / "data" / "raw").rglob("*.csv")))


def test_nothing_outside_reports_data_log_and_cache_is_written(finished):
    folder, _ = finished
    assert {path.name for path in folder.iterdir()} <= {
        "data",
        "notebooks",
        "settings",
        "plans",
        "reports",
        "log",
        ".cache",
        "failed",
    }
    assert not list((folder / "reports").glob(".building*"))


def test_a_misspelt_name_stops_at_once_with_the_closest_one(command, broken_project):
    stopped = command(broken_project, "report", "--municipality", "Balerup")
    assert stopped.returncode == 2
    assert "Mente du Ballerup?" in stopped.stderr
    assert not (broken_project / "reports").exists()


def test_an_abbreviated_option_is_refused(command, broken_project):
    stopped = command(broken_project, "report", "--munic", "Ballerup")
    assert stopped.returncode == 2
    assert not (broken_project / "reports").exists()


def test_importing_the_command_line_loads_no_heavy_library():
    code = (
        "import sys, inklusion.__main__; print([m for m in ('pandas', 'matplotlib', 'papermill') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
