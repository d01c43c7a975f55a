"""The newest submissions or comments of a subreddit, each once.

A listing has the newest first, 100 a page and about 1000 in all. A walk goes down from the newest
until a page ends with something known. What a walk brings is told by its id, so it does not matter
where a page begins: neither a restart between two pages nor a post that comes again (praw#2090)
changes what is brought. Behind a post that is no longer listed Reddit shows nothing: then the walk
begins anew, and goes at least as far down as it was.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Literal

import msgspec

from connectors.polling.posts import Posts
from connectors.polling.seen import remember
from connectors.polling.task import Page
from connectors.reddit.client import Client
from connectors.reddit.mapping import fullname, to_message

PAGE = 100
WHOLE = 900
"""A listing that ends after fewer has nothing more; after more, Reddit does not show the rest."""
MOST_SEEN = 3000
INTERVAL_S = 15.0


class Place(msgspec.Struct, frozen=True):
    """Where a listing's task is.

    :param after: the last thing of this walk's last page; null between walks.
    :param walked: how many things this walk has seen.
    :param depth: what is known ends a walk only below so many.
    :param seen: fullnames that were brought, or looked at, lately.
    """

    after: str | None = None
    walked: int = 0
    depth: int = 0
    seen: list[str] = []


class ListingTask:
    """``/r/NAME/new`` or ``/r/NAME/comments``."""

    state_type = Place
    interval_s = INTERVAL_S

    def __init__(
        self,
        subreddit: str,
        kind: Literal["new", "comments"],
        client: Client,
        posts: Posts,
        is_wanted: Callable[[str], bool],
    ) -> None:
        self.name = f"{subreddit.lower()}/{kind}"
        self._path = f"r/{subreddit}/{kind}"
        self._client = client
        self._posts = posts
        self._is_wanted = is_wanted

    def start(self) -> Place:
        """The first walk brings the newest page."""
        return Place()

    def ask(self, state: Place, now: datetime) -> Page[Place]:
        """One page of the walk. See :meth:`connectors.polling.task.Task.ask`."""
        del now
        listing = self._client.get(self._path, self._path, limit=PAGE, after=state.after)
        things = list(listing.children)
        if state.after and not things:
            return Page(Place(depth=state.walked, seen=state.seen), is_last=False)
        known = set(state.seen)
        names = [fullname(thing) for thing in things]
        fresh = [thing for thing in reversed(things) if fullname(thing) not in known]
        is_first = not state.seen
        walked = state.walked + len(things)
        met = not names or (names[-1] in known and walked > state.depth)
        after = vars(listing).get("after")
        is_last = is_first or met or not after
        missed = is_last and not is_first and not met and walked >= WHOLE
        messages = (to_message(thing, self._posts) for thing in fresh)
        return Page(
            Place(
                after=None if is_last else str(after),
                walked=0 if is_last else walked,
                depth=0 if is_last else state.depth,
                seen=remember(state.seen, map(fullname, fresh), MOST_SEEN),
            ),
            posts=[m for m in messages if m is not None and self._is_wanted(m.text)],
            is_last=is_last,
            reads=len(things),
            gaps=int(missed),
        )
