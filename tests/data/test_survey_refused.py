"""Broken surveys: each is refused in Danish with file, column, row and what to do; no value is repeated."""

import hashlib
import traceback

import pandas as pd
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st
from survey_files import (
    FORMATS,
    QUESTIONNAIRE,
    SETTINGS,
    TABLES,
    invited,
    long_of,
    participants,
    pupils,
    reforms,
    staff,
    write_surveys,
    write_table,
)

from inklusion.errors import ContractError
from inklusion.register.surveys import read_surveys

CANARY = "kanarie7"
SPLIT = "310299-4321"
ROW = 17  # spreadsheet row that is broken: the header is row 1
DANISH = ("Ret ", "Skriv ", "Muligt: ", "Mente du ", "Behold ", "Læg ", "Tilføj ", "Udfyld ", "Slet ", "Hent ", "Giv ",
          "Del ", "Den gælder ", "Kopiér ", "Bed ", "Lad ", "Sammenlign ", "Se efter", "Syntetiske ")  # fmt: skip


def cell(row=ROW, file="elever", kind="csv", **values):
    """Break one row of a table; ``kind`` is the format that it is delivered in."""

    def change(folder):
        rows = TABLES[file]()
        rows[row - 2] |= values
        rows = [dict.fromkeys(rows[row - 2], "") | entry for entry in rows]
        write_table(folder / f"{file}.{kind}", rows)
        if kind != "csv":
            settings(f"{file}.csv", f"{file}.{kind}")(folder)

    return change


def table(file, rows):
    return lambda folder: write_table(folder / f"{file}.csv", rows)


def without(file, column):
    return table(file, [{name: value for name, value in row.items() if name != column} for row in TABLES[file]()])


def edited(file, edit, encoding="utf-8"):
    def change(folder):
        path = folder / file
        path.write_text(edit(path.read_text(encoding="utf-8")), encoding=encoding)

    return change


def settings(old, new, count=1):
    def edit(said):
        assert old in said
        return said.replace(old, new, count)

    return edited("surveys.toml", edit)


def asked(old, new):
    assert old in QUESTIONNAIRE
    return edited("questionnaires/trivsel_egen.toml", lambda said: said.replace(old, new))


def both(*changes):
    def change(folder):
        for one in changes:
            one(folder)

    return change


def long_pupils(edit):
    """The pupils as a long file, its rows edited."""

    def change(folder):
        rows = long_of(pupils())
        edit(rows)
        write_table(folder / "elever.csv", rows)
        settings('shape = "wide"', 'shape = "long"')(folder)
        settings('S1 = "glad"', 'SPM = "item"\nSVAR = "answer"\nS1 = "glad"')(folder)

    return change


def row_of(**values):
    return lambda rows: rows[ROW - 2].update(values)


def twin(rows):
    """The answer of row 10 stands once more in row 17."""
    rows.insert(ROW - 2, rows[8] | {"SVAR": 2})


def twice(file, column, earlier=10):
    rows = TABLES[file]()
    rows[ROW - 2] |= {name: rows[earlier - 2][name] for name in column}
    return table(file, rows)


def cut(kind):
    def change(folder):
        cell(kind=kind)(folder)
        path = folder / f"elever.{kind}"
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    return change


def doubled_in_excel(folder):
    pd.DataFrame(pupils()).assign(KOEN2=1).rename(columns={"KOEN2": "KOEN"}).to_excel(
        folder / "elever.xlsx", index=False
    )
    settings("elever.csv", "elever.xlsx")(folder)


def old_excel(folder):
    (folder / "elever.csv").rename(folder / "elever.xls")
    settings("elever.csv", "elever.xls")(folder)


def shadowing(folder):
    """An own questionnaire with the id of a shipped one."""
    (folder / "questionnaires" / "trivsel_egen.toml").rename(folder / "questionnaires" / "trivsel_4_9.toml")
    settings('"trivsel_egen"', '"trivsel_4_9"')(folder)


NO_HEADER = edited("elever.csv", lambda said: said.split("\n", 1)[1])
FEW = [row | {"ANTAL": 0 if place == 15 else row["ANTAL"]} for place, row in enumerate(invited())]
LACKING = [row for place, row in enumerate(invited()) if place != 8]
HALF = [row | {"TRIN": "" if place == 15 else row["TRIN"]} for place, row in enumerate(invited())]
S = "surveys.toml"

