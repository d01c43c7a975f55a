"""What was seen once must be there in the end."""

from chaos.verifier import STAMP
from chaos.witness import Witness
from contracts.settings import Kafka
from stores.kafka.batch import Record


def record(offset: int) -> Record:
    return Record("processed", 0, offset, 0, None, b"v", [(STAMP, str(offset).encode())])


def test_a_record_that_was_seen_and_is_gone_is_found() -> None:
    witness = Witness(Kafka())
    witness.saw(map(record, range(3)))
    assert len(witness) == 3
    assert witness.vanished(map(record, range(5))) == set()
    assert witness.vanished(map(record, [0, 2, 3])) == {("processed", 0, 1, "1")}
