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
from inference.churn.reader import ChurnReader, Feelings
from inference.churn.risk import WEIGHTS
from inference.explain import Attribution, explain
from inference.exported import with_exported
from inference.fast import load_fast
from inference.language import may_be_english
from inference.model import MODELS, Floats, Manifest
from inference.normalize import normalize
from inference.remembered import Remembered
from inference.scorers import OneTier, Scorer, TwoTiers

DECIMALS = 6
_NEGATIVE, _POSITIVE = SENTIMENT_LABELS.index("negative"), SENTIMENT_LABELS.index("positive")
_ANGER = EMOTIONS.index("anger")


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

    def __init__(self, scorer: Scorer, churn: ChurnReader) -> None:
        self._scorer = scorer
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
        return explain(self._scorer.tiers[self._identities.index(analysis.model)], text)

    def _read(self, texts: list[str], waiting: int) -> list[Analysis]:
        scores, tiers = self._scorer.score(normalize(texts), waiting)
        by_tier = np.asarray(tiers)
        sentiment_weights, emotion_weights = (
            np.stack(weights)[by_tier] for weights in zip(*self._label_weights, strict=True)
        )
        sentiment, emotion = _rounded(scores.sentiment), _rounded(scores.emotion)
        labels = (sentiment * sentiment_weights).argmax(axis=1)
        columns = zip(
            texts,
            labels.tolist(),
            sentiment.tolist(),
            (emotion * emotion_weights).argmax(axis=1).tolist(),
            emotion.tolist(),
            _rounded(scores.toxicity[:, 0]).tolist(),
            tiers,
            strict=True,
        )
        analyses = []
        for text, label, opinions, feeling, feelings, toxicity, tier in columns:
            score = round(opinions[_POSITIVE] - opinions[_NEGATIVE], DECIMALS)
            churn = self._churn.read(text, Feelings.of(score, feelings[_ANGER]))
            analyses.append(
                Analysis(
                    sentiment_score=score,
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


def load_analyzer(settings: Inference | None = None, folder: Path = MODELS) -> Explainer:
    """The shipped analyzer, ready to answer.

    :raises InputError: the model's files are missing or damaged.
    """
    wanted = settings or Inference()
    threads, provider = wanted.threads, wanted.provider
    churn = ChurnReader(wanted.own, wanted.competitors, folder / WEIGHTS.name)
    if wanted.mode == "fast":
        return ModelAnalyzer(OneTier(load_fast(folder, threads, provider)), churn)
    whole = with_exported(
        load_accurate(folder, threads, provider), wanted.exported, threads, provider
    )
    accurate = Remembered(whole, wanted.remembered_texts)
    if wanted.mode == "accurate":
        return ModelAnalyzer(OneTier(accurate), churn)
    fast = load_fast(folder, threads, provider)
    cascade = Cascade(ladder(fast.manifest.doubt), wanted.latency_seconds)
    return ModelAnalyzer(TwoTiers(fast, accurate, cascade), churn)


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
