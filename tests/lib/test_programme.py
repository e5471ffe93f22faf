"""Small programmes: what is printed adds up, what so few can show, and no word of an effect that the design cannot carry."""

import re
from dataclasses import replace
from html import unescape

import numpy as np
import pandas as pd
import pytest

from inklusion.analyses.planned import ASSESSABLE, DESCRIPTION_ONLY
from inklusion.analyses.printed_programme import INTRACLASS, WORTH_HAVING, published_programme
from inklusion.analyses.programme import (
    ATTRITION_DIFFERS,
    ATTRITION_UNKNOWN,
    NO_COMPARISON,
    NOT_RANDOMISED,
    TOO_FEW_GROUPS,
    registered_programme,
)
from inklusion.blocks import Gap
from inklusion.contracts.surveys import COMPARISON, PARTICIPANTS, TREATED
from inklusion.contracts.tables import ESTIMATES
from inklusion.contracts.validation import validate
from inklusion.disclosure.audit import audit
from inklusion.disclosure.release import release
from inklusion.disclosure.rule import REGISTER
from inklusion.figures import programme as figures
from inklusion.municipalities import COUNTRY
from inklusion.narrative import printed_programme as printed_narrative
from inklusion.narrative import programme as narrative
from inklusion.plans import PROGRAMME, Assumed, Change, LockedPlan, Plan, Plans
from inklusion.register.synthetic.surveys import synthetic_surveys
from inklusion.tables import programme as tables

CODE, SOURCE = "901", "settings/synthetic.toml"
OWN, OTHERS = f"musik: {TREATED}", f"musik: {COMPARISON}"
EFFECT = re.compile(
    r"\b(effekt|virkning|virke[rdt]|virket|skyldes|takket være|førte til|gavne|forbedre)\w*", re.IGNORECASE
)
SIZES_OF_ROSKILDE = (10, 9, 9)
PLAN = Plan(
    id="musik",
    kind=PROGRAMME,
    period="2024/2025",
    question="Har eleverne det bedre?",
    outcome="Trivsel",
    scale="1 til 5",
    outcome_file=SOURCE,
    smallest_change=0.2,
    primary_test="sign_flip",
    direction="higher",
    level=0.05,
    comparison="elever på venteliste",
    randomised=True,
    exclusions=(),
    secondary=(),
    assumed=Assumed(mean=3.6, deviation=0.6, correlation=0.6, intraclass=0.05, aim=0.8),
)


def plans(**changed):
    """The plan under a lock, with what a test wants otherwise."""
    lock = {name: changed.pop(name) for name in ("outcome_existed", "changes") if name in changed}
    found = LockedPlan(replace(PLAN, **changed), "2024-08-15", "0" * 64, **{"outcome_existed": False, **lock})
    return Plans((found,))


def people(groups, *, code=CODE, role=TREATED, rise=0.0, lost=0, seed=1, spread=0.3):
    """Pupils in groups of the given sizes, with a rise that is the same in all groups; the last ``lost`` have no after."""
    generator = np.random.default_rng([seed, role == TREATED, int(code)])
    size = sum(groups)
    before = 3.0 + 0.5 * generator.standard_normal(size)
    after = before + rise + spread * generator.standard_normal(size)
    after[size - lost :] = np.nan
    return pd.DataFrame(
        {
            "participant": np.arange(size) + (0 if role == TREATED else 1000) + 10_000 * int(code),
            "programme": "musik",
            "municipality": code,
            "cluster": [f"Hold {number}" for number, members in enumerate(groups, start=1) for _ in range(members)],
            "role": role,
            "planned": 10 if role == TREATED else 0,
            "attended": pd.array([9 if role == TREATED else pd.NA] * size, dtype="Int64"),
            "before": before,
            "after": after,
        }
    )[PARTICIPANTS.column_names]


