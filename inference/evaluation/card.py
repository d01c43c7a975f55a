"""The model card, docs/models.md, written from what was measured."""

import json
import os
import platform
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from contracts.messages import SENTIMENT_LABELS
from inference.accurate import load_accurate
from inference.churn.examples import DEVELOPMENT, UNSEEN, held_out, read_examples, taught
from inference.evaluation import benchmark
from inference.evaluation.benchmark import Speed
from inference.evaluation.measures import Bin, Score
from inference.evaluation.scores import TIERS, Evaluation
from inference.fast import load_fast
from inference.model import MODELS, Manifest

DOCS = Path(__file__).parents[2] / "docs"
CARD = DOCS / "models.md"
PLOT = DOCS / "calibration.svg"
STUDENTS = Path(__file__).with_name("students.json")
TEMPLATE = Path(__file__).with_name("model_card.md")


def write_card(evaluation: Evaluation) -> Path:
    """Measure the speeds too, write the card and its plot; the card's path."""
    speeds, ratios = benchmark.compared()
    manifests = [load_fast().manifest, load_accurate().manifest]
    DOCS.mkdir(parents=True, exist_ok=True)
    plot({tier: report.bins for tier, report in evaluation.tiers.items()}, PLOT)
    CARD.write_text(card(evaluation, manifests, speeds, ratios), encoding="utf-8")
    return CARD


def card(
    evaluation: Evaluation, manifests: Iterable[Manifest], speeds: list[Speed], ratios: list[str]
) -> str:
    """The card as Markdown."""
    tiers = evaluation.tiers
    scores = [*(score for report in tiers.values() for score in report.scores), *evaluation.others]
    return TEMPLATE.read_text(encoding="utf-8").format(
        models="\n\n".join(map(_model, manifests)),
        machine=(
            f"a shared {os.cpu_count()}-core {platform.machine()} machine, Python"
            f" {platform.python_version()}, onnxruntime {onnxruntime.__version__}"
        ),
        curve=_rows(
            (
                f"{point.offered:,}",
                f"{point.answered:,.0f}",
                f"{point.macro_recall:.3f}",
                f"{point.escalated:.1%}",
                f"{point.p99_s:.2f} s",
            )
            for point in evaluation.curve
        ),
        taught=f"{len(taught()):,}",
        held_out=len(held_out()),
        development=len(read_examples(DEVELOPMENT)),
        unseen=len(read_examples(UNSEEN)),
        scores=_rows(map(_score, scores)),
        confusions="\n\n".join(
            _confusion(tier, report.confusion) for tier, report in tiers.items()
        ),
        slices=_rows(
            (
                each.task,
                f"{each.measured.texts:,}",
                *(_with_interval(tiers[tier].slices[number]) for tier in TIERS),
            )
            for number, each in enumerate(tiers["fast"].slices)
        ),
        students=_rows(
            (
                kind["kind"],
                *(f"{kind[name]:.3f}" for name in ("sentiment", "emotion", "toxicity")),
                f"{kind['texts_per_second']:,.0f}",
            )
            for kind in json.loads(STUDENTS.read_text(encoding="utf-8"))
        ),
        speeds=_rows(
            (
                speed.who,
                speed.way,
                str(speed.batch_size),
                f"{speed.texts_per_second:,.0f}",
                f"{speed.p50_ms:.2f}",
                f"{speed.p99_ms:.2f}",
            )
            for speed in speeds
        ),
        ratios="\n".join(f"- {ratio.strip()}" for ratio in ratios),
    )


def plot(bins: dict[str, list[Bin]], path: Path) -> None:
    """Draw how often answers of each confidence are right, an SVG without a date."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = path.name
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(5, 4))
    axes.plot([0, 1], [0, 1], color="0.7", linewidth=1)
    for tier, points in bins.items():
        axes.plot(
            [each.confidence for each in points],
            [each.correct for each in points],
            marker="o",
            label=tier,
        )
    axes.set(xlabel="confidence", ylabel="share that is right", xlim=(0.3, 1), ylim=(0.3, 1))
    axes.legend()
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def _model(manifest: Manifest) -> str:
    rows = _rows(
        (f"`{name}`", f"{(MODELS / name).stat().st_size:,}", f"`{checksum}`")
        for name, checksum in manifest.sha256.items()
    )
    return (
        f"**{manifest.name} {manifest.version}**, tier *{manifest.tier}*:\n\n"
        f"| file in `inference/models/` | bytes | sha256 |\n|---|---|---|\n{rows}"
    )


def _score(score: Score) -> tuple[str, ...]:
    value, low, high, texts = score.measured
    interval = f"{low:.3f} to {high:.3f}"
    return score.who, score.task, score.name, f"{value:.3f}", interval, f"{texts:,}"


def _with_interval(score: Score) -> str:
    value, low, high, _ = score.measured
    return f"{value:.3f} ({low:.3f} to {high:.3f})"


def _confusion(tier: str, counts: NDArray[np.int64]) -> str:
    head = f"| {tier}: true ↓, answered → | {' | '.join(SENTIMENT_LABELS)} |\n|---|---|---|---|"
    rows = _rows(
        (name, *(f"{count:,}" for count in row))
        for name, row in zip(SENTIMENT_LABELS, counts.tolist(), strict=True)
    )
    return f"{head}\n{rows}"


def _rows(rows: Iterable[Iterable[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
