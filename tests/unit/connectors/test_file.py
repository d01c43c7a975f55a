import gzip
import io
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console

from connectors.authors import author_id
from connectors.file import FileOptions, FileSource
from connectors.preview import show
from connectors.source import Post, Unreadable
from contracts import wire
from contracts.errors import InputError
from contracts.messages import Message

KEY = bytes(32)


def source_of(path: Path | str, **options: Any) -> FileSource:
    return FileSource(str(path), FileOptions(author_key=KEY, **options))


def contents(path: Path | str, **options: Any) -> list[Message | Unreadable]:
    return [post.content for post in source_of(path, **options)]


def messages(path: Path | str, **options: Any) -> list[Message]:
    found = contents(path, **options)
    assert all(isinstance(each, Message) for each in found), found
    return [each for each in found if isinstance(each, Message)]


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_a_csv_with_clear_names_needs_no_mapping(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "posts.csv",
        "id,date,user,tweet,city,country,product,channel,platform,lang,url,likes\n"
        "7,2025-03-01 12:30,@Nina,So good!,Berlin,Germany,One,app,reddit,en,https://x.example,3\n",
    )
    assert messages(path) == [
        Message(
            message_id="reddit:7",
            source="file",
            platform="reddit",
            text="So good!",
            created_at=datetime(2025, 3, 1, 12, 30, tzinfo=UTC),
            author_id=author_id("nina", "reddit", KEY),
            language="en",
            city="Berlin",
            country="Germany",
            product="One",
            channel="app",
            url="https://x.example",
            extra={"likes": "3"},
        )
    ]


def test_a_file_without_a_header_has_numbered_columns(tmp_path: Path) -> None:
    path = written(tmp_path, "val.tsv", 'neutral\t"No closing quote here\npositive\tJust great\n')
    first, second = messages(path, platform="twitter")
    assert (first.text, first.extra) == ('"No closing quote here', {"col_1": "neutral"})
    assert (second.text, second.platform) == ("Just great", "twitter")


def test_gzip_is_unpacked_whatever_the_name(tmp_path: Path) -> None:
    packed = gzip.compress(b"text\nhello there\n")
    assert messages(written(tmp_path, "a.csv.gz", packed))[0].text == "hello there"
    assert messages(written(tmp_path, "b.csv", packed))[0].text == "hello there"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_of_a_csv_is_found(tmp_path: Path, delimiter: str) -> None:
    content = f'id{delimiter}text\n1{delimiter}"one, two; three"\n2{delimiter}four\n'
    found = messages(written(tmp_path, "posts.csv", content))
    assert [each.text for each in found] == ["one, two; three", "four"]


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path: Path) -> None:
    path = written(tmp_path, "posts.csv", b"\xef\xbb\xbftext,city\nhi all,Paris\n")
    assert messages(path)[0].city == "Paris"


def test_json_lines_keep_types_and_reach_into_objects(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "posts.jsonl",
        '{"id": 5, "full_text": "hi", "created_at": 1709296200, "likes": 3,'
        ' "user": {"screen_name": "Nina"}, "source": "web", "place": null}\n',
    )
    (message,) = messages(path, mapping={"author": "user.screen_name"})
    assert message.message_id == "file:5"
    assert message.created_at == datetime(2024, 3, 1, 12, 30, tzinfo=UTC)
    assert message.author_id == author_id("nina", "file", KEY)
    assert message.extra == {"likes": 3, "col_source": "web"}


def test_no_handle_is_kept_in_any_column(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "posts.jsonl",
        '{"text": "hi", "author": "Nina", "username": "Nina", "user": {"name": "Nina"}}\n',
    )
    (post,) = source_of(path)
    assert b"Nina" not in post.payload()


def test_times_without_an_offset_are_in_the_given_zone(tmp_path: Path) -> None:
    path = written(tmp_path, "posts.csv", "text,date\nhi,2025-07-01 12:00\n")
    (message,) = messages(path, zone=ZoneInfo("Europe/Berlin"))
    assert message.created_at == datetime(2025, 7, 1, 10, tzinfo=UTC)


def test_ambiguous_dates_are_refused_before_anything_is_sent(tmp_path: Path) -> None:
    path = written(tmp_path, "posts.csv", "text,date\nhi,01/03/2025\n")
    with pytest.raises(InputError, match="say --day-first or --month-first"):
        source_of(path)
    assert messages(path, date_order="day")[0].created_at == datetime(2025, 3, 1, tzinfo=UTC)
    assert messages(path, times="now")[0].created_at > datetime(2025, 4, 1, tzinfo=UTC)


