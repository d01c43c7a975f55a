"""Read the books that a history keeps."""

from datetime import datetime

from contracts.completeness import Completeness, completeness, whole_minutes
from stores.history import History


def read_books(history: History, since: datetime, until: datetime) -> Completeness:
    """What the books say of the whole minutes of a stretch.

    :raises ServerError: the history is away.
    """
    since, until = whole_minutes(since, until)
    tallies = history.tallies_between(since, until)
    return completeness(tallies, history.newest_tallies(since), since, until)
