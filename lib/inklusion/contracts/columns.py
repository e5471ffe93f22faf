"""How a column is described. Each is described once; contracts and the data dictionary are built from it."""

from dataclasses import dataclass


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
        words = {"text": "text", "integer": "a whole number", "number": "a number with decimal point"}[self.kind]
        if self.allowed:
            words = "one of: " + ", ".join(self.allowed)
        if self.pattern:
            words = f"text of the form {self.pattern}"
        if self.minimum is not None:
            words += f", at least {self.minimum:g}"
        if self.maximum is not None:
            words += f", at most {self.maximum:g}"
        return words + (", may be empty" if self.nullable else "")

    @property
    def rule_da(self) -> str:
        """What is allowed, in Danish words, for a municipality's own failure."""
        words = {"text": "tekst", "integer": "et helt tal", "number": "et tal med decimalpunktum"}[self.kind]
        if self.allowed:
            words = "en af: " + ", ".join(self.allowed)
        if self.pattern:
            words = f"tekst på formen {self.pattern}"
        if self.minimum is not None:
            words += f", mindst {self.minimum:g}"
        if self.maximum is not None:
            words += f", højst {self.maximum:g}"
        return words + (", må være tom" if self.nullable else "")


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
