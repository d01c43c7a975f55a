"""The sink of a dry run: JSON lines on standard output, nothing sent."""

import os
import sys
import time

from connectors.source import Position, Post, Unreadable
from connectors.stop import Stop
from contracts import wire


class Printer:
    """Prints each message as it would be sent, and what is unreadable with its reason."""

    def __init__(self) -> None:
        self.sent = self.refused = self.undelivered = 0

    @property
    def delivered_to(self) -> Position | None:
        """Nothing is delivered: a dry run moves no position."""
        return None

    def send(self, post: Post, stop: Stop) -> bool:
        """Print a post; false where nobody reads any more."""
        del stop
        line = post.payload()
        if isinstance(post.content, Unreadable):
            line = wire.encode(
                {
                    "key": post.key,
                    "unreadable": post.content.reason,
                    "payload": line.decode(errors="replace"),
                }
            )
        try:
            sys.stdout.buffer.write(line + b"\n")
        except BrokenPipeError:
            _drop_output()
            return False
        return True

    def idle(self, seconds: float) -> None:
        """Pass this time, having shown what there is."""
        sys.stdout.flush()
        time.sleep(seconds)

    def close(self, stop: Stop) -> None:
        """Show what is still in the buffer."""
        del stop
        try:
            sys.stdout.flush()
        except BrokenPipeError:
            _drop_output()


def _drop_output() -> None:
    """Let the interpreter's own flush at exit meet no closed pipe (Python's documentation)."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
