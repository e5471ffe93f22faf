"""The contracts: deliveries as they come (first border) and our own tables (second border)."""

from inklusion.contracts.accounts import BOOKS
from inklusion.contracts.columns import Column, Contract

_STATUSES = ("printed_figure_text", "printed_inferred_slot", "printed_prose", "printed_table", "summed")
_LEVELS = ("kommune", "skole", "skoledistrikt", "land", "program")
_CODE = r"\d{3}"
PERIOD_TYPES = (
    "school_year",
    "school_years_pooled",
    "calendar_year",
    "account_year",
    "span",
    "term",
    "cohort",
    "unknown",
)


def _text(name: str, label_da: str, meaning: str, **rules: object) -> Column:
    return Column(name, "text", label_da, meaning, **rules)  # type: ignore[arg-type]


def _number(name: str, label_da: str, meaning: str, unit: str = "", **rules: object) -> Column:
    return Column(name, "number", label_da, meaning, unit, **rules)  # type: ignore[arg-type]


_PRINTED = (
    _text("source_document", "Kilde", "Document that the figure is printed in"),
    _text("figure", "Figur", "Figure or table in the document; '-' for prose"),
    _text("section", "Afsnit", "Section of the document"),
    Column("source_line", "integer", "Linje", "Line of the document's text", minimum=1),
    _text("geography_level", "Niveau", "What kind of place the figure is about", allowed=_LEVELS),
    _text("geography", "Sted", "Municipality, country or programme as printed"),
)
_VALUES = (
    _number("value", "Værdi", "The printed figure", "the row's unit", nullable=True),
    _number("value_low", "Fra", "Lower end where a range is printed", "the row's unit", nullable=True),
    _number("value_high", "Til", "Upper end where a range is printed", "the row's unit", nullable=True),
    _text("value_text", "Som trykt", "The figure exactly as printed"),
    _text("qualifier", "Forbehold", "Word before the figure, such as 'omkring'", nullable=True),
)

DELIVERED_FACTS = Contract(
    "facts as delivered",
    "Figures transcribed from a printed source, one row each",
    (
        *_PRINTED,
        _text(
            "municipality_code",
            "Kommune",
            "Three-digit code; empty for the country",
            nullable=True,
            pattern=_CODE,
        ),
        _text("unit_name", "Enhed", "School, district or study within the place", nullable=True),
        _text("year", "Periode", "Period as printed", nullable=True),
        _text("indicator", "Indikator", "What is measured, in the source's words"),
        _text("category", "Kategori", "Answer, band or group within the indicator", nullable=True),
        *_VALUES,
        _text("unit", "Måleenhed", "Unit of the printed figure"),
        Column("n", "integer", "n", "Number of persons asked, where printed", "persons", nullable=True, minimum=1),
        _text("status", "Aflæst fra", "How the figure was read", allowed=_STATUSES),
        _text("note", "Note", "Caveat of the transcription", nullable=True),
    ),
    key=("figure", "source_line", "geography", "unit_name", "year", "indicator", "category"),
    municipality="municipality_code",
)

DELIVERED_MUNICIPALITIES = Contract(
    "municipalities as delivered",
    "The 98 municipalities with region, group and population",
    (
        _text("kommune_kode", "Kommunekode", "Three-digit code", pattern=_CODE),
        _text("kommune_kode4", "Kommunekode", "Four-digit code", pattern=r"0\d{3}"),
        _text("kommune_navn", "Kommune", "Name"),
        _text("region_kode", "Regionskode", "Region's code", pattern=r"\d{4}"),
        _text("region_navn", "Region", "Region"),
        _text("kommunegruppe_kode", "Gruppekode", "Statistics Denmark's municipality group", pattern="[1-5]"),
        _text("kommunegruppe_navn", "Kommunegruppe", "Name of the group"),
        Column("folketal_2026", "integer", "Folketal 2026", "Population", "persons", minimum=1),
    ),
    key=("kommune_kode",),
    municipality="kommune_kode",
)

