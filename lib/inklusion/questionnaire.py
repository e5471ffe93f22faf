"""Questionnaires as data: items, answers and scales read from TOML files, which a researcher writes; no code changes.

Keys of a file: ``id``, ``title_da``, ``version``, ``valid_from``, ``valid_to``, ``how_sure``, ``source``, ``note``;
tables ``[responses.NAME]``, ``[[items]]``, ``[scales.NAME]`` and ``[choices.NAME]``. Their keys are the fields below.
"""

import difflib
import itertools
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from inklusion.errors import QuestionnaireError

Direction = Literal["raw", "turned"]
Sureness = Literal["high", "medium", "low"]
SHIPPED = Path(__file__).with_name("questionnaires")
_SURENESS = ("high", "medium", "low")
_KEYS = {
    "questionnaire": {
        "id": str, "title_da": str, "version": str, "valid_from": int, "how_sure": str, "responses": dict, "items": list,
        "?valid_to": int, "?source": str, "?note": str, "?scales": dict, "?choices": dict,
    },
    "responses": {
        "?answers": list, "?dont_know": list, "?declined": list, "?text": bool, "?how_sure": str, "?note": str,
    },
    "items": {
        "id": str, "label": str, "responses": str, "?number": int, "?reversed": bool, "?direction": str,
        "?how_sure": str, "?note": str,
    },
    "scales": {
        "label": str, "items": list, "minimum_share": float, "?reversed": list, "?bands": list, "?how_sure": str,
        "?note": str,
    },
    "choices": {"label": str, "items": list, "most": int, "?how_sure": str, "?note": str},
}  # fmt: skip
_KINDS = {
    str: "en tekst", int: "et helt tal", float: "et tal", bool: "true eller false", list: "en liste", dict: "en tabel",
}  # fmt: skip


@dataclass(frozen=True)
class ResponseSet:
    """The answers to choose from: code and label, lowest code first; an open question has none.

    ``answers`` count; ``dont_know`` ("ved ikke") and ``declined`` ("ønsker ikke at svare") are missing in every scale.
    """

    id: str
    answers: dict[int, str]
    dont_know: dict[int, str]
    declined: dict[int, str]
    how_sure: Sureness
    note: str = ""

    @property
    def allowed(self) -> dict[int, str]:
        """All codes that data may hold, with their labels."""
        return self.answers | self.dont_know | self.declined


@dataclass(frozen=True)
class Item:
    """One question.

    ``reversed``: the highest raw code is the worst answer. ``direction``: "raw" when data hold the codes of the response
    set, "turned" when reversed items are turned already, None when the file does not say; see :func:`as_delivered`.
    ``number``: on the questionnaire, where it is known.
    """

    id: str
    label: str
    responses: str
    reversed: bool
    direction: Direction | None
    number: int | None
    how_sure: Sureness
    note: str = ""


@dataclass(frozen=True)
class Scale:
    """Items that are averaged; ``reversed`` names items reversed in this scale only, ``bands`` are (lowest, highest)."""

    id: str
    label: str
    items: tuple[str, ...]
    reversed: tuple[str, ...]
    minimum_share: float
    bands: tuple[tuple[float, float], ...]
    how_sure: Sureness
    note: str = ""


@dataclass(frozen=True)
class Choice:
    """Items (0 or 1) of which a respondent may choose up to ``most``."""

    id: str
    label: str
    items: tuple[str, ...]
    most: int
    how_sure: Sureness
    note: str = ""


@dataclass(frozen=True)
class Questionnaire:
    """A questionnaire in one version; ``valid_to`` is None while it is in use, ``how_sure`` says how sure we are."""

    id: str
    title_da: str
    version: str
    valid_from: int
    valid_to: int | None
    how_sure: Sureness
    source: str
    note: str
    responses: dict[str, ResponseSet]
    items: dict[str, Item]
    scales: dict[str, Scale]
    choices: dict[str, Choice]

    def responses_of(self, item: str) -> ResponseSet:
        """The response set of an item."""
        return self.responses[_named(self.items, item, f"{self.id}: spørgsmålet").responses]

    def items_to_turn(self, scale: str) -> tuple[str, ...]:
        """The items of a scale that must be turned before they are averaged, given how the data were delivered.

        Raises
        ------
        QuestionnaireError
            When nobody has said whether the data of a reversed item are turned already.
        """
        chosen = _named(self.scales, scale, f"{self.id}: skalaen")
        against = [self.items[name] for name in chosen.items if self.items[name].reversed or name in chosen.reversed]
        for item in against:
            _said(self.id, item)
        return tuple(item.id for item in against if item.direction == "raw")

    def limits(self, scale: str) -> tuple[int, int]:
        """Lowest and highest code of a scale's answers."""
        codes = self.responses_of(_named(self.scales, scale, f"{self.id}: skalaen").items[0]).answers
        return min(codes), max(codes)

    def labels(self, item: str) -> dict[int, str]:
        """Code and label of an item's answers as they stand in the data: a turned item's labels are turned."""
        entry, answers = self.items[item], self.responses_of(item).answers
        if not entry.reversed:
            return answers
        _said(self.id, entry)
        turned = dict(zip(answers, reversed(answers.values()), strict=True))
        return turned if entry.direction == "turned" else answers

    def is_valid(self, year: int) -> bool:
        """Whether this version was in use in a year."""
        return self.valid_from <= year <= (year if self.valid_to is None else self.valid_to)


