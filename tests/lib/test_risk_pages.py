"""The pages of a register edition: each sentence turns when one number crosses its limit, and nothing hidden slips out."""

import base64
import inspect
import re
from dataclasses import replace
from html import unescape

import pytest

from inklusion import figures, narrative, tables
from inklusion.analyses.printed import estimates
from inklusion.blocks import Block, Gap
from inklusion.disclosure.release import Released
from inklusion.disclosure.rule import ALREADY_PUBLISHED as RULE
from inklusion.errors import DefinitionError
from inklusion.measures.disproportionality import GROUP_UNDER, OTHERS_UNDER

OWN, OTHER, COUNTRY = "901", "902", "000"
YEAR, POOLED = "2023/2024", "2021/2022-2023/2024"
PLACED, SUPPORTED = "seg_register_placering", "seg_register_9t"
HOLM = "Holm, familievis fejl højst 5 pct. blandt kommunerne"


def released(rows, *, edition="synthetic", name="t"):
    """Rows as a released table; a row may bring its own ``status``."""
    table = estimates([{key: value for key, value in row.items() if key != "status"} for row in rows])
    known = table[["estimate", "lower", "upper"]].notna().any(axis=1)
    status = [row.get("status", "shown" if has else "missing") for row, has in zip(rows, known, strict=True)]
    return Released(name, edition, RULE, table.assign(status=status, reason=""))


def row(measure, estimate, lower=None, upper=None, **more):
    return {
        "municipality": OWN, "period": YEAR, "period_type": "school_year", "definition": PLACED, "measure": measure,
        "estimate": estimate, "lower": lower, "upper": upper, "confidence": None if lower is None else 0.95,
        "decimals": 1, "method": "m", **more,
    }  # fmt: skip


def hidden(one):
    kept = {**one, "estimate": None, "lower": None, "upper": None, "numerator": None, "note": ""}
    return {**kept, "status": "suppressed"}


def standing(verdict="kan ikke skelnes", lower=-0.5, upper=1.3, **more):
    """The rows of one place and period, with and without what may be local practice."""
    counted = {"numerator": 60, "denominator": 1000, **more}
    rows = [
        row("share", 6.0, 4.7, 7.6, **counted),
        row("shrunken", 1.05, **{**counted, "decimals": 2}),
    ]
    for ending in ("", "_without_practice"):
        rows += [
            row(f"expected{ending}", 5.6, 5.4, 5.8, **{**counted, "numerator": None}),
            row(f"difference{ending}", 0.4, lower, upper, **counted),
            row(f"ratio{ending}", 1.07, 0.91, 1.24, **{**counted, "decimals": 2}),
            row(f"verdict{ending}", 0.2, note=verdict, **{**counted, "method": HOLM, "decimals": 4}),
        ]
    return rows


def changed(rows, measure, **values):
    return [{**one, **values} if one["measure"] == measure else one for one in rows]


def text_of(block):
    assert isinstance(block, Block), block
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", block.html)).split())


def numbers_in(text):
    text = re.sub(r"\d{4}/\d{4}|95 %|Eksempelkommune \d+|højst 5 pct\.", " ", text)
    return set(re.findall(r"\d[\d.]*(?:,\d+)?", text.replace("pct.", "").replace(". ", " ")))


def says(write, rows, *more):
    return text_of(write(released(rows), *more))


# --- observed and expected ---


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        ("over", "Eksempelkommune 01 ligger over det forventede"),
        ("under", "Eksempelkommune 01 ligger under det forventede"),
        ("kan ikke skelnes", "Eksempelkommune 01 kan ikke skelnes fra det forventede"),
    ],
)
def test_the_verdict_is_the_sentence(verdict, words):
    text = says(narrative.observed_expected, standing(verdict, 0.1, 1.3), OWN)
    assert words in text
    assert ("Dommen holder" in text) == (verdict != "kan ikke skelnes")


