"""Opens the stores that the settings name; their clients are imported when they are wanted."""

from typing import TYPE_CHECKING

from contracts.settings import Settings
from stores.history import History

if TYPE_CHECKING:
    from stores.redis import LiveStore


def open_live(settings: Settings) -> "LiveStore":
    """The live store. :raises ServerError: its URL is not one."""
    from stores.redis import LiveStore

    return LiveStore(settings.redis)


def open_history(settings: Settings) -> History:
    """The store that ``history.store`` names. :raises ServerError: it cannot be opened."""
    if settings.history.store == "elasticsearch":
        from stores.elasticsearch import ElasticsearchHistory

        return ElasticsearchHistory(settings.history)
    from stores.sqlite import SqliteHistory

    return SqliteHistory(settings.history.path)
