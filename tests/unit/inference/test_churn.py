import numpy as np
import pytest

from inference.analyzer import Analyzer, load_analyzer
from inference.corpora import CHURN_DEVELOPMENT, CHURN_UNSEEN, read_churn_sentences
from inference.evaluate import churn_scores
from inference.features import BUCKETS, ngram_row
from inference.model import load_model
from inference.signals import MOST_SIGNALS, churn_signals


@pytest.fixture(scope="module")
def analyzer() -> Analyzer:
    return load_analyzer()


def test_some_unseen_hand_made_sentences_are_found_and_few_are_wrong(analyzer: Analyzer) -> None:
    # Idiomatic wordings that no template has: this is what an n-gram model finds of them.
    recall, precision = churn_scores(analyzer, CHURN_UNSEEN, "unseen")
    assert recall.value >= 0.15
    assert precision.value >= 0.75


def test_most_development_sentences_are_told_apart(analyzer: Analyzer) -> None:
    recall, precision = churn_scores(analyzer, CHURN_DEVELOPMENT, "development")
    assert recall.value >= 0.65
    assert precision.value >= 0.9


def test_hand_made_sentences_are_half_and_half() -> None:
    for path in (CHURN_DEVELOPMENT, CHURN_UNSEEN):
        labels = read_churn_sentences(path).first_labels
        assert labels.count("leaving") == labels.count("staying") == len(labels) / 2


@pytest.mark.parametrize(
    ("leaving", "staying"),
    [
        ("I am switching to Verizon next week", "I am switching to you guys next week"),
        ("I am leaving Acme for good", "I am never leaving Acme"),
        ("Please cancel my subscription today", "You cancelled my flight today"),
        ("I will not renew my contract", "I just renewed my contract"),
        ("I'm cancelling my account tomorrow", "I cancelled my account years ago, glad to be back"),
    ],
)
def test_direction_negation_target_and_time_decide(
    analyzer: Analyzer, leaving: str, staying: str
) -> None:
    high, low = (analysis.churn_risk for analysis in analyzer.analyze([leaving, staying]))
    assert high >= 0.5 > low


def test_an_angry_complaint_alone_is_not_churn(analyzer: Analyzer) -> None:
    complaint = analyzer.analyze(["Worst service ever, my internet has been down for 5 days"])[0]
    assert complaint.sentiment_label == "negative"
    assert complaint.churn_risk < 0.5


def test_signals_are_the_words_of_the_intent(analyzer: Analyzer) -> None:
    text = "The weather is fine. I am cancelling my subscription and switching to Verizon tomorrow"
    signals = analyzer.analyze([text])[0].churn_signals
    assert any("cancelling" in signal for signal in signals)
    assert 1 <= len(signals) <= MOST_SIGNALS
    assert not any("weather" in signal for signal in signals)


def test_signals_come_with_risk_only(analyzer: Analyzer) -> None:
    for path in (CHURN_DEVELOPMENT, CHURN_UNSEEN):
        for analysis in analyzer.analyze(read_churn_sentences(path).texts):
            assert bool(analysis.churn_signals) <= (analysis.churn_risk >= 0.3)


def test_signals_do_not_overlap_and_are_readable() -> None:
    weights = load_model().churn_weights
    tokens = ["i'm", "leaving", "leaving", "😡", "you", "!", "cancel", "my", "plan"]
    signals = churn_signals(tokens, weights)
    words = [word for signal in signals for word in signal.split()]
    assert not {"😡", "!"} & set(words)
    assert all(words.count(word) <= tokens.count(word) for word in words)


def test_no_words_give_no_signals() -> None:
    assert churn_signals([], load_model().churn_weights) == []


def test_a_phrase_is_as_strong_as_all_ngrams_in_it() -> None:
    weights = np.zeros(BUCKETS, np.float16)
    for ngram, weight in (("leaving", 1), ("leaving you", 1), ("for good", 1.5), ("you", -3)):
        weights[ngram_row(ngram.split())] = weight
    assert churn_signals(["i", "am", "leaving", "you", "for", "good"], weights) == [
        "for good",
        "leaving",
    ]
