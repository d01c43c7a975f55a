"""Whether every raw message came out once and in order; after Kafka's own ``EosTestDriver``.

Who loads the raw topic stamps each record (``STAMP``, a header that goes through the pipeline), so
that a record that came out can be told from every other.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from stores.kafka.batch import Record

STAMP = "stamp"


@dataclass(frozen=True)
class Verdict:
    """What is wrong, each by stamp; nothing, if all is well.

    ``lost`` never came out though the group went past it, ``duplicated`` came out again,
    ``reordered`` came out behind a later record of its partition, ``early`` came out though the
    group has not gone past it, and ``unknown`` was never sent.
    """

    messages: int
    lost: list[str] = field(default_factory=list)
    duplicated: list[str] = field(default_factory=list)
    reordered: list[str] = field(default_factory=list)
    early: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether nothing is wrong."""
        return not (self.lost or self.duplicated or self.reordered or self.early or self.unknown)

    def line(self) -> str:
        """All counts on one line."""
        return (
            f"messages={self.messages} lost={len(self.lost)} duplicated={len(self.duplicated)}"
            f" reordered={len(self.reordered)} early={len(self.early)} unknown={len(self.unknown)}"
        )


def verify(
    raw: Iterable[Record], outcomes: Iterable[Record], committed: Mapping[int, int]
) -> Verdict:
    """Compare what went in with what came out.

    :param raw: all records of the raw topic.
    :param outcomes: the committed records of the processed and the invalid topic; those of one
        topic's partition in their order.
    :param committed: the group's next offset in each raw partition.
    :raises ValueError: a record has no stamp, or two raw records have the same.
    """
    sent: dict[str, Record] = {}
    for record in raw:
        stamp = stamp_of(record)
        if stamp in sent:
            raise ValueError(f"two raw records are stamped {stamp}")
        sent[stamp] = record
    came = list(outcomes)
    counts = Counter(map(stamp_of, came))
    newest: dict[tuple[str, int], int] = {}
    reordered, early = [], []
    for record in came:
        stamp = stamp_of(record)
        origin = sent.get(stamp)
        if origin is None:
            continue
        place = (record.topic, record.partition)
        if record.partition != origin.partition or origin.offset < newest.get(place, -1):
            reordered.append(stamp)
        newest[place] = max(origin.offset, newest.get(place, -1))
        if origin.offset >= committed.get(origin.partition, 0):
            early.append(stamp)
    return Verdict(
        messages=len(sent),
        lost=[
            stamp
            for stamp, record in sent.items()
            if record.offset < committed.get(record.partition, 0) and not counts[stamp]
        ],
        duplicated=[stamp for stamp, count in counts.items() for _ in range(count - 1)],
        reordered=reordered,
        early=early,
        unknown=[stamp for stamp in counts if stamp not in sent],
    )


def stamp_of(record: Record) -> str:
    """A record's stamp. :raises ValueError: it has none."""
    for name, value in record.headers:
        if name == STAMP and value is not None:
            return value.decode()
    raise ValueError(f"{record.topic}[{record.partition}] offset {record.offset} has no stamp")