def test_an_interval_beside_zero_without_a_verdict_is_said_to_be_exactly_that():
    near = says(narrative.observed_expected, standing(lower=0.1), OWN)
    across = says(narrative.observed_expected, standing(lower=0.0), OWN)
    assert "ligger på den ene side af nul" in near and "ikke sikker nok til en dom" in near
    assert "ligger på den ene side af nul" not in across and "udelukker ikke nul" in across


def test_the_number_of_municipalities_that_were_tested_is_counted():
    others = [one for place in range(902, 907) for one in standing("over", municipality=str(place))]
    assert f"6 kommuner er undersøgt på én gang ({HOLM})" in says(
        narrative.observed_expected, [*standing("over", 0.1), *others], OWN
    )


def test_two_periods_with_two_verdicts_are_told_apart():
    pooled = {"period": POOLED, "period_type": "school_years_pooled"}
    both = [*standing("over", 0.1, **pooled), *standing()]
    text = says(narrative.observed_expected, both, OWN)
    assert text.index("Skoleåret 2023/2024") < text.index("Skoleårene 2021/2022-2023/2024 samlet")
    assert "giver ikke samme dom" in text and "en elev tæller med hvert år" in text
    assert "giver ikke samme dom" not in says(narrative.observed_expected, [*standing(**pooled), *standing()], OWN)


@pytest.mark.parametrize("measure", ["share", "difference", "verdict"])
def test_a_hidden_number_is_never_written_as_missing(measure):
    rows = [hidden(one) if one["measure"] == measure else one for one in standing()]
    text = says(narrative.observed_expected, rows, OWN)
    assert "vises ikke" in text and "nan" not in text and "–" not in text and "6,0" not in text
    assert "vises ikke" in text_of(tables.observed_expected(released(rows), OWN))


def test_an_expected_share_that_could_not_be_computed_is_no_verdict():
    rows = changed(standing(), "expected", estimate=None, lower=None, upper=None)
    text = says(narrative.observed_expected, rows, OWN)
    assert "kan ikke regnes ud" in text and "skelnes" not in text
    assert "for få elever" in text_of(tables.observed_expected(released(rows), OWN))


def test_every_number_of_the_sentence_stands_in_the_table():
    rows = standing("under", -2.0, -0.1)
    said = numbers_in(says(narrative.observed_expected, rows, OWN)) - {"1"}
    assert said <= numbers_in(says(tables.observed_expected, rows, OWN)) and len(said) >= 10


def test_local_practice_matters_only_when_the_verdict_changes():
    same = says(narrative.local_practice, standing("over", 0.1), OWN)
    rows = changed(standing("over", 0.1), "verdict_without_practice", note="kan ikke skelnes")
    other = says(narrative.local_practice, rows, OWN)
    assert "dommen er den samme" in same and "afhænger" not in same
    assert "Med dem ligger Eksempelkommune 01 over det forventede" in other
    assert "uden dem kan Eksempelkommune 01 ikke skelnes" in other and "bør stå alene" in other
    gone = [hidden(one) if one["measure"] == "verdict" else one for one in standing()]
    assert isinstance(narrative.local_practice(released(gone), OWN), Gap)


def districts(*verdicts, **more):
    return [
        one
        for place, verdict in enumerate(verdicts, start=1)
        for one in standing(verdict, unit=f"Distrikt {place}", **more)
    ]


def test_districts_are_counted_and_named_by_verdict():
    text = says(narrative.district_verdicts, districts("over", "under", "kan ikke skelnes", "kan ikke skelnes"), OWN)
    assert "Distrikt 1 ligger over det forventede." in text and "Distrikt 2 ligger under det forventede." in text
    assert "To kan ikke skelnes" in text and "ene side af nul" not in text
    none = says(narrative.district_verdicts, districts("kan ikke skelnes", "kan ikke skelnes"), OWN)
    assert "Ingen af dem ligger sikkert over eller under: to kan ikke skelnes" in none
    beside = says(narrative.district_verdicts, districts("kan ikke skelnes", "kan ikke skelnes", lower=0.2), OWN)
    assert "To af dem har ganske vist et interval" in beside


