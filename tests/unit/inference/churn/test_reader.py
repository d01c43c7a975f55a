import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.churn.examples import DEVELOPMENT, read_examples
from inference.churn.prefilter import may_be_about_leaving
from inference.churn.reader import ChurnReader
from inference.churn.risk import EXCUSES, FEATURES, RULES, Feelings, read_weights

CALM = Feelings(0.0, 0.0, 0.0, 0.0)
FURIOUS = Feelings(1.0, 0.0, 1.0, 0.0)
INCLINED_AGAINST = Feelings(0.0, 0.0, 0.0, -0.1)
FURIOUS_AT_OTHER_THINGS = Feelings(1.0, 0.0, 1.0, -0.4)
ALERT = 0.5
WORDS = "leaving cancel switch to from you never not if my account Velmora @kestova , . ? bye again"


def risk(text: str, own: tuple[str, ...] = (), competitors: tuple[str, ...] = ()) -> float:
    return ChurnReader(own, competitors).read(text, CALM).risk


@pytest.mark.parametrize(
    "text",
    [
        "I'm switching to Kestova next week",
        "I am switching from you to Kestova",
        "Porting my number to another carrier tomorrow",
        "please cancel my subscription today",
        "Closing both our accounts at the end of the month",
        "im done with you, taking my business elsewhere",
        "not renewing my contract with these people",
    ],
)
def test_saying_that_one_leaves_is_a_high_risk(text: str) -> None:
    assert risk(text) >= ALERT


@pytest.mark.parametrize(
    "text",
    [
        "Switching to you guys next week!",
        "Can I switch to you and keep my number?",
        "Just moved over to you from Velmora, so fast",
    ],
)
def test_joining_the_company_addressed_is_no_risk(text: str) -> None:
    assert risk(text) < ALERT


@pytest.mark.parametrize(
    "text",
    [
        "I'm never leaving Velmora",
        "I'd never cancel my subscription",
        "We are not switching providers",
        "No plans to leave my bank",
        "Why would I switch?",
        "not going anywhere, best bank ever",
    ],
)
def test_denied_leaving_is_no_risk(text: str) -> None:
    assert risk(text) < ALERT


@pytest.mark.parametrize(
    "text",
    [
        "One more outage and I'm switching providers",
        "If this is not fixed by Monday I will cancel my contract",
        "Fix it or we are leaving you",
    ],
)
def test_a_condition_makes_a_threat_which_is_a_high_risk(text: str) -> None:
    reading = ChurnReader().read(text, CALM)

    assert reading.risk >= ALERT
    assert reading.signals[0].startswith("threat: ")


@pytest.mark.parametrize(
    "text",
    [
        "Left them years ago",
        "I cancelled my account with you back in 2014",
        "We quit Velmora last year and never looked back",
        "I was about to cancel my contract but the agent sorted it",
    ],
)
def test_leaving_in_the_past_or_averted_is_no_risk(text: str) -> None:
    assert ChurnReader().read(text, INCLINED_AGAINST).risk < ALERT


@pytest.mark.parametrize(
    "text",
    ["How do I cancel my subscription?", "Where can I close my account", "can u send my PAC code"],
)
def test_asking_how_to_leave_is_a_high_risk(text: str) -> None:
    reading = ChurnReader().read(text, CALM)

    assert reading.risk >= ALERT
    assert reading.signals[0].startswith("asking how to leave: ")


@pytest.mark.parametrize(
    "text",
    [
        "my flight got cancelled",
        "they cancelled the show",
        "cancel culture is tiring",
        "switch off the light please",
        "leaving work now",
        "left the house without keys",
        "quit smoking a month ago",
        "noise cancelling headphones are great",
        "How do I cancel my order?",
        "quit the app and it works again",
    ],
)
def test_ending_something_else_is_no_risk(text: str) -> None:
    assert risk(text) < ALERT


@pytest.mark.parametrize(
    "text",
    [
        "My friend is leaving Velmora",
        "You closed my account by mistake",
        "They cancelled my policy",
    ],
)
def test_what_others_do_is_no_risk(text: str) -> None:
    assert risk(text) < ALERT


def test_quitting_one_company_for_another_counts_for_the_first_only() -> None:
    text = "I'm quitting Velmora for Kestova"

    assert risk(text) >= ALERT
    assert risk(text, own=("Velmora",)) >= ALERT
    assert risk(text, own=("Kestova",)) < ALERT
    assert risk(text, competitors=("Velmora",)) < ALERT
    assert risk(text, competitors=("Kestova",)) >= ALERT


