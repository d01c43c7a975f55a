"""Analysis on request, in a bounded pool beside the event loop."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from fastapi import HTTPException

from contracts.errors import InputError
from contracts.messages import TEXT_MAX_CHARS, Analysis
from inference.analyzer import Analyzer

TEXTS_MAX = 100
RETRY_AFTER_S = 1


class AnalysisPool:
    """One worker thread and a bounded number of requests waiting for it."""

    def __init__(self, analyzer: Analyzer, places: int) -> None:
        """:param places: requests running or waiting before 429 is answered."""
        self._analyzer = analyzer
        self._free = places
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="analyze")

    async def analyze(self, texts: list[str]) -> list[Analysis]:
        """One analysis a text.

        :raises InputError: too many or too few texts, or one that cannot be analysed.
        :raises HTTPException: 429, the pool is full.
        """
        _check(texts)
        if self._free == 0:
            raise HTTPException(
                429, "the analyze queue is full", headers={"Retry-After": str(RETRY_AFTER_S)}
            )
        self._free -= 1
        try:
            loop = asyncio.get_running_loop()
            return list(await loop.run_in_executor(self._executor, self._analyzer.analyze, texts))
        finally:
            self._free += 1

    def close(self) -> None:
        """Finish what runs and stop."""
        self._executor.shutdown(cancel_futures=True)


def _check(texts: list[str]) -> None:
    if not 1 <= len(texts) <= TEXTS_MAX:
        raise InputError(f"texts has {len(texts)} entries", f"send 1 to {TEXTS_MAX}")
    for number, text in enumerate(texts):
        if not text.strip():
            raise InputError(f"texts[{number}] is empty", "send texts with something to read")
        if len(text) > TEXT_MAX_CHARS:
            raise InputError(
                f"texts[{number}] has {len(text)} characters", f"send at most {TEXT_MAX_CHARS}"
            )