def test_hidden_districts_are_said_to_be_hidden():
    rows = [hidden(one) if one["unit"] == "Distrikt 1" else one for one in districts("over", "over")]
    assert "Et vises ikke" in says(narrative.district_verdicts, rows, OWN)
    table = text_of(tables.district_ratios(released(rows), OWN))
    assert "vises ikke" in table and "nan" not in table and "1,05" in table and "1,07" in table
    block = figures.district_differences(released(rows), OWN)
    assert "Over det forventede: Distrikt 2. Under: ingen" in alt_of(block)


def test_a_municipality_without_districts_or_with_one_gets_no_district_figure():
    assert isinstance(narrative.district_verdicts(released(standing()), OWN), Gap)
    assert isinstance(tables.district_ratios(released(standing()), OWN), Gap)
    assert "kun ét skoledistrikt" in says(narrative.district_verdicts, districts("over"), OWN)
    assert isinstance(figures.district_differences(released(districts("over")), OWN), Gap)


def test_districts_are_told_for_the_longest_period():
    pooled = districts("over", "over", period=POOLED, period_type="school_years_pooled")
    rows = [*districts("under", "under"), *pooled]
    assert "over det forventede" in says(narrative.district_verdicts, rows, OWN)
    assert POOLED in says(tables.district_ratios, rows, OWN)
    assert "Under: ingen" in alt_of(figures.district_differences(released(rows), OWN))


# --- distribution, risk factors, groups ---


def share(place, group, estimate, lower, upper, definition="risiko_alle", **more):
    counted = {"numerator": 200, "denominator": 1000, "group": group, "definition": definition, **more}
    return row("share", estimate, lower, upper, municipality=place, **counted)


def bands(country=88.0, top="bånd: 30-100 pct.", **more):
    return [
        share(OWN, "bånd: 0-10 pct.", 90.0, 89.0, 91.0, **more),
        share(OWN, top, 1.5, 1.2, 1.9, **more),
        share(COUNTRY, "bånd: 0-10 pct.", country, 87.9, 88.1, **more),
        share(COUNTRY, top, 1.5, 1.4, 1.6, **more),
        share(OTHER, "bånd: 0-10 pct.", 87.0, 85.0, 89.0, **more),
        share(OTHER, top, 1.7, 1.2, 2.2, **more),
    ]


NEIGHBOURS = released([row("neighbour", 5.6, definition="lignende_elever", group="1", note=OTHER, denominator=1000)])


def test_a_band_is_larger_than_the_countrys_only_when_its_whole_interval_is():
    near = says(narrative.probability_bands, bands(89.0), NEIGHBOURS, OWN)
    far = says(narrative.probability_bands, bands(88.9), NEIGHBOURS, OWN)
    assert "større end" not in near and "større end i hele landet" in far
    assert "mindre end i hele landet" in says(narrative.probability_bands, bands(91.1), NEIGHBOURS, OWN)
    assert "fra 87,0 til 87,0 pct." in far


def test_merged_bands_are_explained_when_there_are_any():
    assert "fra 30 pct. og op er ét bånd" in says(narrative.probability_bands, bands(), NEIGHBOURS, OWN)
    assert "ét bånd" not in says(narrative.probability_bands, bands(top="bånd: 90-100 pct."), NEIGHBOURS, OWN)


def test_a_hidden_band_is_hidden_in_sentence_and_table():
    rows = bands()
    rows[1] = hidden(rows[1])
    assert "på 30 til 100 pct. vises ikke" in says(narrative.probability_bands, rows, NEIGHBOURS, OWN)
    table = says(tables.probability_bands, rows, NEIGHBOURS, OWN)
    assert "vises ikke" in table and "Eksempelkommune 02" in table
    assert "skjult" in alt_of(figures.probability_bands(released(rows), NEIGHBOURS, OWN))


