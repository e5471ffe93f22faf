"""A user's register: files of ``data/own`` in, one :class:`Register` out, or a refusal that says which row and why."""

import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from inklusion.contracts.register import GRADES, PLACEMENTS, PROVISIONS, WEEK_HOURS, Register
from inklusion.errors import PeriodError
from inklusion.municipalities import Municipality, all_municipalities, example_municipalities
from inklusion.periods import period
from inklusion.register.delivery import Delivery, open_delivery
from inklusion.register.dictionary import UNITS, read_dictionary
from inklusion.register.persons import refuse_person_numbers
from inklusion.register.refusal import SETTINGS, refusal
from inklusion.register.settings import Settings, read_settings, targets_of
from inklusion.register.values import YEARS, Fields

_KEYS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "pupils": (
        ("pupil", "family", "year", "grade", "sex", "municipality", "school", "placement"),
        ("origin", "district", "support_hours"),
    ),
    "placements": (("pupil", "municipality", "provision", "start", "end", "grade_at_start"), ("exit",)),
    "leavers": (("pupil", "municipality", "cohort", "group", "activity"), ()),
}
_NOT_COVARIATES = ("pupil", "family", "year", "municipality", "district", "school", "placement", "support_hours")
_MOSTLY = 0.5


@dataclass(frozen=True)
class ReadReport:
    """What was read and what was not.

    Attributes
    ----------
    rows
        Rows read, by file.
    left_out
        Rows left out on the user's word, by file and column.
    ignored
        Columns that neither ``register.toml`` nor the dictionary names, by file.
    without_family
        Rows whose family is missing; each such pupil counts as a family.
    spells_without_pupil
        Spells of pupils who are not in the file of pupils.
    mostly_missing
        Covariates that are missing in more than half of the rows.
    """

    rows: dict[str, int]
    left_out: dict[str, int] = field(default_factory=dict)
    ignored: dict[str, tuple[str, ...]] = field(default_factory=dict)
    without_family: int = 0
    spells_without_pupil: int = 0
    mostly_missing: tuple[str, ...] = ()


def read_register(folder: Path) -> Register:
    """Read the register of a folder; see :func:`read_with_report`."""
    return read_with_report(folder)[0]


def read_with_report(folder: Path) -> tuple[Register, ReadReport]:
    """Read the register of a folder and say what was left out.

    Parameters
    ----------
    folder
        Where ``register.toml`` and the files it names are. Nothing in it is changed.

    Raises
    ------
    ContractError
        In Danish, with file, column, row number (the header is row 1) and what to do; never a value.
    """
    try:
        return _read(folder)
    except pa.ArrowException as problem:
        kind = type(problem).__name__
    raise refusal(SETTINGS, f"en kolonne har en type, der ikke kan læses ({kind})", "Gem filerne igen som CSV.")


def _read(folder: Path) -> tuple[Register, ReadReport]:
    settings = read_settings(folder)
    dictionary = read_dictionary(folder / settings.dictionary)
    opened = {table: open_delivery(settings, table, *_KEYS[table]) for table in _KEYS if table in settings.files}
    _check_covariate_names(dictionary, opened["pupils"], settings)
    amounts = frozenset(dictionary.loc[dictionary["type"] == "number", "column"])
    for table, delivery in opened.items():
        refuse_person_numbers(delivery, amounts if table == "pupils" else frozenset({"support_hours"}))
    left_out: dict[str, int] = {}
    fields = {
        table: Fields(leave_out_rows(delivery, settings, left_out), settings) for table, delivery in opened.items()
    }
    codes = _pseudonyms(fields)
    places = {place.code: place for place in (example_municipalities() if settings.synthetic else all_municipalities())}
    pupils, without_family = _pupils(fields["pupils"], codes["pupils"], places)
    covariates = _covariates(fields["pupils"], dictionary)
    placements = _placements(fields.get("placements"), codes.get("placements"), places)
    leavers = _leavers(fields.get("leavers"), codes.get("leavers"), places)
    present = sorted(pupils["municipality"].unique())
    municipalities = pd.DataFrame({"municipality": present, "name": [places[code].name for code in present]})
    report = ReadReport(
        rows={entry.delivery.file: len(entry.delivery) for entry in fields.values()},
        left_out=left_out,
        ignored={delivery.file: _ignored(delivery, dictionary) for delivery in opened.values()},
        without_family=without_family,
        spells_without_pupil=int((~placements["pupil"].isin(pupils["pupil"])).sum()),
        mostly_missing=tuple(covariates.columns[covariates.isna().mean() > _MOSTLY]),
    )
    register = Register(pupils, covariates, dictionary, placements, leavers, municipalities, settings.synthetic)
    return register, report


