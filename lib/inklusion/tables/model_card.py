"""Tables of the risk model's card: its quality, its tenths, groups, categories, and what choosing reaches."""

import pandas as pd

from inklusion.blocks import Block, Gap, html_table
from inklusion.disclosure.release import Released
from inklusion.tables.cells import count, shown, value
from inklusion.tables.risk import VARIANTS, captioned, with_interval

_QUALITY = {
    "base_rate": "Landets andel (pct.)",
    "mean_predicted": "Gennemsnit af sandsynligheder (pct.)",
    "auc": "AUC (0,5 er at gætte, 1 er fejlfrit)",
    "brier": "Brier-score (0 er bedst)",
    "brier_skill": "Gevinst mod altid at svare med landets andel (1 er bedst)",
    "calibration_slope": "Kalibreringens hældning (1 er bedst)",
    "calibration_intercept": "Kalibreringens skæring (0 er bedst)",
    "calibration_in_the_large": "Afvigelse i niveau, logit (0 er bedst)",
}
_RANDOM = "tilfældigt"
_NO_CARD = Gap("Udgaven har ikke noget modelkort.")


def model_quality(card: Released) -> Block | Gap:
    """Every measure of quality, with and without covariates that may be results of local practice."""
    variants = list(VARIANTS.values())
    chosen = card.where(measure=list(_QUALITY), group=variants)
    if chosen.is_empty:
        return _NO_CARD
    found = {(row["measure"], row["group"]): row for _, row in chosen.table.iterrows()}
    rows = [
        [label, *(with_interval(found.get((measure, variant))) for variant in variants)]
        for measure, label in _QUALITY.items()
    ]
    caption = (
        f"Modellens kvalitet på kommuner, den ikke har set, {chosen.table['period'].iloc[0]}. Intervallet om AUC (DeLong) "
        "regner eleverne for uafhængige."
    )
    headers = ["Mål", *(variant.capitalize() for variant in variants)]
    return shown("modelkvalitet", html_table(captioned(caption, chosen), headers, rows, numeric=(1, 2)), chosen)


def model_tenths(card: Released) -> Block | Gap:
    """Predicted and observed share in tenths of pupils by probability."""
    groups = [group for group in dict.fromkeys(card.table["group"]) if group.startswith("tiendedel ")]
    return _pairs(card, groups, "tiendedele", "Tiendedel af eleverne, fra laveste til højeste sandsynlighed")


def model_subgroups(card: Released) -> Block | Gap:
    """Predicted and observed share by sex, origin and stage."""
    groups = [
        group for group in dict.fromkeys(card.table["group"]) if group.startswith(("køn: ", "herkomst: ", "trin: "))
    ]
    return _pairs(card, groups, "modelgrupper", "Gruppe")


def model_categories(card: Released) -> Block | Gap:
    """What is lost without each category of covariates."""
    chosen = card.where(measure=["category_log_loss", "category_auc"])
    if chosen.is_empty:
        return Gap("Udgaven viser ikke, hvad hver slags oplysning betyder for modellen.")
    table = chosen.table
    area = {row["group"]: row for _, row in table[table["measure"] == "category_auc"].iterrows()}
    losses = table[table["measure"] == "category_log_loss"].sort_values("estimate", ascending=False, kind="stable")
    rows = [
        [row["group"].capitalize(), row["note"], value(row), with_interval(area.get(row["group"]))]
        for _, row in losses.iterrows()
    ]
    caption = (
        "Hvad modellen taber, når en kategori bliver byttet rundt mellem eleverne, så den ikke længere siger noget (ude af egen "
        "fold). Størst tab først."
    )
    headers = ["Kategori", "Omfang", "Log-tabet vokser med", "AUC falder med"]
    return shown("modelkategorier", html_table(captioned(caption, chosen), headers, rows, numeric=(2, 3)), chosen)


def reached_need(released: Released) -> Block | Gap:
    """Share of later need that each way of choosing reaches, by how many are chosen."""
    chosen = released.where(measure="reached")
    if chosen.is_empty:
        return Gap("Udgaven har ingen sammenligning af valg af skoler og valg efter score.")
    parts = {row["group"]: row for _, row in chosen.table.iterrows()}
    ways = list(dict.fromkeys(group.partition(": ")[0] for group in parts))
    levels = list(dict.fromkeys(group.partition(": ")[2] for group in parts))
    rows = [[level.capitalize(), *(_reached(parts.get(f"{way}: {level}"), way) for way in ways)] for level in levels]
    total = chosen.table.iloc[0]
    caption = (
        f"Pct. af det senere behov, der nås, efter hvor mange af almeneleverne der vælges. Senere behov: {count(total, 'denominator')} "
        "almenelever, som året efter er i specialtilbud. I parentes 95 %-intervaller."
    )
    headers = ["Valgt", *(way.capitalize() for way in ways)]
    numeric = tuple(range(1, len(headers)))
    return shown("maalretning", html_table(captioned(caption, chosen), headers, rows, numeric=numeric), chosen)


def _pairs(card: Released, groups: list[str], name: str, header: str) -> Block | Gap:
    chosen = card.where(group=groups, measure=["predicted", "share"])
    if not groups:
        return _NO_CARD
    found = {(row["measure"], row["group"]): row for _, row in chosen.table.iterrows()}
    rows = []
    for group in groups:
        predicted, observed = found.get(("predicted", group)), found.get(("share", group))
        pupils = "ikke regnet" if observed is None else count(observed, "denominator")
        rows.append([group.capitalize(), pupils, with_interval(predicted), with_interval(observed)])
    caption = (
        f"Beregnet og observeret andel i hele landet, {chosen.table['period'].iloc[0]}, med 95 %-interval (Wilson)."
    )
    headers = [header, "Elever", "Beregnet (pct.)", "Observeret (pct.)"]
    return shown(name, html_table(captioned(caption, chosen), headers, rows, numeric=(1, 2, 3)), chosen)


def _reached(row: pd.Series | None, way: str) -> str:
    """A choice at random is known exactly, so it has no interval."""
    return value(row) if row is not None and way == _RANDOM else with_interval(row)
