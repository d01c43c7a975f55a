from datetime import datetime, timedelta
from pathlib import Path

import pytest

from connectors.instagram import connect
from connectors.polling.errors import DeniedError
from contracts.errors import SettingsError
from contracts.settings import load
from tests.support.platforms.instagram import USER_ID, USERNAME, InstagramServer
from tests.support.polling import NOON, SetClock
from tests.unit.connectors.instagram.conftest import Connected

PREFIX = "GROUNDSWELL_INSTAGRAM_"
COMPLETE = {
    f"{PREFIX}ACCESS_TOKEN": "EAAG",
    f"{PREFIX}USER_ID": USER_ID,
    f"{PREFIX}HASHTAGS": "cola",
}


def nobody(_remaining: float, _reset: datetime) -> None:
    raise AssertionError("nothing was asked")


def why(tmp_path: Path, **changes: str) -> str:
    key = {"GROUNDSWELL_CONNECTORS_AUTHOR_KEY": str(tmp_path / "key")}
    given = COMPLETE | key | {f"{PREFIX}{name}": value for name, value in changes.items()}
    with pytest.raises(SettingsError) as caught:
        connect(load({name: value for name, value in given.items() if value}), nobody, SetClock())
    return str(caught.value)


def test_everything_that_is_missing_is_named_at_once(tmp_path: Path) -> None:
    said = why(
        tmp_path, ACCESS_TOKEN="", USER_ID="", HASHTAGS="", COMMENTS="false", MENTIONS="false"
    )
    for name in ("ACCESS_TOKEN", "USER_ID", "HASHTAGS", "COMMENTS", "MENTIONS"):
        assert f"{PREFIX}{name}" in said


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"USER_ID": "our.brand"}, f"{PREFIX}USER_ID is not set to a number"),
        ({"ACCESS_TOKEN": "two words"}, f"{PREFIX}ACCESS_TOKEN has characters"),
        ({"ACCESS_TOKEN": "EÄÄG"}, f"{PREFIX}ACCESS_TOKEN has characters"),
        ({"HASHTAGS": "cola,co la"}, f"{PREFIX}HASHTAGS has 'co la'"),
        ({"HASHTAGS": "#🥤"}, "no emoji"),
        ({"HASHTAGS": ",".join(f"tag{n}" for n in range(31))}, "has 31 hashtags; .* 30 different"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, changes: dict[str, str], said: str) -> None:
    import re

    assert re.search(said, why(tmp_path, **changes))


def test_connecting_asks_nothing(connected: Connected, server: InstagramServer) -> None:
    connector = connected(hashtags="#Cola,cola,Straße,コーラ")
    names = [task.name for task in connector.tasks]
    assert names == ["#cola", "#strasse", "#コーラ", "comments", "mentions"]
    assert server.requests == []
    assert (connector.name, connector.limit) == ("instagram", 200)
    assert connector.window == timedelta(hours=1)


def test_what_is_not_wanted_has_no_task(connected: Connected) -> None:
    connector = connected(comments=False, mentions=False)
    assert [task.name for task in connector.tasks] == ["#cola"]


def test_tasks_share_the_limit(connected: Connected) -> None:
    tasks = connected(requests=60).tasks
    assert {task.interval_s for task in tasks} == {180.0}


def test_the_quota_says_whose_token_it_is_and_how_much_is_used(
    connected: Connected, server: InstagramServer
) -> None:
    server.limit = 10
    server.expires_at = NOON + timedelta(days=50, hours=1)
    connector = connected()
    connector.tasks[0].ask(connector.tasks[0].start(), NOON)
    assert connector.quota() == {
        "account": USERNAME,
        "token expires": "in 50 days (2026-12-22 13:00 UTC)",
        "hashtags in seven days": "1 of 30",
        "used": "40 %",
    }


def test_a_token_can_be_without_end(connected: Connected) -> None:
    connector = connected()
    assert connector.quota()["token expires"] == "never"
    assert connector.notices() == []


def test_the_quota_needs_the_credentials(connected: Connected) -> None:
    with pytest.raises(DeniedError):
        connected(access_token="wrong").quota()  # noqa: S106 -- of no account


@pytest.mark.parametrize(
    ("days", "said"), [(11, None), (9, "in 9 days"), (1, "in 1 day ("), (0.5, "in 0 days")]
)
def test_that_the_token_expires_is_said_ten_days_before(
    connected: Connected, server: InstagramServer, days: float, said: str | None
) -> None:
    server.expires_at = NOON + timedelta(days=days)
    notices = connected().notices()
    if said is None:
        assert notices == []
    else:
        assert len(notices) == 1
        assert f"the access token expires {said}" in notices[0]
        assert f"{PREFIX}ACCESS_TOKEN" in notices[0]


def test_that_access_to_the_data_ends_is_said(
    connected: Connected, server: InstagramServer
) -> None:
    server.data_until = NOON + timedelta(days=3)
    assert "access to the account's data ends in 3 days" in connected().notices()[0]


def test_rights_that_the_token_lacks_are_named(
    connected: Connected, server: InstagramServer
) -> None:
    server.scopes.remove("instagram_manage_comments")
    assert "lacks instagram_manage_comments" in connected().notices()[0]
    assert connected(comments=False, mentions=False).notices() == []


def test_where_the_api_tells_nothing_of_the_token_that_is_said(
    connected: Connected, server: InstagramServer
) -> None:
    for _ in range(2):
        server.fail(400, 100, path="debug_token", message="(#100) You must be a developer")
    connector = connected()
    assert "must be a developer" in connector.notices()[0]
    assert connector.quota()["token expires"].startswith("unknown")