def analysed(*parts, **changed):
    table = pd.concat(parts, ignore_index=True)
    return validate(registered_programme(table, source=SOURCE, plans=plans(**changed)), ESTIMATES, where="test")


def shown(*parts, **changed):
    return release({"programme": analysed(*parts, **changed)}, "own", REGISTER)["programme"]


def pick(table, **chosen):
    for name, value in chosen.items():
        table = table[table[name] == value]
    assert len(table) == 1, (len(table), chosen)
    return table.iloc[0]


def verdict(table, code=CODE):
    row = pick(table, municipality=code, measure="verdict")
    return row["method"], row["note"].split("; ") if row["note"] else []


def text_of(block):
    return "" if isinstance(block, Gap) else re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", block.html)))


# --- the printed programme ---


@pytest.fixture(scope="module")
def printed(published):
    return published.released["programme"]


def test_the_printed_table_adds_up_to_102_pupils_and_44_staff_in_nine_groups_and_seven_municipalities(printed):
    whole = printed.where(municipality=COUNTRY).table
    assert pick(whole, definition="program_elever", measure="sum")["estimate"] == 102
    staff = whole[(whole["definition"] == "program_personale") & (whole["measure"] == "sum")]
    assert sorted(staff["estimate"]) == [20, 24, 44]
    assert pick(whole, measure="clusters")["estimate"] == 9
    own = printed.where(definition="program_elever", measure="sum").table
    assert sum(own["municipality"] != COUNTRY) == 7
    assert own.loc[own["municipality"] != COUNTRY, "estimate"].sum() == 102


def test_the_printed_length_and_hours_stand_beside_the_totals(printed):
    whole = printed.where(municipality=COUNTRY, measure="printed").table
    weeks = pick(whole, definition="program_varighed")
    assert (weeks["lower"], weeks["upper"]) == (10, 12)
    assert pick(whole, definition="program_timer")["estimate"] == 450


@pytest.mark.parametrize("intraclass", INTRACLASS)
def test_power_of_102_pupils_in_nine_groups_agrees_with_a_simulation(printed, intraclass):
    """Means over pupils, their change correlated within groups, tested by group sums with eight degrees of freedom."""
    from scipy.stats import t

    sizes = np.array([12, 16, 11, 8, 18, 9, *SIZES_OF_ROSKILDE])
    assert sizes.sum() == 102
    generator, draws, deviation = np.random.default_rng(4), 4000, np.sqrt(2 * (1 - 0.6))
    group = np.repeat(np.arange(9), sizes)
    shared = np.sqrt(intraclass) * generator.standard_normal((draws, 9))[:, group]
    change = WORTH_HAVING + deviation * (shared + np.sqrt(1 - intraclass) * generator.standard_normal((draws, 102)))
    mean = change.mean(axis=1)
    sums = np.stack([(change - mean[:, None])[:, group == g].sum(axis=1) for g in range(9)], axis=1)
    error = np.sqrt(9 / 8 * (sums**2).sum(axis=1)) / 102
    rejected = 100 * (np.abs(mean / error) > t.ppf(0.975, 8)).mean()
    name = f"variation mellem hold: {100 * intraclass:.0f} pct."
    row = pick(printed.where(municipality=COUNTRY, measure="power").table, group=name)
    assert abs(row["estimate"] - rejected) < 5


def test_the_assumed_sizes_of_the_merged_groups_are_told(printed):
    assert "regnet som lige store" in pick(printed.where(measure="clusters").table, municipality="265")["note"]
    assert "regnet som lige store" in text_of(tables.printed_power(printed, "163"))


def test_a_printed_programme_is_described_and_nothing_more(printed):
    for code in set(printed.table["municipality"]) - {COUNTRY}:
        said = text_of(printed_narrative.participation(printed, code)) + text_of(printed_narrative.power(printed, code))
        assert "102 elever på 9 hold" in said and "44 voksne: 20 undervisere" in said
        assert "kan kun beskrive" in said and not EFFECT.search(said)


