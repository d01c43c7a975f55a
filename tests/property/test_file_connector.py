"""Rows in are messages out, in order, from any position on, in every format."""

import csv
import gzip
import io
import json
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from connectors.file import FileOptions, FileSource
from connectors.source import Post
from contracts.messages import Message

READABLE = st.characters(codec="utf-8")
LINE = st.characters(codec="utf-8", exclude_characters="\t\r\n")
SUFFIXES = st.sampled_from(["", ".gz"])


def rows_of(characters: st.SearchStrategy[str]) -> st.SearchStrategy[list[dict[str, str]]]:
    cell = st.text(characters, max_size=30)
    return st.lists(
        st.fixed_dictionaries({"id": st.just("x"), "text": cell, "note": cell}),
        min_size=1,
        max_size=30,
    )


def posts_of(name: str, content: bytes, start: int | None = None) -> list[Post]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(gzip.compress(content, 1) if name.endswith(".gz") else content)
        source = FileSource(str(path), FileOptions(author_key=bytes(32), times="now"))
        if start is not None:
            source.start = start
        return list(source)


def check(name: str, content: bytes, rows: list[dict[str, str]]) -> None:
    posts = posts_of(name, content)
    messages = [post.content for post in posts]
    assert all(isinstance(each, Message) for each in messages)
    assert [
        {"id": "x", "text": each.text, "note": each.extra.get("note", "")}
        for each in messages
        if isinstance(each, Message)
    ] == rows
    for done, post in enumerate(posts, start=1):
        rest = posts_of(name, content, start=int(post.position))
        assert [(each.key, each.position) for each in rest] == [
            (each.key, each.position) for each in posts[done:]
        ]


@given(rows_of(READABLE), SUFFIXES)
def test_csv_rows_are_messages(rows: list[dict[str, str]], suffix: str) -> None:
    text = io.StringIO()
    writer = csv.DictWriter(text, ["id", "text", "note"])
    writer.writeheader()
    writer.writerows(rows)
    check("posts.csv" + suffix, text.getvalue().encode(), rows)


@given(rows_of(LINE), SUFFIXES)
def test_tsv_rows_are_messages(rows: list[dict[str, str]], suffix: str) -> None:
    lines = ["id\ttext\tnote", *(f"{row['id']}\t{row['text']}\t{row['note']}" for row in rows)]
    check("posts.tsv" + suffix, "\n".join(lines).encode(), rows)


@given(rows_of(READABLE), SUFFIXES)
def test_json_lines_are_messages(rows: list[dict[str, str]], suffix: str) -> None:
    content = "".join(json.dumps(row) + "\n" for row in rows)
    check("posts.jsonl" + suffix, content.encode(), rows)


@given(st.binary(min_size=1, max_size=300))
def test_any_bytes_after_a_header_are_accounted_for(content: bytes) -> None:
    """Each row is a message, sent as it is, or blank; positions reach the end of the file."""
    header = b"id,text\n"
    with TemporaryDirectory() as folder:
        path = Path(folder) / "posts.csv"
        path.write_bytes(header + content)
        source = FileSource(str(path), FileOptions(author_key=bytes(32), times="now"))
        posts = list(source)
        blank = source.counts().get("blank_rows", 0)
    positions = [int(post.position) for post in posts]
    assert positions == sorted(set(positions))
    assert blank or positions[-1] == len(header + content)
