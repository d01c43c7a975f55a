"""Whether this process was asked to end: by SIGTERM, or by Ctrl-C.

Sources look, and bring nothing more; so what was read goes through to its end. A process that was
forked goes on listening as its parent did.
"""

import signal
import time

SIGNALS = (signal.SIGTERM, signal.SIGINT)

_asked_at: list[float] = []


def listen() -> None:
    """Note these signals from now on, in place of being ended by them."""
    for number in SIGNALS:
        signal.signal(number, _note)


def is_wanted() -> bool:
    """Whether this process was asked to end."""
    return bool(_asked_at)


def waited_s() -> float:
    """Seconds since it was asked to; 0 where it was not."""
    return time.monotonic() - _asked_at[0] if _asked_at else 0.0


def _note(_number: int, _frame: object) -> None:
    _asked_at.append(time.monotonic())
