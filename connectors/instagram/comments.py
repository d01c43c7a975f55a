"""Comments under the own media, and replies to them, each once.

https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-media/comments

A round lists the newest own media, now and then all of them, and asks for the comments of those
whose number of comments has changed; of young ones once a day anyway, for one comment can come
where another goes. Comments come newest first, but a reply stands below its comment, however old:
a walk through a media's comments therefore goes on until as many new ones were found as were
added, and once a day to the end. What was written before the last two walks to the end was brought
by them; later ones are told by their ids.

The first round brings what was written in the last seven days, under media of that time.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from connectors.instagram.errors import BASIC, COMMENTS, PAGES, GoneError, RightError
from connectors.instagram.fields import Fields, number, seconds, text, time
from connectors.instagram.graph import Edge, Graph
from connectors.instagram.mapping import COMMENT_FIELDS, NAME, comment_message
from connectors.instagram.threads import Due, Known, Thread, under, with_replies
from connectors.polling.errors import RefusedError
from connectors.polling.posts import Posts
from connectors.polling.task import Page
from contracts.messages import Message

NEEDS = (BASIC, COMMENTS, PAGES)
PAGE = 50
MEDIA_PAGE = 100
MEDIA_PAGES = 50
"""The newest 5,000 own media are looked at: what is known of them fits a record of Kafka."""
FIELDS = f"{COMMENT_FIELDS},replies.limit({PAGE}){{{COMMENT_FIELDS}}}"
ALL_MEDIA_S = 6 * 3600
YOUNG_S = 7 * 24 * 3600
DAY_S = 24 * 3600

logger = logging.getLogger(__name__)


class CommentsState(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is known, and where the round is; times are seconds since 1970.

    :param since_s: what was written before is not brought.
    :param media: own media by id.
    :param is_listing: whether the media are being listed; ``after``: cursor of the next page.
    :param listed: media in the list so far; ``is_whole``: whether it goes to its end.
    :param whole_s: when the media were last listed to the end.
    :param due: media to be asked about.
    """

    since_s: int = 0
    media: dict[str, Known] = {}
    is_listing: bool = False
    after: str | None = None
    listed: list[str] = []
    is_whole: bool = False
    whole_s: int = 0
    due: list[Due] = []
    thread: Thread | None = None


