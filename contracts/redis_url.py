"""Where Redis is: one server's URL, or ``redis+sentinel://`` and the master that Sentinel names."""

import re
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator

SENTINEL = "redis+sentinel"
SCHEMES = ("redis", "rediss", "unix", SENTINEL)
SENTINEL_PORT = 26379


@dataclass(frozen=True, slots=True)
class MasterOfSentinels:
    """A master by its name, and the sentinels that know where it is.

    :param sentinels: (host, port) of each.
    :param username: of the servers, like the password; the sentinels are asked without.
    """

    sentinels: tuple[tuple[str, int], ...]
    name: str
    database: int
    username: str | None
    password: str | None


def master_of_sentinels(url: str) -> MasterOfSentinels | None:
    """What a ``redis+sentinel://[user:password@]host:port,…/MASTER[/DATABASE]`` says.

    Null for a URL of one server.

    :raises ValueError: it is neither; the message says what is wrong.
    """
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in SCHEMES:
        raise ValueError(f"it begins with none of {', '.join(f'{each}://' for each in SCHEMES)}")
    if scheme != SENTINEL:
        return None
    authority, _, path = rest.partition("/")
    credentials, _, hosts = authority.rpartition("@")
    username, _, password = credentials.partition(":")
    name, _, database = path.partition("/")
    if not name:
        raise ValueError("it names no master: redis+sentinel://host:port,host:port/MASTER")
    if "?" in path:
        raise ValueError("options after a ? are not taken with sentinels")
    if database and not database.isdecimal():
        raise ValueError(f"{database!r} is not the number of a database")
    return MasterOfSentinels(
        sentinels=tuple(_sentinel(host) for host in hosts.split(",")),
        name=unquote(name),
        database=int(database or 0),
        username=unquote(username) or None,
        password=unquote(password) or None,
    )


def without_credentials(url: str) -> str:
    """A URL as it may be shown."""
    return re.sub(r"//.*@", "//", url)


def _sentinel(host: str) -> tuple[str, int]:
    try:
        parts = urlsplit(f"//{host}")
        name, port = parts.hostname, parts.port or SENTINEL_PORT
    except ValueError:
        name = None
    if not name:
        raise ValueError(f"{host!r} is not host:port of a sentinel")
    return name, port


def _checked(url: str) -> str:
    master_of_sentinels(url)
    return url


RedisUrl = Annotated[str, AfterValidator(_checked)]
