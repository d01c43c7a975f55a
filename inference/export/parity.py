"""How close the exported model comes to PyTorch, and how much faster it is."""

import time
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from contracts.errors import InputError
from inference.export.labels import probabilities
from inference.export.manifest import Manifest, Parity, Precision, Speed
from inference.export.quiet import quietly
from inference.export.served import ExportedModel
from inference.export.source import Classifier

LIMITS: Final[dict[Precision, float]] = {"fp32": 1e-3, "fp16": 1e-2, "int8": 5e-2}
PIPELINE_BATCH: Final = 16
ROUNDS: Final = 3

Floats = NDArray[np.float64]


def compare(classifier: Classifier, served: ExportedModel, texts: Sequence[str]) -> Parity:
    """Compare probabilities of texts.

    PyTorch reads them one by one with the model's own tokenizer, ONNX in padded batches with the
    saved one: tokenizing, padding and batching are part of what is compared.

    :raises InputError: an answer is no number.
    """
    expected = torch_probabilities(classifier, served.manifest, texts)
    found = served.probabilities(texts)
    if not (np.isfinite(expected).all() and np.isfinite(found).all()):
        raise InputError(
            f"{classifier.source.model} in {served.manifest.precision} answers what is no number",
            "use --precision fp32" if np.isfinite(expected).all() else "choose another model",
        )
    return Parity(
        texts=len(texts),
        largest_difference=float(np.abs(expected - found).max()),
        limit=LIMITS[served.manifest.precision],
        same_class_share=float((_most_likely(expected) == _most_likely(found)).mean()),
    )


def refuse_beyond_limit(parity: Parity, precision: Precision, *, force: bool) -> None:
    """Refuse what differs by more than its limit, unless forced.

    :raises InputError: it does.
    """
    if parity.largest_difference > parity.limit and not force:
        raise InputError(
            f"in {precision} a probability differs from PyTorch's by"
            f" {parity.largest_difference:.2g}, more than {parity.limit:g}",
            "use a higher --precision, or --force to export it all the same",
        )


def measure_speed(
    classifier: Classifier,
    served: ExportedModel,
    texts: Sequence[str],
    *,
    threads: int,
    rounds: int = ROUNDS,
) -> Speed:
    """Time transformers' pipeline and the exported model, best of some rounds each, by turns.

    :param threads: threads that both use; ``served`` was loaded with them.
    """
    import torch
    import transformers

    make_pipeline: Any = transformers.TextClassificationPipeline
    pipeline = make_pipeline(model=classifier.network, tokenizer=classifier.tokenizer, device="cpu")

    def ask_pipeline() -> None:
        pipeline(
            list(texts),
            batch_size=PIPELINE_BATCH,
            top_k=None,
            truncation=True,
            max_length=classifier.max_tokens,
        )

    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        with quietly():
            torch_s, onnx_s = _best(rounds, ask_pipeline, lambda: served.probabilities(texts))
    finally:
        torch.set_num_threads(before)
    return Speed(
        texts=len(texts),
        threads=threads,
        torch_messages_per_second=round(len(texts) / torch_s, 1),
        onnx_messages_per_second=round(len(texts) / onnx_s, 1),
        ratio=round(torch_s / onnx_s, 2),
    )


def torch_probabilities(classifier: Classifier, manifest: Manifest, texts: Sequence[str]) -> Floats:
    """``[texts, classes]`` of the network itself, one text a run."""
    import torch

    logits = []
    with torch.inference_mode():
        for text in texts:
            tokens = classifier.tokenizer(
                text, truncation=True, max_length=classifier.max_tokens, return_tensors="pt"
            )
            logits.append(classifier.network(**tokens).logits[0].double().numpy())
    return probabilities(
        np.array(logits), manifest.labels, manifest.task, are_exclusive=classifier.are_exclusive
    )


def _most_likely(answers: Floats) -> NDArray[np.int64]:
    if answers.shape[1] == 1:
        return (answers[:, 0] >= 0.5).astype(np.int64)  # noqa: PLR2004 - the even chance
    return np.asarray(answers.argmax(axis=1), np.int64)


def _best(rounds: int, *works: Callable[[], object]) -> list[float]:
    """Seconds of each work's fastest round, after one that warms up."""
    seconds = [[_timed(work) for work in works] for _ in range(rounds + 1)]
    return [min(each) for each in zip(*seconds[1:], strict=True)]


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
