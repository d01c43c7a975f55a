"""The platform's own processes on this machine, and the supervisor that keeps them running."""

import os
import signal
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import psutil

from contracts.backoff import Backoff
from contracts.errors import USER_ERROR
from local.process import Process, Report

WATCH_SECONDS = 0.1
RUN = [sys.executable, "-m", "dataflows", "run"]


def pipeline(folder: Path, environment: Mapping[str, str], workers: int) -> Process:
    """Both halves in one worker process, with recovery on, under a runner."""
    options = ["--recovery", str(folder / "recovery"), "--workers", str(workers)]
    return Process("pipeline", [*RUN, "pipeline", *options], folder, environment=environment)


def analyze(folder: Path, environment: Mapping[str, str]) -> Process:
    """The analyze half alone, under a runner: one more replica of it."""
    return Process("analyze", [*RUN, "analyze"], folder, environment=environment)


def worker(runner: Process) -> int | None:
    """The process that does the work under a runner; null while there is none."""
    with suppress(psutil.NoSuchProcess):
        if runner.alive:
            for child in psutil.Process(runner.pid).children():
                if child.status() != psutil.STATUS_ZOMBIE:
                    return child.pid
    return None


def gateway(folder: Path, environment: Mapping[str, str]) -> Process:
    """REST, WebSocket and the dashboard."""
    command = [sys.executable, "-m", "gateway"]
    return Process("gateway", command, folder, environment=environment)


def connector(folder: Path, environment: Mapping[str, str], *arguments: str | Path) -> Process:
    """A connector: ``synthetic …`` or ``file PATH …``."""
    command = [sys.executable, "-m", "connectors", *arguments]
    return Process(str(arguments[0]), command, folder, environment=environment)


class Supervisor:
    """Starts a process again whenever it ends, with growing pauses, until it is stopped.

    A process that ends for a mistake of its user (code 2) is left alone: trying again is no use.
    """

    def __init__(self, process: Process, report: Report) -> None:
        """:param report: told of every restart."""
        self.process = process
        self.restarts = 0
        self.has_given_up = False
        self._report = report
        self._stopping = threading.Event()
        self._watch = threading.Thread(target=self._keep_running, daemon=True)

    def start(self) -> None:
        """Start it and watch it."""
        self.process.start()
        self._watch.start()

    def stop(self) -> None:
        """Stop watching, then stop it."""
        self._stopping.set()
        if self._watch.is_alive():
            self._watch.join()
        self.process.stop()

    def kill(self) -> None:
        """End the process as a crash would (``kill -9``); it is started again."""
        if pid := self.process.pid:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _keep_running(self) -> None:
        backoff = Backoff()
        started = time.monotonic()
        while not self._stopping.wait(WATCH_SECONDS):
            code = self.process.exit_code
            if code is None:
                continue
            last = self.process.log_tail(1)
            if code == USER_ERROR:
                self.has_given_up = True
                self._report(f"{self.process.name} has stopped: {last}")
                return
            self._report(f"{self.process.name} ended with code {code} ({last}); starting it again")
            if self._stopping.wait(backoff.pause_s(time.monotonic() - started)):
                return
            self.restarts += 1
            started = time.monotonic()
            self.process.start()
