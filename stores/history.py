"""The port of the history: stored messages and aggregates, whatever keeps them.

Stored messages are the truth that aggregates can be recomputed from. All writes may be repeated:
a message is kept once per id and its newest version wins; an aggregate's older revision never
replaces a newer one.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from contracts.aggregates import Aggregate, Dimension
from contracts.completeness import Station, Tally
from contracts.messages import ProcessedMessage, SentimentLabel


@dataclass(frozen=True, slots=True)
class Arrival:
    """A processed message and its offset on the topic, which orders the versions of one id."""

    message: ProcessedMessage
    offset: int


@dataclass(frozen=True, slots=True)
class Put:
    """What keeping a message did.

    :param before: ``created_at`` of the version that was there, null for a new id.
    :param refused: why the store takes this message never, null where it is kept.
    """

    before: datetime | None = None
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """A time whose window must be recounted; ``token`` tells this mark from a later one."""

    created_at: datetime
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFilter:
    """Which stored messages are asked for; null means any."""

    words: str | None = None
    platform: str | None = None
    product: str | None = None
    city: str | None = None
    channel: str | None = None
    label: SentimentLabel | None = None
    churn_risk_from: float | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Messages, newest first, and where the next page starts (null on the last)."""

    messages: list[ProcessedMessage]
    cursor: str | None


class History(Protocol):
    """What a history store does. Every method raises ServerError where the store cannot answer."""

    def prepare(self) -> None:
        """Make the store ready for its first write; what was done already is done once more."""

    def put_messages(self, arrivals: Sequence[Arrival]) -> list[Put]:
        """Keep messages; with one that moves to another time, a mark where it was.

        :returns: one for each.
        """

    def delete_messages(self, message_ids: Sequence[str]) -> list[datetime]:
        """Erase messages, with a mark where each was; ``created_at`` of those that were there."""

    def pending_marks(self) -> list[Mark]:
        """The marks that were left by moved and erased messages and are not cleared yet."""

    def clear_marks(self, marks: Sequence[Mark]) -> None:
        """Forget marks, but not where the same time was marked again meanwhile."""

    def messages_between(self, start: datetime, end: datetime) -> Iterator[ProcessedMessage]:
        """All messages with ``start <= created_at < end``, every earlier write visible."""

    def messages_of_author(self, author_id: str) -> Iterator[ProcessedMessage]:
        """All messages of an author, in no order, every earlier write visible."""

    def stored(self, message_ids: Collection[str]) -> set[str]:
        """Those of the ids that are there, every earlier write visible, also to later searches."""

    def put_aggregates(self, aggregates: Sequence[Aggregate]) -> None:
        """Keep aggregates, each unless a newer revision is there."""

    def aggregates_of(self, window_starts: Iterable[datetime]) -> list[Aggregate]:
        """Every stored aggregate of these windows, every earlier write visible."""

    def search_aggregates(
        self,
        dimension: Dimension,
        key: str | None,
        since: datetime | None,
        until: datetime | None,
        limit: int,
    ) -> list[Aggregate]:
        """The newest ``limit`` aggregates with ``since <= window_start < until``, oldest first."""

    def put_tallies(self, tallies: Sequence[Tally]) -> None:
        """Keep tallies, each unless one that was counted further is there."""

    def tallies_between(self, since: datetime, until: datetime) -> list[Tally]:
        """The tallies that have something of a stretch of whole minutes, of every earlier write."""

    def newest_tallies(self, since: datetime) -> list[Tally]:
        """The last tally of every partition of every station that has something since then."""

    def tally(self, station: Station, partition: int, first: int) -> Tally | None:
        """The tally that begins at an offset, every earlier write visible; null if not there."""

    def search_messages(self, wanted: MessageFilter, limit: int, cursor: str | None) -> Page:
        """A page of messages, newest first. :raises InputError: the cursor is not one of ours."""

    def count_messages(self) -> int:
        """How many messages are stored."""

    def ping(self) -> None:
        """:raises ServerError: the store does not answer."""

    def close(self) -> None:
        """Let go of the store."""
