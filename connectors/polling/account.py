"""What a connector has used and brought so far: kept with every page that it commits."""

from datetime import UTC, datetime

import msgspec

from connectors.polling.connector import Connector
from connectors.polling.task import Page
from contracts.messages import Message, Utc


class Account(msgspec.Struct, kw_only=True):
    """Everything since the connector first ran, but for what a month or a window has.

    :param requests_ms: when requests were made that count in the platform's window.
    :param month: such as 2026-11, in UTC; the ``month_`` fields are of it.
    :param reads: posts that the platform sent, new or not.
    :param waits: times that it wanted fewer requests.
    :param gaps: stretches of posts that are known to be missed.
    """

    requests_ms: list[int] = []
    month: str = ""
    month_reads: int = 0
    month_cost_usd: float = 0.0
    requests: int = 0
    reads: int = 0
    posts: int = 0
    deletions: int = 0
    waits: int = 0
    errors: int = 0
    gaps: int = 0
    answered_at: Utc | None = None
    newest_created_at: Utc | None = None

    def add(self, page: Page[msgspec.Struct], price_usd: float, now: datetime) -> None:
        """Count what a request brought."""
        self._turn_month(now)
        self.month_reads += page.reads
        self.month_cost_usd += page.reads * price_usd
        self.reads += page.reads
        self.posts += len(page.posts)
        self.deletions += len(page.deletions)
        self.gaps += page.gaps
        self.answered_at = now
        times = [post.created_at for post in page.posts if isinstance(post, Message)]
        self.newest_created_at = max(
            (time for time in (*times, self.newest_created_at) if time), default=None
        )

    def spent_until(self, connector: Connector, now: datetime) -> datetime | None:
        """When the next month begins, if this one's money is spent."""
        self._turn_month(now)
        budget = connector.monthly_budget_usd
        if budget is None or self.month_cost_usd < budget:
            return None
        year, month = divmod(now.year * 12 + now.month, 12)
        return datetime(year, month + 1, 1, tzinfo=UTC)

    def _turn_month(self, now: datetime) -> None:
        month = f"{now:%Y-%m}"
        if month != self.month:
            self.month, self.month_reads, self.month_cost_usd = month, 0, 0.0
