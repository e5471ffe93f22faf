"""How estimated probabilities are distributed, who is most exposed, and how common single risk factors are."""

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from inklusion.analyses.printed import estimates
from inklusion.analyses.risk import WITH_PRACTICE, Risk, Units
from inklusion.contracts.register import OUTCOMES
from inklusion.measures.proportions import wilson_interval
from inklusion.models.predictions import Predictions
from inklusion.municipalities import COUNTRY

CONFIDENCE = 0.95
PLACED = OUTCOMES[0]
EDGES = tuple(place / 10 for place in range(11))
SMALL_SCHOOL = 400
FEWEST_IN_BAND = 5
EXPOSED = (0.05, 0.15, 0.25)
NEIGHBOURS = 5
ALL, ORDINARY = "risiko_alle", "risiko_almen"


def risk_profile(risk: Risk) -> pd.DataFrame:
    """Pupils by band of estimated probability: all pupils, and those in ordinary classes, in the latest year.

    Measure ``share``; municipalities and the country for both populations, schools for ordinary classes. Bands are
    ten points wide and merged from the top, with the same cuts everywhere, until a school of ``SMALL_SCHOOL`` pupils
    would have ``FEWEST_IN_BAND`` in the top band if it were like the country.
    """
    predictions = _predictions(risk)
    edges = merged_edges(_country_shares(risk, predictions))
    rows: list[dict[str, Any]] = []
    for name, within in ((ALL, risk.latest), (ORDINARY, risk.latest & risk.ordinary)):
        divisions = [risk.municipalities] + ([risk.schools] if name == ORDINARY else [])
        for division in divisions:
            rows += _band_rows(predictions, division, within & (division.codes >= 0), edges, name)
        rows += _country_rows(rows, name)
    return estimates([{**row, **_shared(risk)} for row in rows])


def merged_edges(shares: NDArray[np.float64]) -> tuple[float, ...]:
    """Edges of the bands after merging from the top until the top band holds enough of the country.

    Examples
    --------
    Of 400 pupils 5 are 1.25 %: the last eight bands hold 1 % and take the band below with them.

    >>> merged_edges(np.array([0.9, 0.06, 0.03, 0.01, 0, 0, 0, 0, 0, 0]))
    (0.0, 0.1, 0.2, 1.0)
    """
    top = len(shares) - 1
    while top > 0 and shares[top:].sum() < FEWEST_IN_BAND / SMALL_SCHOOL:
        top -= 1
    return (*EDGES[: top + 1], EDGES[-1])


def band_name(lower: float, upper: float) -> str:
    """A band as its group is called.

    Examples
    --------
    >>> band_name(0.1, 0.2), band_name(0.3, 1.0)
    ('bånd: 10-20 pct.', 'bånd: 30-100 pct.')
    """
    return f"bånd: {100 * lower:.0f}-{100 * upper:.0f} pct."


def most_exposed(risk: Risk) -> pd.DataFrame:
    """Pupils in ordinary classes who are among the country's 5, 15 and 25 % most exposed, in the latest year."""
    predictions, within = _predictions(risk), risk.latest & risk.ordinary
    rows: list[dict[str, Any]] = []
    for share in EXPOSED:
        shared = {"definition": "mest_udsatte", "group": f"andel: {100 * share:.0f} pct. mest udsatte"}
        counts = predictions.most_exposed(share, risk.municipalities.codes, rows=within)
        places = zip(risk.municipalities.names["municipality"], counts.itertuples(), strict=False)
        own = [_share_row(code, "", int(n.exposed), int(n.pupils), **shared) for code, n in places if n.pupils]
        rows += [*own, _sum_row(own)]
    return estimates([{**row, **_shared(risk)} for row in rows])


