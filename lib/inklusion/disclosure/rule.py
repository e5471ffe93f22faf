"""The named disclosure rule of an edition."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """Which persons are protected, from how many on a count may be shown, and how readers are told."""

    name: str
    threshold: int
    protected: frozenset[str]
    sentence_da: str


ALREADY_PUBLISHED = Rule(
    name="already_published",
    threshold=5,
    protected=frozenset({"pupils"}),
    sentence_da=(
        "Antal elever under 5 vises ikke, og heller ikke tal, som de kunne regnes ud fra. Antal ansatte og "
        "procentfordelinger, som kilden selv har offentliggjort, vises som trykt."
    ),
)
