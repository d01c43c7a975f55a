import pytest

from contracts.errors import SettingsError
from contracts.redis_url import MasterOfSentinels, master_of_sentinels
from contracts.settings import load


def test_a_sentinel_url_names_sentinels_master_database_and_credentials() -> None:
    url = "redis+sentinel://live%40us:p%2Fw:d@one:26380,[::1]:26381,two/my%20master/3"
    sentinels = (("one", 26380), ("::1", 26381), ("two", 26379))
    assert master_of_sentinels(url) == MasterOfSentinels(
        sentinels, "my master", 3, "live@us", "p/w:d"
    )


def test_credentials_and_database_may_be_left_out() -> None:
    plain = master_of_sentinels("redis+sentinel://one:26379/live")
    assert plain == MasterOfSentinels((("one", 26379),), "live", 0, None, None)
    by_password = master_of_sentinels("redis+sentinel://:secret@one:26379/live/0")
    assert by_password == MasterOfSentinels((("one", 26379),), "live", 0, None, "secret")


@pytest.mark.parametrize("url", ["redis://one:6379/0", "rediss://one/0", "unix:///run/redis"])
def test_the_url_of_one_server_is_left_to_the_client(url: str) -> None:
    assert master_of_sentinels(url) is None
    assert load({"GROUNDSWELL_REDIS_URL": url}).redis.url == url


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "begins with none of"),
        ("one:6379", "begins with none of"),
        ("redis+sentinels://one/live", "begins with none of"),
        ("redis+sentinel://one:26379", "names no master"),
        ("redis+sentinel://one:26379/", "names no master"),
        ("redis+sentinel:///live", "'' is not host:port of a sentinel"),
        ("redis+sentinel://one:26379,/live", "'' is not host:port of a sentinel"),
        ("redis+sentinel://one:x/live", "'one:x' is not host:port of a sentinel"),
        ("redis+sentinel://user:pw@one:70000/live", "'one:70000' is not host:port of a sentinel"),
        ("redis+sentinel://one/live/first", "'first' is not the number of a database"),
        ("redis+sentinel://one/live?timeout=3", "options after a ?"),
    ],
)
def test_a_wrong_url_says_what_is_wrong_and_where(url: str, says: str) -> None:
    with pytest.raises(SettingsError) as raised:
        load({"GROUNDSWELL_REDIS_URL": url})
    assert "GROUNDSWELL_REDIS_URL" in raised.value.what
    assert says in raised.value.what


def test_a_wrong_url_does_not_tell_the_password() -> None:
    with pytest.raises(SettingsError) as raised:
        load({"GROUNDSWELL_REDIS_URL": "redis+sentinel://live:secret@one:26379"})
    assert "secret" not in str(raised.value)
