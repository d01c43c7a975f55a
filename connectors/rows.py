"""Rows of a byte stream with their positions: lines, or quoted records that span several.

A row is bounded: a line that never ends is cut, a quote that never closes gives its first line up
and reading goes on with the next, so that one bad row costs one row.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import BinaryIO

ROW_MAX_BYTES = 1 << 20
QUOTE = b'"'
LINE_END = b"\n"


@dataclass(frozen=True, slots=True)
class Row:
    """A row's bytes, less its line end, from ``start`` up to ``end`` of the stream.

    ``problem`` says why it is no whole row.
    """

    start: int
    end: int
    content: bytes
    problem: str | None = None


class _Quotes(Enum):
    CLOSED = "closed"
    OPEN = "a quote never closes"
    BROKEN = "a quoted cell goes on after its closing quote"


def lines(stream: BinaryIO, position: int) -> Iterator[Row]:
    """Every line from the stream's current position on, which is ``position``."""
    for line in _whole_lines(stream, position):
        yield _joined([line], line.problem)


def quoted_rows(stream: BinaryIO, position: int, delimiter: bytes) -> Iterator[Row]:
    """Every record, where a quoted cell may hold line breaks (RFC 4180)."""
    whole_lines = _whole_lines(stream, position)
    returned: deque[Row] = deque()

    def next_line() -> Row | None:
        return returned.popleft() if returned else next(whole_lines, None)

    while first := next_line():
        if first.problem:
            yield _joined([first], first.problem)
            continue
        taken, state = [first], _scan(first.content, _Quotes.CLOSED, delimiter)
        while state is _Quotes.OPEN and taken[-1].end - first.start < ROW_MAX_BYTES:
            following = next_line()
            if following is None:
                break
            taken.append(following)
            state = _scan(following.content, state, delimiter)
        if state is _Quotes.CLOSED:
            yield _joined(taken, next((line.problem for line in taken if line.problem), None))
        else:
            # What came after the first line is looked at again, each line for itself.
            returned.extendleft(reversed(taken[1:]))
            yield _joined([first], state.value)


def _whole_lines(stream: BinaryIO, position: int) -> Iterator[Row]:
    """Lines with their ends."""
    while line := stream.readline(ROW_MAX_BYTES):
        start, problem = position, None
        position += len(line)
        if len(line) == ROW_MAX_BYTES and not line.endswith(LINE_END):
            rest = _skip_line(stream)
            position += rest
            problem = f"a line of {position - start:,} bytes, cut to {len(line):,}"
        yield Row(start, position, line, problem)


def _skip_line(stream: BinaryIO) -> int:
    """Read on to the end of the line; the number of bytes that went by."""
    skipped = 0
    while chunk := stream.readline(ROW_MAX_BYTES):
        skipped += len(chunk)
        if chunk.endswith(LINE_END):
            break
    return skipped


def _joined(taken: list[Row], problem: str | None) -> Row:
    content = b"".join(line.content for line in taken)
    content = content.removesuffix(LINE_END).removesuffix(b"\r")
    return Row(taken[0].start, taken[-1].end, content, problem)


def _scan(line: bytes, state: _Quotes, delimiter: bytes) -> _Quotes:
    """Where the quotes stand after a line, as ``csv.reader(strict=True)`` sees it."""
    if QUOTE not in line:
        return state
    at, end, is_quoted = 0, len(line.rstrip(b"\r\n")), state is _Quotes.OPEN
    while True:
        if is_quoted:
            at = line.find(QUOTE, at)
            if at < 0:
                return _Quotes.OPEN
            if line.startswith(QUOTE, at + 1):
                at += 2
                continue
            at += 1
            if at >= end:
                return _Quotes.CLOSED
            if not line.startswith(delimiter, at):
                return _Quotes.BROKEN
            at += 1
        if line.startswith(QUOTE, at):
            is_quoted = True
            at += 1
            continue
        is_quoted = False
        at = line.find(delimiter, at)
        if at < 0:
            return _Quotes.CLOSED
        at += 1
