"""The messages on the topics: message, processed message, deletion, and why bytes were refused.

Times are aware and UTC. Fields that this version does not know are kept in ``extra`` and written
back at the top level, so that a newer producer's fields survive an older reader.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

SCHEMA_VERSION: Final = 1
TEXT_MAX_CHARS = 10_000
MESSAGE_ID_MAX_CHARS = 128


MessageId = Annotated[str, Meta(min_length=1, max_length=MESSAGE_ID_MAX_CHARS)]
Text = Annotated[str, Meta(min_length=1, max_length=TEXT_MAX_CHARS)]
Name = Annotated[str, Meta(min_length=1, max_length=128)]
Utc = Annotated[datetime, Meta(tz=True)]
Probability = Annotated[float, Meta(ge=0, le=1)]

SentimentLabel = Literal["negative", "neutral", "positive"]
SENTIMENT_LABELS: tuple[SentimentLabel, ...] = ("negative", "neutral", "positive")
Emotion = Literal["anger", "disgust", "fear", "joy", "neutral", "sadness", "surprise"]
EMOTIONS: tuple[Emotion, ...] = (
    "anger",
    "disgust",
    "fear",
    "joy",
    "neutral",
    "sadness",
    "surprise",
)


class Message(msgspec.Struct, kw_only=True, frozen=True):
    """A normalised post.

    ``source`` is the connector that brought it, ``platform`` where it was posted, ``channel`` the
    touchpoint it is about, ``author_id`` a keyed hash (never a handle).
    """

    message_id: MessageId
    source: Name
    platform: Name
    text: Text
    created_at: Utc
    schema_version: Literal[1] = SCHEMA_VERSION
    ingested_at: Utc | None = None
    author_id: Name | None = None
    language: Name | None = None
    city: Name | None = None
    country: Name | None = None
    product: Name | None = None
    channel: Name | None = None
    url: Annotated[str, Meta(max_length=2048)] | None = None
    extra: dict[str, Any] = {}


class Model(msgspec.Struct, kw_only=True, frozen=True):
    """Which model answered: ``tier`` is fast or accurate."""

    name: str
    version: str
    tier: str


class Analysis(msgspec.Struct, kw_only=True, frozen=True):
    """What the models say of one text.

    ``sentiment_score`` is P(positive) minus P(negative), -1..1; ``toxicity`` is P(offensive);
    ``churn_risk`` a calibrated probability and ``churn_signals`` the words behind it. Where
    ``language_supported`` is false the numbers are neutral placeholders and stay out of averages.
    """

    sentiment_score: Annotated[float, Meta(ge=-1, le=1)]
    sentiment_label: SentimentLabel
    sentiment_confidence: Probability
    emotion: Emotion
    emotion_scores: dict[Emotion, Probability]
    toxicity: Probability
    churn_risk: Probability
    churn_signals: list[str]
    language_supported: bool
    model: Model


class ProcessedMessage(Message, kw_only=True, frozen=True):
    """A message and its analysis."""

    analysis: Analysis
    processed_at: Utc


class DeletionReason(StrEnum):
    """Why a post is to be erased."""

    DELETED_AT_SOURCE = "deleted_at_source"
    REMOVED_BY_PLATFORM = "removed_by_platform"
    PRIVACY_REQUEST = "privacy_request"


class Deletion(msgspec.Struct, kw_only=True, frozen=True):
    """A post to be erased: on Kafka a tombstone with these fields, less the id, as headers."""

    message_id: MessageId
    reason: DeletionReason
    deleted_at: Utc
    created_at: Utc | None = None
    platform: Name | None = None


class Erased(msgspec.Struct, kw_only=True, frozen=True):
    """A message that is no longer kept: what listeners are told, for they may still show it."""

    message_id: str


class InvalidReason(StrEnum):
    """Why a raw message was refused: the fixed list that dead letters carry."""

    TOO_LARGE = "too_large"
    NOT_UTF8 = "not_utf8"
    NOT_JSON = "not_json"
    NOT_AN_OBJECT = "not_an_object"
    SCHEMA_VERSION_UNKNOWN = "schema_version_unknown"
    FIELD_MISSING = "field_missing"
    FIELD_WRONG_TYPE = "field_wrong_type"
    FIELD_TOO_LONG = "field_too_long"
    CONTROL_CHARACTER = "control_character"
    NESTED_TOO_DEEP = "nested_too_deep"
    TEXT_EMPTY = "text_empty"
    TEXT_TOO_LONG = "text_too_long"
    CREATED_AT_UNREADABLE = "created_at_unreadable"
    CREATED_AT_TOO_OLD = "created_at_too_old"
    CREATED_AT_IN_FUTURE = "created_at_in_future"
    KEY_MISMATCH = "key_mismatch"
    TOMBSTONE_WITHOUT_KEY = "tombstone_without_key"
    ANALYSIS_FAILED = "analysis_failed"
    PUBLISHING_REFUSED = "publishing_refused"
    STORING_REFUSED = "storing_refused"
    LOST_TO_RETENTION = "lost_to_retention"


class Invalid(msgspec.Struct, kw_only=True, frozen=True):
    """A refusal: the reason and, in words, what exactly was wrong."""

    reason: InvalidReason
    detail: str