def prevalence(risk: Risk) -> pd.DataFrame:
    """How common each risk factor of interest is among pupils in ordinary classes, in the latest year."""
    dictionary = risk.register.dictionary
    chosen = dictionary[dictionary["of_interest"] & (dictionary["type"] == "yes_no")]
    within = risk.latest & risk.ordinary
    codes = risk.municipalities.codes[within]
    names = risk.municipalities.names["municipality"]
    rows: list[dict[str, Any]] = []
    for column, label in zip(chosen["column"], chosen["label_da"], strict=True):
        values = risk.register.covariates[column].to_numpy(dtype=float)[within]
        known = ~np.isnan(values)
        having = np.bincount(codes[known], values[known], minlength=len(names)).astype(int)
        asked = np.bincount(codes[known], minlength=len(names))
        own = [
            _share_row(code, "", x, n, definition="risikofaktor", group=f"faktor {label}")
            for code, x, n in zip(names, having.tolist(), asked.tolist(), strict=True)
            if n
        ]
        rows += [*own, _sum_row(own)] if own else []
    return estimates([{**row, **_shared(risk)} for row in rows])


def neighbours(risk: Risk) -> pd.DataFrame:
    """For each municipality the five whose expected share is nearest: similar pupils, not similar results."""
    sums = _predictions(risk).sums(np.where(risk.latest, risk.municipalities.codes, -1))
    expected = (100 * sums["expected"] / sums["pupils"]).to_numpy()
    names = risk.municipalities.names["municipality"].iloc[: len(expected)].to_numpy()
    rows = []
    for place, code in enumerate(names):
        distance = np.abs(expected - expected[place])
        distance[place] = np.inf
        for rank, other in enumerate(np.argsort(distance, kind="stable")[:NEIGHBOURS], start=1):
            rows.append(
                {"municipality": code, "unit": "", "definition": "lignende_elever", "measure": "neighbour",
                 "group": f"{rank}", "estimate": expected[other], "decimals": 2, "note": names[other],
                 "denominator": int(sums["pupils"].iloc[other]), "method": "nærmeste forventede andel"}
            )  # fmt: skip
    return estimates([{**row, **_shared(risk)} for row in rows])


def _predictions(risk: Risk) -> Predictions:
    return risk.fits[PLACED, WITH_PRACTICE].chosen.predictions


def _shared(risk: Risk) -> dict[str, Any]:
    return {"period": risk.years[-1], "period_type": "school_year", "source": risk.source}


def _country_shares(risk: Risk, predictions: Predictions) -> NDArray[np.float64]:
    within = risk.latest & risk.ordinary
    counts = predictions.bands(np.zeros(len(within), dtype=np.int64), EDGES, rows=within).to_numpy(dtype=float)[0]
    return np.asarray(counts / counts.sum(), dtype=np.float64)


def _band_rows(
    predictions: Predictions, division: Units, within: NDArray[np.bool_], edges: tuple[float, ...], name: str
) -> list[dict[str, Any]]:
    table = predictions.bands(division.codes, edges, rows=within)
    labels = [band_name(low, high) for low, high in pairwise(edges)]
    rows = []
    for code, counts in zip(table.index, table.to_numpy(), strict=True):
        place = division.names.iloc[int(code)]
        total = int(counts.sum())
        rows += [
            _share_row(place["municipality"], place["unit"], int(count), total, definition=name, group=label)
            for label, count in zip(labels, counts, strict=True)
        ]
    return rows


def _country_rows(rows: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    whole = [row for row in rows if row["definition"] == name and not row["unit"]]
    groups = dict.fromkeys(row["group"] for row in whole)
    return [_sum_row([row for row in whole if row["group"] == group]) for group in groups]


def _sum_row(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The country's row: the municipalities' counts added."""
    numerator, denominator = (sum(row[name] for row in rows) for name in ("numerator", "denominator"))
    kept = {name: rows[0][name] for name in ("definition", "group")}
    return {**_share_row(COUNTRY, "", numerator, denominator, **kept), "decimals": 2}


def _share_row(code: str, unit: str, numerator: int, denominator: int, **shared: Any) -> dict[str, Any]:
    lower, upper = wilson_interval(numerator, denominator, confidence=CONFIDENCE)
    return {
        "municipality": code, "unit": unit, "measure": "share", "numerator": numerator, "denominator": denominator,
        "estimate": 100 * numerator / denominator, "lower": 100 * float(lower), "upper": 100 * float(upper),
        "confidence": CONFIDENCE, "decimals": 1, "method": "Wilson", **shared,
    }  # fmt: skip
