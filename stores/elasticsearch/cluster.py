"""A cluster of Elasticsearch 8 or 9: its answers and refusals in the platform's own words."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from elasticsearch import ApiError, Elasticsearch, TransportError
from elasticsearch.helpers import scan, streaming_bulk

from contracts.errors import ServerError
from contracts.settings import History as Settings
from stores.elasticsearch.documents import AUTHOR, MAPPINGS, MESSAGES

BAD_REQUEST = 400
CONFLICT = 409
NOT_FOUND = 404


class Cluster:
    """Connects on first use; ``client`` is the library's own."""

    def __init__(self, settings: Settings) -> None:
        """:raises ServerError: the URL is not one."""
        self._url = settings.url
        self._is_prepared = False
        with self.translated():
            self.client = Elasticsearch(
                settings.url,
                request_timeout=settings.timeout_ms / 1000,
                retry_on_timeout=True,
                max_retries=2,
            )

    def prepare(self) -> None:
        """Put the index templates in place, and in older indices what they lack, once."""
        if self._is_prepared:
            return
        for name, properties in MAPPINGS.items():
            self.client.indices.put_index_template(
                name=name,
                index_patterns=[f"{name}-*"],
                template={
                    "settings": {"auto_expand_replicas": "0-1", "refresh_interval": "1s"},
                    "mappings": {"dynamic": "strict", "properties": properties},
                },
            )
        found = self.client.indices.get_mapping(index=f"{MESSAGES}-*", allow_no_indices=True)
        for index, answer in found.items():
            if "author_id" not in answer["mappings"].get("properties", {}):
                self.client.indices.put_mapping(index=index, properties={"author_id": AUTHOR})
        # A search sees what an earlier process wrote only after this.
        self.refresh(MESSAGES)
        self._is_prepared = True

    def bulk(self, actions: list[dict[str, Any]]) -> dict[str, str]:
        """Write; a conflict means that a newer version is there and is no error.

        :returns: documents that are refused for what they are: id -> why.
        """
        refused = {}
        for done, answer in streaming_bulk(self.client, actions, raise_on_error=False):
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

    def refresh(self, name: str) -> None:
        """Have searches of a kind of document see every write."""
        self.client.indices.refresh(index=f"{name}-*", allow_no_indices=True)

    def scan(self, name: str, query: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """All hits of a query, in no order."""
        yield from scan(self.client, index=f"{name}-*", query={"query": query}, size=2000)

    def search(
        self,
        name: str,
        filters: list[dict[str, Any]],
        sort: list[dict[str, str]],
        limit: int,
        **options: Any,
    ) -> list[dict[str, Any]]:
        """The first hits of a query, sorted. :raises ServerError: no answer."""
        with self.translated():
            answer = self.client.search(
                index=f"{name}-*",
                query={"bool": {"filter": filters}},
                sort=sort,
                size=limit,
                **options,
            )
        return list(answer["hits"]["hits"])

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Where the library raises, a :class:`ServerError`."""
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
