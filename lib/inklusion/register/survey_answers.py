"""The answers of a delivered survey, wide or long: who answered, and one column of codes per item."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from inklusion.contracts.surveys import RESPONSES
from inklusion.errors import QuestionnaireError
from inklusion.questionnaire import refuse_answers
from inklusion.register import survey_columns as columns
from inklusion.register.refusal import Rows, listed, refusal
from inklusion.register.survey_files import open_file
from inklusion.register.survey_settings import LONG, SURVEYS, SurveyPart
from inklusion.register.values import Fields

REQUIRED = ("respondent", "municipality", "school", "year")
OPTIONAL = ("class", "grade", "sex", "group")
YEAR_KINDS = {"pupils": ("school_year",), "staff": columns.ANY_YEAR}
_NO_ROW = 0


@dataclass(frozen=True)
class Answers:
    """The answers as they were delivered, one row per respondent and year.

    Attributes
    ----------
    part
        What the user said of them.
    fields
        The file they are from.
    people
        The columns of ``RESPONSES``.
    items
        One column per item of the questionnaire.
    rows
        For each respondent the row of the file, or the first of them.
    cells
        Of a long file, for each respondent and item its row; of a wide one nothing.
    """

    part: SurveyPart
    fields: Fields
    people: pd.DataFrame
    items: pd.DataFrame
    rows: Rows
    cells: npt.NDArray[np.int64] | None = None

    def __repr__(self) -> str:
        """No rows: they are persons."""
        return f"Answers({self.part.file}, {len(self.rows)} answers)"

    def their(self, ours: str) -> str:
        """The delivered name of a column; of a long file's item, that of the column of answers."""
        names = self.fields.delivery.ours
        return names.get(ours, names.get(LONG[1], ours))

    def refuse(self, ours: str, broken: npt.NDArray[np.bool_], rule: str, remedy: str) -> None:
        """Raise for the respondents who break a rule, if there are any."""
        if broken.any():
            rows = self.rows[broken] if self.cells is None or ours not in self.items else self._cells_of(ours)[broken]
            raise refusal(self.part.file, rule, remedy, column=self.their(ours), rows=np.sort(rows))

    def _cells_of(self, item: str) -> npt.NDArray[np.int64]:
        assert self.cells is not None
        found: npt.NDArray[np.int64] = self.cells[:, self.items.columns.get_loc(item)]
        return found

    def keep(self, kept: npt.NDArray[np.bool_]) -> "Answers":
        """The same answers of fewer respondents, who are numbered anew."""
        people = self.people[kept].reset_index(drop=True)
        people["respondent"] = pd.factorize(people["respondent"])[0]
        cells = None if self.cells is None else self.cells[kept]
        items = self.items[kept].reset_index(drop=True)
        return replace(self, people=people, items=items, rows=self.rows[kept], cells=cells)


def read_answers(part: SurveyPart) -> Answers:
    """Read the answers of a survey and check them against the questionnaire.

    A respondent without a single answer is left out: he or she was invited and did not answer.

    Raises
    ------
    ContractError
        In Danish, with file, column, row number and what to do; never a value.
    """
    fields = open_file(part, part.name, REQUIRED, (*OPTIONAL, *LONG, *part.questionnaire.items))
    _require_shape(part, fields)
    answers = _wide(part, fields) if part.shape == "wide" else _long(part, fields)
    _refuse_other_answers(answers)
    _require_valid_years(answers)
    answered = answers.items.notna().any(axis=1).to_numpy(dtype=np.bool_)
    if not answered.any():
        raise refusal(part.file, "ingen af rækkerne har et svar", f"Se efter missing og values i {SURVEYS}.")
    return answers.keep(answered)


def _asked(part: SurveyPart) -> list[str]:
    """Items that must have been delivered; an open question may be left out."""
    questionnaire = part.questionnaire
    return [n for n in questionnaire.items if n not in part.not_asked and questionnaire.responses_of(n).answers]


def _require_shape(part: SurveyPart, fields: Fields) -> None:
    """The file must have the columns of its shape and no others that are items."""
    there, file = fields.delivery.ours, part.file
    items = [name for name in part.questionnaire.items if name in there]
    lacking = [name for name in LONG if name not in there]
    other = "long" if part.shape == "wide" else "wide"
    remedy = f'Skriv shape = "{other}" under [{part.name}] i {SURVEYS}, eller gem filen i den anden form.'
    if part.shape == "wide":
        if not items and not lacking:
            rule = 'shape er "wide", men filen er lang: den har én række for hvert svar og ingen kolonner med spørgsmål'
            raise refusal(file, rule, remedy)
        _require_items(part, [name for name in _asked(part) if name not in there], "mangler kolonner med spørgsmålene")
    elif items:
        rule = 'shape er "long", men filen er bred: den har kolonner, der hedder som spørgsmål'
        raise refusal(file, rule, remedy)
    elif lacking:
        rule = f"filen mangler kolonnen {listed(lacking)}, som en lang fil skal have"
        raise refusal(file, rule, f"Skriv i {SURVEYS} under [{part.name}.columns], hvad kolonnen hedder i filen.")
    if extra := [name for name in part.not_asked if name in there]:
        _refuse_asked(part, extra)


