import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from contracts.errors import InputError
from inference.card import CARD
from inference.model import CHURN_WEIGHTS, GRAPH, MANIFEST, MODELS, Manifest, load_model

REMEDY = "inference train"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(MODELS, tmp_path / "models"))


@pytest.mark.parametrize("name", [GRAPH, CHURN_WEIGHTS])
def test_a_damaged_file_is_refused_by_its_checksum(folder: Path, name: str) -> None:
    path = folder / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(InputError, match=rf"{name}.*sha256 differs.*{REMEDY}"):
        load_model(folder)


@pytest.mark.parametrize("name", [GRAPH, CHURN_WEIGHTS, MANIFEST])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(InputError, match=rf"{name} cannot be read.*{REMEDY}"):
        load_model(folder)


def test_a_manifest_that_is_none_is_refused(folder: Path) -> None:
    (folder / MANIFEST).write_text("{}")
    with pytest.raises(InputError, match="not a model's manifest"):
        load_model(folder)


def test_a_model_of_other_features_is_refused(folder: Path) -> None:
    path = folder / MANIFEST
    manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    other = msgspec.structs.replace(manifest, features={**manifest.features, "buckets": 1024})
    path.write_bytes(msgspec.json.encode(other))
    with pytest.raises(InputError, match="other n-grams"):
        load_model(folder)


def test_the_shipped_files_are_small() -> None:
    assert sum(path.stat().st_size for path in MODELS.iterdir()) < 8_000_000


def test_the_model_card_describes_the_shipped_model() -> None:
    page = CARD.read_text(encoding="utf-8")
    manifest = load_model().manifest
    assert f"{manifest.name} {manifest.version}" in page
    for name, checksum in manifest.sha256.items():
        assert f"| `{name}` | {(MODELS / name).stat().st_size:,} | `{checksum}` |" in page


def test_importing_the_port_loads_no_runtime_and_no_training_library() -> None:
    heavy = "{'onnxruntime', 'sklearn', 'scipy', 'onnx', 'torch'}"
    code = f"import sys, inference.analyzer; sys.exit(str({heavy} & sys.modules.keys() or ''))"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0 or answer.stderr.strip() == "", answer.stderr
