"""The port that all models stand behind, and the shipped analyzer."""

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple, Protocol

import numpy as np

from contracts.messages import EMOTIONS, SENTIMENT_LABELS, Analysis, Model
from inference.features import hash_ngrams, pad, padded_length, tokenize
from inference.language import may_be_english
from inference.model import FastModel, Floats, load_model
from inference.signals import churn_signals

SIGNALS_FROM_CHURN_RISK = 0.3
DECIMALS = 6
# So many table rows are read in one run of the model that its tables stay in the CPU's cache.
ROWS_PER_RUN = 1 << 15


class Analyzer(Protocol):
    """Analyses texts. What it says of a text never depends on the other texts of the call."""

    def analyze(
        self, texts: Sequence[str], languages: Sequence[str | None] | None = None
    ) -> list[Analysis]:
        """One analysis a text, in order; any string has one, the empty one too.

        :param languages: a BCP 47 tag a text, or null where the platform states none.
        """


class _Text(NamedTuple):
    length: int
    position: int
    tokens: list[str]
    ngrams: list[int]


class FastAnalyzer:
    """Scores texts with the hashed n-gram model; each distinct text of a call once."""

    def __init__(self, model: FastModel) -> None:
        self._model = model

    def analyze(
        self, texts: Sequence[str], languages: Sequence[str | None] | None = None
    ) -> list[Analysis]:
        """See :meth:`Analyzer.analyze`."""
        stated = [None] * len(texts) if languages is None else languages
        asked = list(zip(texts, stated, strict=True))
        answers = dict.fromkeys(asked, unsupported(self._model.identity))
        readable: list[_Text] = []
        distinct = list(answers)
        for position, (question, language) in enumerate(distinct):
            tokens = tokenize(question)
            if may_be_english(question, tokens, language):
                ngrams = hash_ngrams(tokens)
                readable.append(_Text(padded_length(len(ngrams)), position, tokens, ngrams))
        readable.sort(key=lambda text: text.length)
        for length, group in groupby(readable, key=lambda text: text.length):
            same_length = list(group)
            step = max(1, ROWS_PER_RUN // length)
            for start in range(0, len(same_length), step):
                batch = same_length[start : start + step]
                for text, analysis in zip(batch, self._score(batch, length), strict=True):
                    answers[distinct[text.position]] = analysis
        return [answers[question] for question in asked]

    def _score(self, texts: list[_Text], length: int) -> list[Analysis]:
        scores = self._model.probabilities(pad([text.ngrams for text in texts], length))
        sentiment, emotion = _rounded(scores.sentiment), _rounded(scores.emotion)
        columns = zip(
            texts,
            _rounded(sentiment[:, 2] - sentiment[:, 0]).tolist(),
            sentiment.argmax(axis=1).tolist(),
            sentiment.max(axis=1).tolist(),
            emotion.argmax(axis=1).tolist(),
            emotion.tolist(),
            _rounded(scores.toxicity).tolist(),
            _rounded(scores.churn).tolist(),
            strict=True,
        )
        return [
            Analysis(
                sentiment_score=score,
                sentiment_label=SENTIMENT_LABELS[label],
                sentiment_confidence=confidence,
                emotion=EMOTIONS[feeling],
                emotion_scores=dict(zip(EMOTIONS, feelings, strict=True)),
                toxicity=toxicity,
                churn_risk=churn,
                churn_signals=churn_signals(text.tokens, self._model.churn_weights)
                if churn >= SIGNALS_FROM_CHURN_RISK
                else [],
                language_supported=True,
                model=self._model.identity,
            )
            for text, score, label, confidence, feeling, feelings, toxicity, churn in columns
        ]


def unsupported(model: Model) -> Analysis:
    """What is said of a text in a language that the model does not read: nothing."""
    return Analysis(
        sentiment_score=0.0,
        sentiment_label="neutral",
        sentiment_confidence=0.0,
        emotion="neutral",
        emotion_scores={emotion: float(emotion == "neutral") for emotion in EMOTIONS},
        toxicity=0.0,
        churn_risk=0.0,
        churn_signals=[],
        language_supported=False,
        model=model,
    )


def load_analyzer(threads: int = 1) -> Analyzer:
    """The shipped analyzer, ready to answer.

    :param threads: threads that one run of the model may use.
    :raises InputError: the model's files are missing or damaged.
    """
    return FastAnalyzer(load_model(threads=threads))


def _rounded(values: Floats) -> Floats:
    return np.round(values, DECIMALS)
