"""The history in Elasticsearch 8 or 9."""

import logging
from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from elasticsearch.helpers import scan

from contracts import wire
from contracts.aggregates import Aggregate, Dimension
from contracts.completeness import Station, Tally
from contracts.messages import ProcessedMessage
from contracts.settings import History as Settings
from stores.cursors import cursor_after, from_micros, read_cursor, to_micros
from stores.elasticsearch.cluster import Cluster
from stores.elasticsearch.documents import (
    AGGREGATES,
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
    tally_id,
)
from stores.history import Arrival, Mark, MessageFilter, Page, Put

PLACES_MAX = 10_000
IDS_A_SEARCH = 1000
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
        self._places: OrderedDict[str, Place] = OrderedDict()
        self._cluster = Cluster(settings)

    def prepare(self) -> None:
        """See :meth:`stores.history.History.prepare`: put the index templates in place."""
        with self._cluster.translated():
            self._cluster.prepare()

    def put_messages(self, arrivals: Sequence[Arrival]) -> list[Put]:
        """See :meth:`stores.history.History.put_messages`."""
        with self._cluster.translated():
            self._cluster.prepare()
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
            self._cluster.bulk(marks)
            refused = self._cluster.bulk(actions)
            self._remember({i: place for i, place in places.items() if i not in refused})
        ids = [arrival.message.message_id for arrival in arrivals]
        return [Put(before, refused.get(i)) for i, before in zip(ids, previous, strict=True)]

    def delete_messages(self, message_ids: Sequence[str]) -> list[datetime]:
        """See :meth:`stores.history.History.delete_messages`."""
        with self._cluster.translated():
            self._cluster.prepare()
            places = self._find(message_ids)
            self._cluster.bulk([put_mark(place.created_at) for place in places.values()])
            self._cluster.bulk([delete(place.index, i) for i, place in places.items()])
            for message_id in places:
                self._places.pop(message_id, None)
        return [place.created_at for place in places.values()]

    def pending_marks(self) -> list[Mark]:
        """See :meth:`stores.history.History.pending_marks`."""
        with self._cluster.translated():
            self._cluster.client.indices.refresh(index=MARKS, ignore_unavailable=True)
            hits = scan(
                self._cluster.client,
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
        with self._cluster.translated():
            self._cluster.bulk([clear_mark(mark) for mark in marks])

    def messages_between(self, start: datetime, end: datetime) -> Iterator[ProcessedMessage]:
        """See :meth:`stores.history.History.messages_between`."""
        within = {"range": {"created_micros": {"gte": to_micros(start), "lt": to_micros(end)}}}
        with self._cluster.translated():
            self._cluster.refresh(MESSAGES)
            for hit in self._cluster.scan(MESSAGES, within):
                yield wire.decode_processed(hit["_source"]["payload"])

    def messages_of_author(self, author_id: str) -> Iterator[ProcessedMessage]:
        """See :meth:`stores.history.History.messages_of_author`."""
        theirs = {"term": {"author_id": author_id}}
        unsaid = {"bool": {"must_not": [{"exists": {"field": "author_id"}}]}}
        with self._cluster.translated():
            self._cluster.refresh(MESSAGES)
            for hit in self._cluster.scan(MESSAGES, {"bool": {"should": [theirs, unsaid]}}):
                message = wire.decode_processed(hit["_source"]["payload"])
                if message.author_id == author_id:
                    yield message

    def stored(self, message_ids: Collection[str]) -> set[str]:
        """See :meth:`stores.history.History.stored`."""
        found: set[str] = set()
        ids = iter(message_ids)
        with self._cluster.translated():
            self._cluster.refresh(MESSAGES)
            while some := list(islice(ids, IDS_A_SEARCH)):
                wanted = {"ids": {"values": some}}
                answer = self._cluster.client.search(
                    index=f"{MESSAGES}-*", query=wanted, source=False, size=len(some)
                )
                found.update(hit["_id"] for hit in answer["hits"]["hits"])
        return found

    def put_aggregates(self, aggregates: Sequence[Aggregate]) -> None:
        """See :meth:`stores.history.History.put_aggregates`."""
        with self._cluster.translated():
            self._cluster.prepare()
            fresh = self._kept_as_fresh([a for a in aggregates if is_old(a)])
            actions = [put_aggregate(a, is_fresh=aggregate_id(a) in fresh) for a in aggregates]
            for document, why in self._cluster.bulk(actions).items():
                logger.error("Elasticsearch refuses the aggregate %s: %s", document, why)

    def aggregates_of(self, window_starts: Iterable[datetime]) -> list[Aggregate]:
        """See :meth:`stores.history.History.aggregates_of`."""
        wanted = {"terms": {"window_micros": [to_micros(start) for start in window_starts]}}
        with self._cluster.translated():
            self._cluster.refresh(AGGREGATES)
            hits = list(self._cluster.scan(AGGREGATES, wanted))
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
        hits = self._cluster.search(AGGREGATES, filters, sort, limit)
        return [wire.decode_aggregate(hit["_source"]["payload"]) for hit in hits][::-1]

    def put_tallies(self, tallies: Sequence[Tally]) -> None:
        """See :meth:`stores.history.History.put_tallies`."""
        with self._cluster.translated():
            self._cluster.prepare()
            refused = self._cluster.bulk([put_tally(tally) for tally in tallies])
            for document, why in refused.items():
                logger.error("Elasticsearch refuses the tally %s: %s", document, why)

    def tallies_between(self, since: datetime, until: datetime) -> list[Tally]:
        """See :meth:`stores.history.History.tallies_between`."""
        bounds = [
            {"range": {"newest_s": {"gte": int(since.timestamp())}}},
            {"range": {"oldest_s": {"lt": int(until.timestamp())}}},
        ]
        with self._cluster.translated():
            self._cluster.refresh(TALLIES)
            hits = list(self._cluster.scan(TALLIES, {"bool": {"filter": bounds}}))
        return [wire.decode_tally(hit["_source"]["payload"]) for hit in hits]

    def newest_tallies(self, since: datetime) -> list[Tally]:
        """See :meth:`stores.history.History.newest_tallies`."""
        recent = {"range": {"newest_s": {"gte": int(since.timestamp())}}}
        newest = {"top_hits": {"size": 1, "sort": [{"first": "desc"}]}}
        places = {"terms": {"field": "place", "size": PLACES_MAX}, "aggs": {"newest": newest}}
        with self._cluster.translated():
            self._cluster.refresh(TALLIES)
            answer = self._cluster.client.search(
                index=f"{TALLIES}-*", query=recent, size=0, aggs={"places": places}
            )
        buckets = answer.get("aggregations", {"places": {"buckets": []}})["places"]["buckets"]
        hits = [hit for bucket in buckets for hit in bucket["newest"]["hits"]["hits"]]
        return [wire.decode_tally(hit["_source"]["payload"]) for hit in hits]

    def tally(self, station: Station, partition: int, first: int) -> Tally | None:
        """See :meth:`stores.history.History.tally`."""
        wanted = {"ids": {"values": [tally_id(station, partition, first)]}}
        with self._cluster.translated():
            self._cluster.refresh(TALLIES)
            hits = list(self._cluster.scan(TALLIES, wanted))
        found = [wire.decode_tally(hit["_source"]["payload"]) for hit in hits]
        return max(found, key=lambda tally: tally.next, default=None)

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
        hits = self._cluster.search(MESSAGES, filters, sort, limit + 1, **after)
        messages = [wire.decode_processed(hit["_source"]["payload"]) for hit in hits]
        more = len(messages) > limit
        return Page(messages[:limit], cursor_after(messages[limit - 1]) if more else None)

    def count_messages(self) -> int:
        """See :meth:`stores.history.History.count_messages`."""
        with self._cluster.translated():
            self._cluster.refresh(MESSAGES)
            return int(self._cluster.client.count(index=f"{MESSAGES}-*")["count"])

    def ping(self) -> None:
        """See :meth:`stores.history.History.ping`."""
        with self._cluster.translated():
            self._cluster.client.cluster.health()

    def close(self) -> None:
        """Let go of the connections."""
        self._cluster.client.close()

    def _find(self, message_ids: Sequence[str]) -> dict[str, Place]:
        remembered = {i: self._places[i] for i in message_ids if i in self._places}
        others = [i for i in message_ids if i not in remembered]
        if not others:
            return remembered
        hits = self._cluster.client.search(
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
        answers = self._cluster.client.mget(docs=places)["docs"]
        return {answer["_id"] for answer in answers if answer.get("found")}

    def _remember(self, places: dict[str, Place]) -> None:
        for message_id, place in places.items():
            self._places[message_id] = place
            self._places.move_to_end(message_id)
        while len(self._places) > REMEMBERED_IDS:
            self._places.popitem(last=False)


def _between(field: str, since: datetime | None, until: datetime | None) -> list[dict[str, Any]]:
    bounds = {
        name: to_micros(time) for name, time in (("gte", since), ("lt", until)) if time is not None
    }
    return [{"range": {field: bounds}}] if bounds else []
