from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from random import Random

import pytest

from connectors.source import Post
from connectors.synthetic import SyntheticOptions, SyntheticSource
from connectors.synthetic.catalogue import CITIES, PRODUCTS
from connectors.synthetic.grammar import Grammar
from connectors.synthetic.schedule import Incidents
from contracts import wire
from contracts.errors import InputError
from contracts.messages import Message

START = datetime(2025, 3, 1, tzinfo=UTC)


def messages(**options: object) -> list[Message]:
    source = SyntheticSource(SyntheticOptions(**options))  # type: ignore[arg-type]
    return [content(post) for post in source]


def content(post: Post) -> Message:
    assert isinstance(post.content, Message)
    return post.content


@pytest.fixture(scope="module")
def day() -> list[Message]:
    return messages(seed=7, start=START)


def test_twenty_thousand_messages_have_more_than_ten_thousand_texts(day: list[Message]) -> None:
    assert len(day) == 20_000
    assert len({message.text for message in day}) > 10_000
    assert len({message.message_id for message in day}) == 20_000


def test_the_same_seed_and_start_make_the_same_bytes() -> None:
    one, two = (SyntheticSource(SyntheticOptions(count=500, seed=3, start=START)) for _ in "ab")
    assert [post.payload() for post in one] == [post.payload() for post in two]


def test_without_a_start_only_the_times_differ_between_runs() -> None:
    def timeless(each: Message) -> dict[str, object]:
        return {**wire.to_object(each), "created_at": None}

    one, two = (messages(count=500, seed=3) for _ in "ab")
    assert [timeless(each) for each in one] == [timeless(each) for each in two]
    assert all(abs(datetime.now(UTC) - each.created_at) < timedelta(minutes=5) for each in two)


def test_another_seed_makes_other_messages_and_ids() -> None:
    texts = [{each.text for each in messages(count=200, seed=seed)} for seed in (1, 2)]
    assert len(texts[0] & texts[1]) < 20
    ids = [{each.message_id for each in messages(count=50)} for _ in "ab"]
    assert not ids[0] & ids[1]


def test_a_message_depends_on_its_number_only() -> None:
    source = SyntheticSource(SyntheticOptions(count=900, seed=5, start=START))
    in_order = [content(post) for post in source]
    assert [source.message(index) for index in (899, 3, 450)] == [
        *(in_order[899], in_order[3], in_order[450]),
    ]
    source.start = 890
    assert [content(post) for post in source] == in_order[890:]


def test_every_message_fits_the_contract(day: list[Message]) -> None:
    for message in day[::10]:
        assert wire.decode_message(wire.encode(message)) == message


def test_simulated_times_rise_within_the_span(day: list[Message]) -> None:
    times = [message.created_at for message in day]
    assert all(sooner <= later for sooner, later in pairwise(times))
    assert times[0] >= START
    assert times[-1] < START + timedelta(hours=24)


def test_a_city_sleeps_at_night(day: list[Message]) -> None:
    hours = Counter(each.created_at.hour for each in day if each.city in {"London", "Manchester"})
    assert sum(hours[hour] for hour in (2, 3, 4)) * 4 < sum(hours[hour] for hour in (18, 19, 20))


def test_city_country_and_language_belong_together(day: list[Message]) -> None:
    cities = {city.name: city for city in CITIES}
    for message in day:
        if message.city is None:
            assert message.country is None
            continue
        city = cities[message.city]
        assert message.country == city.country
        if not message.text.startswith("RT "):
            assert message.language in {None, "en", city.language}


def test_there_is_variety(day: list[Message]) -> None:
    assert {each.product for each in day} == {None, *(product.name for product in PRODUCTS)}
    assert {each.city for each in day} == {None, *(city.name for city in CITIES)}
    assert {each.platform for each in day} == {"twitter", "reddit", "instagram"}
    channels = {each.channel for each in day}
    assert channels == {None, "app", "web", "store", "phone", "chat", "delivery"}
    shares = Counter(each.language for each in day)
    assert 0.7 < shares["en"] / len(day) < 0.9
    assert len(shares) > 6
    for sign in ("RT @", "#", "?", "cancel", "😍", "🙄", "sooo"):
        assert sum(sign in each.text for each in day) > 5, sign


def test_delivery_is_no_touchpoint_of_a_network(day: list[Message]) -> None:
    own = [each for each in day if not each.text.startswith("RT ")]
    channels = Counter(each.channel for each in own if each.product == "Kestova Fibre")
    assert "delivery" not in channels
    assert channels.most_common(1)[0][0] == "phone"


def test_now_and_then_a_release_goes_wrong_for_some_minutes() -> None:
    incidents = Incidents(7, (60.0, 300.0), (4.0, 12.0))
    seen = {incidents.at(minute * 60.0) for minute in range(24 * 60)} - {None}
    assert 3 < len(seen) < 25
    day = SyntheticSource(SyntheticOptions(seed=7, start=START))
    incident = min((each for each in seen if each), key=lambda each: each.begin)
    during = [
        each
        for each in map(content, day)
        if incident.begin <= (each.created_at - START).total_seconds() - 60 < incident.end - 120
    ]
    about_it = [
        each
        for each in during
        if each.product == incident.product.name and each.city in {incident.city.name, None}
    ]
    assert len(about_it) > len(during) / 2


def test_incidents_are_the_same_in_whatever_order_they_are_asked_for() -> None:
    forward, backward = (Incidents(3, (1.0, 2.0), (1.0, 2.0)) for _ in "ab")
    asked = [seconds * 17.0 for seconds in range(300)]
    there = [forward.at(seconds) for seconds in asked]
    assert there == [backward.at(seconds) for seconds in reversed(asked)][::-1]


def test_count_zero_never_ends() -> None:
    source = SyntheticSource(SyntheticOptions(count=0, seed=1))
    assert [post.position for post in islice(source, 30_000)][-1] == 30_000


def test_simulated_times_need_an_end() -> None:
    with pytest.raises(InputError, match="give a --count"):
        SyntheticSource(SyntheticOptions(count=0, start=START))
    with pytest.raises(InputError, match="at most 366 days"):
        SyntheticSource(SyntheticOptions(start=START, span=timedelta(days=400)))


def test_a_grammar_with_an_undefined_symbol_is_refused() -> None:
    with pytest.raises(ValueError, match="nowhere: not defined"):
        Grammar({"text": ("a {nowhere}",)}, ())


def test_given_words_go_before_rules() -> None:
    grammar = Grammar({"text": ("{who} and {what}",), "what": ("{who} again",)}, ("who",))
    assert grammar.expand("text", {"who": "I"}, Random(1)) == "I and I again"
