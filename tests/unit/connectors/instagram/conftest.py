from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.instagram import connect
from connectors.polling.connector import Connector
from tests.support.platforms.instagram import InstagramServer
from tests.support.platforms.instagram_driver import Driver, settings
from tests.support.polling import SetClock

Connected = Callable[..., Connector]
Driven = Callable[..., Driver]


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def server(clock: SetClock) -> Iterator[InstagramServer]:
    with InstagramServer(clock) as server:
        yield server


@pytest.fixture
def heard() -> list[tuple[float, datetime]]:
    return []


@pytest.fixture
def connected(
    server: InstagramServer, clock: SetClock, heard: list[tuple[float, datetime]], tmp_path: Path
) -> Iterator[Connected]:
    with ExitStack() as closing:

        def build(**instagram: Any) -> Connector:
            connector = connect(
                settings(server.url, tmp_path / "author.key", **instagram),
                lambda remaining, reset: heard.append((remaining, reset)),
                clock,
            )
            closing.callback(connector.close)
            return connector

        yield build


@pytest.fixture
def driven(connected: Connected, clock: SetClock) -> Driven:
    def build(task: str, **instagram: Any) -> Driver:
        tasks = {each.name: each for each in connected(**instagram).tasks}
        return Driver(tasks[task], clock)

    return build
