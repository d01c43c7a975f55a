"""Everything breaks at random under load: processes, servers and networks, one at a time.

Afterwards every raw message must have come out once and in order, every message be stored, every
window be what its messages add up to, and the live state show just that.
"""

import os
import random
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from confluent_kafka import KafkaException

from chaos.load import Load
from chaos.progress import committed, open_transactions, wait
from chaos.stage import Stage
from chaos.verifier import Verdict, verify
from chaos.witness import Witness
from connectors.synthetic.generator import SyntheticOptions, SyntheticSource
from contracts import wire
from contracts.errors import ServerError
from contracts.settings import Kafka, Settings, load
from local.account import (
    Mark,
    account_since,
    differing_shown,
    differing_windows,
    unstored,
    wait_until_analyzed,
    windows_of,
)
from local.process import Report
from local.services import Supervisor, worker
from stores.history import History
from stores.kafka.scan import records_since
from stores.open import open_history
from stores.redis import LiveStore

RATE = 100
INVALID_EVERY = 50
FROZEN_S = 8.0
SERVER_AWAY_S = (0.0, 3.0)
NETWORK_AWAY_S = (1.0, 8.0)
CATCH_UP_S = 300.0
LOOK_AGAIN_S = 1.0
NEWEST = timedelta(minutes=1)
WEIGHTS = {
    "kill pipeline": 30,
    "kill replica": 20,
    "kill broker": 12,
    "kill redis": 12,
    "kill elasticsearch": 6,
    "freeze replica": 4,
    "cut broker": 3,
    "stall broker": 3,
    "cut redis": 3,
    "stall redis": 2,
    "cut elasticsearch": 3,
    "stall elasticsearch": 2,
}


@dataclass(frozen=True)
class Fault:
    """One fault: what, and how long it lasted.

    :param commit_s: from its end until every partition's group offset has moved.
    :param recovery_s: from its end until newer aggregates are stored and shown as well.
    """

    kind: str
    outage_s: float
    commit_s: float
    recovery_s: float


@dataclass(frozen=True)
class Found:
    """What is wrong after all faults; nothing, if all is well."""

    verdict: Verdict
    witnessed: int
    vanished: int = 0
    unstored: int = 0
    windows: int = 0
    shown: int = 0
    open_transactions: int = 0
    failed_sends: int = 0

    @property
    def is_clean(self) -> bool:
        """Whether nothing is wrong."""
        counts = (self.vanished, self.unstored, self.windows, self.shown, self.open_transactions)
        return self.verdict.is_clean and not any(counts) and not self.failed_sends

    def line(self) -> str:
        """All counts on one line."""
        return (
            f"vanished={self.vanished} unstored={self.unstored} windows={self.windows}"
            f" shown={self.shown} open={self.open_transactions} {self.verdict.line()}"
        )


@dataclass
class Outcome:
    """The faults, and what was found afterwards."""

    found: Found
    faults: list[Fault] = field(default_factory=list)

    @property
    def kills(self) -> int:
        """Processes killed."""
        return sum(fault.kind.startswith("kill") for fault in self.faults)


def break_everything(
    folder: Path, kills: int, seed: int, tell: Report = lambda _: None, only: str = ""
) -> Outcome:
    """Break things at random until so many processes were killed.

    :param only: kinds of faults that contain this.
    :raises ServerError: something does not come up again, or the pipeline does not catch up.
    """
    rng = random.Random(seed)  # noqa: S311 -- what breaks when, nothing secret
    weights = {kind: weight for kind, weight in WEIGHTS.items() if only in kind}
    with Stage(folder, tell) as stage:
        settings = stage.platform.settings
        direct = load(
            {
                **stage.platform.environment,
                "GROUNDSWELL_HISTORY_URL": stage.elasticsearch.url,
                "GROUNDSWELL_REDIS_URL": stage.valkey.url,
            }
        )
        stations = Stations(direct)
        with Witness(settings.kafka) as witness:
            with Load(settings.kafka, _records(seed), RATE) as sending:
                wait(stations.have_something, "nothing arrives")
                faults: list[Fault] = []
                while sum(fault.kind.startswith("kill") for fault in faults) < kills:
                    (kind,) = rng.choices([*weights], [*weights.values()])
                    faults.append(_break(stage, stations, kind, rng))
                    tell(f"{len(faults)}: {faults[-1]}")
            tell("nothing breaks any more")
            if not wait_until_analyzed(settings.kafka, CATCH_UP_S):
                raise ServerError("the replicas do not catch up", f"their logs are in {folder}")
            found = _find(direct, stations, witness, len(sending.failed))
        return Outcome(found, faults)


