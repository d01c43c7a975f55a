"""Processed messages for tests, and hypothesis strategies of them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from contracts.messages import (
    EMOTIONS,
    SENTIMENT_LABELS,
    Analysis,
    Message,
    Model,
    ProcessedMessage,
)

NOON = datetime(2025, 3, 1, 12, 0, tzinfo=UTC)
MODEL = Model(name="test", version="1", tier="fast")


def analysis(**fields: Any) -> Analysis:
    """A neutral analysis but for the fields given."""
    return Analysis(
        **{
            "sentiment_score": 0.0,
            "sentiment_label": "neutral",
            "sentiment_confidence": 0.9,
            "emotion": "neutral",
            "emotion_scores": {"neutral": 0.9},
            "toxicity": 0.1,
            "churn_risk": 0.1,
            "churn_signals": [],
            "language_supported": True,
            "model": MODEL,
            **fields,
        }
    )


def processed(
    message_id: str = "test:1",
    created_at: datetime = NOON,
    said: Analysis | None = None,
    **fields: Any,
) -> ProcessedMessage:
    """A processed message."""
    return ProcessedMessage(
        **{
            "message_id": message_id,
            "source": "test",
            "platform": "twitter",
            "text": "Fine so far",
            "created_at": created_at,
            "processed_at": created_at + timedelta(seconds=1),
            "analysis": said or analysis(),
            **fields,
        }
    )


probabilities = st.floats(0, 1).map(lambda p: round(p, 6))
analyses = st.builds(
    analysis,
    sentiment_score=st.floats(-1, 1).map(lambda s: round(s, 6)),
    sentiment_label=st.sampled_from(SENTIMENT_LABELS),
    emotion=st.sampled_from(EMOTIONS),
    toxicity=probabilities,
    churn_risk=probabilities,
    language_supported=st.booleans(),
)
times = st.integers(0, 10**9).map(lambda seconds: datetime.fromtimestamp(10**9 + seconds, UTC))
names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
optional_names = st.none() | names
extras = st.dictionaries(
    names.filter(lambda name: name not in Message.__struct_fields__),
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | names,
    max_size=3,
)
messages = st.builds(
    Message,
    message_id=names,
    source=names,
    platform=names,
    text=names,
    created_at=times,
    ingested_at=st.none() | times,
    city=optional_names,
    product=optional_names,
    channel=optional_names,
    language=optional_names,
    extra=extras,
)
processed_messages = st.builds(
    processed,
    message_id=names,
    created_at=times,
    said=analyses,
    city=st.sampled_from(["Berlin", "London", None]),
    product=st.sampled_from(["Aero One", "Nimbus", None]),
    channel=st.sampled_from(["app", "web", None]),
    platform=st.sampled_from(["twitter", "reddit"]),
    extra=extras,
)
