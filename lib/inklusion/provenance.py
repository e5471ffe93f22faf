"""Where the numbers of a page come from. Recorded once, shown at the foot of every page."""

from dataclasses import dataclass, field

SYNTHETIC = "synthetic"  # the edition of invented persons; whatever shows it says so


@dataclass(frozen=True)
class Source:
    """One raw file behind a page."""

    path: str
    sha256: str
    citation: str
    licence: str
    period: str
    retrieved: str
    note: str


@dataclass(frozen=True)
class Provenance:
    """Everything that a third party needs to find the inputs, code and rule behind a page."""

    municipality: str
    municipality_name: str
    edition: str
    library: str
    key: str
    sources: tuple[Source, ...]
    rule_da: str
    hidden: int
    left_out: dict[str, str] = field(default_factory=dict)
    is_synthetic: bool = False