def schools(count):
    rows = bands(definition="risiko_almen")
    return rows + [{**one, "unit": f"Skole {place}"} for place in range(count) for one in rows[:2]]


def test_schools_get_a_panel_each_or_only_a_table():
    assert "på 3 skoler" in alt_of(figures.school_bands(released(schools(3)), OWN))
    assert isinstance(figures.school_bands(released(schools(25)), OWN), Gap)
    assert "Skole 24" in says(tables.school_bands, schools(25), OWN)
    assert isinstance(tables.school_bands(released(bands()), OWN), Gap)


@pytest.mark.parametrize(
    ("country", "words"), [(5.0, "større end"), (5.5, "ikke til at skelne fra"), (7.0, "mindre end")]
)
def test_the_most_exposed_are_compared_with_the_country_by_the_interval(country, words):
    group, kind = "andel: 5 pct. mest udsatte", "mest_udsatte"
    rows = [share(OWN, group, 6.0, 5.2, 6.9, kind), share(COUNTRY, group, country, 4.9, 5.1, kind)]
    assert f"Det er {words}" in says(narrative.most_exposed, rows, OWN)
    assert "5 pct. mest udsatte" in says(tables.most_exposed, rows, NEIGHBOURS, OWN)


def factor(lower=3.1, upper=4.9, status="shown"):
    group, kind = "faktor Autismediagnose", "risikofaktor"
    own = share(OWN, group, 4.0, lower, upper, kind)
    return [own if status == "shown" else hidden(own), share(COUNTRY, group, 3.0, 2.9, 3.1, kind)]


def test_a_risk_factor_is_more_common_only_when_its_whole_interval_lies_above():
    write = narrative.risk_factors
    assert "Oftere end i hele landet: Autismediagnose (4,0 mod 3,0 pct.)" in says(write, factor(), OWN)
    assert "Oftere end i hele landet: ingen" in says(write, factor(lower=3.0), OWN)
    assert "Kan ikke skelnes fra hele landet: Autismediagnose" in says(write, factor(lower=3.0), OWN)
    assert "Vises ikke: Autismediagnose" in says(write, factor(status="suppressed"), OWN)
    assert "Oftere end i hele landet: Autismediagnose" in alt_of(figures.risk_factors(released(factor()), OWN))
    assert "vises ikke" in says(tables.risk_factors, factor(status="suppressed"), OWN)


def groups(lower=1.2, upper=2.0, note="", estimate=1.5):
    counted = {"numerator": 40, "denominator": 500, "group": "køn: dreng"}
    found = [row("share", 8.0, 6.0, 10.7, **counted)]
    ends = (None, None) if estimate is None else (lower, upper)
    for measure in ("risk_difference", "risk_ratio", "alternate_risk_ratio", "weighted_risk_ratio"):
        found.append(row(measure, estimate, *ends, **counted, note=note))
    return found


def test_a_group_differs_only_when_the_ratios_interval_leaves_one_out():
    write = narrative.group_differences
    assert "Drenge er oftere i specialtilbud" in says(write, groups(), OWN)
    assert "Kan ikke skelnes fra de øvrige: drenge" in says(write, groups(lower=1.0), OWN)
    assert "Drenge er sjældnere i specialtilbud" in says(write, groups(0.4, 0.9), OWN)


def test_a_group_under_the_minimum_is_neither_hidden_nor_zero():
    few = groups(estimate=None, note=GROUP_UNDER)
    assert "For få elever til et forhold: drenge" in says(narrative.group_differences, few, OWN)
    assert "for få i gruppen" in says(tables.group_differences, few, OWN)
    others = groups(estimate=None, note=OTHERS_UNDER)
    assert "for få i de øvrige grupper" in says(tables.group_differences, others, OWN)
    gone = [hidden(one) for one in groups()]
    assert "Vises ikke: drenge" in says(narrative.group_differences, gone, OWN)
    assert "for få" not in says(tables.group_differences, gone, OWN)


