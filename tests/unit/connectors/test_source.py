import os
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from connectors.pace import Pacer
from connectors.source import Position, Post, Unreadable, run
from connectors.stop import Stop
from contracts import wire
from contracts.errors import InputError
from contracts.messages import Message


def post(number: int) -> Post:
    message = Message(
        message_id=f"test:{number}",
        source="test",
        platform="twitter",
        text="hi",
        created_at=datetime(2025, 1, 1, tzinfo=UTC),
    )
    return Post(message, number + 1)


class Numbers:
    name = "numbers"
    start: int = 0

    def __init__(self, count: int, error: Exception | None = None) -> None:
        self.count = count
        self.error = error
        self.acknowledged: list[Position] = []

    def __iter__(self) -> Iterator[Post]:
        yield from map(post, range(self.count))
        if self.error:
            raise self.error

    def acknowledge(self, position: Position) -> None:
        self.acknowledged.append(position)

    def counts(self) -> dict[str, int]:
        return {"blank_rows": 2}


class Taken:
    """A sink that delivers everything at once."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.sent = self.refused = self.undelivered = 0
        self.posts: list[Post] = []
        self.stop_after = stop_after
        self.is_closed = False
        self.delivered_to: Position | None = None

    def send(self, post: Post, stop: Stop) -> bool:
        self.posts.append(post)
        self.sent += 1
        self.delivered_to = post.position
        if self.sent == self.stop_after:
            os.kill(os.getpid(), signal.SIGTERM)
        return not stop.requested

    def idle(self, seconds: float) -> None:
        time.sleep(seconds)

    def close(self, stop: Stop) -> None:
        del stop
        self.is_closed = True


def test_every_post_goes_to_the_sink_and_the_source_hears_how_far() -> None:
    source, sink = Numbers(3), Taken()
    summary = run(source, sink)
    assert [each.key for each in sink.posts] == ["test:0", "test:1", "test:2"]
    assert source.acknowledged == [3]
    assert (summary.read, summary.sent, summary.first_position, summary.last_position) == (
        *(3, 3, 0, 3),
    )
    assert summary.complete
    assert sink.is_closed


def test_the_summary_is_one_line_with_every_count() -> None:
    line = run(Numbers(2), Taken()).line()
    assert line.startswith("numbers: 2 read, 2 sent, 0 refused, 0 unreadable, 0 undelivered, 2 bl")
    assert "positions 0 to 2" in line
    assert "\n" not in line


def test_what_a_source_gave_before_it_failed_is_delivered_and_the_error_kept() -> None:
    sink = Taken()
    summary = run(Numbers(2, InputError("the disk is gone", "plug it in")), sink)
    assert summary.sent == 2
    assert summary.error == "the disk is gone; plug it in"
    assert not summary.complete
    assert sink.is_closed


def test_a_signal_ends_the_run_with_what_was_taken_delivered() -> None:
    stop, sink, source = Stop(), Taken(stop_after=5), Numbers(1000)
    before = signal.getsignal(signal.SIGTERM)
    with stop.on_signals():
        summary = run(source, sink, stop=stop)
    assert summary.stopped
    assert summary.complete
    assert len(sink.posts) == 5
    assert source.acknowledged == [5]
    assert sink.is_closed
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_signal_breaks_off_the_wait_for_input() -> None:
    read_end, write_end = os.pipe()

    class Waiting(Numbers):
        def __iter__(self) -> Iterator[Post]:
            signal.setitimer(signal.ITIMER_REAL, 0.05)
            os.read(read_end, 1)
            yield post(0)

    stop = Stop()
    before = signal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), signal.SIGINT))
    try:
        with stop.on_signals():
            summary = run(Waiting(1), Taken(), stop=stop)
    finally:
        signal.signal(signal.SIGALRM, before)
        os.close(read_end)
        os.close(write_end)
    assert summary.stopped
    assert summary.read == 0


def test_an_unreadable_post_is_sent_as_it_is_and_counted() -> None:
    class Broken(Numbers):
        def __iter__(self) -> Iterator[Post]:
            yield Post(Unreadable("file:1-2", b"\xff{", "not UTF-8"), 9)

    sink = Taken()
    summary = run(Broken(1), sink)
    assert summary.unreadable == 1
    assert sink.posts[0].key == "file:1-2"
    assert sink.posts[0].payload() == b"\xff{"


def test_a_message_is_keyed_by_its_id_and_encoded_by_the_contract() -> None:
    sent = post(7)
    assert sent.key == "test:7"
    assert wire.decode_message(sent.payload()) == sent.content


def test_the_rate_is_even_and_does_not_drift(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    pacer, sent_at = Pacer(250), []
    for _ in range(1000):
        clock[0] += pacer.wait_seconds() + 0.0013
        sent_at.append(clock[0])
        pacer.passed()
    assert sent_at[-1] - sent_at[0] == pytest.approx(999 / 250, abs=0.01)
    gaps = [later - sooner for sooner, later in pairwise(sent_at)]
    assert max(gaps) < 0.01


def test_after_a_standstill_at_most_a_second_is_caught_up(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    pacer = Pacer(100)
    clock[0] = 60.0
    burst = 0
    while not pacer.wait_seconds():
        pacer.passed()
        burst += 1
    assert burst <= 102


def test_without_a_rate_nothing_waits() -> None:
    pacer = Pacer(None)
    pacer.passed()
    assert pacer.wait_seconds() == 0
