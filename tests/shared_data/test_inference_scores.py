import pytest

from contracts.errors import InputError
from inference.analyzer import load_analyzer
from inference.card import card
from inference.corpora import read_corpus
from inference.evaluate import Score, evaluate
from inference.model import load_model
from tests.conftest import SHARED_DATA

pytestmark = pytest.mark.shared_data


@pytest.fixture(scope="module")
def scores() -> dict[tuple[str, str], float]:
    return {(s.task, s.measure): s.value for s in evaluate(load_analyzer(), SHARED_DATA)}


@pytest.mark.parametrize(
    ("task", "measure", "least"),
    [
        ("sentiment", "macro recall", 0.65),
        ("sentiment", "recall of negative", 0.6),
        ("emotion", "macro recall (first label)", 0.5),
        ("emotion", "answer is among the raters' labels", 0.6),
        ("toxicity", "macro recall", 0.65),
        ("toxicity", "precision of offensive", 0.65),
    ],
)
def test_the_shipped_model_scores_at_least(
    scores: dict[tuple[str, str], float], task: str, measure: str, least: float
) -> None:
    assert scores[task, measure] >= least


@pytest.mark.parametrize(
    ("task", "measure", "most"),
    [
        ("sentiment", "calibration error", 0.08),
        ("toxicity", "calibration error", 0.08),
        ("churn", "ordinary tweets taken for churn", 0.02),
        ("language", "English tweets refused", 0.01),
    ],
)
def test_the_shipped_model_errs_at_most(
    scores: dict[tuple[str, str], float], task: str, measure: str, most: float
) -> None:
    assert scores[task, measure] <= most


def test_the_card_lists_every_score() -> None:
    page = card(load_model(), [Score("task", "measure", 0.25, 1000)], [])
    assert "| task | measure | 0.250 | 1,000 |" in page


def test_corpora_lose_the_escapes_of_the_published_files() -> None:
    assert not any("\\u20" in text for text in read_corpus(SHARED_DATA, "sentiment/val").texts)


def test_a_missing_corpus_is_named() -> None:
    with pytest.raises(InputError, match=r"nothing\.tsv\.gz cannot be read"):
        read_corpus(SHARED_DATA, "nothing")