def _require_items(part: SurveyPart, missing: list[str], what: str) -> None:
    if missing:
        rule = f"filen {what} {listed(missing)} i {part.questionnaire.id}"
        remedy = (
            f"Skriv i {SURVEYS} under [{part.name}.columns], hvad spørgsmålet hedder i filen, eller nævn det i not_asked, "
            "hvis det ikke blev stillet."
        )
        raise refusal(part.file, rule, remedy)


def _refuse_asked(part: SurveyPart, items: list[str]) -> None:
    rule = f"{SURVEYS} siger under not_asked, at {listed(items)} ikke blev stillet, men filen har svar på det"
    raise refusal(part.file, rule, "Slet spørgsmålet i not_asked, eller slet kolonnen i filen.")


def _people(part: SurveyPart, fields: Fields) -> pd.DataFrame:
    """The columns of ``RESPONSES`` for every row of the file."""
    table = {
        "respondent": columns.pseudonym(fields, "respondent"),
        "municipality": columns.municipality(fields),
        "school": columns.text(fields, "school"),
        "class": columns.text(fields, "class", optional=True),
        "year": columns.year(fields, YEAR_KINDS[part.name]),
        "grade": columns.grade(fields),
        "sex": columns.one_of(fields, "sex", optional=True),
        "group": columns.text(fields, "group", optional=True),
    }
    return pd.DataFrame(table)[RESPONSES.column_names]


def _wide(part: SurveyPart, fields: Fields) -> Answers:
    people = _people(part, fields)
    key = people[["respondent", "year"]].assign(year=people["year"].cat.codes)
    once = "Behold én række for hver svarperson og hvert år."
    columns.require_once(fields, key, "respondent", "svarpersonen står to gange i året", once)
    items = {}
    for name in part.questionnaire.items:
        is_open, there = not part.questionnaire.responses_of(name).answers, name in fields.delivery.ours
        if not there:
            items[name] = pd.Series(pd.NA if is_open else np.nan, people.index, "str" if is_open else "float64")
            continue
        their = fields.delivery.ours[name]
        places, texts, decimal = columns.coded_text(fields, their)
        if is_open:
            items[name] = columns.as_strings(pd.Categorical.from_codes(places, pd.Index(texts, dtype="str")))
            continue
        numbers, known = _parsed(part, name, texts, decimal)
        fields.refuse(their, ~known[places], "svaret er ikke et tal", _codes(part, name))
        items[name] = pd.Series(numbers[places])
    return Answers(part, fields, people, pd.DataFrame(items), fields.delivery.rows)


def _parsed(part: SurveyPart, item: str, texts: list[str], decimal: str) -> tuple[columns.Numbers, Any]:
    """For each text its code, and whether it has one; a last place stands for missing."""
    codes = part.codes_of(item)
    found = [columns.as_number(codes.get(value.casefold(), value), decimal) for value in texts]
    return np.array([*found, np.nan], dtype=np.float64), np.array([value is not None for value in found] + [True])


def _long(part: SurveyPart, fields: Fields) -> Answers:
    people, names = _people(part, fields), list(part.questionnaire.items)
    asked = _item_of_each_row(part, fields, names)
    respondents, years = people["respondent"].to_numpy(), people["year"].cat
    unit, _ = pd.factorize(respondents * len(years.categories) + years.codes.to_numpy())
    key = pd.DataFrame({"cell": unit * len(names) + asked})
    once = "Behold én række for hver svarperson, hvert år og hvert spørgsmål."
    columns.require_once(fields, key, "item", "svarpersonen har svaret to gange på spørgsmålet i året", once)
    first = np.flatnonzero(~pd.Series(unit).duplicated().to_numpy())
    for name in people.columns.drop(["respondent", "year"]):
        values = (
            people[name].cat.codes if isinstance(people[name].dtype, pd.CategoricalDtype) else people[name].fillna(-1)
        )
        differs = values.to_numpy() != values.to_numpy()[first][unit]
        if name in fields.delivery.ours:
            rule = "svarpersonen har en anden værdi i en tidligere række for samme år"
            fields.refuse(fields.delivery.ours[name], differs, rule, "Ret udtrækket: kun spørgsmål og svar må skifte.")
    cells = np.full((len(first), len(names)), _NO_ROW, dtype=np.int64)
    cells[unit, asked] = fields.delivery.rows
    items = _table(part, fields, names, unit, asked)
    return Answers(part, fields, people.iloc[first].reset_index(drop=True), items, fields.delivery.rows[first], cells)


