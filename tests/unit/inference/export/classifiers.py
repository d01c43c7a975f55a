"""Small classifiers of real architectures: random weights, tokenizers trained on the spot.

Weights are larger than a fresh model's, so that answers differ from text to text.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
import transformers
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

from inference.export.quiet import quietly
from inference.export.texts import posts

VOCABULARY = 400
POSITIONS = 64
WIDTH = 32
SPREAD = 0.25
SPECIAL = {
    "pad_token": "[PAD]",
    "unk_token": "[UNK]",
    "cls_token": "[CLS]",
    "sep_token": "[SEP]",
    "mask_token": "[MASK]",
}


def save_roberta(folder: Path, labels: Sequence[str], **config: Any) -> Path:
    """As cardiffnlp's are kept: vocab.json and merges.txt, no limit of length named anywhere."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(posts(), trainer)
    options = transformers.RobertaConfig(
        **_bert_like(tokenizer, labels, layers=2),
        # Positions start after the number of the padding.
        max_position_embeddings=POSITIONS + 2,
        type_vocab_size=1,
        pad_token_id=1,
        bos_token_id=0,
        eos_token_id=2,
        **config,
    )
    _save(transformers.RobertaForSequenceClassification, options, folder)
    tokenizer.model.save(str(folder))
    return folder


def save_bert(folder: Path, labels: Sequence[str], **config: Any) -> Path:
    """With a second input that says which sentence a token belongs to."""
    tokenizer = _wordpieces()
    options = transformers.BertConfig(
        **_bert_like(tokenizer, labels, layers=1), max_position_embeddings=POSITIONS, **config
    )
    _save(transformers.BertForSequenceClassification, options, folder)
    return _save_tokenizer("BertTokenizer", tokenizer, folder)


def save_distilbert(folder: Path, labels: Sequence[str], **config: Any) -> Path:
    """Named parts of its own."""
    tokenizer = _wordpieces()
    options = transformers.DistilBertConfig(
        vocab_size=tokenizer.get_vocab_size(),
        dim=WIDTH,
        n_layers=1,
        n_heads=2,
        hidden_dim=2 * WIDTH,
        max_position_embeddings=POSITIONS,
        initializer_range=SPREAD,
        id2label=dict(enumerate(labels)),
        **config,
    )
    _save(transformers.DistilBertForSequenceClassification, options, folder)
    return _save_tokenizer("DistilBertTokenizer", tokenizer, folder)


def _bert_like(tokenizer: Tokenizer, labels: Sequence[str], layers: int) -> dict[str, Any]:
    return {
        "vocab_size": tokenizer.get_vocab_size(),
        "hidden_size": WIDTH,
        "num_hidden_layers": layers,
        "num_attention_heads": 2,
        "intermediate_size": 2 * WIDTH,
        "initializer_range": SPREAD,
        "id2label": dict(enumerate(labels)),
    }


def _wordpieces() -> Tokenizer:
    tokenizer = Tokenizer(models.WordPiece(unk_token=SPECIAL["unk_token"]))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(
        vocab_size=VOCABULARY,
        special_tokens=list(SPECIAL.values()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(posts(), trainer)
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return tokenizer


def _save(kind: Any, config: Any, folder: Path) -> None:
    torch.manual_seed(7)
    with quietly(), torch.no_grad():
        network = kind(config)
        # A fresh model's biases are all zero, which would hide what goes wrong with them.
        for each in network.parameters():
            each.add_(0.1 * torch.randn(each.shape))
        network.save_pretrained(folder)


def _save_tokenizer(kind: str, tokenizer: Tokenizer, folder: Path) -> Path:
    make: Any = transformers.PreTrainedTokenizerFast
    saved = make(tokenizer_object=tokenizer, model_max_length=48, **SPECIAL)
    with quietly():
        saved.save_pretrained(folder)
    config = folder / "tokenizer_config.json"
    content = config.read_text().replace("PreTrainedTokenizerFast", kind)
    config.write_text(content.replace("TokenizersBackend", kind))
    return folder
