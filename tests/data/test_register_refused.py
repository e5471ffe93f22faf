"""Broken registers: each is refused with file, column, row and what to do; nothing is lost and no value is repeated."""

import hashlib
import traceback

import pandas as pd
import pytest
from register_files import DICTIONARY, SETTINGS, leavers, pupils, spells, write_csv, write_register

from inklusion.errors import ContractError
from inklusion.register.read import read_register

CANARY = "kanarie7"
SPLIT, JOINED = "310299-4321", "3102994321"
ROW = 17  # spreadsheet row that is broken: the header is row 1


def cell(column, value, *, file="elever.csv", rows=pupils, row=ROW, **write):
    """Break one cell."""

    def change(folder):
        table = rows()
        table[row - 2] |= {column: value}
        write_csv(folder / file, table, **write)

    return change


def spell(row=ROW, **values):
    def change(folder):
        table = spells()
        table[row - 2] |= values
        write_csv(folder / "forløb.csv", table)

    return change


def leaver(**values):
    def change(folder):
        table = leavers()
        table[ROW - 2] |= values
        write_csv(folder / "tidligere.csv", table)

    return change


def text(file, edit, encoding="utf-8"):
    """Edit a file as text."""

    def change(folder):
        path = folder / file
        path.write_text(edit(path.read_text(encoding="utf-8")), encoding=encoding, newline="\n")

    return change


def line(edit):
    """Edit the broken row as text."""

    def change(said):
        lines = said.split("\n")
        lines[ROW - 1] = edit(lines[ROW - 1])
        return "\n".join(lines)

    return text("elever.csv", change)


def settings(old, new):
    assert old in SETTINGS
    return text("register.toml", lambda said: said.replace(old, new))


def dictionary(line):
    return text("ordbog.csv", lambda said: said + line + "\n")


def twin(folder):
    """The pupil of row 10 stands once more in row 17, in the same year and another municipality."""
    table = pupils()
    table[ROW - 2] = table[8] | {"KOM": "265", "DISTRIKT": CANARY}
    write_csv(folder / "elever.csv", table)


def parquet(folder):
    pd.DataFrame(pupils()).to_parquet(folder / "elever.parquet")
    (folder / "elever.csv").unlink()
    text("register.toml", lambda said: said.replace("elever.csv", "elever.parquet"))(folder)


def cut_parquet(folder):
    parquet(folder)
    path = folder / "elever.parquet"
    path.write_bytes(path.read_bytes()[:-200])


def person_in_parquet(folder):
    """The leading zero is lost when person numbers are saved as numbers."""
    parquet(folder)
    table = pd.read_parquet(folder / "elever.parquet")
    table["SENESTE"] = [101990000 + i for i in range(len(table))]
    table.to_parquet(folder / "elever.parquet")


def persons(column, value, file="elever.csv", rows=pupils):
    """Every row from the broken one on holds a person number."""

    def change(folder):
        table = [row | {column: row.get(column, "")} for row in rows()]
        for place, row in enumerate(table[ROW - 2 :]):
            row[column] = f"{value[:-3]}{place:03d}"
        write_csv(folder / file, table)

    return change


def no_header(folder):
    lines = (folder / "elever.csv").read_text(encoding="utf-8").splitlines()[1:]
    (folder / "elever.csv").write_text("\n".join(lines), encoding="utf-8")


def doubled(folder):
    lines = (folder / "elever.csv").read_text(encoding="utf-8").splitlines()
    (folder / "elever.csv").write_text(
        "\n".join(line + (";AUTISME" if line.startswith("ELEV") else ";0") for line in lines), encoding="utf-8"
    )


def cut_csv(folder):
    path = folder / "elever.csv"
    path.write_text(path.read_text(encoding="utf-8")[:-70], encoding="utf-8")


