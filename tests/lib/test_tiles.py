"""The tile map: the grid is Denmark, the classes are readable without colour, and map and table say the same."""

import base64
import csv
import itertools
import math
import re
from html import unescape
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from inklusion.analyses.printed import estimates
from inklusion.blocks import Block, Gap
from inklusion.danish import sort_key
from inklusion.disclosure.release import Released
from inklusion.disclosure.rule import ALREADY_PUBLISHED as RULE
from inklusion.errors import DefinitionError, MunicipalityError
from inklusion.figures import tiles as figure_tiles
from inklusion.figures.tiles import SHADES, contrast, luminance, shade_of, text_on, tile_map
from inklusion.municipalities import all_municipalities, municipality
from inklusion.tables.tiles import tile_values
from inklusion.tiles import grade_of, grades, tile_of

REFERENCE = Path(__file__).parents[1] / "reference"
CODES = [entry.code for entry in all_municipalities()]
ISLANDS = ("Bornholm", "Læsø", "Samsø", "Ærø")
POVERTY = "kontekst_child_poverty"


def tile(name):
    return tile_of(municipality(name).code)


def apart(first, second):
    return max(abs(first.row - second.row), abs(first.column - second.column))


def borders():
    lines = (REFERENCE / "municipality_borders.csv").read_text(encoding="utf-8").splitlines()
    rows = csv.DictReader(line for line in lines if not line.startswith("#"))
    return [(row["first"], row["second"]) for row in rows]


# --- the grid ---


def test_every_municipality_has_one_cell_of_its_own_and_one_label():
    path = Path(figure_tiles.__file__).parents[1] / "tiles.csv"
    written = [row["municipality"] for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines())]
    assert sorted(written) == sorted(CODES) and len(set(written)) == 98
    cells = [tile_of(code) for code in CODES]
    assert len({(cell.row, cell.column) for cell in cells}) == 98
    assert len({cell.label for cell in cells}) == 98
    assert all(3 <= len(cell.label) <= 5 for cell in cells)


@pytest.mark.parametrize("code", ["901", "998", "000", "411", ""])
def test_a_place_outside_the_98_has_no_cell(code):
    with pytest.raises(MunicipalityError):
        tile_of(code)


def test_the_border_list_names_pairs_of_municipalities_once():
    found = borders()
    assert len(found) == len(set(found)) == 186
    assert all(first < second for first, second in found) and {code for pair in found for code in pair} <= set(CODES)


def test_neighbours_stay_neighbours():
    distances = [apart(tile_of(first), tile_of(second)) for first, second in borders()]
    assert sum(distance == 1 for distance in distances) / len(distances) >= 0.85
    assert max(distances) <= 2


@pytest.mark.parametrize("name", ISLANDS)
def test_an_island_lies_in_the_sea(name):
    others = [tile_of(code) for code in CODES if code != municipality(name).code]
    beside = [other.label for other in others if math.dist(tile(name)[:2], other[:2]) <= 1]
    assert beside == []


def test_the_straits_are_open():
    """No cell of Jutland shares a side with Funen, and none of Funen with Zealand."""
    land = {code: "funen" if 410 <= int(code) < 500 else "east" if int(code) < 400 else "west" for code in CODES}
    touching = [
        (tile_of(a).label, tile_of(b).label)
        for a in CODES
        for b in CODES
        if a < b and land[a] != land[b] and "400" not in (a, b) and math.dist(tile_of(a)[:2], tile_of(b)[:2]) <= 1
    ]
    assert touching == []


@pytest.mark.parametrize(
    "chain",
    [
        ("Hjørring", "Brønderslev", "Aalborg", "Rebild", "Randers", "Aarhus", "Odder"),
        ("Frederikshavn", "Aalborg", "Rebild", "Randers", "Horsens", "Hedensted", "Fredericia", "Middelfart"),
        ("Thisted", "Struer", "Holstebro", "Herning", "Billund", "Vejen", "Haderslev", "Aabenraa", "Sønderborg"),
        ("Lemvig", "Ringkøbing-Skjern", "Varde", "Esbjerg", "Tønder"),
        ("Skive", "Viborg", "Silkeborg", "Ikast-Brande", "Vejle", "Kolding"),
        ("Nordfyns", "Odense", "Faaborg-Midtfyn", "Svendborg", "Ærø"),
        ("Helsingør", "Fredensborg", "Rudersdal", "Gladsaxe", "København", "Tårnby", "Dragør"),
        ("Gribskov", "Hillerød", "Allerød", "Ballerup", "Albertslund", "Høje-Taastrup", "Greve", "Køge", "Vordingborg"),
        ("Odsherred", "Holbæk", "Sorø", "Næstved", "Vordingborg", "Guldborgsund"),
    ],
)
def test_rows_go_from_north_to_south(chain):
    rows = [tile(name).row for name in chain]
    assert all(above < below for above, below in itertools.pairwise(rows)), rows


