"""What was read, in Danish sentences: sizes and names of columns, never a row."""

import pandas as pd

from inklusion.contracts.register import COVARIATE_CATEGORIES, Register
from inklusion.danish import listing, number
from inklusion.register.read import ReadReport
from inklusion.register.refusal import listed
from inklusion.surveys import Surveys


def summary(register: Register, report: ReadReport) -> str:
    """The lines that `register-check` prints."""
    years = listing(sorted(str(year) for year in register.pupils["year"].unique()))
    lines = [f"{file}: {_counted(rows)} er læst." for file, rows in report.rows.items()]
    lines += [
        f"{where}: {_counted(rows)} er udeladt efter register.toml." for where, rows in report.left_out.items() if rows
    ]
    lines.append(f"Skoleår: {years}. {number(len(register.municipalities))} {_places(register)}.")
    lines.append(f"{number(len(register.dictionary))} baggrundsoplysninger:")
    lines += [f"  {category}: {count}" for category, count in per_category(register.dictionary).items()]
    practice = int(register.dictionary["local_practice"].sum())
    lines.append(f"  heraf kan {practice} være et resultat af lokal praksis.")
    if report.mostly_missing:
        lines.append(f"Mangler i over halvdelen af rækkerne: {listed(list(report.mostly_missing))}.")
    if report.without_family:
        lines.append(f"{_counted(report.without_family)} har ingen familie; hver elev tæller som sin egen.")
    if report.spells_without_pupil:
        lines.append(f"{number(report.spells_without_pupil)} forløb hører til elever, som ikke er i elevfilen.")
    lines += [
        f"{file}: kolonner, der ikke er i ordbogen og ikke bruges ({len(names)}): {listed(list(names))}."
        for file, names in report.ignored.items()
        if names
    ]
    return "\n".join(lines)


def survey_summary(surveys: Surveys) -> str:
    """The lines about surveys and programmes, or that there are none."""
    parts = {"Elevsvar": surveys.pupils, "Personalesvar": surveys.staff}
    lines = [
        f"{name}: {_counted(len(survey.responses))} fra {survey.source} efter skemaet »{survey.questionnaire.title_da}«; "
        f"{number(int(survey.frame['invited'].sum()))} skulle svare."
        for name, survey in parts.items()
        if survey is not None
    ]
    if len(surveys.participants):
        lines.append(f"Indsatser: {_counted(len(surveys.participants))} fra {surveys.programme_source}.")
    if len(surveys.reforms):
        lines.append(f"Reformer: {_counted(len(surveys.reforms))} fra {surveys.reform_source}.")
    return "\n".join(lines or ["Ingen undersøgelser: surveys.toml findes ikke, eller den nævner ingen."])


def per_category(dictionary: pd.DataFrame) -> dict[str, int]:
    """How many covariates there are in each category, in the report's order."""
    counts = dictionary["category"].value_counts()
    return {category: int(counts[category]) for category in COVARIATE_CATEGORIES if category in counts.index}


def _counted(rows: int) -> str:
    return f"{number(rows)} {'række' if rows == 1 else 'rækker'}"


def _places(register: Register) -> str:
    kind = "eksempelkommuner (syntetiske data)" if register.is_synthetic else "kommuner"
    return kind if len(register.municipalities) != 1 else kind.replace("kommuner", "kommune")