# what is broken: change, file, column, row, words of the message
BROKEN = {
    "wrong separator": (settings('";"', '"|"'), "elever.csv", "", None, "kun én kolonne"),
    "decimal comma where point is declared": (
        settings('decimal = ","', 'decimal = "."'),
        "elever.csv",
        "TIMER",
        3,
        "skrevet med komma",
    ),
    "decimal point where comma is declared": (cell("INDK", "1.250"), "elever.csv", "INDK", ROW, "skrevet med punktum"),
    "duplicate pupil in a year": (twin, "elever.csv", "ELEV", ROW, "to gange i skoleåret (også i række 10)"),
    "unknown municipality": (cell("KOM", "199"), "elever.csv", "KOM", ROW, "ikke et af de 98"),
    "municipality is text": (cell("KOM", CANARY), "elever.csv", "KOM", ROW, "ikke et af de 98"),
    "example among real": (cell("KOM", "901"), "elever.csv", "KOM", ROW, "ikke et af de 98"),
    "real among examples": (settings("= false", "= true"), "elever.csv", "KOM", 2, "blandes"),
    "share above 1": (cell("ANDEL", "1,01"), "elever.csv", "ANDEL", ROW, "uden for det tilladte (0-1)"),
    "number is text": (cell("INDK", CANARY), "elever.csv", "INDK", ROW, "ikke et tal"),
    "number without end": (cell("INDK", "inf"), "elever.csv", "INDK", ROW, "for stort"),
    "year as text": (cell("SKOLEAAR", "sidste år"), "elever.csv", "SKOLEAAR", ROW, "ikke to år i træk"),
    "year spans wrong years": (cell("SKOLEAAR", "2022/2024"), "elever.csv", "SKOLEAAR", ROW, "ikke to år i træk"),
    "calendar year": (cell("SKOLEAAR", "2023"), "elever.csv", "SKOLEAAR", ROW, "ikke to år i træk"),
    "impossible grade": (cell("KLASSE", "11"), "elever.csv", "KLASSE", ROW, "helt tal fra 0 til 10"),
    "unknown sex": (cell("KOEN", "3"), "elever.csv", "KOEN", ROW, "koden for køn er ukendt"),
    "unknown placement": (cell("PLACERING", CANARY), "elever.csv", "PLACERING", ROW, "placeringen er ukendt"),
    "negative support hours": (cell("TIMER", "-2,5"), "elever.csv", "TIMER", ROW, "uden for det tilladte"),
    "yes or no is 2": (cell("AUTISME", "2"), "elever.csv", "AUTISME", ROW, "hverken ja eller nej"),
    "key value missing": (cell("KOM", ""), "elever.csv", "KOM", ROW, "værdien mangler"),
    "too many categories": (
        text("ordbog.csv", lambda said: said.replace("INDK,Familiens indkomst,forældres økonomi,number", "INDK,a,helbred,category")),
        "elever.csv",
        "INDK",
        None,
        "højst have 50",
    ),
    "doubled column": (doubled, "elever.csv", "AUTISME", None, "står to gange i filen"),
    "no header": (no_header, "elever.csv", "", None, "mangler nøglekolonnen"),
    "uneven row": (line(lambda said: f"{said};{CANARY}"), "elever.csv", "", ROW, "lige så mange felter"),
    "quote that is not closed": (line(lambda said: f'{said[:-5]};"{CANARY}'), "elever.csv", "", ROW, "lige så mange felter"),
    "blank line": (line(lambda _: ""), "elever.csv", "ELEV", ROW, "værdien mangler"),
    "file cut off": (cut_csv, "elever.csv", "", 122, "lige så mange felter"),
    "empty file": (text("elever.csv", lambda _: ""), "elever.csv", "", None, "filen er tom"),
    "header only": (text("elever.csv", lambda said: said.split("\n")[0] + "\n"), "elever.csv", "", None, "ingen rækker"),
    "truncated Parquet": (cut_parquet, "elever.parquet", "", None, "afbrudt"),
    "encoding is not UTF-8": (text("elever.csv", str, "windows-1252"), "elever.csv", "kolonne nr. 16", 1, "ikke i UTF-8"),
    "encoding is UTF-8 after all": (settings('"utf-8"', '"windows-1252"'), "elever.csv", "", None, "er i UTF-8"),
    "spell ends before it starts": (spell(TIL="2009-07-31"), "forløb.csv", "TIL", ROW, "slutter, før det begynder"),
    "unknown provision": (spell(TILBUD=CANARY), "forløb.csv", "TILBUD", ROW, "tilbuddet er ukendt"),
    "ordinary class as provision": (spell(TILBUD="almen"), "forløb.csv", "TILBUD", ROW, "tilbuddet er ukendt"),
    "impossible date": (spell(FRA="2015-02-30"), "forløb.csv", "FRA", ROW, "datoen kan ikke læses"),
    "date that stands for an open spell": (spell(TIL="9999-12-31"), "forløb.csv", "TIL", ROW, "uden for 1980-2100"),
    "open spell with an exit": (spell(AFGANG="moved", TIL=""), "forløb.csv", "AFGANG", ROW, "ingen slutdato"),
    "unknown activity": (leaver(AKTIVITET=CANARY), "tidligere.csv", "AKTIVITET", ROW, "er ukendt"),
    "former pupil twice": (leaver(ELEV="t3"), "tidligere.csv", "ELEV", ROW, "to gange"),
    "dictionary names a missing column": (dictionary("MANGLER,m,helbred,yes_no,,LPR,nej,nej"), "ordbog.csv", "column", 7, "ikke er i"),
    "dictionary has an unknown type": (dictionary("INDK2,m,helbred,tal,,LPR,nej,nej"), "ordbog.csv", "type", 7, "ordet er ukendt"),
    "dictionary names the answer": (dictionary("PLACERING,p,helbred,category,,UDSP,ja,nej"), "ordbog.csv", "column", 7, "røber svaret"),
    "dictionary names the municipality": (dictionary("KOM,k,helbred,category,,BEF,ja,nej"), "ordbog.csv", "column", 7, "røber svaret"),
    "settings: unknown word": (text("register.toml", lambda said: "seperator = ';'\n" + said), "register.toml", "", None, "seperator"),
    "settings: unknown placement": (settings("[values.exit]", '[values.placement]\nX = "klasse"\n[values.exit]'), "register.toml", "", None, "klasse"),
    "person number as pseudonym": (persons("ELEV", SPLIT), "elever.csv", "ELEV", ROW, "personnumre"),
    "person number without hyphen": (persons("ELEV", JOINED), "elever.csv", "ELEV", ROW, "personnumre"),
    "person number in a column nobody named": (persons("BEMÆRKNING", "se " + SPLIT), "elever.csv", "BEMÆRKNING", ROW, "personnumre"),
    "one person number": (cell("DISTRIKT", SPLIT), "elever.csv", "DISTRIKT", ROW, "personnumre"),
    "one person number without hyphen": (cell("INDK", JOINED), "elever.csv", "INDK", ROW, "personnumre"),
    "person number of a spell": (spell(ELEV=SPLIT), "forløb.csv", "ELEV", ROW, "personnumre"),
    "person number of a former pupil": (leaver(ELEV=JOINED), "tidligere.csv", "ELEV", ROW, "personnumre"),
    "person number as header": (persons(SPLIT, "abc"), "elever.csv", "kolonne nr. 17", 1, "personnumre"),
    "person number that lost its zero": (person_in_parquet, "elever.parquet", "SENESTE", 2, "personnumre"),
}  # fmt: skip


