from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.polling.connector import Connector
from connectors.twitter import connect
from tests.support.platforms.twitter import TwitterServer
from tests.support.platforms.twitter_driver import Driver, settings
from tests.support.polling import SetClock

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

Connected = Callable[..., Connector]
Driven = Callable[..., Driver]


@pytest.fixture
def clock() -> SetClock:
    return SetClock(NOW)


@pytest.fixture
def server(clock: SetClock) -> Iterator[TwitterServer]:
    with TwitterServer(clock) as server:
        yield server


@pytest.fixture
def heard() -> list[tuple[float, datetime]]:
    return []


@pytest.fixture
def connected(
    server: TwitterServer, clock: SetClock, heard: list[tuple[float, datetime]], tmp_path: Path
) -> Iterator[Connected]:
    with ExitStack() as closing:

        def build(*queries: dict[str, Any], **twitter: Any) -> Connector:
            connector = connect(
                settings(server.url, tmp_path / "author.key", *queries, **twitter),
                lambda remaining, reset: heard.append((remaining, reset)),
                clock,
            )
            closing.callback(connector.close)
            return connector

        yield build


@pytest.fixture
def driven(connected: Connected, clock: SetClock) -> Driven:
    def build(*queries: dict[str, Any], **twitter: Any) -> Driver:
        return Driver(connected(*queries, **twitter).tasks[0], clock)

    return build
