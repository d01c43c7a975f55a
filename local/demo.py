"""``make demo``: the whole platform with something to watch, until Ctrl-C.

Reads its wishes from the variables that the README names: INPUT, ONCE, SEARCH, PORT, OPEN, RATE,
KAFKA, REDIS, ELASTICSEARCH.
"""

import os
import signal
import sys
import time
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import cast

from contracts.errors import InputError, SettingsError, one_line_errors
from local.exclusive import only_one
from local.platform import Platform, Search, Wanted
from local.process import Process
from local.replay import print_report, replay, tell_verdict

STATE = Path("state")
WATCH_SECONDS = 0.2
PORT_MAX = 65535
STORES = ("sqlite", "elasticsearch")


class Stopped(BaseException):
    """Ctrl-C, or a polite kill."""


class Teller:
    """Prints one line a step, with the seconds since the start."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    def __call__(self, sentence: str) -> None:
        """Say what is being done or done."""
        print(f"[{time.monotonic() - self._start:5.1f} s] {sentence}", flush=True)


def wanted(environment: dict[str, str]) -> Wanted:
    """What the variables ask for. :raises SettingsError: one of them does not fit."""
    search = environment.get("SEARCH") or "sqlite"
    if search not in STORES:
        raise SettingsError(f"SEARCH={search} is not a history store", f"use {' or '.join(STORES)}")
    port = environment.get("PORT") or "8000"
    if not port.isdecimal() or not 1 <= int(port) <= PORT_MAX:
        raise SettingsError(f"PORT={port} is not a port", "use a number from 1 to 65535")
    return Wanted(
        folder=STATE,
        port=int(port),
        search=cast(Search, search),
        kafka=environment.get("KAFKA") or None,
        redis=environment.get("REDIS") or None,
        elasticsearch=environment.get("ELASTICSEARCH") or None,
    )


def main() -> int:
    """Run the demo; the exit code."""
    environment = dict(os.environ)
    tell = Teller()
    given = environment.get("INPUT")
    path = Path(given) if given else None
    if path is not None and not path.is_file():
        raise InputError(f"INPUT={path}: there is no such file", "give a CSV, TSV or JSONL file")
    with only_one(STATE), stoppable():
        platform = Platform(wanted(environment), tell)
        try:
            with platform:
                return _run(platform, path, environment, tell)
        except Stopped:
            tell("stopped; the next start goes on from here, make reset forgets it")
            return 0


def _run(platform: Platform, path: Path | None, environment: dict[str, str], tell: Teller) -> int:
    if path is None:
        rate = environment.get("RATE") or "40"
        source = platform.connector("synthetic", "--count", "0", "--rate", rate)
        source.start()
        tell(f"synthetic generator is up, {rate} messages/s")
        _show(platform, environment, tell)
        _watch(source)
        return 0
    _show(platform, environment, tell)
    replayed = replay(platform, path)
    print_report(replayed, platform.settings.inference.churn_threshold)
    tell_verdict(replayed, tell)
    if environment.get("ONCE") == "1":
        return 0 if replayed.is_accounted_for else 1
    tell(f"serving the dashboard at {platform.url}; Ctrl-C stops everything")
    _watch(None)
    return 0


def _show(platform: Platform, environment: dict[str, str], tell: Teller) -> None:
    tell(f"dashboard: {platform.url}   (Ctrl-C stops everything)")
    has_display = sys.platform == "darwin" or "DISPLAY" in environment
    if has_display and environment.get("OPEN") != "0" and environment.get("ONCE") != "1":
        webbrowser.open(platform.url)


def _watch(source: Process | None) -> None:
    """Stay until stopped. :raises InputError: the generator ended by itself."""
    while source is None or source.alive:
        time.sleep(WATCH_SECONDS)
    raise InputError(
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
