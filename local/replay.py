"""Replay a file through the running platform, and say what came of it."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from contracts.errors import InputError
from local.account import (
    Account,
    account_since,
    last_written,
    mark,
    wait_until_analyzed,
    wait_until_stored,
    windows_of,
)
from local.platform import Platform
from local.process import Report
from stores.open import open_history

DEADLINE_SECONDS = 600


@dataclass(frozen=True)
class Replay:
    """What came of a file: the connector's own counts, and those of the stations after it."""

    read: int
    sent: int
    account: Account
    is_analyzed: bool
    is_stored: bool
    seconds: float
    """From the first message's arrival on the raw topic to the last write of its windows."""

    @property
    def is_accounted_for(self) -> bool:
        """Whether every message is found at every station."""
        arrived = self.read == self.sent == self.account.raw
        return arrived and self.account.is_complete and self.is_analyzed and self.is_stored


def replay(platform: Platform, path: Path, *arguments: str) -> Replay:
    """Send a file and wait until its windows are stored.

    :param arguments: further options of ``python -m connectors file``.
    :raises InputError: the file cannot be read.
    """
    settings = platform.settings
    before = mark(settings.kafka)
    summary = _send(platform, path, *arguments)
    is_analyzed = wait_until_analyzed(settings.kafka, DEADLINE_SECONDS)
    account = account_since(settings.kafka, before)
    history = open_history(settings)
    try:
        is_stored = wait_until_stored(history, account, settings, DEADLINE_SECONDS)
        stored_at = last_written(history, windows_of(account.processed, settings))
    finally:
        history.close()
    return Replay(
        read=summary["read"],
        sent=summary["sent"],
        account=account,
        is_analyzed=is_analyzed,
        is_stored=is_stored,
        seconds=_seconds(account.first_raw_at, stored_at),
    )


def tell_verdict(replay: Replay, tell: Report) -> None:
    """Say whether all is accounted for, and where it is not."""
    account = replay.account
    if replay.is_accounted_for:
        tell("every message is accounted for, and its windows are stored")
    else:
        tell(
            f"NOT accounted for: read {replay.read}, sent {replay.sent}, raw {account.raw}, "
            f"processed {len(account.processed)}, deletions {account.deletions}, "
            f"invalid {account.invalid.total()}, "
            f"windows {'stored' if replay.is_stored else 'differ from a recount'}"
        )


def print_report(replay: Replay, high_churn_from: float) -> None:
    """What happened, and the five numbers that an analyst asks first."""
    account = replay.account
    table = Table(show_header=False, title="What happened", title_justify="left")
    processed = len(account.processed)
    table.add_row("messages read", f"{replay.read:,}")
    table.add_row("processed", f"{processed:,}")
    reasons = ", ".join(f"{reason} {count}" for reason, count in account.invalid.most_common())
    table.add_row("invalid", f"{account.invalid.total():,}" + (f" ({reasons})" if reasons else ""))
    table.add_row("seconds", f"{replay.seconds:.1f}")
    if replay.seconds:
        table.add_row("messages/s", f"{replay.read / replay.seconds:,.0f}")
    table.add_section()
    shares = account.label_shares().items()
    table.add_row("share of labels", ", ".join(f"{label} {share:.1%}" for label, share in shares))
    for name in ("product", "city"):
        top = account.top(name)
        table.add_row(f"top {name}", f"{top[0]} ({top[1]:,} messages)" if top else "none named")
    table.add_row("high churn", f"{account.high_churn(high_churn_from):,} messages")
    table.add_row("mean toxicity", f"{account.toxicity():.3f}")
    Console().print(table)


def _seconds(first: datetime | None, last: datetime | None) -> float:
    return (last - first).total_seconds() if first and last else 0.0


def _send(platform: Platform, path: Path, *arguments: str) -> dict[str, int]:
    """Run the file connector to its end; its summary."""
    summary = platform.folder / "connector" / "summary.json"
    summary.unlink(missing_ok=True)
    process = platform.connector("file", path.absolute(), "--summary-file", summary, *arguments)
    process.start()
    code = process.wait_until_ended(DEADLINE_SECONDS)
    last = process.log_tail(1)
    process.stop()
    if code != 0 or not summary.is_file():
        raise InputError(last.removeprefix("error: ") or f"the file connector ended with {code}")
    counts: dict[str, int] = json.loads(summary.read_text())
    return counts
