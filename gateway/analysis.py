"""Analysis on request, in a bounded pool beside the event loop."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from fastapi import HTTPException

from contracts.errors import InputError
from contracts.messages import TEXT_MAX_CHARS
from gateway.answers import Analyses
from inference.analyzer import Explainer

TEXTS_MAX = 100
EXPLAINED_MAX = 10  # each word of each text is one more text to score
RETRY_AFTER_S = 1


class AnalysisPool:
    """One worker thread and a bounded number of requests waiting for it."""

    def __init__(self, analyzer: Explainer, places: int) -> None:
        """:param places: requests running or waiting before 429 is answered."""
        self._analyzer = analyzer
        self._free = places
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="analyze")

    async def analyze(self, texts: list[str], *, explain: bool = False) -> Analyses:
        """One analysis a text, and on request which words drove each sentiment.

        :raises InputError: too many or too few texts, or one that cannot be analysed.
        :raises HTTPException: 429, the pool is full.
        """
        _check(texts, EXPLAINED_MAX if explain else TEXTS_MAX)
        if self._free == 0:
            raise HTTPException(
                429, "the analyze queue is full", headers={"Retry-After": str(RETRY_AFTER_S)}
            )
        self._free -= 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._executor, self._answer, texts, explain)
        finally:
            self._free += 1

    def _answer(self, texts: list[str], explain: bool) -> Analyses:
        analyses = self._analyzer.analyze(texts)
        if not explain:
            return Analyses(analyses=analyses)
        pairs = zip(texts, analyses, strict=True)
        return Analyses(
            analyses=analyses, explanations=[self._analyzer.explain(*pair) for pair in pairs]
        )

    def close(self) -> None:
        """Finish what runs and stop."""
        self._executor.shutdown(cancel_futures=True)


def _check(texts: list[str], most: int) -> None:
    if not 1 <= len(texts) <= most:
        raise InputError(f"texts has {len(texts)} entries", f"send 1 to {most}")
    for number, text in enumerate(texts):
        if not text.strip():
            raise InputError(f"texts[{number}] is empty", "send texts with something to read")
        if len(text) > TEXT_MAX_CHARS:
            raise InputError(
                f"texts[{number}] has {len(text)} characters", f"send at most {TEXT_MAX_CHARS}"
            )
