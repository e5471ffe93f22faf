"""The half-yearly follow-up of Copenhagen's concept: its rounds, its indicators, and what could show each expected change."""

import re
from dataclasses import dataclass

import pandas as pd

from inklusion.danish import listing
from inklusion.errors import ContractError, ParameterError
from inklusion.periods import COVID_SCHOOL_YEARS

JUNE, NOVEMBER = "juni", "november"
HIGHER, LOWER = "higher", "lower"
IMPROVED, WORSE = "forbedret", "forværret"
UNCLEAR, UNJUDGED = "kan ikke skelnes fra ingen ændring", "kan ikke vurderes"
ECONOMY = "økonomi"
LAST_YEAR = 2035  # the concept is from 2025 and sets its goal for "de kommende 10 år"
_PLACEMENTS = ("seg_kk", "seg_skolestart", "seg_register_placering")  # placements went on while schools were closed
_MONTHS = {"06": JUNE, "11": NOVEMBER, "10/11": NOVEMBER}
_SEASONS = {"hvert år juni": JUNE, "hvert år okt./nov.": NOVEMBER}
_EARLIEST = " (tidligst)"
_WELLBEING = "trivsel"


@dataclass(frozen=True)
class Indicator:
    """One number that the follow-up takes up: its name in the plan and on the page, when it is due, which way is progress.

    ``wanted`` is what the concept calls a change for the better ("Vi ser forandring ved at færre elever …"); where the
    definition itself takes a side, it is the same. ``definition`` is that of the printed series.
    """

    plan: str
    label: str
    season: str
    wanted: str
    definition: str

    @property
    def group(self) -> str:
        """The group of its rows in the table ``follow_up``."""
        return f"{self.season}: {self.plan}"


INDICATORS = (
    Indicator("specialundervisningsprocent", "Elever i specialtilbud", JUNE, LOWER, "seg_kk"),
    Indicator("elevfravær", "Elevfravær", JUNE, LOWER, "fravaer"),
    Indicator("fravær >10 pct.", "Elever med mere end 10 pct. fravær", JUNE, LOWER, "fravaer_over_10"),
    Indicator(
        "segregering af skolestartere", "Skolestartere i segregeret tilbud", JUNE, LOWER, "seg_skolestart"
    ),
    Indicator("lav elevtrivsel", "Lav elevtrivsel", NOVEMBER, LOWER, "lav_elevtrivsel"),
    Indicator("skoleglæde", "Skoleglæde", NOVEMBER, HIGHER, "skoleglaede"),
    Indicator("mobning", "Mobning", NOVEMBER, LOWER, "mobning"),
    Indicator("lav faglig trivsel", "Lav faglig trivsel", NOVEMBER, LOWER, "lav_faglig_trivsel"),
)  # fmt: skip
BY_PLAN = {entry.plan: entry for entry in INDICATORS}
# What would fill a gap, by how the theory of change names it; a reference to a figure in brackets is left out first.
_FILLERS = {
    "survey/interview": "spørgeskema eller interview",
    "staff survey": "spørgeskema til personalet",
    "parent survey/case": "spørgeskema til forældre eller cases",
    "interview": "interview",
    "afgørelser over ni timer": "skolernes registrering af afgørelser om støtte over ni timer",
    "prognosis notebook": "en prognose for, hvor mange elever der bliver visiteret",
}
STAFF = _FILLERS["staff survey"]


def under_covid(definition: str, period: str) -> bool:
    """Whether a figure of a survey or of absence is from a COVID school year (A8); placements are not marked.

    Examples
    --------
    >>> under_covid("mobning", "2020/2021"), under_covid("seg_register_placering", "2020/2021")
    (True, False)
    """
    return period in COVID_SCHOOL_YEARS and definition not in _PLACEMENTS


@dataclass(frozen=True)
class Round:
    """One follow-up: its season and its place among all rounds, the first being November 2025."""

    season: str
    year: int

    @property
    def number(self) -> int:
        """0 for November 2025, 1 for June 2026, and so on."""
        return 2 * (self.year - 2025) - (self.season == JUNE)


