"""Small valid surveys as a municipality might deliver them, written in any format by the test that needs them."""

import csv

import pandas as pd
import pyreadstat

FORMATS = ("csv", "parquet", "xlsx", "sav", "dta")
ITEMS = {"S1": "glad", "S2": "ked", "S3": "rolig"}

SETTINGS = """
separator = ";"
decimal = ","
missing = ["", "99"]

[pupils]
file = "elever.csv"
frame = "inviterede.csv"
questionnaire = "trivsel_egen"
shape = "wide"
direction = "raw"

[pupils.columns]
NR = "respondent"
KOM = "municipality"
SKOLE = "school"
KLASSE = "class"
AAR = "year"
TRIN = "grade"
KOEN = "sex"
ANTAL = "invited"
S1 = "glad"
S2 = "ked"
S3 = "rolig"

[pupils.values.sex]
1 = "dreng"
2 = "pige"

[pupils.leave_out]
municipality = ["411"]

[staff]
file = "personale.csv"
frame = "personale_inviterede.csv"
questionnaire = "trivsel_egen"
shape = "long"
direction = "turned"
not_asked = ["rolig"]

[staff.columns]
ID = "respondent"
KOM = "municipality"
FAG = "group"
SPM = "item"
SVAR = "answer"
S1 = "glad"
S2 = "ked"

[staff.values.enig]
"Helt enig" = 3

[programme]
file = "hold.csv"
decimal = "."

[programme.columns]
KOM = "municipality"

[programme.values.role]
I = "indsats"
S = "sammenligning"

[reforms]
file = "reformer.csv"

[reforms.columns]
KOM = "municipality"
"""

QUESTIONNAIRE = """
id = "trivsel_egen"
title_da = "Egen måling"
version = "2022"
valid_from = 2022
valid_to = 2025
how_sure = "high"

[responses.enig]
answers = [[1, "Uenig"], [2, "Både og"], [3, "Enig"]]
dont_know = [[8, "Ved ikke"]]

[responses.tekst]
text = true

[[items]]
id = "glad"
label = "Jeg er glad"
responses = "enig"

[[items]]
id = "ked"
label = "Jeg er ked af det"
responses = "enig"
reversed = true

[[items]]
id = "rolig"
label = "Jeg er rolig"
responses = "enig"

[[items]]
id = "andet"
label = "Andet"
responses = "tekst"

[scales.trivsel]
label = "Trivsel"
items = ["glad", "ked", "rolig"]
minimum_share = 0.5
"""

SCHOOLS = (("151", "Øster Skole"), ("151", "Vester Skole"), ("0101", "Byens Skole"))


def pupils():
    """36 pupils of three schools and two years; row 36 has no answer at all, row 37 is left out."""
    rows = [
        {
            "NR": f"p{place}",
            "KOM": SCHOOLS[place % 3][0],
            "SKOLE": SCHOOLS[place % 3][1],
            "KLASSE": "" if place == 4 else f"{4 + place % 2}. A",
            "AAR": "2022/23" if place < 18 else "2023/2024",
            "TRIN": 4 + place % 2,
            "KOEN": 1 + place // 2 % 2,
            "S1": 1 + place % 3,
            "S2": 8 if place == 5 else 3 - place % 3,
            "S3": 99 if place == 7 else 1 + place // 3 % 3,
            "UBRUGT": place,
        }
        for place in range(36)
    ]
    rows[34] |= {"S1": 99, "S2": 99, "S3": 99}
    rows[35] |= {"KOM": "411", "SKOLE": "Christiansø Skole"}
    return rows


def invited():
    """Six asked in every school, year, grade and sex."""
    return [
        {"KOM": code, "SKOLE": school, "AAR": year, "TRIN": grade, "KOEN": sex, "ANTAL": 6}
        for code, school in SCHOOLS
        for year in ("2022/2023", "2023/2024")
        for grade in (4, 5)
        for sex in (1, 2)
    ]


def staff():
    """Eight teachers with two answers each."""
    return [
        {
            "ID": 500 + place,
            "KOM": 151,
            "school": "Øster Skole",
            "year": 2024,
            "FAG": "lærer" if place % 2 else "pædagog",
            "SPM": their,
            "SVAR": "Helt enig" if their == "S1" and place % 2 else str(1 + place % 3),
        }
        for place in range(8)
        for their in ("S1", "S2")
    ]


def staff_invited():
    return [
        {"KOM": 151, "school": "Øster Skole", "year": 2024, "FAG": group, "invited": 10}
        for group in ("lærer", "pædagog")
    ]


def participants():
    """Twenty pupils, half of them in the programme."""
    return [
        {
            "participant": f"d{place}",
            "programme": "co_teaching",
            "KOM": "151",
            "cluster": f"hold {place % 4}",
            "role": "I" if place % 2 else "S",
            "planned": 10 * (place % 2),
            "attended": 8 * (place % 2),
            "before": 3.1 + place / 10,
            "after": "" if place == 6 else 3.4 + place / 10,
        }
        for place in range(20)
    ]


def reforms():
    return [
        {"reform": "Mellemformer", "KOM": code, "start": start}
        for code, start in (("151", "2021/22"), ("101", "2022/2023"))
    ]


def long_of(rows, items=ITEMS):
    """Answers of a wide table, one row for each."""
    others = [name for name in rows[0] if name not in items]
    return [{name: row[name] for name in others} | {"SPM": item, "SVAR": row[item]} for row in rows for item in items]


TABLES = {
    "elever": pupils,
    "inviterede": invited,
    "personale": staff,
    "personale_inviterede": staff_invited,
    "hold": participants,
    "reformer": reforms,
}


def write_table(path, rows, missing="99"):
    """Write rows in the format of the file's name; where numbers are stored as such, missing ones are empty."""
    if path.suffix == ".csv":
        with path.open("w", encoding="utf-8", newline="") as handle:
            writer = csv.DictWriter(handle, list(rows[0]), delimiter=";", lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        return
    table = pd.DataFrame(rows)
    table = table.mask(table.astype(str).isin(["", missing]))
    table = table.apply(lambda column: column if column.map(type).eq(str).any() else column.astype(float))
    if path.suffix == ".parquet":
        table.to_parquet(path)
    elif path.suffix == ".xlsx":
        table.to_excel(path, index=False)
    elif path.suffix == ".sav":
        labels = {"S1": {1.0: "Uenig", 2.0: "Både og", 3.0: "Enig"}} if "S1" in table else None
        pyreadstat.write_sav(table, path, variable_value_labels=labels)
    else:
        pyreadstat.write_dta(table, path)


def write_surveys(folder, kind="csv", settings=SETTINGS):
    """Write a whole valid delivery in one format."""
    for name, rows in TABLES.items():
        write_table(folder / f"{name}.{kind}", rows())
    (folder / "surveys.toml").write_text(settings.replace(".csv", f".{kind}"), encoding="utf-8")
    (folder / "questionnaires").mkdir()
    (folder / "questionnaires" / "trivsel_egen.toml").write_text(QUESTIONNAIRE, encoding="utf-8")
    return folder
