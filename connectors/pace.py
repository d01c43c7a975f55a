"""An even rate without drift: the nth message is due at start + n / rate."""

import time

SHORTEST_WAIT_SECONDS = 0.002
MOST_DEBT_SECONDS = 1.0


class Pacer:
    """Says how long to wait before the next message.

    Waits below 2 ms are not worth a sleep: messages due within one go together. After a standstill
    (the broker was away) at most one second's worth is caught up, not all of it in one burst.
    """

    def __init__(self, rate: float | None) -> None:
        """:param rate: messages a second; null: never wait."""
        self._interval = 1 / rate if rate else 0.0
        self._due = time.monotonic()

    def wait_seconds(self) -> float:
        """How long until the next message is due; 0 when it is."""
        if not self._interval:
            return 0.0
        wait = self._due - time.monotonic()
        if wait < -MOST_DEBT_SECONDS:
            self._due -= wait + MOST_DEBT_SECONDS
        return wait if wait >= SHORTEST_WAIT_SECONDS else 0.0

    def passed(self) -> None:
        """A message went; the next is due one interval after it was."""
        self._due += self._interval
