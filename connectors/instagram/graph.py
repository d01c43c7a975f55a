"""The Graph API, asked with the own account's token.

The token goes as a header. Only the question about the token itself has it in its address
(``debug_token`` takes it in no other way), and a page's ``next`` link has it, which is not kept; so
it is taken out of what httpx logs, and of what is shown of answers.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from connectors.instagram.errors import TOKEN, Fault, RightError, raise_for
from connectors.instagram.fields import Fields, fields, nodes, text
from connectors.instagram.mapping import NAME
from connectors.instagram.usage import Usage
from connectors.polling.connector import Clock, Heard
from connectors.polling.errors import UnavailableError
from connectors.polling.http import Answer, ApiClient, judge
from contracts.errors import SettingsError
from contracts.settings import Settings

HIDDEN = "[token]"
logger = logging.getLogger("httpx")


@dataclass(frozen=True, slots=True)
class Edge:
    """A page of the objects that belong to another.

    :param after: cursor of the next page; null on the last.
    """

    nodes: Sequence[Fields]
    after: str | None

    @classmethod
    def of(cls, value: Any) -> "Edge":
        """Read one; an empty one where there is none.

        That there is a next page is told by its link, not by how full this one is.
        """
        page = fields(value)
        paging = fields(page.get("paging"))
        after = text(fields(paging.get("cursors")), "after")
        return cls(nodes(page.get("data")), after if after and paging.get("next") else None)


class Graph:
    """Makes requests, one at a time."""

    def __init__(self, settings: Settings, heard: Heard, clock: Clock) -> None:
        """:param heard: told how many more requests there are, of every answer that says so."""
        ours = settings.instagram
        self.user_id = ours.user_id.strip()
        self.usage: Usage | None = None
        self._token = token_of(settings)
        self._heard = heard
        self._clock = clock
        self._limit = ours.requests
        self._window = timedelta(seconds=ours.window_seconds)
        self._hide = _Hide(self._token)
        logger.addFilter(self._hide)
        self._client = ApiClient(
            NAME,
            ours.url,
            settings.connectors.timeout_seconds,
            self._judge,
            {"Authorization": f"Bearer {self._token}"},
        )

    def close(self) -> None:
        """Let go of its connections."""
        self._client.close()
        logger.removeFilter(self._hide)

    def get(self, path: str, params: Mapping[str, Any], needs: Sequence[str]) -> Fields:
        """The object at a path.

        :param needs: rights that this takes, to be named where they are missing.
        :raises RateLimitedError, UnavailableError, RefusedError, DeniedError: as errors.py says.
        """
        try:
            answer = self._client.get(path, params)
        except RightError as error:
            raise error.where(needs) from None
        if answer == []:  # how PHP writes an object without fields
            return {}
        if not isinstance(answer, dict):
            raise _unavailable("no object")
        return answer

    def edge(self, path: str, params: Mapping[str, Any], needs: Sequence[str]) -> Edge:
        """A page at a path. :raises UnavailableError: the answer has no list; else as ``get``."""
        answer = self.get(path, params, needs)
        if not isinstance(answer.get("data"), list):
            raise _unavailable("no list")
        return Edge.of(answer)

    def token(self) -> Fields:
        """What the API says of the token. :raises RefusedError: it does not tell this account."""
        return fields(self.get("debug_token", {"input_token": self._token}, ()).get("data"))

    def _judge(self, answer: Answer) -> None:
        hidden = replace(answer, body=self._hide.of(answer.body.decode(errors="replace")).encode())
        now = self._clock()
        until = None
        if usage := Usage.of(answer.headers):
            self.usage = usage
            until = now + usage.regain if usage.regain else None
            if left := usage.left(self._limit, self._window, now):
                self._heard(*left)
        if fault := Fault.of(hidden):
            raise_for(fault, hidden, until)
        judge(hidden, until)


def token_of(settings: Settings) -> str:
    """The access token. :raises SettingsError: there is none."""
    token = settings.instagram.access_token
    found = token.get_secret_value().strip() if token else ""
    if not found:
        raise SettingsError(f"{TOKEN} is not set")
    if not found.isascii() or not found.isprintable() or " " in found:
        raise SettingsError(f"{TOKEN} has characters that no token has")
    return found


class _Hide(logging.Filter):
    """Takes the token out of texts."""

    def __init__(self, token: str) -> None:
        super().__init__()
        self._forms = {token, quote(token, safe="")}

    def of(self, shown: str) -> str:
        for form in self._forms:
            shown = shown.replace(form, HIDDEN)
        return shown

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = self.of(record.getMessage()), ()
        return True


def _unavailable(why: str) -> UnavailableError:
    return UnavailableError(f"{NAME} answers with {why}", "it is asked again, ever later")
