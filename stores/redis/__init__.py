"""The live state in Redis or Valkey."""

from stores.redis.live import Event, EventKind, LiveStore, Summary

__all__ = ["Event", "EventKind", "LiveStore", "Summary"]
