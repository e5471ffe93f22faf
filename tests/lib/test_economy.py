"""Accounts in one price base, small provisions merged, growth in parts, projection, scenario, and what is said of them."""

import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from inklusion.analyses.accounts import FEWEST, in_fixed_prices, places, to_merge
from inklusion.analyses.assumptions import Assumptions, read_assumptions
from inklusion.analyses.economy import economy
from inklusion.analyses.printed import estimates
from inklusion.analyses.printed_economy import printed_economy
from inklusion.analyses.scenario import calibrated_scenario, scenario
from inklusion.blocks import Gap
from inklusion.contracts.accounts import (
    BOOKS,
    PROVISIONS,
    SPECIAL_PROVISIONS,
    Books,
    Money,
    empty,
    prices_of,
    require_one_price_base,
)
from inklusion.contracts.tables import ESTIMATES
from inklusion.contracts.validation import validate
from inklusion.disclosure.audit import audit
from inklusion.disclosure.release import release
from inklusion.disclosure.rule import ALREADY_PUBLISHED, REGISTER
from inklusion.errors import ParameterError, PriceBaseError
from inklusion.figures import economy as figures
from inklusion.figures import printed_economy as printed_figures
from inklusion.narrative import economy as narrative
from inklusion.narrative import printed_economy as printed_narrative
from inklusion.register.synthetic.accounts import synthetic_books, targets
from inklusion.tables import economy as tables

ROOT = Path(__file__).parents[2]
CODE = "151"
NOTE = "2024-priser"


def books(accounts, pupils=(), index=(), numbers=()):
    """Rows of the four tables for one municipality; amounts in the prices that each row names."""
    rows = {"accounts": accounts, "full_year_pupils": pupils, "price_index": index, "pupil_numbers": numbers}
    made = {}
    for name, contract in BOOKS.items():
        names = [column for column in contract.column_names if column != "municipality"]
        table = pd.DataFrame(list(rows[name]), columns=names)
        if contract.municipality:
            table.insert(0, "municipality", CODE)
        made[name] = validate(table, contract, where="test") if len(table) else empty(name)
    return Books(**made, sources=dict.fromkeys(BOOKS, "s.csv"))


def two_provisions(years=(2021, 2022, 2023, 2024)):
    """Special schools and groups with known places and unit costs, ordinary education and pupils."""
    accounts, pupils, numbers = [], [], []
    for step, year in enumerate(years):
        accounts += [
            (year, "specialskole", 500_000.0 * (40 - step), "2024"),
            (year, "gruppeordning", 300_000.0 * (60 + 2 * step), "2024"),
            (year, "almen", 70_000.0 * 1900, "2024"),
        ]
        pupils += [(year, "specialskole", 40 - step), (year, "gruppeordning", 60 + 2 * step)]
        numbers.append((year, 1900 + 100 + step, "observed"))
    return books(accounts, pupils, numbers=[*numbers, (2030, 1800, "forecast")])


@pytest.fixture(scope="module")
def synthetic():
    return synthetic_books(64_000, seed=901998, source="settings/synthetic.toml")


@pytest.fixture(scope="module")
def synthetic_economy(synthetic):
    return validate(economy(synthetic), ESTIMATES, where="test")


def pick(table, **chosen):
    for name, value in chosen.items():
        table = table[table[name] == value]
    assert len(table) == 1, len(table)
    return table.iloc[0]


def text_of(block):
    return "" if isinstance(block, Gap) else re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", block.html)))


def released(*rows):
    """Rows as a released table of the published edition; what a row leaves out is filled in."""
    filled = {"municipality": CODE, "period": "2024", "period_type": "account_year", "decimals": 1, "method": "m",
              "note": NOTE, "source": "s"}  # fmt: skip
    table = estimates({**filled, **row} for row in rows)
    return release({"economy": table}, "published", ALREADY_PUBLISHED)["economy"]


# --- price bases and kinds of year ---


def test_two_price_bases_are_refused_and_both_are_named():
    with pytest.raises(PriceBaseError, match="løbende priser og 2024-priser"):
        require_one_price_base(["løbende", "2024"])


