"""What REST and WebSocket answer: the shapes that the dashboard's types are generated from."""

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from contracts.aggregates import Aggregate, Dimension
from contracts.alerts import ChurnAlert
from contracts.messages import Analysis, Erased, ProcessedMessage, Utc
from inference.explain import Attribution

Range = Literal["15m", "1h", "24h"]


class OverallMetrics(Struct, kw_only=True):
    """The newest window and the range ending with it; ``live_at`` is that window's end."""

    range: Range
    live_at: Utc | None
    newest: Aggregate | None
    merged: Aggregate | None


class DimensionMetrics(Struct, kw_only=True):
    """A dimension's keys, each merged over the range, most messages first."""

    dimension: Dimension
    range: Range
    live_at: Utc | None
    metrics: list[Aggregate]


class Trend(Struct, kw_only=True):
    """The last windows of one key, oldest first."""

    dimension: Dimension
    key: str
    windows: list[Aggregate]


class Metrics(Struct, kw_only=True):
    """All panels at once: the range's merged aggregates and overall's windows, oldest first."""

    range: Range
    live_at: Utc | None
    window_seconds: int
    newest: Aggregate | None
    overall: Aggregate | None
    geo: list[Aggregate]
    product: list[Aggregate]
    channel: list[Aggregate]
    platform: list[Aggregate]
    trend: list[Aggregate]


class Snapshot(Metrics, kw_only=True):
    """What a WebSocket client gets first: the metrics, and the newest messages and alerts."""

    messages: list[ProcessedMessage]
    alerts: list[ChurnAlert]


class MessagePage(Struct, kw_only=True):
    """Messages, newest first; ``cursor`` asks for the next page and is null on the last."""

    messages: list[ProcessedMessage]
    cursor: str | None


class History(Struct, kw_only=True):
    """Stored aggregates, oldest window first."""

    aggregates: list[Aggregate]


class AnalyzeRequest(Struct, kw_only=True, forbid_unknown_fields=True):
    """1 to 100 texts."""

    texts: list[str]


class Analyses(Struct, kw_only=True):
    """One analysis a text, in order; where asked for, beside each what drove its sentiment."""

    analyses: list[Analysis]
    explanations: list[list[Attribution]] | UnsetType = UNSET


class Problem(Struct, kw_only=True):
    """The one error shape (RFC 9457, ``application/problem+json``)."""

    type: str
    title: str
    status: int
    detail: str


class InitialFrame(Struct, kw_only=True):
    """First frame of a connection."""

    event: Literal["metrics:initial"]
    data: Snapshot
    seq: int


class UpdateFrame(Struct, kw_only=True):
    """The metrics changed."""

    event: Literal["metrics:update"]
    data: Metrics
    seq: int


class MessageFrame(Struct, kw_only=True):
    """A message was processed (a sample at high rates)."""

    event: Literal["message:new"]
    data: ProcessedMessage
    seq: int


class AlertFrame(Struct, kw_only=True):
    """A high-churn message."""

    event: Literal["alert:churn"]
    data: ChurnAlert
    seq: int


class DeletedFrame(Struct, kw_only=True):
    """A message was erased: who shows it or its alert shows it no longer."""

    event: Literal["message:deleted"]
    data: Erased
    seq: int


Frame = InitialFrame | UpdateFrame | MessageFrame | AlertFrame | DeletedFrame
