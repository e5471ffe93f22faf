"""The named disclosure rules: who is protected, from how many on a count may be shown, and who says so."""

from dataclasses import dataclass

from inklusion.errors import DisclosureError

LEAST_THRESHOLD = 3
_EXTREMES = ("min", "minimum", "max", "maximum", "median", "percentile", "quantile", "quartile", "decile")


@dataclass(frozen=True)
class Rule:
    """Which persons are protected, from how many on a count may be shown, and how readers are told.

    Attributes
    ----------
    threshold
        Counts of 1 up to ``threshold - 1`` persons are hidden; never below 3.
    protected
        Whose counts: values of ``Definition.counts``.
    sentence_da
        What the reader is told.
    zeros_shown
        Whether nobody is a number like another, unless it says the same of a whole group.
    protection
        How many whole numbers a hidden count could at least be, for a reader of everything that is shown.
    rounding
        Shown counts are rounded to multiples of this, and shares are recomputed from them; 1 is no rounding.
    refuses_extremes
        Whether minima, maxima and percentiles of persons are refused: each is one person's value.
    dominance
        For money: the ``n`` largest may hold at most the share ``k``; see :mod:`inklusion.disclosure.dominance`.
    p_percent
        For money: no one may be estimated closer than this share of their value.

    References
    ----------
    Hundepool A. and others (2012). Statistical Disclosure Control. Wiley, chapters 4 (tables of magnitudes) and 5
    (frequency tables: threshold, group disclosure, zeros). Bond S., Brandt M., de Wolf P.-P. (2015). Guidelines for
    output checking. Eurostat. Statistics Denmark: Rules on transfer of analysis results (no cell of fewer than 5
    persons; no minimum, maximum or percentile that is one person's value).
    """

    name: str
    threshold: int
    protected: frozenset[str]
    sentence_da: str
    zeros_shown: bool = False
    protection: int = 5
    rounding: int = 1
    refuses_extremes: bool = False
    dominance: tuple[int, float] = (2, 0.85)
    p_percent: float = 0.10

    def __post_init__(self) -> None:
        if self.threshold < LEAST_THRESHOLD or self.protection < LEAST_THRESHOLD:
            raise DisclosureError(
                f"Rule '{self.name}': a threshold of {self.threshold} with {self.protection} possible numbers was asked "
                f"for. Allowed are {LEAST_THRESHOLD} or more of both; 5 is the default."
            )
        if not 1 <= self.rounding <= self.threshold:
            raise DisclosureError(
                f"Rule '{self.name}': counts are rounded to multiples of {self.rounding}. Allowed are 1 (no rounding) up "
                f"to the threshold, {self.threshold}: coarser multiples would make groups look all alike."
            )

    def refuses(self, measure: str) -> bool:
        """Whether a measure is one person's value: the smallest, the largest, or a percentile."""
        return self.refuses_extremes and not set(measure.lower().split("_")).isdisjoint(_EXTREMES)


ALREADY_PUBLISHED = Rule(
    name="already_published",
    threshold=5,
    protected=frozenset({"pupils"}),
    sentence_da=(
        "Antal elever under 5 vises ikke, og heller ikke tal, som de kunne regnes ud fra. Antal ansatte og "
        "procentfordelinger, som kilden selv har offentliggjort, vises som trykt."
    ),
)

REGISTER = Rule(
    name="register",
    threshold=5,
    protected=frozenset({"pupils", "staff"}),
    sentence_da=(
        "Antal elever og ansatte fra 1 til 4 vises ikke, og heller ikke tal, som de kunne regnes ud fra. Nul vises, undtagen når "
        "det ville sige det samme om alle i en gruppe. Mindste og største værdi og percentiler for personer vises ikke."
    ),
    zeros_shown=True,
    refuses_extremes=True,
)
