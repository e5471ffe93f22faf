from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from inklusion.errors import QuestionnaireError
from inklusion.measures.scales import scale_scores
from inklusion.questionnaire import (
    SHIPPED,
    as_delivered,
    known_answers,
    questionnaire,
    read_questionnaire,
    refuse_answers,
)

OWN = """\
id = "egen"
title_da = "Egne spørgsmål"
version = "1"
valid_from = 2023
how_sure = "high"

[responses.enighed]
answers = [[1, "Uenig"], [2, "Hverken"], [3, "Enig"]]
dont_know = [[8, "Ved ikke"]]
declined = [[9, "Ønsker ikke at svare"]]

[responses.omvendt]
answers = [[1, "Enig"], [2, "Hverken"], [3, "Uenig"]]

[responses.fire]
answers = [[0, "Nej"], [1, "Lidt"], [2, "Noget"], [3, "Ja"]]

[responses.valgt]
answers = [[0, "Ikke valgt"], [1, "Valgt"]]

[responses.fritekst]
text = true

[[items]]
id = "glad"
label = "Jeg er glad"
responses = "enighed"

[[items]]
id = "ensom"
label = "Jeg er ensom"
responses = "enighed"
reversed = true
direction = "raw"

[[items]]
id = "tryg"
label = "Jeg er tryg"
responses = "omvendt"

[[items]]
id = "styrke"
label = "Hvor stærkt"
responses = "fire"

[[items]]
id = "andet"
label = "Andet"
responses = "fritekst"

[[items]]
id = "leg"
label = "Leg"
responses = "valgt"

[scales.trivsel]
label = "Trivsel"
items = ["glad", "ensom"]
minimum_share = 0.5
bands = [[1.0, 2.0], [2.1, 3.0]]

[choices.best]
label = "Det bedste"
items = ["leg"]
most = 1
"""
MEMBERS = 'items = ["glad", "ensom"]'


def written(folder, text=OWN):
    path = folder / "egen.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_questionnaires_are_read_and_count_right():
    assert sorted(path.stem for path in SHIPPED.glob("*.toml")) == ["personale_ballerup", "trivsel_0_3", "trivsel_4_9"]
    older = questionnaire("trivsel_4_9")
    assert len(older.items) == 40
    sizes = {name: len(scale.items) for name, scale in older.scales.items()}
    assert sizes == {"social": 10, "faglig": 8, "stoette": 7, "ro": 4, "generel": 29}
    parts = [item for name in ("social", "faglig", "stoette", "ro") for item in older.scales[name].items]
    assert sorted(parts) == sorted(older.scales["generel"].items)
    assert {scale.minimum_share for scale in older.scales.values()} == {0.5}
    assert {scale.bands for scale in older.scales.values()} == {((1, 2), (2.1, 3), (3.1, 4), (4.1, 5))}
    younger = questionnaire("trivsel_0_3")
    assert (len(younger.items), younger.scales) == (20, {})
    assert [item.number for item in younger.items.values()] == list(range(1, 21))
    staff = questionnaire("personale_ballerup")
    assert staff.choices["redskaber"].most == 3
    assert staff.responses["enighed"].dont_know == {9: "Ved ikke"}
    assert staff.is_valid(2024) and not staff.is_valid(2025) and older.is_valid(2030)


@pytest.mark.parametrize("name", ["trivsel_4_9", "trivsel_0_3", "personale_ballerup"])
def test_what_we_do_not_know_is_marked(name):
    for item in questionnaire(name).items.values():
        assert not item.label.startswith("ukendt ordlyd") or item.how_sure == "low", item.id
    for scale in questionnaire(name).scales.values():
        assert scale.how_sure == "low" and scale.note


def test_numbers_known_from_the_register_are_kept():
    numbers = {item.number: item.id for item in questionnaire("trivsel_4_9").items.values() if item.number}
    assert numbers == {
        2: "glad_for_klasse", 8: "koncentrere", 14: "mobbet", 19: "kedelig", 24: "hoere_laereren",
        39: "undervisningslokaler",
    }  # fmt: skip


def test_nobody_guesses_whether_data_are_turned():
    survey = questionnaire("trivsel_4_9")
    with pytest.raises(QuestionnaireError, match="ingen har sagt, om data allerede er vendt"):
        survey.items_to_turn("social")
    with pytest.raises(QuestionnaireError, match="tilladt er 'raw' og 'turned'"):
        as_delivered(survey, "sideways")
    assert survey.items_to_turn("faglig") == ()
    raw, turned = as_delivered(survey, "raw"), as_delivered(survey, "turned")
    assert raw.items_to_turn("generel") == ("ensom", "mobbet", "til_grin", "kedelig")
    assert turned.items_to_turn("generel") == ()
    assert raw.labels("mobbet")[5] == turned.labels("mobbet")[1] == "Meget tit"
    assert raw.labels("glad_for_skole") == turned.labels("glad_for_skole")
    assert raw.limits("ro") == (1, 5)


