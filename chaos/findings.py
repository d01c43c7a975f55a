"""What is wrong at any station after everything has broken; nothing, if all is well."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime

from chaos.progress import committed, open_transactions
from chaos.stations import Stations
from chaos.verifier import Verdict, verify
from chaos.witness import Witness
from contracts.completeness import whole_minutes
from contracts.settings import Settings
from dataflows.audit import audit
from local.account import (
    Mark,
    account_since,
    differing_shown,
    differing_windows,
    unstored,
    windows_of,
)
from stores.kafka.scan import records_since

CATCH_UP_S = 300.0
LOOK_AGAIN_S = 1.0
BOOKS_S = 60.0


@dataclass(frozen=True)
class Found:
    """What is wrong after all faults; nothing, if all is well."""

    verdict: Verdict
    witnessed: int
    vanished: int = 0
    unstored: int = 0
    windows: int = 0
    shown: int = 0
    books: int = 0
    open_transactions: int = 0
    failed_sends: int = 0

    @property
    def is_clean(self) -> bool:
        """Whether nothing is wrong."""
        kept = (self.vanished, self.unstored, self.windows, self.shown, self.books)
        is_settled = not (self.open_transactions or self.failed_sends)
        return self.verdict.is_clean and is_settled and not any(kept)

    def line(self) -> str:
        """All counts on one line."""
        return (
            f"vanished={self.vanished} unstored={self.unstored} windows={self.windows}"
            f" shown={self.shown} books={self.books} open={self.open_transactions}"
            f" {self.verdict.line()}"
        )


def find(
    direct: Settings, stations: Stations, witness: Witness, failed_sends: int, begun: datetime
) -> Found:
    """Compare all stations, once the stores have caught up or are given up.

    :param direct: settings that go past the proxies.
    :param begun: when the first message was sent, or earlier.
    """
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
    since, until = whole_minutes(begun, datetime.now(UTC))
    audited = audit(direct, stations.history, since, until, BOOKS_S)
    return Found(
        verdict=verify(records_since(kafka, kafka.raw, {}), outcomes, committed(kafka)),
        witnessed=len(witness),
        vanished=len(witness.vanished(outcomes)),
        unstored=differing[0],
        windows=differing[1],
        shown=differing[2],
        books=len(audited.differences),
        open_transactions=open_transactions(kafka),
        failed_sends=failed_sends,
    )
