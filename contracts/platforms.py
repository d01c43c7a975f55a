"""The settings of the connectors, one group a platform: what it is asked for, and as whom."""

from pathlib import Path
from typing import Annotated

from annotated_types import Gt, Le, MaxLen, MinLen
from pydantic import Field, SecretStr

from contracts.group import Amount, Group, Json, Names, NotNegative, Positive

Words = Annotated[tuple[str, ...], MaxLen(100)]
QueryName = Annotated[str, MinLen(1), MaxLen(60)]


class Query(Group):
    """What to search X/Twitter for: any of the words, phrases, hashtags and accounts.

    ``phrases`` are found word for word. ``accounts`` are handles: what they post and what mentions
    them. Of what is found, nothing with an ``excluded`` word or in another of the ``languages``.
    """

    name: QueryName
    keywords: Words = ()
    phrases: Words = ()
    hashtags: Words = ()
    accounts: Words = ()
    excluded: Words = ()
    languages: Words = ()
    retweets: bool = False


class Connectors(Group):
    """What connectors that poll have in common."""

    sources: Names = Field((), description="Connectors that the ingest flow runs, comma-separated.")
    author_key: Path | None = Field(
        None,
        description="Key file that authors are hashed with; by default this user's own, made on "
        "first use.",
    )
    keep_handles: bool = Field(
        False, description="Leave `@handles` in texts; else `@user` stands for each."
    )
    languages: Names = Field(
        (),
        description="Only posts in these languages (ISO 639-1) and those whose language nobody can "
        "tell, comma-separated; empty: all.",
    )
    timeout_seconds: Positive = Field(20, description="Longest wait for a platform's answer.")


class Synthetic(Group):
    """The synthetic generator, where the ingest flow runs it."""

    rate: Annotated[float, Gt(0)] = Field(40.0, description="Messages a second.")
    seed: NotNegative = Field(1, description="The same seed makes the same messages and ids.")
    count: NotNegative = Field(0, description="Messages; 0: without end.")


class File(Group):
    """A file, where the ingest flow reads one."""

    path: str = Field("", description="CSV, TSV or JSON lines, packed (.gz) or not.")


class Twitter(Group):
    """X/Twitter: recent search."""

    bearer_token: SecretStr | None = Field(None, description="OAuth 2.0 bearer token of the app.")
    queries: Annotated[tuple[Query, ...], Json] = Field(
        (), description="What to search for, a JSON list; docs/connectors.md shows it."
    )
    url: str = Field("https://api.twitter.com", description="Where the API is.")
    requests: Positive = Field(300, description="Search requests in one window.")
    window_seconds: Positive = Field(900, description="Length of that window.")
    query_chars: Positive = Field(512, description="Longest query of the access level.")
    overlap_seconds: Positive = Field(
        15, description="Search goes back by so much: posts can be found out of order."
    )
    lookback_seconds: NotNegative = Field(
        900, description="A query's first search goes back by so much, at most seven days."
    )
    post_price_usd: Amount = Field(0.005, description="What reading one post costs.")
    monthly_budget_usd: Amount | None = Field(
        None, description="Reading stops for the month when it has cost this; null: never."
    )


class Instagram(Group):
    """Instagram by the Graph API: hashtags, and the own account's comments and mentions."""

    access_token: SecretStr | None = Field(None, description="Long-lived access token.")
    user_id: str = Field("", description="Id of the own professional account.")
    hashtags: Names = Field((), description="Hashtags, comma-separated; 30 in seven days.")
    comments: bool = Field(True, description="Bring comments under the own media.")
    mentions: bool = Field(True, description="Bring media that the own account is tagged in.")
    url: str = Field("https://graph.facebook.com/v23.0", description="Where the API is.")
    requests: Positive = Field(200, description="Requests in one window.")
    window_seconds: Positive = Field(3600, description="Length of that window.")


class Mastodon(Group):
    """Mastodon: public posts with a hashtag, of one server; no account is needed."""

    url: str = Field("https://mastodon.social", description="The server.")
    hashtags: Names = Field((), description="Hashtags, comma-separated.")
    requests: Positive = Field(300, description="Requests in one window.")
    window_seconds: Positive = Field(300, description="Length of that window.")
    share: Annotated[float, Gt(0), Le(1)] = Field(
        0.5, description="Of the server's limit, which is shared by all who use this address."
    )