def test_one_group_is_said_to_be_too_few_to_tell_apart(printed):
    assert "kan holdets egen udvikling ikke skilles" in text_of(printed_narrative.power(printed, "163"))
    assert "gik på 3 hold" in text_of(printed_narrative.power(printed, "265"))


def test_a_municipality_outside_the_table_gets_no_participation(printed):
    for show in (printed_narrative.participation, printed_narrative.power, tables.printed_power):
        assert isinstance(show(printed, "101"), Gap)


def test_facts_without_the_programme_give_no_rows(facts):
    assert published_programme(facts[facts["definition"] != "program_elever"]).empty


# --- what is read without a lock, and with one ---


def test_without_a_lock_no_outcome_is_read_and_the_reason_stands_there():
    table = registered_programme(
        people([12, 12]), source=SOURCE, plans=Plans(refused={"musik": "Planen er ikke låst."})
    )
    assert set(table["measure"]) == {"refused", "clusters", "mean_planned", "mean_attended"}
    assert pick(table, measure="refused")["note"] == "Planen er ikke låst."
    released = release({"programme": table}, "own", REGISTER)["programme"]
    assert "er ikke læst. Planen er ikke låst." in text_of(narrative.plan(released, CODE))
    for show in (
        narrative.power,
        narrative.change,
        narrative.by_itself,
        narrative.verdict,
        figures.changes,
        tables.changes,
    ):
        assert isinstance(show(released, CODE), Gap)


def test_the_plan_under_lock_decides_and_not_the_one_of_today():
    change = Change("smallest_change", "0,2", "0,1")
    table = analysed(people([12, 12, 12]), changes=(change,))
    row = pick(table, measure="plan", group="musik: mindste ændring, der er umagen værd")
    assert row["estimate"] == 0.2
    assert pick(table, measure="plan_change")["note"] == "Låst: 0,2. Nu: 0,1."


def test_later_changes_are_listed_and_the_locked_text_is_said_to_count():
    told = text_of(narrative.plan(shown(people([12, 12]), changes=(Change("level", "0,05", "0,1"),)), CODE))
    assert "Siden regner efter den låste tekst" in told and "Testens niveau. Låst: 0,05. Nu: 0,1." in told
    assert "er ikke ændret siden" in text_of(narrative.plan(shown(people([12, 12])), CODE))


@pytest.mark.parametrize(
    ("existed", "said"),
    [(True, "efter at udfaldene forelå"), (False, "før filen med udfaldene fandtes")],
)
def test_a_late_lock_is_shown_as_such(existed, said):
    assert said in text_of(narrative.plan(shown(people([12, 12]), outcome_existed=existed), CODE))


def test_every_line_of_the_plan_stands_in_the_table():
    told = text_of(tables.plan(shown(people([12, 12])), CODE))
    for part in (PLAN.question, PLAN.outcome, PLAN.scale, PLAN.comparison, "fortegnstest", "0,6", "0,8", "3,6"):
        assert part in told


# --- the order, and what is the basis of what ---


def test_power_is_the_same_whatever_the_outcomes_were():
    rising, falling = (analysed(people([12, 14, 16], rise=rise)) for rise in (1.0, -1.0))
    columns = ["municipality", "measure", "group", "estimate"]
    for measure in ("mean_change_power", "mean_change_detectable"):
        one, two = (table[table["measure"] == measure][columns].reset_index(drop=True) for table in (rising, falling))
        assert one.equals(two) and len(one) == 2


def test_power_comes_before_any_outcome():
    table = analysed(people([12, 14, 16]), people([12, 14], role=COMPARISON))
    order = list(table[table["municipality"] == CODE]["measure"])
    powers = [place for place, name in enumerate(order) if name.endswith(("power", "detectable"))]
    outcomes = [place for place, name in enumerate(order) if name in {"mean_before", "mean_change", "mean_difference"}]
    assert max(powers) < min(outcomes)


