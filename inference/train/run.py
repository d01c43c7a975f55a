"""From the corpora to the shipped files, in one go and repeatable."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contracts.errors import GroundswellError
from contracts.messages import EMOTIONS, SENTIMENT_LABELS
from inference.corpora import Corpus, read_corpus
from inference.features import hash_ngrams, pad, padded_length, tokenize
from inference.model import Manifest, feature_parameters, load_model
from inference.train import export
from inference.train.churn_phrases import Phrases, generate
from inference.train.linear import (
    Layer,
    class_weights,
    drop_rare,
    fit,
    fit_platt,
    fit_temperature,
    vectorize,
)

NAME = "groundswell-ngrams"
VERSION = "1.0.0"
SEED = 20_240_501
LARGEST_PARITY_ERROR = 2e-3
RECIPE: dict[str, Any] = {
    "command": "python -m inference train --data FOLDER",
    "seed": SEED,
    "sentiment": {"regularization": 2.0, "balance": 1.0},
    "emotion": {"regularization": 3.0, "balance": 0.5, "tweets_weight": 1.0},
    "toxicity": {"regularization": 1.0, "balance": 1.0, "davidson_weight": 0.3},
    "churn": {"regularization": 10.0, "balance": 0.5, "least_texts": 2},
}

Targets = NDArray[np.int64]
Say = Callable[[str], None]


def train(data: Path, folder: Path, say: Say) -> None:
    """Train on the corpora in ``data``, write the model to ``folder``, check what was written.

    :param say: told what is being done, a line at a time.
    :raises InputError: a corpus is missing or wrong.
    """
    calibration: dict[str, float] = {}
    layers = []
    for task, fit_task in (
        ("sentiment", fit_sentiment),
        ("emotion", fit_emotion),
        ("toxicity", fit_toxicity),
        ("churn", fit_churn),
    ):
        say(f"fitting {task}")
        layer, fitted = fit_task(data)
        layers.append(layer)
        calibration |= {f"{task}_{name}": value for name, value in fitted.items()}
    about = Manifest(
        name=NAME,
        version=VERSION,
        tier="fast",
        sha256={},
        features=feature_parameters(),
        calibration=calibration,
        recipe=RECIPE,
    )
    payload = export.graph(layers, name=NAME, version=VERSION)
    export.write(folder, payload, layers[3].weights[:, 0], about)
    error = parity_error(folder, layers, read_corpus(data, "sentiment/val").texts)
    say(f"wrote {folder}; differs from scikit-learn by at most {error:.1e}")
    if error > LARGEST_PARITY_ERROR:
        raise GroundswellError(f"the exported model differs from the trained one by {error}")


def fit_sentiment(data: Path) -> tuple[Layer, dict[str, float]]:
    """Negative, neutral, positive; all classes equally heavy."""
    recipe = RECIPE["sentiment"]
    train_set, validation = read_corpus(data, "sentiment/train"), read_corpus(data, "sentiment/val")
    targets = _targets(train_set, SENTIMENT_LABELS)
    layer = fit(
        vectorize(train_set.texts),
        targets,
        class_weights(targets, recipe["balance"]),
        regularization=recipe["regularization"],
    )
    temperature = fit_temperature(
        layer.logits(vectorize(validation.texts)), _targets(validation, SENTIMENT_LABELS)
    )
    return layer.calibrated(1 / temperature), {"temperature": temperature}


def fit_emotion(data: Path) -> tuple[Layer, dict[str, float]]:
    """Seven emotions of Reddit comments and, among them, those of tweets.

    A text with several labels counts once for each, with its weight shared among them. Optimism,
    which tweets have as a class of its own, is part of joy in GoEmotions' grouping.
    """
    recipe = RECIPE["emotion"]
    parts = [
        (read_corpus(data, "emotion/train"), 1.0),
        (read_corpus(data, "emotion/tweets-train"), recipe["tweets_weight"]),
    ]
    texts: list[str] = []
    labels: list[int] = []
    shares: list[float] = []
    for corpus, weight in parts:
        for text, names in zip(corpus.texts, corpus.labels, strict=True):
            texts += [text] * len(names)
            labels += [EMOTIONS.index("joy" if name == "optimism" else name) for name in names]
            shares += [weight / len(names)] * len(names)
    targets = np.array(labels, np.int64)
    layer = fit(
        vectorize(texts),
        targets,
        class_weights(targets, recipe["balance"]) * np.array(shares),
        regularization=recipe["regularization"],
    )
    validation = read_corpus(data, "emotion/val")
    temperature = fit_temperature(
        layer.logits(vectorize(validation.texts)), _targets(validation, EMOTIONS)
    )
    return layer.calibrated(1 / temperature), {"temperature": temperature}


def fit_toxicity(data: Path) -> tuple[Layer, dict[str, float]]:
    """P(offensive): OLID's tweets, and at a lower weight those of Davidson et al."""
    recipe = RECIPE["toxicity"]
    olid = read_corpus(data, "toxicity/offensive-train")
    davidson = read_corpus(data, "toxicity/davidson-train")
    parts = [_offensive(olid), _offensive(davidson)]
    weights = np.concatenate([class_weights(part, recipe["balance"]) for part in parts])
    weights[len(parts[0]) :] *= recipe["davidson_weight"]
    layer = fit(
        vectorize(olid.texts + davidson.texts),
        np.concatenate(parts),
        weights,
        regularization=recipe["regularization"],
    )
    validation = read_corpus(data, "toxicity/offensive-val")
    slope, offset = fit_platt(
        layer.logits(vectorize(validation.texts))[:, 0], _offensive(validation)
    )
    return layer.calibrated(slope, offset), {"slope": slope, "offset": offset}


