"""What is known of the own media's comments, and where the walk through one media's comments is.

All of it is state: times are seconds since 1970.
"""

from collections.abc import Iterable, Mapping

import msgspec

from connectors.instagram.fields import Fields, nodes, text
from connectors.instagram.graph import Edge

LATE_S = 3600
"""A comment can show so long after it was written; the API's clock is not ours."""
WHOLE_S = 24 * 3600
MOST_SEEN = 5000


class Known(msgspec.Struct, frozen=True, array_like=True):
    """A media's comments, replies among them, as of the last walk.

    :param count: how many the API said there were.
    :param whole_s: when the last walk to the end began.
    :param settled_s: when the one before began. What was written before was brought: when comments
        are deleted while pages are read, others can slip past a walk, but not past two.
    :param seen: later ones that were brought, and when each was written.
    """

    count: int
    whole_s: int
    settled_s: int
    seen: dict[str, int] = {}

    def is_new(self, comment_id: str, written_s: int) -> bool:
        """Whether it was not brought yet."""
        return comment_id not in self.seen and written_s > self.settled_s - LATE_S

    def brought(self, found: Mapping[str, int]) -> "Known":
        """With further ones; of more than a record of Kafka holds, the newest."""
        floor_s = self.settled_s - LATE_S
        seen = {e: at_s for e, at_s in {**self.seen, **found}.items() if at_s > floor_s}
        newest = sorted(seen.items(), key=lambda each: -each[1])
        if len(newest) <= MOST_SEEN:
            return msgspec.structs.replace(self, seen=seen)
        settled_s = newest[MOST_SEEN][1] + LATE_S
        return msgspec.structs.replace(self, settled_s=settled_s, seen=dict(newest[:MOST_SEEN]))


class Due(msgspec.Struct, frozen=True, array_like=True):
    """A media to be asked about; ``count``: its comments as the list of media told."""

    media_id: str
    count: int
    url: str = ""


class Thread(msgspec.Struct, frozen=True, omit_defaults=True):
    """The walk through a media's comments.

    :param is_whole: to the end; else to where all is known and as many were found as were added.
    :param found: new comments so far, and when each was written.
    :param after: cursor of the next page; null at its first, and when ``is_read``.
    :param replies: comments that have more replies than came with them, and their cursors.
    """

    due: Due
    begun_s: int
    is_whole: bool
    found: dict[str, int] = {}
    after: str | None = None
    is_read: bool = False
    replies: list[tuple[str, str]] = []

    @classmethod
    def of(cls, due: Due, known: Known, now_s: int) -> "Thread":
        """From its first page on."""
        return cls(due, now_s, is_whole=now_s - known.whole_s >= WHOLE_S)

    @property
    def is_ended(self) -> bool:
        """Whether nothing is left to ask."""
        return self.is_read and not self.replies

    def on(self, edge: Edge, new: Mapping[str, int], known: Known) -> "Thread":
        """After a page of comments.

        :param new: those on it, and their replies, that were not known.
        """
        found = {**self.found, **new}
        is_enough = bool(edge.nodes) and not new and len(found) >= self.due.count - known.count
        is_read = edge.after is None or (is_enough and not self.is_whole)
        more = [
            (text(comment, "id"), after)
            for comment in edge.nodes
            if (after := Edge.of(comment.get("replies")).after)
        ]
        return msgspec.structs.replace(
            self,
            found=found,
            after=None if is_read else edge.after,
            is_read=is_read,
            replies=[*self.replies, *more],
        )

    def on_replies(self, after: str | None, new: Mapping[str, int]) -> "Thread":
        """After a page of the first of ``replies``."""
        comment_id, _ = self.replies[0]
        left = [(comment_id, after)] if after else []
        return msgspec.structs.replace(
            self, found={**self.found, **new}, replies=[*left, *self.replies[1:]]
        )

    def again(self) -> "Thread":
        """From the first page: where the cursor is not taken any more."""
        return msgspec.structs.replace(self, after=None)

    def without_replies(self) -> "Thread":
        """Where the first of ``replies`` is gone."""
        return msgspec.structs.replace(self, replies=self.replies[1:])

    def ended(self, known: Known) -> Known:
        """What is known after it. Comments made since the media were listed are counted too."""
        grown = max(0, self.due.count - known.count)
        count = self.due.count + max(0, len(self.found) - grown)
        known = msgspec.structs.replace(known, count=count)
        if self.is_whole:
            known = msgspec.structs.replace(
                known, whole_s=self.begun_s, settled_s=max(known.whole_s, known.settled_s)
            )
        return known.brought(self.found)


def with_replies(comments: Iterable[Fields]) -> list[Fields]:
    """Comments, each followed by the replies that came with it."""
    found = []
    for comment in comments:
        replies = Edge.of(comment.get("replies")).nodes
        parent = text(comment, "id")
        found += [comment, *(under(parent, reply) for reply in replies)]
    return nodes(found)


def under(comment_id: str, reply: Fields) -> Fields:
    """A reply that says what it is a reply to."""
    return {**reply, "parent_id": text(reply, "parent_id") or comment_id}
