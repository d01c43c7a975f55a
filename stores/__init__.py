"""Adapters of the servers that keep things: each both writes and reads its keys."""