def _item_of_each_row(part: SurveyPart, fields: Fields, names: list[str]) -> npt.NDArray[np.int64]:
    """The item's place in the questionnaire."""
    their = fields.delivery.ours["item"]
    places, texts, _ = columns.coded_text(fields, their)
    fields.refuse(their, places < 0, "værdien mangler", "Skriv spørgsmålets navn i hver række.")
    found = [part.how.columns.get(value, value) for value in texts]
    lookup = np.array([names.index(value) if value in names else -1 for value in found])
    remedy = (
        f"Skriv under [{part.name}.columns] i {SURVEYS} navnet i filen = spørgsmålets id. Spørgsmålene begynder med "
        f"{', '.join(names[:3])}."
    )
    fields.refuse(their, lookup[places] < 0, f"spørgsmålet findes ikke i {part.questionnaire.id}", remedy)
    _require_items(part, [name for name in _asked(part) if name not in found], "har ingen rækker med spørgsmålene")
    if extra := [name for name in part.not_asked if name in found]:
        _refuse_asked(part, extra)
    asked: npt.NDArray[np.int64] = lookup[places]
    return asked


def _table(part: SurveyPart, fields: Fields, names: list[str], unit: Any, asked: Any) -> pd.DataFrame:
    """The answers of a long file, one row per respondent and one column per item."""
    their = fields.delivery.ours["answer"]
    places, texts, decimal = columns.coded_text(fields, their)
    size = int(unit.max()) + 1
    table: dict[str, pd.Series] = {}
    order = np.argsort(asked, kind="stable")
    for name, rows in zip(
        names, np.split(order, np.cumsum(np.bincount(asked, minlength=len(names)))[:-1]), strict=True
    ):
        used, local = np.unique(places[rows], return_inverse=True)
        words = [texts[place] for place in used if place >= 0]
        local = local - 1 if len(used) and used[0] < 0 else local
        whole = np.full(size, -1)
        whole[unit[rows]] = local
        if not part.questionnaire.responses_of(name).answers:
            table[name] = columns.as_strings(pd.Categorical.from_codes(whole, pd.Index(words, dtype="str")))
            continue
        numbers, known = _parsed(part, name, words, decimal)
        wrong = np.zeros(len(places), dtype=bool)
        wrong[rows] = ~known[local]
        fields.refuse(their, wrong, f"svaret på {name} er ikke et tal", _codes(part, name))
        table[name] = pd.Series(numbers[whole])
    return pd.DataFrame(table)


def _codes(part: SurveyPart, item: str) -> str:
    allowed = part.questionnaire.responses_of(item).allowed
    codes = ", ".join(f"{code} ({label})" for code, label in allowed.items())
    return (
        f"Muligt: {codes}. Skriv under [{part.name}.values.{item}] i {SURVEYS}, hvad filens koder betyder, eller under "
        "missing, at koden betyder manglende."
    )


def _refuse_other_answers(answers: Answers) -> None:
    """Refuse answers outside the response set, by row."""
    part = answers.part
    try:
        refuse_answers(part.questionnaire, answers.items)
    except QuestionnaireError as problem:
        said = str(problem)
    else:
        return
    for name in _asked(part):
        found = answers.items[name]
        other = (found.notna() & ~found.isin(list(part.questionnaire.responses_of(name).allowed))).to_numpy()
        rule = f"svaret på {name} er ikke en af svarmulighederne i {part.questionnaire.id}"
        answers.refuse(name, other, rule, _codes(part, name))
    raise QuestionnaireError(f"{part.file}: {said}")


def _require_valid_years(answers: Answers) -> None:
    """The version must have been in use in the year, of a school year in one of its two calendar years."""
    questionnaire, years = answers.part.questionnaire, answers.people["year"]
    valid = [any(questionnaire.is_valid(int(y)) for y in label.split("/")) for label in years.cat.categories]
    until = f"til {questionnaire.valid_to}" if questionnaire.valid_to else "og frem"
    rule = f"{questionnaire.id} (version {questionnaire.version}) var ikke i brug i året"
    remedy = (
        f"Den gælder fra {questionnaire.valid_from} {until}. Udelad årets rækker, eller brug årets eget spørgeskema."
    )
    answers.refuse("year", ~np.array(valid)[years.cat.codes], rule, remedy)
