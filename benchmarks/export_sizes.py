"""How close an export comes to PyTorch, and how fast it is, at the sizes that people use.

``python -m benchmarks.export_sizes [fp32] [fp16] [int8]`` exports classifiers with the shapes of
RoBERTa-base and DistilRoBERTa and random weights: nothing is downloaded, and neither figure depends
on what a network has learned. Needs the extra ``train``, 4 GB of memory and 1 GB of disk.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, get_args

from contracts.errors import one_line_errors
from contracts.messages import EMOTIONS, SENTIMENT_LABELS
from inference.export.manifest import GRAPH, Precision
from inference.export.quiet import quietly
from inference.export.run import run
from inference.export.texts import posts

LAYERS = {"roberta-base": 12, "distilroberta-base": 6}
TASKS = {"roberta-base": "sentiment", "distilroberta-base": "emotion"}
CLASSES = {"sentiment": SENTIMENT_LABELS, "emotion": EMOTIONS}
VOCABULARY = 50_265
SPECIAL = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]


def main(arguments: list[str]) -> int:
    """Export both sizes in the given precisions, fp32 without any; print their figures."""
    wanted: list[Precision] = [each for each in get_args(Precision) if each in arguments]
    with one_line_errors(), TemporaryDirectory() as folder:
        for size, layers in LAYERS.items():
            model = _save(Path(folder) / size, layers, CLASSES[TASKS[size]])
            for precision in wanted or ["fp32"]:
                target = Path(folder) / "exported"
                run(
                    str(model),
                    TASKS[size],
                    target,
                    precision=precision,
                    labels=None,
                    force=True,
                    say=lambda line: print(f"  {line}", flush=True),
                )
                megabytes = (target / GRAPH).stat().st_size / 1e6
                print(f"{size} in {precision}: {megabytes:.0f} MB", flush=True)
    return 0


def _save(folder: Path, layers: int, labels: tuple[str, ...]) -> Path:
    """A classifier of RoBERTa's widths. Its tokenizer knows the benchmark's words only."""
    import torch
    import transformers
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel()
    trainer = trainers.BpeTrainer(
        special_tokens=SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(posts(), trainer)
    config = transformers.RobertaConfig(
        vocab_size=VOCABULARY,
        num_hidden_layers=layers,
        max_position_embeddings=514,
        type_vocab_size=1,
        pad_token_id=1,
        bos_token_id=0,
        eos_token_id=2,
        id2label=dict(enumerate(labels)),
    )
    torch.manual_seed(7)
    make: Any = transformers.RobertaForSequenceClassification
    with quietly(), torch.no_grad():
        network = make(config)
        # A fresh model's biases are all zero, which would be left out of the graph.
        for name, each in network.named_parameters():
            if name.endswith("bias"):
                each.normal_(0, 0.02)
        network.save_pretrained(folder)
    tokenizer.model.save(str(folder))
    return folder


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