def content(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def everything_said(error):
    parts = [str(error), repr(error.args), repr(error.__cause__), repr(error.__context__)]
    return "\n".join([*parts, *traceback.format_exception_only(error)])


@pytest.mark.parametrize("broken", BROKEN, ids=list(BROKEN))
def test_a_broken_register_is_refused_by_file_column_and_row(broken, tmp_path, capsys, caplog):
    change, file, column, row, words = BROKEN[broken]
    folder = write_register(tmp_path)
    change(folder)
    before = content(folder)
    with pytest.raises(ContractError) as caught:
        read_register(folder)
    message = str(caught.value)

    assert content(folder) == before
    assert message.startswith(file)
    assert words in message
    if column:
        assert (column if column.startswith("kolonne nr.") else f"kolonne »{column}«") in message
    if row:
        assert f"række {row}" in message
    assert len(message.split(". ")) >= 2, "the message says what to do"
    said = everything_said(caught.value) + "".join(capsys.readouterr()) + caplog.text
    for value in (CANARY, SPLIT[:6], "sidste år", "2022/2024"):
        assert value not in said


def test_the_register_that_the_others_are_broken_copies_of_is_read(tmp_path):
    assert len(read_register(write_register(tmp_path)).pupils) == 120


def test_the_dictionary_of_the_tests_has_the_promised_first_line():
    assert DICTIONARY[0].split(",")[-2:] == ["local_practice", "of_interest"]
