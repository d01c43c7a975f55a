"""The aggregate half as a cluster that grows and shrinks, and one that loses its recovery store."""

import os
import re
import shutil
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import psutil
import pytest

from contracts.settings import Settings, load
from local.ports import free_ports
from local.process import Process
from local.servers.kafka import KafkaServer
from local.services import RUN, worker
from stores.kafka import ensure_topics
from stores.kafka.scan import end_offsets, records_since
from stores.open import open_history
from tests.support.stored_load import assert_windows_exact, load_on_processed, wait_for_more
from tests.support.waiting import wait_for

RATE = 200
LENGTH_S, LATENESS_S = 2, 3
SIZES = (1, 2, 3, 1)
REREAD = re.compile(r"\[(\d+)\]: read again from offset (\d+) to (\d+)")


@pytest.fixture
def variables(
    kafka_server: KafkaServer, redis_url: str, topics_environment: dict[str, str], tmp_path: Path
) -> dict[str, str]:
    """Topics and stores of its own; windows of a few seconds."""
    variables = {
        **topics_environment,
        "GROUNDSWELL_KAFKA_BOOTSTRAP": kafka_server.bootstrap,
        "GROUNDSWELL_REDIS_URL": redis_url,
        "GROUNDSWELL_HISTORY_PATH": str(tmp_path / "history.sqlite"),
        "GROUNDSWELL_WINDOWS_LENGTH_SECONDS": str(LENGTH_S),
        "GROUNDSWELL_WINDOWS_LATENESS_SECONDS": str(LATENESS_S),
    }
    ensure_topics(load(variables).kafka)
    return variables


@pytest.fixture
def running() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def cluster(folder: Path, variables: dict[str, str], size: int) -> list[Process]:
    """Runners of a cluster, each with a recovery folder of its own; started."""
    addresses = ",".join(f"127.0.0.1:{port}" for port in free_ports(size))
    processes = []
    for number in range(size):
        place = ["--process", str(number), "--addresses", addresses]
        recovery = ["--recovery", str(folder / f"recovery-{number}")]
        command = [*RUN, "aggregate", *place, *recovery]
        processes.append(Process(f"aggregate-{number}", command, folder, environment=variables))
    for process in processes:
        process.start()
    return processes


def end(processes: list[Process]) -> None:
    """Ask all of them to end, together."""
    for pid in [process.pid for process in processes]:
        psutil.Process(pid).terminate()
    assert [process.wait_until_ended(60) for process in processes] == [0] * len(processes)


def test_a_cluster_that_grows_and_shrinks_under_load_keeps_every_window_exact(
    tmp_path: Path, variables: dict[str, str], elasticsearch_url: str, running: ExitStack
) -> None:
    variables |= {
        "GROUNDSWELL_HISTORY_STORE": "elasticsearch",
        "GROUNDSWELL_HISTORY_URL": elasticsearch_url,
    }
    settings = load(variables)
    history = open_history(settings)
    running.callback(history.close)
    with load_on_processed(settings, RATE):
        for size in SIZES:
            processes = cluster(tmp_path, variables, size)
            for process in processes:
                running.callback(process.kill)
            wait_for_more(history, 4 * RATE)
            if size > 1:  # the others end with the one that is killed, and all come again
                os.kill(wait_for(partial(worker, processes[-1])), signal.SIGKILL)
                wait_for_more(history, 4 * RATE)
            end(processes)
    (last,) = cluster(tmp_path, variables, 1)
    running.callback(last.kill)
    assert_windows_exact(settings)
    assert "read again" not in last.log.read_text()
    end([last])


def test_a_lost_recovery_store_loses_nothing_and_little_is_read_again(
    tmp_path: Path, variables: dict[str, str], running: ExitStack
) -> None:
    settings = load(variables)
    history = open_history(settings)
    running.callback(history.close)
    recovery = tmp_path / "recovery"
    command = [*RUN, "aggregate", "--recovery", str(recovery)]
    process = Process("aggregate", command, tmp_path, environment=variables)
    running.callback(process.kill)
    process.start()
    with load_on_processed(settings, RATE):
        wait_for_more(history, 15 * RATE)
        process.kill()
        before = total(settings)
        shutil.rmtree(recovery)
        process.start()
        wait_for_more(history, RATE)
    assert_windows_exact(settings)
    assert worker(process)
    records = list(records_since(settings.kafka, settings.kafka.processed, {}))
    again = [tuple(map(int, found)) for found in REREAD.findall(process.log.read_text())]
    assert len(again) == settings.kafka.partitions
    for partition, start, told in again:
        times = {r.offset: r.timestamp_ms for r in records if r.partition == partition}
        since = times[told - 1] - 1000 * (LENGTH_S + LATENESS_S)
        assert start == min(offset for offset, time in times.items() if time >= since)
    assert sum(told - start for _, start, told in again) < before * 3 // 4


def total(settings: Settings) -> int:
    return sum(end_offsets(settings.kafka, settings.kafka.processed).values())