# --- the model card ---


def of_model(measure, estimate, lower=None, upper=None, group="alle oplysninger", **more):
    return row(measure, estimate, lower, upper, **{"municipality": COUNTRY, "definition": "risikomodel", "group": group,
               "decimals": 3, **more})  # fmt: skip


def pair(group, predicted=5.0, lower=4.8, upper=5.2):
    counted = {"numerator": 500, "denominator": 10_000, "decimals": 2, "definition": PLACED}
    return [
        of_model("predicted", predicted, group=group, decimals=2),
        of_model("share", 5.0, lower, upper, group, **counted),
    ]


def card(**values):
    """A model card; a keyword replaces an estimate by the measure's name."""
    rows = [of_model("auc", 0.842, 0.840, 0.844), of_model("auc", 0.801, 0.799, 0.803, "uden lokal praksis")]
    for name, value in {"base_rate": 5.1, "brier": 0.043, "brier_skill": 0.12, "calibration_slope": 1.0,
                        "calibration_intercept": 0.0, "calibration_in_the_large": 0.0, "mean_predicted": 5.1}.items():  # fmt: skip
        rows.append(of_model(name, values.get(name, value)))
    rows += [of_model("log_loss", 0.15, group="alle oplysninger: boosting", note="valgt"),
             of_model("log_loss", 0.16, group="alle oplysninger: logistic")]  # fmt: skip
    for name, value in {"rows": 1_920_000, "covariates": 61, "dropped_rows": 0.4, "families_effect": 1.3}.items():
        decimals = 0 if value > 50 else 2
        rows.append(of_model(name, values.get(name, value), group="", decimals=decimals, note="elever gange skoleår"))
    rows += [one for place in range(1, 11) for one in pair(f"tiendedel {place}", values.get("tenth", 5.0))]
    rows += pair("køn: dreng", values.get("boys", 5.0)) + pair("trin: 0.-3. klasse")
    for name, loss in (("helbred", 0.02), ("kriminalitet", values.get("crime", 0.001))):
        rows.append(of_model("category_log_loss", loss, group=name, note="9 oplysninger"))
        rows.append(of_model("category_auc", 0.03, group=name))
    return rows


@pytest.mark.parametrize(
    ("write", "measure", "inside", "outside", "words"),
    [
        (narrative.model_discrimination, "brier_skill", 0.001, 0.0, "Det er ikke bedre end altid at svare"),
        (narrative.model_calibration, "calibration_slope", 0.95, 0.94, "for yderlige"),
        (narrative.model_calibration, "calibration_slope", 1.05, 1.06, "for forsigtige"),
        (narrative.model_calibration, "tenth", 5.2, 5.21, "I ti af de ti tiendedele"),
        (narrative.model_subgroups, "boys", 5.2, 5.21, "Modellen regner for højt: drenge"),
        (narrative.model_subgroups, "boys", 4.8, 4.79, "Modellen regner for lavt: drenge"),
        (narrative.model_categories, "crime", 0.001, 0.0, "Den taber ikke noget uden kriminalitet"),
        (narrative.model_left_out, "dropped_rows", 0.01, 0.0, "Ingen træningsrækker er taget ud"),
        (narrative.model_left_out, "families_effect", 1.01, 1.0, "gør ikke tallene mindre sikre"),
    ],
)
def test_a_sentence_of_the_model_card_turns_at_its_limit(write, measure, inside, outside, words):
    assert words not in says(write, card(**{measure: inside}))
    assert words in says(write, card(**{measure: outside}))


@pytest.mark.parametrize(
    ("bare", "words"), [((0.799, 0.839), "dårligere"), ((0.799, 0.840), "lige godt"), ((0.845, 0.9), "bedre uden dem")]
)
def test_local_practice_helps_the_model_only_when_the_intervals_part(bare, words):
    rows = [one for one in card() if one["group"] != "uden lokal praksis"]
    assert words in says(narrative.model_practice, [*rows, of_model("auc", 0.82, *bare, "uden lokal praksis")])


