"""Recent media with a hashtag, each once.

https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-hashtag/recent-media

The API lists what was published within 24 hours, 50 a page. A walk goes down the list, as
:mod:`connectors.instagram.walk` says; ids are kept until they cannot be listed any more. If one
walk begins more than 24 hours before the next ends, media can have come and gone unseen: a gap. A
post with two of the hashtags is brought for both, the second time as an edit with the same text.

An account can ask for 30 different hashtags in seven days; the same one again within seven days of
the first time does not count. So more than 30 are refused before anything is asked, and each task
keeps since when its hashtag counts. Others that were asked for with this account, by an earlier
configuration or another program, are known to the API only: its refusal says so.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from connectors.instagram.errors import BASIC, PUBLIC_CONTENT
from connectors.instagram.fields import Fields, seconds, text, time
from connectors.instagram.graph import Edge, Graph
from connectors.instagram.mapping import MEDIA_FIELDS, hashtag_message
from connectors.instagram.walk import Walk
from connectors.polling.errors import RefusedError
from connectors.polling.posts import Posts
from connectors.polling.task import Page
from contracts.errors import SettingsError
from contracts.messages import Message

HASHTAGS = "GROUNDSWELL_INSTAGRAM_HASHTAGS"
MOST_HASHTAGS = 30
HASHTAG = re.compile(r"\w+")
NEEDS = (BASIC, PUBLIC_CONTENT)

PAGE = 50
LISTED_S = 24 * 3600
KEPT_S = 25 * 3600
"""An hour longer than it is listed: the API's clock is not ours."""
COUNTED_S = 7 * 24 * 3600
WHOLE_S = 3 * 3600
MOST_PAGES = 240
MOST_SEEN = MOST_PAGES * PAGE
"""Their ids are at most 650 kB, and a record of Kafka holds 1 MB."""


class HashtagState(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far a hashtag's media were brought.

    :param hashtag_id: the API's.
    :param counted_s: since when it counts as one of the 30 hashtags; seconds since 1970.
    """

    hashtag_id: str = ""
    counted_s: int = 0
    walk: Walk = Walk()


@dataclass(frozen=True)
class HashtagTask:
    """Asks for the id of a hashtag once, and then for its media, a page at a time."""

    hashtag: str
    graph: Graph
    posts: Posts
    interval_s: float
    state_type: type[HashtagState] = HashtagState

    @property
    def name(self) -> str:
        """``#`` and the hashtag: no other task has it."""
        return f"#{self.hashtag}"

    def start(self) -> HashtagState:
        """Nothing is known; the first walk brings 24 hours."""
        return HashtagState()

    def ask(self, state: HashtagState, now: datetime) -> Page[HashtagState]:
        """Its id, or the next page of the walk.

        :raises RefusedError: there is no such hashtag, or it is one too many in seven days.
        """
        state = self._counted(state, seconds(now))
        if not state.hashtag_id:
            return self._found(state)
        now_s = seconds(now)
        walk = state.walk.begun(now_s, WHOLE_S)
        is_stale = now_s - walk.begun_s > LISTED_S
        if is_stale:
            walk = msgspec.structs.replace(walk.again(now_s), walked_s=now_s)
        try:
            edge = self._asked(state.hashtag_id, walk.after)
        except RefusedError:
            if walk.after is None:
                raise
            again = msgspec.structs.replace(state, walk=walk.again(now_s))
            return Page(again, is_last=False)
        return self._page(state, walk, edge, now, gaps=int(is_stale))

    def _counted(self, state: HashtagState, now_s: int) -> HashtagState:
        if now_s - state.counted_s < COUNTED_S:
            return state
        return msgspec.structs.replace(state, counted_s=now_s)

    def _found(self, state: HashtagState) -> Page[HashtagState]:
        asked = {"user_id": self.graph.user_id, "q": self.hashtag}
        edge = self.graph.edge("ig_hashtag_search", asked, NEEDS)
        if not edge.nodes:
            raise RefusedError(f"instagram knows no hashtag {self.name}", f"check {HASHTAGS}")
        found = text(edge.nodes[0], "id")
        return Page(msgspec.structs.replace(state, hashtag_id=found), is_last=False)

    def _asked(self, hashtag_id: str, after: str | None) -> Edge:
        asked = {
            "user_id": self.graph.user_id,
            "fields": MEDIA_FIELDS,
            "limit": PAGE,
            "after": after,
        }
        return self.graph.edge(f"{hashtag_id}/recent_media", asked, NEEDS)

    def _page(
        self, state: HashtagState, walk: Walk, edge: Edge, now: datetime, gaps: int
    ) -> Page[HashtagState]:
        now_s = seconds(now)
        kept_s = now_s - KEPT_S
        found = {text(media, "id"): seconds(time(media, now)) for media in edge.nodes}
        new = {each for each in walk.unknown(found) if found[each] > kept_s}
        further = walk.on(found, new, edge.after, now_s - LISTED_S)
        if is_cut := further.pages >= MOST_PAGES:
            further = further.cut()
        is_last = not further.begun_s
        is_late = bool(walk.walked_s) and now_s - walk.walked_s > LISTED_S
        return Page(
            msgspec.structs.replace(state, walk=further.forgotten(_listed(further.seen, kept_s))),
            posts=self._messages([m for m in edge.nodes if text(m, "id") in new], now),
            is_last=is_last,
            reads=len(edge.nodes),
            gaps=gaps + int(is_last and (is_late or is_cut)),
        )

    def _messages(self, media: Sequence[Fields], now: datetime) -> list[Message]:
        messages = (hashtag_message(each, self.hashtag, self.posts, now) for each in media)
        return [message for message in messages if message is not None]


def hashtags_of(names: Sequence[str]) -> list[str]:
    """The hashtags of a setting, each once. :raises SettingsError: one is none, or too many."""
    found: dict[str, None] = {}
    for name in names:
        hashtag = unicodedata.normalize("NFC", name.strip().removeprefix("#")).casefold()
        if not HASHTAG.fullmatch(hashtag):
            raise SettingsError(
                f"{HASHTAGS} has {name!r}", "a hashtag has letters, digits and _ only, no emoji"
            )
        found[hashtag] = None
    if len(found) > MOST_HASHTAGS:
        raise SettingsError(
            f"{HASHTAGS} has {len(found)} hashtags",
            f"Instagram lets an account ask for {MOST_HASHTAGS} different ones in seven days",
        )
    return list(found)


def _listed(seen: dict[str, int], kept_s: int) -> dict[str, int]:
    """Those that can be listed again; no more than a record of Kafka holds."""
    kept = {each: published_s for each, published_s in seen.items() if published_s > kept_s}
    if len(kept) <= MOST_SEEN:
        return kept
    return dict(sorted(kept.items(), key=lambda each: each[1])[-MOST_SEEN:])