def fit_churn(data: Path) -> tuple[Layer, dict[str, float]]:
    """P(leaving): written sentences, and ordinary tweets as further texts without the intent.

    The calibration is found on templates and tweets that the layer was not fitted to; the layer
    itself is then fitted once more, to all templates.
    """
    tweets = read_corpus(data, "sentiment/train").texts
    ordinary = read_corpus(data, "sentiment/val").texts
    phrases = generate(SEED, tweets, held_out=False)
    held_out = generate(SEED, ordinary, held_out=True)
    slope, offset = fit_platt(
        _churn_layer(phrases, tweets).logits(vectorize([*held_out.texts, *ordinary]))[:, 0],
        np.array([*held_out.leaving, *[False] * len(ordinary)], np.int64),
    )
    rest = generate(SEED, tweets, held_out=True)
    every = Phrases(phrases.texts + rest.texts, phrases.leaving + rest.leaving)
    layer = _churn_layer(every, tweets).calibrated(slope, offset)
    return layer, {"slope": slope, "offset": offset}


def _churn_layer(phrases: Phrases, tweets: list[str]) -> Layer:
    recipe = RECIPE["churn"]
    targets = np.array([*phrases.leaving, *[False] * len(tweets)], np.int64)
    return fit(
        drop_rare(vectorize([*phrases.texts, *tweets]), recipe["least_texts"]),
        targets,
        class_weights(targets, recipe["balance"]),
        regularization=recipe["regularization"],
    )


def parity_error(folder: Path, layers: list[Layer], texts: list[str]) -> float:
    """The largest difference between the written model's probabilities and the layers' own."""
    model = load_model(folder)
    worst = 0.0
    matrix = vectorize(texts)
    logits = [layer.logits(matrix) for layer in layers]
    expected = [
        _softmax(logits[0]),
        _softmax(logits[1]),
        *(1 / (1 + np.exp(-x)) for x in logits[2:]),
    ]
    for number, text in enumerate(texts):
        ngrams = hash_ngrams(tokenize(text))
        answer = model.probabilities(pad([ngrams], padded_length(len(ngrams))))
        for got, wanted in zip(answer, expected, strict=True):
            worst = max(worst, float(np.abs(got[0] - wanted[number]).max()))
    return worst


def _softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def _targets(corpus: Corpus, names: tuple[str, ...]) -> Targets:
    return np.array([names.index(label) for label in corpus.first_labels], np.int64)


def _offensive(corpus: Corpus) -> Targets:
    return np.array([label in {"offensive", "hate"} for label in corpus.first_labels], np.int64)
