"""The cascade under load: tweets offered at a rate to two processes, as the pipeline meets them.

Each process takes what has come since its last call, at most one batch, and says how many wait
behind it. Nothing is simulated but the arrival: quality and the share escalated are those of the
answers that the machine had time for.
"""

import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import numpy as np

from contracts.settings import Inference, Kafka
from inference.analyzer import load_analyzer
from inference.corpora import read_corpus
from inference.evaluation.measures import macro_recall

RATES = (300, 1000, 2500, 5000, 10_000)
SECONDS = 8.0
PROCESSES = 2
BATCH = Kafka().batch
POLL_S = 0.005  # how often the pipeline asks Kafka while nothing comes


class Point(NamedTuple):
    """What became of an offered rate: texts answered a second, quality and share escalated."""

    offered: int
    answered: float
    macro_recall: float
    escalated: float
    p99_s: float


def curve(data: Path, rates: Sequence[int] = RATES, seconds: float = SECONDS) -> list[Point]:
    """One point a rate, each offered for about so many seconds, on the tweets of sentiment/val.

    :raises InputError: they are missing.
    """
    corpus = read_corpus(data, "sentiment/val")
    context = get_context("spawn")
    points = []
    with ProcessPoolExecutor(PROCESSES, context) as pool:
        for rate in rates:
            parts = [
                _Offer(corpus.texts[start::PROCESSES], rate / PROCESSES, seconds)
                for start in range(PROCESSES)
            ]
            answers = list(pool.map(_answer, parts))
            points.append(_point(rate, corpus.first_labels, answers))
    return points


class _Offer(NamedTuple):
    texts: list[str]
    rate: float
    seconds: float


class _Answers(NamedTuple):
    numbers: list[int]
    labels: list[str]
    tiers: list[str]
    latencies_s: list[float]
    elapsed_s: float


def _answer(offer: _Offer) -> _Answers:
    """Answer texts that come at a steady rate, over and over."""
    texts, rate, seconds = offer
    analyzer = load_analyzer(Inference(remembered_texts=0, provider="cpu"))
    analyzer.analyze(texts[:64])
    total = len(texts) * max(1, round(rate * seconds / len(texts)))  # each text as often
    batch = min(BATCH, len(texts))  # a text twice in one call would be scored once
    answers = _Answers([], [], [], [], 0.0)
    begun = time.perf_counter()
    done = 0
    while done < total:
        come = min(total, int((time.perf_counter() - begun) * rate))
        if come == done:
            time.sleep(POLL_S)
            continue
        numbers = range(done, min(come, done + batch))
        said = analyzer.analyze(
            [texts[n % len(texts)] for n in numbers],
            ["en"] * len(numbers),
            waiting=come - numbers[-1] - 1,
        )
        now = time.perf_counter() - begun
        answers.numbers.extend(n % len(texts) for n in numbers)
        answers.labels.extend(each.sentiment_label for each in said)
        answers.tiers.extend(each.model.tier for each in said)
        answers.latencies_s.extend(now - n / rate for n in numbers)
        done = numbers[-1] + 1
    return answers._replace(elapsed_s=time.perf_counter() - begun)


def _point(rate: int, truth: list[str], answers: list[_Answers]) -> Point:
    wanted = [
        truth[start::PROCESSES][n] for start, part in enumerate(answers) for n in part.numbers
    ]
    labels = np.array([label for part in answers for label in part.labels])
    tiers = np.array([tier for part in answers for tier in part.tiers])
    latencies = np.array([each for part in answers for each in part.latencies_s])
    return Point(
        rate,
        sum(len(part.numbers) / part.elapsed_s for part in answers),
        macro_recall(np.array(wanted), labels),
        float((tiers == "accurate").mean()),
        float(np.quantile(latencies, 0.99)),
    )
