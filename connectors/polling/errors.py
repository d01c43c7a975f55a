"""How a platform's answers end, other than well.

RateLimitedError   it wants fewer requests: all of a connector's tasks wait
UnavailableError   it does not answer, or not sensibly: all wait, longer each time
RefusedError       this one request will not do: its task rests, the others go on
DeniedError        it does not let this account in: the connector ends
"""

from datetime import datetime

from contracts.errors import InputError, ServerError, SettingsError


class RateLimitedError(ServerError):
    """Too many requests were sent.

    :param until: when the platform takes requests again; null where it does not say.
    """

    def __init__(self, what: str, until: datetime | None = None) -> None:
        super().__init__(what, "nothing to do: requests go on when it lets them")
        self.until = until


class UnavailableError(ServerError):
    """No answer in time, a failure of the server, or no JSON."""


class RefusedError(InputError):
    """A query it does not take, something that is not there or not public."""


class DeniedError(SettingsError):
    """Credentials or rights that do not suffice."""
