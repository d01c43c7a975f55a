"""Tweepy's client, to whatever address, with its answers judged.

It neither waits nor tries again, and gives X's JSON as it is.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from connectors.polling.connector import Heard
from connectors.polling.errors import DeniedError, RateLimitedError, RefusedError
from connectors.polling.http import (
    FORBIDDEN,
    OK,
    TOO_MANY,
    UNAUTHORIZED,
    Answer,
    ApiAdapter,
    Judge,
    judge,
)
from connectors.twitter.mapping import PLATFORM
from contracts.errors import SettingsError
from contracts.settings import Settings

PUBLIC_URL = "https://api.twitter.com"
"""What Tweepy asks."""
TOKEN = "GROUNDSWELL_TWITTER_BEARER_TOKEN"  # noqa: S105 -- the variable's name
CAPPED = "usage-capped"
BAD_REQUEST = 400
PAYMENT_REQUIRED = 402
NO_LIMIT: Heard = lambda _remaining, _reset: None  # noqa: E731


def bearer_token(settings: Settings) -> str:
    """The app's token. :raises SettingsError: there is none."""
    token = settings.twitter.bearer_token
    if token is None or not token.get_secret_value():
        raise SettingsError(
            f"{TOKEN} is not set", "set it to the bearer token of your app, from console.x.com"
        )
    return token.get_secret_value()


@contextmanager
def open_client(settings: Settings, heard: Heard = NO_LIMIT) -> Iterator[Any]:
    """A ``tweepy.Client`` that answers with dictionaries; its connections end with the block.

    :param heard: told the rate limit of every answer.
    :raises SettingsError: there is no bearer token.
    """
    token = bearer_token(settings)
    from tweepy import Client  # takes a third of a second

    client = Client(token, return_type=dict, wait_on_rate_limit=False)
    client.session.mount(PUBLIC_URL, adapter(settings, judge_by(heard)))
    with client.session:
        yield client


def adapter(settings: Settings, by: Judge) -> ApiAdapter:
    """Sends to the address of the settings what is meant for X's."""
    url, timeout_s = settings.twitter.url, settings.connectors.timeout_seconds
    return ApiAdapter(PLATFORM, PUBLIC_URL, url, timeout_s, by)


def judge_by(heard: Heard) -> Judge:
    """What X's answers mean: rights and refusals in its own words."""

    def judged(answer: Answer) -> None:
        limit = rate_limit(answer.headers)
        if limit is not None:
            heard(*limit)
        if answer.status in OK:
            if not isinstance(answer.json(), dict):
                raise answer.unavailable("no JSON object")
            return
        raise_for(answer)

    return judged


def rate_limit(headers: Mapping[str, str]) -> tuple[int, datetime] | None:
    """How many more requests X takes, and until when that holds; null where it does not say."""
    try:
        remaining = int(headers["x-rate-limit-remaining"])
        return remaining, datetime.fromtimestamp(int(headers["x-rate-limit-reset"]), UTC)
    except (KeyError, ValueError, OverflowError, OSError):
        return None


def raise_for(answer: Answer) -> None:
    """Raise what a failed answer means.

    :raises RateLimitedError, UnavailableError, RefusedError, DeniedError: as it says.
    """
    said = said_by(answer)
    limit = rate_limit(answer.headers)
    match answer.status:
        case status if status == UNAUTHORIZED:
            raise DeniedError(
                f"{PLATFORM} does not take the bearer token ({said})",
                f"set {TOKEN} to the bearer token of your app, from console.x.com",
            )
        case status if status == PAYMENT_REQUIRED:
            raise DeniedError(
                f"{PLATFORM} has no credits left for this app ({said})", "buy some at console.x.com"
            )
        case status if status == FORBIDDEN:
            raise DeniedError(
                f"{PLATFORM} gives this app no right to what is asked ({said})",
                "attach the app to a project whose access level includes it, at console.x.com",
            )
        case status if status == TOO_MANY and CAPPED in said:
            raise RateLimitedError(
                f"{PLATFORM} has sent all posts that it will this month ({said})"
            )
        case status if status == BAD_REQUEST:
            raise RefusedError(
                f"{PLATFORM} refuses a request ({said})", "check GROUNDSWELL_TWITTER_QUERIES"
            )
    judge(answer, limit[1] if limit else None)


def said_by(answer: Answer) -> str:
    """What went wrong, in X's words: it sends problem details (RFC 9457), or a list of errors."""
    try:
        problem = answer.json()
    except Exception:  # noqa: BLE001 -- whatever it is, it is shown as it came
        return answer.said()
    problem = problem if isinstance(problem, dict) else {}
    errors = problem.get("errors")
    messages = [
        str(error["message"])
        for error in (errors if isinstance(errors, list) else [])
        if isinstance(error, dict) and error.get("message")
    ]
    kind = str(problem.get("type") or "").rsplit("/", 1)[-1]
    words = [str(problem[name]) for name in ("title", "detail") if problem.get(name)]
    return ": ".join(filter(None, [str(answer.status), kind, *words, *messages])) or answer.said()
