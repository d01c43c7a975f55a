"""Errors a user or an operator can cause: each says what is wrong, where, and the remedy.

GroundswellError
├── SettingsError      a setting is missing, wrong or unknown
├── InputError         a file, a text or an argument cannot be used
├── WireError          bytes are not a message of the contract
├── ServerError        Kafka, Redis, Elasticsearch or the history store is unreachable or refuses
└── FetchError         a download failed or its checksum is wrong
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

USER_ERROR = 2


class GroundswellError(Exception):
    """Base of all errors with a remedy.

    :param what: what is wrong and where, one clause.
    :param remedy: what the reader can do about it, one clause.
    """

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy

    def __str__(self) -> str:
        """What is wrong; what to do about it."""
        return f"{self.what}; {self.remedy}" if self.remedy else self.what


class SettingsError(GroundswellError):
    """A setting is missing, wrong or unknown."""


class InputError(GroundswellError):
    """A file, a text or an argument cannot be used."""


class WireError(GroundswellError):
    """Bytes are not a message of the contract."""


class ServerError(GroundswellError):
    """A server or store is unreachable or refuses."""


class FetchError(GroundswellError):
    """A download failed or its checksum is wrong."""


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Turn a :class:`GroundswellError` into one line on standard error and an exit code.

    75 (``EX_TEMPFAIL``) where trying again can help, a server that is away; else 2.
    """
    try:
        yield
    except GroundswellError as error:
        print(f"error: {error}", file=sys.stderr)
        may_pass = isinstance(error, ServerError | FetchError)
        raise SystemExit(os.EX_TEMPFAIL if may_pass else USER_ERROR) from None
