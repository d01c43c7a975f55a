"""PRAW, with its answers judged; one call is one request, and a token where there is none yet.

PRAW waits for rate limits and tries again by itself. It is kept from both: what fails is raised
below it, and it never sees the headers that it would wait for.
"""

import re
from collections.abc import MutableMapping
from datetime import timedelta
from typing import Any, cast

from connectors.polling.connector import Clock, Heard
from connectors.polling.errors import DeniedError, RefusedError, UnavailableError
from connectors.polling.http import (
    FORBIDDEN,
    OK,
    UNAUTHORIZED,
    Answer,
    ApiAdapter,
    judge,
)
from contracts.errors import GroundswellError, SettingsError
from contracts.settings import Settings

NAME = "reddit"
PREFIX = "GROUNDSWELL_REDDIT_"
USER_AGENT = re.compile(r"[\w .-]+:[\w .-]+:\S+ \(by /?u/[\w-]{3,20}\)")
NOT_FOUND = 404
REDIRECTS = range(300, 400)
LIMIT_HEADERS = ("x-ratelimit-remaining", "x-ratelimit-reset", "x-ratelimit-used")


class TokenError(Exception):
    """The API does not take the token."""


class Client:
    """Reddit as the settings say who asks."""

    def __init__(self, settings: Settings, heard: Heard, clock: Clock) -> None:
        """Asks nothing yet. :raises SettingsError: all that is missing, by its variable."""
        self._settings = settings
        self._heard = heard
        self._clock = clock
        self._reddit: Any = None
        self._session: Any = None
        self._was_refused = False
        _require(settings)

    def get(self, path: str, what: str, **params: Any) -> Any:
        """What is at a path of the API, as PRAW's objects.

        :param what: what is asked for, for errors.
        :raises RateLimitedError, UnavailableError, RefusedError, DeniedError: as it answers.
        """
        from praw.exceptions import PRAWException
        from prawcore.exceptions import OAuthException, PrawcoreException, RequestException

        given = {name: value for name, value in params.items() if value is not None}
        try:
            found = self._praw().get(path, params=given)
        except RequestException as error:
            raise self._meant(error.original_exception, what) from None
        except OAuthException as error:
            raise DeniedError(
                f"{NAME} gives no token ({error})",
                f"check {PREFIX}USERNAME and {PREFIX}PASSWORD, and that it is a script application",
            ) from None
        except (PrawcoreException, PRAWException) as error:
            raise UnavailableError(
                f"{NAME} answers {what} with nothing of use ({type(error).__name__})",
                "it is asked again, ever later",
            ) from None
        self._was_refused = False
        return found

    def close(self) -> None:
        """Let go of connections and token."""
        if self._session is not None:
            self._session.close()
        self._reddit = self._session = None

    def _praw(self) -> Any:
        if self._reddit is None:
            import requests
            from praw import Reddit  # takes a third of a second

            ours = self._settings.reddit
            secret, password = (
                each.get_secret_value() if each else None
                for each in (ours.client_secret, ours.password if ours.username else None)
            )
            self._session = requests.Session()
            for url, by in ((ours.url, self._judge_token), (ours.oauth_url, self._judge)):
                timeout_s = self._settings.connectors.timeout_seconds
                self._session.mount(url, ApiAdapter(NAME, url, url, timeout_s, by))
            self._reddit = Reddit(
                client_id=ours.client_id,
                client_secret=secret,
                username=ours.username or None,
                password=password,
                user_agent=ours.user_agent,
                reddit_url=ours.url,
                oauth_url=ours.oauth_url,
                check_for_updates=False,
                requestor_kwargs={"session": self._session},
            )
        return self._reddit

    def _meant(self, error: BaseException, what: str) -> GroundswellError:
        """The error that is meant by what was raised below PRAW."""
        if isinstance(error, TokenError):
            self.close()
            if self._was_refused:
                return DeniedError(
                    f"{NAME} takes none of the tokens that it gives", "check the application"
                )
            self._was_refused = True
            return UnavailableError(f"{NAME} no longer takes the token", "another is asked for")
        if isinstance(error, RefusedError):
            return RefusedError(f"{NAME} does not show {what} ({error.what})", error.remedy)
        if isinstance(error, GroundswellError):
            return error
        return UnavailableError(
            f"{NAME} is not reached ({type(error).__name__})", "it is asked again, ever later"
        )

    def _judge_token(self, answer: Answer) -> None:
        if answer.status == UNAUTHORIZED:
            raise DeniedError(
                f"{NAME} does not know the application ({answer.said()})",
                f"check {PREFIX}CLIENT_ID and {PREFIX}CLIENT_SECRET",
            )
        judge(answer)

    def _judge(self, answer: Answer) -> None:
        reset = None
        headers = cast(MutableMapping[str, str], answer.headers)
        remaining, seconds, _ = (headers.pop(name, "") for name in LIMIT_HEADERS)
        try:
            reset = self._clock() + timedelta(seconds=float(seconds))
            self._heard(float(remaining), reset)
        except ValueError:
            pass  # not every answer says
        if answer.status == UNAUTHORIZED:
            raise TokenError
        if answer.status in REDIRECTS:
            raise RefusedError("there is none of that name", "check the name")
        if answer.status in {FORBIDDEN, NOT_FOUND} and b'"reason"' in answer.body:
            raise RefusedError(answer.said(), "it is private, banned or in quarantine")
        judge(answer, reset)
        if answer.status in OK:
            answer.json()


def _require(settings: Settings) -> None:
    ours = settings.reddit
    wanted = {
        "CLIENT_ID": ours.client_id,
        "CLIENT_SECRET": ours.client_secret,
        "USER_AGENT": ours.user_agent,
        "SUBREDDITS": ours.subreddits,
    }
    if ours.username:
        wanted["PASSWORD"] = ours.password
    missing = [PREFIX + name for name, value in wanted.items() if not value]
    if missing:
        raise SettingsError(
            f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not set",
            "docs/connectors.md says where to get them",
        )
    if not USER_AGENT.fullmatch(ours.user_agent):
        raise SettingsError(
            f"{PREFIX}USER_AGENT={ours.user_agent!r} is not what Reddit asks for",
            "write it as platform:app id:version (by /u/name)",
        )
