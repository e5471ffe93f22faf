"""From raw deliveries to our own tables, with a contract at both borders."""

import hashlib
from collections.abc import Iterable

import pandas as pd

from inklusion import processed
from inklusion.contracts.accounts import BOOKS, empty
from inklusion.contracts.tables import CONTEXT, DELIVERIES, FACTS, MUNICIPALITIES
from inklusion.contracts.validation import quarantine, validate
from inklusion.definitions import registry
from inklusion.editions.facts import assemble
from inklusion.errors import ContractError
from inklusion.municipalities import all_municipalities
from inklusion.processed import Sidecar
from inklusion.project import settings_folder
from inklusion.sources import deliveries, manifest
from inklusion.sources.manifest import RawFile

SETTINGS = ("comparison.toml", "scenario.toml")

DOCUMENTS = {
    "figures": "figure inventory as delivered",
    "inconsistencies": "inconsistencies as delivered",
    "programmes": "programmes as delivered",
    "follow_up_plan": "follow-up plan as delivered",
    "change_theory": "theory of change as delivered",
    "survey_questions": "survey questions as delivered",
}

TABLES = ("facts", "municipalities", "context", *DOCUMENTS, *BOOKS)
Delivered = dict[str, list[tuple[RawFile, pd.DataFrame]]]


def build(edition: str, *, force: bool = False) -> str:
    """Verify the raw files and bring the processed tables up to date.

    Returns
    -------
    str
        The key of the inputs and library that the tables now rest on.
    """
    files = manifest.verify()
    inputs = {file.path: file.sha256 for file in files}
    parts = {file.path: f"{file.sha256} {file.contract}" for file in files}
    key = processed.content_key(parts | _settings())
    if force or not processed.are_current(TABLES, processed.require_edition(edition), key):
        _build_all(edition, files, inputs, key)
    return key


def _settings() -> dict[str, str]:
    """Hash of each of the settings that the released tables of published figures rest on, where the file is there."""
    found = (settings_folder() / name for name in SETTINGS)
    return {f"settings/{path.name}": hashlib.sha256(path.read_bytes()).hexdigest() for path in found if path.is_file()}


def quarantined(edition: str) -> dict[str, str]:
    """Municipalities set aside because their own rows break a rule, with the reason."""
    sidecar = processed.read_sidecar("facts", edition)
    return sidecar.quarantined if sidecar else {}


def document(name: str) -> pd.DataFrame:
    """A table of texts about the sources, as it was delivered: the same in every edition."""
    files = [file for file in manifest.verify() if file.contract == DOCUMENTS[name]]
    contract = DELIVERIES[DOCUMENTS[name]]
    parts = [(file, validate(deliveries.read(file.path), contract, where=f"data/raw/{file.path}")) for file in files]
    return _single(parts)


def document_texts() -> list[str]:
    """What the documents say and how a page names their files: fixed wording of the sources, the same in every edition."""
    files = [file for file in manifest.verify() if file.contract in DOCUMENTS.values()]
    named = [part for file in files for part in (file.path, file.sha256[:12], file.citation, file.licence,
                                                 file.period, file.retrieved, file.note)]  # fmt: skip
    return named + [str(cell) for name in DOCUMENTS for cell in document(name).to_numpy().ravel()]


def inputs(edition: str) -> dict[str, str]:
    """Path and hash of every raw file behind the edition."""
    sidecar = processed.read_sidecar("facts", edition)
    return sidecar.inputs if sidecar else {}


def _build_all(edition: str, files: list[RawFile], inputs: dict[str, str], key: str) -> None:
    delivered, reasons = _read_all(files)
    facts, own = assemble(delivered["facts as delivered"])
    reasons = own | reasons
    tables = {
        "facts": facts,
        "municipalities": _municipalities(delivered["municipalities as delivered"]),
        "context": _context(delivered["context as delivered"]),
        **{name: _single(delivered[contract]) for name, contract in DOCUMENTS.items()},
        **{name: _book(name, delivered[contract.name]) for name, contract in BOOKS.items()},
    }
    contracts = {"facts": FACTS, "municipalities": MUNICIPALITIES, "context": CONTEXT}
    kept: dict[str, pd.DataFrame] = {}
    for name, table in tables.items():
        if name in contracts:
            table, own = quarantine(table, contracts[name], where=f"data/processed, {name}")
            reasons = own | reasons
        kept[name] = table
    for name, table in kept.items():
        rows_in = len(tables[name])
        if "municipality" in table.columns:
            table = table[~table["municipality"].isin(list(reasons))]
        dropped = {"municipality set aside": rows_in - len(table)} if rows_in > len(table) else {}
        sidecar = Sidecar(key, processed.library_hash(), inputs, rows_in, len(table), dropped, reasons)
        processed.store(name, edition, table.reset_index(drop=True), sidecar)


