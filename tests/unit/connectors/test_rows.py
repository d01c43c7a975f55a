import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import rows
from connectors.rows import Row, lines, quoted_rows


def read(content: bytes) -> list[Row]:
    return list(quoted_rows(io.BytesIO(content), 0, b","))


def test_a_quoted_cell_may_hold_line_breaks() -> None:
    found = read(b'1,"two\nlines"\r\n2,one\n')
    assert [row.content for row in found] == [b'1,"two\nlines"', b"2,one"]
    assert [(row.start, row.end) for row in found] == [(0, 15), (15, 21)]


def test_a_quote_that_never_closes_costs_one_row() -> None:
    found = read(b'a,b\n1,"open\n2,two\n3,three\n')
    assert [row.content for row in found] == [b"a,b", b'1,"open', b"2,two", b"3,three"]
    assert [row.problem for row in found] == [None, "a quote never closes", None, None]


def test_a_cell_that_goes_on_after_its_quote_is_a_problem_of_its_row() -> None:
    found = read(b'1,"he said "hi" to me"\n2,two\n')
    assert found[0].problem == "a quoted cell goes on after its closing quote"
    assert found[1] == Row(23, 29, b"2,two")


def test_quotes_inside_an_unquoted_cell_are_words() -> None:
    assert read(b'1,a 6" pizza\n')[0].problem is None


def test_a_line_that_never_ends_is_cut_and_the_next_is_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rows, "ROW_MAX_BYTES", 10)
    found = list(lines(io.BytesIO(b"x" * 35 + b"\nnext\n"), 0))
    assert found[0] == Row(0, 36, b"x" * 10, "a line of 36 bytes, cut to 10")
    assert found[1] == Row(36, 41, b"next")


def test_an_open_quote_is_looked_for_no_further_than_the_longest_row(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rows, "ROW_MAX_BYTES", 16)
    found = read(b'"open\n' + b"a,b\n" * 20)
    assert found[0].content == b'"open'
    assert [row.content for row in found[1:]] == [b"a,b"] * 20


@given(st.lists(st.lists(st.text(st.characters(codec="utf-8")), min_size=2), max_size=8))
def test_rows_are_those_that_csv_wrote(table: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text).writerows(table)
    found = read(text.getvalue().encode())
    assert [next(csv.reader([row.content.decode()], strict=True)) for row in found] == table


@given(st.binary(max_size=200))
def test_every_byte_belongs_to_exactly_one_row(content: bytes) -> None:
    for found in (read(content), list(lines(io.BytesIO(content), 0))):
        assert [row.start for row in found] == [0, *(row.end for row in found)][: len(found)]
        assert (found[-1].end if found else 0) == len(content)


@given(st.text('a",\n', max_size=60))
def test_a_row_without_a_problem_is_one_that_csv_reads(text: str) -> None:
    for row in read(text.encode()):
        if row.problem is None and row.content:
            next(csv.reader([row.content.decode()], strict=True))
