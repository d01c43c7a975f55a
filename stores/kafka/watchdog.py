"""Ends a process that hangs in a native call, which hears neither exception nor signal handler."""

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from contracts.errors import one_line_errors

LOOK_S = 0.5
END_S = 3

logger = logging.getLogger(__name__)


@contextmanager
def ending_on_errors() -> Iterator[None]:
    """Where this block raises an error of whatever kind, the kernel ends the process soon after.

    It may do so by itself before; but taking down a client whose broker is away can hang as well,
    when no thread of Python runs any more.
    """
    try:
        yield
    except Exception:
        signal.alarm(END_S)
        raise


@contextmanager
def exiting_on_errors() -> Iterator[None]:
    """Where this block raises an error with a remedy, the process ends with it as its last line.

    For what the engine calls as it starts: it would turn the error into one of its own, and its
    exit code would say nothing.
    """
    try:
        with one_line_errors():
            yield
    except SystemExit as end:
        sys.stderr.flush()
        os._exit(int(end.code or 0))


class Watchdog:
    """Kills its own process when something takes too long; a supervisor starts it again.

    Once a transaction's outcome is not known, dying is as safe as any crash, and waiting is not: a
    client that wakes up late could go on where others have taken over.
    """

    def __init__(self) -> None:
        self._deadline: tuple[float, str] | None = None
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    @contextmanager
    def watching(self, what: str, patience_s: float) -> Iterator[None]:
        """Kill the process unless this block ends in time, and what it is part of in its own.

        :param what: named in the log.
        """
        before = self._deadline
        mine = (time.monotonic() + patience_s, what)
        self._deadline = min(before, mine) if before else mine
        try:
            yield
        finally:
            self._deadline = before

    def _watch(self) -> None:
        while True:
            time.sleep(LOOK_S)
            deadline = self._deadline
            if deadline and time.monotonic() > deadline[0]:
                logger.critical("%s hangs: the process ends and is started again", deadline[1])
                os.kill(os.getpid(), signal.SIGKILL)