@pytest.mark.parametrize("operate", [lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a / b, lambda a, b: a < b])
def test_amounts_of_two_price_bases_or_kinds_of_year_do_not_meet(operate):
    now = Money(2.0, "2024")
    assert operate(now, now) is not None
    with pytest.raises(PriceBaseError, match="2024-priser og 2025-priser"):
        operate(now, Money(1.0, "2025"))
    with pytest.raises(PriceBaseError, match="regnskabsår og kalenderår"):
        operate(now, Money(1.0, "2024", "calendar_year"))


def test_a_figure_a_table_and_a_sentence_refuse_two_price_bases():
    rows = [{"definition": "oekonomi_udgift", "measure": "spending", "period": str(year), "estimate": 1.0,
             "note": f"{base}-priser"} for year, base in ((2023, 2024), (2024, 2025))]  # fmt: skip
    mixed = released(*rows)
    for show in (figures.spending, tables.by_provision, narrative.spending):
        with pytest.raises(PriceBaseError, match="2024-priser og 2025-priser"):
            show(mixed, CODE)


def test_account_and_calendar_years_do_not_stand_in_one_table():
    mixed = pd.DataFrame({"note": [NOTE, NOTE], "period_type": ["account_year", "calendar_year"]})
    with pytest.raises(PriceBaseError, match="regnskabsår og kalenderår"):
        prices_of(mixed)


def test_current_and_older_prices_are_converted_by_the_index():
    rows = [(2022, "almen", 100.0, "løbende"), (2023, "almen", 110.0, "2022"), (2024, "almen", 120.0, "løbende")]
    fixed, base = in_fixed_prices(books(rows, index=[(2022, 80.0, "x"), (2023, 90.0, "x"), (2024, 100.0, "x")]))
    assert base == "2024"
    assert fixed["amount"].tolist() == [125.0, 138.0, 120.0]


def test_a_missing_index_year_is_named_and_nothing_is_guessed():
    with pytest.raises(PriceBaseError, match="mangler for 2023"):
        in_fixed_prices(
            books([(2023, "almen", 1.0, "løbende"), (2024, "almen", 1.0, "løbende")], index=[(2024, 1.0, "x")])
        )


def test_amounts_in_one_fixed_price_base_need_no_index():
    fixed, base = in_fixed_prices(books([(2023, "almen", 5.0, "2022"), (2024, "almen", 6.0, "2022")]))
    assert (base, fixed["amount"].tolist()) == ("2022", [5.0, 6.0])


# --- small provisions ---


def test_small_provisions_are_merged_until_every_year_has_enough():
    pupils = pd.DataFrame({"a": [1.0, 2.0], "b": [4.9, 9.0], "c": [8.0, 8.0], "d": [50.0, 50.0]})
    assert to_merge(pupils) == {"a", "b"}
    assert to_merge(pupils.assign(b=[3.0, 2.9])) == {"a", "b", "c"}
    assert to_merge(pupils[["c", "d"]]) == set()


def test_no_shown_number_of_full_year_pupils_is_below_the_threshold(synthetic_economy):
    shown = synthetic_economy[synthetic_economy["definition"] == "oekonomi_helaarsboern"]
    assert shown["estimate"].min() >= FEWEST
    assert set(shown["municipality"]) < set(synthetic_books(64_000, seed=901998, source="x").accounts["municipality"])


def test_a_merged_provision_is_merged_in_every_year_and_the_parts_add_up(synthetic_economy):
    amounts = synthetic_economy[synthetic_economy["measure"].isin(["spending", "full_year"])]
    wide = amounts.pivot_table(index=["measure", "municipality", "period"], columns="group", values="estimate")
    parts = wide.drop(columns="")
    divided = parts.notna().any(axis=1)
    assert np.allclose(parts[divided].sum(axis=1), wide.loc[divided, ""])
    groups = amounts.groupby(["municipality", "period"])["group"].agg(frozenset)
    assert (groups.groupby("municipality").nunique() == 1).all()