def test_a_model_that_guesses_is_said_to_guess():
    rows = [one for one in card() if one["measure"] != "auc"]
    near, far = (of_model("auc", 0.51, low, 0.52) for low in (0.5, 0.501))
    assert "kan ikke skelnes fra at gætte" in says(narrative.model_discrimination, [*rows, near])
    assert "kan ikke skelnes" not in says(narrative.model_discrimination, [*rows, far])


def test_the_card_names_its_model_and_its_parts():
    assert "beslutningstræer (gradient boosting) med log-tab 0,150" in says(narrative.model_purpose, card())
    assert "taber mest, når den ikke kan bruge oplysningerne om helbred" in says(narrative.model_categories, card())
    assert "0,842 (0,840 til 0,844)" in says(tables.model_quality, card())
    assert "Tiendedel 10" in says(tables.model_tenths, card())
    assert "Køn: dreng" in says(tables.model_subgroups, card())
    assert "Kriminalitet" in says(tables.model_categories, card())
    assert "Alle tiendedele ligger" in alt_of(figures.calibration_tenths(released(card())))
    assert "Ikke alle tiendedele ligger" in alt_of(figures.calibration_tenths(released(card(tenth=5.21))))


def reached(score=(58.0, 64.0), schools=(22.0, 28.0), districts=(20.0, 26.0)):
    ways = {"efter score": score, "hele distrikter": districts, "hele skoler": schools, "tilfældigt": (13.0, 17.0)}
    return [
        row("reached", (low + high) / 2, low, high, municipality=COUNTRY, definition="maalretning", decimals=0,
            group=f"{way}: {chosen} pct. af eleverne", numerator=200, denominator=800)
        for way, (low, high) in ways.items() for chosen in (15, 50)
    ]  # fmt: skip


def test_what_choosing_reaches_follows_from_the_intervals():
    write = narrative.reached_need
    assert "Et valg efter score når endnu flere" in says(write, reached())
    assert "når ikke sikkert flere end det bedste" in says(write, reached(schools=(22.0, 58.0)))
    assert "der er intet at vinde ved en score" in says(write, reached(schools=(65.0, 70.0)))
    assert "når flere end et tilfældigt valg" in says(write, reached(districts=(15.0, 26.0)))
    chance = says(write, reached(districts=(15.0, 26.0), schools=(15.0, 28.0)))
    assert "når ikke sikkert flere end et tilfældigt valg" in chance


def test_the_table_and_figure_of_what_choosing_reaches_hold_every_way():
    table = says(tables.reached_need, reached())
    assert "61 (58 til 64)" in table and "15 (13 til 17)" not in table
    assert "hele skoler 25 pct." in alt_of(figures.reached_need(released(reached())))
    assert isinstance(narrative.reached_need(released(reached()[:2])), Gap)


# --- everything ---


def alt_of(block):
    assert isinstance(block, Block), block
    return unescape(re.search(r'alt="(.*?)"', block.html)[1])


def funnel_rows():
    limits = [
        row("funnel_limit", size, 0.5, 1.6, municipality=COUNTRY, unit="grænse", confidence=level, decimals=3,
            group=f"{kind}: {level} ved {size}")
        for kind in ("tilfældighed alene", "med overspredning") for level in (0.95, 0.998) for size in (20.0, 200.0)
    ]  # fmt: skip
    return [*standing("over", 0.1), *standing(municipality=OTHER), *limits]


def test_the_funnel_tells_verdicts_and_leaves_hidden_municipalities_out():
    alt = alt_of(figures.expected_funnel(released(funnel_rows()), OWN))
    assert "i 2 kommuner" in alt and "forhold 1,07 (95 %-interval 0,91 til 1,24), over det forventede" in alt
    gone = [hidden(one) if one["municipality"] == OTHER else one for one in funnel_rows()]
    assert "i 1 kommuner" in alt_of(figures.expected_funnel(released(gone), OWN))
    assert isinstance(figures.expected_funnel(released(gone), OTHER), Gap)


