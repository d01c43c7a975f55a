"""What connectors share: the port they implement and the loop that takes posts to a sink.

A source yields posts, each with the position to go on from after it. The loop paces them, hands
them to a sink (:class:`connectors.publisher.Publisher`, or a printer) and tells the source how far
everything has been delivered, so that a restart neither loses nor repeats.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import msgspec

from connectors.pace import Pacer
from connectors.stop import Stop
from contracts import wire
from contracts.errors import GroundswellError
from contracts.messages import Message

ACKNOWLEDGE_SECONDS = 1.0
SLICE_SECONDS = 0.1
"""Longest wait before a stop is looked at again."""

Position = int | str
"""Where a source goes on: an offset, a count or a platform's cursor."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What a source could not turn into a message: goes to the raw topic as it is.

    The pipeline refuses it there and keeps it as a dead letter, with a reason.
    """

    key: str
    payload: bytes
    reason: str


Content = Message | Unreadable


@dataclass(frozen=True, slots=True)
class Post:
    """What a source found; ``position`` is where it goes on after this post."""

    content: Content
    position: Position

    @property
    def key(self) -> str:
        """The Kafka key: the message's id."""
        return key_of(self.content)

    def payload(self) -> bytes:
        """The Kafka value: the message as JSON, or what could not be read, untouched."""
        return payload_of(self.content)


def key_of(content: Content) -> str:
    """The Kafka key: the message's id."""
    return content.key if isinstance(content, Unreadable) else content.message_id


def payload_of(content: Content) -> bytes:
    """The Kafka value: the message as JSON, or what could not be read, untouched."""
    return content.payload if isinstance(content, Unreadable) else wire.encode(content)


class Source(Protocol):
    """The port of a connector."""

    @property
    def name(self) -> str:
        """What it is called in the summary."""

    @property
    def start(self) -> Position:
        """Where this run begins."""

    def __iter__(self) -> Iterator[Post]:
        """The posts from :attr:`start` on. :raises InputError: the input cannot be read on."""

    def acknowledge(self, position: Position) -> None:
        """Everything before this position is delivered; called every second and at the end."""

    def counts(self) -> dict[str, int]:
        """What else was counted on the way, by name."""


class Sink(Protocol):
    """Where posts go."""

    sent: int
    refused: int
    undelivered: int

    @property
    def delivered_to(self) -> Position | None:
        """The position up to which every post was delivered; null before the first."""

    def send(self, post: Post, stop: Stop) -> bool:
        """Take a post, waiting for room; false where it was not taken and the run is to end."""

    def idle(self, seconds: float) -> None:
        """Pass at most this time, serving delivery reports."""

    def close(self, stop: Stop) -> None:
        """Wait until everything taken is delivered or known not to be."""


class Summary(msgspec.Struct, kw_only=True):
    """What a run did.

    ``read`` posts came from the source, of which ``unreadable`` were sent as they were; ``sent``
    were acknowledged by the broker, ``refused`` by name not, ``undelivered`` were given up at a
    stop. ``last_position`` is where a restart goes on.
    """

    source: str
    read: int = 0
    unreadable: int = 0
    sent: int = 0
    refused: int = 0
    undelivered: int = 0
    first_position: Position
    last_position: Position
    seconds: float = 0.0
    stopped: bool = False
    counts: dict[str, int] = {}
    error: str | None = None

    @property
    def complete(self) -> bool:
        """Whether everything that was read has been delivered."""
        return not (self.refused or self.undelivered or self.error)

    def line(self) -> str:
        """The summary in one line."""
        numbers = {
            "read": self.read,
            "sent": self.sent,
            "refused": self.refused,
            "unreadable": self.unreadable,
            "undelivered": self.undelivered,
            **self.counts,
        }
        shown = [f"{count:,} {name.replace('_', ' ')}" for name, count in numbers.items()]
        rate = self.read / self.seconds if self.seconds else 0.0
        ended = " (stopped)" if self.stopped else ""
        return (
            f"{self.source}{ended}: {', '.join(shown)}; positions {self.first_position} to "
            f"{self.last_position}; {self.seconds:.1f} s, {rate:,.0f} messages/s"
        )


def run(
    source: Source, sink: Sink, *, rate: float | None = None, stop: Stop | None = None
) -> Summary:
    """Take every post of a source to a sink; memory is bounded by the sink's queue.

    :param rate: messages a second; null: as fast as both ends can.
    :param stop: ends the run early, with what was taken delivered.
    :returns: what happened. Where the source fails on the way, what it gave before is delivered
        first and its error stands in the summary.
    """
    stop = stop or Stop()
    summary = Summary(source=source.name, first_position=source.start, last_position=source.start)
    began = time.monotonic()
    try:
        _pump(source, sink, Pacer(rate), stop, summary)
    except GroundswellError as error:
        summary.error = str(error)
    sink.close(stop)
    _acknowledge(source, sink, summary)
    summary.sent, summary.refused, summary.undelivered = sink.sent, sink.refused, sink.undelivered
    summary.counts = source.counts()
    summary.stopped = stop.requested
    summary.seconds = time.monotonic() - began
    return summary


def _pump(source: Source, sink: Sink, pacer: Pacer, stop: Stop, summary: Summary) -> None:
    posts = iter(source)
    acknowledged_at = time.monotonic()
    while not stop.requested:
        # The wait comes before the post is made, so that a post made "now" is not old when sent.
        while (wait := pacer.wait_seconds()) and not stop.requested:
            sink.idle(min(wait, SLICE_SECONDS))
        post = None
        with stop.interrupting():
            post = next(posts, None)
        if post is None or not sink.send(post, stop):
            return
        pacer.passed()
        summary.read += 1
        summary.unreadable += isinstance(post.content, Unreadable)
        now = time.monotonic()
        if now - acknowledged_at >= ACKNOWLEDGE_SECONDS:
            acknowledged_at = now
            _acknowledge(source, sink, summary)


def _acknowledge(source: Source, sink: Sink, summary: Summary) -> None:
    position = sink.delivered_to
    if position is not None and position != summary.last_position:
        source.acknowledge(position)
        summary.last_position = position
