"""What there is to know of the access token: when it expires, and what it permits.

https://developers.facebook.com/docs/graph-api/reference/debug_token. A long-lived token is valid
for 60 days; access to the account's data ends 90 days after its owner last agreed to it. 0 stands
for never.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from connectors.instagram.errors import NEW_TOKEN
from connectors.instagram.fields import Fields, number

SOON = timedelta(days=10)


@dataclass(frozen=True, slots=True)
class Token:
    """A token.

    :param expires_at: null: never, or the API does not say.
    :param data_until: when the data of the account can be read no more; null likewise.
    :param lacks: rights of those needed that it does not have.
    """

    expires_at: datetime | None
    data_until: datetime | None
    lacks: Sequence[str]

    @classmethod
    def of(cls, told: Fields, needs: Sequence[str]) -> "Token":
        """As the API tells; where it tells no rights, none is lacking."""
        scopes = told.get("scopes")
        lacks = [right for right in needs if right not in scopes] if scopes else []
        return cls(_moment(told, "expires_at"), _moment(told, "data_access_expires_at"), lacks)

    def expiry(self, now: datetime) -> str:
        """When it expires, in words."""
        return _in_days(self.expires_at, now) if self.expires_at else "never"

    def notices(self, now: datetime) -> list[str]:
        """What is to be seen to soon."""
        found = []
        if self.expires_at and self.expires_at - now < SOON:
            found.append(f"the access token expires {_in_days(self.expires_at, now)}; {NEW_TOKEN}")
        if self.data_until and self.data_until - now < SOON:
            found.append(
                f"access to the account's data ends {_in_days(self.data_until, now)}; log in anew "
                f"and {NEW_TOKEN}"
            )
        if self.lacks:
            found.append(f"the access token lacks {', '.join(self.lacks)}; {NEW_TOKEN}")
        return found


def _moment(told: Fields, name: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(number(told, name) or 0, UTC) if number(told, name) else None
    except (OverflowError, OSError, ValueError):
        return None


def _in_days(moment: datetime, now: datetime) -> str:
    days = (moment - now) // timedelta(days=1)
    return f"in {days} {'day' if days == 1 else 'days'} ({moment:%Y-%m-%d %H:%M} UTC)"