def round_of(plan: pd.DataFrame, period: str) -> Round:
    """The round that a notebook's ``period`` names.

    Raises
    ------
    ParameterError
        In Danish, with the rounds that the plan prints and the rule for later ones.
    """
    printed = [entry for entry in plan["period"] if _read(entry)]
    found, last = _read(period), max(filter(None, map(_read, printed)), key=lambda entry: entry.number)
    is_printed = found in map(_read, printed)
    is_later = found is not None and last.number < found.number and found.year <= LAST_YEAR - (found.season != JUNE)
    if found is None or not (is_printed or is_later):
        raise ParameterError(
            f"Perioden '{period}' er ikke en runde i opfølgningen. Tilladt er {listing(dict.fromkeys(printed))} fra planen og "
            f"derefter hvert år juni og november, skrevet som {last.year}-11 og {last.year + 1}-06, til og med {LAST_YEAR}-06. "
            "Ret period i settings/follow_up.toml."
        )
    return found


def _read(period: str) -> Round | None:
    found = re.fullmatch(r"(\d{4})-(06|11|10/11)", period)
    return Round(_MONTHS[found[2]], int(found[1])) if found else None


def themes_of(plan: pd.DataFrame, period: str) -> pd.DataFrame:
    """The plan's qualitative themes of a round; none where the plan names none."""
    chosen = round_of(plan, period)
    return plan[[_read(entry) == chosen for entry in plan["period"]]]


def coming_of(plan: pd.DataFrame, period: str) -> list[str]:
    """What the plan announces for this round at the earliest, and for later ones of the same season."""
    chosen = round_of(plan, period)
    announced = plan[plan["period"].str.endswith(_EARLIEST)]
    rounds = [_read(entry.removesuffix(_EARLIEST)) for entry in announced["period"]]
    return [
        str(theme)
        for theme, first in zip(announced["theme"], rounds, strict=True)
        if first and first.season == chosen.season and first.number <= chosen.number
    ]


def due_in(plan: pd.DataFrame, period: str) -> tuple[Indicator, ...]:
    """The indicators that the plan takes up in this round, in the plan's order."""
    return indicators_of(plan, round_of(plan, period).season)


def indicators_of(plan: pd.DataFrame, season: str) -> tuple[Indicator, ...]:
    """The indicators of a season, read from the plan's yearly rule (economy, which is due every time, left out).

    Raises
    ------
    ContractError
        When the plan names an indicator that is not known here.
    """
    rules = plan[plan["period"].map(_SEASONS) == season]["theme"]
    parts = [part.partition(": ")[2] or part for rule in rules for part in rule.split("; ")]
    names = [name for part in parts for name in part.split(", ") if name.lower() != ECONOMY]
    unknown = [name for name in names if name not in BY_PLAN]
    if unknown:
        raise ContractError(
            f"opfoelgning_plan.csv nævner {listing(unknown)}, som siden ikke kender. Kendte: {listing(BY_PLAN)}."
        )
    return tuple(BY_PLAN[name] for name in names)


@dataclass(frozen=True)
class Shows:
    """What could show an expected change: indicators of the follow-up, the economy, and what there is no number for."""

    indicators: tuple[Indicator, ...]
    economy: bool
    filler: str


def shows(possible: str) -> Shows:
    """Read the theory's ``possible_indicator``: names of indicators and of what would have to be asked or counted.

    Examples
    --------
    >>> shows("specialundervisningsprocent; økonomi").economy, shows("staff survey (002 fig 5.2.4)").filler
    (True, 'spørgeskema til personalet')
    """
    parts = [re.sub(r" \(.*\)$", "", part) for part in possible.split("; ")]
    chosen = [entry for part in parts for entry in INDICATORS if part == entry.plan]
    if _WELLBEING in parts:
        chosen += [entry for entry in INDICATORS if entry.season == NOVEMBER]
    known = {*BY_PLAN, ECONOMY, _WELLBEING}
    fillers = [_FILLERS.get(part, part) for part in parts if part not in known]
    return Shows(tuple(chosen), ECONOMY in parts, listing(fillers))