@dataclass(frozen=True)
class CommentsTask:
    """Makes one request: for media, for comments, or for replies."""

    graph: Graph
    posts: Posts
    interval_s: float
    name: str = "comments"
    state_type: type[CommentsState] = CommentsState

    def start(self) -> CommentsState:
        """Nothing is known."""
        return CommentsState()

    def ask(self, state: CommentsState, now: datetime) -> Page[CommentsState]:
        """Whatever is next in the round."""
        now_s = seconds(now)
        if state.thread is None and state.due:
            due = state.due[0]
            thread = Thread.of(due, state.media[due.media_id], now_s)
            state = msgspec.structs.replace(state, due=state.due[1:], thread=thread)
        if state.thread is not None:
            return self._read(state, state.thread, now)
        if not state.is_listing:
            state = msgspec.structs.replace(
                state,
                since_s=state.since_s or now_s - YOUNG_S,
                is_listing=True,
                is_whole=now_s - state.whole_s >= ALL_MEDIA_S,
            )
        return self._list(state, now)

    def _list(self, state: CommentsState, now: datetime) -> Page[CommentsState]:
        asked = {
            "fields": "id,timestamp,comments_count,permalink",
            "limit": MEDIA_PAGE,
            "after": state.after,
        }
        try:
            edge = self.graph.edge(f"{self.graph.user_id}/media", asked, NEEDS)
        except RefusedError:
            if state.after is None:
                raise
            again = msgspec.structs.replace(state, after=None, listed=[], is_whole=True)
            return Page(again, is_last=False)
        media, due = dict(state.media), []
        for each in edge.nodes:
            media_id = text(each, "id")
            known = media.setdefault(media_id, _first(state, each, now))
            if _is_due(each, known, now):
                count = number(each, "comments_count")
                url = text(each, "permalink")
                due.append(Due(media_id, known.count if count is None else count, url))
        listed = [*state.listed, *(text(each, "id") for each in edge.nodes)]
        is_end = edge.after is None or len(listed) >= MEDIA_PAGES * MEDIA_PAGE
        if state.is_whole and is_end:
            there = set(listed)
            media = {media_id: known for media_id, known in media.items() if media_id in there}
        is_listing = state.is_whole and not is_end
        state = msgspec.structs.replace(
            state,
            media=media,
            due=due,
            is_listing=is_listing,
            after=edge.after if is_listing else None,
            listed=listed if is_listing else [],
            whole_s=seconds(now) if state.is_whole and is_end else state.whole_s,
        )
        return Page(state, is_last=_is_idle(state), reads=len(edge.nodes))

    def _read(self, state: CommentsState, thread: Thread, now: datetime) -> Page[CommentsState]:
        known = state.media[thread.due.media_id]
        try:
            comments, further = self._further(thread, known, now)
        except RightError:
            raise
        except RefusedError as error:
            state = _without(state, thread, known, error)
            return Page(state, is_last=_is_idle(state))
        new = further.found.keys() - thread.found.keys()
        state = _after(state, further, known)
        return Page(
            state,
            posts=self._messages([c for c in comments if text(c, "id") in new], thread.due, now),
            is_last=_is_idle(state),
            reads=len(comments),
        )

    def _further(
        self, thread: Thread, known: Known, now: datetime
    ) -> tuple[Sequence[Fields], Thread]:
        """What the next request brings, and the walk after it."""
        if not thread.is_read:
            edge = self._asked(f"{thread.due.media_id}/comments", FIELDS, thread.after)
            comments = with_replies(edge.nodes)
            return comments, thread.on(edge, _new(comments, thread, known, now), known)
        comment_id, after = thread.replies[0]
        edge = self._asked(f"{comment_id}/replies", COMMENT_FIELDS, after)
        comments = [under(comment_id, reply) for reply in edge.nodes]
        return comments, thread.on_replies(edge.after, _new(comments, thread, known, now))

    def _asked(self, path: str, fields: str, after: str | None) -> Edge:
        return self.graph.edge(path, {"fields": fields, "limit": PAGE, "after": after}, NEEDS)

    def _messages(self, comments: Sequence[Fields], due: Due, now: datetime) -> list[Message]:
        messages = (
            comment_message(comment, due.media_id, due.url or None, self.posts, now)
            for comment in comments
        )
        return [message for message in messages if message is not None]


def _first(state: CommentsState, media: Fields, now: datetime) -> Known:
    """What is known of media that are listed for the first time."""
    is_older = not state.whole_s and seconds(time(media, now)) < state.since_s
    count = number(media, "comments_count") or 0
    return Known(count, seconds(now), seconds(now)) if is_older else Known(0, 0, state.since_s)


def _is_due(media: Fields, known: Known, now: datetime) -> bool:
    count = number(media, "comments_count")
    if count != known.count:
        return True
    is_young = seconds(now) - seconds(time(media, now)) < YOUNG_S
    return bool(count) and is_young and seconds(now) - known.whole_s >= DAY_S


def _new(comments: Sequence[Fields], thread: Thread, known: Known, now: datetime) -> dict[str, int]:
    written = {text(each, "id"): seconds(time(each, now)) for each in comments}
    return {
        each: written_s
        for each, written_s in written.items()
        if each not in thread.found and known.is_new(each, written_s)
    }


def _after(state: CommentsState, thread: Thread, known: Known) -> CommentsState:
    """With a walk that was gone on with, and with what is known where it has ended."""
    if not thread.is_ended:
        return msgspec.structs.replace(state, thread=thread)
    media = state.media | {thread.due.media_id: thread.ended(known)}
    return msgspec.structs.replace(state, media=media, thread=None)


def _without(
    state: CommentsState, thread: Thread, known: Known, error: RefusedError
) -> CommentsState:
    """After a request that was refused: where something is gone, or a cursor is not taken."""
    if thread.is_read:
        return _after(state, thread.without_replies(), known)
    if thread.after is not None and not isinstance(error, GoneError):
        return msgspec.structs.replace(state, thread=thread.again())
    if not isinstance(error, GoneError):
        logger.warning("%s: comments: %s; the others go on", NAME, error)
    media = state.media | {thread.due.media_id: known.brought(thread.found)}
    return msgspec.structs.replace(state, media=media, thread=None)


def _is_idle(state: CommentsState) -> bool:
    return not state.is_listing and state.thread is None and not state.due
