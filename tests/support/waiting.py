"""Wait for something that another process or thread does."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
POLL_SECONDS = 0.02


def wait_for(poll: Callable[[], T | None], seconds: float = 60) -> T:
    """Call ``poll`` until it answers with something true, and return that; fail at the deadline."""
    deadline = time.monotonic() + seconds
    while not (found := poll()):
        assert time.monotonic() < deadline, f"in vain for {seconds:.0f} s"
        time.sleep(POLL_SECONDS)
    return found
