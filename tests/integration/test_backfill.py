"""Old messages beside live ones, as ``python -m chaos backfill`` brings them."""

from pathlib import Path

from chaos.backfill import backfill

OLD = 4000


def test_a_backfill_beside_live_traffic_is_exact_and_every_old_message_is_counted_as_late(
    tmp_path: Path,
) -> None:
    outcome = backfill(tmp_path, OLD)
    assert outcome.line() == (
        f"messages={outcome.messages} windows={outcome.windows} late={OLD} of {OLD}"
        " unstored=0 differing=0 complete=True"
    )
    assert outcome.is_clean
    assert outcome.messages > OLD
