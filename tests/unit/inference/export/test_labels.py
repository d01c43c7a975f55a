from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import InputError
from contracts.messages import EMOTIONS, SENTIMENT_LABELS
from inference.export.labels import match, probabilities

NUMBERED = ["LABEL_0", "LABEL_1", "LABEL_2"]


def find(
    outputs: list[str],
    task: str,
    given: Mapping[str, str] | None = None,
    *,
    are_exclusive: bool = True,
) -> dict[str, str]:
    return match(outputs, task, given, model="owner/name", are_exclusive=are_exclusive)


@pytest.mark.parametrize(
    "outputs",
    [
        ["negative", "neutral", "positive"],
        ["Positive", "NEUTRAL", "Negative"],
        ["NEG", "NEU", "POS"],
    ],
)
def test_common_spellings_of_sentiment_are_known_in_any_order(outputs: list[str]) -> None:
    found = find(outputs, "sentiment")
    assert list(found) == outputs
    assert all(meaning.startswith(output.lower()) for output, meaning in found.items())


def test_emotions_are_known_by_noun_and_adjective() -> None:
    outputs = ["angry", "Disgust", "fearful", "happiness", "neutral", "sad", "surprised"]
    assert tuple(find(outputs, "emotion").values()) == EMOTIONS


@pytest.mark.parametrize(
    "outputs",
    [["non-toxic", "toxic"], ["neutral", "toxic"], ["not_offensive", "offensive"]],
)
def test_toxicity_is_one_of_two_labels(outputs: list[str]) -> None:
    assert list(find(outputs, "toxicity").values()) == ["none", "toxicity"]


def test_numbered_labels_are_refused_until_the_user_says_what_they_are() -> None:
    with pytest.raises(InputError, match=r"owner/name.*LABEL_0, LABEL_1.*--label LABEL_0=CLASS"):
        find(NUMBERED, "sentiment")
    meanings = dict(zip(NUMBERED, SENTIMENT_LABELS, strict=True))
    assert find(NUMBERED, "sentiment", meanings) == meanings


def test_what_the_user_says_goes_before_the_spelling() -> None:
    swapped = {"positive": "negative", "negative": "positive"}
    assert find(["negative", "neutral", "positive"], "sentiment", swapped) == {
        "negative": "positive",
        "neutral": "neutral",
        "positive": "negative",
    }


def test_several_labels_add_up_where_the_user_says_so() -> None:
    stars = [f"{number} stars" for number in range(1, 6)]
    classes = ["negative", "negative", "neutral", "positive", "positive"]
    labels = find(stars, "sentiment", dict(zip(stars, classes, strict=True)))
    logits = np.log([[0.1, 0.2, 0.3, 0.3, 0.1]])
    found = probabilities(logits, labels, "sentiment", are_exclusive=True)
    assert found == pytest.approx(np.array([[0.3, 0.3, 0.4]]))


@pytest.mark.parametrize(
    ("outputs", "task", "given", "message"),
    [
        (["neg", "negative", "neutral", "pos"], "sentiment", {}, "neg, negative would mean"),
        (["NEGATIVE", "POSITIVE"], "sentiment", {}, "has no label for neutral"),
        (["sadness", "joy", "love", "anger"], "emotion", {}, "love means for emotion is unknown"),
        (["sadness", "joy"], "emotion", {}, "no label for anger, disgust, fear, neutral, surprise"),
        (["NOT-HATE", "HATE"], "toxicity", {}, "what NOT-HATE, HATE means for toxicity"),
        (["toxic", "offensive"], "toxicity", {}, "all labels would mean toxicity"),
        (["a", "a"], "toxicity", {}, "two outputs are called 'a'"),
        (NUMBERED, "sentiment", {"LABEL_7": "neutral"}, "no such label; its labels are LABEL_0"),
        (NUMBERED, "sentiment", {"LABEL_1": "good"}, "no class 'good'; use negative, neutral"),
        (NUMBERED, "sentiment", {"LABEL_1": "none"}, "no class 'none'"),
        (["toxic"], "mood", {}, "no task 'mood'; use --task sentiment"),
    ],
)
def test_the_unknown_and_the_ambiguous_are_refused(
    outputs: list[str], task: str, given: dict[str, str], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        find(outputs, task, given)


def test_of_labels_that_stand_alone_only_the_toxic_one_is_read() -> None:
    outputs = ["severe_toxic", "toxic", "insult"]
    labels = find(outputs, "toxicity", are_exclusive=False)
    assert labels == {"severe_toxic": "none", "toxic": "toxicity", "insult": "none"}
    found = probabilities(np.array([[9.0, 0.0, -9.0]]), labels, "toxicity", are_exclusive=False)
    assert found.tolist() == [[0.5]]


def test_labels_that_stand_alone_do_not_add_up() -> None:
    with pytest.raises(InputError, match="name only one"):
        find(["toxic", "insult"], "toxicity", {"insult": "toxicity"}, are_exclusive=False)
    with pytest.raises(InputError, match=r"by itself.*exclude each other for emotion"):
        find(list(EMOTIONS), "emotion", are_exclusive=False)


@given(st.lists(st.floats(-1e4, 1e4), min_size=7, max_size=7))
def test_probabilities_of_exclusive_labels_add_up_to_one(logits: list[float]) -> None:
    labels = find(list(EMOTIONS), "emotion")
    (found,) = probabilities(np.array([logits]), labels, "emotion", are_exclusive=True)
    assert found.sum() == pytest.approx(1)
    assert (found >= 0).all()
