"""The history in Elasticsearch 8 or 9."""

import logging
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from elasticsearch import ApiError, Elasticsearch, TransportError
from elasticsearch.helpers import scan, streaming_bulk

from contracts import wire
from contracts.aggregates import Aggregate, Dimension
from contracts.completeness import Tally
from contracts.errors import ServerError
from contracts.messages import ProcessedMessage
from contracts.settings import History as Settings
from stores.cursors import cursor_after, from_micros, read_cursor, to_micros
from stores.elasticsearch.documents import (
    AGGREGATES,
    MAPPINGS,
    MARKS,
    MESSAGES,
    TALLIES,
    aggregate_id,
    clear_mark,
    delete,
    fresh_index,
    is_old,
    message_index,
    put_aggregate,
    put_mark,
    put_message,
    put_tally,
)
from stores.history import Arrival, Mark, MessageFilter, Page, Put

BAD_REQUEST = 400
CONFLICT = 409
NOT_FOUND = 404
PLACES_MAX = 10_000
REMEMBERED_IDS = 200_000

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message is kept, its ``created_at``, and the offset of the version there."""

    index: str
    created_at: datetime
    offset: int


class ElasticsearchHistory:
    """:class:`stores.history.History` in Elasticsearch 8 or 9.

    A search sees a write only after a refresh, so the places of the newest messages are also
    remembered here: a message id always comes to the same writer.
    """

    def __init__(self, settings: Settings) -> None:
        """Connects on first use. :raises ServerError: the URL is not one."""
        self._url = settings.url
        self._places: OrderedDict[str, Place] = OrderedDict()
        self._is_prepared = False
        with self._translated():
            self._client = Elasticsearch(
                settings.url,
                request_timeout=settings.timeout_ms / 1000,
                retry_on_timeout=True,
                max_retries=2,
            )

    def prepare(self) -> None:
        """See :meth:`stores.history.History.prepare`: put the index templates in place."""
        with self._translated():
            self._require_prepared()

    def put_messages(self, arrivals: Sequence[Arrival]) -> list[Put]:
        """See :meth:`stores.history.History.put_messages`."""
        with self._translated():
            self._require_prepared()
            places = self._find([arrival.message.message_id for arrival in arrivals])
            previous: list[datetime | None] = []
            marks: list[dict[str, Any]] = []
            actions: list[dict[str, Any]] = []
            for arrival in arrivals:
                message = arrival.message
                before = places.get(message.message_id)
                place = Place(message_index(message), message.created_at, arrival.offset)
                previous.append(before.created_at if before else None)
                if before and before.offset > place.offset:
                    continue
                if before and before.created_at != place.created_at:
                    marks.append(put_mark(before.created_at))
                if before and before.index != place.index:
                    actions.append(delete(before.index, message.message_id, place.offset))
                actions.append(put_message(place.index, arrival))
                places[message.message_id] = place
            self._bulk(marks)
            refused = self._bulk(actions)
            self._remember({i: place for i, place in places.items() if i not in refused})
        ids = [arrival.message.message_id for arrival in arrivals]
        return [Put(before, refused.get(i)) for i, before in zip(ids, previous, strict=True)]

    def delete_messages(self, message_ids: Sequence[str]) -> list[datetime]:
        """See :meth:`stores.history.History.delete_messages`."""
        with self._translated():
            self._require_prepared()
            places = self._find(message_ids)
            self._bulk([put_mark(place.created_at) for place in places.values()])
            self._bulk([delete(place.index, i) for i, place in places.items()])
            for message_id in places:
                self._places.pop(message_id, None)
        return [place.created_at for place in places.values()]

    def pending_marks(self) -> list[Mark]:
        """See :meth:`stores.history.History.pending_marks`."""
        with self._translated():
            self._client.indices.refresh(index=MARKS, ignore_unavailable=True)
            hits = scan(
                self._client,
                index=MARKS,
                query={"query": {"match_all": {}}, "seq_no_primary_term": True},
                ignore_unavailable=True,
            )
            return [
                Mark(from_micros(int(hit["_id"])), f"{hit['_seq_no']}/{hit['_primary_term']}")
                for hit in hits
            ]

    def clear_marks(self, marks: Sequence[Mark]) -> None:
        """See :meth:`stores.history.History.clear_marks`."""
        with self._translated():
            self._bulk([clear_mark(mark) for mark in marks])

    def messages_between(self, start: datetime, end: datetime) -> Iterator[ProcessedMessage]:
        """See :meth:`stores.history.History.messages_between`."""
        within = {"range": {"created_micros": {"gte": to_micros(start), "lt": to_micros(end)}}}
        with self._translated():
            self._refresh(MESSAGES)
            for hit in self._scan(MESSAGES, within):
                yield wire.decode_processed(hit["_source"]["payload"])

    def put_aggregates(self, aggregates: Sequence[Aggregate]) -> None:
        """See :meth:`stores.history.History.put_aggregates`."""
        with self._translated():
            self._require_prepared()
            fresh = self._kept_as_fresh([a for a in aggregates if is_old(a)])
            actions = [put_aggregate(a, is_fresh=aggregate_id(a) in fresh) for a in aggregates]
            for document, why in self._bulk(actions).items():
                logger.error("Elasticsearch refuses the aggregate %s: %s", document, why)

    def aggregates_of(self, window_starts: Iterable[datetime]) -> list[Aggregate]:
        """See :meth:`stores.history.History.aggregates_of`."""
        wanted = {"terms": {"window_micros": [to_micros(start) for start in window_starts]}}
        with self._translated():
            self._refresh(AGGREGATES)
            hits = list(self._scan(AGGREGATES, wanted))
        return [wire.decode_aggregate(hit["_source"]["payload"]) for hit in hits]

    def search_aggregates(
        self,
        dimension: Dimension,
        key: str | None,
        since: datetime | None,
        until: datetime | None,
        limit: int,
    ) -> list[Aggregate]:
        """See :meth:`stores.history.History.search_aggregates`."""
        filters = [{"term": {"dimension": dimension}}, *_between("window_micros", since, until)]
        if key is not None:
            filters.append({"term": {"key": key}})
        sort = [{"window_micros": "desc"}, {"key": "asc"}]
        hits = self._search(AGGREGATES, filters, sort, limit)
        return [wire.decode_aggregate(hit["_source"]["payload"]) for hit in hits][::-1]

    def put_tallies(self, tallies: Sequence[Tally]) -> None:
        """See :meth:`stores.history.History.put_tallies`."""
        with self._translated():
            self._require_prepared()
            for document, why in self._bulk([put_tally(tally) for tally in tallies]).items():
                logger.error("Elasticsearch refuses the tally %s: %s", document, why)

    def tallies_between(self, since: datetime, until: datetime) -> list[Tally]:
        """See :meth:`stores.history.History.tallies_between`."""
        bounds = [
            {"range": {"newest_s": {"gte": int(since.timestamp())}}},
            {"range": {"oldest_s": {"lt": int(until.timestamp())}}},
        ]
        with self._translated():
            self._refresh(TALLIES)
            hits = list(self._scan(TALLIES, {"bool": {"filter": bounds}}))
        return [wire.decode_tally(hit["_source"]["payload"]) for hit in hits]

    def newest_tallies(self) -> list[Tally]:
        """See :meth:`stores.history.History.newest_tallies`."""
        newest = {"top_hits": {"size": 1, "sort": [{"first": "desc"}]}}
        places = {"terms": {"field": "place", "size": PLACES_MAX}, "aggs": {"newest": newest}}
        with self._translated():
            self._refresh(TALLIES)
            answer = self._client.search(index=f"{TALLIES}-*", size=0, aggs={"places": places})
        buckets = answer.get("aggregations", {"places": {"buckets": []}})["places"]["buckets"]
        hits = [hit for bucket in buckets for hit in bucket["newest"]["hits"]["hits"]]
        return [wire.decode_tally(hit["_source"]["payload"]) for hit in hits]

    def search_messages(self, wanted: MessageFilter, limit: int, cursor: str | None) -> Page:
        """See :meth:`stores.history.History.search_messages`."""
        filters = _between("created_micros", wanted.since, wanted.until)
        for field in ("platform", "product", "city", "channel", "label"):
            if (value := getattr(wanted, field)) is not None:
                filters.append({"term": {field: value}})
        if wanted.churn_risk_from is not None:
            filters.append({"range": {"churn_risk": {"gte": wanted.churn_risk_from}}})
        if wanted.words and wanted.words.split():
            filters.append({"match": {"text": {"query": wanted.words, "operator": "and"}}})
        after = {"search_after": list(read_cursor(cursor))} if cursor is not None else {}
        sort = [{"created_micros": "desc"}, {"message_id": "desc"}]
        hits = self._search(MESSAGES, filters, sort, limit + 1, **after)
        messages = [wire.decode_processed(hit["_source"]["payload"]) for hit in hits]
        more = len(messages) > limit
        return Page(messages[:limit], cursor_after(messages[limit - 1]) if more else None)

    def count_messages(self) -> int:
        """See :meth:`stores.history.History.count_messages`."""
        with self._translated():
            self._refresh(MESSAGES)
            return int(self._client.count(index=f"{MESSAGES}-*")["count"])

    def ping(self) -> None:
        """See :meth:`stores.history.History.ping`."""
        with self._translated():
            self._client.cluster.health()

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def _require_prepared(self) -> None:
        if self._is_prepared:
            return
        for name, properties in MAPPINGS.items():
            self._client.indices.put_index_template(
                name=name,
                index_patterns=[f"{name}-*"],
                template={
                    "settings": {"auto_expand_replicas": "0-1", "refresh_interval": "1s"},
                    "mappings": {"dynamic": "strict", "properties": properties},
                },
            )
        # A search sees what an earlier process wrote only after this.
        self._refresh(MESSAGES)
        self._is_prepared = True

    def _find(self, message_ids: Sequence[str]) -> dict[str, Place]:
        remembered = {i: self._places[i] for i in message_ids if i in self._places}
        others = [i for i in message_ids if i not in remembered]
        if not others:
            return remembered
        hits = self._client.search(
            index=f"{MESSAGES}-*",
            query={"ids": {"values": others}},
            version=True,
            source={"includes": ["created_micros"]},
            size=len(others),
        )["hits"]["hits"]
        return remembered | {
            hit["_id"]: Place(
                hit["_index"], from_micros(hit["_source"]["created_micros"]), hit["_version"]
            )
            for hit in hits
        }

    def _kept_as_fresh(self, old: list[Aggregate]) -> set[str]:
        """Ids of old windows that were written when they were fresh: they stay where they are."""
        if not old:
            return set()
        places = [{"_index": fresh_index(a), "_id": aggregate_id(a), "_source": False} for a in old]
        answers = self._client.mget(docs=places)["docs"]
        return {answer["_id"] for answer in answers if answer.get("found")}

    def _remember(self, places: dict[str, Place]) -> None:
        for message_id, place in places.items():
            self._places[message_id] = place
            self._places.move_to_end(message_id)
        while len(self._places) > REMEMBERED_IDS:
            self._places.popitem(last=False)

    def _bulk(self, actions: list[dict[str, Any]]) -> dict[str, str]:
        """Write; a conflict means that a newer version is there and is no error.

        :returns: documents that are refused for what they are: id -> why.
        """
        refused = {}
        for done, answer in streaming_bulk(self._client, actions, raise_on_error=False):
            ((operation, result),) = answer.items()
            is_gone = operation == "delete" and result["status"] == NOT_FOUND
            if result["status"] == BAD_REQUEST:
                refused[result["_id"]] = _reason(result["error"])
            elif not (done or is_gone or result["status"] == CONFLICT):
                raise ServerError(
                    f"Elasticsearch at {self._url} refuses {result['_id']} ({result['error']})",
                    "look at the server's disk, its blocks and its load",
                )
        return refused

    def _refresh(self, name: str) -> None:
        self._client.indices.refresh(index=f"{name}-*", allow_no_indices=True)

    def _scan(self, name: str, query: dict[str, Any]) -> Iterator[dict[str, Any]]:
        yield from scan(self._client, index=f"{name}-*", query={"query": query}, size=2000)

    def _search(
        self,
        name: str,
        filters: list[dict[str, Any]],
        sort: list[dict[str, str]],
        limit: int,
        **options: Any,
    ) -> list[dict[str, Any]]:
        with self._translated():
            answer = self._client.search(
                index=f"{name}-*",
                query={"bool": {"filter": filters}},
                sort=sort,
                size=limit,
                **options,
            )
        return list(answer["hits"]["hits"])

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (ApiError, TransportError, ValueError) as error:
            raise ServerError(
                f"Elasticsearch at {self._url} does not serve ({error})",
                "start it (make demo SEARCH=elasticsearch does), or set GROUNDSWELL_HISTORY_URL",
            ) from None


def _reason(error: dict[str, Any]) -> str:
    """What the server says of a document, and what that comes from."""
    said = [f"{each['type']}: {each['reason']}" for each in (error, error.get("caused_by")) if each]
    return "; ".join(said)


def _between(field: str, since: datetime | None, until: datetime | None) -> list[dict[str, Any]]:
    bounds = {
        name: to_micros(time) for name, time in (("gte", since), ("lt", until)) if time is not None
    }
    return [{"range": {field: bounds}}] if bounds else []