def _check_covariate_names(dictionary: pd.DataFrame, pupils: Delivery, settings: Settings) -> None:
    meanings = dictionary["column"].map(lambda name: settings.columns.get(name, name))
    checks = (
        (
            ~meanings.isin(_NOT_COVARIATES),
            "kolonnen røber svaret eller stedet og kan ikke være en baggrundsoplysning",
            "Slet linjen.",
        ),
        (
            dictionary["column"].isin(pupils.names),
            f"ordbogen nævner en kolonne, som ikke er i {pupils.file}",
            "Ret navnet, så det er som i filen, eller slet linjen.",
        ),
    )
    for good, rule, remedy in checks:
        rows = np.flatnonzero(~good.to_numpy(dtype=bool)) + 2
        if len(rows):
            name = str(dictionary["column"].iloc[rows[0] - 2])
            raise refusal(settings.dictionary, f"{rule} ({name})", remedy, column="column", rows=rows)


def leave_out_rows(delivery: Delivery, settings: Settings, counts: dict[str, int]) -> Delivery:
    """The delivery without the rows that ``register.toml`` leaves out; adds how many to the counts."""
    kept = np.ones(len(delivery), dtype=bool)
    whole = Fields(delivery, settings)
    for ours, values in settings.leave_out.items():
        if ours in delivery.ours:
            text = pc.fill_null(pc.utf8_lower(whole.text(ours)), "")
            found = pc.is_in(text, pa.array([value.strip().casefold() for value in values])).to_numpy().astype(bool)
            counts[f"{delivery.file}, {delivery.ours[ours]}"] = int((found & kept).sum())
            kept &= ~found
    if not kept.any():
        raise refusal(SETTINGS, f"leave_out udelader alle rækker i {delivery.file}", "Ret listen under [leave_out].")
    return delivery if kept.all() else delivery.keep(kept)


def _ignored(delivery: Delivery, dictionary: pd.DataFrame) -> tuple[str, ...]:
    used = {*delivery.ours.values(), *dictionary["column"]}
    return tuple(name for name in delivery.names if name not in used)


def _pseudonyms(fields: dict[str, Fields]) -> dict[str, npt.NDArray[np.int64]]:
    """The pupils of all files numbered anew; the delivered pseudonyms go no further."""
    texts = {table: entry.required("pupil") for table, entry in fields.items()}
    chunks = [chunk for text in texts.values() for chunk in text.chunks]
    encoded = pa.chunked_array(chunks, pa.string()).combine_chunks().dictionary_encode()
    numbers = encoded.indices.to_numpy().astype(np.int64)
    ends = np.cumsum([len(text) for text in texts.values()])
    return dict(zip(texts, np.split(numbers, ends[:-1]), strict=True))


def _municipality(fields: Fields, places: dict[str, Municipality]) -> pd.Categorical:
    def code(value: str) -> str | None:
        return value[-3:] if re.fullmatch("0?[0-9]{3}", value) and value[-3:] in places else None

    rule = "kommunens nummer er ikke et af de 98"
    remedy = f"Ret nummeret, eller udelad rækken med [leave_out] i {SETTINGS}."
    if fields.settings.synthetic:
        rule = "registret er mærket synthetic, og kommunens nummer er ikke 901-998"
        remedy = f"Syntetiske og rigtige kommuner må ikke blandes. Ret nummeret, eller synthetic i {SETTINGS}."
    return fields.coded("municipality", code, rule, remedy=remedy)


