import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from connectors.__main__ import app
from contracts.messages import Message

ROOT = Path(__file__).parents[3]
runner = CliRunner()


@pytest.fixture(autouse=True)
def own_author_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


def test_a_dry_run_prints_messages_and_one_summary_line() -> None:
    result = runner.invoke(
        app, ["synthetic", "--count", "5", "--seed", "1", "--start", "2025-03-01", "--dry-run"]
    )
    assert result.exit_code == 0
    printed = [json.loads(line) for line in result.stdout.splitlines()]
    assert [each["message_id"] for each in printed] == [f"synthetic:1-{n}" for n in range(5)]
    assert set(printed[0]) >= {*Message.__struct_fields__} - {"extra"}
    (line,) = result.stderr.splitlines()
    assert line.startswith("synthetic: 5 read")


def test_the_summary_file_holds_the_counts(tmp_path: Path) -> None:
    posts, summary = tmp_path / "posts.csv", tmp_path / "summary.json"
    posts.write_bytes(b"text\nhi there\n\xff\n")
    arguments = ["file", str(posts), "--dry-run", "--summary-file", str(summary)]
    result = runner.invoke(app, arguments)
    assert result.exit_code == 0
    found = json.loads(summary.read_text())
    assert (found["read"], found["unreadable"], found["first_position"]) == (2, 1, 5)
    assert {"sent", "refused", "last_position", "seconds"} <= set(found)
    assert json.loads(result.stdout.splitlines()[1])["unreadable"].startswith("not UTF-8")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["file", "missing.csv"], "missing.csv does not exist; check the path"),
        (["file", "x.csv", "--map", "txt=a"], "there is no field 'txt'; fields are text"),
        (["file", "x.csv", "--timezone", "Mars/Base"], "--timezone 'Mars/Base' is not known"),
        (["file", "x.csv", "--day-first", "--month-first"], "exclude each other"),
        (["synthetic", "--start", "soon"], "--start: 'soon' is not a time"),
        (["synthetic", "--span", "later", "--dry-run"], "--span 'later' is no length of time"),
        (["synthetic", "--count", "0", "--start", "2025-03-01"], "give a --count"),
        (
            ["synthetic", "--count", "1", "--dry-run", "--summary-file", "no/such/folder.json"],
            "summary file no/such/folder.json cannot be written",
        ),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(arguments: list[str], says: str) -> None:
    result = runner.invoke(app, arguments)
    assert result.exit_code == 2
    last = result.stderr.splitlines()[-1]
    assert last.startswith("error: ")
    assert says in last
    assert "Traceback" not in result.stderr


def test_a_reader_that_goes_away_ends_a_dry_run_quietly() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "connectors", "synthetic", "--count", "0", "--dry-run"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline().startswith(b'{"message_id":"synthetic:')
        process.stdout.close()
        said = process.stderr.read().decode()
        assert process.wait(30) == 0
    assert said.startswith("synthetic: ")
    assert "Traceback" not in said
    assert "Exception" not in said


def test_no_broker_is_one_line_and_exit_code_75(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDSWELL_KAFKA_BOOTSTRAP", "127.0.0.1:9")
    result = runner.invoke(app, ["synthetic", "--count", "1"])
    assert result.exit_code == os.EX_TEMPFAIL
    assert "no Kafka broker answers at 127.0.0.1:9" in result.stderr
