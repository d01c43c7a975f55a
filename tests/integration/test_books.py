"""The books of a running platform: right whatever is killed, and audited from the topics."""

import os
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from confluent_kafka import Producer, TopicPartition

from connectors.synthetic.generator import SyntheticOptions, SyntheticSource
from contracts import wire
from contracts.completeness import Lost
from local.account import wait_until_analyzed
from local.platform import Platform, Search
from stores.kafka import producer_config, require_broker
from stores.kafka.provenance import to_headers
from stores.kafka.scan import end_offsets, records_since
from tests.conftest import MakePlatform
from tests.integration.test_kill import kill_pipeline
from tests.support.messages import processed
from tests.support.stations import get
from tests.support.waiting import wait_for

MESSAGES = 3000
INVALID = 40
DELETED = 30
LATE = 20
REPOSTS = 10
HOUR = timedelta(hours=1)
SOURCE = SyntheticSource(SyntheticOptions(count=0, seed=3, rate=100))


def send(platform: Platform, *records: tuple[str, bytes | None]) -> None:
    kafka = platform.settings.kafka
    producer = Producer(producer_config(kafka))
    for key, value in records:
        producer.produce(kafka.raw, key=key, value=value)
    assert producer.flush(60) == 0


def message(number: int, **fields: Any) -> tuple[str, bytes]:
    made = wire.to_object(SOURCE.message(number))
    made |= {"text": f"{made['text']} ({number})", **fields}
    return made["message_id"], wire.encode(made)


def send_all(platform: Platform) -> None:
    """Messages of every kind that the books tell apart."""
    plain = [message(number) for number in range(MESSAGES)]
    old = (datetime.now(UTC) - HOUR).isoformat()
    late = [message(MESSAGES + n, created_at=old) for n in range(LATE)]
    reposts = [message(2 * MESSAGES + n, text="the same words") for n in range(REPOSTS + 1)]
    invalid = [(f"broken:{n}", b"{") for n in range(INVALID)]
    deletions = [(key, None) for key, _ in plain[:DELETED]]
    send(platform, *plain[: MESSAGES // 2], *late, *reposts)
    kill_pipeline(platform)
    send(platform, *plain[MESSAGES // 2 :], *invalid)
    kill_pipeline(platform)
    send(platform, *deletions)


def books(platform: Platform, since: datetime) -> dict[str, Any]:
    until = datetime.now(UTC) + timedelta(minutes=1)
    answer: dict[str, Any] = get(
        platform, "/api/completeness", **{"from": since.isoformat(), "to": until.isoformat()}
    )
    return answer


def audit(platform: Platform, patience: int = 60) -> subprocess.CompletedProcess[str]:
    end = datetime.now(UTC) + timedelta(minutes=1)
    stretch = ["--from", f"{end - HOUR:%Y-%m-%dT%H:%M:%S}", "--to", f"{end:%Y-%m-%dT%H:%M:%S}"]
    return subprocess.run(
        [sys.executable, "-m", "dataflows", "audit", *stretch, "--patience", str(patience)],
        env=os.environ | platform.environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("search", ["sqlite", "elasticsearch"])
def test_every_message_is_in_the_books_once_whatever_is_killed(
    make_platform: MakePlatform, search: Search
) -> None:
    platform = make_platform(search)
    since = datetime.now(UTC)
    send_all(platform)
    entered = MESSAGES + LATE + REPOSTS + 1 + INVALID + DELETED
    assert wait_until_analyzed(platform.settings.kafka, 120)

    def settled() -> dict[str, Any] | None:
        answer = books(platform, since)
        return answer if answer["entered"] == entered and answer["is_complete"] else None

    said = wait_for(settled)
    assert said["processed"] == entered - INVALID - DELETED
    assert said["invalid"] == {"not_json": INVALID}
    assert (said["deleted"], said["late"], said["reposts"]) == (DELETED, LATE, REPOSTS)
    assert (said["waiting"], said["missing"], said["lost"]) == (0, 0, [])

    done = audit(platform)
    last = done.stdout.splitlines()[-1]
    assert last == f"entered={entered} differences=0 missing=0 repeated=0 unknown=0"
    assert done.returncode == 0

    def gauged(what: str, count: int) -> bool:
        line = f'sentiment_completeness_messages{{what="{what}"}} {count}.0'
        return line in httpx.get(f"{platform.url}/metrics", timeout=30).text.splitlines()

    wait_for(lambda: gauged("entered", entered) and gauged("missing", 0))


def test_an_audit_finds_what_is_wrong_with_topics_and_books(make_platform: MakePlatform) -> None:
    platform = make_platform()
    kafka = platform.settings.kafka
    send(platform, *(message(number) for number in range(30)))
    assert wait_until_analyzed(kafka, 60)
    assert audit(platform).returncode == 0

    first = next(iter(records_since(kafka, kafka.processed, {})))
    producer = Producer(producer_config(kafka))
    producer.produce(kafka.processed, key=first.key, value=first.value, headers=[*first.headers])
    nowhere = to_headers(
        source_topic=kafka.raw,
        source_partition=0,
        source_offset=10**6,
        source_timestamp=first.timestamp_ms,
    )
    value = wire.encode(processed("nobody", created_at=datetime.now(UTC)))
    producer.produce(kafka.processed, key="nobody", value=value, headers=[*nowhere])
    assert producer.flush(10) == 0
    found = audit(platform, patience=5)
    assert found.returncode == 1
    assert found.stdout.splitlines()[-1].endswith("missing=0 repeated=1 unknown=1")
    wait_for(lambda: "differences=0" in audit(platform, patience=0).stdout)

    with sqlite3.connect(platform.settings.history.path) as database:
        database.execute("DELETE FROM tallies WHERE station = 'raw'")
    database.close()
    found = audit(platform, patience=0)
    assert found.returncode == 1
    assert "entered: topics" in found.stdout


def test_what_retention_took_is_in_the_books_with_its_offsets(make_platform: MakePlatform) -> None:
    platform = make_platform()
    kafka = platform.settings.kafka
    since = datetime.now(UTC)
    send(platform, *(message(number) for number in range(30)))
    assert wait_until_analyzed(kafka, 60)
    assert platform.pipeline is not None
    platform.pipeline.stop()
    ends = end_offsets(kafka, kafka.raw)
    send(platform, *(message(number) for number in range(100, 130)))
    admin = require_broker(kafka)
    taken = [TopicPartition(kafka.raw, partition, end + 2) for partition, end in ends.items()]
    for result in admin.delete_records(taken).values():
        result.result(30)
    platform.start_services()

    lost = [Lost(partition=p, first_offset=end, next_offset=end + 2) for p, end in ends.items()]
    wait_for(lambda: len(books(platform, since)["lost"]) == len(lost))
    said = books(platform, since)
    assert sorted(said["lost"], key=lambda each: int(each["partition"])) == [
        wire.to_object(each) for each in lost
    ]
    assert not said["is_complete"]
