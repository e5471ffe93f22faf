import pytest

from inklusion.errors import PeriodError
from inklusion.periods import period


@pytest.mark.parametrize("text", ["2022/2023", "2022/23", " 2022/23 "])
def test_a_school_year_has_one_spelling(text):
    assert period(text) == ("2022/2023", "school_year")


def test_the_turn_of_the_century_is_a_school_year():
    assert period("1999/00").label == "1999/2000"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("2024", "calendar_year"),
        ("2017-2024", "span"),
        ("3 år til 2024", "span"),
        ("Regnskab 2023", "account_year"),
        ("2. prognose 2025", "account_year"),
        ("efterår 2024", "term"),
        ("maj-juni 2024", "term"),
        ("dimittendårgange 2013-2017", "cohort"),
        ("treårig periode", "unknown"),
    ],
)
def test_each_kind_of_period_is_told_from_the_others_and_kept_as_written(text, kind):
    assert period(text) == (text, kind)


def test_pooled_school_years_are_a_kind_of_their_own():
    assert period("2020/21-2022/23") == ("2020/2021-2022/2023", "school_years_pooled")


def test_a_missing_period_is_said_to_be_missing():
    assert period("") == ("ikke oplyst", "unknown")


@pytest.mark.parametrize("text", ["2022/2024", "2022/2022", "2023/2022", "2022/24", "22/23", "2022/", "2022/2023/2024"])
def test_a_school_year_that_does_not_span_two_following_years_raises(text):
    with pytest.raises(PeriodError, match="two following years"):
        period(text)


@pytest.mark.parametrize("text", ["20222", "i går", "Regnskab", "2017 - 2024", "efterår", "2022-23"])
def test_a_text_of_no_known_kind_raises_and_says_what_is_allowed(text):
    with pytest.raises(PeriodError, match="a school year"):
        period(text)
