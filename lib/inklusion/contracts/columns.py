"""How a column is described. Each is described once; contracts and the data dictionary are built from it."""

from dataclasses import dataclass

_ENGLISH = {
    "text": "text",
    "integer": "a whole number",
    "number": "a number with decimal point",
    "allowed": "one of:",
    "pattern": "text of the form",
    "minimum": "at least",
    "maximum": "at most",
    "nullable": "may be empty",
}
_DANISH = {
    "text": "tekst",
    "integer": "et helt tal",
    "number": "et tal med decimalpunktum",
    "allowed": "en af:",
    "pattern": "tekst på formen",
    "minimum": "mindst",
    "maximum": "højst",
    "nullable": "må være tom",
}


@dataclass(frozen=True)
class Column:
    """One column: its type, unit, meaning and what is allowed in it."""

    name: str
    kind: str  # "text" | "integer" | "number"
    label_da: str
    meaning: str
    unit: str = ""
    nullable: bool = False
    minimum: float | None = None
    maximum: float | None = None
    allowed: tuple[str, ...] = ()
    pattern: str = ""

    @property
    def rule(self) -> str:
        """What is allowed, in words."""
        return self._rule(_ENGLISH)

    @property
    def rule_da(self) -> str:
        """What is allowed, in Danish words, for a municipality's own failure."""
        return self._rule(_DANISH)

    def _rule(self, words: dict[str, str]) -> str:
        text = words[self.kind]
        if self.allowed:
            text = f"{words['allowed']} {', '.join(self.allowed)}"
        if self.pattern:
            text = f"{words['pattern']} {self.pattern}"
        if self.minimum is not None:
            text += f", {words['minimum']} {self.minimum:g}"
        if self.maximum is not None:
            text += f", {words['maximum']} {self.maximum:g}"
        return text + (f", {words['nullable']}" if self.nullable else "")


@dataclass(frozen=True)
class Contract:
    """A table: its columns in order, its key, and the column that names the municipality."""

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    municipality: str = ""

    @property
    def column_names(self) -> list[str]:
        """Column names in the table's order."""
        return [column.name for column in self.columns]
