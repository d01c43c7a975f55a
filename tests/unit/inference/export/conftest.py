"""Three small classifiers and their exports, made once a run, without any network."""

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

# Read when the libraries are first imported: no test asks the hub, none takes all processors.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"

import pytest
import torch
from onnx import ModelProto

from contracts.messages import EMOTIONS, SENTIMENT_LABELS
from inference.export import run as run_module
from inference.export.graph import export_graph
from inference.export.manifest import Manifest, Precision
from inference.export.run import run
from tests.unit.inference.export.classifiers import save_bert, save_distilbert, save_roberta

Models = dict[str, Path]
Export = Callable[..., Manifest]
TASKS = {"roberta": "sentiment", "distilbert": "emotion", "bert": "toxicity"}


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Models:
    """Folders of classifiers, by architecture; their tasks are in ``TASKS``."""
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("models")
    return {
        "roberta": save_roberta(folder / "roberta", SENTIMENT_LABELS),
        # In an order and a spelling of its own.
        "distilbert": save_distilbert(
            folder / "distilbert", [emotion.upper() for emotion in reversed(EMOTIONS)]
        ),
        "bert": save_bert(folder / "bert", ["non-toxic", "toxic"]),
    }


@pytest.fixture(scope="session", autouse=True)
def _one_export_a_network() -> Iterator[None]:
    """PyTorch takes seconds to export a network: what was exported is kept for other tests."""
    kept: dict[tuple[Any, ...], ModelProto] = {}

    def keep(network: Any, inputs: tuple[str, ...], max_tokens: int) -> ModelProto:
        weights = torch.cat([each.flatten().double() for each in network.state_dict().values()])
        key = (type(network), network.dtype, inputs, max_tokens, float(weights.sum()))
        if key not in kept:
            kept[key] = export_graph(network, inputs, max_tokens)
        copied = ModelProto()
        copied.CopyFrom(kept[key])
        return copied

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run_module, "export_graph", keep)
        yield


@pytest.fixture(scope="session")
def export() -> Export:
    """``run`` with what most tests want."""

    def export(
        model: Path | str,
        task: str,
        folder: Path,
        precision: Precision = "fp32",
        labels: Mapping[str, str] | None = None,
        *,
        force: bool = False,
    ) -> Manifest:
        def say(_: str) -> None:
            pass

        return run(
            str(model), task, folder, precision=precision, labels=labels, force=force, say=say
        )

    return export


@pytest.fixture(scope="session")
def exports(models: Models, export: Export, tmp_path_factory: pytest.TempPathFactory) -> Models:
    """Exported folders, by architecture and precision."""
    folder = tmp_path_factory.mktemp("exports")
    wanted: list[tuple[str, Precision]] = [
        ("roberta", "fp32"),
        ("distilbert", "fp32"),
        ("bert", "fp32"),
        ("roberta", "fp16"),
        ("roberta", "int8"),
        ("distilbert", "int8"),
    ]
    for name, precision in wanted:
        export(models[name], TASKS[name], folder / f"{name}-{precision}", precision)
    return {f"{name}-{precision}": folder / f"{name}-{precision}" for name, precision in wanted}
