"""The bytes of a file or of standard input: unpacked if they are gzip, less a byte order mark."""

import gzip
import sys
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, cast

from contracts.errors import InputError

STANDARD_INPUT = "-"
HEAD_BYTES = 64 * 1024
GZIP_MAGIC = b"\x1f\x8b"
UTF8_BOM = b"\xef\xbb\xbf"
UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")


@contextmanager
def readable(where: str) -> Iterator[None]:
    """Translate what reading can raise. :raises InputError: the file cannot be read (on)."""
    try:
        yield
    except FileNotFoundError:
        raise InputError(f"{where} does not exist", "check the path") from None
    except IsADirectoryError:
        raise InputError(f"{where} is a folder", "name one file in it") from None
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise InputError(
            f"{where} is damaged: its gzip data cannot be unpacked ({error})",
            "gzip -t tells where; what came before was read",
        ) from None
    except OSError as error:
        raise InputError(f"{where} cannot be read ({error.strerror})", "check the file") from None


@contextmanager
def open_content(path: str) -> Iterator[tuple[BinaryIO, int]]:
    """A file's content, and how many bytes of mark were skipped at its start; closed at the end.

    Standard input's (``-``) stays open.

    :raises InputError: it does not exist, is a folder, is empty, or is not UTF-8 from the start.
    """
    with readable(path), ExitStack() as closing:
        content: BinaryIO = sys.stdin.buffer
        if path != STANDARD_INPUT:
            content = closing.enter_context(Path(path).open("rb", buffering=HEAD_BYTES))
        if head(content).startswith(GZIP_MAGIC):
            content = cast(BinaryIO, gzip.GzipFile(fileobj=content))
        start = head(content)
        if not start:
            raise InputError(f"{path} is empty", "name a file with posts")
        if start.startswith(UTF16_BOMS):
            raise InputError(
                f"{path} is UTF-16", "convert it: iconv -f UTF-16 -t UTF-8 FILE > NEW_FILE"
            )
        yield content, len(content.read(len(UTF8_BOM))) if start.startswith(UTF8_BOM) else 0


def head(content: BinaryIO) -> bytes:
    """What can be seen of the content without reading it."""
    return cast(BufferedReader, content).peek(HEAD_BYTES)
