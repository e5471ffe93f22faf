"""A user's surveys: the files that ``surveys.toml`` names in, one :class:`Surveys` out, or a refusal that says why."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from inklusion.contracts.surveys import PARTICIPANTS, REFORMS, RESPONSES
from inklusion.contracts.validation import validate
from inklusion.register import survey_columns as columns
from inklusion.register.refusal import refusal
from inklusion.register.survey_answers import read_answers
from inklusion.register.survey_files import in_words_of, open_file
from inklusion.register.survey_frame import read_frame
from inklusion.register.survey_settings import SURVEYS, Part, SurveyPart, read_survey_settings
from inklusion.surveys import Survey, Surveys

_AMOUNTS = ("planned", "attended", "before", "after")


def read_surveys(folder: Path) -> Surveys:
    """Read the surveys, programmes and reforms of a folder.

    Parameters
    ----------
    folder
        Where ``surveys.toml`` and the files it names are. Nothing in it is changed.

    Returns
    -------
    Surveys
        What the settings name; empty when there is no ``surveys.toml``. Persons are numbered anew from 0.

    Raises
    ------
    ContractError
        In Danish, with file, column, row number (the header is row 1), what is allowed and what to do; never a value.
    """
    try:
        return _read(folder)
    except pa.ArrowException as problem:
        kind = type(problem).__name__
    raise refusal(SURVEYS, f"en kolonne har en type, der ikke kan læses ({kind})", "Gem filerne igen som CSV.")


def _read(folder: Path) -> Surveys:
    parts = read_survey_settings(folder)
    surveys = {name: _survey(part) for name, part in parts.items() if isinstance(part, SurveyPart)}
    programme, reforms = parts.get("programme"), parts.get("reforms")
    found = Surveys(pupils=surveys.get("pupils"), staff=surveys.get("staff"))
    return Surveys(
        pupils=found.pupils,
        staff=found.staff,
        participants=_participants(programme) if programme else found.participants,
        reforms=_reforms(reforms) if reforms else found.reforms,
        programme_source=_source(programme) if programme else "",
        reform_source=_source(reforms) if reforms else "",
    )


def _source(part: Part) -> str:
    return f"data/own/{part.file}"


def _survey(part: SurveyPart) -> Survey:
    with in_words_of(part):
        answers = read_answers(part)
        frame = read_frame(part, answers)
    people = validate(answers.people, RESPONSES, where=part.file)
    responses = pd.concat([people, answers.items], axis=1)
    return Survey(part.questionnaire, responses, frame, _source(part))


def _participants(part: Part) -> pd.DataFrame:
    with in_words_of(part):
        fields = open_file(part, part.name, tuple(PARTICIPANTS.column_names), (), _AMOUNTS)
        table = pd.DataFrame(
            {
                "participant": columns.pseudonym(fields, "participant"),
                "programme": columns.as_strings(columns.text(fields, "programme")),
                "municipality": columns.as_strings(columns.municipality(fields)),
                "cluster": columns.as_strings(columns.text(fields, "cluster")),
                "role": columns.as_strings(columns.one_of(fields, "role")),
                "planned": columns.count(fields, "planned"),
                "attended": columns.count(fields, "attended", optional=True),
                "before": columns.amount(fields, "before"),
                "after": columns.amount(fields, "after"),
            }
        )
        once = "Behold én række for hver deltager i en indsats."
        key = table[["participant", "programme"]]
        columns.require_once(fields, key, "participant", "deltageren står to gange i indsatsen", once)
        more = (table["attended"] > table["planned"]).to_numpy(dtype=np.bool_)
        their = fields.delivery.ours
        rule = f"antallet er større end i kolonnen »{their['planned']}« i samme række"
        fields.refuse(their["attended"], more, rule, "Ret et af tallene: ingen kan møde op flere gange end planlagt.")
    return validate(table, PARTICIPANTS, where=part.file)


def _reforms(part: Part) -> pd.DataFrame:
    with in_words_of(part):
        fields = open_file(part, part.name, tuple(REFORMS.column_names), ())
        table = pd.DataFrame(
            {
                "reform": columns.as_strings(columns.text(fields, "reform")),
                "municipality": columns.as_strings(columns.municipality(fields)),
                "start": columns.as_strings(columns.year(fields, ("school_year",), "start")),
            }
        )
        once = "Behold én række for hver reform i en kommune."
        key = table[["reform", "municipality"]]
        columns.require_once(fields, key, "municipality", "reformen står to gange i kommunen", once)
    return validate(table, REFORMS, where=part.file)
