"""What the Graph API's errors mean: it answers most of them with 400, so their codes tell.

https://developers.facebook.com/docs/graph-api/guides/error-handling,
https://developers.facebook.com/docs/graph-api/overview/rate-limiting and
https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/error-codes
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from connectors.instagram.fields import fields, number, text
from connectors.instagram.mapping import NAME
from connectors.polling.errors import (
    DeniedError,
    RateLimitedError,
    RefusedError,
    UnavailableError,
)
from connectors.polling.http import FAILURES, Answer

TOKEN = "GROUNDSWELL_INSTAGRAM_ACCESS_TOKEN"  # noqa: S105 -- the variable's name
NEW_TOKEN = (
    f"make a new long-lived token, valid for 60 days, and set {TOKEN}: "
    "https://developers.facebook.com/docs/facebook-login/guides/access-tokens/get-long-lived"
)
BASIC = "instagram_basic"
COMMENTS = "instagram_manage_comments"
PAGES = "pages_read_engagement"
PUBLIC_CONTENT = "Instagram Public Content Access"
RIGHTS = (
    BASIC,
    COMMENTS,
    PAGES,
    PUBLIC_CONTENT,
    "instagram_business_basic",
    "instagram_business_manage_comments",
    "pages_show_list",
    "business_management",
    "ads_management",
    "ads_read",
)

TOKEN_CODES = frozenset({102, 190})
TOKEN_SUBCODES = {
    458: "was revoked: the app was removed from the account",
    459: "is blocked until its owner logs in at www.facebook.com",
    460: "was revoked: the password was changed",
    463: "has expired",
    464: "is blocked until its owner logs in at www.facebook.com",
    467: "was revoked",
}
LIMIT_CODES = frozenset({4, 17, 32, 341, 613, 80002})
RIGHT_CODES = frozenset({3, 10, *range(200, 300)})
OUTAGE_CODES = frozenset({-2, -1, 1, 2})
HASHTAG_LIMIT = 18
PARAMETER = 100
NO_OBJECT = 33
NOT_FOUND_CODES = frozenset({24, 803})
BLOCKED = "api access"
"""How the API's words begin where it has shut out the whole app, with a code of missing rights."""


class GoneError(RefusedError):
    """An object that is not there, or not to be seen by this account.

    :param said: the API's words; they can name the object.
    """

    def __init__(self, said: str) -> None:
        super().__init__(f"{NAME} does not find what is asked for ({said})", "check what is asked")
        self.said = said

    def names(self, object_id: str) -> bool:
        """Whether its words name this object."""
        return re.search(rf"(?<!\d){re.escape(object_id)}(?!\d)", self.said) is not None


class RightError(RefusedError):
    """A right is missing without which this request does not work, but others may.

    :param said: the API's words; they can name the right.
    :param needs: rights that the request takes, where the API's words name none.
    """

    def __init__(self, said: str, needs: Sequence[str] = ()) -> None:
        self.named = [right for right in RIGHTS if re.search(rf"\b{right}\b", said)]
        super().__init__(
            f"{NAME} gives no right to what is asked ({said})",
            f"the app and the token need {', '.join(self.named or needs)}: ask for it in App "
            f"Review, or make a token that includes it, and set {TOKEN}",
        )
        self.said = said

    def where(self, needs: Sequence[str]) -> RefusedError | DeniedError:
        """With what the request needs; denied where nothing works without the right."""
        if BLOCKED in self.said.lower():
            return DeniedError(self.what, "see what Meta says of the app at its App Dashboard")
        if BASIC in self.named:
            return DeniedError(self.what, self.remedy)
        return RightError(self.said, needs)


@dataclass(frozen=True, slots=True)
class Fault:
    """The error object of an answer.

    :param said: its words, with its numbers.
    """

    code: int
    subcode: int
    is_transient: bool
    said: str

    @classmethod
    def of(cls, answer: Answer) -> "Fault | None":
        """The error in an answer; null where there is none that can be read."""
        try:
            error = fields(fields(answer.json()).get("error"))
        except UnavailableError:
            return None
        code = number(error, "code")
        if code is None:
            return None
        subcode = number(error, "error_subcode") or 0
        words = [text(error, "message"), text(error, "error_user_msg")]
        numbers = f"code {code}" + (f", subcode {subcode}" if subcode else "")
        said = ": ".join(dict.fromkeys(filter(None, words)))
        return cls(code, subcode, error.get("is_transient") is True, f"{said}; {numbers}")


def raise_for(fault: Fault, answer: Answer, until: datetime | None) -> None:
    """Raise what an error means.

    :param until: when requests are taken again, where the headers say so.
    :raises RateLimitedError, UnavailableError, RefusedError, DeniedError: always one of them.
    """
    said = fault.said
    if fault.code in TOKEN_CODES:
        how = TOKEN_SUBCODES.get(fault.subcode, "has expired or was revoked")
        raise DeniedError(f"{NAME}: the access token {how} ({said})", NEW_TOKEN)
    if fault.code in LIMIT_CODES:
        raise RateLimitedError(f"{NAME} wants fewer requests ({said})", until)
    if fault.code in OUTAGE_CODES or fault.is_transient or answer.status in FAILURES:
        raise answer.unavailable(said)
    if fault.code in RIGHT_CODES:
        raise RightError(said)
    if fault.code == HASHTAG_LIMIT:
        raise RefusedError(
            f"{NAME} takes no further hashtag: 30 different ones were asked for with this account "
            f"in seven days ({said})",
            "it goes on when the first of them is seven days old; have fewer, and change them "
            "seldom: GROUNDSWELL_INSTAGRAM_HASHTAGS",
        )
    if fault.code in NOT_FOUND_CODES or (fault.code, fault.subcode) == (PARAMETER, NO_OBJECT):
        raise GoneError(said)
    raise RefusedError(f"{NAME} refuses a request ({said})", "check what is asked")