def test_everything_about_one_group_has_the_same_number_of_pupils():
    table = analysed(people([12, 14, 16], lost=7), people([11, 13], role=COMPARISON, lost=6))
    for group, measured in ((OWN, 42 - 7), (OTHERS, 24 - 6)):
        rows = table[(table["municipality"] == CODE) & (table["group"] == group) & (table["measure"] != "share")]
        assert set(rows["denominator"].dropna()) == {measured}
        share = pick(table, municipality=CODE, group=group, measure="share")
        assert share["numerator"] == measured


@pytest.mark.parametrize(("lost", "told"), [(0, False), (4, False), (5, True), (9, True)])
def test_how_many_are_missing_is_told_only_when_they_are_not_few(lost, told):
    table = analysed(people([12, 14, 16], lost=lost))
    own = table[table["municipality"] == CODE]
    assert ("share" in set(own["measure"])) == told == ("count" in set(own["measure"]))
    said = text_of(narrative.attrition(shown(people([12, 14, 16], lost=lost)), CODE))
    assert ("Færre end fem" in said) == (not told)


def test_attendance_that_is_not_known_of_all_is_said_to_be_unknown():
    part = people([12, 14])
    part.loc[0, "attended"] = pd.NA
    assert "mean_attended" not in set(analysed(part)["measure"])
    told = text_of(narrative.participation(shown(part), CODE))
    assert "26 elever på 2 hold" in told and "er ikke oplyst for dem alle" in told


def test_two_programmes_of_a_municipality_are_kept_apart():
    sang = people([10, 12], seed=2).assign(programme="sang")
    table = pd.concat([people([12, 14, 16]), sang], ignore_index=True)
    both = Plans((*plans().locked, *plans(id="sang").locked))
    released = release({"programme": registered_programme(table, source=SOURCE, plans=both)}, "own", REGISTER)[
        "programme"
    ]
    told = text_of(narrative.participation(released, CODE))
    assert "»musik« er 42 elever på 3 hold" in told and "»sang« er 22 elever på 2 hold" in told
    assert audit({"programme": released}).is_safe


def test_no_outcome_is_shown_of_fewer_than_five_pupils():
    table = analysed(people([4], lost=0), people([12, 12], code="902"))
    own = table[table["municipality"] == CODE]
    assert not own["measure"].str.startswith("mean_change").any()


def test_regression_to_the_mean_is_the_part_that_the_plan_expects_by_itself():
    """(1 - 0.6) times what the pupils lay under 3.6 before."""
    table = analysed(people([20, 20, 20]))
    before = pick(table, municipality=CODE, measure="mean_before")["estimate"]
    assert pick(table, municipality=CODE, measure="mean_change_expected")["estimate"] == pytest.approx(
        0.4 * (3.6 - before)
    )


@pytest.mark.parametrize(
    ("groups", "least"),
    [([15], 2 / 2), ([15, 15], 2 / 4), ([10] * 5, 2 / 32), ([10] * 6, 2 / 64)],
)
def test_few_groups_have_a_smallest_p_value_and_the_page_says_so(groups, least):
    parts = people(groups, rise=1.0)
    assert pick(analysed(parts), municipality=CODE, measure="mean_change_attainable")["estimate"] == pytest.approx(
        least
    )
    assert ("Testen kan derfor ikke afgøre noget" in text_of(narrative.change(shown(parts), CODE))) == (least > 0.05)


# --- the verdict ---


def groups_of(count, **more):
    return people([12] * count, **more)


