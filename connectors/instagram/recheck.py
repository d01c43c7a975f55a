"""Stored comments looked up again: which are gone, and which read otherwise now.

Only media and comments of the own account can be read by their ids: the API's documentation lets
nobody but the owner read media directly, and the answer to anybody else is the same as for what was
deleted ("does not exist, cannot be loaded due to missing permissions"). So what was found by a
hashtag or a tag is not asked about: that it cannot be read would say nothing, and would erase
everything. What its author deletes stays stored until it is erased here by hand, or its time is up.

Comments under the own media can be read as long as they are there. Not to be seen any more are also
those of authors whom the own account has restricted; nobody else sees them either, so they go too.
The API answers a request for several ids with those that are there, or refuses it whole, and may
name one or some that are not. Then the others are asked for again, in halves where none is named,
for a few times; what is left is asked about in the next round. Since a missing right can look the
same, nothing counts as gone on account of a refusal before the own media's comments could be read
with the same rights.
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
MOST_REQUESTS = 20


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
        there, gone = self._asked([*asked])
        found = ((asked[each], self._read(comment, asked[each])) for each, comment in there.items())
        return Checked(
            posts=[m for old, m in found if m and not reads_alike(old.text, m.text)],
            deletions=[_deletion(asked[each], now) for each in asked if each in gone],
            reads=len(there),
        )

    def _asked(self, ids: list[str]) -> tuple[Mapping[str, Fields], set[str]]:
        """Those that are there, and those that are gone."""
        there: dict[str, Fields] = {}
        gone: set[str] = set()
        are_rights_verified = False
        groups = [ids] if ids else []
        for _ in range(MOST_REQUESTS):
            if not groups:
                break
            group = groups.pop()
            try:
                answer = self._graph.get(
                    "", {"ids": ",".join(group), "fields": COMMENT_FIELDS}, NEEDS
                )
            except GoneError as error:
                if not are_rights_verified:
                    self._verify_rights()
                    are_rights_verified = True
                named = [each for each in group if error.names(each)] or (
                    group if len(group) == 1 else []
                )
                gone |= {*named}
                groups += _parts([each for each in group if each not in gone], whole=bool(named))
            else:
                found = {each: node for each in group if (node := fields(answer.get(each)))}
                there |= found
                gone |= {*group} - found.keys()
        return there, gone

    def _verify_rights(self) -> None:
        """Read comments of the own media. :raises RefusedError, DeniedError: a right is missing."""
        asked = {"fields": "id,comments.limit(1){id}", "limit": 1}
        self._graph.edge(f"{self._graph.user_id}/media", asked, NEEDS)

    def _read(self, comment: Fields, stored: ProcessedMessage) -> Message | None:
        media_id = text(stored.extra, "media_id")
        return comment_message(comment, media_id, stored.url, self._posts, stored.created_at)


def _parts(ids: list[str], *, whole: bool) -> list[list[str]]:
    """As one group, or as two that are half as long; none of none."""
    middle = 0 if whole else len(ids) // 2
    return [part for part in (ids[:middle], ids[middle:]) if part]


def _deletion(stored: ProcessedMessage, now: datetime) -> Deletion:
    return Deletion(
        message_id=stored.message_id,
        reason=DeletionReason.DELETED_AT_SOURCE,
        deleted_at=now,
        created_at=stored.created_at,
        platform=NAME,
    )
