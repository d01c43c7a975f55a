"""The synthetic generator and a file as connectors that the ingest flow can run.

They ask nobody; so that where they go on is committed with what they bring, they take turns like
the others. A page is a second's worth of messages, or some rows of the file.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

import msgspec

from connectors.authors import load_key
from connectors.file import FileOptions, FileSource
from connectors.polling.connector import Clock, Connector, Heard
from connectors.polling.task import Page
from connectors.source import Post
from connectors.synthetic import SyntheticOptions, SyntheticSource
from contracts.errors import SettingsError
from contracts.settings import Settings

SECOND = timedelta(seconds=1)
ROWS = 500
PAGES_A_SECOND = 100
FOLLOW_S = 5.0
"""Between two looks whether a file has grown."""


class Place(msgspec.Struct, frozen=True):
    """Where it goes on: the number of the next message, or a byte of the unpacked content."""

    position: int = 0


class SyntheticTask:
    """Messages at an even rate."""

    name = "messages"
    state_type = Place
    interval_s = 1.0

    def __init__(self, source: SyntheticSource, a_second: int, count: int) -> None:
        self._source = source
        self._a_second = a_second
        self._count = count

    def start(self) -> Place:
        """The first message."""
        return Place()

    def ask(self, state: Place, now: datetime) -> Page[Place]:
        """A second's worth."""
        del now
        end = state.position + self._a_second
        if self._count:
            end = min(end, self._count)
        posts = [self._source.message(number) for number in range(state.position, end)]
        return Page(Place(end), posts=posts)


class FileTask:
    """The rows of a file, and those that are added to it later."""

    name = "rows"
    state_type = Place
    interval_s = FOLLOW_S

    def __init__(self, path: str, options: FileOptions) -> None:
        self._path = path
        self._options = options
        self._rows: tuple[int, Iterator[Post]] | None = None

    def start(self) -> Place:
        """The first row."""
        return Place()

    def ask(self, state: Place, now: datetime) -> Page[Place]:
        """Some rows. :raises InputError: the file cannot be read."""
        del now
        if self._rows is None or self._rows[0] != state.position:
            source = FileSource(self._path, self._options)
            source.start = max(source.start, state.position)
            self._rows = source.start, iter(source)
        found = list(islice(self._rows[1], ROWS))
        position = int(found[-1].position) if found else state.position
        is_last = len(found) < ROWS
        self._rows = None if is_last else (position, self._rows[1])
        return Page(Place(position), posts=[post.content for post in found], is_last=is_last)


def connect_synthetic(settings: Settings, heard: Heard, clock: Clock) -> Connector:
    """See :data:`connectors.polling.connector.Connect`."""
    del heard, clock
    ours = settings.synthetic
    source = SyntheticSource(SyntheticOptions(count=ours.count, seed=ours.seed, rate=ours.rate))
    return Connector(
        name="synthetic",
        tasks=[SyntheticTask(source, max(1, round(ours.rate)), ours.count)],
        limit=PAGES_A_SECOND,
        window=SECOND,
        quota=dict,
        close=lambda: None,
    )


def connect_file(settings: Settings, heard: Heard, clock: Clock) -> Connector:
    """See :data:`connectors.polling.connector.Connect`."""
    del heard, clock
    path = settings.file.path
    if not path or not Path(path).is_file():
        raise SettingsError(f"file: there is no file {path!r}", "set GROUNDSWELL_FILE_PATH")
    options = FileOptions(author_key=load_key(settings.connectors.author_key))
    return Connector(
        name="file",
        tasks=[FileTask(path, options)],
        limit=PAGES_A_SECOND,
        window=SECOND,
        quota=dict,
        close=lambda: None,
    )
