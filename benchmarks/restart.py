"""How long messages stand still when the process that works is killed.

``python -m benchmarks.restart --repeats 10`` kills it (``kill -9``) under a light load and waits
for the first newly committed message, with the runner, and with ``python -m bytewax.run`` started
again at once. Prints the median of each, and their ratio.
"""

import argparse
import os
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bytewax.recovery import init_db_dir

from chaos.progress import committed, wait
from contracts.settings import Kafka
from local import services
from local.platform import Platform, Wanted
from local.ports import free_port
from local.process import Process

PAUSE_S = 6.0  # healthy for long enough that back-off begins anew
WARM_S = 60.0


def main() -> None:
    """Measure both and print them."""
    parser = argparse.ArgumentParser(description="Time from kill -9 to the first commit.")
    parser.add_argument("--repeats", type=int, default=10)
    repeats = parser.parse_args().repeats
    with tempfile.TemporaryDirectory() as folder:
        platform = Platform(Wanted(folder=Path(folder), port=free_port()))
        try:
            platform.start_servers()
            platform.connector("synthetic", "--count", "0", "--rate", "100").start()
            runner = with_runner(platform, repeats)
            plain = with_the_engine_alone(platform, repeats)
        finally:
            platform.stop()
    for name, seconds in (("runner", runner), ("bytewax.run", plain)):
        shown = " ".join(f"{each:.2f}" for each in sorted(seconds))
        print(f"{name:12} p50 {statistics.median(seconds):.2f} s   ({shown})")
    print(f"ratio {statistics.median(plain) / statistics.median(runner):.1f}")


def with_runner(platform: Platform, repeats: int) -> list[float]:
    """Seconds of each restart by the runner."""
    process = services.pipeline(platform.folder / "runner", platform.environment, 1)

    def kill() -> None:
        if pid := services.worker(process):
            os.kill(pid, signal.SIGKILL)

    return _times(platform.settings.kafka, process, kill, repeats)


def with_the_engine_alone(platform: Platform, repeats: int) -> list[float]:
    """Seconds of each restart of the engine's own command line, begun at once."""
    folder = platform.folder / "engine"
    recovery = folder / "recovery"
    recovery.mkdir(parents=True)
    init_db_dir(recovery, 1)
    command = [sys.executable, "-m", "bytewax.run", "dataflows.pipeline:flow"]
    options = ["-r", str(recovery), "-s", "1", "-b", "0"]
    process = Process("engine", [*command, *options], folder, environment=platform.environment)

    def kill() -> None:
        if process.pid:
            os.kill(process.pid, signal.SIGKILL)
        process.wait_until_ended(10)
        process.start()

    return _times(platform.settings.kafka, process, kill, repeats)


def _times(kafka: Kafka, process: Process, kill: Callable[[], None], repeats: int) -> list[float]:
    process.start()
    try:
        seconds = []
        _wait_for_commits(kafka, sum(committed(kafka).values()))
        for _ in range(repeats):
            time.sleep(PAUSE_S)
            begun = time.monotonic()
            kill()
            _wait_for_commits(kafka, sum(committed(kafka).values()))
            seconds.append(time.monotonic() - begun)
        return seconds
    finally:
        process.stop()


def _wait_for_commits(kafka: Kafka, position: int) -> None:
    wait(lambda: sum(committed(kafka).values()) > position, "nothing is committed", WARM_S)


if __name__ == "__main__":
    main()
