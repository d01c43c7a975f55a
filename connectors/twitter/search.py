"""Recent search: what was posted since the last look, each post once.

X gives the newest posts first, 100 at a time, so what is new is walked down: from the newest to
``since_id``, each page from the oldest post so far (``until_id``). The state says where the walk
is; only its end moves ``since_id``. So it goes on after a kill where its last page ended.

X finds posts a little late and not quite in order, so ``since_id`` stays ``overlap_s`` behind the
newest post, and the posts in between are told by their ids. Once the newest is older than X needs
to find anything (``INDEX_S``) and the overlap, ``since_id`` moves up to it: nothing is read, and
paid, again and again where nobody posts.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec

from connectors.polling.errors import UnavailableError
from connectors.polling.posts import Posts
from connectors.polling.seen import remember
from connectors.polling.task import Page
from connectors.twitter.mapping import (
    EXPANSIONS,
    FIELDS,
    PLATFORM,
    REFERENCED,
    Answered,
    Fields,
    to_message,
    versions,
)
from connectors.twitter.query import Search
from connectors.twitter.snowflake import id_at, moved_back
from contracts.messages import Message

PAGE_POSTS = 100
REACH = timedelta(days=7) - timedelta(minutes=1)
"""X refuses a ``since_id`` or ``until_id`` of more than seven days ago."""
INDEX_S = 30
"""Search finds a post so long after it was posted, at the latest: X's own default end."""
MOST_SEEN = 5000


class SearchState(msgspec.Struct, frozen=True):
    """How far a search has come; all are ids of X, 0 where there is none.

    :param since_id: everything up to it was brought.
    :param settled_id: the last whole walk looked for everything up to it, found or not.
    :param newest_id: the newest post brought.
    :param walk_id: while a walk goes on, ``settled_id`` as of its end.
    :param until_id: the oldest post of this walk.
    :param next_token: X's, where a page had no post to go on from.
    :param seen: posts brought that the next walk will find again.
    """

    since_id: int = 0
    settled_id: int = 0
    newest_id: int = 0
    walk_id: int = 0
    until_id: int = 0
    next_token: str = ""
    seen: list[str] = []


@dataclass(frozen=True, slots=True)
class Walk:
    """How states follow each other.

    :param overlap_s: posts come out of order by so much.
    :param lookback_s: the first walk goes back so far.
    """

    overlap_s: float
    lookback_s: float

    def begun(self, state: SearchState, now: datetime) -> SearchState:
        """With a walk under way, a new one where there is none."""
        late = timedelta(seconds=INDEX_S + self.overlap_s)
        if not state.since_id:
            first = id_at(now - min(REACH, max(late, timedelta(seconds=self.lookback_s))))
            state = msgspec.structs.replace(state, since_id=first, settled_id=first)
        if state.walk_id:
            return state
        return msgspec.structs.replace(state, walk_id=id_at(now - late))

    def brought(self, state: SearchState, ids: list[int], since_id: int) -> SearchState:
        """With further posts, known ones among them.

        :param since_id: ids up to it will not be seen again.
        """
        newest = max(state.newest_id, *ids, 0)
        behind = moved_back(newest, self.overlap_s)
        seen = [each for each in state.seen if int(each) > since_id]
        lately = [str(each) for each in ids if each > behind]
        return msgspec.structs.replace(
            state, newest_id=newest, seen=remember(seen, lately, MOST_SEEN)
        )

    def ended(self, state: SearchState) -> SearchState:
        """After the last page."""
        since = max(
            state.since_id,
            moved_back(state.newest_id, self.overlap_s),
            min(state.newest_id, state.walk_id),
        )
        return SearchState(
            since_id=since,
            settled_id=max(state.settled_id, state.walk_id),
            newest_id=state.newest_id,
            seen=[each for each in state.seen if int(each) > since],
        )


class SearchTask:
    """Asks for the newest posts of one query, a page at a time."""

    state_type = SearchState

    def __init__(
        self,
        search: Search,
        client: Callable[[], Any],
        posts: Posts,
        walk: Walk,
        interval_s: float,
    ) -> None:
        """:param client: gives the ``tweepy.Client``."""
        self.name = search.name
        self.interval_s = interval_s
        self.search = search
        self._client = client
        self._posts = posts
        self._walk = walk

    def start(self) -> SearchState:
        """Nothing is known: the first walk looks back a little."""
        return SearchState()

    def ask(self, state: SearchState, now: datetime) -> Page[SearchState]:
        """One page of the walk; where it is out of X's reach by now, its end."""
        state = self._walk.begun(state, now)
        since_id = max(state.since_id, id_at(now - REACH))
        missed = since_id > max(state.since_id, state.settled_id)
        if state.until_id and state.until_id <= since_id + 1:
            return Page(self._walk.ended(state), gaps=int(missed))
        answer = self._search(state, since_id)
        answered = Answered.of(answer)
        found = {
            post_id: post
            for post_id, post in answered.posts.items()
            if since_id < post_id and (not state.until_id or post_id < state.until_id)
        }
        messages = self.fresh(state, found, answered)
        state = self._walk.brought(state, list(found), state.since_id)
        token = str(answer["meta"].get("next_token") or "")
        until_id = min(found, default=state.until_id)
        is_last = not token or (bool(found) and until_id <= since_id + 1)
        state = (
            self._walk.ended(state)
            if is_last
            else msgspec.structs.replace(
                state, until_id=until_id, next_token="" if found else token
            )
        )
        return Page(
            state,
            posts=messages,
            is_last=is_last,
            reads=answered.reads,
            gaps=int(missed and is_last),
        )

    def fresh(
        self, state: SearchState, found: dict[int, Fields], answered: Answered
    ) -> list[Message]:
        """Those not brought yet, oldest first; of an edited post the last version only."""
        seen = set(state.seen)
        messages = (
            to_message(post, answered.includes, self._posts)
            for post_id, post in found.items()
            if str(post_id) not in seen and versions(post)[-1] <= post_id
        )
        return [message for message in messages if message is not None]

    def _search(self, state: SearchState, since_id: int) -> dict[str, Any]:
        answer: dict[str, Any] = self._client().search_recent_tweets(
            self.search.text,
            max_results=PAGE_POSTS,
            sort_order="recency",
            since_id=since_id,
            until_id=state.until_id or None,
            next_token=state.next_token or None,
            expansions=[*EXPANSIONS, REFERENCED] if self.search.retweets else EXPANSIONS,
            **FIELDS,
        )
        if not isinstance(answer.get("meta"), dict):
            raise UnavailableError(
                f"{PLATFORM} answers a search with no result", "it is asked again, ever later"
            )
        return answer
