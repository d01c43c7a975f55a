"""A file seen as a table: its format, delimiter, header and columns, found by looking at it."""

import csv
import io
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import PurePath
from typing import Any, BinaryIO, Literal

from connectors.mapping import guess_from_content, guess_from_header
from connectors.rows import Row, lines, quoted_rows
from contracts import wire
from contracts.errors import InputError, WireError

Format = Literal["csv", "tsv", "jsonl"]
FORMAT_BY_SUFFIX: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".txt": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
}
DELIMITERS = (",", ";", "\t", "|")
SNIFFED_ROWS = 20
LONGEST_COLUMN_NAME = 60

Cells = dict[str, Any]
"""Column -> value of one row."""


class UnreadableRowError(ValueError):
    """A row is no row of its table; the text says why."""


@dataclass(frozen=True)
class Dialect:
    """How bytes become rows and rows become cells."""

    format: Format
    delimiter: str = ","
    has_quotes: bool = False

    def rows(self, content: BinaryIO, position: int) -> Iterator[Row]:
        """The rows of a content from its current position on."""
        if self.format != "jsonl" and self.has_quotes:
            return quoted_rows(content, position, self.delimiter.encode())
        return lines(content, position)

    def split(self, row: Row) -> list[str]:
        """The cells of a delimited row. :raises UnreadableRowError: it cannot be split."""
        text = _text(row)
        if not self.has_quotes:
            return text.split(self.delimiter)
        try:
            return next(csv.reader([text], delimiter=self.delimiter, strict=True), [])
        except csv.Error as error:
            raise UnreadableRowError(str(error)) from None

    def read_object(self, row: Row) -> Cells:
        """The object of a JSON line. :raises UnreadableRowError: it is none."""
        try:
            return wire.decode_object(_text(row))
        except WireError as error:
            raise UnreadableRowError(error.what) from None


@dataclass(frozen=True)
class Table:
    """What the first rows say about a file; ``guesses`` is field -> column."""

    dialect: Dialect
    has_header: bool
    columns: list[str]
    guesses: dict[str, str]

    def cells(self, row: Row) -> Cells:
        """A row as column -> value; cells that a short row lacks are left out.

        :raises UnreadableRowError: it is no row of this table.
        """
        if self.dialect.format == "jsonl":
            return self.dialect.read_object(row)
        values = self.dialect.split(row)
        if len(values) > len(self.columns):
            raise UnreadableRowError(f"{len(values)} cells in {len(self.columns)} columns")
        return dict(zip(self.columns, values, strict=False))


def format_of(path: str, wanted: Format | None) -> Format:
    """The format, by the file's name unless it is given. :raises InputError: unknown."""
    name = PurePath(path)
    suffix = name.with_suffix("").suffix if name.suffix == ".gz" else name.suffix
    found = wanted or FORMAT_BY_SUFFIX.get(suffix.lower())
    if found is None:
        raise InputError(
            f"the format of {path} is not clear from its name", "say --format csv, tsv or jsonl"
        )
    return found


def sniff(start: bytes, format_: Format, has_quotes: bool | None, where: str) -> Dialect:
    """The dialect of a content that starts so.

    Tab-separated values have no quotes unless it is said: a text may then begin with one.

    :raises InputError: it is one JSON array and not a line an object.
    """
    if format_ == "jsonl":
        if start.lstrip()[:1] == b"[":
            raise InputError(
                f"{where} is a JSON array, not a line an object",
                "convert it: jq -c '.[]' FILE > NEW_FILE.jsonl",
            )
        return Dialect("jsonl")
    if format_ == "tsv":
        return Dialect("tsv", "\t", has_quotes=has_quotes is True)
    candidates = [Dialect("csv", each, has_quotes=has_quotes is not False) for each in DELIMITERS]
    return max(candidates, key=lambda dialect: _likelihood(dialect, start))


def table_of(
    dialect: Dialect,
    sample: Sequence[Row],
    *,
    has_header: bool | None,
    named: Collection[str],
) -> Table:
    """What the first rows, the header among them, say.

    :param has_header: null: the first row is one where it holds names that are known.
    :param named: columns that the user named.
    """
    if dialect.format == "jsonl":
        objects = list(_objects(dialect, sample))
        columns = list(dict.fromkeys(key for cells in objects for key in cells))
        guessed = [name for name in columns if not _is_nested(name, objects)]
        return Table(dialect, has_header=False, columns=columns, guesses=guess_from_header(guessed))
    rows = list(_split(dialect, sample))
    first = rows[0] if rows else []
    if has_header is None:
        has_header = _looks_like_header(first, named)
    if has_header:
        columns = _unique(first)
        return Table(dialect, has_header=True, columns=columns, guesses=guess_from_header(columns))
    widths = Counter(map(len, rows)).most_common(1)
    columns = _unique([""] * (widths[0][0] if widths else 0))
    return Table(
        dialect, has_header=False, columns=columns, guesses=guess_from_content(columns, rows)
    )


def _text(row: Row) -> str:
    if row.problem:
        raise UnreadableRowError(row.problem)
    try:
        return row.content.decode()
    except UnicodeDecodeError as error:
        raise UnreadableRowError(f"not UTF-8 at byte {error.start} of the row") from None


def _split(dialect: Dialect, rows: Sequence[Row]) -> Iterator[list[str]]:
    for row in rows:
        try:
            yield dialect.split(row)
        except UnreadableRowError:
            continue


def _objects(dialect: Dialect, rows: Sequence[Row]) -> Iterator[Cells]:
    for row in rows:
        try:
            yield dialect.read_object(row)
        except UnreadableRowError:
            continue


def _is_nested(name: str, objects: Sequence[Cells]) -> bool:
    values = [cells[name] for cells in objects if cells.get(name) is not None]
    return bool(values) and all(isinstance(value, dict | list) for value in values)


def _likelihood(dialect: Dialect, start: bytes) -> tuple[int, float]:
    """Known names in the first row, then how many rows have as many cells as it has."""
    complete = start[: start.rfind(b"\n") + 1] or start
    rows = list(islice(dialect.rows(io.BytesIO(complete), 0), SNIFFED_ROWS))
    cells = list(_split(dialect, [row for row in rows if row.content]))
    width = len(cells[0]) if cells else 0
    if width <= 1:
        return (len(guess_from_header(cells[0])) if cells else 0, 0.0)
    alike = sum(len(row) == width for row in cells)
    return len(guess_from_header(cells[0])), alike / len(rows)


def _looks_like_header(cells: Sequence[str], named: Collection[str]) -> bool:
    names = [cell.strip() for cell in cells]
    short = all(len(name) <= LONGEST_COLUMN_NAME for name in names)
    unique = len(set(names)) == len(names)
    known = bool(guess_from_header(names)) or any(name in named for name in names)
    return short and unique and known


def _unique(names: Sequence[str]) -> list[str]:
    """Column names: ``col_N`` where there is none, numbered where there are several."""
    columns: list[str] = []
    for number, name in enumerate(names, start=1):
        column = name.strip() or f"col_{number}"
        columns.append(column if column not in columns else f"{column}_{number}")
    return columns
