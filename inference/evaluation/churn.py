"""How well posts of people who leave are told from others: by rules, by a model, by both."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from contracts.messages import Analysis
from contracts.settings import Inference
from inference.analyzer import ModelAnalyzer
from inference.churn.examine import Examiner
from inference.churn.examples import (
    DEVELOPMENT,
    UNSEEN,
    Example,
    held_out,
    marked,
    read_examples,
)
from inference.churn.reader import ChurnReader
from inference.corpora import read_corpus
from inference.evaluation.measures import Booleans, Score, f1, measure, precision, recall, share
from inference.names import Names
from inference.normalize import normalize
from inference.scorers import Scorer

HIGH = Inference().churn_threshold


def evaluate_churn(scorers: Mapping[str, Scorer], data: Path) -> Iterator[Score]:
    """Measure each tier with the rules and without, and the rules alone.

    :param scorers: of each tier.
    :param data: the folder of the corpora; its tweets are about anything.
    :raises InputError: a corpus is missing or wrong.
    """
    sets = {
        "unseen": read_examples(UNSEEN),
        "held out": held_out(),
        "development": read_examples(DEVELOPMENT),
    }
    for name, examples in sets.items():
        leaving = np.array([example.is_leaving for example in examples])
        answers = {
            f"{who}, {how}": high
            for who, scorer in scorers.items()
            for how, high in (
                ("with rules", _is_high(_analyze_each(scorer, examples))),
                ("alone", _learned(scorer, examples) >= HIGH),
            )
        } | {"rules alone": np.array(list(map(_has_finding, examples)))}
        for who, high in answers.items():
            yield Score(who, f"churn, {name}", "F1 of leaving", measure(f1, leaving, high))
            yield Score(who, f"churn, {name}", "recall of leaving", measure(recall, leaving, high))
            yield Score(
                who, f"churn, {name}", "precision of leaving", measure(precision, leaving, high)
            )
    tweets = read_corpus(data, "sentiment/val").texts
    for who, scorer in scorers.items():
        analyzer = ModelAnalyzer(scorer, Names(), ChurnReader())
        alarms = _is_high(analyzer.analyze(tweets, ["en"] * len(tweets)))
        yield Score(
            f"{who}, with rules", "churn", "ordinary tweets taken for leaving", share(alarms)
        )


def _analyze_each(scorer: Scorer, examples: Sequence[Example]) -> list[Analysis]:
    """Analyses of examples, each under the names that it is read with."""
    analyses = []
    for _, own, competitors, text in examples:
        analyzer = ModelAnalyzer(scorer, Names(own, competitors), ChurnReader(own, competitors))
        analyses += analyzer.analyze([text], ["en"])
    return analyses


def _is_high(analyses: Sequence[Analysis]) -> Booleans:
    return np.array([analysis.churn_risk >= HIGH for analysis in analyses])


def _learned(
    scorer: Scorer, examples: Sequence[Example]
) -> "np.ndarray[tuple[int], np.dtype[np.float32]]":
    return scorer.score(normalize(marked(examples)), 0)[0].churn[:, 0]


def _has_finding(example: Example) -> bool:
    return bool(Examiner(example.own, example.competitors).examine(example.text).findings)
