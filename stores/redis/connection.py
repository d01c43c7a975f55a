"""Clients of Redis or Valkey: of one server, or of the master that Sentinel names."""

import threading
from contextlib import ExitStack
from typing import Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from redis.sentinel import Sentinel

from contracts.redis_url import MasterOfSentinels, master_of_sentinels
from contracts.settings import Redis as Settings


def connect(settings: Settings, closing: ExitStack) -> Any:
    """A client that connects on first use, and after a failover to the new master.

    A call that fails is not tried again here: whoever has work says what becomes of it.

    :param closing: gets what is to be closed.
    :raises ValueError: the URL is not one.
    """
    wait_s = settings.timeout_ms / 1000
    options = {"socket_timeout": wait_s, "socket_connect_timeout": wait_s, "decode_responses": True}
    if master := master_of_sentinels(settings.url):
        client = _master(master, options, closing)
    else:
        client = Redis.from_url(settings.url, **options)
    closing.callback(client.close)
    return client


def _master(master: MasterOfSentinels, options: dict[str, Any], closing: ExitStack) -> Any:
    sentinels = SharedSentinels(
        master.sentinels, sentinel_kwargs={**options, "retry": Retry(NoBackoff(), 0)}
    )
    for sentinel in sentinels.sentinels:
        closing.callback(sentinel.close)
    return sentinels.master_for(
        master.name,
        db=master.database,
        username=master.username,
        password=master.password,
        **options,
    )


class SharedSentinels(Sentinel):
    """The client's sentinels, for several threads.

    Asking puts the one that answered first, in place: two threads at once would lose another one.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._asking = threading.Lock()

    def discover_master(self, service_name: str) -> tuple[str, int]:
        """Where the master is. :raises ConnectionError: no sentinel knows one that is up."""
        with self._asking:
            host, port = super().discover_master(service_name)
            return str(host), int(port)
