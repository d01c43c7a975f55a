"""Counters and gauges of the steps, ``sentiment_<step>_<unit>``, for Prometheus."""

from prometheus_client import Counter

INVALID_MESSAGES = Counter(
    "sentiment_validate_invalid_messages", "Messages refused, by reason", ["reason"]
)
ANALYSED_MESSAGES = Counter(
    "sentiment_infer_messages",
    "Messages by the tier that answered; none where the language is not read",
    ["tier"],
)
PUBLISHED_MESSAGES = Counter(
    "sentiment_publish_messages", "Records committed to the processed and invalid topics", ["topic"]
)
ABORTED_TRANSACTIONS = Counter(
    "sentiment_publish_aborted_transactions", "Batches aborted and read again"
)
REVOKED_MESSAGES = Counter(
    "sentiment_publish_revoked_messages", "Messages dropped because their partition was revoked"
)
STORED_MESSAGES = Counter("sentiment_store_messages", "Messages stored, by novelty", ["novelty"])
LATE_MESSAGES = Counter(
    "sentiment_windows_late_messages", "Messages that came after their window was final"
)
RECOMPUTED_WINDOWS = Counter(
    "sentiment_windows_recomputed_windows", "Windows recomputed from stored messages"
)
