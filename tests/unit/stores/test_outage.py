"""A store's thread: jobs in order, again until they are done; and what is said meanwhile."""

import logging

import pytest
from prometheus_client import REGISTRY

from contracts.errors import ServerError
from stores.outage import Outage, StoreThread


def seconds_away(store: str) -> float | None:
    return REGISTRY.get_sample_value("sentiment_store_outage_seconds", {"store": store})


def test_jobs_are_done_in_order_each_until_it_is_done() -> None:
    thread = StoreThread("ordered")
    done: list[str] = []
    attempts = iter(["away", "away", "there"])

    def hard() -> str:
        if next(attempts) == "away":
            raise ServerError("it is away")
        done.append("hard")
        return "hard"

    first, second = thread.submit(hard), thread.submit(lambda: done.append("easy"))
    assert first.result(10) == "hard"
    second.result(10)
    assert done == ["hard", "easy"]
    assert seconds_away("ordered") == 0


def test_an_error_that_will_not_pass_is_the_callers() -> None:
    thread = StoreThread("broken")
    with pytest.raises(ZeroDivisionError):
        thread.submit(lambda: 1 / 0).result(10)
    assert thread.submit(lambda: "goes on").result(10) == "goes on"


def test_an_outage_is_said_at_once_then_once_a_minute_and_when_it_is_over(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)
    now = 0.0
    outage = Outage("counted", lambda: now)
    for second in range(130):
        now = float(second)
        outage.failed(ServerError("connection refused"))
    assert seconds_away("counted") == 129
    outage.served()
    outage.served()
    assert seconds_away("counted") == 0
    said = [record.getMessage() for record in caplog.records]
    assert [line.partition(":")[0] for line in said] == [
        "counted is away since 0 s, work waits for it",
        "counted is away since 60 s, work waits for it",
        "counted is away since 120 s, work waits for it",
        "counted is back after 129.0 s",
    ]
