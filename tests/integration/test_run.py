"""The runner: a clean end on request, another start after a crash, and nobody left behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from chaos.load import Load
from chaos.progress import progress
from contracts.settings import Kafka, load
from local.account import Mark, account_since, mark, wait_until_analyzed, wait_until_stored
from local.platform import Platform
from local.process import Process
from local.servers.kafka import KafkaServer
from local.services import RUN, worker
from stores.kafka import ensure_topics
from stores.open import open_history
from tests.conftest import MakePlatform
from tests.support.waiting import wait_for

MESSAGES = 4000
PATIENCE_S = 10
VALUE = b"{"  # no message: the models are not asked


def runner_of(platform: Platform) -> Process:
    assert platform.pipeline is not None
    return platform.pipeline.process


@pytest.fixture
def kafka(kafka_server: KafkaServer, topics_environment: dict[str, str]) -> Kafka:
    """A broker with topics of its own for each test."""
    topics_environment["GROUNDSWELL_KAFKA_BOOTSTRAP"] = kafka_server.bootstrap
    kafka = load(topics_environment).kafka
    ensure_topics(kafka)
    return kafka


@pytest.fixture
def analyze(tmp_path: Path, kafka: Kafka, topics_environment: dict[str, str]) -> Iterator[Process]:
    """A runner of the analyze half."""
    assert topics_environment["GROUNDSWELL_KAFKA_BOOTSTRAP"] == kafka.bootstrap
    command = [*RUN, "analyze", "--patience", str(PATIENCE_S)]
    process = Process("analyze", command, tmp_path, environment=topics_environment)
    yield process
    process.kill()


def test_after_a_clean_end_the_next_start_goes_on(make_platform: MakePlatform) -> None:
    platform = make_platform()
    kafka = platform.settings.kafka
    start = mark(kafka)
    source = platform.connector("synthetic", "--count", str(MESSAGES), "--rate", "800")
    source.start()
    history = open_history(platform.settings)
    wait_for(lambda: history.count_messages() > MESSAGES // 8)
    runner = runner_of(platform)
    pid = wait_for(lambda: runner.pid)
    os.kill(pid, signal.SIGTERM)
    wait_for(lambda: runner.pid != pid)  # the supervisor starts it again, whatever its code
    log = runner.log.read_text()
    assert "when it was asked to end" not in log
    assert "was killed" not in log

    source.wait_until_ended(60)
    assert wait_until_analyzed(kafka, 60)
    account = account_since(kafka, start)
    ids = [message.message_id for message in account.processed]
    assert len(ids) == len(set(ids)) == MESSAGES
    assert wait_until_stored(history, account, platform.settings, 60)
    history.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_asked_to_end_under_load_it_ends_with_0_and_all_that_it_read_is_committed(
    analyze: Process, kafka: Kafka, number: signal.Signals
) -> None:
    with Load(kafka, lambda n: (b"%d" % n, VALUE), 300):
        analyze.start()
        wait_for(lambda: progress(kafka) > 500)
        os.kill(wait_for(lambda: analyze.pid), number)
        assert analyze.wait_until_ended(30) == 0
    assert "Traceback" not in analyze.log_tail(100)
    assert account_since(kafka, Mark({}, {}, {})).invalid.total() == progress(kafka)


def test_a_worker_that_was_killed_is_started_again(analyze: Process) -> None:
    analyze.start()
    first = wait_for(lambda: worker(analyze))
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: worker(analyze) not in {None, first})
    assert "ended by SIGKILL; starting it again" in analyze.log_tail()


def test_a_worker_dies_with_its_runner(analyze: Process) -> None:
    analyze.start()
    wait_for(lambda: "assigned" in analyze.log_tail())
    left = psutil.Process(wait_for(lambda: worker(analyze)))
    os.kill(wait_for(lambda: analyze.pid), signal.SIGKILL)
    psutil.wait_procs([left], timeout=10)
    assert not left.is_running()


def test_a_worker_that_does_not_end_is_killed_and_it_is_said(analyze: Process) -> None:
    analyze.start()
    wait_for(lambda: "assigned" in analyze.log_tail())
    os.kill(wait_for(lambda: worker(analyze)), signal.SIGSTOP)
    os.kill(wait_for(lambda: analyze.pid), signal.SIGTERM)
    assert analyze.wait_until_ended(30) == 1
    assert f"did not end within {PATIENCE_S} s and was killed" in analyze.log_tail(1)


def test_a_mistake_of_the_user_ends_it(analyze: Process, tmp_path: Path) -> None:
    analyze.environment = {
        **analyze.environment,
        "GROUNDSWELL_ENRICHMENT_TAXONOMY": str(tmp_path / "nowhere"),
    }
    analyze.start()
    assert analyze.wait_until_ended(30) == 2
    assert analyze.log_tail(1).startswith("error: ")
    assert "nowhere" in analyze.log_tail(1)


def test_a_recovery_store_of_another_flow_is_refused_in_one_line(tmp_path: Path) -> None:
    recovery = tmp_path / "recovery"
    recovery.mkdir()
    (recovery / "store.json").write_text("{}")
    done = subprocess.run(
        [*RUN, "pipeline", "--recovery", str(recovery)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"error: the recovery folder {recovery} is no recovery store")
    assert "nothing is lost" in line


@pytest.mark.parametrize("store", ["sqlite", "elasticsearch"])
def test_what_is_forked_has_one_thread(store: str) -> None:
    program = (
        "import os; from contracts.settings import load; from dataflows.run import preload;"
        "preload('pipeline', load()); print(len(os.listdir('/proc/self/task')))"
    )
    environment = {**os.environ, "GROUNDSWELL_HISTORY_STORE": store}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "1"
