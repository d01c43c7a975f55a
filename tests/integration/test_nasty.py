"""10,000 payloads that nobody should send: no crash, no loss, a reason for each refusal."""

from collections import Counter
from itertools import islice

import pytest
from confluent_kafka import Producer

from contracts.messages import InvalidReason
from local.account import account_since, mark, wait_until_analyzed, wait_until_stored
from local.platform import Search
from stores.kafka import producer_config
from stores.kafka.scan import records_since
from stores.open import open_history
from tests.conftest import MakePlatform
from tests.support.nasty import drawn, hand_made, mutated, own_key

COUNT = 10_000
DRAWN = 2_000


@pytest.mark.parametrize("search", ["sqlite", "elasticsearch"])
def test_each_nasty_payload_is_processed_or_dead_lettered(
    make_platform: MakePlatform, search: Search
) -> None:
    payloads = [*hand_made(), *drawn(DRAWN)]
    payloads += islice(mutated(COUNT, seed=7), COUNT - len(payloads))
    platform = make_platform(search)
    kafka = platform.settings.kafka
    start = mark(kafka)

    refused: list[str] = []
    producer = Producer(producer_config(kafka))
    for number, payload in enumerate(payloads):
        producer.produce(
            kafka.raw,
            key=own_key(payload, number),
            value=payload,
            on_delivery=lambda error, _: refused.append(error.str()) if error else None,
        )
        producer.poll(0)
    assert producer.flush(60) == 0
    assert refused == []

    assert wait_until_analyzed(kafka, 120)
    account = account_since(kafka, start)
    assert account.raw == COUNT
    assert account.is_complete
    assert account.processed
    assert set(account.invalid) <= set(InvalidReason)
    assert len(account.invalid) >= 10

    sent = Counter(payloads)
    for letter in records_since(kafka, kafka.invalid, start.invalid):
        headers = dict(letter.headers)
        assert letter.value is not None
        assert sent[letter.value] > 0
        assert headers["source_topic"] == kafka.raw.encode()
        assert headers["detail"]

    history = open_history(platform.settings)
    try:
        assert wait_until_stored(history, account, platform.settings, 60)
        assert history.count_messages() == len(account.kept) > 1000
    finally:
        history.close()
    assert platform.pipeline is not None
    assert platform.pipeline.restarts == 0
