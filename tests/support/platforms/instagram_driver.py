"""What the poller does with Instagram's connector, in the least form."""

from dataclasses import dataclass
from pathlib import Path

from contracts.settings import Settings, load
from tests.support.platforms import twitter_driver
from tests.support.platforms.instagram import TOKEN, USER_ID


def settings(at: str, key: Path, timeout_s: int = 5, **instagram: object) -> Settings:
    """Those of a connector to the server at a URL, for #cola if nothing else is said."""
    given = {"hashtags": "cola", **instagram}
    return load(
        {
            "GROUNDSWELL_CONNECTORS_AUTHOR_KEY": str(key),
            "GROUNDSWELL_CONNECTORS_TIMEOUT_SECONDS": str(timeout_s),
            "GROUNDSWELL_INSTAGRAM_ACCESS_TOKEN": TOKEN,
            "GROUNDSWELL_INSTAGRAM_USER_ID": USER_ID,
            "GROUNDSWELL_INSTAGRAM_URL": at,
            **{f"GROUNDSWELL_INSTAGRAM_{name.upper()}": str(given[name]) for name in given},
        }
    )


@dataclass
class Driver(twitter_driver.Driver):
    """A task with its state, which is written and read between any two requests."""

    @property
    def ids(self) -> list[str]:
        """What was brought: Instagram's ids."""
        return [message.message_id.removeprefix("instagram:") for message in self.messages]
