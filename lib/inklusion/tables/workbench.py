"""Tables of the workbench: what was tried, and what it does. None of them is for publication."""

from inklusion.blocks import Block, Gap, html_table
from inklusion.danish import MISSING
from inklusion.disclosure.release import Document, Released
from inklusion.tables.cells import count, interval, shown, value

_COLUMNS = {
    "auc": "AUC",
    "brier_skill": "Brier-gevinst",
    "calibration_slope": "Kalibreringshældning",
    "calibration_in_the_large": "Niveau (log-odds)",
    "verdicts_clear": "Kommuner over eller under",
    "verdicts_changed": "Andre domme end første valg",
}


def covariates(document: Document) -> Block:
    """The register's covariates as its dictionary describes them."""
    rows = [
        [row.label_da, row.column, row.category, row.type, row.source_register, "ja" if row.local_practice else "nej"]
        for row in document.table.itertuples()
    ]
    headers = ["Oplysning", "Kolonne", "Kategori", "Type", "Register", "Kan skyldes lokal praksis"]
    return Block(html_table(f"{len(rows)} oplysninger i registrets kolonneliste.", headers, rows))


def choices(released: Released) -> Block | Gap:
    """One line for each model of each choice: what it loses, and what the chosen model is worth."""
    table = released.table
    losses = table[table["measure"] == "log_loss"]
    if losses.empty:
        return Gap("Intet valg er prøvet endnu.")
    values = table.set_index(["group", "measure"])
    rows = []
    for _, row in losses.iterrows():
        name, _, kind = row["group"].rpartition(": ")
        is_chosen = row["note"] == "valgt"
        known = [value(values.loc[(name, measure)]) if is_chosen and (name, measure) in values.index else MISSING
                 for measure in _COLUMNS]  # fmt: skip
        rows.append([name, kind, value(row), "ja" if is_chosen else "nej", *known])
    headers = ["Valg", "Model", "Log loss", "Valgt", *_COLUMNS.values()]
    caption = (
        "Log loss ude af egen fold (lavere er bedre) og den valgte models egenskaber. En hældning på 1 og et niveau på 0 er "
        "det ideelle. Dommene er rettet efter Holm."
    )
    return shown("valg", html_table(caption, headers, rows, numeric=(2, 4, 5, 6, 7, 8, 9)), released)


def tenths(released: Released) -> Block | Gap:
    """Predicted beside observed in tenths of pupils by probability."""
    table = released.table
    predicted = table[table["measure"] == "predicted"].set_index("group")
    observed = table[table["measure"] == "share"]
    if observed.empty:
        return Gap("Intet at vise.")
    rows = [
        [row["group"], value(predicted.loc[row["group"]]), value(row), interval(row), count(row, "numerator"), count(row, "denominator")]
        for _, row in observed.iterrows()
    ]  # fmt: skip
    headers = ["Tiendedel", "Beregnet (pct.)", "Faktisk (pct.)", "95 %-interval", "Elever i tilbud", "Elever"]
    caption = "Elever ordnet efter beregnet sandsynlighed i ti lige store dele."
    return shown("kalibrering", html_table(caption, headers, rows, numeric=(1, 2, 3, 4, 5)), released)
