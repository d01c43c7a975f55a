"""How many texts a second one core analyses, by batch size.

Time is the processor's, not the clock's, so that other work on the machine counts little.
"""

import time
from collections.abc import Iterator
from typing import NamedTuple

from inference.analyzer import Analyzer

BATCH_SIZES = (1, 4, 16, 64, 256)
SECONDS_PER_SIZE = 1.0
# Texts of the length of posts, each numbered so that no two of a batch are scored as one.
_POSTS = (
    "@acme my internet has been down for {} days and nobody picks up the phone, this is ridiculous",
    "Just got my new phone from you, delivered in {} hours. So happy with it!! \U0001f60d #love",
    "Anyone watching the game tonight? Section {} with the whole family http://example.org/game",
    "after {} years with you I am done, switching to another provider at the end of the month",
    "Does the {} GB plan include calls to Canada, or do I have to pay for them separately?",
)


class Speed(NamedTuple):
    """Texts analysed in a second of processor time, in batches of one size."""

    batch_size: int
    texts_per_second: float


def measure(analyzer: Analyzer, seconds: float = SECONDS_PER_SIZE) -> Iterator[Speed]:
    """The speed at each batch size, each measured for so many seconds after a warm-up."""
    for size in BATCH_SIZES:
        batches = [
            [_POSTS[n % len(_POSTS)].format(n) for n in range(start, start + size)]
            for start in range(0, 10 * size, size)
        ]
        for batch in batches:
            analyzer.analyze(batch)
        rounds = 0
        start_time = time.process_time()
        while (elapsed := time.process_time() - start_time) < seconds:
            analyzer.analyze(batches[rounds % len(batches)])
            rounds += 1
        yield Speed(size, rounds * size / elapsed)
