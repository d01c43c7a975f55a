"""Everything breaks at random under load: processes, servers and networks, one at a time.

Afterwards every raw message must have come out once and in order, every message be stored, every
window be what its messages add up to, the live state show just that, and the books be right.
"""

import os
import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from chaos.findings import Found, find
from chaos.load import Load
from chaos.progress import wait
from chaos.stage import Stage
from chaos.stations import Stations
from chaos.witness import Witness
from connectors.synthetic.generator import SyntheticOptions, SyntheticSource
from contracts import wire
from contracts.errors import ServerError
from contracts.settings import load
from local.account import (
    wait_until_analyzed,
)
from local.process import Report
from local.services import Supervisor, worker

RATE = 100
INVALID_EVERY = 50
FROZEN_S = 8.0
SERVER_AWAY_S = (0.0, 3.0)
NETWORK_AWAY_S = (1.0, 8.0)
CATCH_UP_S = 300.0
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
        begun = datetime.now(UTC)
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
            found = find(direct, stations, witness, len(sending.failed), begun)
        return Outcome(found, faults)


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