def test_a_municipality_with_too_few_pupils_shows_nothing_at_all():
    few = books([(2024, "specialskole", 2e6, "2024")], [(2024, "specialskole", 4.9)])
    assert economy(few).empty and scenario(few, Assumptions()).empty
    enough = books([(2024, "specialskole", 2e6, "2024")], [(2024, "specialskole", 5.0)])
    assert not economy(enough).empty


def test_spending_without_full_year_pupils_is_shown_as_one_total():
    table = economy(books([(2024, "specialskole", 2e6, "2024"), (2024, "dagbehandling", 1e6, "2024")]))
    assert set(table["group"]) == {""}
    assert pick(table, measure="spending")["estimate"] == 3.0
    assert "full_year" not in set(table["measure"])


def test_nothing_needs_hiding_and_nothing_can_be_worked_out(synthetic_economy, synthetic):
    kept = ["901", "902", "903", "904", "905", "906"]
    chosen = {"economy": synthetic_economy, "scenario": scenario(synthetic, Assumptions())}
    chosen = {name: table[table["municipality"].isin(kept)].reset_index(drop=True) for name, table in chosen.items()}
    shown = release(chosen, "synthetic", REGISTER)
    assert all(set(table.table["status"]) == {"shown"} for table in shown.values())
    assert audit(shown).is_safe


# --- spending, parts of growth, projection ---


def test_the_parts_of_growth_add_up_to_the_krone_for_every_municipality(synthetic_economy):
    split = synthetic_economy[synthetic_economy["definition"] == "oekonomi_vaekst"]
    wide = split.pivot(index="municipality", columns="measure", values="estimate")
    assert len(wide) > 80
    assert (wide["split_volume"] + wide["split_price"] + wide["split_mix"] == wide["split_total"]).all()
    assert (wide == wide.round()).all(axis=None)
    spent = synthetic_economy[(synthetic_economy["measure"] == "spending") & (synthetic_economy["group"] == "")]
    spent = spent.pivot(index="municipality", columns="period", values="estimate")
    assert np.allclose(wide["split_total"], 1e6 * (spent["2024"] - spent["2017"]), atol=0.01)


def test_the_split_of_two_provisions_worked_by_hand():
    table = economy(two_provisions((2023, 2024)))
    parts = {row["measure"]: row["estimate"] for _, row in table[table["definition"] == "oekonomi_vaekst"].iterrows()}
    # 100 to 101 full-year pupils; 38 to 38.1 million; unit costs of each provision unchanged.
    average = (38.0e6 / 100 + 38.1e6 / 101) / 2
    assert parts == {
        "split_total": 100_000,
        "split_volume": round(average),
        "split_price": 0,
        "split_mix": 100_000 - round(average),
    }


def test_every_row_has_definition_account_year_source_and_price_base(synthetic_economy):
    assert set(synthetic_economy["period_type"]) == {"account_year"}
    assert (synthetic_economy["source"] == "settings/synthetic.toml").all()
    money = synthetic_economy[~synthetic_economy["measure"].isin(["observed", "price_index"])]
    assert prices_of(money) == NOTE


def test_the_projection_and_the_pupil_adjusted_curve():
    table = economy(two_provisions())
    # 38.0, 38.1, 38.2, 38.3 million: a perfect line.
    end = pick(table, measure="projection", period="2030")
    assert end[["estimate", "lower", "upper"]].tolist() == pytest.approx([38.9, 38.9, 38.9])
    assert pick(table, measure="residual")["estimate"] == pytest.approx(0)
    assert pick(table, measure="pupil_adjusted")["estimate"] == pytest.approx(38.3 * 1800 / 2003)
    assert "projection" not in set(economy(two_provisions((2022, 2023, 2024)))["measure"])