@pytest.mark.parametrize(
    "chain",
    [
        ("Fanø", "Esbjerg", "Vejen", "Kolding", "Fredericia", "Odense", "Nyborg", "Sorø", "Køge", "Bornholm"),
        ("Ringkøbing-Skjern", "Herning", "Silkeborg", "Skanderborg", "Aarhus", "Samsø", "Hillerød", "Helsingør"),
        ("Lemvig", "Holstebro", "Viborg", "Favrskov", "Randers", "Norddjurs"),
        ("Thisted", "Morsø", "Vesthimmerlands", "Aalborg", "Læsø"),
        ("Kalundborg", "Holbæk", "Roskilde", "Høje-Taastrup", "Brøndby", "Hvidovre", "København"),
        ("Tønder", "Aabenraa", "Assens", "Faaborg-Midtfyn", "Langeland", "Lolland", "Guldborgsund"),
        ("Egedal", "Ballerup", "Herlev", "Gladsaxe", "Gentofte"),
    ],
)
def test_columns_go_from_west_to_east(chain):
    columns = [tile(name).column for name in chain]
    assert all(west < east for west, east in itertools.pairwise(columns)), columns


def test_the_corners_of_the_country_lie_in_its_corners():
    assert all(tile("Bornholm").column > tile_of(code).column for code in CODES if code != "400")
    assert all(tile("Fanø").column < tile_of(code).column for code in CODES if code != "563")
    assert tile("Hjørring").row == tile("Frederikshavn").row == min(tile_of(code).row for code in CODES)
    assert tile("Lolland").row == tile("Guldborgsund").row == max(tile_of(code).row for code in CODES)


# --- classes ---


def test_classes_are_fifths_and_never_part_equal_values():
    even = grades(range(1, 99), 0)
    sizes = [sum(grade_of(value, even) == grade for value in range(1, 99)) for grade in even]
    assert sizes == [20, 20, 19, 20, 19]
    tied = grades([1.0] * 60 + [2.0] * 30 + [3.0] * 8, 1)
    assert [grade.limits for grade in tied] == ["1,0", "1,1 til 2,0", "2,1 til 3,0"]
    assert [grade.limits for grade in grades([4.0], 1)] == ["4,0"] and grades([], 1) == []


def test_the_limits_meet_and_every_value_lies_inside_its_class():
    values = [round(0.1 + 0.2 * place, 1) for place in range(98)]
    classes = grades(values, 1)
    assert all(round(high.lower - low.upper, 6) == 0.1 for low, high in itertools.pairwise(classes))
    assert all(grade_of(value, classes).lower <= value <= grade_of(value, classes).upper for value in values)


def test_fixed_cuts_are_kept_and_an_empty_class_is_left_out():
    classes = grades([1.0, 4.9, 5.0, 5.1, 9.0], 1, cuts=(0.5, 5.0, 20.0))
    assert [grade.limits for grade in classes] == ["1,0 til 5,0", "5,1 til 9,0"]
    assert grade_of(5.0, classes).place == 1 and grade_of(5.1, classes).place == 2


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
def test_the_shades_get_darker_in_grey_too(count):
    shades = list(shade_of(grades(range(count), 0)).values())
    light = [luminance(shade) for shade in shades]
    assert len(shades) == count and all(a > b for a, b in itertools.pairwise(light))


@pytest.mark.parametrize("shade", SHADES)
def test_text_on_a_shade_can_be_read(shade):
    assert contrast(text_on(shade), shade) >= 4.5


def test_contrast_is_that_of_wcag():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21) and contrast("#777777", "#FFFFFF") == pytest.approx(
        4.48, abs=0.01
    )


# --- map and table ---


