"""Normalised texts as the accurate model reads them: BERT's word pieces (Devlin et al., 2019).

Lower-case, with ``[CLS]`` before and ``[SEP]`` after.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokenizers import Tokenizer

MAX_TOKENS = 128


def load_tokenizer(payload: bytes) -> "Tokenizer":
    """The tokenizer of a model's ``tokenizer.json``, set to cut at ``MAX_TOKENS``."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_buffer(payload)
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return tokenizer


def encode(tokenizer: "Tokenizer", texts: Sequence[str]) -> list[list[int]]:
    """The numbers of each text's word pieces, at least two and at most ``MAX_TOKENS``."""
    return [each.ids for each in tokenizer.encode_batch_fast(texts)]
