"""Asks Reddit about stored submissions and comments: ``/api/info``, 100 a time."""

from collections.abc import Sequence
from datetime import datetime

from connectors.polling.connector import Checked
from connectors.polling.posts import Posts
from connectors.reddit.client import NAME, Client
from connectors.reddit.mapping import REMOVED, fullname, is_gone, to_message
from contracts.messages import Deletion, DeletionReason, Message, ProcessedMessage

MOST = 100


class Info:
    """What is missing in the answer, or deleted or removed in it, is gone."""

    most = MOST

    def __init__(self, client: Client, posts: Posts) -> None:
        self._client = client
        self._posts = posts

    def check(self, stored: Sequence[ProcessedMessage], now: datetime) -> Checked:
        """See :meth:`connectors.polling.connector.Checker.check`."""
        by_name = {self._posts.post_id(message.message_id): message for message in stored}
        listing = self._client.get("api/info", "stored posts", id=",".join(by_name))
        things = {fullname(thing): thing for thing in listing.children}
        edits: list[Message] = []
        deletions: list[Deletion] = []
        for name, message in by_name.items():
            thing = things.get(name)
            gone = is_gone(vars(thing)) if thing is not None else "missing"
            if gone:
                deletions.append(_deletion(message, gone, now))
                continue
            read = to_message(thing, self._posts)
            if read is not None and read.text != message.text:
                edits.append(read)
        return Checked(edits, deletions, len(things))


def _deletion(message: ProcessedMessage, gone: str, now: datetime) -> Deletion:
    removed = gone == REMOVED
    return Deletion(
        message_id=message.message_id,
        reason=DeletionReason.REMOVED_BY_PLATFORM if removed else DeletionReason.DELETED_AT_SOURCE,
        deleted_at=now,
        created_at=message.created_at,
        platform=NAME,
    )
