"""What the command line shows of connectors that poll: plans, states, the ledger of deletions."""

from datetime import datetime, timedelta
from typing import TypeVar

import msgspec
from rich.table import Table

from connectors.polling.account import Account
from connectors.polling.budget import RequestBudget
from connectors.polling.connector import Connector
from connectors.polling.poller import ACCOUNT
from connectors.polling.recheck import NAME as RECHECK
from connectors.polling.recheck import Ledger
from connectors.terms import TERMS

DAYS_A_MONTH = 30

T = TypeVar("T")


def plan(connector: Connector) -> list[str]:
    """What it will ask and cost, in sentences; asks the platform for volumes where it tells them.

    :raises DeniedError, ServerError: it does not answer.
    """
    budget = RequestBudget(connector.limit, connector.window)
    turn = budget.spacing * len(connector.tasks)
    count = len(connector.tasks)
    lines = [f"{connector.name}: {count} tasks, {connector.limit} requests in {connector.window}"]
    total = 0.0
    for task in connector.tasks:
        every = max(turn, timedelta(seconds=task.interval_s))
        line = f"  {task.name}: asked every {every.total_seconds():.0f} s"
        if connector.volume and task.name != RECHECK:
            volume = connector.volume(task)
            total += volume
            line += f", about {volume:,.0f} posts a month"
        lines.append(line)
    if connector.post_price_usd:
        cost = total * connector.post_price_usd
        line = f"  about {total:,.0f} posts and {cost:,.2f} USD a month"
        if (most := connector.monthly_budget_usd) is not None and cost > most:
            line += f"; the budget of {most:,.2f} USD lasts {DAYS_A_MONTH * most / cost:.0f} days"
        lines.append(line)
    return lines


def status(states: dict[str, bytes], now: datetime) -> Table:
    """What each connector has used and brought."""
    table = Table(
        "connector",
        "last answer",
        "newest post",
        "posts",
        "deletions",
        "gaps",
        "requests",
        "waits",
        "errors",
        "read this month",
        "USD this month",
    )
    for name, account in _each(states, ACCOUNT, Account):
        table.add_row(
            name,
            _ago(account.answered_at, now),
            _ago(account.newest_created_at, now),
            *(
                f"{number:,}"
                for number in (
                    account.posts,
                    account.deletions,
                    account.gaps,
                    account.requests,
                    account.waits,
                    account.errors,
                    account.month_reads,
                )
            ),
            f"{account.month_cost_usd:,.2f}",
        )
    return table


def deletions(states: dict[str, bytes], now: datetime) -> Table:
    """The ledger: what was asked about again, what was gone, and what became of that."""
    table = Table(
        "connector", "asked", "edited", "found gone", "erased", "waiting", "slowest", "next round"
    )
    for name, ledger in _each(states, RECHECK, Ledger):
        due = ledger.next_round_at
        table.add_row(
            name,
            f"{ledger.asked:,}",
            f"{ledger.edited:,}",
            f"{ledger.found:,}",
            f"{ledger.erased:,}",
            f"{len(ledger.pending):,}",
            f"{ledger.slowest_s:.0f} s",
            "now" if due is None or due <= now else f"in {_span(due - now)}",
        )
    return table


def terms() -> Table:
    """What the platforms ask of those who keep their posts."""
    table = Table("platform", "asked again within", "deletion", "export", "authors", "source")
    for name, each in TERMS.items():
        within = _span(each.recheck_within) if each.recheck_within else "never"
        table.add_row(name, within, each.deletion, each.export, each.authors, each.source)
    return table


def _each(states: dict[str, bytes], state: str, kind: type[T]) -> list[tuple[str, T]]:
    return [
        (key.removesuffix(f"/{state}"), msgspec.json.decode(value, type=kind))
        for key, value in sorted(states.items())
        if key.endswith(f"/{state}")
    ]


def _ago(time: datetime | None, now: datetime) -> str:
    return "never" if time is None else f"{_span(now - time)} ago"


def _span(span: timedelta) -> str:
    hours, seconds = divmod(int(span.total_seconds()), 3600)
    return (
        f"{hours} h {seconds // 60:02} min" if hours else f"{seconds // 60}:{seconds % 60:02} min"
    )