def _said(place: str, item: Item) -> None:
    if item.direction is None:
        raise QuestionnaireError(
            f"{place}: »{item.label}« ({item.id}) er vendt ordlyd, og ingen har sagt, om data allerede er vendt. Skriv "
            'direction = "raw" eller "turned" i filen, eller brug as_delivered(questionnaire, "raw" eller "turned").'
        )


def as_delivered(questionnaire: Questionnaire, direction: Direction) -> Questionnaire:
    """The same questionnaire for data whose reversed items are all "raw" or all "turned" already."""
    if direction not in ("raw", "turned"):
        raise QuestionnaireError(f"direction er {direction!r}; tilladt er 'raw' og 'turned'.")
    items = {name: replace(item, direction=direction) for name, item in questionnaire.items.items()}
    return replace(questionnaire, items=items)


def questionnaire(name: str, folder: Path = SHIPPED) -> Questionnaire:
    """The questionnaire with this id, from the shipped folder or one of your own.

    >>> len(questionnaire("trivsel_4_9").items)
    40
    """
    known = {path.stem: path for path in sorted(folder.glob("*.toml"))}
    return read_questionnaire(_named(known, name, "Spørgeskemaet"))


def read_questionnaire(path: Path) -> Questionnaire:
    """Read a questionnaire file; what does not fit together is refused, never ignored.

    Raises
    ------
    QuestionnaireError
        In Danish: where, what was seen, what is allowed.
    """
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        reason = "findes ikke eller er låst" if isinstance(problem, OSError) else problem
        raise QuestionnaireError(f"{path.name} kan ikke læses som TOML: {reason}.") from None
    top = _checked(entries, "questionnaire", path.name, {})
    if top["id"] != path.stem:
        raise QuestionnaireError(f"{path.name}: id er {top['id']!r}; det skal være filens navn, {path.stem!r}.")
    if top["valid_to"] is not None and top["valid_to"] < top["valid_from"]:
        raise QuestionnaireError(f"{path.name}: valid_to {top['valid_to']} ligger før valid_from {top['valid_from']}.")
    parts: dict[str, dict[str, Any]] = {}
    for kind, word in (("responses", "svarmulighederne"), ("scales", "skalaen"), ("choices", "valget")):
        where = {name: f"{path.name}, {word} »{name}«" for name in top[kind] or {}}
        parts[kind] = {n: _checked(top[kind][n], kind, where[n], top) | {"where": where[n]} for n in where}
    responses = {name: _response_set(name, entry) for name, entry in parts["responses"].items()}
    items = _items(top, responses, path.name)
    scales = {name: _scale(name, entry, items, responses) for name, entry in parts["scales"].items()}
    choices = {name: _choice(name, entry, items, responses) for name, entry in parts["choices"].items()}
    head = top | {"source": top["source"] or ""}
    return Questionnaire(**head | {"responses": responses, "items": items, "scales": scales, "choices": choices})


def _checked(entry: object, kind: str, where: str, top: dict[str, Any]) -> dict[str, Any]:
    """The entry with every key of its kind, those not given as None; `how_sure` is taken from the file's own."""
    keys = {key.removeprefix("?"): wanted for key, wanted in _KEYS[kind].items()}
    if not isinstance(entry, dict):
        raise QuestionnaireError(f"{where} er ikke en tabel med nøglerne {', '.join(keys)}.")
    for name in entry:
        if name not in keys:
            raise QuestionnaireError(f"{where} har den ukendte nøgle »{name}«.{_close(name, keys)}")
    for name in _KEYS[kind]:
        if not name.startswith("?") and name not in entry:
            raise QuestionnaireError(f"{where} mangler »{name}«.")
    for name, value in entry.items():
        wanted = (int, float) if keys[name] is float else keys[name]
        if not isinstance(value, wanted) or (isinstance(value, bool) and keys[name] is not bool):
            raise QuestionnaireError(f"{where}: »{name}« skal være {_KINDS[keys[name]]}, ikke {value!r}.")
    whole = dict.fromkeys(keys) | {"how_sure": top.get("how_sure")} | entry
    if whole["how_sure"] not in _SURENESS:
        raise QuestionnaireError(f"{where}: how_sure er {whole['how_sure']!r}; tilladt er {', '.join(_SURENESS)}.")
    return whole | {"note": whole["note"] or ""}


