"""The user's ``surveys.toml``: which files, how they are written, and what their columns, items and codes are called."""

import difflib
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inklusion.contracts.columns import Contract
from inklusion.contracts.surveys import FRAME, PARTICIPANTS, REFORMS, RESPONSES, ROLES, SEXES
from inklusion.errors import ContractError
from inklusion.questionnaire import SHIPPED, Questionnaire, as_delivered, read_questionnaire
from inklusion.register.refusal import listed, refusal
from inklusion.register.settings import ENCODINGS, SEPARATORS, Settings

SURVEYS = "surveys.toml"
QUESTIONNAIRES = "questionnaires"
"""Folder within ``data/own`` for questionnaires of one's own."""
LONG = ("item", "answer")
"""The two columns that a long file has instead of one column per item."""
_DOCUMENT = "Sammenlign med eksemplet i docs/SURVEYS.md."
_CONTRACTS = {"pupils": RESPONSES, "staff": RESPONSES, "programme": PARTICIPANTS, "reforms": REFORMS}
_SURVEYS = ("pupils", "staff")
_CHOICES = {
    "separator": SEPARATORS, "decimal": (",", "."), "encoding": ENCODINGS, "shape": ("wide", "long"),
    "direction": ("raw", "turned"),
}  # fmt: skip
_TARGETS = {"sex": SEXES, "role": ROLES}
_NOT_CODED = ("respondent", "participant")
_HOW: dict[str, type] = {"?separator": str, "?decimal": str, "?encoding": str, "?missing": list}
_TOP: dict[str, type] = {"?synthetic": bool, **_HOW} | {f"?{name}": dict for name in _CONTRACTS}
_PART: dict[str, type] = {"file": str, **_HOW, "?columns": dict, "?values": dict, "?leave_out": dict}
_SURVEY: dict[str, type] = {
    "file": str, "frame": str, "questionnaire": str, "shape": str, "?direction": str, "?not_asked": list,
} | _PART  # fmt: skip
_FORMS = {bool: "true eller false", str: "tekst i anførselstegn", dict: "et afsnit", list: "en liste"}
_DEFAULTS: dict[str, Any] = {
    "separator": ";", "decimal": ",", "encoding": "utf-8", "missing": ["", ".", "NA", "NULL", "NaN"],
}  # fmt: skip


@dataclass(frozen=True)
class Part:
    """One part of ``surveys.toml``.

    Attributes
    ----------
    name
        ``pupils``, ``staff``, ``programme`` or ``reforms``.
    contract
        The columns of its file.
    how
        How its files are written; ``files`` holds the part's own file and, of a survey, ``frame``.
    """

    name: str
    contract: Contract
    how: Settings

    @property
    def file(self) -> str:
        """Name of the file."""
        return self.how.files[self.name]


@dataclass(frozen=True)
class SurveyPart(Part):
    """A part with answers.

    Attributes
    ----------
    questionnaire
        With the direction that the user stated.
    shape
        "wide", one column per item, or "long", one row per respondent and item.
    not_asked
        Items that were left out of the questionnaire when it was used.
    """

    questionnaire: Questionnaire
    shape: str
    not_asked: tuple[str, ...]

    def codes_of(self, item: str) -> dict[str, str]:
        """The delivery's codes of an item's answers and ours: those of the item, or else of its response set."""
        responses = self.questionnaire.items[item].responses
        shared = {} if responses in RESPONSES.column_names else self.how.values.get(responses, {})
        return {their.strip().casefold(): code for their, code in self.how.values.get(item, shared).items()}


def read_survey_settings(folder: Path) -> dict[str, Part]:
    """Read ``surveys.toml`` of a folder.

    Parameters
    ----------
    folder
        Where the file and all that it names are.

    Returns
    -------
    dict
        The parts by name; empty when there is no such file.

    Raises
    ------
    ContractError
        In Danish, when the file cannot be read or says something that is not allowed.
    """
    path = folder / SURVEYS
    if not path.is_file():
        return {}
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        text = str(problem) if isinstance(problem, tomllib.TOMLDecodeError) else "den er ikke i UTF-8"
        raise _wrong(f"filen kan ikke læses: {text}") from None
    _check(said, _TOP, "filen")
    return {name: _part(folder, name, said) for name in _CONTRACTS if name in said}