# what is broken: change, file, column, row, words of the message
BROKEN = {
    "unknown part": (settings("[reforms]", "[reform]"), S, "", None, "Mente du »reforms«"),
    "unknown key": (settings('shape = "wide"', 'shap = "wide"'), S, "", None, "den ukendte indstilling »shap«. Mente du »shape«"),
    "key missing": (settings('frame = "inviterede.csv"', ""), S, "", None, "[pupils] mangler frame"),
    "unknown shape": (settings('"wide"', '"bred"'), S, "", None, "Muligt: 'wide', 'long'"),
    "direction not said": (settings('direction = "raw"', ""), S, "", None, "mangler direction"),
    "no TOML": (settings("[pupils]", "[pupils"), S, "", None, "kan ikke læses"),
    "file outside": (settings('"elever.csv"', '"../elever.csv"'), S, "", None, "uden for mappen"),
    "unknown questionnaire": (settings('"trivsel_egen"', '"trivsel_egne"'), S, "", None, "Mente du »trivsel_egen«"),
    "questionnaire with an error": (asked("minimum_share = 0.5", "minimum_share = 5"), "trivsel_egen.toml", "", None, "minimum_share"),
    "questionnaire twice": (shadowing, S, "", None, "findes både her og i mappen questionnaires"),
    "item named as a column": (asked('id = "andet"', 'id = "class"'), S, "", None, "hedder det samme som en kolonne"),
    "unknown item": (settings('"glad"', '"glade"'), S, "", None, "hverken er en kolonne eller et spørgsmål. Mente du »glad«"),
    "unknown item in not_asked": (settings('["rolig"]', '["rolige"]'), S, "", None, "Mente du »rolig«"),
    "unknown sex in values": (settings('"pige"', '"kvinde"'), S, "", None, "Muligt: dreng, pige"),
    "unknown code in values": (settings('"Helt enig" = 3', '"Helt enig" = 4'), S, "", None, "Muligt: 1, 2, 3, 8"),
    "column that no file has": (settings('KLASSE = "class"', 'KLASE = "class"'), S, "", None, "»KLASE«, som hverken er i elever.csv eller inviterede.csv"),
    "missing file": (settings("elever.csv", "elev.csv"), "elev.csv", "", None, "filen findes ikke. Læg den i mappen, eller ret navnet i surveys.toml"),
    "missing frame": (settings("inviterede.csv", "ramme.csv"), "ramme.csv", "", None, "filen findes ikke"),
    "unknown format": (old_excel, "elever.xls", "", None, "Muligt: .csv, .parquet, .xlsx, .sav, .dta"),
    "empty file": (edited("elever.csv", lambda _: ""), "elever.csv", "", None, "filen er tom"),
    "header only": (edited("elever.csv", lambda said: said.split("\n")[0] + "\n"), "elever.csv", "", None, "ingen rækker"),
    "no answers": (table("elever", [row | {"S1": 99, "S2": "", "S3": 99} for row in pupils()]), "elever.csv", "", None, "ingen af rækkerne har et svar"),
    "no header": (NO_HEADER, "elever.csv", "", None, "mangler nøglekolonnen"),
    "wrong separator": (settings('";"', '"|"'), "elever.csv", "", None, "kun én kolonne"),
    "encoding": (edited("elever.csv", str, "windows-1252"), "elever.csv", "kolonne nr. 3", 2, "ikke i UTF-8"),
    "cut workbook": (cut("xlsx"), "elever.xlsx", "", None, "ikke en fil fra Excel"),
    "cut SPSS file": (cut("sav"), "elever.sav", "", None, "ikke en fil fra SPSS"),
    "cut Stata file": (cut("dta"), "elever.dta", "", None, "ikke en fil fra Stata"),
    "doubled column in a workbook": (doubled_in_excel, "elever.xlsx", "KOEN", None, "står to gange i filen"),
    "column missing": (without("elever", "SKOLE"), "elever.csv", "", None, "mangler nøglekolonnen school. Skriv i surveys.toml under [pupils.columns]"),
    "item missing": (without("elever", "S3"), "elever.csv", "", None, "mangler kolonner med spørgsmålene rolig"),
    "item missing in long": (table("personale", [row for row in staff() if row["SPM"] != "S2"]), "personale.csv", "", None, "ingen rækker med spørgsmålene ked"),
    "item that was not asked": (settings("[pupils.columns]", 'not_asked = ["rolig"]\n[pupils.columns]'), "elever.csv", "", None, "at rolig ikke blev stillet"),
    "wide given for long": (settings('shape = "wide"', 'shape = "long"'), "elever.csv", "", None, "filen er bred"),
    "long given for wide": (settings('shape = "long"', 'shape = "wide"'), "personale.csv", "", None, "filen er lang"),
    "long without answers": (both(without("personale", "SVAR"), settings('SVAR = "answer"', "")), "personale.csv", "", None, "mangler kolonnen answer"),
    "answer outside": (cell(S1=7), "elever.csv", "S1", ROW, "ikke en af svarmulighederne i trivsel_egen. Muligt: 1 (Uenig)"),
    "answer outside in SPSS": (cell(kind="sav", S1=7), "elever.sav", "S1", ROW, "svaret på glad er ikke en af svarmulighederne"),
    "answer with decimals": (cell(S1="1,5"), "elever.csv", "S1", ROW, "ikke en af svarmulighederne"),
    "answer is text": (cell(S2=CANARY), "elever.csv", "S2", ROW, "ikke et tal. Muligt: 1 (Uenig)"),
    "answer is text in Excel": (cell(kind="xlsx", S2=CANARY), "elever.xlsx", "S2", ROW, "ikke et tal"),
    "answer outside in long": (cell(file="personale", SVAR="5"), "personale.csv", "SVAR", ROW, "svaret på ked er ikke en af svarmulighederne"),
    "answer is text in long": (cell(file="personale", SVAR=CANARY), "personale.csv", "SVAR", ROW, "ikke et tal"),
    "unknown item in long": (cell(file="personale", SPM=CANARY), "personale.csv", "SPM", ROW, "spørgsmålet findes ikke i trivsel_egen"),
    "item empty in long": (cell(file="personale", SPM=""), "personale.csv", "SPM", ROW, "værdien mangler"),
    "unknown municipality": (cell(KOM="199"), "elever.csv", "KOM", ROW, "ikke et af de 98"),
    "municipality is text": (cell(KOM=CANARY), "elever.csv", "KOM", ROW, "[pupils.leave_out] i surveys.toml"),
    "example among real": (cell(KOM="901"), "elever.csv", "KOM", ROW, "ikke et af de 98"),
    "real among examples": (settings('separator = ";"', 'separator = ";"\nsynthetic = true'), "elever.csv", "KOM", 2, "blandes"),
    "year spans wrong years": (cell(AAR="2022/2024"), "elever.csv", "AAR", ROW, "to år i træk"),
    "calendar year of pupils": (cell(AAR="2023"), "elever.csv", "AAR", ROW, "ikke et skoleår"),
    "two kinds of year": (cell(file="personale", year="2023/24"), "personale.csv", "year", ROW, "blander skoleår og kalenderår"),
    "impossible grade": (cell(TRIN=11), "elever.csv", "TRIN", ROW, "helt tal fra 0 til 10"),
    "unknown sex": (cell(KOEN=3), "elever.csv", "KOEN", ROW, "muligt: dreng, pige). Ret udtrækket, eller skriv under [pupils.values.sex] i surveys.toml"),
    "school missing": (cell(SKOLE=""), "elever.csv", "SKOLE", ROW, "værdien mangler"),
    "respondent missing": (cell(NR=""), "elever.csv", "NR", ROW, "værdien mangler"),
    "respondent twice in a year": (twice("elever", ["NR"]), "elever.csv", "NR", ROW, "to gange i året (også i række 10)"),
    "answer twice in long": (long_pupils(twin), "elever.csv", "SPM", ROW, "har svaret to gange på spørgsmålet i året (også i række 10)"),
    "respondent of two schools in long": (long_pupils(row_of(SKOLE=CANARY)), "elever.csv", "SKOLE", ROW + 1, "en anden værdi i en tidligere række"),
    "version not valid": (asked("valid_to = 2025", "valid_to = 2022"), "elever.csv", "AAR", 20, "var ikke i brug i året. Den gælder fra 2022 til 2022"),
    "more answers than invited": (table("inviterede", FEW), "inviterede.csv", "ANTAL", ROW, "flere svar i elever.csv end inviterede"),
    "stratum that the frame lacks": (table("inviterede", LACKING), "elever.csv", "SKOLE", 6, "ingen række med svarpersonens kommune, skole, år, klassetrin og køn"),
    "school that the frame lacks": (cell(SKOLE=CANARY), "elever.csv", "SKOLE", ROW, "ingen række med svarpersonens"),
    "answer without a stratum": (cell(KOEN=""), "elever.csv", "KOEN", ROW, "rammen inviterede.csv er delt efter den"),
    "answers without a stratum's column": (without("elever", "TRIN"), "elever.csv", "", None, "er delt efter »TRIN«"),
    "frame divided here and there": (table("inviterede", HALF), "inviterede.csv", "TRIN", ROW, "andre rækker i rammen har den"),
    "frame's stratum twice": (twice("inviterede", ["KOM", "SKOLE", "AAR", "TRIN", "KOEN"]), "inviterede.csv", "ANTAL", ROW, "stratummet står to gange (også i række 10)"),
    "invited is missing": (cell(file="inviterede", ANTAL=""), "inviterede.csv", "ANTAL", ROW, "værdien mangler"),
    "invited is negative": (cell(file="inviterede", ANTAL=-1), "inviterede.csv", "ANTAL", ROW, "ikke et helt tal fra 0 og op"),
    "attended more than planned": (cell(file="hold", attended=11), "hold.csv", "attended", ROW, "større end i kolonnen »planned«"),
    "sessions broken": (cell(file="hold", planned="9.5"), "hold.csv", "planned", ROW, "ikke et helt tal"),
    "outcome is text": (cell(file="hold", before=CANARY), "hold.csv", "before", ROW, "ikke et tal"),
    "outcome with the other sign": (cell(file="hold", before="3,5"), "hold.csv", "before", ROW, "med ».« som decimaltegn"),
    "unknown role": (cell(file="hold", role=CANARY), "hold.csv", "role", ROW, "muligt: indsats, sammenligning"),
    "participant twice": (twice("hold", ["participant"]), "hold.csv", "participant", ROW, "to gange i indsatsen (også i række 10)"),
    "programme without outcome": (without("hold", "after"), "hold.csv", "", None, "mangler nøglekolonnen after"),
    "reform twice": (table("reformer", [*reforms(), reforms()[0]]), "reformer.csv", "KOM", 4, "to gange i kommunen (også i række 2)"),
    "reform in a calendar year": (cell(row=3, file="reformer", start="2022"), "reformer.csv", "start", 3, "ikke et skoleår"),
    "person number as pseudonym": (cell(NR=SPLIT), "elever.csv", "NR", ROW, "personnumre"),
    "person number in a column nobody named": (cell(BEMÆRKNING=f"se {SPLIT}"), "elever.csv", "BEMÆRKNING", ROW, "personnumre. Lad dataejeren"),
    "person number in SPSS": (cell(kind="sav", NR=SPLIT), "elever.sav", "NR", ROW, "som surveys.toml ikke nævner"),
    "person number in Excel": (cell(kind="xlsx", NR=SPLIT), "elever.xlsx", "NR", ROW, "personnumre"),
    "person number of a participant": (cell(file="hold", participant=SPLIT), "hold.csv", "participant", ROW, "personnumre"),
    "person number in the frame": (cell(file="inviterede", SKOLE=SPLIT), "inviterede.csv", "SKOLE", ROW, "personnumre"),
    "everything left out": (settings('["411"]', '["411", "151", "0101"]'), S, "", None, "udelader alle rækker i elever.csv. Ret listen under [pupils.leave_out]"),
}  # fmt: skip


