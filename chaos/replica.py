"""A replica of the analyze half without the analysis, which can be halted inside a transaction.

``python -m chaos.replica FOLDER`` reads the raw topic and publishes every record as it is, with the
platform's own consumer group and transactions. Where ``FOLDER/halt`` names one of ``POINTS``, the
next transaction halts there: the file is called ``FOLDER/halted`` until somebody removes it.
"""

import logging
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from contracts.errors import one_line_errors
from contracts.settings import Kafka, load
from dataflows.steps.commit import Commit
from dataflows.steps.publish import Publication
from local.process import Process, Report
from local.services import Supervisor
from stores.kafka.batch import Outgoing
from stores.kafka.group import ConsumerGroup
from stores.kafka.membership import Membership
from stores.kafka.publisher import Published
from stores.kafka.transactions import TransactionalPublisher
from stores.kafka.watchdog import ending_on_errors

POINTS = ("begin", "offsets", "commit", "done")
"""Before its first record, its offsets and its commit; and when it is committed."""
OPEN = ("offsets", "commit")
"""Where records of the transaction are written and nothing is settled."""
HALT = "halt"
HALTED = "halted"
IDLE_S = 0.005


def replica(
    folder: Path, instance: str, environment: Mapping[str, str], tell: Report = lambda _: None
) -> Supervisor:
    """A replica of that name, under a supervisor; it is told to halt in ``folder``."""
    folder.mkdir(parents=True)
    command = [sys.executable, "-m", "chaos.replica", str(folder)]
    variables = {**environment, "GROUNDSWELL_KAFKA_INSTANCE": instance}
    return Supervisor(Process("replica", command, folder, environment=variables), tell)


def halt(folder: Path, point: str) -> None:
    """Tell the replica of a folder to halt at one of ``POINTS``, once."""
    draft = folder / "draft"
    draft.write_text(point, encoding="utf-8")
    draft.rename(folder / HALT)


class HaltingPublisher(TransactionalPublisher):
    """Halts where it is told to."""

    def __init__(self, kafka: Kafka, member: str, folder: Path) -> None:
        self._halt = folder / HALT
        self._halted = folder / HALTED
        super().__init__(kafka, member)

    def publish(
        self, outgoing: Sequence[Outgoing], offsets: dict[int, int], group_metadata: Any
    ) -> Published:
        """As the publisher does."""
        self._halt_at("begin")
        published = super().publish(outgoing, offsets, group_metadata)
        self._halt_at("done")
        return published

    def _send_offsets(self, offsets: dict[int, int], group_metadata: Any) -> None:
        self._producer.flush(self._timeout_s)
        self._halt_at("offsets")
        super()._send_offsets(offsets, group_metadata)

    def _commit(self) -> None:
        self._halt_at("commit")
        super()._commit()

    def _halt_at(self, point: str) -> None:
        try:
            if self._halt.read_text(encoding="utf-8") != point:
                return
            self._halt.rename(self._halted)
        except FileNotFoundError:
            return
        while self._halted.exists():
            time.sleep(IDLE_S)


def main(folder: Path) -> None:
    """Read and publish for ever."""
    kafka = load().kafka
    publisher = HaltingPublisher(kafka, kafka.instance, folder)
    group = ConsumerGroup(kafka, kafka.instance)
    commit = Commit(kafka, Membership(publisher, group))
    while True:
        batch = group.poll()
        if batch is None:
            time.sleep(IDLE_S)
            continue
        copies = [
            Outgoing(kafka.processed, r.partition, r.key, r.value, r.headers) for r in batch.records
        ]
        commit(Publication(batch, copies))


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    with one_line_errors(), ending_on_errors():
        main(Path(sys.argv[1]))