def _read_all(files: Iterable[RawFile]) -> tuple[Delivered, dict[str, str]]:
    """All deliveries that have a contract, and the municipalities set aside at this border."""
    delivered: Delivered = {name: [] for name in DELIVERIES}
    reasons: dict[str, str] = {}
    for file in files:
        if not file.contract:
            continue
        if file.contract not in DELIVERIES:
            raise ContractError(
                f"data/raw/{file.path}: the manifest names contract '{file.contract}'; known are {list(DELIVERIES)}."
            )
        contract = DELIVERIES[file.contract]
        raw = deliveries.read(file.path)
        if contract.municipality:
            _require_known(raw, contract.municipality, file)
        if contract.key == (contract.municipality,):
            _require_all(raw, file)
        table, own = quarantine(raw, contract, where=f"data/raw/{file.path}")
        reasons = own | reasons
        delivered[file.contract].append((file, table))
    return delivered, reasons


def _require_known(table: pd.DataFrame, column: str, file: RawFile) -> None:
    codes = {entry.code for entry in all_municipalities()}
    if column not in table.columns:
        return
    unknown = table.index[table[column].notna() & ~table[column].isin(codes)]
    if len(unknown):
        raise ContractError(
            f"data/raw/{file.path}: column '{column}' holds codes of no municipality in {len(unknown)} rows "
            f"(first: row {unknown[0] + 2}). Allowed are the 98 three-digit codes; correct the delivery."
        )


def _require_all(table: pd.DataFrame, file: RawFile) -> None:
    """A table of the municipalities holds each of the 98 under its own name."""
    expected = {entry.code: entry.name for entry in all_municipalities()}
    seen = dict(zip(table["kommune_kode"], table["kommune_navn"], strict=False))
    wrong = [code for code, name in expected.items() if seen.get(code) != name]
    if wrong:
        raise ContractError(
            f"data/raw/{file.path}: {len(wrong)} of the 98 municipalities are missing or have another name than the "
            f"registry (codes {', '.join(wrong[:5])}). Correct the delivery."
        )


def _book(name: str, parts: list[tuple[RawFile, pd.DataFrame]]) -> pd.DataFrame:
    """All deliveries of one kind below each other, each key once; most editions have none."""
    table = pd.concat([empty(name), *(part for _, part in parts)], ignore_index=True) if parts else empty(name)
    return validate(table, BOOKS[name], where=f"data/processed, {name}")


def _single(parts: list[tuple[RawFile, pd.DataFrame]]) -> pd.DataFrame:
    if len(parts) != 1:
        raise ContractError(f"data/raw/manifest.toml lists {len(parts)} files of a contract that has one file.")
    return parts[0][1]


def _municipalities(parts: list[tuple[RawFile, pd.DataFrame]]) -> pd.DataFrame:
    table = _single(parts)
    names = {
        "kommune_kode": "municipality",
        "kommune_navn": "name",
        "region_navn": "region",
        "kommunegruppe_navn": "group",
        "folketal_2026": "population",
    }
    return table[list(names)].rename(columns=names).assign(source=parts[0][0].path)


def _context(parts: list[tuple[RawFile, pd.DataFrame]]) -> pd.DataFrame:
    table = _single(parts)
    columns = {entry.column: entry.id for entry in registry().values() if entry.column}
    long = table.melt("kommune_kode", [name for name in columns if name in table.columns], "definition", "value")
    long["definition"] = long["definition"].map(columns)
    return long.rename(columns={"kommune_kode": "municipality"}).assign(source=parts[0][0].path)