def _year(value: str) -> str | None:
    try:
        found = period(value)
    except PeriodError:
        return None
    plausible = found.kind == "school_year" and YEARS[0] <= int(found.label[:4]) <= YEARS[1]
    return found.label if plausible else None


def _cohort(value: str) -> str | None:
    return value if re.fullmatch("[0-9]{4}", value) and YEARS[0] <= int(value) <= YEARS[1] else None


def _grade(fields: Fields, ours: str) -> npt.NDArray[np.int8]:
    allowed = {str(grade): str(grade) for grade in range(GRADES[0], GRADES[1] + 1)}
    rule = f"klassetrinnet er ikke et helt tal fra {GRADES[0]} til {GRADES[1]}"
    found = fields.coded(ours, lambda value: allowed.get(value.removeprefix("0") or "0"), rule)
    numbers: npt.NDArray[np.int8] = found.categories.to_numpy().astype(np.int8)[found.codes]
    return numbers


def _of(fields: Fields, ours: str, rule: str, *, optional: bool = False) -> pd.Categorical:
    targets = targets_of(ours)
    found = fields.coded(ours, lambda value: targets.get(value.casefold()), rule, optional=optional)
    return found.set_categories(list(dict.fromkeys(targets.values())))


def _any(fields: Fields, ours: str, *, optional: bool = False) -> pd.Categorical:
    return fields.coded(ours, lambda value: value, optional=optional)


def _pupils(fields: Fields, codes: npt.NDArray[np.int64], places: dict[str, Municipality]) -> tuple[pd.DataFrame, int]:
    year = fields.coded("year", _year, "skoleåret er ikke to år i træk, for eksempel 2023/2024")
    once = "Behold én række, også når eleven er flyttet mellem kommuner i året."
    _require_once(fields, pd.DataFrame({"pupil": codes, "year": year.codes}), "eleven står to gange i skoleåret", once)
    families = fields.text("family").combine_chunks().dictionary_encode()
    alone = families.indices.is_null().to_numpy(zero_copy_only=False)
    family = families.indices.fill_null(0).to_numpy().astype(np.int64)
    labels = ", ".join(PLACEMENTS.values())
    hours = np.full(len(codes), np.nan, dtype=np.float32)
    if fields.has("support_hours"):
        remedy = "Ret værdien: støtten tælles i klokketimer om ugen."
        hours = fields.number(fields.delivery.ours["support_hours"], 0.0, WEEK_HOURS, remedy=remedy)
    table = {
        "pupil": codes,
        "family": np.where(alone, len(families.dictionary) + codes, family),
        "year": year,
        "grade": _grade(fields, "grade"),
        "sex": _of(fields, "sex", "koden for køn er ukendt (muligt: dreng, pige)"),
        "origin": _of(fields, "origin", "koden for herkomst er ukendt", optional=True),
        "municipality": _municipality(fields, places),
        "district": _any(fields, "district", optional=True),
        "school": _any(fields, "school"),
        "placement": _of(fields, "placement", f"placeringen er ukendt (muligt: {labels})"),
        "support_hours": hours,
    }
    return pd.DataFrame(table), int(alone.sum())


def _require_once(fields: Fields, key: pd.DataFrame, rule: str, remedy: str = "Behold én række.") -> None:
    """Refuse the second of two rows with one key, and say where the first is."""
    second = key.duplicated().to_numpy()
    if second.any():
        same = (key == key.iloc[int(np.flatnonzero(second)[0])]).all(axis=1).to_numpy()
        earlier = int(fields.delivery.rows[same][0])
        their = fields.delivery.ours["pupil"]
        fields.refuse(their, second, f"{rule} (også i række {earlier})", remedy)


