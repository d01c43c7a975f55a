"""Opens the store that the settings name."""

from contracts.settings import Settings
from stores.history import History


def open_history(settings: Settings) -> History:
    """The store that ``history.store`` names. :raises ServerError: it cannot be opened."""
    if settings.history.store == "elasticsearch":
        from stores.elasticsearch import ElasticsearchHistory

        return ElasticsearchHistory(settings.history)
    from stores.sqlite import SqliteHistory

    return SqliteHistory(settings.history.path)
