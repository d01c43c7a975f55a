"""2,000 real tweets through everything; collected where the data folder is."""

import pytest

from local.platform import Search
from local.replay import replay
from tests.conftest import SHARED_DATA, MakePlatform
from tests.support.listener import Listener
from tests.support.stations import assert_stations_agree
from tests.support.waiting import wait_for

TWEETS = SHARED_DATA / "sentiment" / "val.tsv.gz"
COUNT = 2000


@pytest.mark.shared_data
@pytest.mark.parametrize("search", ["sqlite", "elasticsearch"])
def test_every_tweet_is_found_at_every_station(make_platform: MakePlatform, search: Search) -> None:
    platform = make_platform(search)
    with Listener(platform.url) as heard:
        replayed = replay(platform, TWEETS)
        assert replayed.read == COUNT
        assert_stations_agree(platform, replayed, heard)
        processed = len(replayed.account.processed)
        wait_for(
            lambda: any(
                frame["data"]["overall"]["message_count"] == processed
                for frame in heard.of("metrics:update")
            )
        )