def test_both_deliveries_give_the_same_scores():
    raw = as_delivered(questionnaire("trivsel_4_9"), "raw")
    items = list(raw.scales["social"].items)
    answers = pd.DataFrame(np.random.default_rng(4).integers(1, 6, (30, 10)).astype(float), columns=items)
    delivered = answers.copy()
    delivered[list(raw.items_to_turn("social"))] = 6 - answers[list(raw.items_to_turn("social"))]
    low, high = raw.limits("social")
    scored = scale_scores(answers, raw.items_to_turn("social"), low, high, minimum_share=0.5)
    turned = as_delivered(raw, "turned").items_to_turn("social")
    pd.testing.assert_series_equal(scored, scale_scores(delivered, turned, low, high, minimum_share=0.5))


def test_an_own_questionnaire_is_read_from_its_folder(tmp_path):
    written(tmp_path)
    own = questionnaire("egen", tmp_path)
    assert own.items_to_turn("trivsel") == ("ensom",)
    assert own.items["glad"].how_sure == "high" and own.items["glad"].direction is None
    assert own.responses["fritekst"].answers == {}
    with pytest.raises(QuestionnaireError, match="Mente du »egen«"):
        questionnaire("egan", tmp_path)
    with pytest.raises(QuestionnaireError, match="Spørgeskemaet »egen« findes ikke"):
        questionnaire("egen")


def test_a_scale_can_reverse_an_item_for_itself(tmp_path):
    text = OWN.replace(MEMBERS, 'items = ["glad", "ensom"]\nreversed = ["glad"]')
    with pytest.raises(QuestionnaireError, match="Jeg er glad"):
        read_questionnaire(written(tmp_path, text)).items_to_turn("trivsel")
    text = text.replace('label = "Jeg er glad"', 'label = "Jeg er glad"\ndirection = "raw"')
    assert read_questionnaire(written(tmp_path, text)).items_to_turn("trivsel") == ("glad", "ensom")


REFUSED = {
    "a wrong code": ('[1, "Uenig"]', '["1", "Uenig"]', "forkert kode ['1', 'Uenig'] i answers"),
    "a code that is no whole number": ('[1, "Uenig"]', '[1.5, "Uenig"]', "forkert kode [1.5, 'Uenig']"),
    "a code twice": ('[2, "Hverken"], [3, "Enig"]', '[2, "Hverken"], [2, "Enig"]', "står to gange i answers"),
    "a text twice": ('[2, "Hverken"], [3, "Enig"]', '[2, "Enig"], [3, "Enig"]', "står to gange i answers"),
    "codes out of order": ('[[1, "Uenig"], [2', '[[7, "Uenig"], [2', "stigende rækkefølge"),
    "a code that is answer and missing": ('[8, "Ved ikke"]', '[3, "Ved ikke"]', "koden 3 står både som svar"),
    "no answers": ("text = true", "text = false", "enten mindst to answers eller text"),
    "an item reversed twice": (MEMBERS, MEMBERS + '\nreversed = ["ensom"]', "»ensom« ville blive vendt to gange"),
    "a turned item reversed again": (
        'reversed = true\ndirection = "raw"', 'direction = "turned"', "»ensom« ville blive vendt to gange",
    ),
    "a scale that names a missing item": (MEMBERS, 'items = ["glad", "ensum"]', "»ensum« findes ikke. Mente du »ensom«"),
    "a number as item": (MEMBERS, 'items = ["glad", 2]', "»2« findes ikke"),
    "an item twice in a scale": (MEMBERS, 'items = ["glad", "glad"]', "nævner »glad« to gange"),
    "a scale without items": (MEMBERS, "items = []", "har ingen spørgsmål"),
    "a scale with an open question": (MEMBERS, 'items = ["glad", "andet"]', "har fritekst"),
    "reversed outside the scale": (MEMBERS, MEMBERS + '\nreversed = ["tryg"]', "som ikke er i items"),
    "same labels, other codes": (MEMBERS, 'items = ["glad", "tryg"]', "samme tekster, men andre koder"),
    "same labels, other codes, not first": (MEMBERS, 'items = ["styrke", "glad", "tryg"]', "blander svarene"),
    "other codes": (MEMBERS, 'items = ["glad", "styrke"]', "koderne [1, 2, 3] og [0, 1, 2, 3]"),
    "an unknown key": ("minimum_share", "minimum_shar", "ukendte nøgle »minimum_shar«. Mente du »minimum_share«"),
    "an unknown key at the top": ("valid_from", "gyldig", "ukendte nøgle »gyldig«. Tilladt er"),
    "a missing key": ("minimum_share = 0.5", "", "mangler »minimum_share«"),
    "half as a text": ("minimum_share = 0.5", 'minimum_share = "halvdelen"', "skal være et tal, ikke 'halvdelen'"),
    "minimum 0": ("minimum_share = 0.5", "minimum_share = 0", "minimum_share er 0; tilladt er over 0 og højst 1"),
    "minimum over 1": ("minimum_share = 0.5", "minimum_share = 50", "minimum_share er 50; tilladt"),
    "bands that overlap": ("[2.1, 3.0]", "[1.9, 3.0]", "stigende par uden overlap"),
    "a band of three": ("[2.1, 3.0]", "[2.1, 2.5, 3.0]", "stigende par uden overlap"),
    "unknown answers": ('"enighed"\n\n', '"enigt"\n\n', "»enigt« findes ikke. Mente du »enighed«"),
    "an item twice": ('id = "tryg"', 'id = "glad"', "»glad« står to gange"),
    "a direction": ('direction = "raw"', 'direction = "begge"', "direction er 'begge'; tilladt er 'raw' og 'turned'"),
    "an open reversed question": ('"fritekst"\n', '"fritekst"\nreversed = true\n', "fritekst og kan ikke være vendt"),
    "a mark": ('how_sure = "high"', 'how_sure = "ja"', "how_sure er 'ja'; tilladt er high, medium, low"),
    "true as a year": ("valid_from = 2023", "valid_from = true", "»valid_from« skal være et helt tal"),
    "years turned": ("valid_from = 2023", "valid_from = 2023\nvalid_to = 2020", "ligger før valid_from"),
    "another id": ('id = "egen"', 'id = "andre"', "det skal være filens navn, 'egen'"),
    "broken TOML": ("[scales.trivsel]", "[scales.trivsel", "kan ikke læses som TOML"),
    "a choice of answers": ('items = ["leg"]', 'items = ["glad"]', "skal være 0 (ikke valgt) og 1 (valgt)"),
    "too many choices": ("most = 1", "most = 4", "most er 4; tilladt er 1 til 1"),
}  # fmt: skip


