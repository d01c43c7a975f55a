import pytest

from connectors.mapping import (
    choose,
    guess_from_content,
    guess_from_header,
    is_author,
    parse_map,
)
from contracts.errors import InputError


def test_a_map_names_a_column_for_a_field() -> None:
    assert parse_map("text=body, created_at=date") == {"text": "body", "created_at": "date"}
    assert parse_map("") == {}


@pytest.mark.parametrize(
    ("option", "says"),
    [
        ("text", "names no column"),
        ("text=", "names no column"),
        ("txt=body", "there is no field 'txt'; fields are text, created_at"),
        ("text=a,text=b", "twice"),
    ],
)
def test_a_map_that_cannot_be_used_is_refused_with_the_remedy(option: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        parse_map(option)


def test_clear_header_names_are_guessed_whatever_their_case_and_joints() -> None:
    columns = ["Tweet ID", "createdAt", "Full-Text", "user_name", "City", "lang", "score"]
    assert guess_from_header(columns) == {
        "text": "Full-Text",
        "created_at": "createdAt",
        "id": "Tweet ID",
        "author": "user_name",
        "language": "lang",
        "city": "City",
    }


def test_of_two_columns_the_clearer_name_is_the_field() -> None:
    assert guess_from_header(["comment", "text"])["text"] == "text"


def test_without_a_header_prose_is_the_text_and_dates_are_the_time() -> None:
    rows = [["neutral", "2024-03-01", "the app is down again"], ["positive", "2024-03-02", "Yes!"]]
    guesses = guess_from_content(["col_1", "col_2", "col_3"], rows)
    assert guesses == {"text": "col_3", "created_at": "col_2"}


def test_labels_are_not_taken_for_prose() -> None:
    assert guess_from_content(["col_1", "col_2"], [["neutral", "1"], ["positive", "2"]]) == {}


def test_what_the_user_named_goes_before_guesses() -> None:
    mapping = choose(
        {"text": "note"}, {"text": "text", "city": "city"}, ["text", "note", "city"], "f"
    )
    assert mapping == {"text": "note", "city": "city"}


def test_a_column_serves_one_field_only() -> None:
    mapping = choose({"url": "city"}, {"text": "text", "city": "city"}, ["text", "city"], "f")
    assert mapping == {"text": "text", "url": "city"}


def test_a_column_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(InputError, match=r"posts\.csv has no column 'nope'; its columns are a, b"):
        choose({"text": "nope"}, {}, ["a", "b"], "posts.csv")


def test_a_file_without_a_text_is_refused_with_its_columns() -> None:
    with pytest.raises(InputError, match=r"--map text=COLUMN; its columns are a, b"):
        choose({}, {"city": "b"}, ["a", "b"], "posts.csv")


def test_author_columns_are_known_by_name() -> None:
    assert is_author("Screen Name")
    assert is_author("user.screen_name")
    assert not is_author("city")