def test_a_date_that_cannot_be_read_goes_along_as_it_was_written(tmp_path: Path) -> None:
    path = written(tmp_path, "posts.csv", "id,text,date,likes\n1,hi,soon,3\n2,ho,,4\n")
    broken, empty = contents(path)
    assert isinstance(broken, Unreadable)
    assert isinstance(empty, Unreadable)
    assert broken.key == "file:1"
    fields = wire.decode_object(broken.payload)
    assert (fields["created_at"], fields["text"], fields["likes"]) == ("soon", "hi", "3")
    assert wire.decode_object(empty.payload)["created_at"] == ""


def test_rows_that_cannot_be_read_are_sent_as_they_are(tmp_path: Path) -> None:
    broken = [b"\xff\xfe,Rome", b"a,b,c", b'"x"y,z', b'"open,Paris']
    path = written(tmp_path, "posts.csv", b"\n".join([b"text,city", *broken, b"good,Rome"]))
    *unreadable, good = contents(path)
    assert [each.payload for each in unreadable if isinstance(each, Unreadable)] == broken
    assert [each.reason for each in unreadable if isinstance(each, Unreadable)] == [
        "not UTF-8 at byte 0 of the row",
        "3 cells in 2 columns",
        "a quoted cell goes on after its closing quote",
        "a quote never closes",
    ]
    assert isinstance(good, Message)


def test_lines_that_are_no_objects_are_sent_as_they_are(tmp_path: Path) -> None:
    path = written(tmp_path, "posts.jsonl", '{"text": "hi"}\n{"text": \n[1]\n{"text": ["a"]}\n')
    found = contents(path)
    assert isinstance(found[0], Message)
    payloads = [each.payload for each in found[1:] if isinstance(each, Unreadable)]
    assert payloads == [b'{"text": ', b"[1]", b'{"text": ["a"]}']


def test_blank_rows_are_counted(tmp_path: Path) -> None:
    source = source_of(written(tmp_path, "posts.csv", "text,city\n\nhi,Rome\n\n  \n"))
    assert len(list(source)) == 1
    assert source.counts() == {"blank_rows": 3}


def test_a_row_that_is_too_short_lacks_its_last_cells(tmp_path: Path) -> None:
    (message,) = messages(written(tmp_path, "posts.csv", "text,city,likes\nhi\n"))
    assert (message.text, message.city, message.extra) == ("hi", None, {})


def test_ids_that_are_missing_are_the_same_each_time(tmp_path: Path) -> None:
    path = written(tmp_path, "posts.csv", "text\none two\none two\n")
    first, again = ([each.message_id for each in messages(path)] for _ in "ab")
    assert first == again
    assert len(set(first)) == 2
    assert all(each.startswith("file:") for each in first)


def test_a_given_id_gets_its_platform_once(tmp_path: Path) -> None:
    path = written(tmp_path, "p.csv", "id,text,platform\n1,a b,reddit\nreddit:2,c d,reddit\n")
    assert [each.message_id for each in messages(path)] == ["reddit:1", "reddit:2"]


def test_without_a_time_column_messages_are_created_now(tmp_path: Path) -> None:
    (message,) = messages(written(tmp_path, "posts.csv", "text\nhi there\n"))
    assert abs(datetime.now(UTC) - message.created_at) < timedelta(minutes=1)


def test_reading_goes_on_after_what_was_acknowledged(tmp_path: Path) -> None:
    path = written(tmp_path, "posts.csv", 'text\none\n"two\nlines"\nthree\n')
    state = tmp_path / "state.json"
    source = source_of(path, state_file=state)
    posts = list(source)
    source.acknowledge(posts[1].position)
    resumed = source_of(path, state_file=state)
    assert resumed.notices == [f"going on at byte {posts[1].position} of {path}"]
    assert list(resumed)[0].key == posts[2].key  # noqa: RUF015 all of it is read
    resumed.acknowledge(posts[2].position)
    assert list(source_of(path, state_file=state)) == []


