import copy
import traceback

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inklusion.contracts.columns import Column, Contract
from inklusion.contracts.tables import DELIVERIES, ESTIMATES, OURS
from inklusion.contracts.validation import MOST_QUARANTINED, quarantine, validate
from inklusion.errors import ContractError
from inklusion.sources import deliveries

CANARY = "010203-1234"  # the form of a Danish personal number; it must never come back in a message
WHERE = "data/raw/x/2026-01-01/pupils.csv"
PUPILS = Contract(
    "pupils",
    "A small table of the test",
    (
        Column("code", "text", "", "", nullable=True, pattern=r"\d{3}"),
        Column("name", "text", "", ""),
        Column("share", "number", "", "", minimum=0, maximum=100),
        Column("n", "integer", "", "", nullable=True, minimum=1),
        Column("level", "text", "", "", allowed=("school", "country")),
    ),
    key=("code", "name"),
    municipality="code",
)
# file row 2: Copenhagen, 3-4: Ballerup, 5: Roskilde, 6: Høje-Taastrup, 7: no municipality
ROWS = [
    ["101", "p", "1.6", "12", "school"],
    ["151", "q", "2.5", "", "school"],
    ["151", "r", "100", "7", "school"],
    ["265", "s", "0", "7", "school"],
    ["169", "t", "3", "1", "school"],
    ["", "u", "5.1", "", "country"],
]
PLACE = {name: position for position, name in enumerate(PUPILS.column_names)}


def table(**changes):
    """The table as it is delivered (text); changes name a column and give new values by file row."""
    rows = copy.deepcopy(ROWS)
    for column, values in changes.items():
        for file_row, value in values.items():
            rows[file_row - 2][PLACE[column]] = value
    return pd.DataFrame(rows, columns=PUPILS.column_names, dtype="str").replace("", None)


def refused(delivered, check=validate):
    with pytest.raises(ContractError) as caught:
        check(delivered, PUPILS, where=WHERE)
    return caught.value


def everything_said(error):
    """What any reader of the error may see: the message, its parts and the errors behind it."""
    seen = [str(error), repr(error), repr(error.args)]
    seen += [repr(behind) for behind in (error.__cause__, error.__context__)]
    return "\n".join([*seen, *traceback.format_exception(error)])


def test_a_good_table_gets_its_types_and_an_empty_field_stays_empty():
    typed = validate(table(), PUPILS, where=WHERE)
    assert typed["share"].tolist() == [1.6, 2.5, 100.0, 0.0, 3.0, 5.1]
    assert str(typed["n"].dtype) == "Int64" and typed["n"].isna().tolist() == [False, True, False, False, False, True]
    assert typed["code"].iloc[0] == "101" and pd.isna(typed["code"].iloc[5])


def test_a_missing_column_is_named_with_the_allowed_ones():
    message = str(refused(table().drop(columns="share")))
    assert WHERE in message and "'pupils'" in message and "missing ['share']" in message and "'level'" in message


def test_an_unexpected_column_stops_the_table():
    message = str(refused(table().assign(diagnosis="x")))
    assert WHERE in message and "'pupils'" in message and "missing []" in message


def test_a_file_without_header_line_does_not_give_its_first_row_away():
    headless = table()
    headless.columns = ["101", CANARY, "1.6", "12", "school"]
    assert CANARY not in everything_said(refused(headless))


def test_a_column_that_stands_twice_stops_the_table():
    twice = table()
    refused(pd.concat([twice, twice[["n"]]], axis=1))


def test_a_key_that_stands_twice_is_told_by_its_rows_and_not_by_its_value():
    error = refused(table(code={3: "151", 4: "151"}, name={3: CANARY, 4: CANARY}))
    assert "rule 'key code + name is unique' is broken in 2 rows (rows 3, 4)" in str(error)
    assert CANARY not in everything_said(error)


