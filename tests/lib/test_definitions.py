import warnings

import pytest

from inklusion.definitions import definition, registry, require_comparable
from inklusion.errors import ComparabilityWarning, DefinitionError

BOTH = ["seg_alle_grundskole", "seg_9t_bopael"]


def test_two_definitions_of_segregation_in_one_comparison_raise_and_both_are_named():
    with pytest.raises(DefinitionError) as caught:
        require_comparable(BOTH)
    for name in BOTH:
        entry = definition(name)
        assert name in str(caught.value) and entry.name_da in str(caught.value)
        assert entry.denominator_da in str(caught.value)


def test_one_definition_many_times_is_comparable():
    assert require_comparable(["seg_9t_bopael"] * 3) == ""


def test_nothing_is_comparable_with_nothing():
    assert require_comparable([]) == ""


def test_an_override_warns_and_returns_the_sentence_that_must_be_shown():
    with pytest.warns(ComparabilityWarning, match="seg_9t_bopael") as caught:
        sentence = require_comparable(BOTH, override="begge er trykt i samme figur")
    assert sentence == str(caught[0].message)
    assert "begge er trykt i samme figur" in sentence
    assert all(definition(name).name_da in sentence for name in BOTH)


def test_an_override_of_one_definition_does_not_warn():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert require_comparable(["seg_kk", "seg_kk"], override="ingen grund") == ""


def test_an_unknown_definition_suggests_the_closest_one():
    with pytest.raises(DefinitionError, match="Did you mean 'seg_9t_bopael'"):
        definition("seg_9t_bopel")


def test_an_unknown_definition_is_no_part_of_a_comparison_either():
    with pytest.raises(DefinitionError, match="not in the definition registry"):
        require_comparable(["seg_kk", "zzzz"])


def test_a_definition_without_denominator_says_so_in_the_error():
    without = next(entry.id for entry in registry().values() if not entry.denominator_da)
    with pytest.raises(DefinitionError, match="nævner: ingen nævner"):
        require_comparable(["seg_kk", without])


def test_cells_shared_by_two_definitions_name_a_definition_that_exists():
    assert {entry.cell for entry in registry().values() if entry.cell} <= set(registry())
    assert {entry.id for entry in registry().values() if entry.complement} == {
        "antal_elever_almen",
        "personale_ikke_svaret",
    }
