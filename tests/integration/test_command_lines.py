"""What a user can get wrong is answered with one line, a remedy and an exit code."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.exclusive import only_one
from local.servers.kafka import KafkaServer

ROOT = Path(__file__).parent.parent.parent
NOBODY = "127.0.0.1:1"


def run(tmp_path: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def assert_one_clear_line(done: subprocess.CompletedProcess[str], *says: str) -> None:
    assert done.returncode != 0
    (line,) = [line for line in done.stderr.splitlines() if line.strip()]
    assert line.startswith("error: ")
    assert "; " in line
    for word in says:
        assert word in line


@pytest.fixture
def taken_port() -> Iterator[str]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield str(taken.getsockname()[1])


@pytest.mark.parametrize("half", ["pipeline", "analyze", "aggregate"])
def test_a_flow_without_a_broker_says_so(tmp_path: Path, half: str) -> None:
    done = run(
        tmp_path,
        "bytewax.run",
        f"dataflows.{half}:flow",
        GROUNDSWELL_KAFKA_BOOTSTRAP=NOBODY,
    )
    assert_one_clear_line(done, NOBODY, "GROUNDSWELL_KAFKA_BOOTSTRAP")


def test_a_flow_without_topics_says_how_they_are_made(
    tmp_path: Path, kafka_server: KafkaServer, topics_environment: dict[str, str]
) -> None:
    done = run(
        tmp_path,
        "bytewax.run",
        "dataflows.pipeline:flow",
        GROUNDSWELL_KAFKA_BOOTSTRAP=kafka_server.bootstrap,
        **topics_environment,
    )
    assert_one_clear_line(done, "raw-", "python -m dataflows topics")


@pytest.mark.parametrize(
    "command",
    [
        ("bytewax.run", "dataflows.pipeline:flow"),
        ("dataflows", "topics"),
        ("dataflows", "run", "pipeline"),
        ("gateway",),
        ("connectors", "synthetic"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, command: tuple[str, ...]) -> None:
    wrong = run(tmp_path, *command, GROUNDSWELL_KAFKA_BATCH="many")
    assert_one_clear_line(wrong, "GROUNDSWELL_KAFKA_BATCH='many'", "docs/settings.md")
    unknown = run(tmp_path, *command, GROUNDSWELL_KAFKA_BATHC="1")
    assert_one_clear_line(unknown, "GROUNDSWELL_KAFKA_BATHC", "docs/settings.md")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "--message"),
        (("--message", ""), "1 to 128 characters"),
        (("--message", "x" * 129), "1 to 128 characters"),
        (("--message", "\udcff"), "'\\udcff' is no message id"),
        (("--author", ""), "'' is no author id"),
        (("--file", "nowhere.txt"), "nowhere.txt"),
    ],
)
def test_what_cannot_be_forgotten_is_said(
    tmp_path: Path, arguments: tuple[str, ...], says: str
) -> None:
    assert_one_clear_line(run(tmp_path, "dataflows", "forget", *arguments), says)


def test_who_forgets_without_a_broker_or_topics_is_told(
    tmp_path: Path, kafka_server: KafkaServer, topics_environment: dict[str, str]
) -> None:
    asked = ("dataflows", "forget", "--message", "a")
    done = run(tmp_path, *asked, GROUNDSWELL_KAFKA_BOOTSTRAP=NOBODY)
    assert_one_clear_line(done, NOBODY, "GROUNDSWELL_KAFKA_BOOTSTRAP")
    topics_environment["GROUNDSWELL_KAFKA_BOOTSTRAP"] = kafka_server.bootstrap
    assert_one_clear_line(run(tmp_path, *asked, **topics_environment), "python -m dataflows topics")


def test_the_gateway_on_a_port_in_use_says_which(tmp_path: Path, taken_port: str) -> None:
    done = run(tmp_path, "gateway", GROUNDSWELL_GATEWAY_PORT=taken_port)
    assert_one_clear_line(done, taken_port, "GROUNDSWELL_GATEWAY_PORT")


def test_the_demo_on_a_port_in_use_says_which(tmp_path: Path, taken_port: str) -> None:
    done = run(tmp_path, "local.demo", PORT=taken_port)
    assert_one_clear_line(done, taken_port, "PORT=")


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({"INPUT": "nowhere.csv"}, "nowhere.csv"),
        ({"PORT": "web"}, "PORT=web"),
        ({"SEARCH": "solr"}, "SEARCH=solr"),
        ({"RATE": "fast"}, "RATE=fast"),
    ],
)
def test_a_wrong_wish_for_the_demo_is_named(
    tmp_path: Path, variables: dict[str, str], says: str
) -> None:
    assert_one_clear_line(run(tmp_path, "local.demo", **variables), says)


def test_the_demo_with_a_broker_that_is_not_there_says_so(tmp_path: Path) -> None:
    assert_one_clear_line(run(tmp_path, "local.demo", KAFKA=NOBODY, PORT="18999"), NOBODY)


def test_a_second_demo_on_the_same_state_says_so(tmp_path: Path) -> None:
    with only_one(tmp_path / "state"):
        assert_one_clear_line(run(tmp_path, "local.demo"), "another demo runs")


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("none.csv", None, "none.csv"),
        ("empty.csv", "", "empty.csv"),
        ("numbers.csv", "a,b\n1,2\n3,4\n", "text"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(
    tmp_path: Path, name: str, text: str | None, says: str
) -> None:
    if text is not None:
        (tmp_path / name).write_text(text)
    done = run(tmp_path, "connectors", "file", name, "--dry-run")
    assert_one_clear_line(done, says)
