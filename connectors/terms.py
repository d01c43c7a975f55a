"""What the platforms ask of those who keep their posts, as the connectors keep to it.

Read when this was written; the platforms' own pages, named here, have the last word, and what they
say can change.
"""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, kw_only=True)
class Terms:
    """A platform's terms.

    :param recheck_within: stored posts are asked about again within this time, so that what was
        deleted there is erased here; null where nothing says when, or nobody can ask.
    :param deletion: what is asked where a post is deleted, edited, or made private.
    :param export: what may be given to others.
    :param authors: what may be kept of who wrote a post.
    :param source: where that is said.
    """

    recheck_within: timedelta | None
    deletion: str
    export: str
    authors: str
    source: str


TERMS = {
    "twitter": Terms(
        recheck_within=timedelta(hours=24),
        deletion="Deleted, protected, suspended or withheld posts and authors: gone within 24 hours"
        " of the notice; modified posts: as they are now.",
        export="Post and user ids; at most 50,000 whole posts a day to one person, none in public.",
        authors="No matching of handles with people outside X without their consent.",
        source="https://developer.x.com/en/developer-terms/policy (Compliance, Redistribution)",
    ),
    "instagram": Terms(
        recheck_within=timedelta(hours=24),
        deletion="What was deleted on Instagram, or its author asks for: as soon as reasonable.",
        export="No sale; service providers only, for the purpose that was reviewed.",
        authors="Hashtag search names nobody; nothing may be done to find out.",
        source="https://developers.facebook.com/terms (Platform Terms, 3.d)",
    ),
    "mastodon": Terms(
        recheck_within=timedelta(hours=24),
        deletion="Each server has rules of its own; deletions are expected to be followed.",
        export="As each server's rules say.",
        authors="Posts of those who opted out of discovery are not to be collected.",
        source="https://docs.joinmastodon.org/spec/activitypub/ (Delete), and the server's rules",
    ),
}
"""By connector."""
