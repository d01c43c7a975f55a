"""Media that the own account is tagged in, each once.

https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/tags

The list never ends, so a whole walk looks at its newest thousand. The first one brings what was
published in the last seven days and passes over the rest. An ``@name`` in somebody's caption or
comment, without a tag, is told by webhooks only: ``mentioned_media`` and ``mentioned_comment`` want
an id that nothing else gives, so they cannot be polled.
"""

from dataclasses import dataclass
from datetime import datetime

import msgspec

from connectors.instagram.errors import BASIC, COMMENTS, PAGES
from connectors.instagram.fields import seconds, text, time
from connectors.instagram.graph import Graph
from connectors.instagram.mapping import TAGGED_FIELDS, mention_message
from connectors.instagram.walk import Walk
from connectors.polling.errors import RefusedError
from connectors.polling.posts import Posts
from connectors.polling.task import Page

NEEDS = (BASIC, COMMENTS, PAGES)
PAGE = 50
MOST_PAGES = 20
MOST_SEEN = 5 * MOST_PAGES * PAGE
"""When media vanish, others come into sight that were brought before."""
WHOLE_S = 6 * 3600
FIRST_S = 7 * 24 * 3600


class MentionsState(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far tagged media were brought."""

    walk: Walk = Walk()


@dataclass(frozen=True)
class MentionsTask:
    """Asks for media that the own account is tagged in, a page at a time."""

    graph: Graph
    posts: Posts
    interval_s: float
    name: str = "mentions"
    state_type: type[MentionsState] = MentionsState

    def start(self) -> MentionsState:
        """Nothing is known."""
        return MentionsState()

    def ask(self, state: MentionsState, now: datetime) -> Page[MentionsState]:
        """The next page of the walk."""
        now_s = seconds(now)
        walk = state.walk.begun(now_s, WHOLE_S)
        asked = {"fields": TAGGED_FIELDS, "limit": PAGE, "after": walk.after}
        try:
            edge = self.graph.edge(f"{self.graph.user_id}/tags", asked, NEEDS)
        except RefusedError:
            if walk.after is None:
                raise
            return Page(MentionsState(walk.again(now_s)), is_last=False)
        found = {text(media, "id"): seconds(time(media, now)) for media in edge.nodes}
        new = walk.unknown(found)
        further = walk.on(found, new, edge.after, old_s=0)
        if further.pages >= MOST_PAGES:
            further = further.cut()
        first_s = 0 if walk.walked_s else walk.begun_s - FIRST_S
        messages = [
            mention_message(media, self.posts, now)
            for media in edge.nodes
            if (each := text(media, "id")) in new and found[each] >= first_s
        ]
        seen = dict(list(further.seen.items())[-MOST_SEEN:])
        return Page(
            MentionsState(further.forgotten(seen)),
            posts=[message for message in messages if message is not None],
            is_last=not further.begun_s,
            reads=len(edge.nodes),
        )
