"""How many were asked, by school and stratum, and whether the answers fit in."""

import numpy as np
import pandas as pd

from inklusion.contracts.surveys import FRAME
from inklusion.contracts.validation import validate
from inklusion.danish import listing
from inklusion.register import survey_columns as columns
from inklusion.register.refusal import refusal
from inklusion.register.survey_answers import YEAR_KINDS, Answers
from inklusion.register.survey_files import open_file
from inklusion.register.survey_settings import SURVEYS, SurveyPart
from inklusion.register.values import Fields

PLACES = ("municipality", "school", "year")
STRATA = ("grade", "sex", "group")
_WORDS = {
    "municipality": "kommune", "school": "skole", "year": "år", "grade": "klassetrin", "sex": "køn", "group": "gruppe",
}  # fmt: skip


def read_frame(part: SurveyPart, answers: Answers) -> pd.DataFrame:
    """Read the frame of a survey; every answer must have its stratum there, and none more answers than invited.

    Raises
    ------
    ContractError
        In Danish, with file, column, row number and what to do; never a value.
    """
    fields = open_file(part, "frame", (*PLACES, "invited"), STRATA, ("invited",))
    _require_named(part, fields, answers)
    table = _frame(part, fields)
    strata = [name for name in STRATA if name in fields.delivery.ours and columns.filled(table[name]).all()]
    _require_whole_strata(fields, table)
    key = table[[*PLACES, *strata]].apply(lambda values: pd.factorize(values)[0])
    columns.require_once(fields, key, "invited", "stratummet står to gange", "Læg tallene sammen i én række.")
    _require_strata(part, fields, answers, strata)
    _compare(fields, table, answers, [*PLACES, *strata])
    return validate(table, FRAME, where=fields.delivery.file)


def _require_named(part: SurveyPart, fields: Fields, answers: Answers) -> None:
    """A misspelt line under ``columns`` would silently lose a column that may be left out."""
    names, items = {*fields.delivery.names, *answers.fields.delivery.names}, part.questionnaire.items
    for their, ours in part.how.columns.items():
        if their not in names and not (part.shape == "long" and ours in items):
            rule = f"[{part.name}.columns] nævner »{their}«, som hverken er i {part.file} eller {fields.delivery.file}"
            raise refusal(SURVEYS, rule, "Skriv navnet præcis som i filens første linje, eller slet linjen.")


def _frame(part: SurveyPart, fields: Fields) -> pd.DataFrame:
    table = {
        "municipality": columns.as_strings(columns.municipality(fields)),
        "school": columns.as_strings(columns.text(fields, "school")),
        "year": columns.as_strings(columns.year(fields, YEAR_KINDS[part.name])),
        "grade": pd.Series(columns.grade(fields)),
        "sex": columns.as_strings(columns.one_of(fields, "sex", optional=True)),
        "group": columns.as_strings(columns.text(fields, "group", optional=True)),
        "invited": pd.Series(columns.count(fields, "invited")),
    }
    return pd.DataFrame(table)[FRAME.column_names]


def _require_whole_strata(fields: Fields, table: pd.DataFrame) -> None:
    """A stratum that is filled in for some rows only would count the others' invited nowhere."""
    for name in STRATA:
        there = columns.filled(table[name])
        if there.any():
            rule = "værdien mangler, og andre rækker i rammen har den"
            remedy = "Del rammen på samme måde i alle rækker, eller lad kolonnen være tom i alle."
            fields.refuse(fields.delivery.ours[name], ~there, rule, remedy)


def _require_strata(part: SurveyPart, fields: Fields, answers: Answers, strata: list[str]) -> None:
    """The answers must say which stratum they belong to."""
    for name in strata:
        their = fields.delivery.ours[name]
        if name not in answers.fields.delivery.ours:
            rule = f"rammen {fields.delivery.file} er delt efter »{their}«, og filen med svar har ingen sådan kolonne"
            remedy = (
                f"Skriv i {SURVEYS} under [{part.name}.columns], hvad kolonnen hedder, eller læg rammens rækker sammen."
            )
            raise refusal(part.file, rule, remedy)
        rule = f"værdien mangler, og rammen {fields.delivery.file} er delt efter den"
        remedy = "Udfyld værdien, eller læg rammens rækker sammen, så den ikke er delt efter kolonnen."
        answers.refuse(name, ~columns.filled(answers.people[name]), rule, remedy)


def _compare(fields: Fields, table: pd.DataFrame, answers: Answers, strata: list[str]) -> None:
    """Give each answer its row of the frame, and count."""
    people = answers.people[strata].astype({name: table[name].dtype for name in strata})
    place = people.merge(table[strata].assign(place=np.arange(len(table))), how="left", on=strata)["place"]
    words = listing([_WORDS[name] for name in strata])
    rule = f"rammen {fields.delivery.file} har ingen række med svarpersonens {words}"
    remedy = "Tilføj rækken i rammen, eller se efter, om skolen er skrevet på samme måde i de to filer."
    answers.refuse("school", place.isna().to_numpy(), rule, remedy)
    answered = np.bincount(place.to_numpy(dtype=np.int64), minlength=len(table))
    rule = f"der er flere svar i {answers.part.file} end inviterede"
    remedy = f"Ret antallet af inviterede, eller slet svar, der ikke hører til. Rammen er delt efter {words}."
    fields.refuse(fields.delivery.ours["invited"], answered > table["invited"].to_numpy(), rule, remedy)