OURS = [
    getattr(room, name)
    for room in (figures, narrative, tables)
    for name in room.__all__
    if inspect.unwrap(getattr(room, name)).__module__.split(".")[-1] in {"expected", "profile", "risk", "model_card"}
    and name != "risk_bands"
]


def arguments(write, table):
    known = {"released": table, "card": table, "neighbours": NEIGHBOURS, "code": OWN}
    return [known[name] for name in inspect.signature(write).parameters]


@pytest.mark.parametrize("write", OURS, ids=lambda write: f"{write.__module__.split('.')[1]}.{write.__name__}")
def test_a_table_that_the_edition_does_not_have_gives_a_gap(write):
    block = write(*arguments(write, released([])))
    assert isinstance(block, Gap) and block.text.endswith(".")


FILLED = {
    "observed_expected": standing, "local_practice": standing, "expected_funnel": funnel_rows,
    "district_verdicts": lambda: districts("over", "under"), "district_ratios": lambda: districts("over", "under"),
    "district_differences": lambda: districts("over", "under"), "probability_bands": bands,
    "school_bands": lambda: schools(2), "risk_factors": factor, "group_differences": groups,
    "reached_need": reached,
    "most_exposed": lambda: [share(OWN, "andel: 5 pct. mest udsatte", 6.0, 5.2, 6.9, "mest_udsatte")],
}  # fmt: skip


@pytest.mark.parametrize("write", OURS, ids=lambda write: f"{write.__module__.split('.')[1]}.{write.__name__}")
def test_invented_data_are_marked_once_in_every_block_and_own_data_never(write):
    rows = FILLED.get(write.__name__, card)()
    found = {}
    for edition in ("synthetic", "own"):
        tables_of = [replace(value, edition=edition) if isinstance(value, Released) else value
                     for value in arguments(write, released(rows))]  # fmt: skip
        found[edition] = write(*tables_of)
    synthetic, own = (re.sub(r' (aria-label|alt)="[^"]*"', "", found[edition].html) for edition in ("synthetic", "own"))
    assert synthetic.count("Syntetiske data") == 1 and "yntetiske data" not in own
    assert "nan" not in re.sub(r'src="[^"]*"', "", synthetic)
    assert bool(found["own"].csv) == (write.__module__.split(".")[1] != "narrative")


def test_a_table_made_while_exploring_marks_its_sentences():
    draft = replace(released(standing()), publishable=False)
    block = narrative.observed_expected(draft, OWN)
    assert block.draft and "Ikke til offentliggørelse" in text_of(block)


@pytest.mark.parametrize(
    "write",
    [narrative.observed_expected, narrative.local_practice, narrative.district_verdicts, tables.observed_expected,
     tables.district_ratios, figures.expected_funnel, figures.district_differences],
    ids=lambda write: f"{write.__module__.split('.')[1]}.{write.__name__}",
)  # fmt: skip
def test_the_two_definitions_are_never_told_together(write):
    with pytest.raises(DefinitionError, match=SUPPORTED):
        write(released([*standing(), *standing(definition=SUPPORTED, numerator=80)]), OWN)


def test_two_definitions_get_two_files():
    one, two = (tables.observed_expected(released(standing(definition=name)), OWN).csv for name in (PLACED, SUPPORTED))
    assert not set(one) & set(two)


def test_a_figure_is_the_same_on_every_run():
    first, second = (figures.expected_funnel(released(funnel_rows()), OWN) for _ in range(2))
    assert first.html == second.html
    source = re.search(r'src="data:image/svg\+xml;base64,(.*?)"', first.html)[1]
    assert base64.b64decode(source).startswith(b"<svg")
