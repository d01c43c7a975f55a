"""The pipeline is killed, and every message is still found once at every station."""

import os
import signal

import pytest

from local.account import account_since, mark, wait_until_analyzed, wait_until_stored
from local.platform import Platform
from local.services import worker
from stores.open import open_history
from tests.conftest import MakePlatform
from tests.support.waiting import wait_for

MESSAGES = 20_000
KILLS = 3


@pytest.mark.parametrize("workers", [1, 2])
def test_three_kills_during_20000_messages_change_no_count(
    make_platform: MakePlatform, workers: int
) -> None:
    platform = make_platform(workers=workers)
    kafka = platform.settings.kafka
    start = mark(kafka)
    source = platform.connector(
        "synthetic", "--count", str(MESSAGES), "--rate", "2500", "--seed", "5"
    )
    source.start()
    for kill in range(1, KILLS + 1):
        wait_for_processed(platform, kill * MESSAGES // (KILLS + 2))
        kill_pipeline(platform)
    source.wait_until_ended(120)
    assert wait_until_analyzed(kafka, 120)

    account = account_since(kafka, start)
    ids = [message.message_id for message in account.processed]
    assert account.raw == MESSAGES
    assert account.is_complete
    assert len(ids) == len(set(ids))
    history = open_history(platform.settings)
    try:
        assert wait_until_stored(history, account, platform.settings, 120)
        assert history.count_messages() == len(ids)
    finally:
        history.close()


def wait_for_processed(platform: Platform, count: int) -> None:
    history = open_history(platform.settings)
    wait_for(lambda: history.count_messages() >= count)
    history.close()


def kill_pipeline(platform: Platform) -> None:
    assert platform.pipeline is not None
    runner = platform.pipeline.process
    killed = wait_for(lambda: worker(runner))
    os.kill(killed, signal.SIGKILL)
    wait_for(lambda: worker(runner) not in {None, killed})