def test_unbound_money_is_pool_plus_support_plus_charge_money_less_charge_paid():
    funds = [("inklusionspulje", 40e6), ("stoettetimer_udlagt", 9e6), ("enhedstakst_udlagt", 23e6)]
    rows = [(2024, "specialskole", 5e6, "2024"), *((2024, name, amount, "2024") for name, amount in funds)]
    paid = [*rows, (2024, "enhedstakst_betalt", 26e6, "2024")]
    pupils, numbers = [(2024, "specialskole", 10.0)], [(2024, 5750, "observed")]
    assert pick(economy(books(paid, pupils, numbers=numbers)), measure="unbound")["estimate"] == 8000
    assert "unbound" not in set(economy(books(rows, pupils, numbers=numbers))["measure"])


def test_special_beside_ordinary():
    table = economy(two_provisions())
    last = table[(table["measure"] == "index") & (table["period"] == "2024")].set_index("group")["estimate"]
    assert last["specialundervisning"] == pytest.approx(100 * 38.3 / 38.0)
    assert last["almenområdet"] == 100
    assert pick(table, measure="spending_share", period="2024")["estimate"] == pytest.approx(100 * 38.3 / (38.3 + 133))


# --- the synthetic accounts ---


def test_the_country_of_the_synthetic_accounts_has_the_printed_growth(synthetic):
    fixed, _ = in_fixed_prices(synthetic)
    cost = fixed.pivot_table(index="account_year", columns="provision", values="amount", aggfunc="sum")
    pupils = synthetic.full_year_pupils.pivot_table(
        index="account_year", columns="provision", values="full_year_pupils", aggfunc="sum"
    )
    special, counted = cost[list(SPECIAL_PROVISIONS)].sum(axis=1), pupils.sum(axis=1)
    ratios = {
        "cost": (special[2024] / special[2017], 1.22),
        "pupils": (counted[2024] / counted[2017], 1.15),
        "unit cost": (special[2024] / special[2017] / (counted[2024] / counted[2017]), 1.061),
        "school pupils": (pupils["specialskole"][2024] / pupils["specialskole"][2021], 0.81),
        "school cost": (cost["specialskole"][2024] / cost["specialskole"][2021], 0.86),
        "groups": (pupils["gruppeordning"][2024] / pupils["gruppeordning"][2019], 1.54),
        "special, three years": (special[2024] / special[2021], 1.13),
        "ordinary, three years": (cost["almen"][2024] / cost["almen"][2021], 1.05),
    }
    for name, (seen, wanted) in ratios.items():
        assert seen == pytest.approx(wanted, abs=0.001), name
    scale = 64_000 / targets()["school_pupils"]
    assert special[2024] == pytest.approx(148e6 * scale, rel=0.001)


def test_the_same_seed_gives_the_same_accounts_and_some_are_a_part_of_all(synthetic):
    part = synthetic_books(64_000, seed=901998, source="s", codes=["903"])
    everyone = synthetic.accounts[synthetic.accounts["municipality"] == "903"]
    pd.testing.assert_frame_equal(part.accounts.reset_index(drop=True), everyone.reset_index(drop=True))
    other = synthetic_books(64_000, seed=1, source="s", codes=["903"])
    assert not other.accounts["amount"].equals(part.accounts["amount"])


def test_synthetic_accounts_keep_the_contracts(synthetic):
    for name, contract in BOOKS.items():
        validate(getattr(synthetic, name), contract, where=name)


# --- printed figures ---


def test_22_and_15_per_cent_are_6_1_per_cent_more_a_full_year_pupil(facts):
    row = pick(printed_economy(facts), definition="oekonomi_enhedsudgift_aendring")
    assert round(row["estimate"], 1) == 6.1
    assert (round(row["lower"], 1), round(row["upper"], 1)) == (5.2, 7.0)


def test_the_line_through_the_end_points_reaches_170_9_where_the_source_says_166(facts):
    table = printed_economy(facts)
    line = pick(table, definition="oekonomi_endepunktslinje", period="2030")
    assert round(line["estimate"], 1) == 170.9
    printed = table[(table["definition"] == "udgift_special_fremskrivning")]["estimate"]
    assert set(printed) == {166.0} and line["lower"] > 166
    assert round(pick(table, definition="oekonomi_endepunktslinje", period="2017")["estimate"], 1) == 121.3


