"""The platform's own processes on this machine, and the supervisor that keeps them running."""

import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from bytewax.recovery import init_db_dir

from contracts.errors import USER_ERROR
from local.process import Process, Report

RECOVERY_PARTITIONS = 1
SNAPSHOT_SECONDS = 1
BACKOFF_FIRST_SECONDS = 0.2
BACKOFF_MOST_SECONDS = 5.0
WATCH_SECONDS = 0.1
HEALTHY_SECONDS = 5.0


def pipeline(folder: Path, environment: Mapping[str, str], workers: int) -> Process:
    """Both halves in one process, with recovery on."""
    recovery = folder / "recovery"
    if not recovery.is_dir():
        recovery.mkdir(parents=True)
        init_db_dir(recovery, RECOVERY_PARTITIONS)  # type: ignore[no-untyped-call] # not annotated
    flow = [sys.executable, "-m", "bytewax.run", "dataflows.pipeline:flow"]
    resume = ["-r", str(recovery), "-s", str(SNAPSHOT_SECONDS), "-b", "0"]
    return Process(
        "pipeline", [*flow, "-w", str(workers), *resume], folder, environment=environment
    )


def analyze(folder: Path, environment: Mapping[str, str]) -> Process:
    """The analyze half alone: one more replica of it."""
    flow = [sys.executable, "-m", "bytewax.run", "dataflows.analyze:flow"]
    return Process("analyze", flow, folder, environment=environment)


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

    def _keep_running(self) -> None:
        pause = BACKOFF_FIRST_SECONDS
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
            if time.monotonic() - started > HEALTHY_SECONDS:
                pause = BACKOFF_FIRST_SECONDS
            self._report(f"{self.process.name} ended with code {code} ({last}); starting it again")
            if self._stopping.wait(pause):
                return
            pause = min(2 * pause, BACKOFF_MOST_SECONDS)
            self.restarts += 1
            started = time.monotonic()
            self.process.start()
