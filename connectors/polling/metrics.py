"""What connectors that poll tell Prometheus."""

from datetime import datetime
from typing import Any

from prometheus_client import Counter, Gauge

from connectors.polling.account import Account
from connectors.polling.task import Page

LABELS = ["connector"]

REQUESTS = Counter("sentiment_connect_requests", "Requests to the platform", LABELS)
WAITS = Counter("sentiment_connect_waits", "Times that the platform wanted fewer requests", LABELS)
ERRORS = Counter("sentiment_connect_errors", "Requests without a usable answer", LABELS)
POSTS = Counter("sentiment_connect_posts", "Posts brought", LABELS)
READS = Counter("sentiment_connect_reads", "Posts that the platform sent, new or not", LABELS)
DELETIONS = Counter("sentiment_connect_deletions", "Posts found gone", LABELS)
GAPS = Counter("sentiment_connect_gaps", "Stretches of posts that were missed", LABELS)
LAG_SECONDS = Gauge("sentiment_connect_lag_seconds", "Age of the newest post brought", LABELS)
MONTH_COST_USD = Gauge("sentiment_connect_month_cost_usd", "What this month has cost", LABELS)


def brought(connector: str, page: Page[Any], account: Account, now: datetime) -> None:
    """Count what a request brought."""
    POSTS.labels(connector).inc(len(page.posts))
    READS.labels(connector).inc(page.reads)
    DELETIONS.labels(connector).inc(len(page.deletions))
    GAPS.labels(connector).inc(page.gaps)
    MONTH_COST_USD.labels(connector).set(account.month_cost_usd)
    if account.newest_created_at:
        lag = now - account.newest_created_at
        LAG_SECONDS.labels(connector).set(max(0.0, lag.total_seconds()))