def test_copenhagens_difference_between_account_and_corrected_budget(facts):
    table = printed_economy(facts)
    balance = table[table["measure"] == "balance"].set_index("period")["estimate"]
    assert balance.to_dict() == {"1. prognose 2025": 7, "Regnskab 2023": 22, "Regnskab 2024": -29}
    assert set(table.loc[table["measure"] == "balance", "note"].str[:11]) == {"2025-priser"}


def test_the_released_pages_say_the_printed_numbers(published):
    shown = published.released["economy"].for_municipality("151")
    assert "steget 6,1 pct." in text_of(printed_narrative.unit_cost(shown, "151"))
    said = text_of(printed_narrative.end_points(shown, "151"))
    assert "170,9 mio. kr. i 2030" in said and "166" in said and "Forklaringen er formentlig metoden" in said
    copenhagen = published.released["economy"].for_municipality("101")
    assert "Regnskab 2024: 29 mio. kr. under budgettet" in text_of(printed_narrative.budget(copenhagen, "101"))
    assert isinstance(printed_narrative.budget(shown, "151"), Gap)
    assert "170,9" in printed_figures.end_points(shown, "151").html


def test_a_municipality_without_figures_gets_gaps_only(published):
    shown, moved = (published.released[name].for_municipality("580") for name in ("economy", "scenario"))
    for room in (narrative, figures, tables, printed_narrative, printed_figures):
        for name in ("spending", "by_provision", "growth_split", "projection", "beside_ordinary", "unbound", "unit_cost",
                     "end_points", "budget", "printed"):  # fmt: skip
            show = getattr(room, name, None)
            if callable(show) and getattr(show, "__module__", "").startswith("inklusion"):
                assert isinstance(show(shown, "580"), Gap), (room.__name__, name)
    for show in (narrative.scenario, figures.scenario, tables.scenario, tables.assumptions):
        assert isinstance(show(moved, "580"), Gap)


# --- the scenario ---


def test_the_calibrated_scenario_gives_the_printed_13_2_back(facts):
    table = calibrated_scenario(facts, Assumptions())
    amounts = table[table["measure"] == "saving"].set_index("group")["estimate"]
    assert amounts.tolist() == pytest.approx([1.6, 11.6, 13.2])
    fixed = pick(table, measure="saving_fixed", group="i alt")
    assert fixed["lower"] < fixed["upper"] < 13.2
    assert table["note"].str.contains("kalibrering, ikke dokumentation").all()
    places_before = table[table["measure"] == "places_before"].set_index("group")["estimate"]
    assert places_before["gruppeordninger"] == pytest.approx(173.8, abs=0.1)
    assert places_before["specialskoler"] == pytest.approx(191.2, abs=0.1)
    target = pick(table, measure="target")
    assert [round(target[name]) for name in ("lower", "estimate", "upper")] == [33, 61, 84]


def test_a_scenario_worked_by_hand_with_independent_unit_costs():
    chosen = Assumptions(moves=(("specialskole", "gruppeordning", 0.5), ("gruppeordning", "almen", 0.25)))
    table = scenario(two_provisions((2023, 2024)), chosen)
    # 39 special places at 500,000; 62 group places at 300,000; 133 million on 1,900 ordinary pupils at 70,000.
    first, second = "fra specialskoler til gruppeordninger", "fra gruppeordninger til almenområdet"
    saved = table[table["measure"] == "saving"].set_index("group")["estimate"]
    assert saved[first] == pytest.approx(19.5 * 0.2)
    assert saved[second] == pytest.approx(15.5 * 0.23)
    assert saved["i alt"] == pytest.approx(3.9 + 3.565)
    low, high = chosen.fixed
    fixed = pick(table, measure="saving_fixed", group=first)
    assert fixed["lower"] == pytest.approx(19.5 * (0.5 * (1 - high) - 0.3))
    assert fixed["upper"] == pytest.approx(19.5 * (0.5 * (1 - low) - 0.3))
    after = table[table["measure"] == "places_after"].set_index("group")["estimate"]
    assert after.to_dict() == {"gruppeordninger": 66.0, "specialskoler": 19.5, "almenområdet": 1915.5}


