"""The survey data of an edition: answers with their questionnaire and frame, programmes and reforms."""

from dataclasses import dataclass, field

import pandas as pd

from inklusion.contracts.surveys import FRAME, PARTICIPANTS, REFORMS, RESPONSES
from inklusion.questionnaire import Questionnaire


@dataclass(frozen=True)
class Survey:
    """Answers to one questionnaire. Its rows are persons: it never leaves a process.

    Attributes
    ----------
    questionnaire
        With the direction of the data set (:func:`inklusion.questionnaire.as_delivered`).
    responses
        The columns of ``RESPONSES`` and one per item, with the questionnaire's codes; missing where nothing was answered.
    frame
        The columns of ``FRAME``: how many were asked in each stratum.
    source
        What a number is traced to.
    """

    questionnaire: Questionnaire
    responses: pd.DataFrame
    frame: pd.DataFrame
    source: str

    def __repr__(self) -> str:
        """No rows: they are persons."""
        return f"Survey({self.questionnaire.id}, {len(self.responses)} answers)"


def _empty(columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame(columns=columns)


@dataclass(frozen=True)
class Surveys:
    """Whatever an edition has of surveys and programmes; what it lacks is None or an empty table.

    Attributes
    ----------
    pupils, staff
        The pupils' wellbeing survey and the staff survey.
    participants
        The columns of ``PARTICIPANTS``.
    reforms
        The columns of ``REFORMS``.
    programme_source, reform_source
        What numbers on programmes and reforms are traced to.
    """

    pupils: Survey | None = None
    staff: Survey | None = None
    participants: pd.DataFrame = field(default_factory=lambda: _empty(PARTICIPANTS.column_names), repr=False)
    reforms: pd.DataFrame = field(default_factory=lambda: _empty(REFORMS.column_names), repr=False)
    programme_source: str = ""
    reform_source: str = ""


RESPONSE_COLUMNS, FRAME_COLUMNS = RESPONSES.column_names, FRAME.column_names
