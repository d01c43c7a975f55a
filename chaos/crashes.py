"""Brokers or replicas crash under load, at chosen points of a transaction.

Brokers are away for less and for more than its time.

``python -m chaos crashes`` prints a table of the crashes and, last, what it did to the messages.
"""

import random
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from chaos.load import Load
from chaos.progress import committed, open_transactions, progress, wait
from chaos.replica import HALTED, OPEN, POINTS, halt, replica
from chaos.verifier import Verdict, verify
from contracts.errors import ServerError
from contracts.settings import Kafka, load
from local.account import wait_until_analyzed
from local.process import Report
from local.servers.kafka import KafkaServer, kafka_cluster
from local.services import Supervisor
from stores.kafka import ensure_topics
from stores.kafka.scan import records_since

Victims = Literal["brokers", "replicas"]

REPLICAS = 2
RATE = 1000
VALUE = b"x" * 200
TRANSACTION_TIMEOUT_S = 6.0
SHORT_S = (0.0, 1.0)
LONG_S = (6.0, 9.0)
CATCH_UP_S = 180.0
SETTINGS = {
    "GROUNDSWELL_KAFKA_PARTITIONS": "6",
    "GROUNDSWELL_KAFKA_BATCH": "300",
    "GROUNDSWELL_KAFKA_TRANSACTION_TIMEOUT_MS": str(int(1000 * TRANSACTION_TIMEOUT_S)),
    "GROUNDSWELL_KAFKA_REQUEST_TIMEOUT_MS": "7000",
}
BROKER_SETTINGS = {"transaction.abort.timed.out.transaction.cleanup.interval.ms": "500"}


@dataclass(frozen=True)
class Crash:
    """One crash: where a transaction stood, how long the broker was away, and then until a commit.

    Times in seconds.
    """

    point: str
    outage_s: float
    recovery_s: float


@dataclass(frozen=True)
class Outcome:
    """What the crashes did."""

    crashes: list[Crash]
    restarts: int
    failed_sends: int
    open_transactions: int
    verdict: Verdict

    @property
    def hits(self) -> int:
        """Crashes that certainly hit an open transaction."""
        return sum(crash.point in OPEN for crash in self.crashes)

    @property
    def is_clean(self) -> bool:
        """Whether no message is lost, doubled or out of order, and nothing was left open."""
        return self.verdict.is_clean and not self.failed_sends and not self.open_transactions


def crash(
    folder: Path,
    brokers: int,
    crashes: int,
    seed: int,
    tell: Report = lambda _: None,
    *,
    victims: Victims = "brokers",
) -> Outcome:
    """Crash brokers of a cluster of so many, or the two replicas that work on it, one at a time.

    :raises ServerError: a server does not come up, or the replicas do not catch up.
    """
    rng = random.Random(seed)  # noqa: S311 -- which broker crashes when, nothing secret
    servers = _servers(folder / "kafka", brokers)
    bootstrap = ",".join(server.bootstrap for server in servers)
    environment = {
        **SETTINGS,
        "GROUNDSWELL_KAFKA_BOOTSTRAP": bootstrap,
        "GROUNDSWELL_KAFKA_REPLICATION": str(min(3, brokers)),
    }
    kafka = load(environment).kafka
    replicas: list[Supervisor] = []
    try:
        for server in servers:
            server.launch()
        for server in servers:
            server.wait_until_ready()
        ensure_topics(kafka)
        replicas += [
            replica(folder / f"replica-{n}", f"replica-{n}", environment, tell)
            for n in range(REPLICAS)
        ]
        for each in replicas:
            each.start()
        with Load(kafka, lambda number: (str(number).encode(), VALUE), RATE) as sending:
            wait(lambda: progress(kafka) > 0, "the replicas do not publish")
            done = []
            for number in range(crashes):
                point = ("anywhere", *POINTS)[number % (len(POINTS) + 1)]
                pause_s = rng.uniform(*(LONG_S if number % 2 else SHORT_S))
                chosen = rng.randrange(REPLICAS)
                server = rng.choice(servers)
                victim = server if victims == "brokers" else replicas[chosen]
                crashed = _crash(kafka, victim, folder / f"replica-{chosen}", point, pause_s)
                tell(f"{number + 1}: {crashed}")
                done.append(crashed)
        if not wait_until_analyzed(kafka, CATCH_UP_S):
            raise ServerError("the replicas do not catch up", f"their logs are in {folder}")
        for each in replicas:
            each.stop()
        return Outcome(
            crashes=done,
            restarts=sum(each.restarts for each in replicas),
            failed_sends=len(sending.failed),
            open_transactions=open_transactions(kafka),
            verdict=_verdict(kafka),
        )
    finally:
        for each in replicas:
            each.stop()
        for server in servers:
            server.kill()


def _servers(folder: Path, brokers: int) -> list[KafkaServer]:
    return kafka_cluster(folder, brokers, settings=BROKER_SETTINGS).servers


def _crash(
    kafka: Kafka, victim: KafkaServer | Supervisor, folder: Path, point: str, pause_s: float
) -> Crash:
    """Crash it where a transaction of the replica in ``folder`` has come to a point."""
    halted = folder / HALTED
    if point != "anywhere":
        halt(folder, point)
        wait(halted.exists, f"no transaction came to {point}")
    killed = time.monotonic()
    if isinstance(victim, Supervisor):
        restarts = victim.restarts
        victim.kill()
        halted.unlink(missing_ok=True)
        wait(lambda: victim.restarts > restarts, "a replica is not started again")
    else:
        victim.kill()
        halted.unlink(missing_ok=True)
        time.sleep(pause_s)
        victim.start()
    back = time.monotonic()
    before = progress(kafka)
    wait(lambda: progress(kafka) > before, "nothing was committed after a crash")
    return Crash(point, back - killed, time.monotonic() - back)


def _verdict(kafka: Kafka) -> Verdict:
    return verify(
        records_since(kafka, kafka.raw, {}),
        records_since(kafka, kafka.processed, {}),
        committed(kafka),
    )
