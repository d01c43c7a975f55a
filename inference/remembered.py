"""Answers remembered: what is posted again in the same words is not scored again."""

from itertools import islice

import numpy as np

from inference.model import Floats, Manifest, Probabilities, Tier


class Remembered:
    """A tier that scores no text twice while it is among the last ``places`` asked for.

    Which texts it remembers changes how long an answer takes, never the answer.
    """

    def __init__(self, tier: Tier, places: int) -> None:
        """:param places: texts to remember; 0 for none."""
        self.manifest: Manifest = tier.manifest
        self._tier = tier
        self._places = places
        self._known: dict[str, Floats] = {}

    def score(self, texts: list[str]) -> Probabilities:
        """See :meth:`Tier.score`."""
        if not texts:
            return self._tier.score([])
        known = self._known
        if new := [text for text in dict.fromkeys(texts) if text not in known]:
            known.update(zip(new, self._tier.score(new).in_one(), strict=True))
        rows = []
        for text in texts:
            # Taken out and put back, a text is the newest: a dict keeps this order.
            row = known[text] = known.pop(text)
            rows.append(row)
        for forgotten in list(islice(known, max(0, len(known) - self._places))):
            del known[forgotten]
        return Probabilities.of(np.stack(rows))
