"""Connectors that poll, on a real broker: killed, shut out, without a broker; each post comes once.

``KILLS=50`` makes the scenario longer: a hundred posts for each kill.
"""

import multiprocessing
import os
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from multiprocessing.process import BaseProcess
from pathlib import Path
from random import Random

import pytest
from confluent_kafka import KafkaException

from connectors.polling.run import Committed, keep_polling
from connectors.stop import Stop
from contracts.errors import ServerError
from contracts.settings import Kafka, load
from local.ports import free_port
from local.servers.kafka import KafkaServer
from stores.kafka import ensure_topics
from stores.kafka.scan import records_since
from tests.support.scenarios import SCENARIOS, Scenario, mastodon
from tests.support.waiting import wait_for

KILLS = int(os.environ.get("KILLS", "8"))
POSTS_A_KILL = 100
MOST_WORK_S = 0.06

FORKING = multiprocessing.get_context("forkserver")
FORKING.set_forkserver_preload(["connectors.polling.run", "connectors.mastodon", "tweepy", "praw"])


def poll_in_child(environment: dict[str, str]) -> None:
    """What ``python -m connectors`` does."""
    stop = Stop()
    with stop.on_signals():
        keep_polling(environment["CONNECTOR"], load(environment), stop)


def child(scenario: Scenario, environment: dict[str, str]) -> BaseProcess:
    given = {**environment, **scenario.environment, "CONNECTOR": scenario.connector}
    process = FORKING.Process(target=poll_in_child, args=(given,))
    process.start()
    return process


def kill(process: BaseProcess) -> None:
    process.kill()
    process.join()


def wait_for_answer(scenario: Scenario) -> None:
    begun = scenario.requests()
    wait_for(lambda: scenario.requests() > begun)


def raw_keys(kafka: Kafka) -> list[str]:
    """What has come, as soon as the broker says so."""
    found: list[list[str]] = []

    def are_known() -> bool:
        with suppress(ServerError, KafkaException):
            records = records_since(kafka, kafka.raw, {})
            found.append([(record.key or b"").decode() for record in records])
        return bool(found)

    wait_for(are_known)
    return found[0]


@pytest.fixture
def common(topics_environment: dict[str, str], kafka: Kafka, tmp_path: Path) -> dict[str, str]:
    return {
        **topics_environment,
        "GROUNDSWELL_KAFKA_BOOTSTRAP": kafka.bootstrap,
        "GROUNDSWELL_CONNECTORS_AUTHOR_KEY": str(tmp_path / "key"),
        "GROUNDSWELL_HISTORY_PATH": str(tmp_path / "history.sqlite"),
    }


@pytest.mark.parametrize("open_scenario", SCENARIOS.values(), ids=SCENARIOS.keys())
def test_every_post_comes_once_wherever_the_connector_is_killed(
    open_scenario: Callable[[], AbstractContextManager[Scenario]],
    common: dict[str, str],
    kafka: Kafka,
) -> None:
    random = Random(1)
    with open_scenario() as scenario:
        expected = [*scenario.posted, scenario.post(0)]
        process = child(scenario, common)
        wait_for(lambda: sorted(raw_keys(kafka)) == sorted(expected))
        kill(process)
        expected += [scenario.post(number) for number in range(1, KILLS * POSTS_A_KILL)]
        for _ in range(KILLS):
            process = child(scenario, common)
            wait_for_answer(scenario)
            time.sleep(random.uniform(0, MOST_WORK_S))  # when it dies is the test
            kill(process)
        process = child(scenario, common)
        wait_for(lambda: len(set(raw_keys(kafka))) >= len(expected))
        process.terminate()
        process.join()
        assert process.exitcode == 0
    assert Counter(raw_keys(kafka)) == Counter(expected)


def test_a_second_connector_of_one_name_shuts_the_first_out(
    common: dict[str, str], kafka: Kafka
) -> None:
    with mastodon() as scenario:
        settings = load({**common, **scenario.environment})
        first, second = Committed("mastodon", settings), Committed("mastodon", settings)
        post = scenario.post(0)
        with pytest.raises(ServerError, match="fenced"):
            first.turn()
        second.close()
        third = Committed("mastodon", settings)
        third.turn()
        for committed in (first, third):
            committed.close()
    assert raw_keys(kafka) == [post]


def test_while_kafka_is_away_nothing_is_asked_and_afterwards_nothing_is_missed(
    common: dict[str, str], tmp_path: Path
) -> None:
    with KafkaServer(tmp_path / "kafka", free_port()) as broker, mastodon() as scenario:
        environment = {
            **common,
            "GROUNDSWELL_KAFKA_BOOTSTRAP": broker.bootstrap,
            "GROUNDSWELL_KAFKA_REQUEST_TIMEOUT_MS": "2000",
            "GROUNDSWELL_KAFKA_TRANSACTION_TIMEOUT_MS": "2000",
        }
        settings = load({**environment, **scenario.environment})
        ensure_topics(settings.kafka)
        process = child(scenario, environment)
        expected = [scenario.post(0)]
        wait_for(lambda: raw_keys(settings.kafka) == expected)
        broker.kill()
        expected.append(scenario.post(1))
        broker.start()
        supervised = [process]

        def all_came() -> bool:
            # A call of the client that hangs is ended with its process: somebody starts another.
            if not supervised[-1].is_alive():
                supervised.append(child(scenario, environment))
            return len(raw_keys(settings.kafka)) >= len(expected)

        wait_for(all_came)
        supervised[-1].terminate()
        supervised[-1].join()
        assert Counter(raw_keys(settings.kafka)) == Counter(expected)