class Stations:
    """Where results arrive, asked past the proxies."""

    def __init__(self, settings: Settings) -> None:
        self.kafka: Kafka = settings.kafka
        self.history: History = open_history(settings)
        self.live = LiveStore(settings.redis)

    def have_something(self) -> bool:
        """Whether results were ever at all of them."""
        begun = dict.fromkeys(range(self.kafka.partitions), 0)
        return self.are_past(begun) and self.show(datetime.min.replace(tzinfo=UTC))

    def offsets(self) -> dict[int, int]:
        """Where the group is, as soon as the broker says so."""
        found: list[dict[int, int]] = []

        def is_known() -> bool:
            with suppress(KafkaException):
                found.append(committed(self.kafka))
            return bool(found)

        wait(is_known, "the broker does not say where the group is")
        return found[0]

    def are_past(self, offsets: dict[int, int]) -> bool:
        """Whether the group has moved on in every partition."""
        with suppress(KafkaException):
            now = committed(self.kafka)
            return all(now[partition] > offset for partition, offset in offsets.items())
        return False

    def show(self, since: datetime) -> bool:
        """Whether newer aggregates are stored and shown."""
        with suppress(ServerError):
            stored = self.history.search_aggregates("overall", None, None, None, 1)
            shown = self.live.overall(NEWEST)
            return bool(
                stored and shown and min(stored[0].updated_at, shown.newest.updated_at) > since
            )
        return False


def _break(stage: Stage, stations: Stations, kind: str, rng: random.Random) -> Fault:
    action, _, target = kind.partition(" ")
    begun = time.monotonic()
    if target in {"pipeline", "replica"}:
        supervisor = stage.pipeline if target == "pipeline" else stage.replica
        _signal(supervisor, signal.SIGKILL if action == "kill" else signal.SIGSTOP)
        if action == "freeze":
            time.sleep(FROZEN_S)
            _signal(supervisor, signal.SIGCONT)
    elif action == "kill":
        stage.servers[target].kill()
        time.sleep(rng.uniform(*SERVER_AWAY_S))
        stage.servers[target].start()
    else:
        network = stage.networks[target]
        (network.cut if action == "cut" else network.stall)()
        time.sleep(rng.uniform(*NETWORK_AWAY_S))
        network.mend()
    over, over_at = time.monotonic(), datetime.now(UTC)
    offsets = stations.offsets()
    wait(lambda: stations.are_past(offsets), f"nothing is committed after: {kind}")
    committed_at = time.monotonic()
    wait(lambda: stations.show(over_at), f"nothing is stored and shown after: {kind}")
    return Fault(kind, over - begun, committed_at - over, time.monotonic() - over)


def _signal(supervisor: Supervisor, number: signal.Signals) -> None:
    """Send it to the process that works as soon as there is one."""
    wait(lambda: worker(supervisor.process) is not None, "a process does not come up again")
    if pid := worker(supervisor.process):
        os.kill(pid, number)


def _records(seed: int) -> Callable[[int], tuple[bytes, bytes]]:
    """Synthetic messages of now; some are no messages."""
    source = SyntheticSource(SyntheticOptions(count=0, seed=seed, rate=RATE))

    def record(number: int) -> tuple[bytes, bytes]:
        message = source.message(number)
        is_invalid = number % INVALID_EVERY == 0
        return message.message_id.encode(), b"{" if is_invalid else wire.encode(message)

    return record


def _find(direct: Settings, stations: Stations, witness: Witness, failed_sends: int) -> Found:
    """Compare all stations, once the stores have caught up or are given up."""
    kafka = direct.kafka
    outcomes = [
        record
        for topic in (kafka.processed, kafka.invalid)
        for record in records_since(kafka, topic, {})
    ]
    account = account_since(kafka, Mark({}, {}, {}))
    starts = windows_of(account.processed, direct)

    def differences() -> tuple[int, int, int]:
        return (
            len(unstored(stations.history, account, direct)),
            len(differing_windows(stations.history, starts, direct)),
            len(differing_shown(stations.history, stations.live)),
        )

    deadline = time.monotonic() + CATCH_UP_S
    while any(differing := differences()) and time.monotonic() < deadline:
        time.sleep(LOOK_AGAIN_S)
    return Found(
        verdict=verify(records_since(kafka, kafka.raw, {}), outcomes, committed(kafka)),
        witnessed=len(witness),
        vanished=len(witness.vanished(outcomes)),
        unstored=differing[0],
        windows=differing[1],
        shown=differing[2],
        open_transactions=open_transactions(kafka),
        failed_sends=failed_sends,
    )
