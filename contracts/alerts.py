"""Alerts: what somebody should look at now."""

from msgspec import Struct

from contracts.messages import ProcessedMessage, Utc


class ChurnAlert(Struct, kw_only=True, frozen=True):
    """A high-churn message and the words that made it one."""

    message_id: str
    text: str
    churn_risk: float
    churn_signals: list[str]
    platform: str
    created_at: Utc
    product: str | None = None
    city: str | None = None
    channel: str | None = None


def churn_alert(message: ProcessedMessage) -> ChurnAlert:
    """The alert that a message raises."""
    return ChurnAlert(
        message_id=message.message_id,
        text=message.text,
        churn_risk=message.analysis.churn_risk,
        churn_signals=message.analysis.churn_signals,
        platform=message.platform,
        created_at=message.created_at,
        product=message.product,
        city=message.city,
        channel=message.channel,
    )