def content(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir() if path.is_file()}


def everything_said(error):
    parts = [str(error), repr(error.args), repr(error.__cause__), repr(error.__context__)]
    return "\n".join([*parts, *traceback.format_exception_only(error)])


@pytest.mark.parametrize("broken", BROKEN, ids=list(BROKEN))
def test_a_broken_survey_is_refused_by_file_column_and_row(broken, tmp_path, capsys, caplog):
    change, file, column, row, words = BROKEN[broken]
    folder = write_surveys(tmp_path)
    change(folder)
    before = content(folder)
    with pytest.raises(ContractError) as caught:
        read_surveys(folder)
    message = str(caught.value)

    assert content(folder) == before
    assert message.startswith(file)
    assert words in message
    assert "register.toml" not in message
    if column:
        assert (column if column.startswith("kolonne nr.") else f"kolonne »{column}«") in message
    if row:
        assert f"række {row}" in message
    if file != "trivsel_egen.toml":
        assert any(word in message for word in DANISH), "the message says what to do, in Danish"
    said = everything_said(caught.value) + "".join(capsys.readouterr()) + caplog.text
    for value in (CANARY, SPLIT[:6], "Vester", "2022/2024", "p14", "3,5", "9.5"):
        assert value not in said


def test_no_delivered_value_is_in_any_name_that_the_messages_may_show():
    """The values looked for above do stand in the tables."""
    rows = [*pupils(), *participants()]
    assert {"p14", "Vester Skole"} <= {str(value) for row in rows for value in row.values()}
    assert "Vester" not in SETTINGS + QUESTIONNAIRE


@pytest.fixture(scope="module")
def deliveries(tmp_path_factory):
    folders = {kind: write_surveys(tmp_path_factory.mktemp(kind), kind) for kind in FORMATS}
    return {kind: (folder, (folder / f"elever.{kind}").read_bytes()) for kind, folder in folders.items()}


@pytest.mark.filterwarnings("ignore")
@given(st.sampled_from(FORMATS), st.floats(0, 1, exclude_max=True), st.integers(0, 255), st.booleans())
@how(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_file_is_read_or_refused_without_a_value(deliveries, kind, place, byte, is_cut):
    folder, whole = deliveries[kind]
    at = int(place * len(whole))
    (folder / f"elever.{kind}").write_bytes(whole[:at] if is_cut else whole[:at] + bytes([byte]) + whole[at + 1 :])
    try:
        read_surveys(folder)
    except ContractError as error:
        assert "Skole" not in str(error)
        assert ": " in str(error)