_SHARE = {"minimum": 0.0, "maximum": 100.0}
_CONTEXT_VARIABLES = (
    _number("education_30_34_pct", "Uddannede 30-34 år", "Share with an education, age 30-34", "pct.", **_SHARE),
    _number("low_education_25_29_pct", "Uden uddannelse 25-29 år", "Share without, age 25-29", "pct.", **_SHARE),
    _number("disposable_income_dkk", "Disponibel indkomst", "Mean disposable income", "kr.", minimum=1.0),
    _number("employment_16_64_pct", "Beskæftigelse 16-64 år", "Share employed, age 16-64", "pct.", **_SHARE),
    _number("child_poverty_pct", "Børnefattigdom", "Share of children in poverty", "pct.", **_SHARE),
    _number("low_income_pct", "Lavindkomst", "Share with low income", "pct.", **_SHARE),
    _number("gini", "Gini", "Gini coefficient of income", "indeks 0-100", **_SHARE),
    _number("vulnerable_children_pct", "Udsatte børn", "Share of vulnerable children", "pct.", **_SHARE),
    _number("neet_pct", "Unge uden job og uddannelse", "Share of youth in neither", "pct.", **_SHARE),
    _number("exam_grade_avg", "Karaktergennemsnit", "Mean exam grade", "karakter", minimum=-3.0, maximum=12.0),
    _number("high_absence_pct", "Højt fravær", "Share of pupils with high absence", "pct.", **_SHARE),
    _number(
        "wellbeing_score",
        "Trivsel",
        "Mean of five published indicators; not official",
        "score 1-5",
        nullable=True,
        minimum=1.0,
        maximum=5.0,
    ),
    _number("youth_education_pct", "Ungdomsuddannelse", "Share in or with youth education", "pct.", **_SHARE),
)

DELIVERED_CONTEXT = Contract(
    "context as delivered",
    "Latest socio-economic and school indicators of the 98 municipalities; years not given (mostly 2023-2025)",
    (
        _text("kommune_kode", "Kommunekode", "Three-digit code", pattern=_CODE),
        _text("kommune_navn", "Kommune", "Name"),
        _text("region_navn", "Region", "Region"),
        _text("kommunegruppe_kode", "Gruppekode", "Municipality group", pattern="[1-5]"),
        Column("folketal_2026", "integer", "Folketal 2026", "Population", "persons", minimum=1),
        *_CONTEXT_VARIABLES,
    ),
    key=("kommune_kode",),
    municipality="kommune_kode",
)


def _plain(name: str, meaning: str, columns: dict[str, str], key: tuple[str, ...] = ()) -> Contract:
    """A contract of text columns that may be empty."""
    return Contract(name, meaning, tuple(_text(c, c, m, nullable=True) for c, m in columns.items()), key)


DELIVERED_FIGURES = _plain(
    "figure inventory as delivered",
    "Every figure and table of the sources and how much of it survives as text",
    {
        "doc": "Document number",
        "figure": "Figure or table",
        "source_line": "Line of the document's text",
        "title_fragment": "Beginning of the title",
        "chart_type_reconstructed": "Form of the chart",
        "data_in_text": "How much of the data is printed as text",
        "printed_numbers": "The printed numbers",
        "inputs_needed": "What a reproduction needs",
        "csv_file": "Transcription, where there is one",
    },
    key=("doc", "figure"),
)

DELIVERED_INCONSISTENCIES = _plain(
    "inconsistencies as delivered",
    "Contradictions in and between the sources, and how each is handled",
    {
        "id": "Number of the contradiction",
        "dokumenter": "Documents",
        "emne": "What it is about",
        "sted_a": "First place",
        "sted_b": "Second place",
        "hvorfor": "Probable reason",
        "haandtering": "What this project does",
        "antagelse": "Number in ASSUMPTIONS.md",
    },
    key=("id",),
)

DELIVERED_PROGRAMMES = _plain(
    "programmes as delivered",
    "Programmes that municipalities have described, as possible events for an evaluation",
    {
        "municipality": "Municipality as printed",
        "municipality_codes": "Three-digit codes, separated by semicolons",
        "line_from": "First line",
        "line_to": "Last line",
        "quote_da": "Short quotation",
        "date_in_source": "Date, where printed",
        "what": "What was done",
        "possible_evaluation": "How it could be evaluated",
    },
)

DELIVERED_PLAN = _plain(
    "follow-up plan as delivered",
    "What Copenhagen's follow-up takes up in which round",
    {
        "period": "Round, or every year",
        "label_in_source": "As printed",
        "theme": "Theme or indicators",
        "data_source": "Where the knowledge comes from",
    },
    key=("period", "label_in_source"),
)

DELIVERED_CHANGE_THEORY = _plain(
    "theory of change as delivered",
    "The changes that Copenhagen's strategy expects, and what could show each of them",
    {
        "horizon": "Short and middle term, or long term",
        "change_da": "The change",
        "possible_indicator": "What could show it",
    },
)

DELIVERED_SURVEY_QUESTIONS = _plain(
    "survey questions as delivered",
    "The questions of the staff survey, as far as they are printed",
    {
        "figure": "Figure",
        "line_from": "First line",
        "line_to": "Last line",
        "wording_da": "Wording",
        "wording_status": "How the wording is known",
        "response_scale": "Answers to choose from",
        "comment": "Caveat",
    },
)

