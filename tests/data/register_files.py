"""A small valid register as a municipality might deliver it, written by the test that needs it."""

import csv
from pathlib import Path

SETTINGS = """
synthetic = false
separator = ";"
decimal = ","
encoding = "utf-8"
dictionary = "ordbog.csv"

[files]
pupils = "elever.csv"
placements = "forløb.csv"
leavers = "tidligere.csv"

[columns]
ELEV = "pupil"
FAMILIE = "family"
SKOLEAAR = "year"
KLASSE = "grade"
KOEN = "sex"
KOM = "municipality"
DISTRIKT = "district"
INSTNR = "school"
PLACERING = "placement"
TIMER = "support_hours"
TILBUD = "provision"
FRA = "start"
TIL = "end"
AFGANG = "exit"
KLASSE_START = "grade_at_start"
AARGANG = "cohort"
GRUPPE = "group"
AKTIVITET = "activity"

[values.sex]
1 = "dreng"
2 = "pige"

[values.exit]
almen = "ordinary"

[leave_out]
municipality = ["411"]
"""

DICTIONARY = [
    "column,label_da,category,type,unit,source_register,local_practice,of_interest",
    "INDK,Familiens indkomst,forældres økonomi,number,1.000 kr.,IND,nej,nej",
    "ANDEL,Overførslers andel,forældres økonomi,number,andel 0-1,IND,nej,nej",
    "ENLIG,Enlig forælder,bolig og civilstand,yes_no,,BEF,nej,ja",
    "MOR_UDD,Mors uddannelse,forældres uddannelse,category,,UDDA,nej,nej",
    "AUTISME,Autismediagnose,helbred,yes_no,,LPR,ja,ja",
]
PUPILS = 60
PLACEMENTS = ("almen", "almen", "Almen", "mellemform", "gruppeordning", "specialskole")


def pupils():
    """Sixty pupils in two school years; the last row is of Christiansø and is left out by the settings."""
    rows = []
    for year in ("2022/2023", "2023/24"):
        for i in range(PUPILS):
            rows.append({
                "ELEV": f"e{i:03d}", "FAMILIE": f"f{i // 2:03d}" if i % 9 else "", "SKOLEAAR": year, "KLASSE": str(i % 10),
                "KOEN": "12"[i % 2], "KOM": ("101", "0151", "169", "265")[i % 4], "DISTRIKT": f"Å{i % 8}" if i % 7 else "",
                "INSTNR": f"{100000 + i % 8}", "PLACERING": PLACEMENTS[i % 6], "TIMER": f"{i % 12},5" if i % 5 else "",
                "INDK": f"{300 + 7 * i},25", "ANDEL": f"0,{i:03d}", "ENLIG": ("0", "1", "ja", "nej", "")[i % 5],
                "MOR_UDD": ("grundskole", "erhvervsfaglig", "videregående", "")[i % 4], "AUTISME": str(int(i % 30 == 3)),
                "BEMÆRKNING": "ikke i ordbogen",
            })  # fmt: skip
    return [*rows, rows[0] | {"ELEV": "e999", "KOM": "411"}]


def spells():
    """Thirty spells: one open, one of a pupil who is in no other file."""
    return [
        {
            "ELEV": f"e{i:03d}" if i else "e777", "KOM": "101", "TILBUD": "specialklasse", "FRA": f"20{10 + i % 9}-08-01",
            "TIL": "2020-07-31" if i % 4 else "", "AFGANG": "Almen" if i % 4 == 1 else "", "KLASSE_START": str(i % 8),
        }
        for i in range(30)
    ]  # fmt: skip


def leavers():
    """Twenty former pupils."""
    return [
        {"ELEV": f"t{i}", "KOM": "151", "AARGANG": "2018", "GRUPPE": "special", "AKTIVITET": "education"}
        for i in range(20)
    ]


def write_csv(path, rows, separator=";", encoding="utf-8"):
    """Rows as CSV."""
    with Path(path).open("w", newline="", encoding=encoding) as handle:
        writer = csv.DictWriter(handle, rows[0], delimiter=separator, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def write_register(folder):
    """Write the valid register and return its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "register.toml").write_text(SETTINGS, encoding="utf-8")
    (folder / "ordbog.csv").write_text("\n".join(DICTIONARY) + "\n", encoding="utf-8")
    write_csv(folder / "elever.csv", pupils())
    write_csv(folder / "forløb.csv", spells())
    write_csv(folder / "tidligere.csv", leavers())
    return folder