def test_moving_nobody_gives_0_and_moving_everybody_leaves_no_negative_places():
    accounts = two_provisions((2023, 2024))
    nobody = scenario(accounts, Assumptions(moves=(("specialskole", "gruppeordning", 0.0),)))
    assert (nobody[nobody["measure"] == "saving"]["estimate"] == 0).all()
    everybody = scenario(accounts, Assumptions(moves=(("specialskole", "almen", 1.0),)))
    assert everybody[everybody["measure"] == "places_after"]["estimate"].min() == 0


def test_the_target_is_said_in_full_year_pupils_of_this_municipality():
    table = scenario(two_provisions((2023, 2024)), Assumptions())
    share = pick(table, measure="share_now")["estimate"]
    assert share == pytest.approx(100 * 101 / 2001)
    assert pick(table, measure="target")["estimate"] == pytest.approx(101 - 0.05 * 2001)
    assert pick(table, measure="target_step")["estimate"] == pytest.approx(20.01)


def test_a_provision_that_is_merged_has_no_scenario():
    few = books(
        [(2024, "specialskole", 2e6, "2024"), (2024, "gruppeordning", 9e6, "2024"), (2024, "almen", 9e7, "2024")],
        [(2024, "specialskole", 4.0), (2024, "gruppeordning", 30.0)], numbers=[(2024, 900, "observed")],
    )  # fmt: skip
    assert scenario(few, Assumptions()).empty and not economy(few).empty


def test_the_settings_file_says_what_holds_without_it(tmp_path):
    assert read_assumptions(ROOT / "settings" / "scenario.toml") == Assumptions()
    assert read_assumptions(tmp_path / "none.toml") == Assumptions()
    low, high = Assumptions().fixed
    assert (round(low, 3), round(high, 3)) == (0.216, 0.308)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("share = 0.35", "share = 1.35", "0-1"),
        ('to = "almen"', 'to = "mars"', "ukendt"),
        ('to = "almen"', 'to = "gruppeordning"', "forskellige"),
        ("share_to = 0.05", "share_to = 5", "mellem 0 og 1"),
        ("cost_change = -0.14", "", "netop"),
        ("pupils_change = -0.19", "pupils_change = 0", "nul"),
        ("half_step = 0.005", 'half_step = "x"', "et tal"),
        ("[target]", "[maal]", "netop"),
        ("[fixed]", "[fixed", "læses"),
    ],
)
def test_a_wrong_setting_is_refused_in_danish(tmp_path, old, new, said):
    text = (ROOT / "settings" / "scenario.toml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "scenario.toml").write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ParameterError, match=said) as caught:
        read_assumptions(tmp_path / "scenario.toml")
    assert "settings/scenario.toml" in str(caught.value)


# --- sentences flip ---


def ahead(lower=11.0, upper=15.0, last=10.9, residual=0.5, slope=(0.1, 0.5)):
    line, known = (
        {"definition": "oekonomi_fremskrivning", "decimals": 2},
        {"definition": "oekonomi_udgift", "decimals": 2},
    )
    return released(
        {**known, "measure": "spending", "period": "2023", "estimate": 10.0},
        {**known, "measure": "spending", "estimate": last},
        {**line, "measure": "projection", "period": "2030", "estimate": 13.0, "lower": lower, "upper": upper, "confidence": 0.95},
        {**line, "measure": "residual", "estimate": residual},
        {"definition": "oekonomi_haeldning", "measure": "slope", "period": "2017-2024", "estimate": 0.3, "lower": slope[0],
         "upper": slope[1], "confidence": 0.95, "decimals": 2},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"lower": 10.91}, "peger på højere udgifter"),
        ({"lower": 10.9}, "kan ikke sige, om udgifterne bliver højere eller lavere"),
        ({"upper": 10.9}, "kan ikke sige, om udgifterne bliver højere eller lavere"),
        ({"lower": 9.0, "upper": 10.89}, "peger på lavere udgifter"),
        ({"residual": 0.01}, "0,01 mio. kr. over linjen, så fremskrivningen ligger lavere"),
        ({"residual": 0.0}, "ligger på linjen"),
        ({"residual": -0.01}, "0,01 mio. kr. under linjen, så fremskrivningen ligger højere"),
        ({"slope": (0.01, 0.5)}, "Hele intervallet ligger over nul"),
        ({"slope": (0.0, 0.5)}, "kan ikke skelnes fra et fald"),
        ({"slope": (-0.5, -0.01)}, "Hele intervallet ligger under nul"),
    ],
)
def test_what_the_projection_says_depends_on_its_interval(changed, said):
    changed = {"lower": 9.0, **changed} if "upper" in changed else changed
    text = text_of(narrative.projection(ahead(**changed), CODE))
    assert said in text
    assert "95 %-forudsigelsesinterval" in text and "fortsætter i en ret linje" in text


