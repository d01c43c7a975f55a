"""Which posts were brought lately: what comes again, or out of order, is told by its id."""

from collections.abc import Iterable, Sequence


def remember(seen: Sequence[str], ids: Iterable[str], most: int) -> list[str]:
    """The ids with further ones, each once, oldest first; the newest ``most`` of them."""
    return list(dict.fromkeys([*seen, *ids]))[-most:]
