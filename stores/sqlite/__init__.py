"""The embedded history: one SQLite file with full-text search, in the process."""

from stores.sqlite.history import SqliteHistory

__all__ = ["SqliteHistory"]