def rows(**more):
    """A value for each municipality, 1.0 to 10.7; three are missing, two hidden."""
    out = []
    for place, code in enumerate(CODES):
        row = {
            "municipality": code, "period": "2023/2024", "period_type": "school_year", "definition": POVERTY,
            "measure": "printed", "estimate": round(1 + place / 10, 1), "decimals": 1, "method": "m", **more,
        }  # fmt: skip
        empty = {5: "missing", 10: "missing", 11: "missing", 20: "suppressed", 21: "suppressed"}.get(place)
        out.append({**row, "status": empty or "shown"} | ({"estimate": None} if empty else {}))
    return out


def released(listed, *, edition="published"):
    table = estimates([{key: value for key, value in row.items() if key != "status"} for row in listed])
    return Released("t", edition, RULE, table.assign(status=[row["status"] for row in listed], reason=""))


def alt(block):
    return unescape(re.search(r'alt="(.*?)"', block.html)[1])


@pytest.fixture
def painted(monkeypatch):
    """The matplotlib figures that are drawn, to look at their parts."""
    seen, save = [], Figure.savefig

    def keep(self, *words, **more):
        seen.append(self)
        return save(self, *words, **more)

    monkeypatch.setattr(Figure, "savefig", keep)
    return seen


def table_rows(block):
    body = block.html.partition("<tbody>")[2]
    return [
        [unescape(re.sub(r"<[^>]+>", "", cell)) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)]
        for row in re.findall(r"<tr>(.*?)</tr>", body)
    ]


def test_the_alternative_text_tells_the_finding():
    text = alt(tile_map(released(rows()), CODES[50]))
    name = all_municipalities()[50].name
    assert re.search(rf"{name} ligger i klasse 3 af 5 \([\d,]+ til [\d,]+ pct\.\) med 6,0 pct\.", text)
    assert "Vises ikke: 2 kommuner. Ikke oplyst: 3 kommuner." in text and "tabellen under kortet" in text
    named = re.search(r"ligger ((?:[^.]|\.\))*?) og (\w+) andre", text.partition("højeste klasse")[2])
    assert len(named[1].split(", ")) == 6 and ".." not in text


@pytest.mark.parametrize(("place", "words"), [(5, "tallet er ikke oplyst"), (20, "tallet vises ikke")])
def test_an_own_municipality_without_a_value_is_said_to_have_no_class(place, words):
    assert f"har ingen klasse: {words}" in alt(tile_map(released(rows()), CODES[place]))


def test_one_cell_is_outlined_and_carries_the_diamond(painted):
    tile_map(released(rows()), "151")
    (axes,) = painted[0].axes
    outlined = [patch for patch in axes.patches if patch.get_gid()]
    own = tile_of("151")
    assert [patch.get_gid() for patch in outlined] == ["own-151"] and outlined[0].get_linewidth() > 2
    assert (outlined[0].get_x() + 0.5, outlined[0].get_y() + 0.5) == (own.column, own.row)
    assert [line.get_marker() for line in axes.lines] == ["D"]
    tile_map(released(rows()), "000")
    assert not painted[1].axes[0].lines and "Romben" not in alt(tile_map(released(rows()), "000"))


def test_every_cell_shows_its_label_and_its_class(painted):
    tile_map(released(rows()), "151")
    found = [text.get_text() for text in painted[0].axes[0].texts]
    assert {tile_of(code).label for code in CODES} <= set(found)
    marks = [text for text in found if text.isdigit()]
    assert len(marks) == 93 and set(marks) == set("12345")


def test_hidden_and_missing_are_hatched_in_two_ways(painted):
    tile_map(released(rows()), "151")
    hatched = [patch.get_hatch() for patch in painted[0].axes[0].patches if patch.get_hatch()]
    assert sorted(hatched) == ["////"] * 3 + ["xxxx"] * 2
    labels = [text.get_text() for text in painted[0].legends[0].get_texts()]
    assert labels[-3:] == ["vises ikke", "ikke oplyst", "Ballerup"]


def test_no_label_is_wider_than_its_cell(painted):
    tile_map(released(rows()), "151")
    figure, (axes,) = painted[0], painted[0].axes
    cell = abs(axes.transData.transform((1, 0))[0] - axes.transData.transform((0, 0))[0])
    assert figure.get_size_inches()[0] <= 7.2
    assert max(text.get_window_extent().width for text in axes.texts) < 0.92 * cell