@pytest.mark.parametrize(
    ("parts", "changed", "reason"),
    [
        ([groups_of(12)], {}, NO_COMPARISON),
        ([groups_of(6), groups_of(6, role=COMPARISON)], {"randomised": False}, NOT_RANDOMISED),
        ([groups_of(2), groups_of(2, role=COMPARISON)], {}, TOO_FEW_GROUPS),
        ([groups_of(6, lost=12), groups_of(6, role=COMPARISON, lost=5)], {}, ATTRITION_DIFFERS),
        ([groups_of(6, lost=12), groups_of(6, role=COMPARISON)], {}, ATTRITION_UNKNOWN),
    ],
)
def test_a_design_that_cannot_carry_a_claim_is_a_description_and_says_why(parts, changed, reason):
    for rise in (0.0, 1.5):
        moved = [part.assign(after=part["after"] + rise * (part["role"] == TREATED)) for part in parts]
        table = analysed(*moved, **changed)
        for code in (CODE, COUNTRY):
            found, reasons = verdict(table, code)
            assert found == DESCRIPTION_ONLY and reason in reasons
        released = shown(*moved, **changed)
        said = " ".join(
            text_of(show(released, CODE))
            for show in (
                narrative.change,
                narrative.by_itself,
                narrative.comparison,
                narrative.verdict,
                narrative.country,
            )
        )
        assert "kun beskrivelse" in said and reason[1:] in said
        assert not EFFECT.search(said), EFFECT.search(said)


def test_a_design_that_can_carry_a_claim_claims_only_what_interval_and_test_show():
    others = groups_of(8, role=COMPARISON)
    risen, same = (shown(groups_of(8, rise=rise), others) for rise in (1.0, 0.0))
    for released in (risen, same):
        assert verdict(released.table) == (ASSESSABLE, [])
    assert "tyder på en virkning på" in text_of(narrative.verdict(risen, CODE))
    assert "kan ikke skille en virkning fra tilfældigheder" in text_of(narrative.verdict(same, CODE))


def test_a_claim_from_a_late_lock_is_said_to_be_weaker():
    parts = groups_of(8, rise=1.0), groups_of(8, role=COMPARISON)
    late, early = (text_of(narrative.verdict(shown(*parts, outcome_existed=when), CODE)) for when in (True, False))
    assert "svækker dommen" in late and "svækker dommen" not in early


def test_few_missing_in_both_of_two_large_groups_are_no_reason():
    """Four of 100 is the most that can be hidden: less than the five points that would be too much."""
    large = people([20] * 5), people([20] * 5, role=COMPARISON)
    assert verdict(analysed(*large))[1] == []


# --- the synthetic programme ---


@pytest.fixture(scope="module")
def synthetic():
    participants = synthetic_surveys(64_000, seed=901998, source=SOURCE).participants
    table = registered_programme(participants, source=SOURCE, plans=plans(randomised=False))
    return release({"programme": table}, "synthetic", REGISTER)["programme"]


def test_the_whole_country_can_be_released_and_withstands_the_attack(synthetic):
    assert audit({"programme": synthetic}).is_safe
    assert synthetic.hidden_count < 0.1 * len(synthetic.table)


def test_every_synthetic_municipality_is_a_description(synthetic):
    found = synthetic.where(measure="verdict").table
    assert len(found) == 99 and set(found["method"]) == {DESCRIPTION_ONLY}


def test_pages_of_a_synthetic_programme_say_so_and_hold_no_word_of_effect(synthetic):
    for code in ("901", "950", "998"):
        own = synthetic.for_municipality(code)
        for show in (
            narrative.participation,
            narrative.power,
            narrative.attrition,
            narrative.change,
            narrative.verdict,
        ):
            said = text_of(show(own, code))
            assert said.strip().startswith("Syntetiske data:") and not EFFECT.search(said)
        assert "SYNTETISKE" in figures.changes(own, code).csv["aendringer"]


def test_the_figure_tells_every_interval_in_words(synthetic):
    own = synthetic.for_municipality("901")
    alt = re.search(r'alt="([^"]+)"', figures.changes(own, "901").html)[1]
    row = pick(own.where(municipality=COUNTRY, measure="mean_change_groups").table, group=OWN)
    assert f"{row['estimate']:.2f}".replace(".", ",") in alt