BROKEN = [
    ("share", "1,6", "a number with decimal point, at least 0, at most 100"),
    ("share", "100.1", "a number with decimal point, at least 0, at most 100"),
    ("share", "-0.1", "a number with decimal point, at least 0, at most 100"),
    ("share", "nan", "a number with decimal point, at least 0, at most 100"),
    ("share", "inf", "a number with decimal point, at least 0, at most 100"),
    ("share", "", "a number with decimal point, at least 0, at most 100"),
    ("share", CANARY, "a number with decimal point, at least 0, at most 100"),
    ("n", "0", "a whole number, at least 1, may be empty"),
    ("n", "3.5", "a whole number, at least 1, may be empty"),
    ("n", CANARY, "a whole number, at least 1, may be empty"),
    ("name", "", "text"),
    ("level", "klasse", "one of: school, country"),
    ("level", "", "one of: school, country"),
    ("level", CANARY, "one of: school, country"),
    ("code", "0101", r"text of the form \d{3}, may be empty"),
    ("code", CANARY, r"text of the form \d{3}, may be empty"),
]


@pytest.mark.parametrize(("column", "value", "rule"), BROKEN)
def test_a_broken_rule_is_told_with_file_table_column_rule_rows_and_count(column, value, rule):
    error = refused(table(**{column: {4: value}}))
    expected = f"{WHERE}: table 'pupils', column '{column}', rule '{rule}' is broken in 1 rows (rows 4)."
    assert str(error) == expected
    assert CANARY not in everything_said(error)


def test_all_rows_that_break_a_rule_are_counted_and_numbered_as_in_the_file():
    assert "is broken in 3 rows (rows 2, 5, 7)" in str(refused(table(share={2: "101", 5: "101", 7: "250"})))


def test_rows_that_break_a_rule_in_two_ways_are_numbered_in_the_order_of_the_file():
    assert "is broken in 3 rows (rows 2, 5, 7)" in str(refused(table(share={2: "101", 5: "-1", 7: "250"})))


def test_many_broken_rows_are_counted_and_the_first_ten_numbered():
    many = pd.DataFrame(
        {"code": None, "name": [f"s{n}" for n in range(30)], "share": "200", "n": None, "level": "school"},
    )
    message = str(refused(many))
    assert "broken in 30 rows (rows 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, …)" in message


def test_row_numbers_stay_those_of_the_file_when_rows_were_taken_out_before():
    assert "(rows 6)" in str(refused(table(share={6: "101"}).drop(index=[0, 1])))


@given(
    st.text(st.characters(codec="utf-8", exclude_characters=";"), min_size=4, max_size=20),
    st.sampled_from(PUPILS.column_names),
)
def test_no_text_whatever_comes_back_in_a_message(text, column):
    marked = f"{text};{CANARY}"
    delivered = table(**{column: {3: marked, 4: marked}}) if column != "name" else table(name={3: marked, 4: marked})
    assert CANARY not in everything_said(refused(delivered))


def test_quarantine_sets_one_municipality_aside_and_keeps_all_others():
    kept, reasons = quarantine(table(share={4: "250"}), PUPILS, where=WHERE)
    assert kept["name"].tolist() == ["p", "s", "t", "u"]
    assert list(reasons) == ["151"]
    assert WHERE in reasons["151"] and "'share'" in reasons["151"] and "række 4" in reasons["151"]


def test_quarantine_of_a_good_table_keeps_every_row_and_gives_no_reason():
    kept, reasons = quarantine(table(), PUPILS, where=WHERE)
    assert len(kept) == 6 and reasons == {}


def test_quarantine_tells_no_value():
    _, reasons = quarantine(table(share={4: CANARY}, n={2: CANARY}), PUPILS, where=WHERE)
    assert set(reasons) == {"101", "151"}
    assert CANARY not in str(reasons)


def test_a_rule_broken_in_a_row_of_no_municipality_stops():
    assert "(rows 7)" in str(refused(table(share={7: "250"}), quarantine))


def test_a_rule_broken_in_a_row_of_no_municipality_stops_also_when_a_municipality_breaks_it_too():
    assert "(rows 4, 7)" in str(refused(table(share={4: "250", 7: "250"}), quarantine))


