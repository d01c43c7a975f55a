"""Which column of a file is which field of a message: named by the user, else guessed.

A guess from the header takes only names that are clear; without a header the content tells: the
text is the column that looks like prose, the time the column whose every cell is one.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC

from connectors.timestamps import AmbiguousTimeError, UnreadableTimeError, parse_time
from contracts.errors import InputError

FIELDS: dict[str, tuple[str, ...]] = {
    "text": (
        *("text", "body", "content", "full_text", "tweet", "tweet_text", "message", "comment"),
        *("comment_text", "post", "post_text", "review", "review_text", "review_body", "caption"),
        *("selftext", "message_text", "text_content"),
    ),
    "created_at": (
        *("created_at", "created", "date", "time", "timestamp", "datetime", "created_utc"),
        *("date_time", "created_time", "created_date", "creation_date", "tweet_created"),
        *("posted_at", "published_at", "posted", "published", "post_date", "publish_date"),
    ),
    "id": (
        *("id", "message_id", "tweet_id", "post_id", "comment_id", "review_id", "id_str"),
        *("status_id", "uuid"),
    ),
    "author": (
        *("author", "user", "username", "user_name", "screen_name", "handle", "author_name"),
        *("user_screen_name", "author_username", "user_handle", "user_id", "author_id", "name"),
        *("reviewer", "reviewer_name", "account"),
    ),
    "platform": ("platform", "network", "site"),
    "language": ("language", "lang", "locale"),
    "city": ("city", "town"),
    "country": ("country", "country_name"),
    "product": ("product", "product_name"),
    "channel": ("channel", "touchpoint"),
    "url": ("url", "link", "permalink", "post_url", "tweet_url"),
}
"""Field -> the header names that mean it, the clearest first."""

SHORTEST_PROSE_WORDS = 2.0
_WORD_BREAK = re.compile(r"[^a-z0-9]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_WORD = re.compile(r"[^\W\d_]{2,}")


def parse_map(option: str) -> dict[str, str]:
    """``text=body,created_at=date`` as field -> column.

    :raises InputError: it is not written so, or names a field that does not exist.
    """
    chosen: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in option.split(","))):
        field, equals, column = (part.strip() for part in pair.partition("="))
        if not equals or not column:
            raise InputError(
                f"--map {pair!r} names no column", "write FIELD=COLUMN, as in --map text=body"
            )
        if field not in FIELDS:
            raise InputError(
                f"--map {pair!r}: there is no field {field!r}", f"fields are {', '.join(FIELDS)}"
            )
        if field in chosen:
            raise InputError(f"--map names the field {field!r} twice", "give it one column")
        chosen[field] = column
    return chosen


def guess_from_header(columns: Iterable[str]) -> dict[str, str]:
    """Field -> column, for the columns whose names are clear."""
    by_name: dict[str, str] = {}
    for column in columns:
        by_name.setdefault(_plain(column), column)
    guesses = {}
    for field, names in FIELDS.items():
        found = next((by_name[name] for name in names if name in by_name), None)
        if found is not None:
            guesses[field] = found
    return guesses


def guess_from_content(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> dict[str, str]:
    """Field -> column for a file without a header: the text, and the time where there is one."""
    cells = {
        column: [row[index] for row in rows if index < len(row) and row[index].strip()]
        for index, column in enumerate(columns)
    }
    guesses = {}
    words = {column: _mean_words(values) for column, values in cells.items()}
    prose = max(columns, key=words.__getitem__, default=None)
    if prose is not None and words[prose] >= SHORTEST_PROSE_WORDS:
        guesses["text"] = prose
    for column, values in cells.items():
        if column != prose and values and all(map(_is_time, values)):
            guesses["created_at"] = column
            break
    return guesses


def is_author(column: str) -> bool:
    """Whether a column's name says that it holds an author: such columns are never kept."""
    return _plain(column.rpartition(".")[2]) in FIELDS["author"]


def choose(
    chosen: Mapping[str, str], guesses: Mapping[str, str], columns: Sequence[str], where: str
) -> dict[str, str]:
    """The mapping: what the user named, and the guesses for the rest.

    :param where: the file, for the error.
    :raises InputError: a column does not exist, or none is the text; both list the columns.
    """
    listed = ", ".join(columns)
    for field, column in chosen.items():
        if column not in columns and column.split(".")[0] not in columns:
            raise InputError(
                f"--map {field}={column}: {where} has no column {column!r}",
                f"its columns are {listed}",
            )
    taken = set(chosen.values())
    free = {f: c for f, c in guesses.items() if f not in chosen and c not in taken}
    mapping = {field: {**free, **chosen}[field] for field in FIELDS if field in {**free, **chosen}}
    if "text" not in mapping:
        raise InputError(
            f"{where} has no column that is clearly the text",
            f"name it with --map text=COLUMN; its columns are {listed}",
        )
    return mapping


def _plain(column: str) -> str:
    """``createdAt``, ``Created At`` and ``created-at`` are one name."""
    return _WORD_BREAK.sub("_", _CAMEL.sub("_", column.strip()).casefold()).strip("_")


def _mean_words(values: Sequence[str]) -> float:
    return sum(len(_WORD.findall(value)) for value in values) / len(values) if values else 0.0


def _is_time(value: str) -> bool:
    try:
        parse_time(value, UTC)
    except AmbiguousTimeError:
        return True
    except UnreadableTimeError:
        return False
    return True
