"""The staff survey of a register edition: who answered, what they answered in two bases, and how professions differ."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from inklusion.analyses.printed import estimates
from inklusion.analyses.printed_staff import printed_answers
from inklusion.contracts.staff_answers import BETWEEN, COUNTED
from inklusion.measures.answers import chosen_items, ranked_gaps, split_sizes, top_shares
from inklusion.measures.proportions import wilson_interval, wilson_interval_finite
from inklusion.measures.weighting import response_rates
from inklusion.municipalities import COUNTRY
from inklusion.periods import period
from inklusion.questionnaire import Questionnaire
from inklusion.surveys import Survey

CONFIDENCE = 0.95
FEWEST = 10  # answers of each profession, for precision
LEAST = 5  # persons in every part that another number could be taken from
GAPS = "grad"  # the response set of items on lacking something
_FEW_TO_CHOOSE, _SEVERAL = 3, 3
_FINITE, _PLAIN = "Wilson-interval med endelig population", "Wilson-interval"
_COUNTED = "optalt blandt alle inviterede, derfor intet interval"
_PARTS = ["numerator", "opinion", "unsure"]
_PLACE = ["municipality", "profession"]
Row = dict[str, Any]
Counts = NDArray[np.int64]


def published_answers(facts: pd.DataFrame) -> pd.DataFrame:
    """The printed answers and what follows from them; see :func:`inklusion.analyses.printed_staff.printed_answers`."""
    return printed_answers(facts)


def registered_answers(survey: Survey | None) -> pd.DataFrame:
    """Response rates, top answers in both bases, chosen items, ranked gaps and professions, by municipality and year.

    Measures: ``share`` everywhere, and ``rank`` for gaps.

    ``personale_svarprocent``, ``personale_ikke_svaret``: answered and away of those invited, in all and by profession
    (:func:`response_rates`). ``personale_svar`` (items that ask what is lacking: ``personale_mangel``): the two highest
    answers, the highest one where there are two or three, among all who answered the item, "ved ikke" included;
    ``…_mening`` without "ved ikke". ``personale_valg``: items chosen of several. ``personale_faggruppe``: the first base
    by profession. Intervals are Wilson's with finite population correction, the population being those invited.
    Missing and declined answers are in no base.

    Numbers that would follow from others by subtraction are left out here, because release knows no sum of these: the
    second base where one to four answered "ved ikke", a split in which a part has fewer than five persons, and the
    country's of both where they would give away those left out (:func:`_tells_none`, :func:`_stays_open`). Ranks are
    given where nothing can be hidden between them.
    """
    if survey is None:
        return estimates([])
    years = sorted(set(survey.frame["year"].astype(str)))
    return estimates(row for year in years for row in _rows(_round(survey, year)))


@dataclass(frozen=True)
class _Round:
    """One year of a survey.

    Attributes
    ----------
    people
        Municipality, profession (empty: not given) and the codes of each item; declined is missing.
    invited
        Persons asked, by municipality and profession (empty: the frame is not divided).
    labels
        Label of each item as a group of the result.
    """

    asked: Questionnaire
    people: pd.DataFrame
    invited: pd.Series
    labels: dict[str, str]
    shared: Row

    @cached_property
    def asked_of(self) -> dict[tuple[str, str], float]:
        """Persons asked by municipality and profession, and of the country; in all under the empty profession."""
        rows = self.invited.rename_axis(_PLACE).rename("invited").reset_index()
        rows = pd.concat([rows, rows.assign(municipality=COUNTRY)])
        rows = pd.concat([rows[rows["profession"] != ""], rows.assign(profession="")])
        return {key: float(count) for key, count in rows.groupby(_PLACE)["invited"].sum().items()}

    def population(self, code: str, profession: str = "") -> float:
        """Persons asked; missing where the frame does not say it of a profession."""
        return self.asked_of.get((code, profession), np.nan)

    @property
    def items(self) -> dict[str, list[str]]:
        """Items with coded answers by response set, without those of a choice among several."""
        chosen = {name for choice in self.asked.choices.values() for name in choice.items}
        found: dict[str, list[str]] = {}
        for name, item in self.asked.items.items():
            if name in self.people and name not in chosen:
                found.setdefault(item.responses, []).append(name)
        return found


def _round(survey: Survey, year: str) -> _Round:
    asked = survey.questionnaire
    responses, frame = (table[table["year"].astype(str) == year] for table in (survey.responses, survey.frame))
    coded = [name for name in asked.items if name in responses and asked.responses_of(name).answers]
    answers = responses[coded].astype(float)
    for name in coded:
        kept = asked.responses_of(name)
        answers[name] = answers[name].where(answers[name].isin([*kept.answers, *kept.dont_know]))
    people = answers.assign(municipality=responses["municipality"].astype(str), profession=_named(responses["group"]))
    place = [frame["municipality"].astype(str), _named(frame["group"]).rename("profession")]
    invited = frame["invited"].astype(float).groupby(place).sum()
    read = period(year)
    shared = {
        "period": read.label,
        "period_type": read.kind,
        "decimals": 1,
        "measure": "share",
        "source": survey.source,
    }
    return _Round(asked, people, invited, _labels(asked), shared)


def _named(groups: pd.Series) -> pd.Series:
    return groups.astype("object").where(groups.notna(), "").astype(str)


def _plain(text: str) -> str:
    """Without the colon that would make the text one group of a dimension."""
    return text.replace(": ", " – ")


def _labels(asked: Questionnaire) -> dict[str, str]:
    texts = {name: _plain(item.label) for name, item in asked.items.items()}
    said = list(texts.values())
    return {name: f"{text} ({name})" if said.count(text) > 1 else text for name, text in texts.items()}


def _rows(year: _Round) -> Iterator[Row]:
    counts = _counts(year)
    found: list[Iterable[Row]] = [_response(year), _answers(year, counts), _choices(year), _splits(year, counts)]
    yield from ({**year.shared, **row} for rows in found for row in rows)


def _response(year: _Round) -> Iterator[Row]:
    answered = year.people.groupby(_PLACE).size().reindex(year.invited.index, fill_value=0)
    if "" in year.invited.index.get_level_values(1):
        answered = year.people.groupby("municipality").size().reindex(year.invited.index, level=0, fill_value=0)
    both = pd.DataFrame({"answered": answered, "invited": year.invited}).reset_index()
    both.columns = pd.Index([*_PLACE, "answered", "invited"])
    country = both.groupby("profession", as_index=False)[["answered", "invited"]].sum().assign(municipality=COUNTRY)
    for code, part in pd.concat([both, country]).groupby("municipality"):
        rates = response_rates(part["answered"], part["invited"], groups=list(part["profession"]))
        for row in rates[(rates["invited"] > 0) & (rates["group"] != "")].itertuples():
            group = "" if row.Index == len(rates) - 1 else f"faggruppe: {row.group}"
            shared = {"municipality": code, "group": group, "denominator": int(row.invited), "method": _COUNTED}
            yield {
                **shared,
                "definition": "personale_svarprocent",
                "numerator": int(row.answered),
                "estimate": 100 * row.rate,
            }
            yield {**shared, "definition": "personale_ikke_svaret", "numerator": int(row.away), "estimate": 100 - 100 * row.rate}  # fmt: skip


def _top(year: _Round, responses: str) -> int:
    return 2 if len(year.asked.responses[responses].answers) > _FEW_TO_CHOOSE else 1


def _counts(year: _Round) -> pd.DataFrame:
    """Top answers, answers with an opinion and "ved ikke" of each item, by municipality and profession."""
    parts = [pd.DataFrame(columns=[*_PLACE, "item", *_PARTS])]
    for (code, profession), people in year.people.groupby(_PLACE):
        for responses, items in year.items.items():
            kept = year.asked.responses[responses]
            table = top_shares(
                people[items], list(kept.answers), top=_top(year, responses), dont_know=list(kept.dont_know)
            )
            part = table[["numerator", "n", "dont_know"]].set_axis(_PARTS, axis=1).rename_axis("item").reset_index()
            parts.append(part.assign(municipality=code, profession=profession))
    return pd.concat(parts, ignore_index=True).astype(dict.fromkeys(_PARTS, "int64"))


def _answers(year: _Round, counts: pd.DataFrame) -> Iterator[Row]:
    gaps = []
    for item, part in counts.groupby("item", sort=False):
        own = part.groupby("municipality")[_PARTS].sum()
        own.loc[COUNTRY] = own.sum()
        own["everybody"] = own["opinion"] + own["unsure"]
        own = own[own["everybody"] > 0]
        name, counted = _definition(year, str(item)), _counted(year, str(item))
        both = _second_base(own)
        for code, row in own.iterrows():
            shared = {"municipality": code, "group": year.labels[str(item)]}
            interval = (year.population(str(code)), counted)
            yield {**shared, "definition": name, **_share(row["numerator"], row["everybody"], *interval)}
            if both[code]:
                base = f"{name}_mening{'_land' if code == COUNTRY else ''}"
                yield {**shared, "definition": base, **_share(row["numerator"], row["opinion"], *interval)}
        if name == "personale_mangel":
            gaps.append(own.assign(item=year.labels[str(item)]))
    if gaps:
        yield from _ranks(pd.concat(gaps))


def _definition(year: _Round, item: str) -> str:
    return "personale_mangel" if year.asked.items[item].responses == GAPS else "personale_svar"


def _counted(year: _Round, item: str) -> str:
    """Which answers are counted, in words: ``svar: »Delvis enig« eller »Helt enig«``."""
    highest = list(year.asked.labels(item).values())[-_top(year, year.asked.items[item].responses) :]
    return f"{COUNTED}{' eller '.join(f'»{label}«' for label in highest)}"


def _share(numerator: int, n: int, population: float, counted: str) -> Row:
    """A share in per cent with its Wilson interval; corrected for the population where that is known."""
    share, is_known = numerator / n, not np.isnan(population)
    lower, upper = (
        wilson_interval_finite(share, n, population, confidence=CONFIDENCE)
        if is_known
        else wilson_interval(numerator, n, confidence=CONFIDENCE)
    )
    return {
        "numerator": int(numerator), "denominator": int(n), "estimate": 100 * share, "lower": 100 * float(lower),
        "upper": 100 * float(upper), "confidence": CONFIDENCE, "method": f"{counted}; {_FINITE if is_known else _PLAIN}",
    }  # fmt: skip


def _second_base(own: pd.DataFrame) -> pd.Series:
    """Where the share without "ved ikke" may stand beside the one with it: nobody finds fewer than five persons."""
    unsure = own["unsure"]
    parts = pd.concat([own["numerator"], own["opinion"] - own["numerator"]], axis=1)
    may = (parts >= LEAST).all(axis=1) & ((unsure == 0) | (unsure >= LEAST))
    places = may.index != COUNTRY
    left_out = unsure[places & ~may]
    if len(left_out) and not _tells_none(left_out[left_out.between(1, LEAST - 1)].to_numpy()):
        may[COUNTRY] = False
    if len(left_out) and may[places].sum() < _SEVERAL:
        may[places] = False  # a reader would take one or two municipalities' answers for the country's
    return may


def _tells_none(few: Counts) -> bool:
    """Whether the sum of numbers from 1 to 4, which a reader finds, lets each of them still be any of these.

    The others take at least 1 and at most 4 each: sum - 4 (k - 1) must not exceed 1, nor sum - (k - 1) be below 4.

    >>> _tells_none(np.array([1, 2])), _tells_none(np.array([2, 3]))
    (False, True)
    """
    others, most = len(few) - 1, LEAST - 1
    return bool(few.sum() - most * others <= 1 and few.sum() - others >= most)


def _ranks(gaps: pd.DataFrame) -> Iterator[Row]:
    """Ranks with what equal shares have in common; none where one of the shares could be hidden: its place would tell."""
    rest = gaps["everybody"] - gaps["numerator"]
    if not ((gaps["numerator"] >= LEAST) & (rest >= LEAST)).all():
        return
    for code, own in gaps.groupby(level=0):
        ranked = ranked_gaps(list(own["item"]), own["numerator"], own["everybody"])
        for row in ranked.itertuples():
            yield {
                "municipality": code, "definition": "personale_mangel", "measure": "rank", "group": row.item, "decimals": 0,
                "numerator": int(row.numerator), "denominator": int(row.denominator), "estimate": row.rank_first,
                "lower": row.rank_first, "upper": row.rank_last, "method": "plads efter andelen; lige andele deler plads",
            }  # fmt: skip


def _choices(year: _Round) -> Iterator[Row]:
    for choice in year.asked.choices.values():
        items = [name for name in choice.items if name in year.people]
        if not items:
            continue
        for code, people in [*year.people.groupby("municipality"), (COUNTRY, year.people)]:
            table = chosen_items(people[items], most=choice.most)
            counted = f"op til {choice.most} valg; {_plain(choice.label)}"
            for item, row in table[table["denominator"] > 0].iterrows():
                share = _share(row["numerator"], row["denominator"], year.population(str(code)), counted)
                yield {"municipality": code, "definition": "personale_valg", "group": year.labels[str(item)], **share}


def _splits(year: _Round, counts: pd.DataFrame) -> Iterator[Row]:
    """The first base by profession; all professions of an item at a place, or none.

    The professions' numbers add up to the item's, which release does not know. So a municipality is divided only when no
    municipality's number of the item can be hidden, and the country, whose number is hidden last, when there are several
    others that would be hidden before it.
    """
    for item, part in counts.groupby("item", sort=False):
        if not part["profession"].astype(bool).any():
            continue
        part = part.assign(rest=part["opinion"] + part["unsure"] - part["numerator"])
        wide = part.pivot(index="municipality", columns="profession", values=["numerator", "rest"])
        layers = np.stack([wide[layer].fillna(0).to_numpy(np.int64) for layer in ("numerator", "rest")])
        codes, professions = list(wide.index), list(wide["numerator"].columns)
        own = layers.sum(axis=2)
        is_open = (own[:, own.sum(axis=0) > 0] >= LEAST).all(axis=0)
        may = [is_open.all() and _may_split(year, code, str(item), layers[:, at])
               for at, code in enumerate(codes)]  # fmt: skip
        shown = [(code, layers[:, at]) for at, code in enumerate(codes) if may[at]]
        whole, left_out = layers.sum(axis=1), layers[:, ~np.array(may, dtype=bool)]
        is_last = is_open.all() or is_open.sum() >= _SEVERAL
        if is_last and _may_split(year, COUNTRY, str(item), whole) and _stays_open(left_out):
            shown.append((COUNTRY, whole))
        for code, cells in shown:
            yield from _split(year, code, str(item), dict(zip(professions, cells.T.tolist(), strict=True)))


def _split(year: _Round, code: str, item: str, cells: dict[str, list[int]]) -> Iterator[Row]:
    for profession, (numerator, rest) in cells.items():
        if profession and numerator + rest:
            group = f"{year.labels[item]}{BETWEEN}{_plain(profession)}"
            interval = (year.population(code, profession), _counted(year, item))
            share = _share(numerator, numerator + rest, *interval)
            yield {"municipality": code, "definition": "personale_faggruppe", "group": group, **share}


def _may_split(year: _Round, code: str, item: str, cells: Counts) -> bool:
    """Whether every profession has ten answers, and no part, nor what is left without a profession, is under five."""
    if not (cells[:, cells.sum(axis=0) > 0] >= LEAST).all():
        return False
    own = year.people if code == COUNTRY else year.people[year.people["municipality"] == code]
    groups = own["profession"].where(own["profession"] != "")
    try:
        sizes = split_sizes(groups, answered=own[item].notna(), smallest=FEWEST)
    except ValueError:
        return False
    asked = {name for (place, name), count in year.asked_of.items() if place == code and name and count > 0}
    return len(sizes) > 1 and asked <= set(sizes.index)


def _stays_open(cells: Counts) -> bool:
    """Whether the country's sums by profession leave the places that are not divided open.

    A reader knows of these places each one's numbers in all, and what they have together of each profession. A part
    then lies between Fréchet's limits, max(0, a + b - total) and min(a, b), which are sharp; each must be able to be
    ``LEAST`` whole numbers. Places whose own number is too small to be shown tell no more than that.

    Parameters
    ----------
    cells : array of counts, shape (layers, places, professions)
        Top answers, and the others.
    """
    pooled = cells.sum(axis=1)
    kept = pooled.sum(axis=0) > 0
    cells, pooled = cells[:, :, kept], pooled[:, kept]
    if not cells.size:
        return True
    own = cells.sum(axis=2)
    others = own.sum(axis=1)[:, np.newaxis] - own
    seen = (own >= LEAST).all(axis=0)
    highest = np.minimum(own[:, seen, np.newaxis], pooled[:, np.newaxis, :])
    lowest = np.maximum(0, pooled[:, np.newaxis, :] - others[:, seen, np.newaxis])
    return bool((pooled >= LEAST).all() and (highest - lowest >= LEAST - 1).all())