def test_legend_and_table_agree_on_classes_and_limits(painted):
    shown = released(rows())
    tile_map(shown, "151")
    legend = [text.get_text() for text in painted[0].legends[0].get_texts()][:5]
    table = tile_values(shown, "151")
    classes = {row[-1] for row in table_rows(table)} - {"ingen klasse"}
    assert {text.replace(": ", " (") + ")" for text in legend} == classes
    assert all(text in re.search(r"<caption>(.*?)</caption>", table.html)[1] for text in legend)


def test_the_table_has_all_municipalities_in_danish_order():
    listed = table_rows(tile_values(released(rows()[::-1]), "151"))
    names = [row[0].removesuffix(" (valgt kommune)") for row in listed]
    assert len(names) == 98 and names == sorted(names, key=sort_key) and names[-1] in {"Aalborg", "Aarhus"}
    assert [row[0] for row in listed if "valgt" in row[0]] == ["Ballerup (valgt kommune)"]
    assert [row[2] for row in listed].count("vises ikke") == 2 and [row[2] for row in listed].count("ikke oplyst") == 3
    assert [row[-1] for row in listed].count("ingen klasse") == 5


def test_a_municipality_without_a_row_is_missing_and_the_country_is_no_cell():
    listed = [row for row in rows() if row["municipality"] != "151"]
    listed.append({**listed[0], "municipality": "000", "estimate": 99.0})
    assert "Ikke oplyst: 4 kommuner" in alt(tile_map(released(listed), "151"))
    block = tile_values(released(listed), "151")
    assert ["Ballerup (valgt kommune)", "Balle", "ikke oplyst", "ingen klasse"] in table_rows(block)
    assert "99,0" not in block.html and "Hele landet" not in "".join(block.csv.values())


def test_a_printed_range_has_no_class_and_is_not_called_missing():
    listed = [
        {**row, "estimate": None, "lower": 6.0, "upper": 7.0} if row["municipality"] == "151" else row for row in rows()
    ]
    assert "kilden giver ikke ét tal" in alt(tile_map(released(listed), "151"))
    block = tile_map(released(listed), "101")
    assert "Ikke oplyst som ét tal: 4 kommuner" in alt(block)
    cells = table_rows(tile_values(released(listed), "101"))
    assert ["Ballerup", "Balle", "6,0–7,0", "ingen klasse"] in cells


def test_intervals_stand_in_the_table_where_there_are_any():
    listed = [row | ({"lower": 0.5, "upper": 11.5, "confidence": 0.95} if row["estimate"] else {}) for row in rows()]
    block = tile_values(released(listed), "151")
    assert "95 %-interval" in block.html and "0,5–11,5" in block.html and "n ikke oplyst" in block.html
    assert "95 %-interval" not in tile_values(released(rows()), "151").html


@pytest.mark.parametrize("write", [tile_map, tile_values])
def test_more_than_one_thing_at_a_time_is_refused(write):
    mixed = [*rows()[:50], *rows(definition="kontekst_employment_16_64")[50:]]
    for listed, word in (
        (mixed, "kontekst_employment_16_64"),
        ([*rows()[:50], *rows(period="2022/2023")[50:]], "periode"),
        ([*rows()[:50], *rows(measure="share")[50:]], "slags tal"),
        ([*rows(), rows()[0]], "flere"),
    ):
        with pytest.raises(DefinitionError, match=word):
            write(released(listed), "151")


@pytest.mark.parametrize("write", [tile_map, tile_values])
def test_invented_municipalities_have_no_place_on_a_map(write):
    invented = [{**row, "municipality": str(901 + place)} for place, row in enumerate(rows())]
    for listed, code in ((invented, "901"), (invented, "000"), (rows(), "901")):
        block = write(released(listed, edition="synthetic"), code)
        assert isinstance(block, Gap) and "opdigtede kommuner" in block.text


@pytest.mark.parametrize("write", [tile_map, tile_values])
def test_nothing_to_show_is_a_gap(write):
    hidden = [{**row, "estimate": None, "status": "suppressed"} for row in rows()]
    for listed in (hidden, hidden[:1]):
        assert isinstance(write(released(listed), "151"), Gap)
    assert isinstance(write(released(rows()).where(period="1999"), "151"), Gap)


def test_a_map_is_the_same_on_every_run_and_opens_nothing():
    first, second = (tile_map(released(rows()), "151") for _ in range(2))
    assert isinstance(first, Block) and first.html == second.html
    svg = base64.b64decode(re.search(r"base64,([^\"]+)", first.html)[1]).decode()
    assert svg.startswith("<svg") and not re.search(r"(?:href|src)=\"https?:", svg)
