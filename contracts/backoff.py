"""Pauses before trying again what failed: they grow, and are of random length ("full jitter").

https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/ says why.
"""

from tenacity import RetryCallState, Retrying, wait_random_exponential

FIRST_S = 0.2
MOST_S = 2.0
HEALTHY_S = 5.0

PAUSES = wait_random_exponential(multiplier=FIRST_S, max=MOST_S)
"""Up to 0.2 s, then up to twice as long each time, at most 2 s."""


class Pauses:
    """One pause after another, each up to twice as long as the one before."""

    def __init__(self, first_s: float, most_s: float) -> None:
        """:param first_s: longest first pause; ``most_s``: longest of all."""
        self._next = wait_random_exponential(multiplier=first_s, max=most_s)
        self.reset()

    def next_s(self) -> float:
        """Seconds to wait now."""
        pause_s = self._next(self._tries)
        self._tries.attempt_number += 1
        return pause_s

    def reset(self) -> None:
        """Begin anew."""
        self._tries = RetryCallState(Retrying(), None, (), {})


class Backoff:
    """The pauses of something that is started again whenever it ends."""

    def __init__(self) -> None:
        self._pauses = Pauses(FIRST_S, MOST_S)

    def pause_s(self, lasted_s: float) -> float:
        """Seconds to wait before it is started again.

        :param lasted_s: how long it ran; after ``HEALTHY_S`` the pauses begin anew.
        """
        if lasted_s >= HEALTHY_S:
            self._pauses.reset()
        return self._pauses.next_s()
