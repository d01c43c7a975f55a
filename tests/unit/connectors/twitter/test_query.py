import pytest

from connectors.twitter.query import searches
from contracts.errors import SettingsError
from contracts.platforms import Query


def text(**fields: object) -> str:
    return " && ".join(search.text for search in searches([query(**fields)], 512))


def query(**fields: object) -> Query:
    return Query.model_validate({"name": "brand", **fields})


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"keywords": ["cola"]}, "cola -is:retweet"),
        ({"keywords": ["cola"], "retweets": True}, "cola"),
        ({"keywords": ["cola", "Cola", " pop "]}, "(cola OR pop) -is:retweet"),
        ({"keywords": ["coca-cola", "AT&T"]}, '("coca-cola" OR "AT&T") -is:retweet'),
        ({"phrases": [" root\n beer"]}, '"root beer" -is:retweet'),
        ({"hashtags": ["#cola", "pop"]}, "(#cola OR #pop) -is:retweet"),
        ({"accounts": ["@Acme"]}, "(from:Acme OR @Acme) -is:retweet"),
        (
            {"keywords": ["cola"], "excluded": ["spam", "for sale", "#ad", "@bot"]},
            'cola -spam -"for sale" -#ad -@bot -is:retweet',
        ),
        ({"keywords": ["cola"], "languages": ["en"]}, "cola lang:en -is:retweet"),
        (
            {"keywords": ["cola"], "languages": ["en", "he", "zh_cn"]},
            "cola (lang:en OR lang:iw OR lang:zh-CN) -is:retweet",
        ),
        ({"keywords": ["日本"], "hashtags": ["日本"]}, "(日本 OR #日本) -is:retweet"),
        ({"keywords": ["😀"]}, '"😀" -is:retweet'),
    ],
)
def test_a_query_in_words_of_x(fields: dict[str, object], expected: str) -> None:
    assert text(**fields) == expected


@pytest.mark.parametrize(
    "word", ["OR", "and", "not", "from:acme", "-cola", "(cola", "cola)", "is:retweet", "a:b", "$x"]
)
def test_a_word_is_never_an_operator(word: str) -> None:
    assert text(keywords=[word]) == f'"{word}" -is:retweet'
    assert text(keywords=["cola"], excluded=[word]) == f'cola -"{word}" -is:retweet'


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({}, "searches for nothing; give it keywords"),
        ({"languages": ["en"]}, "searches for nothing"),
        ({"keywords": ["root beer"]}, "'root beer', which is more than one word; make it a phrase"),
        ({"keywords": ["#cola"]}, "put hashtags in hashtags"),
        ({"keywords": [""]}, "nothing to find"),
        ({"keywords": ["!?"]}, "nothing to find; give it a letter"),
        ({"keywords": ["__"]}, "nothing to find"),
        ({"phrases": ['say "cola"']}, "which X cannot search for; leave it out"),
        ({"phrases": ["say “cola”"]}, "which X cannot search for"),
        ({"phrases": ["co\\la"]}, "which X cannot search for"),
        ({"phrases": ["co\x00la"]}, "which X cannot search for"),
        ({"hashtags": ["#1"]}, "the hashtag '#1'; a hashtag has letters"),
        ({"hashtags": ["co la"]}, "a hashtag has letters"),
        ({"accounts": ["a" * 16]}, "a handle has 1 to 15"),
        ({"accounts": ["ac me"]}, "a handle has 1 to 15"),
        ({"accounts": ["acmé"]}, "a handle has 1 to 15"),
        ({"keywords": ["cola"], "excluded": ["@ac me"]}, "a handle has 1 to 15"),
        (
            {"keywords": ["cola"], "languages": ["english"]},
            "which X does not tell; it tells am, ar",
        ),
        ({"keywords": ["c" * 513]}, "is 525 characters long .* X takes 512; shorten it"),
    ],
)
def test_what_x_cannot_search_for_is_refused(fields: dict[str, object], complaint: str) -> None:
    with pytest.raises(SettingsError, match=f"TWITTER_QUERIES: query 'brand' .*{complaint}"):
        text(**fields)


def test_no_query_is_refused() -> None:
    with pytest.raises(SettingsError, match="GROUNDSWELL_TWITTER_QUERIES names no query"):
        searches([], 512)


def test_two_queries_of_the_same_name_are_refused() -> None:
    with pytest.raises(SettingsError, match="two queries are named 'brand'"):
        searches([query(keywords=["cola"]), query(keywords=["pop"])], 512)


def test_a_long_query_is_split_and_each_part_excludes_the_same() -> None:
    found = searches([query(keywords=["cola", "pop", "soda"], excluded=["ad"])], 34)
    assert [search.text for search in found] == [
        "(cola OR pop) -ad -is:retweet",
        "soda -ad -is:retweet",
    ]


def test_the_parts_of_a_query_keep_their_names_when_terms_are_added_at_the_end() -> None:
    words = [f"word{n}" for n in range(12)]
    before = [each.name for each in searches([query(keywords=words)], 60)]
    after = [each.name for each in searches([query(keywords=[*words, "more"])], 60)]
    changed = [each.name for each in searches([query(keywords=["more", *words])], 60)]
    assert before[:-1] == after[: len(before) - 1]
    assert len({*before, *changed}) == len(before) + len(changed)
    assert all(name.startswith("brand/") for name in before)


def test_other_exclusions_keep_the_names() -> None:
    before = searches([query(keywords=["cola", "pop"])], 20)
    after = searches([query(keywords=["cola", "pop"], excluded=["ad"])], 25)
    assert [each.name for each in before] == [each.name for each in after]
    assert len(before) == 2
