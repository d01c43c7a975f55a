"""The history in Elasticsearch: an index a day of message time, from templates.

``sentiment-messages-YYYY-MM-DD`` (``_id`` = message id, version = topic offset) and
``sentiment-aggregates-YYYY-MM-DD`` (``_id`` = dimension:key:window_start, version = revision);
posts that were older than the retention when they came go to monthly ``…-archive-YYYY-MM``.
``sentiment-tallies-YYYY-MM-DD`` (``_id`` = station:partition:first, version = next offset) are the
books, by the day that their first message entered.
``sentiment-marks`` (``_id`` = microseconds) has the times whose windows must be recounted.
The document that is searched is mapped; the contract's JSON is kept whole beside it.
"""

from stores.elasticsearch.history import ElasticsearchHistory

__all__ = ["ElasticsearchHistory"]
