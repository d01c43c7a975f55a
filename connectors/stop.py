"""Ending a run early and cleanly: a flag that SIGTERM and SIGINT set."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGTERM, signal.SIGINT)
LOOK_SECONDS = 0.1


class Stop:
    """Whether the run is to end; a second signal ends the process at once."""

    def __init__(self) -> None:
        self.requested = False
        self._interrupts = False

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        """Let SIGTERM and SIGINT request the stop inside this block."""
        before = {number: signal.signal(number, self._handle) for number in SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def wait(self, seconds: float) -> None:
        """Pass this time, less where a stop is requested."""
        until = time.monotonic() + seconds
        while not self.requested and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, LOOK_SECONDS))

    @contextmanager
    def interrupting(self) -> Iterator[None]:
        """A block that may wait for input: a stop breaks the wait off and leaves the block."""
        self._interrupts = True
        try:
            yield
        except KeyboardInterrupt:
            if not self.requested:
                raise
        finally:
            self._interrupts = False

    def _handle(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self.requested = True
        for each in SIGNALS:
            signal.signal(each, signal.SIG_DFL)
        if self._interrupts:
            # A read from a pipe is resumed after a handler that returns.
            raise KeyboardInterrupt
