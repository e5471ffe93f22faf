"""Synthetic surveys of the 98 invented municipalities: pupils' wellbeing, staff, a programme and two reforms.

Drawn by themselves, not from the pupils of the synthetic register: only the size of each municipality is the same. What
they follow, and which effects are true, is in ``surveys.toml``.
"""

from collections.abc import Sequence
from dataclasses import replace

from inklusion.register.synthetic.places import draw_places
from inklusion.register.synthetic.streams import Streams
from inklusion.register.synthetic.survey_programmes import draw_participants, draw_reforms
from inklusion.register.synthetic.survey_pupils import draw_pupils
from inklusion.register.synthetic.survey_staff import draw_staff
from inklusion.register.synthetic.survey_targets import with_schools
from inklusion.surveys import Survey, Surveys


def synthetic_surveys(pupils: int, *, seed: int, source: str, codes: Sequence[str] = ()) -> Surveys:
    """Draw the surveys of the 98 invented municipalities, or give those of some of them.

    Parameters
    ----------
    pupils
        About how many pupils the country has, as for :func:`inklusion.register.synthetic.synthetic_register`; the
        same number and seed give the same sizes of municipalities. Six of ten are in the grades that are asked.
    seed
        The same seed gives the same surveys.
    source
        What the rows are traced to.
    codes
        Which municipalities to give; all when empty. They have the same rows as among all.
    """
    streams = Streams(seed)
    places = with_schools(draw_places(pupils, streams))
    reforms = draw_reforms(places, streams)
    drawn = Surveys(
        pupils=draw_pupils(places, reforms, streams, source),
        staff=draw_staff(places, streams, source),
        participants=draw_participants(places, streams),
        reforms=reforms,
        programme_source=source,
        reform_source=source,
    )
    return _only(drawn, codes) if codes else drawn


def _only(surveys: Surveys, codes: Sequence[str]) -> Surveys:
    """The rows of some municipalities; always cut from the whole country, which the answers are calibrated to."""

    def survey(whole: Survey | None) -> Survey | None:
        if whole is None:
            return None
        responses, frame = (table[table["municipality"].isin(codes)] for table in (whole.responses, whole.frame))
        return replace(whole, responses=responses.reset_index(drop=True), frame=frame.reset_index(drop=True))

    participants, reforms = (
        table[table["municipality"].isin(codes)].reset_index(drop=True)
        for table in (surveys.participants, surveys.reforms)
    )
    return replace(
        surveys,
        pupils=survey(surveys.pupils),
        staff=survey(surveys.staff),
        participants=participants,
        reforms=reforms,
    )
