"""Walking down a list of media, newest first as a rule, so that each is brought once.

The API gives pages with cursors. It warns that a list is not always in order and that a cursor can
be the same on every page; media come and go while it is read. So a place in the list tells nothing
for sure, and media are told by their ids. A *quick* walk ends at a page on which everything was
known before the walk began; what was seen during the walk itself does not count, for new media
push known ones down. Every few hours a *whole* walk goes to the end of the list, and finds what
quick ones passed by, and what was on a page that a process asked for and did not live to commit.
"""

from collections.abc import Collection, Mapping

import msgspec


class Walk(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a task is; times are seconds since 1970, 0 where there is none.

    :param seen: media that were brought or passed over, oldest first: when each was published.
    :param fresh: those of them that were not known before the walk that is under way.
    :param after: cursor of its next page; null at its first.
    :param begun_s: when it began; ``is_whole``: it goes to the end; ``pages``: asked for so far.
    :param walked_s: when the last walk that ended had begun; ``whole_s``: the last whole one.
    """

    seen: dict[str, int] = {}
    fresh: list[str] = []
    after: str | None = None
    begun_s: int = 0
    is_whole: bool = False
    pages: int = 0
    walked_s: int = 0
    whole_s: int = 0

    def begun(self, now_s: int, whole_every_s: int) -> "Walk":
        """With a walk under way, a new one where there is none."""
        if self.begun_s:
            return self
        is_whole = now_s - self.whole_s >= whole_every_s
        return msgspec.structs.replace(self, begun_s=now_s, is_whole=is_whole)

    def again(self, now_s: int) -> "Walk":
        """From the start, down to the end: where the place in the list is of no use any more."""
        return msgspec.structs.replace(
            self, after=None, fresh=[], begun_s=now_s, is_whole=True, pages=0
        )

    def unknown(self, found: Mapping[str, int]) -> list[str]:
        """Those of a page that are not brought yet."""
        return [each for each in found if each not in self.seen]

    def on(
        self, found: Mapping[str, int], new: Collection[str], after: str | None, old_s: int
    ) -> "Walk":
        """After a page, with what was on it.

        :param found: ids, and when each was published; ``new``: those to be remembered.
        :param old_s: what was published before needs no further looking for.
        """
        fresh = {*self.fresh, *new}
        is_known = bool(found) and all(
            published_s < old_s or (each in self.seen and each not in fresh)
            for each, published_s in found.items()
        )
        seen = self.seen | {each: found[each] for each in new}
        if after is None or (is_known and not self.is_whole):
            return self._ended(seen)
        return msgspec.structs.replace(
            self, seen=seen, fresh=[*self.fresh, *new], after=after, pages=self.pages + 1
        )

    def cut(self) -> "Walk":
        """Ended before the end."""
        return self._ended(self.seen)

    def forgotten(self, kept: dict[str, int]) -> "Walk":
        """With these as the only ones that were seen."""
        return msgspec.structs.replace(self, seen=kept)

    def _ended(self, seen: dict[str, int]) -> "Walk":
        return Walk(
            seen=seen,
            walked_s=self.begun_s,
            whole_s=self.begun_s if self.is_whole else self.whole_s,
        )