def _part(folder: Path, name: str, top: dict[str, Any]) -> Part:
    where, contract, is_survey = f"[{name}]", _CONTRACTS[name], name in _SURVEYS
    _check(top[name], _SURVEY if is_survey else _PART, where)
    said = _DEFAULTS | {key: value for key, value in top.items() if key in _DEFAULTS} | top[name]
    how = Settings(
        folder=folder,
        synthetic=top.get("synthetic", False),
        files={name: said["file"]} | ({"frame": said["frame"]} if is_survey else {}),
        dictionary="",
        separator=said["separator"],
        decimal=said["decimal"],
        encoding=said["encoding"],
        date="",
        missing=_list(said["missing"], f"{where} missing"),
        columns=_texts(said.get("columns", {}), f"[{name}.columns]"),
        values={key: _texts(codes, f"[{name}.values.{key}]") for key, codes in said.get("values", {}).items()},
        leave_out={key: _list(codes, f"[{name}.leave_out] {key}") for key, codes in said.get("leave_out", {}).items()},
    )
    if how.separator == how.decimal:
        raise _wrong(f"{where}: separator og decimal er samme tegn", "Bed om en fil med semikolon mellem felterne.")
    for file in how.files.values():
        if Path(file).is_absolute() or ".." in Path(file).parts:
            raise _wrong(f"{where}: filen {file!r} ligger uden for mappen", f"Læg filen i samme mappe som {SURVEYS}.")
    if not is_survey:
        part = Part(name, contract, how)
        _check_names(part, contract.column_names, ())
        return part
    chosen = _questionnaire(folder, said["questionnaire"], where)
    not_asked = _list(said.get("not_asked", []), f"{where} not_asked")
    survey = SurveyPart(name, contract, how, _directed(chosen, said.get("direction"), where), said["shape"], not_asked)
    _check_items(survey, where)
    return survey


def _check_items(part: SurveyPart, where: str) -> None:
    """Names of items and columns must differ, and what the settings say of items must be true of the questionnaire."""
    items = part.questionnaire.items
    own = [*dict.fromkeys([*RESPONSES.column_names, *FRAME.column_names]), *LONG]
    if same := [item for item in items if item in own]:
        rule = f"{where}: spørgsmålet »{same[0]}« i {part.questionnaire.id} hedder det samme som en kolonne"
        raise _wrong(rule, "Giv spørgsmålet et andet id i spørgeskemaets fil.")
    if unknown := [item for item in part.not_asked if item not in items]:
        rule = f"{where}: not_asked nævner »{unknown[0]}«, som ikke er et spørgsmål i {part.questionnaire.id}"
        raise _wrong(rule, _close(unknown[0], items))
    sets = [name for name in part.questionnaire.responses if name not in own]
    _check_names(part, [*own, *items], [*items, *sets])
    for name, codes in part.how.values.items():
        if name not in items and name not in sets:
            continue
        responses = part.questionnaire.responses[items[name].responses if name in items else name]
        allowed = [str(code) for code in responses.allowed]
        if wrong := [code for code in codes.values() if allowed and code not in allowed]:
            rule = f"[{part.name}.values.{name}] kan ikke være {listed(wrong)!r}"
            raise _wrong(rule, f"Muligt: {', '.join(allowed)}.")


def _check_names(part: Part, columns: list[str], answers: Iterable[str]) -> None:
    """Our names in the sections of a part must exist, and codes must mean something that is allowed."""
    coded = [column.name for column in part.contract.columns if column.name not in _NOT_CODED]
    for section, names, known in (
        ("columns", part.how.columns.values(), columns),
        ("values", part.how.values, [*coded, *answers]),
        ("leave_out", part.how.leave_out, coded),
    ):
        for name in names:
            if name not in known:
                what = "hverken er en kolonne eller et spørgsmål" if answers else "ikke er en kolonne"
                raise _wrong(f"[{part.name}.{section}] nævner »{name}«, som {what}", _close(name, known))
    for name, allowed in _TARGETS.items():
        wrong = [ours for ours in part.how.values.get(name, {}).values() if ours.casefold() not in allowed]
        if wrong and name in coded:
            raise _wrong(
                f"[{part.name}.values.{name}] kan ikke være {listed(wrong)!r}", f"Muligt: {', '.join(allowed)}."
            )


