"""Load on the processed topic, for the aggregate half alone; and what must come of it."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

from chaos.load import Load
from contracts import wire
from contracts.errors import ServerError
from contracts.settings import Settings
from local.account import Mark, account_since, wait_until_stored
from stores.history import History
from stores.open import open_history
from tests.support.messages import processed
from tests.support.waiting import wait_for

REPEAT_EVERY = 7
REPEATED_AFTER = 50
LATE_EVERY = 5
LATE = timedelta(seconds=20)
CITIES = ("Berlin", "London", None)


def load_on_processed(settings: Settings, rate: int) -> Load:
    """Messages of now; some are late, some come a second time at another time."""
    kafka = settings.kafka.model_copy(update={"raw": settings.kafka.processed})
    return Load(kafka, _record, rate)


def _record(number: int) -> tuple[bytes, bytes]:
    is_repeat = number % REPEAT_EVERY == 0 and number > REPEATED_AFTER
    message_id = f"test:{number - REPEATED_AFTER if is_repeat else number}"
    created_at = datetime.now(UTC) - (number % LATE_EVERY == 0) * LATE
    message = processed(message_id, created_at, city=CITIES[number % len(CITIES)])
    return message_id.encode(), wire.encode(message)


def assert_windows_exact(settings: Settings, seconds: float = 90) -> int:
    """Every message is stored once, every window is a recount of its messages; how many."""
    account = account_since(settings.kafka, Mark({}, {}, {}))
    history = open_history(settings)
    try:
        assert wait_until_stored(history, account, settings, seconds)
        assert history.count_messages() == len(account.kept)
    finally:
        history.close()
    return len(account.kept)


def wait_for_more(history: History, count: int) -> int:
    """Until so many more messages are stored."""
    before = stored(history)
    return wait_for(lambda: now if (now := stored(history)) >= before + count else 0)


def stored(history: History) -> int:
    """Messages there; none while the store is being made."""
    with suppress(ServerError):
        return history.count_messages()
    return 0
