"""How a row of the staff survey says its question, answer, figure and profession: analyses write it, pages read it."""

BETWEEN = " · "  # question and profession: without a colon release takes no group for a part of another
COUNTED = "svar: "
GAP_DEFINITIONS = ("survey_mangel", "personale_mangel")
CHOICE_DEFINITIONS = ("survey_valg", "personale_valg")
_LEADS = ("mangler: ", "Mangler – ", "valgt som et af de op til tre bedste redskaber: ")


def question_of(group: str) -> str:
    """The question without the lead that all of its kind have, beginning with a capital.

    >>> question_of("mangler: konflikthåndtering"), question_of("Mangler – Feedback")
    ('Konflikthåndtering', 'Feedback')
    """
    text = group
    for lead in _LEADS:
        text = text.removeprefix(lead)
    return text[:1].upper() + text[1:]


def divided_question(group: str) -> str:
    """The whole question of a share by profession, where questions of all kinds stand together."""
    return group.split(BETWEEN)[0]


def printed_question(group: str) -> str:
    """The question of a printed share, whose group also names the answer."""
    return question_of(group.rsplit(": ", 1)[0])


def printed_answer(group: str) -> str:
    """The answer of a printed share."""
    return group.rsplit(": ", 1)[1]


def profession_of(group: str) -> str:
    """The profession of a divided share, or of a response rate."""
    return group.split(BETWEEN)[-1].removeprefix("faggruppe: ")


def figure_of(note: str) -> str:
    """The figure or section that a printed share stands in: ``figur 4.2.1``."""
    return note.split("; ")[0]


def counted_of(method: str) -> str:
    """The answers that a share counts: ``»Delvis enig« eller »Helt enig«``."""
    return method.rsplit("; ", 1)[0].removeprefix(COUNTED)
