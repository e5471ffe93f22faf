"""The errors and warnings of the library.

Every message says what is wrong, where, what was seen, what is allowed and what to do. A message never
holds a value from a person's row.
"""


class InklusionError(Exception):
    """Base of all errors that a user of the library can act upon."""


class MunicipalityError(InklusionError):
    """A name or number that is not one of the 98 municipalities."""


class PeriodError(InklusionError):
    """A period text that is not of a known kind."""


class ParameterError(InklusionError):
    """A notebook parameter that is unknown or has a value that is not allowed."""


class DefinitionError(InklusionError):
    """An unknown definition, or two definitions in one comparison."""


class PriceBaseError(InklusionError):
    """Amounts of two price levels, or of two kinds of year, in one sum or comparison."""


class ManifestError(InklusionError):
    """Raw files and manifest disagree."""


class ContractError(InklusionError):
    """A table does not keep what its contract promises."""


class QuestionnaireError(ContractError):
    """A questionnaire file that contradicts itself, or answers that it does not know."""


class DisclosureError(InklusionError):
    """A table would show what the disclosure rule hides."""


class EditionError(InklusionError):
    """An edition that does not exist, or two editions in one place."""


class ModelError(InklusionError):
    """A risk model that cannot be fitted as asked, or a covariate that would give the answer away."""


class ComparisonError(InklusionError):
    """A comparison that the settings or the figures do not allow."""


class ReportError(InklusionError):
    """A report could not be made."""


class ComparabilityWarning(UserWarning):
    """Two definitions stand side by side because somebody asked for it."""
