"""Tell listeners what just happened: erased and new messages (a sample) and churn alerts."""

import time
from collections.abc import Callable, Sequence

from contracts.alerts import churn_alert
from contracts.messages import Erased
from dataflows.steps.show import Announcement
from dataflows.steps.store import Stored


class Announce:
    """Stored -> announcements. What is not announced is in the counts all the same."""

    def __init__(
        self,
        high_churn_threshold: float,
        messages_per_second: int,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """:param messages_per_second: most messages announced; alerts have the same bound."""
        self._threshold = high_churn_threshold
        self._rate = messages_per_second
        self._monotonic = monotonic
        self._second = 0
        self._left = {"messages": 0, "alerts": 0}

    def __call__(self, stored: Stored) -> list[Announcement]:
        """Announce all that was erased, the newest of a batch's new messages, and its alerts."""
        second = int(self._monotonic())
        if second != self._second:
            self._second = second
            self._left = {"messages": self._rate, "alerts": self._rate}
        alerts = [
            churn_alert(message)
            for message in stored.new
            if message.analysis.churn_risk >= self._threshold
        ]
        return [
            *(Erased(message_id=each) for each in stored.erased),
            *self._within("messages", stored.new),
            *self._within("alerts", alerts),
        ]

    def _within(self, kind: str, announcements: Sequence[Announcement]) -> Sequence[Announcement]:
        left = self._left[kind]
        chosen = announcements[-left:] if left else []
        self._left[kind] -= len(chosen)
        return chosen
