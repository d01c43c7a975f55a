"""What the stores hold, in the shapes that REST and WebSocket answer."""

from datetime import timedelta

import msgspec

from contracts.aggregates import OVERALL_KEY, Aggregate, Dimension
from contracts.alerts import churn_alert
from gateway.answers import DimensionMetrics, Metrics, OverallMetrics, Range, Snapshot, Trend
from stores.history import History, MessageFilter
from stores.redis import LiveStore

SPANS: dict[Range, timedelta] = {
    "15m": timedelta(minutes=15),
    "1h": timedelta(hours=1),
    "24h": timedelta(hours=24),
}
SNAPSHOT_MESSAGES = 30
SNAPSHOT_ALERTS = 20


class Views:
    """Reads the live state and the history; every method raises ServerError where they are away."""

    def __init__(
        self, live: LiveStore, history: History, window_seconds: int, churn_threshold: float
    ) -> None:
        """:param window_seconds: the configured length of a window."""
        self._live = live
        self._history = history
        self._window_seconds = window_seconds
        self._high_churn = MessageFilter(churn_risk_from=churn_threshold)

    def overall(self, range_: Range) -> OverallMetrics:
        """The newest window and the range that ends with it."""
        summary = self._live.overall(SPANS[range_])
        return OverallMetrics(
            range=range_,
            live_at=summary.newest.window_end if summary else None,
            newest=summary.newest if summary else None,
            merged=summary.merged if summary else None,
        )

    def dimension(self, dimension: Dimension, range_: Range) -> DimensionMetrics:
        """Every key of a dimension over the range that ends at the live window."""
        live_at = self.overall(range_).live_at
        metrics: list[Aggregate] = []
        if live_at is not None:
            metrics = self._live.merged(dimension, SPANS[range_], live_at)
        return DimensionMetrics(
            dimension=dimension,
            range=range_,
            live_at=live_at,
            metrics=sorted(metrics, key=lambda metric: (-metric.message_count, metric.key)),
        )

    def trend(self, dimension: Dimension, key: str, range_: Range) -> Trend:
        """The windows of one key over the range, oldest first."""
        windows = self._live.trend(dimension, key, SPANS[range_])
        return Trend(dimension=dimension, key=key, windows=windows)

    def metrics(self, range_: Range) -> Metrics:
        """All panels at once."""
        overall = self.overall(range_)
        return Metrics(
            range=range_,
            live_at=overall.live_at,
            window_seconds=self._window_seconds,
            newest=overall.newest,
            overall=overall.merged,
            geo=self.dimension("geo", range_).metrics,
            product=self.dimension("product", range_).metrics,
            channel=self.dimension("channel", range_).metrics,
            platform=self.dimension("platform", range_).metrics,
            trend=self.trend("overall", OVERALL_KEY, range_).windows,
        )

    def snapshot(self, range_: Range) -> Snapshot:
        """The metrics, and the newest messages and alerts."""
        metrics = msgspec.structs.asdict(self.metrics(range_))
        page = self._history.search_messages(MessageFilter(), SNAPSHOT_MESSAGES, None)
        alerting = self._history.search_messages(self._high_churn, SNAPSHOT_ALERTS, None)
        alerts = [churn_alert(message) for message in alerting.messages]
        return Snapshot(**metrics, messages=page.messages, alerts=alerts)
