"""The survey tables of an edition: answers, staff, programmes and reforms, and what follows from what is shown."""

import tomllib
from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from inklusion.plans import read_plans
from inklusion.processed import OWN
from inklusion.project import own_folder, settings_folder
from inklusion.sources import manifest
from inklusion.surveys import Surveys

Tables = dict[str, pd.DataFrame]
Shown = Mapping[str, pd.DataFrame]
NAMES = ("wellbeing_items", "wellbeing_scales", "survey_response", "survey_card", "staff_answers", "programme")
PUBLISHED_NAMES = ("staff_answers", "programme")
DERIVED = ("wellbeing_trends", "reform", "follow_up")
PUBLISHED_DERIVED = ("reform", "follow_up")
_SYNTHETIC = "synthetic.toml"


def open_surveys(edition: str, codes: Sequence[str]) -> Surveys:
    """A user's surveys, or invented ones for the municipalities of the synthetic register."""
    if edition == OWN:
        from inklusion.register.surveys import read_surveys

        return read_surveys(own_folder())
    from inklusion.register.synthetic.surveys import synthetic_surveys

    chosen = tomllib.loads((settings_folder() / _SYNTHETIC).read_text(encoding="utf-8"))
    return synthetic_surveys(chosen["pupils"], seed=chosen["seed"], source=f"settings/{_SYNTHETIC}", codes=codes)


def registered(surveys: Callable[[], Surveys]) -> dict[str, Callable[[], pd.DataFrame]]:
    """The analyses of a register edition's surveys by table name; the data are read when the first of them asks."""
    from inklusion.analyses import programme, pupil_survey, staff_survey, survey_card

    return {
        "wellbeing_items": lambda: pupil_survey.items(surveys().pupils),
        "wellbeing_scales": lambda: pupil_survey.scales(surveys().pupils),
        "survey_response": lambda: pupil_survey.response(surveys().pupils),
        "survey_card": lambda: survey_card.survey_card(surveys().pupils),
        "staff_answers": lambda: staff_survey.registered_answers(surveys().staff),
        "programme": lambda: programme.registered_programme(
            surveys().participants, source=surveys().programme_source, plans=read_plans()
        ),
    }


def derive_registered(shown: Shown, surveys: Surveys) -> Tables:
    """What follows from the shown answers of a register edition: trends, reforms and the follow-up."""
    from inklusion.analyses import follow_up, reform, wellbeing_trends

    trends = wellbeing_trends.wellbeing_trends(
        shown["wellbeing_scales"], shown["wellbeing_items"], shown["survey_card"]
    )
    return {
        "wellbeing_trends": trends,
        "reform": reform.registered_reform(
            shown["wellbeing_scales"], surveys.reforms, source=surveys.reform_source, plans=read_plans()
        ),
        "follow_up": follow_up.registered_follow_up(shown, surveys.pupils.questionnaire if surveys.pupils else None),
    }


def derive_published(shown: Shown) -> Tables:
    """What follows from the shown published figures: how far a reform can be judged, and the follow-up."""
    from inklusion.analyses import follow_up, printed_reform
    from inklusion.editions import data

    named = [file.path for file in manifest.verify() if file.contract == data.DOCUMENTS["programmes"]]
    reforms = printed_reform.published_reform(data.document("programmes"), source=", ".join(named))
    return {"reform": reforms, "follow_up": follow_up.published_follow_up(shown)}


def _published_answers(tables: Tables) -> pd.DataFrame:
    from inklusion.analyses import staff_survey

    return staff_survey.published_answers(tables["facts"])


def _published_programme(tables: Tables) -> pd.DataFrame:
    from inklusion.analyses import printed_programme

    return printed_programme.published_programme(tables["facts"])


PUBLISHED: dict[str, Callable[[Tables], pd.DataFrame]] = {
    "staff_answers": _published_answers,
    "programme": _published_programme,
}
