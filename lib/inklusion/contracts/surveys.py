"""Survey data: who answered what, who was asked, and who took part in a programme. One row per person, never shown."""

from inklusion.contracts.columns import Column, Contract

SEXES = ("dreng", "pige")
TREATED, COMPARISON = "indsats", "sammenligning"
ROLES = (TREATED, COMPARISON)
# No colon in items and scales: they are asked of the same pupils and divide nobody, so their counts are never added up.
ITEM, SCALE, REVERSED = "spørgsmål – ", "skala – ", " (vendt)"
QUESTIONS = (ITEM, SCALE)
_CODE = r"\d{3}"
_YEAR = r"\d{4}(/\d{4})?"


def label_of(group: str) -> str:
    """What a group is called on a page: without what it divides by, or what it is.

    >>> label_of("køn: drenge"), label_of("skala – Ro og orden"), label_of("")
    ('drenge', 'Ro og orden', '')
    """
    bare = str(group).removeprefix(ITEM).removeprefix(SCALE)
    return bare if bare != group else bare.partition(": ")[2]


def _text(name: str, label_da: str, meaning: str, **rules: object) -> Column:
    return Column(name, "text", label_da, meaning, **rules)  # type: ignore[arg-type]


_MUNICIPALITY = _text("municipality", "Kommune", "Code of the municipality that runs the school", pattern=_CODE)
_SCHOOL = _text("school", "Skole", "Name or number of the school")
_TIME = _text("year", "År", "School year, or calendar year for staff", pattern=_YEAR)
_GRADE = Column("grade", "integer", "Klassetrin", "Grade; empty for staff", nullable=True, minimum=0, maximum=10)
_SEX = _text("sex", "Køn", "Sex; empty where unknown or not asked", allowed=SEXES, nullable=True)
_GROUP = _text("group", "Gruppe", "Group that answers are split by, such as the staff's profession", nullable=True)

RESPONSES = Contract(
    "survey: responses",
    "One row per person and survey; besides these columns one for each item of the questionnaire, with its codes",
    (
        Column("respondent", "integer", "Svarperson", "Pseudonym, numbered anew when the answers are read"),
        _MUNICIPALITY,
        _SCHOOL,
        _text("class", "Klasse", "Class within the school", nullable=True),
        _TIME,
        _GRADE,
        _SEX,
        _GROUP,
    ),
    key=("respondent", "year"),
    municipality="municipality",
)

FRAME = Contract(
    "survey: frame",
    "How many were asked, by school and stratum; the strata are the columns that are filled in",
    (
        _MUNICIPALITY,
        _SCHOOL,
        _TIME,
        _GRADE,
        _SEX,
        _GROUP,
        Column("invited", "integer", "Inviterede", "Persons asked", "persons", minimum=0),
    ),
    key=("municipality", "school", "year", "grade", "sex", "group"),
    municipality="municipality",
)

PARTICIPANTS = Contract(
    "programme: participants",
    "One row per pupil in a programme or in its comparison group",
    (
        Column("participant", "integer", "Deltager", "Pseudonym, numbered anew when the file is read"),
        _text("programme", "Indsats", "Id of the programme, as in its plan"),
        _MUNICIPALITY,
        _text("cluster", "Hold", "Group or class that the pupil takes part with"),
        _text("role", "Rolle", "In the programme or in the comparison group", allowed=ROLES),
        Column("planned", "integer", "Planlagte gange", "Sessions planned for the pupil", minimum=0),
        Column("attended", "integer", "Fremmødte gange", "Sessions attended", nullable=True, minimum=0),
        Column("before", "number", "Før", "Outcome before the programme", "the plan's scale", nullable=True),
        Column("after", "number", "Efter", "Outcome after the programme", "the plan's scale", nullable=True),
    ),
    key=("participant", "programme"),
    municipality="municipality",
)

REFORMS = Contract(
    "reforms",
    "A change of practice in a whole municipality, and the first school year with it",
    (
        _text("reform", "Reform", "Name of the reform"),
        _MUNICIPALITY,
        _text("start", "Start", "First school year with the reform", pattern=r"\d{4}/\d{4}"),
    ),
    key=("reform", "municipality"),
    municipality="municipality",
)
SURVEYS = {contract.name: contract for contract in (RESPONSES, FRAME, PARTICIPANTS, REFORMS)}