@pytest.mark.parametrize(("before", "after", "message"), REFUSED.values(), ids=REFUSED)
def test_refused_with_the_place_and_what_is_allowed(tmp_path, before, after, message):
    assert before in OWN
    text = OWN.replace(before, after, 1)
    if "turned" in after:
        text = text.replace(MEMBERS, MEMBERS + '\nreversed = ["ensom"]')
    with pytest.raises(QuestionnaireError) as problem:
        read_questionnaire(written(tmp_path, text))
    assert message in str(problem.value) and str(problem.value).startswith("egen.toml")
    assert str(tmp_path) not in str(problem.value)


def test_a_file_that_is_not_there_is_refused_without_its_folder(tmp_path):
    with pytest.raises(QuestionnaireError, match="findes ikke") as problem:
        read_questionnaire(Path(tmp_path) / "egen.toml")
    assert str(tmp_path) not in str(problem.value)


def test_answers_outside_the_response_set_are_counted_never_shown(tmp_path):
    own = read_questionnaire(written(tmp_path))
    answers = pd.DataFrame(
        {"glad": [1, 3, 8, 9, None], "ensom": [1, 77, 78, 2, None], "andet": list("abcde"), "år": 2024}
    )
    with pytest.raises(QuestionnaireError) as problem:
        refuse_answers(own, answers)
    text = str(problem.value)
    assert "»ensom«: 2 af 5 rækker" in text and "3 (Enig), 8 (Ved ikke), 9 (Ønsker ikke at svare)" in text
    assert "77" not in text and "»glad«" not in text
    refuse_answers(own, answers.drop(columns="ensom"))
    with pytest.raises(QuestionnaireError, match=r"»glad«: 1 af 1 rækker.*Kolonnen er ikke tal"):
        refuse_answers(own, pd.DataFrame({"glad": ["Enig"]}))
    with pytest.raises(QuestionnaireError, match="Ingen kolonne har navn efter et spørgsmål i egen"):
        refuse_answers(own, pd.DataFrame({"q1": [1]}))


def test_dont_know_and_declined_become_missing(tmp_path):
    own = read_questionnaire(written(tmp_path))
    known = known_answers(own, pd.DataFrame({"glad": [1, 3, 8, 9, None], "andet": list("abcde"), "år": 2024}))
    pd.testing.assert_frame_equal(known, pd.DataFrame({"glad": [1.0, 3.0, np.nan, np.nan, np.nan]}))
