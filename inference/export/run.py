"""From a classifier to the folder that is served, in one go."""

import platform
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, get_args

import msgspec

from contracts.errors import InputError
from inference.export.graph import export_graph
from inference.export.labels import classes_of, match
from inference.export.manifest import (
    GRAPH,
    MANIFEST,
    TOKENIZER,
    Manifest,
    Precision,
    checksum,
    version_of,
)
from inference.export.parity import compare, measure_speed, refuse_beyond_limit
from inference.export.precision import after_export, before_export
from inference.export.served import ExportedModel, load_tokenizer
from inference.export.source import Classifier, load_classifier
from inference.export.texts import posts, varied
from inference.providers import open_session

NAME_MAX_CHARS = 128
LIBRARIES = ("torch", "transformers", "tokenizers", "onnx", "onnxscript")

Say = Callable[[str], None]


def run(
    model: str,
    task: str,
    folder: Path,
    *,
    precision: Precision,
    labels: Mapping[str, str] | None,
    force: bool,
    say: Say,
) -> Manifest:
    """Export a classifier, compare it with PyTorch, write it; what its manifest says.

    The folder is made, or an earlier export in it replaced; nothing is written to it before all
    else has succeeded.

    :param model: a local folder or a hub name.
    :param task: ``sentiment``, ``emotion`` or ``toxicity``.
    :param labels: what labels of the model stand for, where their spelling does not tell.
    :param force: export even what differs from PyTorch by more than its limit.
    :param say: told what is being done, a line at a time.
    :raises InputError: the model cannot be loaded or exported, its labels are not understood, it
        differs too much, or the folder cannot be written to or holds something else.
    """
    import torch

    classes_of(task)
    if precision not in get_args(Precision):
        raise InputError(
            f"there is no precision {precision!r}",
            f"use --precision {'|'.join(get_args(Precision))}",
        )
    _check_folder(folder)
    say(f"loading {model}")
    classifier = load_classifier(model)
    meanings = match(
        classifier.outputs,
        task,
        labels,
        model=classifier.source.model,
        are_exclusive=classifier.are_exclusive,
    )
    say(f"labels: {', '.join(f'{output} = {meaning}' for output, meaning in meanings.items())}")
    with _written_together(folder) as draft:
        say(f"exporting {classifier.source.architecture} in {precision}")
        _write_files(classifier, precision, draft)
        manifest = _describe(classifier, task, precision, meanings, draft)
        threads = torch.get_num_threads()
        served = ExportedModel(
            manifest,
            open_session(draft / GRAPH, provider="cpu", threads=threads),
            load_tokenizer(draft / TOKENIZER),
        )
        parity = compare(classifier, served, varied())
        say(
            f"differs from PyTorch by at most {parity.largest_difference:.1e} in a probability"
            f" ({parity.texts} texts, limit {parity.limit:g})"
        )
        refuse_beyond_limit(parity, precision, force=force)
        speed = measure_speed(classifier, served, posts(), threads=threads)
        say(
            f"{speed.onnx_messages_per_second:,.0f} messages/s, {speed.ratio:.2f} times PyTorch's"
            f" {speed.torch_messages_per_second:,.0f} (threads: {speed.threads})"
        )
        manifest = msgspec.structs.replace(manifest, parity=parity, speed=speed)
        encoded = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
        (draft / MANIFEST).write_bytes(encoded + b"\n")
    say(f"wrote {manifest.name} {manifest.version} to {folder}")
    return manifest


def _write_files(classifier: Classifier, precision: Precision, draft: Path) -> None:
    from tokenizers import Tokenizer

    network = before_export(classifier.network, precision)
    graph = export_graph(network, classifier.inputs, classifier.max_tokens)
    graph = after_export(graph, precision)
    (draft / GRAPH).write_bytes(graph.SerializeToString(deterministic=True))
    # A copy: how long texts are cut and padded is decided where the model is served.
    fast: Any = classifier.tokenizer
    tokenizer = Tokenizer.from_str(fast.backend_tokenizer.to_str())
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.save(str(draft / TOKENIZER))


def _describe(
    classifier: Classifier,
    task: str,
    precision: Precision,
    meanings: dict[str, str],
    draft: Path,
) -> Manifest:
    import onnxruntime

    sha256 = {name: checksum(draft / name) for name in (GRAPH, TOKENIZER)}
    return Manifest(
        name=classifier.name[:NAME_MAX_CHARS],
        version=version_of(sha256, meanings),
        task=task,
        precision=precision,
        sha256=sha256,
        labels=meanings,
        labels_are_exclusive=classifier.are_exclusive,
        max_tokens=classifier.max_tokens,
        padding_id=classifier.padding_id,
        inputs=list(classifier.inputs),
        source=classifier.source,
        libraries={
            "python": platform.python_version(),
            # It goes by several names as a package.
            "onnxruntime": onnxruntime.__version__,
            **{library: version(library) for library in LIBRARIES},
        },
    )


def _check_folder(folder: Path) -> None:
    """Refuse a folder that holds something else than an earlier export."""
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MANIFEST).is_file():
        raise InputError(f"{folder} holds other files", "choose an empty or a new folder")


@contextmanager
def _written_together(folder: Path) -> Iterator[Path]:
    """A draft folder whose files go to ``folder`` when all has succeeded, the manifest last."""
    is_new = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".draft-", dir=folder) as draft:
            yield Path(draft)
            for name in (GRAPH, TOKENIZER, MANIFEST):
                (Path(draft) / name).replace(folder / name)
    except OSError as error:
        raise InputError(
            f"{folder} cannot be written to: {error.strerror}", "choose another folder"
        ) from None
    finally:
        if is_new:
            with suppress(OSError):
                folder.rmdir()  # where it stayed empty