@pytest.mark.parametrize(
    ("amount", "said"), [(1.0, "1,0 pct. mere"), (0.0, "det samme som"), (-1.0, "1,0 pct. mindre")]
)
def test_spending_says_more_less_or_the_same(amount, said):
    rows = [{"definition": "oekonomi_udgift", "measure": "spending", "period": year, "estimate": 5.0, "decimals": 2}
            for year in ("2023", "2024")]  # fmt: skip
    change = {"definition": "oekonomi_vaekst_pct", "measure": "split_total", "period": "2023-2024", "estimate": amount}
    assert said in text_of(narrative.spending(released(*rows, change), CODE))


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        (1.0, "Flere helårselever lægger 1 kr. til"),
        (-1.0, "Færre helårselever trækker 1 kr. fra"),
        (0.0, "færre helårselever: 0 kr."),
    ],
)
def test_each_part_of_growth_says_its_direction(amount, said):
    parts = {"split_volume": amount, "split_price": 2.0, "split_mix": 3.0, "split_total": 5.0 + amount}
    rows = [{"definition": "oekonomi_vaekst", "measure": name, "period": "2023-2024", "estimate": value, "decimals": 0}
            for name, value in parts.items()]  # fmt: skip
    assert said in text_of(narrative.growth_split(released(*rows), CODE))


@pytest.mark.parametrize(
    ("special", "said"),
    [(5.1, "større del"), (5.0, "det samme"), (4.9, "mindre del")],
)
def test_special_against_ordinary_flips_where_they_are_equal(special, said):
    rows = [{"definition": "oekonomi_udgift_aendring", "measure": "change", "period": "2021-2024", "group": group,
             "estimate": value} for group, value in (("specialundervisning", special), ("almenområdet", 5.0))]  # fmt: skip
    share = {"definition": "oekonomi_andel_special", "measure": "spending_share", "estimate": 25.0}
    assert said in text_of(narrative.beside_ordinary(released(*rows, share), CODE))


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0.1, 0.2, "frigør det 0,1 til 0,2"),
        (0.0, 0.2, "både frigøre penge og koste"),
        (-0.2, -0.1, "koster det 0,1 til 0,2"),
    ],
)
def test_the_scenario_says_freed_or_costs_only_where_both_ends_agree(low, high, said):
    rows = [
        {"definition": "oekonomi_scenarie", "measure": "saving", "group": "i alt", "estimate": 1.0},
        {"definition": "oekonomi_scenarie", "measure": "saving_fixed", "group": "i alt", "lower": low, "upper": high},
        {"definition": "oekonomi_flytning", "measure": "moved", "group": "fra a til b", "estimate": 3.0},
    ]
    assert said in text_of(narrative.scenario(released(*rows), CODE))


