"""Posts from a file: JSON lines, CSV or TSV, packed or not, or standard input.

Nothing is dropped: a row that cannot be read goes to the raw topic as it is, a date that cannot be
read goes along as it was written, and the pipeline keeps both as dead letters with a reason.
"""

from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from hashlib import sha256
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO, Literal

from connectors.checkpoint import (
    Checkpoint,
    fingerprint,
    load_checkpoint,
    resume_position,
    store_checkpoint,
)
from connectors.content import STANDARD_INPUT, head, open_content, readable
from connectors.mapping import choose
from connectors.normalise import Normaliser, value_at
from connectors.rows import Row
from connectors.source import Position, Post, Unreadable
from connectors.table import Format, Table, UnreadableRowError, format_of, sniff, table_of
from connectors.timestamps import AmbiguousTimeError, DateOrder, UnreadableTimeError, parse_time
from contracts.errors import InputError
from contracts.messages import Message

SAMPLE_ROWS = 20
SAMPLE_ROWS_OF_STREAM = 5
"""Fewer from a pipe: somebody may be typing."""
DIGEST_CHARS = 16
Times = Literal["original", "now"]


@dataclass(frozen=True, kw_only=True)
class FileOptions:
    """How a file is read.

    :param format: null: by the file's name.
    :param mapping: field -> column, ahead of what is guessed.
    :param times: the posts' own, or the moment of sending.
    :param zone: what times without an offset are in.
    :param date_order: what comes first in 01/03/2024; null: such dates are refused.
    :param platform: where the posts were posted, unless a column says.
    :param has_header: null: found by looking.
    :param has_quotes: null: in CSV yes, in TSV no.
    :param state_file: where the position is kept.
    """

    author_key: bytes
    format: Format | None = None
    mapping: dict[str, str] = field(default_factory=dict)
    times: Times = "original"
    zone: tzinfo = UTC
    date_order: DateOrder | None = None
    platform: str = "file"
    has_header: bool | None = None
    has_quotes: bool | None = None
    state_file: Path | None = None


class FileSource:
    """The rows of one file as posts; positions are bytes of the unpacked content."""

    def __init__(self, path: str, options: FileOptions) -> None:
        """Look at the first rows and settle the mapping.

        :param path: a file, or ``-`` for standard input.
        :raises InputError: the file, its format, a column or the state cannot be used.
        """
        self.path = path
        self.options = options
        self.notices: list[str] = []
        self._blank_rows = 0
        with open_content(path) as (content, skipped):
            self._open_table(content, skipped)
        self.mapping = choose(options.mapping, self.table.guesses, self.table.columns, path)
        self._refuse_ambiguous_times()
        self.start: int = self._first_row
        self._fingerprint = None if path == STANDARD_INPUT else fingerprint(Path(path))
        if options.state_file:
            self._resume(options.state_file)
        self._normaliser = Normaliser(
            mapping=self.mapping,
            columns=self.table.columns,
            platform=options.platform,
            author_key=options.author_key,
            read_time=self._read_time if self.has_times else None,
        )

    @property
    def name(self) -> str:
        """The file's path."""
        return self.path

    @property
    def has_times(self) -> bool:
        """Whether the posts keep times of their own."""
        return "created_at" in self.mapping and self.options.times == "original"

    def __iter__(self) -> Iterator[Post]:
        """Every row from :attr:`start` on, in the file's order."""
        with closing(self._rows()) as rows:
            for row in rows:
                if not row.content.strip() and row.problem is None:
                    self._blank_rows += 1
                else:
                    yield Post(self._read(row), row.end)

    def acknowledge(self, position: Position) -> None:
        """Keep the position, where a state file was named."""
        if self.options.state_file and self._fingerprint:
            checkpoint = Checkpoint(self.path, int(position), self._fingerprint)
            store_checkpoint(self.options.state_file, checkpoint)

    def counts(self) -> dict[str, int]:
        """Blank rows, which are no posts."""
        return {"blank_rows": self._blank_rows} if self._blank_rows else {}

    def sample_cells(self) -> list[dict[str, object]]:
        """The cells of the first rows that can be read."""
        found = []
        for row in self.sample:
            try:
                found.append(self.table.cells(row))
            except UnreadableRowError:
                continue
        return found

    def _open_table(self, content: BinaryIO, position: int) -> None:
        start = head(content)
        wanted = format_of(self.path, self.options.format)
        dialect = sniff(start, wanted, self.options.has_quotes, self.path)
        rows = dialect.rows(content, position)
        count = SAMPLE_ROWS_OF_STREAM if self.path == STANDARD_INPUT else SAMPLE_ROWS
        taken = list(islice((row for row in rows if row.content.strip()), count + 1))
        if not taken:
            raise InputError(f"{self.path} holds nothing but blank lines", "name another file")
        self.table: Table = table_of(
            dialect,
            taken,
            has_header=self.options.has_header,
            named=self.options.mapping.values(),
        )
        self.sample: list[Row] = taken[1:] if self.table.has_header else taken
        self._first_row = taken[0].end if self.table.has_header else position
        self._rest = rows
        # Standard input has no name; its first row tells: the same input twice gets the same ids.
        first = self.sample[0].content if self.sample else b""
        told_by = first if self.path == STANDARD_INPUT else Path(self.path).name.encode()
        self._digest = sha256(told_by).hexdigest()[:DIGEST_CHARS]

    def _rows(self) -> Generator[Row, None, None]:
        if self.path == STANDARD_INPUT:
            with readable(self.path):
                yield from chain(self.sample, self._rest)
            return
        with open_content(self.path) as (content, _):
            content.seek(self.start)
            yield from self.table.dialect.rows(content, self.start)

    def _read(self, row: Row) -> Message | Unreadable:
        key = f"file:{self._digest}-{row.start}"
        try:
            return self._normaliser(self.table.cells(row), key)
        except UnreadableRowError as error:
            return Unreadable(key, row.content, str(error))

    def _read_time(self, value: str | float) -> datetime:
        return parse_time(value, self.options.zone, self.options.date_order)

    def _refuse_ambiguous_times(self) -> None:
        column = self.mapping.get("created_at")
        if column is None or not self.has_times:
            return
        for cells in self.sample_cells():
            try:
                self._read_time(str(value_at(cells, column) or ""))
            except AmbiguousTimeError as error:
                raise InputError(
                    f"column {column} of {self.path} is ambiguous: {error}",
                    "say --day-first or --month-first",
                ) from None
            except UnreadableTimeError:
                continue

    def _resume(self, state_file: Path) -> None:
        if self.path == STANDARD_INPUT:
            raise InputError(
                "standard input has no position to go on from", "leave --state out, or name a file"
            )
        checkpoint = load_checkpoint(state_file)
        if checkpoint is None:
            return
        position, changed = resume_position(checkpoint, Path(self.path), state_file)
        self.start = max(self._first_row, position)
        self.notices.append(f"going on at byte {self.start:,} of {self.path}")
        if changed:
            self.notices.append(f"warning: {changed} since then")
