"""The connectors that can be polled: a new platform is its module and a line here."""

from importlib import import_module

from connectors.polling.connector import Connect
from contracts.errors import SettingsError

PLATFORMS = {
    "twitter": "connectors.twitter",
    "instagram": "connectors.instagram",
    "mastodon": "connectors.mastodon",
}
"""Name -> module with ``connect``; imported when it is wanted, with its client library."""

OFFLINE = {"synthetic": "connect_synthetic", "file": "connect_file"}


def connect_of(name: str) -> Connect:
    """The function that builds a connector. :raises SettingsError: there is none of this name."""
    if name in OFFLINE:
        connect: Connect = getattr(import_module("connectors.polling.offline"), OFFLINE[name])
    elif name in PLATFORMS:
        connect = import_module(PLATFORMS[name]).connect
    else:
        raise SettingsError(
            f"{name} is no connector", f"there are {', '.join([*OFFLINE, *PLATFORMS])}"
        )
    return connect
