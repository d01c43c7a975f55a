"""What a teacher says of many texts, shown as it reads them."""

from collections.abc import Sequence

import numpy as np

from inference.model import Probabilities, Tier
from inference.train.progress import steps

READ_AT_ONCE = 2000


def said(teacher: Tier, texts: Sequence[str], name: str) -> Probabilities:
    """The teacher's probabilities for normalised texts.

    :param name: of the texts.
    """
    parts = [
        list(texts[start : start + READ_AT_ONCE]) for start in range(0, len(texts), READ_AT_ONCE)
    ]
    answers = [
        teacher.score(part).in_one()
        for _, part in steps(parts, f"{teacher.manifest.name} reads {name}")
    ]
    return Probabilities.of(np.concatenate(answers))