def test_three_municipalities_may_be_set_aside_but_not_four():
    assert MOST_QUARANTINED == 3
    kept, reasons = quarantine(table(share={2: "250", 3: "250", 5: "250"}), PUPILS, where=WHERE)
    assert sorted(reasons) == ["101", "151", "265"] and kept["name"].tolist() == ["t", "u"]
    error = refused(table(share={2: "250", 3: "250", 5: "250", 6: "250"}), quarantine)
    assert "4 municipalities" in str(error) and "Nothing was built" in str(error)


def test_a_broken_code_stops_because_nobody_knows_whose_row_it_is():
    assert "column 'code'" in str(refused(table(code={4: CANARY}), quarantine))


def test_quarantine_does_not_forgive_a_wrong_column_or_key():
    refused(table().drop(columns="n"), quarantine)
    refused(table(name={3: "q", 4: "q"}), quarantine)


def test_two_municipalities_that_break_a_rule_in_two_ways_are_both_set_aside():
    kept, reasons = quarantine(table(share={2: "1,6", 5: "250"}), PUPILS, where=WHERE)
    assert sorted(reasons) == ["101", "265"] and kept["name"].tolist() == ["q", "r", "t", "u"]


@pytest.mark.parametrize("value", ["1_0", "١"])
def test_only_digits_and_a_decimal_point_make_a_number(value):
    refused(table(share={4: value}))


def test_a_whole_number_with_a_space_is_told_with_column_and_row():
    message = str(refused(table(n={4: " 3"})))
    assert "column 'n'" in message and "(rows 4)" in message


def test_contracts_describe_each_column_once_and_their_keys_exist():
    for contract in (*DELIVERIES.values(), *OURS.values()):
        assert len(set(contract.column_names)) == len(contract.columns), contract.name
        assert set(contract.key) <= set(contract.column_names), contract.name
        assert contract.municipality in ("", *contract.column_names), contract.name
    assert ESTIMATES.column_names[:3] == ["municipality", "unit", "period"]


# --- the reader of deliveries ---


@pytest.fixture
def deliver(tmp_path, monkeypatch):
    """Write bytes as a delivery of an own small project and read them."""
    (tmp_path / "data/raw").mkdir(parents=True)
    (tmp_path / "data/raw/manifest.toml").write_text("", encoding="utf-8")
    monkeypatch.setenv("INKLUSION_PROJECT", str(tmp_path))

    def read(content):
        (tmp_path / "data/raw/a.csv").write_bytes(content)
        return deliveries.read("a.csv")

    return read


def test_a_delivery_is_read_as_text_and_only_an_empty_field_is_missing(deliver):
    read = deliver(b'a,b\r\n0101,"x, y"\r\nNA,\r\n')
    assert read["a"].tolist() == ["0101", "NA"]
    assert read["b"].iloc[0] == "x, y" and pd.isna(read["b"].iloc[1])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        f'a,b\n"{CANARY},x\n'.encode(),
        f'a,b\n"{CANARY}"x,y\n'.encode(),
        f"a,b\n{CANARY}\n".encode(),
        b"a,b\n1,2\n\n",
    ],
    ids=["empty", "open quote", "text after quote", "short row", "blank line"],
)
def test_a_broken_file_raises_with_its_name_and_without_its_values(deliver, content):
    with pytest.raises(ContractError, match=r"data/raw/a\.csv") as caught:
        deliver(content)
    assert CANARY not in everything_said(caught.value)


def test_a_row_of_another_length_is_told_by_its_number_in_the_file(deliver):
    with pytest.raises(ContractError, match=r"1 rows do not have the header's 2 fields \(first: row 3\)"):
        deliver(b"a,b\n1,2\n3\n")


def test_a_file_that_is_not_utf_8_does_not_give_its_content_away(deliver):
    with pytest.raises(ContractError) as caught:
        deliver(f"a,b\n{CANARY},æ\n".encode("latin-1"))
    assert CANARY not in everything_said(caught.value)
