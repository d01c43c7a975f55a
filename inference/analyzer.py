"""Texts to analyses: which may be read, which tier answers, and what the numbers say."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from contracts.messages import EMOTIONS, SENTIMENT_LABELS, Analysis, Model
from contracts.settings import Inference
from inference.accurate import load_accurate
from inference.cascade import Cascade, ladder
from inference.churn.reader import (
    SIGNALS_FROM_RISK,
    ChurnReader,
    ChurnReading,
    signal,
)
from inference.churn.risk import WEIGHTS, Feelings
from inference.churn.wording import strongest_clauses
from inference.explain import Attribution, explain
from inference.exported import with_exported
from inference.fast import load_fast
from inference.language import may_be_english
from inference.model import MODELS, Floats, Manifest, Probabilities
from inference.names import Names
from inference.normalize import normalize
from inference.remembered import Remembered
from inference.scorers import OneTier, Scorer, TwoTiers

DECIMALS = 6
_NEGATIVE, _POSITIVE = SENTIMENT_LABELS.index("negative"), SENTIMENT_LABELS.index("positive")


class Analyzer(Protocol):
    """Analyses texts. What it says of a text never depends on the other texts of the call.

    How many texts wait may decide which tier answers; it stands in the answer.
    """

    def analyze(
        self,
        texts: Sequence[str],
        languages: Sequence[str | None] | None = None,
        *,
        waiting: int = 0,
    ) -> list[Analysis]:
        """One analysis a text, in order; any string has one, the empty one too.

        :param languages: a BCP 47 tag a text, or null where the platform states none.
        :param waiting: texts that wait for this call to end.
        """


class Explainer(Analyzer, Protocol):
    """An analyzer that can also say why."""

    def explain(self, text: str, analysis: Analysis) -> list[Attribution]:
        """Which words drove the sentiment of one of its analyses; none where it read nothing."""


class ModelAnalyzer:
    """The analyzer that the shipped models make with the churn rules."""

    def __init__(self, scorer: Scorer, names: Names, churn: ChurnReader) -> None:
        self._scorer = scorer
        self._names = names
        self._churn = churn
        self._label_weights = [
            (_weights(tier.manifest, "sentiment"), _weights(tier.manifest, "emotion"))
            for tier in scorer.tiers
        ]
        self._identities = [tier.manifest.identity for tier in scorer.tiers]
        self._unread = _unread(self._identities[0])

    def analyze(
        self,
        texts: Sequence[str],
        languages: Sequence[str | None] | None = None,
        *,
        waiting: int = 0,
    ) -> list[Analysis]:
        """See :meth:`Analyzer.analyze`."""
        stated = [None] * len(texts) if languages is None else languages
        asked = list(zip(texts, stated, strict=True))
        answers = dict.fromkeys(asked, self._unread)
        readable = [question for question in answers if may_be_english(*question)]
        if readable:
            read = self._read([text for text, _ in readable], waiting)
            answers.update(zip(readable, read, strict=True))
        return [answers[question] for question in asked]

    def explain(self, text: str, analysis: Analysis) -> list[Attribution]:
        """See :meth:`Explainer.explain`."""
        if not analysis.language_supported:
            return []
        tier = self._scorer.tiers[self._identities.index(analysis.model)]
        return explain(tier, text, self._prepared)

    def _prepared(self, texts: Sequence[str]) -> list[str]:
        return normalize(self._names.mark(texts))

    def _read(self, texts: list[str], waiting: int) -> list[Analysis]:
        scores, tiers = self._scorer.score(self._prepared(texts), waiting)
        by_tier = np.asarray(tiers)
        sentiment_weights, emotion_weights = (
            np.stack(weights)[by_tier] for weights in zip(*self._label_weights, strict=True)
        )
        sentiment, emotion = _rounded(scores.sentiment), _rounded(scores.emotion)
        labels = (sentiment * sentiment_weights).argmax(axis=1)
        columns = zip(
            labels.tolist(),
            sentiment.tolist(),
            (emotion * emotion_weights).argmax(axis=1).tolist(),
            emotion.tolist(),
            _rounded(scores.toxicity[:, 0]).tolist(),
            self._churn_readings(texts, scores),
            tiers,
            strict=True,
        )
        analyses = []
        for label, opinions, feeling, feelings, toxicity, churn, tier in columns:
            analyses.append(
                Analysis(
                    sentiment_score=round(opinions[_POSITIVE] - opinions[_NEGATIVE], DECIMALS),
                    sentiment_label=SENTIMENT_LABELS[label],
                    sentiment_confidence=opinions[label],
                    emotion=EMOTIONS[feeling],
                    emotion_scores=dict(zip(EMOTIONS, feelings, strict=True)),
                    toxicity=toxicity,
                    churn_risk=churn.risk,
                    churn_signals=churn.signals,
                    language_supported=True,
                    model=self._identities[tier],
                )
            )
        return analyses

    def _churn_readings(self, texts: list[str], scores: Probabilities) -> list[ChurnReading]:
        readings = [
            self._churn.read(text, felt)
            for text, felt in zip(texts, Feelings.of_texts(scores), strict=True)
        ]
        unsaid = [
            number
            for number, reading in enumerate(readings)
            if reading.risk >= SIGNALS_FROM_RISK and not reading.signals
        ]
        if unsaid:
            clauses = strongest_clauses(
                [texts[number] for number in unsaid], self._scorer.tiers[0], self._prepared
            )
            for number, clause in zip(unsaid, clauses, strict=True):
                readings[number] = readings[number]._replace(signals=[signal("wording", clause)])
        return readings


def load_analyzer(settings: Inference | None = None, folder: Path = MODELS) -> Explainer:
    """The shipped analyzer, ready to answer.

    :raises InputError: the model's files are missing or damaged.
    """
    wanted = settings or Inference()
    names = Names(wanted.own, wanted.competitors)
    churn = ChurnReader(wanted.own, wanted.competitors, folder / WEIGHTS.name)
    return ModelAnalyzer(load_scorer(wanted, folder), names, churn)


def load_scorer(wanted: Inference, folder: Path = MODELS) -> Scorer:
    """The tiers of a mode.

    :raises InputError: the model's files are missing or damaged.
    """
    threads, provider = wanted.threads, wanted.provider
    if wanted.mode == "fast":
        return OneTier(load_fast(folder, threads, provider))
    whole = with_exported(
        load_accurate(folder, threads, provider), wanted.exported, threads, provider
    )
    accurate = Remembered(whole, wanted.remembered_texts)
    if wanted.mode == "accurate":
        return OneTier(accurate)
    fast = load_fast(folder, threads, provider)
    weights = fast.manifest.label_weights["sentiment"]
    cascade = Cascade(ladder(fast.manifest.doubt), weights, wanted.latency_seconds)
    return TwoTiers(fast, accurate, cascade)


def _unread(model: Model) -> Analysis:
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


def _weights(manifest: Manifest, task: str) -> Floats:
    return np.array(manifest.label_weights[task], np.float32)


def _rounded(values: Floats) -> NDArray[np.float64]:
    return np.asarray(np.round(values.astype(np.float64), DECIMALS))