def test_an_unnamed_company_counts_as_ones_own() -> None:
    assert risk("Cancelling my contract tomorrow", ("Velmora",), ("Kestova",)) >= ALERT


def test_a_competitor_that_is_addressed_is_the_one_that_is_left() -> None:
    assert risk("@KestovaHelp cancel my account now", ("Velmora",), ("Kestova",)) < ALERT


def test_names_are_found_in_handles_hashtags_and_of_several_words() -> None:
    own = ("Blue Harbor",)

    assert risk("leaving Kestova bank for Blue Harbor", own) < ALERT
    assert risk("@BlueHarborHelp I am leaving Blue Harbor for Kestova", own) >= ALERT
    assert risk("Goodbye #BlueHarbor, closing my account", own) >= ALERT


def test_of_several_companies_in_one_post_the_one_left_decides() -> None:
    text = "@velmora @kestova I'm leaving Velmora, moving to Kestova because Pinnatel is expensive"

    assert risk(text, ("Velmora",), ("Kestova", "Pinnatel")) >= ALERT
    assert risk(text, ("Kestova",), ("Velmora", "Pinnatel")) < ALERT


def test_a_signal_names_the_rule_the_words_and_the_company() -> None:
    reading = ChurnReader(["Velmora"], ["Kestova"]).read(
        "@VelmoraHelp I'm switching to Kestova tonight", CALM
    )

    assert reading.signals == ["leaving: 'switching to Kestova' (from @VelmoraHelp)"]


def test_signals_are_at_most_three_of_known_form_and_none_where_the_risk_is_low() -> None:
    form = re.compile(rf"(?:{'|'.join(RULES)}): '.+'(?: \(from .+\))?")

    for example in read_examples(DEVELOPMENT):
        reading = ChurnReader(example.own, example.competitors).read(example.text, FURIOUS)
        assert len(reading.signals) <= 3
        assert all(form.fullmatch(signal) for signal in reading.signals)
        assert reading.risk >= 0.3 or not reading.signals


@pytest.mark.parametrize(
    "text",
    ["Lovely sunset at the beach tonight", "What a match! Up the reds", "My coffee is cold", ""],
)
def test_an_ordinary_post_is_not_examined_and_has_a_low_risk_whatever_its_mood(text: str) -> None:
    assert not may_be_about_leaving(text)
    assert ChurnReader().read(text, FURIOUS_AT_OTHER_THINGS).risk < 0.2


def test_mood_moves_the_risk_but_little() -> None:
    reader = ChurnReader()
    text = "please cancel my subscription today"

    assert reader.read(text, FURIOUS).risk >= reader.read(text, CALM).risk
    assert reader.read(text, Feelings(0.0, 1.0, 0.0, 0.0)).risk >= ALERT


def test_the_weights_say_what_their_names_say() -> None:
    weights = read_weights()

    assert list(weights) == list(FEATURES)
    assert all(weights[rule] > 0 for rule in RULES)
    assert all(weights[reason] <= 0 for reason in EXCUSES)
    assert all(abs(weights[name]) <= 1 for name in ("negative", "positive", "anger"))


@settings(max_examples=150, deadline=None)
@given(
    text=st.one_of(
        st.text(max_size=200),
        st.lists(st.sampled_from(WORDS.split()), max_size=40).map(" ".join),
    ),
    names=st.lists(st.text(max_size=8), max_size=2),
)
def test_any_text_and_names_have_a_reading(text: str, names: list[str]) -> None:
    reading = ChurnReader(names, names).read(text, FURIOUS)

    assert 0 <= reading.risk <= 1
    assert reading.risk == round(reading.risk, 6)


@pytest.mark.parametrize(
    "text",
    [
        "not " * 2500,
        "leaving my " * 900,
        "cancel " * 1400,
        "switch to a new " * 600,
        "a" * 10_000,
        "@" * 10_000,
        "#leave" * 1600,
        "never again. " * 770,
    ],
)
def test_a_long_post_is_read_in_bounded_time(text: str) -> None:
    reader = ChurnReader(["Velmora"])
    start = time.perf_counter()

    reader.read(text, CALM)

    assert time.perf_counter() - start < 1.0


def test_who_is_reposted_is_not_who_is_left() -> None:
    reading = ChurnReader().read("RT @ada_l: I am cancelling my subscription today", CALM)

    assert [signal.partition(" (from")[2] for signal in reading.signals] == [""]
