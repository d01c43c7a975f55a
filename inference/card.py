"""The model card, docs/models.md, written from what was measured."""

import os
import platform
from pathlib import Path

import onnxruntime

from inference.benchmark import Speed
from inference.evaluate import Score
from inference.model import CHURN_WEIGHTS, GRAPH, MODELS, FastModel

CARD = Path(__file__).parent.parent / "docs" / "models.md"

TEMPLATE = Path(__file__).with_name("model_card.md")


def write_card(model: FastModel, scores: list[Score], speeds: list[Speed]) -> Path:
    """Write the card; its path."""
    CARD.parent.mkdir(parents=True, exist_ok=True)
    CARD.write_text(card(model, scores, speeds), encoding="utf-8")
    return CARD


def card(model: FastModel, scores: list[Score], speeds: list[Speed]) -> str:
    """The card as Markdown."""
    manifest = model.manifest
    files = "\n".join(
        f"| `{name}` | {(MODELS / name).stat().st_size:,} | `{manifest.sha256[name]}` |"
        for name in (GRAPH, CHURN_WEIGHTS)
    )
    return TEMPLATE.read_text(encoding="utf-8").format(
        name=manifest.name,
        version=manifest.version,
        tier=manifest.tier,
        files=files,
        scores="\n".join(
            f"| {s.task} | {s.measure} | {s.value:.3f} | {s.texts:,} |" for s in scores
        ),
        speeds="\n".join(f"| {s.batch_size} | {s.texts_per_second:,.0f} |" for s in speeds),
        machine=(
            f"Texts a second of one core's processor time on a shared {os.cpu_count()}-core "
            f"{platform.machine()} machine, "
            f"Python {platform.python_version()}, onnxruntime {onnxruntime.__version__}, "
            "posts of 14 to 18 words:"
        ),
    )
