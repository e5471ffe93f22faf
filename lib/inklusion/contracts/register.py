"""The register: what a pupil register holds, whoever delivers it, and how an outcome is derived from it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from inklusion.contracts.columns import Column, Contract
from inklusion.errors import DefinitionError

PLACEMENTS = {
    "ordinary": "almen",
    "intermediate": "mellemform",
    "special_class": "specialklasse",
    "special_school": "specialskole",
    "day_treatment": "dagbehandling",
    "internal_school": "intern skole",
    "residential": "anbringelsessted",
}
SEGREGATED = tuple(name for name in PLACEMENTS if name not in {"ordinary", "intermediate"})
PROVISIONS = tuple(name for name in PLACEMENTS if name != "ordinary")
SEXES = ("dreng", "pige")
ORIGINS = ("dansk", "indvandrer", "efterkommer")
EXITS = ("ordinary", "other_provision", "moved", "left_school")
LEAVER_GROUPS = ("ordinary", "returned", "special")
ACTIVITIES = ("education", "employment", "public_support", "other")
GRADES = (0, 10)
WEEK_HOURS = 60.0
SUPPORT_LIMIT = 9.0
OUTCOMES = ("seg_register_placering", "seg_register_9t")
COVARIATE_CATEGORIES = (
    "forældres økonomi",
    "forældres uddannelse",
    "forældres beskæftigelse",
    "kriminalitet",
    "bolig og civilstand",
    "helbred",
    "anbringelser og sociale foranstaltninger",
    "eleven selv",
)
COVARIATE_TYPES = ("yes_no", "number", "category")
DICTIONARY_COLUMNS = (
    "column",
    "label_da",
    "category",
    "type",
    "unit",
    "source_register",
    "local_practice",
    "of_interest",
)


@dataclass(frozen=True, repr=False, eq=False)
class Register:
    """A pupil register inside the process that analyses it. It is never written, and its text shows sizes only.

    Attributes
    ----------
    pupils
        One row per pupil and school year, index 0, 1, 2 …; columns as in ``PUPILS``.
    covariates
        The same rows: float32 columns (yes or no as 1 and 0, numbers) and categorical columns.
    dictionary
        One row per covariate; columns as in ``DICTIONARY_COLUMNS``, the last two true or false.
    placements
        One row per placement spell; columns as in ``PLACEMENT_SPELLS``, ``start`` and ``end`` as dates.
    leavers
        Main activity five years after school; may be empty; columns as in ``LEAVERS``.
    municipalities
        Code and name of each municipality of the register.
    is_synthetic
        Whether the persons are invented.
    """

    pupils: pd.DataFrame
    covariates: pd.DataFrame
    dictionary: pd.DataFrame
    placements: pd.DataFrame
    leavers: pd.DataFrame
    municipalities: pd.DataFrame
    is_synthetic: bool

    def __repr__(self) -> str:
        """Sizes only, never rows."""
        kind = "synthetic" if self.is_synthetic else "own"
        return (
            f"Register({kind}: {len(self.pupils)} rows in {self.pupils['year'].nunique()} school years, "
            f"{len(self.dictionary)} covariates, {len(self.placements)} spells, {len(self.leavers)} leavers, "
            f"{len(self.municipalities)} municipalities)"
        )


def outcome(pupils: pd.DataFrame, definition_id: str) -> npt.NDArray[np.bool_]:
    """Whether each row is in segregated provision by a registered definition.

    Parameters
    ----------
    pupils
        Rows with ``placement`` and ``support_hours`` as in ``PUPILS``.
    definition_id
        ``seg_register_placering`` (where the pupil is taught) or ``seg_register_9t`` (the same, or more than
        9 clock hours of weekly support). Hours that are missing count as not above 9.

    Raises
    ------
    DefinitionError
        For any other id.

    Examples
    --------
    >>> rows = pd.DataFrame({"placement": ["ordinary", "special_class", "ordinary"], "support_hours": [9.0, 0.0, 9.5]})
    >>> outcome(rows, "seg_register_placering").tolist()
    [False, True, False]
    >>> outcome(rows, "seg_register_9t").tolist()
    [False, True, True]
    """
    if definition_id not in OUTCOMES:
        raise DefinitionError(
            f"'{definition_id}' is not derived from a register. Allowed: {', '.join(OUTCOMES)}. Choose one of them."
        )
    placed: npt.NDArray[np.bool_] = pupils["placement"].isin(SEGREGATED).to_numpy(dtype=bool)
    if definition_id == "seg_register_placering":
        return placed
    supported: npt.NDArray[np.bool_] = pupils["support_hours"].to_numpy(dtype=float) > SUPPORT_LIMIT
    return np.logical_or(placed, supported)


def _text(name: str, label_da: str, meaning: str, **rules: object) -> Column:
    return Column(name, "text", label_da, meaning, **rules)  # type: ignore[arg-type]


_PUPIL = Column("pupil", "integer", "Elev", "Pseudonym of the pupil, numbered anew when the register is read")
_MUNICIPALITY = r"\d{3}"
_DATE = r"\d{4}-\d{2}-\d{2}"

PUPILS = Contract(
    "register: pupils",
    "One row per pupil and school year, counted where the pupil lives; covariates stand in the register's own dictionary",
    (
        _PUPIL,
        Column("family", "integer", "Familie", "Pseudonym of the family: brothers and sisters share it"),
        _text("year", "Skoleår", "School year", pattern=r"\d{4}/\d{4}"),
        Column("grade", "integer", "Klassetrin", "Grade", minimum=GRADES[0], maximum=GRADES[1]),
        _text("sex", "Køn", "Sex", allowed=SEXES),
        _text("origin", "Herkomst", "Origin", allowed=ORIGINS, nullable=True),
        _text("municipality", "Bopælskommune", "Code of the municipality of residence", pattern=_MUNICIPALITY),
        _text("district", "Skoledistrikt", "School district of residence", nullable=True),
        _text("school", "Skole", "School that the pupil attends"),
        _text("placement", "Placering", "Where the pupil is taught", allowed=tuple(PLACEMENTS)),
        Column(
            "support_hours",
            "number",
            "Støttetimer",
            "Weekly hours of special support",
            "clock hours a week",
            nullable=True,
            minimum=0.0,
            maximum=WEEK_HOURS,
        ),
    ),
    key=("pupil", "year"),
    municipality="municipality",
)

PLACEMENT_SPELLS = Contract(
    "register: placements",
    "One row per placement spell outside ordinary classes",
    (
        _PUPIL,
        _text("municipality", "Kommune", "Municipality of residence at the start, which pays", pattern=_MUNICIPALITY),
        _text("provision", "Tilbud", "Provision", allowed=PROVISIONS),
        _text("start", "Fra", "First day", pattern=_DATE),
        _text("end", "Til", "Last day; empty while the spell is open", nullable=True, pattern=_DATE),
        _text("exit", "Afgang", "What came after; empty: still there, or unknown", allowed=EXITS, nullable=True),
        Column(
            "grade_at_start",
            "integer",
            "Klassetrin ved start",
            "Grade on the first day",
            minimum=GRADES[0],
            maximum=GRADES[1],
        ),
    ),
    key=("pupil", "provision", "start"),
    municipality="municipality",
)

LEAVERS = Contract(
    "register: leavers",
    "One row per former pupil: main activity five years after school",
    (
        _PUPIL,
        _text("municipality", "Kommune", "Municipality of residence in the last school year", pattern=_MUNICIPALITY),
        _text("cohort", "Årgang", "Year of leaving school", pattern=r"\d{4}"),
        _text("group", "Gruppe", "Provision during school", allowed=LEAVER_GROUPS),
        _text("activity", "Hovedaktivitet", "Main activity after five years", allowed=ACTIVITIES),
    ),
    key=("pupil",),
    municipality="municipality",
)

REGISTER = {contract.name: contract for contract in (PUPILS, PLACEMENT_SPELLS, LEAVERS)}
