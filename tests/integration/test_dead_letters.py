"""Dead letters on a real broker, and how compaction erases those of a deleted message."""

from confluent_kafka import Producer
from confluent_kafka.admin import (  # type: ignore[attr-defined] # exported, as its documents say
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ResourceType,
)

from contracts.messages import Invalid, InvalidReason
from contracts.settings import Kafka
from stores.kafka import producer_config, require_broker
from stores.kafka.batch import Record
from stores.kafka.dead_letters import DeadLetters
from tests.support.kafka import values
from tests.support.waiting import wait_for

AT_ONCE = {
    "segment.ms": "100",
    "min.cleanable.dirty.ratio": "0",
    "max.compaction.lag.ms": "100",
}
WHY = Invalid(reason=InvalidReason.NOT_JSON, detail="")


def compact_at_once(kafka: Kafka, topic: str) -> None:
    entries = [
        ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
        for name, value in AT_ONCE.items()
    ]
    resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=entries)
    admin = require_broker(kafka)
    admin.incremental_alter_configs([resource])[resource].result(30)


def test_compaction_erases_the_letters_of_a_deleted_message_and_no_others(kafka: Kafka) -> None:
    compact_at_once(kafka, kafka.invalid)
    letters = DeadLetters(kafka)
    refused = [
        (Record(kafka.raw, 1, number, 0, key, value, []), WHY)
        for number, (key, value) in enumerate([(b"a", b"erased {"), (b"b", b"kept {")])
    ]
    letters.put(refused)
    letters.put([(Record(kafka.processed, 1, 2, 0, b"a", None, []), None)])
    assert sorted(filter(None, values(kafka, kafka.invalid))) == [b"erased {", b"kept {"]
    producer = Producer(producer_config(kafka))

    def is_erased() -> bool:
        # A segment is closed, and then compacted, when something comes after its time.
        producer.produce(kafka.invalid, key="later", value="later", partition=1)
        assert producer.flush(30) == 0
        return b"erased {" not in values(kafka, kafka.invalid)

    wait_for(is_erased)
    assert b"kept {" in values(kafka, kafka.invalid)