def test_a_file_that_grew_is_reported(tmp_path: Path) -> None:
    path = written(tmp_path, "posts.csv", "text\none\n")
    state = tmp_path / "state.json"
    source = source_of(path, state_file=state)
    source.acknowledge([post.position for post in source][-1])
    path.write_text("text\none\ntwo\n")
    resumed = source_of(path, state_file=state)
    assert "has grown" in resumed.notices[1]
    assert [each.text for each in (p.content for p in resumed) if isinstance(each, Message)] == [
        "two"
    ]


def test_standard_input_is_read_once_with_ids_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def read(content: bytes) -> list[Message]:
        stdin = io.TextIOWrapper(io.BufferedReader(io.BytesIO(content)))
        monkeypatch.setattr(sys, "stdin", stdin)
        return messages("-", format="csv")

    content = b"text\n" + b"".join(b"post number %d\n" % n for n in range(40))
    found = read(content)
    assert [each.text for each in found] == [f"post number {n}" for n in range(40)]
    assert [each.message_id for each in read(content)] == [each.message_id for each in found]
    assert read(b"text\nanother\n")[0].message_id != found[0].message_id


@pytest.mark.parametrize(
    ("name", "content", "options", "says"),
    [
        ("a.csv", b"", {}, "a.csv is empty"),
        ("a.csv", b"\n \n", {}, "nothing but blank lines"),
        ("a.csv", b"\xff\xfet\x00", {}, "is UTF-16; convert it: iconv"),
        ("a.dat", b"text\nhi\n", {}, "say --format csv, tsv or jsonl"),
        ("a.json", b'[{"text": "hi"}]', {}, "is a JSON array"),
        ("a.csv", b"id,score\n1,2\n", {}, r"--map text=COLUMN; its columns are id, score"),
        ("a.csv", b"1,2\n3,4\n", {}, r"its columns are col_1, col_2"),
        (
            "a.csv",
            b"text\nhi\n",
            {"mapping": {"city": "town"}},
            "no column 'town'; its columns are",
        ),
        ("a.csv.gz", b"\x1f\x8bnonsense", {}, "cannot be unpacked"),
    ],
)
def test_a_file_that_cannot_be_used_says_what_where_and_the_remedy(
    tmp_path: Path, name: str, content: bytes, options: dict[str, Any], says: str
) -> None:
    with pytest.raises(InputError, match=says) as refusal:
        source_of(written(tmp_path, name, content), **options)
    assert name in str(refusal.value)


def test_a_path_that_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"missing\.csv does not exist"):
        source_of(tmp_path / "missing.csv")
    with pytest.raises(InputError, match="is a folder"):
        source_of(tmp_path)
    with pytest.raises(InputError, match="no position to go on from"):
        sys_stdin_state(tmp_path)


def sys_stdin_state(folder: Path) -> None:
    before = sys.stdin
    content = io.BufferedReader(io.BytesIO(b"text\nhi\n"))
    sys.stdin = io.TextIOWrapper(content)
    try:
        source_of("-", format="csv", state_file=folder / "state.json")
    finally:
        sys.stdin = before


def test_a_damaged_gzip_gives_what_it_has_and_then_the_error(tmp_path: Path) -> None:
    rows = "".join(f"post number {n} {n * 7919 % 1000003}\n" for n in range(60_000))
    packed = gzip.compress(("text\n" + rows).encode())
    source = source_of(written(tmp_path, "posts.csv.gz", packed[: len(packed) // 2]))
    found: list[Post] = []
    with pytest.raises(InputError, match="is damaged"):
        found.extend(source)
    assert len(found) > 1000


def test_the_preview_shows_columns_rows_and_what_times_are(tmp_path: Path) -> None:
    path = written(tmp_path, "posts.csv", "text,username,likes\n[bold]hi,Nina,3\n")
    console = Console(file=io.StringIO(), width=120)
    show(source_of(path), console)
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    for part in ("csv, with a header", "author_id (hashed)", "extra", "[bold]hi", "likes"):
        assert part in shown
    assert "created_at is the moment of sending" in shown
    assert "Nina" not in shown


def test_the_shipped_example_is_whole() -> None:
    path = Path(__file__).parents[3] / "examples" / "posts.csv"
    found = messages(path)
    assert len(found) >= 320
    assert len({each.text for each in found}) == len(found)
    assert len({each.message_id for each in found}) == len(found)
    assert {each.platform for each in found} == {"twitter", "reddit", "instagram"}
    times = [each.created_at for each in found]
    assert timedelta(hours=40) < max(times) - min(times) < timedelta(hours=56)
    assert all(wire.decode_message(wire.encode(each)) == each for each in found)
