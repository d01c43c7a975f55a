import random
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest

from contracts.errors import InputError
from contracts.messages import EMOTIONS
from inference.export.manifest import read_manifest
from inference.export.served import load_exported
from inference.export.texts import varied
from tests.unit.inference.export.conftest import Models

ROOT = Path(__file__).parents[4]
NAMES = ["roberta-fp32", "distilbert-fp32", "bert-fp32", "roberta-fp16", "roberta-int8"]
WITHOUT_PYTORCH = """
import sys
from pathlib import Path

sys.modules["torch"] = sys.modules["transformers"] = sys.modules["onnx"] = None

from inference.export.served import load_exported

print(load_exported(Path(sys.argv[1])).probabilities(["so good", "so bad"]).shape)
"""


@pytest.mark.parametrize("name", NAMES)
def test_an_answer_does_not_depend_on_its_batch(exports: Models, name: str) -> None:
    model = load_exported(exports[name])
    texts = varied()
    together = model.probabilities(texts)
    alone = np.vstack([model.probabilities([text]) for text in texts])
    assert np.abs(together - alone).max() < 1e-3
    # Answers differ from text to text, or nothing has been shown.
    assert together.std(axis=0).max() > 0.01


@pytest.mark.parametrize("tokens_per_run", [1, 100, 100_000])
def test_batches_keep_the_order_of_texts(exports: Models, tokens_per_run: int) -> None:
    model = load_exported(exports["distilbert-fp32"], tokens_per_run=tokens_per_run)
    texts = varied()
    order = list(range(len(texts)))
    random.Random(tokens_per_run).shuffle(order)
    expected = load_exported(exports["distilbert-fp32"]).probabilities(texts)
    found = model.probabilities([texts[place] for place in order])
    assert np.abs(found - expected[order]).max() < 1e-5


def test_probabilities_come_in_the_order_of_the_contract(exports: Models) -> None:
    model = load_exported(exports["distilbert-fp32"])
    assert model.classes == EMOTIONS
    assert list(model.manifest.labels.values()) == list(reversed(EMOTIONS))
    found = model.probabilities(["so good", "so bad"])
    assert found.shape == (2, 7)
    assert found.sum(axis=1) == pytest.approx(np.ones(2))


def test_toxicity_is_one_probability(exports: Models) -> None:
    found = load_exported(exports["bert-fp32"]).probabilities(["so good", "so bad"])
    assert found.shape == (2, 1)
    assert ((found > 0) & (found < 1)).all()


def test_a_long_text_is_judged_by_its_beginning(exports: Models) -> None:
    model = load_exported(exports["roberta-fp32"])
    long = "so good " * 400
    assert model.probabilities([long]) == pytest.approx(model.probabilities([long + "but bad"]))


def test_no_texts_have_no_answers(exports: Models) -> None:
    assert load_exported(exports["roberta-fp32"]).probabilities([]).shape == (0, 3)


def test_half_a_surrogate_pair_is_answered(exports: Models) -> None:
    found = load_exported(exports["roberta-fp32"]).probabilities(["broken \ud83d here", "fine"])
    assert np.isfinite(found).all()


def test_neither_pytorch_nor_transformers_nor_onnx_is_needed(exports: Models) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_PYTORCH, str(exports["roberta-fp32"])],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "(2, 3)\n", "")


@pytest.fixture
def copied(exports: Models, tmp_path: Path) -> Path:
    return Path(shutil.copytree(exports["roberta-fp32"], tmp_path / "copied"))


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_a_changed_file_is_refused_by_its_checksum(copied: Path, name: str) -> None:
    content = bytearray((copied / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copied / name).write_bytes(content)
    with pytest.raises(InputError, match=rf"{name} is not the file.*sha256.*inference export"):
        load_exported(copied)


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "manifest.json"])
def test_a_missing_file_is_named(copied: Path, name: str) -> None:
    (copied / name).unlink()
    with pytest.raises(InputError, match=rf"{name} cannot be read.*inference export"):
        load_exported(copied)


@pytest.mark.parametrize(
    ("content", "message"),
    [("{}", "not an exported model's manifest"), ("no JSON", "not an exported model's manifest")],
)
def test_a_manifest_that_is_none_is_refused(copied: Path, content: str, message: str) -> None:
    (copied / "manifest.json").write_text(content)
    with pytest.raises(InputError, match=message):
        load_exported(copied)


def test_a_manifest_of_an_unknown_task_is_refused(copied: Path) -> None:
    other = msgspec.structs.replace(read_manifest(copied), task="mood")
    (copied / "manifest.json").write_bytes(msgspec.json.encode(other))
    with pytest.raises(InputError, match="no task 'mood'"):
        load_exported(copied)


def test_a_missing_package_is_named(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.raises(InputError, match="needs the package tokenizers; install it"):
        load_exported(copied)