FACTS = Contract(
    "facts",
    "All transcribed figures with definition and typed period",
    (
        _text("fact", "Nummer", "File and position of the figure", pattern=r"[a-z0-9_]+:\d+"),
        _text("municipality", "Kommune", "Three-digit code; 000 is the country or a programme", pattern=_CODE),
        _text("unit", "Enhed", "School, district or study; empty for the whole place"),
        _text("period", "Periode", "Period in one spelling"),
        _text("period_type", "Periodetype", "Kind of period", allowed=PERIOD_TYPES),
        _text("definition", "Definition", "Id in the definition registry"),
        _text("group", "Gruppe", "Answer, band or group; empty for none"),
        *_PRINTED,
        _text("indicator", "Indikator", "What is measured, in the source's words"),
        *_VALUES,
        _text("unit_of_measure", "Måleenhed", "Unit of the printed figure"),
        Column("n", "integer", "n", "Number of persons asked, where printed", "persons", nullable=True, minimum=1),
        _text("status", "Aflæst fra", "How the figure was read", allowed=_STATUSES),
        _text("note", "Note", "Caveat of the transcription"),
        _text("citation", "Henvisning", "File and line that the figure can be traced to"),
    ),
    key=("fact",),
    municipality="municipality",
)

MUNICIPALITIES = Contract(
    "municipalities",
    "The 98 municipalities",
    (
        _text("municipality", "Kommune", "Three-digit code", pattern=_CODE),
        _text("name", "Navn", "Name"),
        _text("region", "Region", "Region"),
        _text("group", "Kommunegruppe", "Statistics Denmark's municipality group"),
        Column("population", "integer", "Folketal 2026", "Population", "persons", minimum=1),
        _text("source", "Kilde", "File that the row can be traced to"),
    ),
    key=("municipality",),
    municipality="municipality",
)

CONTEXT = Contract(
    "context",
    "Context indicators, one row per municipality and definition",
    (
        _text("municipality", "Kommune", "Three-digit code", pattern=_CODE),
        _text("definition", "Definition", "Id in the definition registry"),
        _number("value", "Værdi", "Latest value; the year is not given", "the definition's unit", nullable=True),
        _text("source", "Kilde", "File that the value can be traced to"),
    ),
    key=("municipality", "definition"),
    municipality="municipality",
)

ESTIMATES = Contract(
    "estimates",
    "The one result shape of every analysis",
    (
        _text("municipality", "Kommune", "Three-digit code; 000 is the country or a pooled group", pattern=_CODE),
        _text("unit", "Enhed", "School, district or pooled group; empty for the whole municipality"),
        _text("period", "Periode", "Period in one spelling"),
        _text("period_type", "Periodetype", "Kind of period", allowed=PERIOD_TYPES),
        _text("definition", "Definition", "Id in the definition registry"),
        _text("measure", "Mål", "What the estimate is: printed, share, bound, position, recomputed …"),
        _text("group", "Gruppe", "Answer, band or group; empty for none"),
        Column("numerator", "integer", "Tæller", "Persons counted", "persons", nullable=True, minimum=0),
        Column(
            "denominator",
            "integer",
            "Nævner",
            "Persons among whom was counted",
            "persons",
            nullable=True,
            minimum=0,
        ),
        _number(
            "estimate",
            "Værdi",
            "The estimate; empty when only a range is known",
            "the definition's unit",
            nullable=True,
        ),
        _number("lower", "Nedre", "Lower end of the interval or range", "the definition's unit", nullable=True),
        _number("upper", "Øvre", "Upper end of the interval or range", "the definition's unit", nullable=True),
        _number(
            "confidence",
            "Sikkerhed",
            "Confidence of the interval; empty for none",
            nullable=True,
            minimum=0.5,
            maximum=1.0,
        ),
        Column(
            "decimals",
            "integer",
            "Decimaler",
            "Decimals that are shown; rounded once, at release",
            minimum=0,
            maximum=4,
        ),
        _text("method", "Metode", "How the estimate and its interval were made"),
        _text("note", "Note", "Caveats that go with the number"),
        _text("source", "Kilde", "File and line that the number can be traced to"),
    ),
    key=("municipality", "unit", "period", "definition", "measure", "group", "source"),
)

DELIVERIES = {
    contract.name: contract
    for contract in (
        DELIVERED_FACTS,
        DELIVERED_MUNICIPALITIES,
        DELIVERED_CONTEXT,
        DELIVERED_FIGURES,
        DELIVERED_INCONSISTENCIES,
        DELIVERED_PROGRAMMES,
        DELIVERED_PLAN,
        DELIVERED_CHANGE_THEORY,
        DELIVERED_SURVEY_QUESTIONS,
        *BOOKS.values(),
    )
}
OURS = {contract.name: contract for contract in (FACTS, MUNICIPALITIES, CONTEXT, ESTIMATES)}
