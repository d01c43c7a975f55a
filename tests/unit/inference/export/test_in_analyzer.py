"""Exported models at work in the accurate tier."""

from pathlib import Path

import pytest

from contracts.errors import InputError
from contracts.messages import SENTIMENT_LABELS
from contracts.settings import Inference
from inference.analyzer import load_analyzer
from inference.export.served import load_exported
from inference.normalize import normalize
from tests.unit.inference.export.conftest import Export, Models

TEXTS = ["so good", "so bad", "the train leaves at nine"]


@pytest.fixture(scope="module")
def folder(models: Models, export: Export, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exported") / "sentiment"
    export(models["roberta"], "sentiment", folder)
    return folder


def test_an_exported_model_answers_its_task_and_no_other(folder: Path) -> None:
    own = load_analyzer(Inference(mode="accurate"))
    mixed = load_analyzer(Inference(mode="accurate", exported=(str(folder),)))
    expected = load_exported(folder).probabilities(normalize(TEXTS))
    for text, chances, one, other in zip(
        TEXTS, expected, mixed.analyze(TEXTS), own.analyze(TEXTS), strict=True
    ):
        assert one.sentiment_label == SENTIMENT_LABELS[chances.argmax()], text
        assert one.sentiment_score == pytest.approx(chances[2] - chances[0], abs=1e-5)
        assert (one.emotion_scores, one.toxicity) == (other.emotion_scores, other.toxicity)
        assert one.model.name.startswith(f"{other.model.name}+")
        assert len(mixed.explain(text, one)) == len(text.split())


def test_two_models_of_one_task_are_refused(folder: Path) -> None:
    with pytest.raises(InputError, match="the same task"):
        load_analyzer(Inference(exported=(str(folder), str(folder))))


def test_a_folder_without_an_export_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        load_analyzer(Inference(exported=(str(tmp_path),)))
