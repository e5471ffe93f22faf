"""From raw deliveries to our own tables, with a contract at both borders."""

from collections.abc import Iterable

import pandas as pd

from inklusion import processed
from inklusion.contracts.tables import CONTEXT, DELIVERIES, FACTS, MUNICIPALITIES
from inklusion.contracts.validation import quarantine
from inklusion.definitions import definition, registry
from inklusion.errors import ContractError
from inklusion.municipalities import COUNTRY, all_municipalities
from inklusion.periods import period
from inklusion.processed import Sidecar
from inklusion.sources import deliveries, manifest
from inklusion.sources.manifest import RawFile

TABLES = ("facts", "municipalities", "context", "figures", "inconsistencies", "programmes")

DOCUMENTS = {
    "figures": "figure inventory as delivered",
    "inconsistencies": "inconsistencies as delivered",
    "programmes": "programmes as delivered",
}

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
    key = processed.content_key(inputs)
    if force or not processed.are_current(TABLES, processed.require_edition(edition), key):
        _build_all(edition, files, inputs, key)
    return key


def quarantined(edition: str) -> dict[str, str]:
    """Municipalities set aside because their own rows break a rule, with the reason."""
    sidecar = processed.read_sidecar("facts", edition)
    return sidecar.quarantined if sidecar else {}


def inputs(edition: str) -> dict[str, str]:
    """Path and hash of every raw file behind the edition."""
    sidecar = processed.read_sidecar("facts", edition)
    return sidecar.inputs if sidecar else {}


def _build_all(edition: str, files: list[RawFile], inputs: dict[str, str], key: str) -> None:
    delivered, reasons = _read_all(files)
    tables = {
        "facts": _facts(delivered["facts as delivered"]),
        "municipalities": _municipalities(delivered["municipalities as delivered"]),
        "context": _context(delivered["context as delivered"]),
        **{name: _single(delivered[contract]) for name, contract in DOCUMENTS.items()},
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


def _facts(parts: list[tuple[RawFile, pd.DataFrame]]) -> pd.DataFrame:
    """All transcribed figures in one table, each with its definition and typed period."""
    table = pd.concat([_one_fact_file(file, part) for file, part in parts], ignore_index=True)
    periods = [period(text) for text in table["year"].fillna("")]
    return pd.DataFrame(
        {
            "fact": table["fact"],
            "municipality": table["municipality_code"].fillna(COUNTRY),
            "unit": table["unit_name"].fillna(""),
            "period": [entry.label for entry in periods],
            "period_type": [entry.kind for entry in periods],
            "definition": table["definition"],
            "group": table["category"].fillna(""),
            **{name: table[name] for name in ("source_document", "figure", "section", "source_line")},
            **{name: table[name] for name in ("geography_level", "geography", "indicator")},
            **{name: table[name] for name in ("value", "value_low", "value_high", "value_text", "qualifier")},
            "unit_of_measure": table["unit"],
            "n": table["n"],
            "status": table["status"],
            "note": table["note"].fillna(""),
            "citation": table["citation"],
        }
    )


def _one_fact_file(file: RawFile, table: pd.DataFrame) -> pd.DataFrame:
    known = deliveries.fact_definitions()
    known = known[known["file"] == file.name]
    by_line = {(row.indicator, row.source_line): row.definition for row in known.itertuples()}
    pairs = zip(table["indicator"], table["source_line"].astype(str), strict=True)
    ids = [by_line.get((name, line), by_line.get((name, ""))) for name, line in pairs]
    if None in ids:
        raise ContractError(
            f"data/raw/{file.path}: {ids.count(None)} rows have an indicator without a definition (first: row "
            f"{table.index[ids.index(None)] + 2}). Add it to sources/fact_definitions.csv."
        )
    stem = file.name.removesuffix(".csv")
    return table.assign(
        fact=[f"{stem}:{number + 1}" for number in table.index],
        definition=[definition(str(name)).id for name in ids],
        citation=[f"{file.path}, linje {line}" for line in table["source_line"]],
    )


def _single(parts: list[tuple[RawFile, pd.DataFrame]]) -> pd.DataFrame:
    if len(parts) != 1:
        raise ContractError(f"data/raw/manifest.toml lists {len(parts)} files of a contract that has one file.")
    return parts[0][1]


def _municipalities(parts: list[tuple[RawFile, pd.DataFrame]]) -> pd.DataFrame:
    table = _single(parts)
    expected = {entry.code: entry.name for entry in all_municipalities()}
    seen = dict(zip(table["kommune_kode"], table["kommune_navn"], strict=True))
    renamed = [code for code, name in seen.items() if expected[code] != name]
    if renamed:
        raise ContractError(f"data/raw/{parts[0][0].path}: codes {renamed} have another name than the registry.")
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
