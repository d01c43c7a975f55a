"""``make demo``: the whole platform with something to watch, until Ctrl-C."""

import os
import signal
import sys
import time
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from connectors.polling.registry import connect_of
from connectors.polling.run import now
from contracts.errors import ServerError, SettingsError, one_line_errors
from local.exclusive import only_one
from local.platform import Platform
from local.process import Process, Report
from local.replay import print_report, replay, tell_verdict
from local.wishes import GENERATOR, Wishes, read_wishes

WATCH_SECONDS = 0.2


class Stopped(BaseException):
    """Ctrl-C, or a polite kill."""


class Teller:
    """Prints one line a step, with the seconds since the start."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    def __call__(self, sentence: str) -> None:
        """Say what is being done or done."""
        print(f"[{time.monotonic() - self._start:5.1f} s] {sentence}", flush=True)


def main() -> int:
    """Run the demo; the exit code."""
    tell = Teller()
    wishes = read_wishes(os.environ)
    with only_one(wishes.platform.folder), stoppable():
        try:
            with Platform(wishes.platform, tell) as platform:
                return run(platform, wishes, tell)
        except Stopped:
            tell("stopped; the next start goes on from here, make reset forgets it")
            return 0


def run(platform: Platform, wishes: Wishes, tell: Report) -> int:
    """Send what was asked for through a running platform; the exit code."""
    if wishes.input is None:
        run_sources(platform, wishes, tell)
        return 0
    show(platform, wishes, tell)
    return replay_file(platform, wishes.input, tell, once=wishes.once)


def run_sources(platform: Platform, wishes: Wishes, tell: Report) -> None:
    """Run the sources that can, until stopped; say of the others what is missing.

    Where none can, the generator gives something to watch.
    """
    usable = [name for name in wishes.sources if is_usable(platform, name, tell)]
    if not usable:
        tell("no source that was asked for can run; the synthetic generator runs in their place")
    generator = None
    for name in usable or [GENERATOR]:
        if name == GENERATOR:
            generator = platform.connector(name, "--count", "0", "--rate", f"{wishes.rate:g}")
            generator.start()
            tell(f"synthetic generator is up, {wishes.rate:g} messages/s")
        else:
            platform.poll(name)
            tell(f"{name} is up")
    show(platform, wishes, tell)
    watch(platform, generator)


def is_usable(platform: Platform, name: str, tell: Report) -> bool:
    """Whether a source's settings suffice; says what is missing if not."""
    try:
        connect_of(name)(platform.settings, lambda _remaining, _reset: None, now).close()
    except SettingsError as error:
        tell(f"{name} is left out: {error}")
        return False
    return True


def replay_file(platform: Platform, path: Path, tell: Report, *, once: bool) -> int:
    """Replay a file, print what happened, and go on serving the dashboard unless ``once``."""
    replayed = replay(platform, path)
    print_report(replayed, platform.settings.inference.churn_threshold)
    tell_verdict(replayed, tell)
    if once:
        return 0 if replayed.is_accounted_for else 1
    tell(f"serving the dashboard at {platform.url}; Ctrl-C stops everything")
    watch(platform, None)
    return 0


def show(platform: Platform, wishes: Wishes, tell: Report) -> None:
    """Say where the dashboard is, and open it."""
    tell(f"dashboard: {platform.url}   (Ctrl-C stops everything)")
    if wishes.opens_browser:
        webbrowser.open(platform.url)


def watch(platform: Platform, source: Process | None) -> None:
    """Stay until stopped.

    :raises ServerError: the generator ended by itself, or a service cannot go on.
    """
    while source is None or source.alive:
        time.sleep(WATCH_SECONDS)
        platform.require_services()
    raise ServerError(
        f"the generator ended with code {source.exit_code}: {source.log_tail(1)}",
        f"its log is {source.log}",
    )


@contextmanager
def stoppable() -> Iterator[None]:
    """Turn Ctrl-C and SIGTERM into :class:`Stopped`, once; while stopping they are not heard."""

    def stop(number: int, _: FrameType | None) -> None:
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, signal.SIG_IGN)
        raise Stopped(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    yield


if __name__ == "__main__":
    with one_line_errors():
        sys.exit(main())
