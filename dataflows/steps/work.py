"""What travels through the analyze half: a batch, and what became of each of its records."""

from dataclasses import dataclass

from contracts.messages import Deletion, Invalid, Message
from stores.kafka.batch import Batch

Outcome = Message | Deletion | Invalid


@dataclass(frozen=True, slots=True)
class Work:
    """A batch and one outcome a record, in the records' order.

    Steps replace outcomes and never add or remove one: so every record is processed, passed on as
    a deletion, or dead-lettered.
    """

    batch: Batch
    outcomes: list[Outcome]
