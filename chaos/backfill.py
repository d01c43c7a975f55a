"""A month of old messages comes in beside live ones: every window must end exact, and be late.

``python -m chaos backfill`` prints how many came, how many of them late, and what differs.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from chaos.progress import wait
from contracts.errors import ServerError
from contracts.messages import ProcessedMessage
from contracts.settings import Settings
from local.account import (
    Account,
    account_since,
    differing_windows,
    mark,
    unstored,
    wait_until_analyzed,
    wait_until_stored,
    windows_of,
)
from local.platform import Platform, Wanted
from local.ports import free_port
from local.process import Report
from stores.books import read_books
from stores.kafka.scan import end_offsets
from stores.open import open_history

SPAN_DAYS = 30
LIVE_RATE = 50
PATIENCE_S = 900.0
SETTINGS = {"GROUNDSWELL_INFERENCE_MODE": "fast"}


@dataclass(frozen=True)
class Outcome:
    """What came, and what is wrong afterwards; nothing, if all is well.

    :param late: messages that the books say were late, and ``older`` those that were.
    """

    messages: int
    windows: int
    late: int
    older: int
    unstored: int
    differing: int
    is_complete: bool

    @property
    def is_clean(self) -> bool:
        """Whether nothing is wrong."""
        wrong = self.unstored or self.differing or self.late != self.older
        return self.is_complete and not wrong

    def line(self) -> str:
        """All figures on one line."""
        return (
            f"messages={self.messages} windows={self.windows} late={self.late} of {self.older}"
            f" unstored={self.unstored} differing={self.differing} complete={self.is_complete}"
        )


def backfill(folder: Path, messages: int, tell: Report = lambda _: None) -> Outcome:
    """Bring so many messages of the last month while live ones come.

    :raises ServerError: a server does not come up, or the pipeline does not catch up.
    """
    begun = datetime.now(UTC)
    first = begun - timedelta(days=SPAN_DAYS + 1)
    wanted = Wanted(folder=folder, port=free_port(), environment=SETTINGS)
    with Platform(wanted, tell) as platform:
        kafka = platform.settings.kafka
        start = mark(kafka)
        live = platform.connector("synthetic", "--count", "0", "--rate", str(LIVE_RATE))
        old = platform.connector(
            *("synthetic", "--count", str(messages)),
            *("--start", f"{first:%Y-%m-%dT%H:%M:%SZ}", "--span", f"{SPAN_DAYS}d"),
        )
        live.start()
        wait(lambda: end_offsets(kafka, kafka.raw) != start.raw, "no live message comes")
        old.start()
        if old.wait_until_ended(PATIENCE_S):
            raise ServerError(f"the backfill ended early: {old.log_tail(1)}")
        tell(f"{messages} old messages were sent")
        live.stop()
        if not wait_until_analyzed(kafka, PATIENCE_S):
            raise ServerError("the pipeline does not catch up", f"its log is in {folder}")
        account = account_since(kafka, start)
        tell("all are analyzed")
        return _compare(platform.settings, account, begun)


def _compare(settings: Settings, account: Account, begun: datetime) -> Outcome:
    history = open_history(settings)
    try:
        wait_until_stored(history, account, settings, PATIENCE_S)
        starts = windows_of(account.processed, settings)
        books = read_books(history, begun, datetime.now(UTC))
        return Outcome(
            messages=account.raw,
            windows=len(starts),
            late=books.late,
            older=_older(account.processed, settings),
            unstored=len(unstored(history, account, settings)),
            differing=len(differing_windows(history, starts, settings)),
            is_complete=books.is_complete,
        )
    finally:
        history.close()


def _older(messages: Iterable[ProcessedMessage], settings: Settings) -> int:
    """Messages of windows that were final already when they were processed."""
    windows = settings.windows
    final_after = timedelta(seconds=windows.length_seconds + windows.lateness_seconds)
    return sum(message.processed_at - message.created_at > final_after for message in messages)