def _questionnaire(folder: Path, name: str, where: str) -> Questionnaire:
    """A shipped questionnaire, or one of ``data/own/questionnaires``."""
    shipped = {path.stem: path for path in sorted(SHIPPED.glob("*.toml"))}
    own = {path.stem: path for path in sorted((folder / QUESTIONNAIRES).glob("*.toml"))}
    if name not in shipped | own:
        raise _wrong(f"{where}: spørgeskemaet »{name}« findes ikke", _close(name, [*own, *shipped]))
    if name in shipped and name in own:
        rule = f"{where}: spørgeskemaet »{name}« findes både her og i mappen {QUESTIONNAIRES}"
        raise _wrong(rule, "Giv dit eget en anden id og et andet filnavn, så det kan ses, hvilket tallene bygger på.")
    return read_questionnaire((shipped | own)[name])


def _directed(questionnaire: Questionnaire, direction: Any, where: str) -> Questionnaire:
    """The questionnaire with the stated direction; nobody may be in doubt of the direction of a reversed item."""
    if direction is not None:
        return as_delivered(questionnaire, direction)
    in_scales = {item for scale in questionnaire.scales.values() for item in scale.reversed}
    if any(i.direction is None and (i.reversed or i.id in in_scales) for i in questionnaire.items.values()):
        rule = f"{where} mangler direction, og {questionnaire.id} har spørgsmål med vendt ordlyd"
        raise _wrong(rule, 'Skriv direction = "raw", hvis svarene står, som de blev givet, ellers "turned".')
    return questionnaire


def _check(said: object, keys: dict[str, type], where: str) -> None:
    """Refuse an unknown key, a missing one, a wrong type, or a word that is not to choose."""
    kinds = {key.removeprefix("?"): kind for key, kind in keys.items()}
    if not isinstance(said, dict):
        raise _wrong(f"{where} skal være et afsnit")
    for key, value in said.items():
        if key not in kinds:
            raise _wrong(f"{where} har den ukendte indstilling »{key}«", _close(key, kinds))
        if not isinstance(value, kinds[key]):
            raise _wrong(f"{where}: {key} skal være {_FORMS[kinds[key]]}")
        if key in _CHOICES and value not in _CHOICES[key]:
            allowed = ", ".join(map(repr, _CHOICES[key]))
            raise _wrong(f"{where}: {key} kan ikke være {value!r}", f"Muligt: {allowed}.")
    for key in keys:
        if not key.startswith("?") and key not in said:
            raise _wrong(f"{where} mangler {key}")


def _texts(said: object, where: str) -> dict[str, str]:
    """Names and texts; a whole number may stand without quotation marks."""
    if not isinstance(said, dict):
        raise _wrong(f"{where} skal være et afsnit")
    if not all(type(value) in (str, int) for value in said.values()):
        raise _wrong(f"{where} må kun have tekster i anførselstegn og hele tal")
    return {key: str(value) for key, value in said.items()}


def _list(said: object, where: str) -> tuple[str, ...]:
    if not isinstance(said, list) or not all(type(value) in (str, int) for value in said):
        raise _wrong(f"{where} skal være en liste af tekster i anførselstegn eller hele tal")
    return tuple(str(value) for value in said)


def _close(name: str, known: Iterable[str]) -> str:
    names = list(known)
    close = difflib.get_close_matches(name, names, n=1)
    return f"Mente du »{close[0]}«?" if close else f"Muligt: {listed(names, most=20)}."


def _wrong(rule: str, remedy: str = _DOCUMENT) -> ContractError:
    return refusal(SURVEYS, rule, remedy)