def _response_set(name: str, entry: dict[str, Any]) -> ResponseSet:
    where = entry["where"]
    parts = {key: _codes(entry[key] or [], key, where) for key in ("answers", "dont_know", "declined")}
    if bool(entry["text"]) == bool(parts["answers"]) or len(parts["answers"]) == 1:
        raise QuestionnaireError(f"{where} skal have enten mindst to answers eller text = true.")
    codes = [code for part in parts.values() for code in part]
    twice = sorted({code for code in codes if codes.count(code) > 1})
    if twice:
        raise QuestionnaireError(f"{where}: koden {twice[0]} står både som svar og som manglende svar.")
    if list(parts["answers"]) != sorted(parts["answers"]):
        raise QuestionnaireError(f"{where}: koderne {list(parts['answers'])} skal stå i stigende rækkefølge.")
    return ResponseSet(name, **parts, how_sure=entry["how_sure"], note=entry["note"])


def _codes(pairs: list[Any], key: str, where: str) -> dict[int, str]:
    found: dict[int, str] = {}
    for pair in pairs:
        if not isinstance(pair, list) or [type(part) for part in pair] != [int, str] or not pair[1]:
            raise QuestionnaireError(f"{where}: forkert kode {pair!r} i {key}. Skriv et helt tal og en tekst.")
        if pair[0] in found or pair[1] in found.values():
            raise QuestionnaireError(f"{where}: koden eller teksten i {pair!r} står to gange i {key}.")
        found[pair[0]] = pair[1]
    return found


def _items(top: dict[str, Any], responses: dict[str, ResponseSet], file: str) -> dict[str, Item]:
    found: dict[str, Item] = {}
    for place, raw in enumerate(top["items"], start=1):
        where = f"{file}, spørgsmål {place} i filen"
        entry = _checked(raw, "items", where, top)
        where = f"{file}, spørgsmålet »{entry['id']}«"
        if entry["id"] in found:
            raise QuestionnaireError(f"{where} står to gange.")
        _named(responses, entry["responses"], f"{where}: svarmulighederne")
        if entry["direction"] not in (None, "raw", "turned"):
            raise QuestionnaireError(f"{where}: direction er {entry['direction']!r}; tilladt er 'raw' og 'turned'.")
        if entry["reversed"] and not responses[entry["responses"]].answers:
            raise QuestionnaireError(f"{where} har fritekst og kan ikke være vendt.")
        found[entry["id"]] = Item(**entry | {"reversed": bool(entry["reversed"])})
    if not found:
        raise QuestionnaireError(f"{file} har ingen spørgsmål.")
    return found


def _members(entry: dict[str, Any], items: dict[str, Item], responses: dict[str, ResponseSet]) -> list[ResponseSet]:
    """The response sets of a scale's or a choice's items, once each; refuses missing, repeated and open items."""
    names, where = entry["items"], entry["where"]
    for name in names:
        _named(items, name, f"{where} nævner et spørgsmål, der ikke findes:")
        if names.count(name) > 1:
            raise QuestionnaireError(f"{where} nævner »{name}« to gange.")
        if not responses[items[name].responses].answers:
            raise QuestionnaireError(f"{where}: »{name}« har fritekst og kan ikke indgå.")
    if not names:
        raise QuestionnaireError(f"{where} har ingen spørgsmål.")
    return [responses[name] for name in dict.fromkeys(items[name].responses for name in names)]


def _scale(name: str, entry: dict[str, Any], items: dict[str, Item], responses: dict[str, ResponseSet]) -> Scale:
    where, turned = entry["where"], entry["reversed"] or []
    require_mergeable(_members(entry, items, responses), where)
    for item in turned:
        if item not in entry["items"]:
            raise QuestionnaireError(
                f"{where}: reversed nævner »{item}«, som ikke er i items.{_close(item, entry['items'])}"
            )
        if items[item].reversed or items[item].direction == "turned":
            cause = "reversed = true" if items[item].reversed else 'direction = "turned"'
            raise QuestionnaireError(
                f"{where}: »{item}« ville blive vendt to gange: spørgsmålet har {cause}, og skalaens reversed nævner det "
                "igen. Slet det ene sted."
            )
    if not 0 < entry["minimum_share"] <= 1:
        raise QuestionnaireError(f"{where}: minimum_share er {entry['minimum_share']!r}; tilladt er over 0 og højst 1.")
    bands = _bands(entry["bands"] or [], where)
    members = tuple(entry["items"]), tuple(turned), float(entry["minimum_share"])
    return Scale(name, entry["label"], *members, bands, entry["how_sure"], entry["note"])


