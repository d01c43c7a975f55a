"""Whatever Reddit leaves out: a message of the contract, or none; never an error."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from praw import Reddit
from praw.models import Comment, Submission

from connectors.polling.posts import Posts
from connectors.reddit.keywords import finder
from connectors.reddit.mapping import to_message
from contracts import wire

POSTS = Posts("reddit", "reddit", b"k" * 32)
REDDIT = Reddit(
    client_id="x",
    client_secret="y",  # noqa: S106 -- nobody is asked
    user_agent="tests",
    check_for_updates=False,
)

texts = st.text(max_size=60)
optional = {
    "title": texts,
    "selftext": texts | st.sampled_from(["[deleted]", "[removed]"]),
    "body": texts | st.sampled_from(["[deleted]", "[removed]"]),
    "author": st.sampled_from(["ann_reads", "[deleted]"]),
    "created_utc": st.integers(10**9, 2 * 10**9) | st.floats(1e9, 2e9),
    "permalink": st.just("/r/cola/comments/1/"),
    "subreddit_name_prefixed": st.just("r/cola"),
    "score": st.integers(),
    "num_comments": st.integers(0),
    "over_18": st.booleans(),
    "link_flair_text": texts,
    "removed_by_category": st.sampled_from(["moderator", "deleted"]),
    "banned_by": st.just("somebody"),
    "edited": st.booleans() | st.floats(1e9, 2e9),
}
fields = st.fixed_dictionaries(
    {},
    optional={
        # PRAW itself takes no author that is null; Reddit says [deleted].
        name: value if name == "author" else st.none() | value
        for name, value in optional.items()
    },
)


@given(fields, st.booleans())
def test_a_thing_is_a_message_of_the_contract_or_none(
    given_fields: dict[str, Any], is_submission: bool
) -> None:
    kind, prefix = (Submission, "t3") if is_submission else (Comment, "t1")
    data = {"id": "abc", "name": f"{prefix}_abc", **given_fields}
    message = to_message(kind(REDDIT, _data=data), POSTS)
    if message is None:
        return
    assert wire.decode_message(wire.encode(message)) == message
    assert message.message_id == f"reddit:{prefix}_abc"
    assert message.text.strip() not in {"", "[deleted]", "[removed]"}


@given(st.lists(st.text(min_size=1, max_size=12).filter(str.strip), min_size=1, max_size=5))
def test_a_keyword_is_found_as_it_was_written_and_not_within_words(keywords: list[str]) -> None:
    is_wanted = finder(keywords)
    for keyword in keywords:
        assert is_wanted(f"so ({keyword}) it is")
        assert is_wanted(" ".join(keyword.split()))
    assert not finder(["cola"])("chocolate, collar and recola")
