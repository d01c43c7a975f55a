"""Lines of a byte stream as texts, as they arrive and in bounded memory."""

from collections.abc import Iterator
from typing import Protocol

from contracts.errors import InputError
from contracts.messages import TEXT_MAX_CHARS

CHUNK_BYTES = 1 << 16
LINE_MAX_BYTES = 4 * TEXT_MAX_CHARS


class Readable(Protocol):
    """What standard input's buffer is: a read that returns what has arrived."""

    def read1(self, size: int, /) -> bytes:
        """At least one byte, at most ``size``; none at the end."""


def read_texts(stream: Readable) -> Iterator[list[str]]:
    """The lines that each read brought, one text a line; bytes that are not UTF-8 are replaced.

    A reader that waits for its next line has had every line before it.

    :raises InputError: a line is longer than any message can be.
    """
    rest = b""
    count = 0
    while chunk := stream.read1(CHUNK_BYTES):
        *lines, rest = (rest + chunk).split(b"\n")
        if lines:
            yield [_decode(line, count + number) for number, line in enumerate(lines, start=1)]
            count += len(lines)
        if len(rest) > LINE_MAX_BYTES:
            _decode(rest, count + 1)
    if rest:
        yield [_decode(rest, count + 1)]


def _decode(line: bytes, number: int) -> str:
    text = line.removesuffix(b"\r").decode("utf-8", "replace")
    if len(line) > LINE_MAX_BYTES or len(text) > TEXT_MAX_CHARS:
        raise InputError(
            f"line {number} is longer than {TEXT_MAX_CHARS:,} characters", "split it into posts"
        )
    return text