@pytest.mark.parametrize(("share", "said"), [(5.1, "helårselever færre"), (5.0, "allerede på eller under måltallet")])
def test_the_target_is_a_way_to_go_only_above_it(share, said):
    rows = [
        {"definition": "oekonomi_scenarie", "measure": "saving", "group": "i alt", "estimate": 1.0},
        {"definition": "oekonomi_scenarie", "measure": "saving_fixed", "group": "i alt", "lower": 0.1, "upper": 0.2},
        {"definition": "oekonomi_flytning", "measure": "moved", "group": "fra a til b", "estimate": 3.0},
        {
            "definition": "oekonomi_forudsaetning",
            "measure": "assumption",
            "group": "måltal for andelen",
            "estimate": 5.0,
        },
        {"definition": "oekonomi_forudsaetning", "measure": "share_now", "estimate": share},
        {"definition": "oekonomi_flytning", "measure": "target", "estimate": 2.0, "decimals": 0},
    ]
    assert said in text_of(narrative.scenario(released(*rows), CODE))


@pytest.mark.parametrize(
    ("lower", "upper", "said"),
    [(1.0, 3.0, "22 mio. kr. over"), (0.0, 2.0, "kan ikke skelnes"), (-3.0, -1.0, "22 mio. kr. under")],
)
def test_a_budget_is_kept_or_not_only_beyond_rounding(lower, upper, said):
    row = {"definition": "oekonomi_balance", "measure": "balance", "period": "Regnskab 2023", "estimate": 22.0,
           "lower": lower, "upper": upper, "decimals": 0}  # fmt: skip
    assert said in text_of(printed_narrative.budget(released(row), CODE))


@pytest.mark.parametrize(
    ("printed", "said"), [(169.8, "Forklaringen er formentlig metoden"), (169.9, "Forskellen kan skyldes")]
)
def test_rounding_is_the_reason_only_inside_its_range(printed, said):
    line = {"definition": "oekonomi_endepunktslinje", "measure": "implied"}
    rows = [
        {**line, "period": "2017", "estimate": 121.3, "lower": 120.4, "upper": 122.2},
        {**line, "period": "2030", "estimate": 170.9, "lower": 169.9, "upper": 171.9},
        {"definition": "udgift_special_fremskrivning", "measure": "printed", "period": "2030", "estimate": printed},
        {"definition": "udgift_special", "measure": "printed", "estimate": 148.0, "decimals": 0},
    ]
    assert said in text_of(printed_narrative.end_points(released(*rows), CODE))


@pytest.mark.parametrize(
    ("lower", "upper", "said"),
    [
        (0.1, 2.0, "er steget 1,0 pct."),
        (0.0, 2.0, "ikke kan sige, om den er steget eller faldet"),
        (-2.0, -0.1, "er faldet 1,0 pct."),
    ],
)
def test_the_implied_unit_cost_has_a_direction_only_beyond_rounding(lower, upper, said):
    estimate = -1.0 if upper < 0 else 1.0
    rows = [
        {"definition": "oekonomi_enhedsudgift_aendring", "measure": "implied", "period": "2017-2024", "estimate": estimate,
         "lower": lower, "upper": upper},
        {"definition": "udgift_special_aendring", "measure": "printed", "estimate": 22.0, "decimals": 0},
        {"definition": "helaarsboern_aendring", "measure": "printed", "group": "i alt", "estimate": 15.0, "decimals": 0},
    ]  # fmt: skip
    assert said in text_of(printed_narrative.unit_cost(released(*rows), CODE))


def test_sentences_about_invented_accounts_say_so(synthetic):
    some = replace(synthetic, accounts=synthetic.accounts[synthetic.accounts["municipality"] == "903"])
    shown = release({"economy": economy(some)}, "synthetic", REGISTER)["economy"]
    for show in (
        narrative.spending,
        narrative.growth_split,
        narrative.projection,
        narrative.beside_ordinary,
        narrative.unbound,
    ):
        assert text_of(show(shown, "903")).strip().startswith("Syntetiske data:")
    for draw in (figures.spending, figures.growth_split, figures.projection, figures.beside_ordinary):
        assert "SYNTETISKE" in draw(shown, "903").csv.popitem()[1]


def test_every_provision_has_a_name_and_a_kind():
    assert len(PROVISIONS) == 10 and len(SPECIAL_PROVISIONS) == 5
    assert [place.code for place in places(two_provisions())] == [CODE]
