"""Stored comments looked up again: which are gone, and which read otherwise now.

Only media and comments of the own account can be read by their ids: the API's documentation lets
nobody but the owner read media directly, and the answer to anybody else is the same as for what was
deleted ("does not exist, cannot be loaded due to missing permissions"). So what was found by a
hashtag or a tag is not asked about: that it cannot be read would say nothing, and would erase
everything. What its author deletes stays stored until it is erased here by hand, or its time is up.

Comments under the own media can be read as long as they are there. Not to be seen any more are also
those of authors whom the own account has restricted; nobody else sees them either, so they go too.
The API answers a request for several ids with those that are there, or refuses it and names some
that are not; then the others are asked for again, for a few times; what is left is asked about in
the next round. Since a missing right can look the same, nothing counts as gone on account of a
refusal before the own media's comments could be read with the same rights.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from connectors.instagram.comments import NEEDS
from connectors.instagram.errors import GoneError
from connectors.instagram.fields import Fields, fields, text
from connectors.instagram.graph import Graph
from connectors.instagram.mapping import COMMENT, COMMENT_FIELDS, KIND, NAME, comment_message
from connectors.polling.connector import Checked
from connectors.polling.edits import reads_alike
from connectors.polling.posts import Posts
from contracts.messages import Deletion, DeletionReason, Message, ProcessedMessage

MOST_IDS = 50
MOST_REQUESTS = 5


class CommentChecker:
    """Asks what became of comments, 50 at a time."""

    most = MOST_IDS

    def __init__(self, graph: Graph, posts: Posts) -> None:
        self._graph = graph
        self._posts = posts

    def check(self, stored: Sequence[ProcessedMessage], now: datetime) -> Checked:
        """See :meth:`connectors.polling.connector.Checker.check`; most often one request."""
        asked = {
            self._posts.post_id(message.message_id): message
            for message in stored
            if message.source == NAME and message.extra.get(KIND) == COMMENT
        }
        there, gone = self._asked(set(asked))
        found = ((asked[each], self._read(comment, asked[each])) for each, comment in there.items())
        return Checked(
            posts=[m for old, m in found if m and not reads_alike(old.text, m.text)],
            deletions=[_deletion(asked[each], now) for each in asked if each in gone],
            reads=len(there),
        )

    def _asked(self, ids: set[str]) -> tuple[Mapping[str, Fields], set[str]]:
        """Those that are there, and those that are gone."""
        gone: set[str] = set()
        for _ in range(MOST_REQUESTS):
            if not ids - gone:
                break
            wanted = sorted(ids - gone)
            asked = {"ids": ",".join(wanted), "fields": COMMENT_FIELDS}
            try:
                answer = self._graph.get("", asked, NEEDS)
            except GoneError as error:
                if not gone:
                    self._verify_rights()
                named = {each for each in wanted if error.names(each)}
                gone |= named or ({*wanted} if len(wanted) == 1 else set())
                if not named and len(wanted) > 1:
                    raise
                continue
            there = {each: node for each in wanted if (node := fields(answer.get(each)))}
            return there, gone | (set(wanted) - there.keys())
        return {}, gone

    def _verify_rights(self) -> None:
        """Read comments of the own media. :raises RefusedError, DeniedError: a right is missing."""
        asked = {"fields": "id,comments.limit(1){id}", "limit": 1}
        self._graph.edge(f"{self._graph.user_id}/media", asked, NEEDS)

    def _read(self, comment: Fields, stored: ProcessedMessage) -> Message | None:
        media_id = text(stored.extra, "media_id")
        message = comment_message(comment, media_id, stored.url, self._posts, stored.created_at)
        return message


def _deletion(stored: ProcessedMessage, now: datetime) -> Deletion:
    return Deletion(
        message_id=stored.message_id,
        reason=DeletionReason.DELETED_AT_SOURCE,
        deleted_at=now,
        created_at=stored.created_at,
        platform=NAME,
    )
