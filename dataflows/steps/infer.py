"""Analyse a batch's messages."""

import logging
from collections import Counter
from collections.abc import Callable
from datetime import datetime

import msgspec

from contracts.messages import Analysis, Invalid, InvalidReason, Message, ProcessedMessage
from dataflows.metrics import ANALYSED_MESSAGES, INVALID_MESSAGES
from dataflows.steps.validate import utc_now
from dataflows.steps.work import Outcome, Work
from inference.analyzer import Analyzer

logger = logging.getLogger(__name__)


class Infer:
    """Work with messages -> Work with processed messages.

    A text that the analyzer fails on is dead-lettered; the rest of its batch is not affected.
    """

    def __init__(self, analyzer: Analyzer, now: Callable[[], datetime] = utc_now) -> None:
        """:param now: the clock of ``processed_at``."""
        self._analyzer = analyzer
        self._now = now

    def __call__(self, work: Work) -> Work:
        """Analyse all messages of a batch together."""
        messages = [o for o in work.outcomes if isinstance(o, Message)]
        answers = iter(self._analyze(messages, work.batch.waiting))
        processed_at = self._now()

        def answered(message: Message) -> Outcome:
            answer = next(answers)
            if isinstance(answer, Invalid):
                return answer
            return _processed(message, answer, processed_at)

        outcomes = [answered(o) if isinstance(o, Message) else o for o in work.outcomes]
        return Work(work.batch, outcomes)

    def _analyze(self, messages: list[Message], waiting: int) -> list[Analysis | Invalid]:
        if not messages:
            return []
        try:
            texts = [message.text for message in messages]
            languages = [message.language for message in messages]
            analyses = self._analyzer.analyze(texts, languages, waiting=waiting)
        except Exception as error:
            logger.exception("analysing %d messages failed", len(messages))
            if len(messages) > 1:
                return [
                    answer for message in messages for answer in self._analyze([message], waiting)
                ]
            INVALID_MESSAGES.labels(InvalidReason.ANALYSIS_FAILED).inc()
            return [Invalid(reason=InvalidReason.ANALYSIS_FAILED, detail=str(error)[:500])]
        for tier, count in Counter(map(_tier, analyses)).items():
            ANALYSED_MESSAGES.labels(tier).inc(count)
        return list(analyses)


def _processed(message: Message, analysis: Analysis, processed_at: datetime) -> ProcessedMessage:
    fields = msgspec.structs.asdict(message)
    return ProcessedMessage(**fields, analysis=analysis, processed_at=processed_at)


def _tier(analysis: Analysis) -> str:
    return analysis.model.tier if analysis.language_supported else "none"
