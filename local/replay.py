"""Replay a file through the running platform, and say what came of it."""

import json
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from contracts.errors import InputError
from local.account import Account, account_since, mark, wait_until_analyzed, wait_until_stored
from local.platform import Platform
from local.process import Report
from stores.history import open_history

DEADLINE_SECONDS = 600
POLL_SECONDS = 0.1


def replay(platform: Platform, path: Path, tell: Report) -> bool:
    """Send a file, wait until its windows are stored, and print the report.

    :returns: whether every message is accounted for at every station.
    :raises InputError: the file cannot be read.
    """
    settings = platform.settings
    begun = time.monotonic()
    before = mark(settings.kafka)
    summary = _send(platform, path)
    tell(f"{summary['read']:,} messages read from {path}")
    analyzed = wait_until_analyzed(settings.kafka, DEADLINE_SECONDS)
    account = account_since(settings.kafka, before)
    history = open_history(settings)
    try:
        stored = wait_until_stored(history, account.processed, settings, DEADLINE_SECONDS)
    finally:
        history.close()
    seconds = time.monotonic() - begun
    sent_all = summary["read"] == summary["sent"] == account.raw
    print_report(account, int(summary["read"]), seconds, settings.inference.churn_threshold)
    accounted = analyzed and stored and sent_all and account.is_complete
    if accounted:
        tell("every message is accounted for, and its windows are stored")
    else:
        tell(
            f"NOT accounted for: read {summary['read']}, sent {summary['sent']}, "
            f"raw {account.raw}, processed {len(account.processed)}, invalid {account.invalid.total()}, "
            f"windows {'stored' if stored else 'differ from a recount'}"
        )
    return accounted


def print_report(account: Account, read: int, seconds: float, high_churn_from: float) -> None:
    """What happened, and the five numbers that an analyst asks first."""
    table = Table(show_header=False, title="What happened", title_justify="left")
    processed = len(account.processed)
    table.add_row("messages read", f"{read:,}")
    table.add_row("processed", f"{processed:,}")
    reasons = ", ".join(f"{reason} {count}" for reason, count in account.invalid.most_common())
    table.add_row("invalid", f"{account.invalid.total():,}" + (f" ({reasons})" if reasons else ""))
    table.add_row("seconds", f"{seconds:.1f}")
    table.add_row("messages/s", f"{read / seconds:,.0f}")
    table.add_section()
    shares = account.label_shares().items()
    table.add_row("share of labels", ", ".join(f"{label} {share:.1%}" for label, share in shares))
    for name in ("product", "city"):
        top = account.top(name)
        table.add_row(f"top {name}", f"{top[0]} ({top[1]:,} messages)" if top else "none named")
    table.add_row("high churn", f"{account.high_churn(high_churn_from):,} messages")
    table.add_row("mean toxicity", f"{account.toxicity():.3f}")
    Console().print(table)


def _send(platform: Platform, path: Path) -> dict[str, int]:
    """Run the file connector to its end; its summary."""
    summary = platform.folder / "connector" / "summary.json"
    summary.unlink(missing_ok=True)
    process = platform.connector("file", path.absolute(), "--summary-file", summary)
    process.start()
    while process.alive:
        time.sleep(POLL_SECONDS)
    code, last = process.exit_code, process.log_tail(1)
    process.stop()
    if code != 0 or not summary.is_file():
        raise InputError(last.removeprefix("error: ") or f"the file connector ended with {code}")
    counts: dict[str, int] = json.loads(summary.read_text())
    return counts
