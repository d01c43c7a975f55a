import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest

from contracts.errors import InputError
from inference.accurate import load_accurate
from inference.evaluation.card import CARD
from inference.fast import load_fast
from inference.model import MODELS, WIDTHS, Floats, Manifest, Tier, score_by_length

REMEDY = "inference train"
LOADERS: dict[str, Callable[..., Tier]] = {"fast": load_fast, "accurate": load_accurate}
FILES = {
    "fast": ["fast.json", "fast.onnx"],
    "accurate": ["accurate.json", "accurate.onnx", "accurate.tokenizer.json"],
}
CASES = [(tier, name) for tier, names in FILES.items() for name in names]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(MODELS, tmp_path / "models"))


@pytest.mark.parametrize(("tier", "name"), [case for case in CASES if case[1] != f"{case[0]}.json"])
def test_a_damaged_file_is_refused_by_its_checksum(folder: Path, tier: str, name: str) -> None:
    path = folder / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(InputError, match=rf"{name}.*sha256 differs.*{REMEDY}"):
        LOADERS[tier](folder)


@pytest.mark.parametrize(("tier", "name"), CASES)
def test_a_missing_file_is_named(folder: Path, tier: str, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(InputError, match=rf"{name} cannot be read.*{REMEDY}"):
        LOADERS[tier](folder)


@pytest.mark.parametrize("tier", LOADERS)
def test_a_manifest_that_is_none_is_refused(folder: Path, tier: str) -> None:
    (folder / f"{tier}.json").write_text("{}")
    with pytest.raises(InputError, match="not a model's manifest"):
        LOADERS[tier](folder)


@pytest.mark.parametrize("tier", LOADERS)
def test_a_model_of_another_form_of_texts_is_refused(folder: Path, tier: str) -> None:
    path = folder / f"{tier}.json"
    manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    path.write_bytes(msgspec.json.encode(msgspec.structs.replace(manifest, text_form="other")))
    with pytest.raises(InputError, match="another form of texts"):
        LOADERS[tier](folder)


def test_the_shipped_files_are_small() -> None:
    sizes = {path.name: path.stat().st_size for path in MODELS.iterdir()}
    assert sum(sizes[name] for name in FILES["accurate"]) < 30_000_000
    assert sum(sizes[name] for name in FILES["fast"]) < 10_000_000
    assert set(sizes) == {"churn.json", *FILES["fast"], *FILES["accurate"]}


@pytest.mark.parametrize("tier", LOADERS)
def test_the_model_card_describes_the_shipped_models(tier: str) -> None:
    page = CARD.read_text(encoding="utf-8")
    manifest = LOADERS[tier]().manifest
    assert f"{manifest.name} {manifest.version}" in page
    for name, checksum in manifest.sha256.items():
        assert f"| `{name}` | {(MODELS / name).stat().st_size:,} | `{checksum}` |" in page


def test_texts_are_scored_in_batches_of_one_padded_length_and_come_back_in_order() -> None:
    lengths = np.array([5, 90, 1, 7, 7, 300, 2, 0])
    batches: list[tuple[list[int], int]] = []

    def run(chosen: "np.ndarray[tuple[int], np.dtype[np.int64]]", length: int) -> list[Floats]:
        batches.append((chosen.tolist(), length))
        return [np.repeat(lengths[chosen, None], width, 1).astype(np.float32) for width in WIDTHS]

    scores = score_by_length(lengths, 8, 32, run)
    assert scores.toxicity[:, 0].tolist() == lengths.tolist()
    assert batches == [([0, 2, 3, 4], 8), ([6, 7], 8), ([1], 96), ([5], 304)]


def test_importing_the_analyzer_loads_no_runtime_and_no_training_library() -> None:
    heavy = "{'onnxruntime', 'sklearn', 'scipy', 'onnx', 'torch', 'tokenizers', 'transformers'}"
    code = f"import sys, inference.analyzer; sys.exit(str({heavy} & sys.modules.keys() or ''))"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0 or answer.stderr.strip() == "", answer.stderr