def _bands(bands: list[Any], where: str) -> tuple[tuple[float, float], ...]:
    good = all(isinstance(b, list) and len(b) == 2 and {type(edge) for edge in b} <= {int, float} for b in bands)
    edges = [edge for band in bands for edge in band] if good else []
    if not good or any(low >= high for low, high in itertools.pairwise(edges)):
        raise QuestionnaireError(f"{where}: bands skal være stigende par uden overlap, som [[1.0, 2.0], [2.1, 3.0]].")
    return tuple((float(low), float(high)) for low, high in bands)


def _choice(name: str, entry: dict[str, Any], items: dict[str, Item], responses: dict[str, ResponseSet]) -> Choice:
    for found in _members(entry, items, responses):
        if list(found.answers) != [0, 1]:
            raise QuestionnaireError(f"{entry['where']}: svarene »{found.id}« skal være 0 (ikke valgt) og 1 (valgt).")
    if not 1 <= entry["most"] <= len(entry["items"]):
        raise QuestionnaireError(f"{entry['where']}: most er {entry['most']}; tilladt er 1 til {len(entry['items'])}.")
    return Choice(name, entry["label"], tuple(entry["items"]), entry["most"], entry["how_sure"], entry["note"])


def require_mergeable(sets: Iterable[ResponseSet], where: str) -> None:
    """Refuse to treat response sets as one when their codes differ, or when the same labels have other codes."""
    for one, other in itertools.combinations(sets, 2):
        mine, theirs = ({text.casefold(): code for code, text in part.answers.items()} for part in (one, other))
        mixed = f"{where} blander svarene »{one.id}« og »{other.id}«"
        if set(mine) == set(theirs) and mine != theirs:
            raise QuestionnaireError(
                f"{mixed}: de har samme tekster, men andre koder. Brug ét sæt, og skriv reversed = true ved de spørgsmål, "
                "der er vendt."
            )
        if list(one.answers) != list(other.answers):
            raise QuestionnaireError(f"{mixed}, som har koderne {list(one.answers)} og {list(other.answers)}.")


def refuse_answers(questionnaire: Questionnaire, answers: pd.DataFrame) -> None:
    """Refuse answers outside the response set: item, number of rows and allowed codes, never an answer itself.

    Columns named as an item are checked, others left alone; missing is allowed everywhere, and all in open questions.

    Raises
    ------
    QuestionnaireError
        For such answers, or when no column is an item.
    """
    found = [name for name in questionnaire.items if name in answers]
    if not found:
        raise QuestionnaireError(
            f"Ingen kolonne har navn efter et spørgsmål i {questionnaire.id}. Navnene begynder med "
            f"{', '.join(list(questionnaire.items)[:3])}."
        )
    problems = []
    for name in found:
        allowed, column = questionnaire.responses_of(name).allowed, answers[name]
        wrong = int((column.notna() & ~column.isin(list(allowed))).sum())
        if wrong and questionnaire.responses_of(name).answers:
            codes = ", ".join(f"{code} ({label})" for code, label in allowed.items())
            text = "" if pd.api.types.is_numeric_dtype(column) else " Kolonnen er ikke tal."
            problems.append(f"»{name}«: {wrong} af {len(column)} rækker har et andet svar end {codes}.{text}")
    if problems:
        raise QuestionnaireError(f"Svarene passer ikke til {questionnaire.id}. " + " ".join(problems))


def known_answers(questionnaire: Questionnaire, answers: pd.DataFrame) -> pd.DataFrame:
    """The columns of coded items as numbers, with "ved ikke" and "ønsker ikke at svare" missing; refuses as above."""
    refuse_answers(questionnaire, answers)
    coded = [n for n in questionnaire.items if n in answers and questionnaire.responses_of(n).answers]
    numbers = answers[coded].astype(float)
    for name in coded:
        numbers[name] = numbers[name].where(numbers[name].isin(list(questionnaire.responses_of(name).answers)), np.nan)
    return numbers


def _named(known: dict[str, Any], name: str, what: str) -> Any:
    if not isinstance(name, str) or name not in known:
        raise QuestionnaireError(f"{what} »{name}« findes ikke.{_close(name, known)}")
    return known[name]


def _close(name: object, known: Iterable[str]) -> str:
    listed = list(known)
    close = difflib.get_close_matches(str(name), listed, n=1)
    return f" Mente du »{close[0]}«?" if close else f" Tilladt er {', '.join(listed)}."
