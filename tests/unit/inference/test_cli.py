import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from contracts.errors import InputError
from contracts.messages import Analysis
from inference.evaluation.benchmark import speeds
from inference.stream import LINE_MAX_BYTES, read_texts

ROOT = Path(__file__).parents[3]


def run(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "inference", *arguments],
        input=stdin,
        capture_output=True,
        cwd=ROOT,
        check=False,
        timeout=60,
    )


def test_analyze_prints_a_readable_answer() -> None:
    answer = run("analyze", "I love it", "Das ist nicht gut und ich bin weg")
    shown = answer.stdout.decode()
    assert answer.returncode == 0
    assert "I love it\n  sentiment positive +" in shown
    assert "language not supported" in shown


def test_analyze_answers_lines_of_input_in_order_as_json() -> None:
    texts = ["I love it", "", "I hate it", "broken \xff bytes"]
    stdin = "\n".join(texts[:3]).encode() + b"\nbroken \xff bytes"
    lines = run("analyze", "--json", stdin=stdin).stdout.splitlines()
    labels = [msgspec.json.decode(line, type=Analysis).sentiment_label for line in lines]
    assert len(lines) == len(texts)
    assert (labels[0], labels[2]) == ("positive", "negative")


def test_analyze_explains_churn_and_takes_a_language() -> None:
    text = "I am cancelling my subscription today"
    assert json.loads(run("analyze", "--json", text).stdout)["churn_signals"]
    german = json.loads(run("analyze", "--json", "--language", "de", text).stdout)
    assert german["language_supported"] is False


def test_a_line_is_answered_before_the_next_one_comes() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "inference", "analyze", "--json"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for text in (b"so good\n", b"so bad\n"):
            process.stdin.write(text)
            process.stdin.flush()
            assert process.stdout.readline().startswith(b'{"sentiment_score"')
        process.stdin.close()
        assert process.wait(timeout=30) == 0


@pytest.mark.parametrize("command", ["train", "evaluate"])
def test_a_missing_data_folder_is_one_clear_line(command: str, tmp_path: Path) -> None:
    answer = run(command, "--data", str(tmp_path / "nowhere"))
    assert answer.returncode == 2
    (line,) = answer.stderr.decode().splitlines()
    assert line.startswith("error: ")
    assert "nowhere" in line
    assert "--data" in line


def test_too_long_a_line_is_one_clear_line() -> None:
    answer = run("analyze", stdin=b"fine\n" + b"x" * 10_001)
    assert answer.returncode == 2
    assert answer.stderr.decode().splitlines() == [
        "error: line 2 is longer than 10,000 characters; split it into posts"
    ]


class Chunks:
    """A stream that brings given pieces, one a read."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces

    def read1(self, size: int, /) -> bytes:
        piece = next(self._pieces, b"")
        assert len(piece) <= size
        return piece


def test_lines_are_put_together_from_pieces() -> None:
    pieces = iter([b"one\r\ntw", b"o\nthr", "ée\n\n".encode()[:3], "ée\n\n".encode()[3:], b"end"])
    assert list(read_texts(Chunks(pieces))) == [["one"], ["two"], ["thrée", ""], ["end"]]


def test_an_endless_line_is_refused_in_bounded_memory() -> None:
    endless = (b"x" * 4096 for _ in range(LINE_MAX_BYTES))
    with pytest.raises(InputError, match="line 1 is longer"):
        list(read_texts(Chunks(endless)))
    assert next(endless, None) is not None


def test_no_input_has_no_texts() -> None:
    assert list(read_texts(io.BytesIO(b""))) == []


def test_the_benchmark_measures_every_tier_and_way() -> None:
    measured = list(speeds(batch_sizes=(1, 8), seconds=0.05))
    seen = {(speed.who, speed.way) for speed in measured}
    ways = {"1 thread", "2 threads", "2 processes"}
    whole = {(tier, way) for tier in ("fast", "accurate") for way in ways}
    assert seen == whole | {("fast, alone", "2 processes"), ("accurate, alone", "2 processes")}
    assert all(speed.texts_per_second > 0 for speed in measured)
    assert all(0 < speed.p50_ms <= speed.p99_ms for speed in measured)


def test_modes_brands_and_explanations_are_asked_for_by_options() -> None:
    text = "Done with Velmora, switching to Kestova on Monday"
    answer = json.loads(
        run("analyze", "--json", "--explain", "--mode", "fast", "--own", "Velmora", text).stdout
    )
    assert answer["model"]["tier"] == "fast"
    assert answer["churn_risk"] >= 0.5
    assert [part["words"] for part in answer["explanation"]] == text.split()
    shown = run("analyze", "--explain", "--competitor", "Velmora", text).stdout.decode()
    assert "because of" in shown
    assert "from Velmora" not in shown
