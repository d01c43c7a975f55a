"""The platforms that can be polled: a new one is its module and a line here."""

from importlib import import_module

from connectors.polling.connector import Connect

PLATFORMS = {
    "twitter": "connectors.twitter",
    "reddit": "connectors.reddit",
    "instagram": "connectors.instagram",
    "mastodon": "connectors.mastodon",
}
"""Name -> module with ``connect``; imported when it is wanted, with its client library."""


def connect_of(name: str) -> Connect:
    """The function that builds a platform's connector."""
    connect: Connect = import_module(PLATFORMS[name]).connect
    return connect