def _covariates(fields: Fields, dictionary: pd.DataFrame) -> pd.DataFrame:
    """Numbers fill one block of memory, which the table shares."""
    numeric = dictionary[dictionary["type"] != "category"]
    block = np.empty((len(numeric), len(fields.delivery)), dtype=np.float32)
    levels: dict[str, pd.Categorical] = {}
    place = 0
    for name, kind, unit in dictionary[["column", "type", "unit"]].itertuples(index=False):
        if kind == "category":
            levels[name] = fields.category(name)
            empty = bool((levels[name].codes < 0).all())
        else:
            limits = UNITS.get(unit, (-np.inf, np.inf))
            block[place] = fields.yes_no(name) if kind == "yes_no" else fields.number(name, *limits)
            empty = bool(np.isnan(block[place]).all())
            place += 1
        if empty:
            remedy = f"Hent kolonnen igen, eller slet linjen i {fields.settings.dictionary}."
            raise refusal(fields.delivery.file, "kolonnen er tom i alle rækker", remedy, column=name)
    covariates = pd.DataFrame(block.T, columns=pd.Index(numeric["column"], name=None), copy=False)
    for position, name in enumerate(dictionary["column"]):
        if name in levels:
            covariates.insert(position, name, levels[name])
    return covariates


def _placements(
    fields: Fields | None, codes: npt.NDArray[np.int64] | None, places: dict[str, Municipality]
) -> pd.DataFrame:
    if fields is None or codes is None:
        none = pd.Categorical([], categories=[], ordered=False)
        days = np.array([], dtype="datetime64[s]")
        table = {"pupil": np.array([], np.int64), "municipality": none, "provision": none, "start": days, "end": days}
        return pd.DataFrame({**table, "exit": none, "grade_at_start": np.array([], np.int8)})
    labels = ", ".join(PLACEMENTS[name] for name in PROVISIONS)
    start, end = fields.date("start"), fields.date("end", optional=True)
    fields.refuse(
        fields.delivery.ours["end"],
        end < start,
        "forløbet slutter, før det begynder",
        "Ret datoerne, eller lad slutdatoen være tom, hvis forløbet ikke er slut.",
    )
    exit_ = _of(fields, "exit", "afgangen er ukendt", optional=True)
    if fields.has("exit"):
        rule = "forløbet har en afgang, men ingen slutdato"
        fields.refuse(fields.delivery.ours["exit"], np.isnat(end) & (exit_.codes >= 0), rule, "Udfyld slutdatoen.")
    table = pd.DataFrame(
        {
            "pupil": codes,
            "municipality": _municipality(fields, places),
            "provision": _of(fields, "provision", f"tilbuddet er ukendt (muligt: {labels})"),
            "start": start,
            "end": end,
            "exit": exit_,
            "grade_at_start": _grade(fields, "grade_at_start"),
        }
    )
    _require_once(fields, table[["pupil", "provision", "start"]], "forløbet står to gange")
    return table


def _leavers(
    fields: Fields | None, codes: npt.NDArray[np.int64] | None, places: dict[str, Municipality]
) -> pd.DataFrame:
    if fields is None or codes is None:
        none = pd.Categorical([], categories=[], ordered=False)
        table = dict.fromkeys(("municipality", "cohort", "group", "activity"), none)
        return pd.DataFrame({"pupil": np.array([], np.int64), **table})
    _require_once(fields, pd.DataFrame({"pupil": codes}), "eleven står to gange")
    return pd.DataFrame(
        {
            "pupil": codes,
            "municipality": _municipality(fields, places),
            "cohort": fields.coded("cohort", _cohort, "årgangen er ikke et årstal, for eksempel 2018"),
            "group": _of(fields, "group", "gruppen er ukendt (muligt: ordinary, returned, special)"),
            "activity": _of(fields, "activity", "hovedaktiviteten er ukendt"),
        }
    )
