"""The aggregate half's steps on a real SQLite history, without the engine."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.messages import ProcessedMessage
from dataflows.metrics import LATE_MESSAGES
from dataflows.steps.clock import MessageClock
from dataflows.steps.fold import SHARDS, FoldWindows
from dataflows.steps.windows import WindowsLogic
from stores.kafka.batch import Record
from tests.support.half import LATENESS, LENGTH, Half
from tests.support.messages import NOON, analysis, processed


@pytest.fixture
def half(tmp_path: Path) -> Iterator[Half]:
    half = Half(tmp_path / "history.sqlite")
    yield half
    half.history.close()


def test_an_open_window_is_shown_and_revised(half: Half) -> None:
    half.bring(processed("a"), processed("b", city="Berlin"))
    half.pass_time()
    assert half.overall()[NOON].message_count == 2
    assert not half.overall()[NOON].final
    half.bring(processed("c"))
    half.pass_time()
    assert half.overall()[NOON].message_count == 3
    assert half.overall()[NOON].revision == 2
    assert {a.dimension for a in half.shown} == {"overall", "platform", "geo"}
    half.assert_exact()


def test_a_window_is_final_when_message_time_has_passed_it(half: Half) -> None:
    half.bring(processed("a"))
    half.bring(processed("b", NOON + LENGTH + LATENESS))
    half.pass_time()
    assert half.overall()[NOON].final
    assert not half.overall()[NOON + LENGTH + LATENESS].final


def test_a_window_is_final_in_a_process_that_reads_no_partition_itself(half: Half) -> None:
    half.fold = FoldWindows(LENGTH, LATENESS, 0.5, MessageClock(60, lambda: half.seconds))
    half.bring(processed("a"))
    half.bring(processed("b", NOON + 3 * SHARDS * LENGTH))  # the same shard's
    half.pass_time()
    assert half.overall()[NOON].final
    half.snapshot()
    assert [len(state) for state in half.snapshots.values()] == [1]


def test_a_message_after_the_end_revises_the_final_window(half: Half) -> None:
    half.bring(processed("a"))
    half.bring(processed("b", NOON + timedelta(hours=2)))
    half.pass_time()
    before = half.overall()[NOON]
    half.bring(processed("late"))
    half.pass_time()
    after = half.overall()[NOON]
    assert (before.message_count, after.message_count) == (1, 2)
    assert after.revision > before.revision
    half.assert_exact()


def late_messages() -> float:
    return float(LATE_MESSAGES._value.get())


@pytest.mark.parametrize("order", [*permutations(range(3))])
def test_what_waited_for_ten_minutes_is_not_late_in_whatever_order_partitions_catch_up(
    half: Half, order: tuple[int, ...]
) -> None:
    minutes = [NOON + n * LENGTH for n in range(20)]

    def messages(partition: int, of: list[datetime]) -> list[ProcessedMessage]:
        return [processed(f"{partition}-{time}", time) for time in of]

    before = late_messages()
    for partition in range(3):
        half.bring(*messages(partition, minutes[:10]), partition=partition)
    half.pass_time(600)
    half.start()
    for partition in order:
        half.bring(*messages(partition, minutes[10:]), partition=partition)
    half.pass_time()
    assert late_messages() == before
    assert [window.message_count for window in half.overall().values()] == [3] * 20
    half.assert_exact()


def test_what_comes_after_its_window_was_final_is_counted_as_late(half: Half) -> None:
    before = late_messages()
    half.bring(processed("a", NOON + LENGTH + LATENESS))
    half.bring(processed("b"), processed("c", NOON + LENGTH))
    assert late_messages() == before + 1


def test_a_repeated_id_is_counted_once(half: Half) -> None:
    half.bring(processed("a"), processed("a"))
    half.pass_time()
    half.bring(processed("a"))
    half.pass_time()
    assert half.overall()[NOON].message_count == 1


def test_an_edit_moves_a_message_to_its_new_window_and_keys(half: Half) -> None:
    half.bring(processed("a", city="Berlin"), processed("b"))
    half.pass_time()
    half.bring(processed("a", NOON + LENGTH, city="London"))
    half.pass_time()
    assert half.overall()[NOON].message_count == 1
    assert half.overall()[NOON + LENGTH].message_count == 1
    geo = half.history.search_aggregates("geo", "Berlin", None, None, 10)
    assert [aggregate.message_count for aggregate in geo] == [0]
    half.assert_exact()


def test_a_deletion_takes_the_message_out_of_its_window(half: Half) -> None:
    half.bring(processed("a"), processed("b", said=analysis(churn_risk=0.9)))
    half.pass_time()
    half.bring_records([half.record(None, "b")])
    half.pass_time()
    assert half.overall()[NOON].message_count == 1
    assert half.overall()[NOON].high_churn_count == 0
    assert half.history.count_messages() == 1


def test_a_replay_after_a_crash_counts_nothing_twice(half: Half) -> None:
    half.bring(processed("a"))
    half.pass_time()
    half.snapshot()
    replayed = [half.record(processed(key), key) for key in ("b", "c")]
    half.bring_records(replayed)
    half.pass_time()
    revision = half.overall()[NOON].revision
    half.start()
    half.bring_records(replayed)
    half.bring(processed("d"))
    half.pass_time()
    assert half.overall()[NOON].message_count == 4
    assert half.overall()[NOON].revision > revision
    half.assert_exact()


def test_a_crash_before_a_window_was_written_loses_nothing(half: Half) -> None:
    half.bring(processed("a"))
    half.snapshot()
    half.start()
    half.pass_time()
    assert half.overall()[NOON].message_count == 1


def test_a_start_recounts_only_windows_that_have_something_new(half: Half) -> None:
    half.bring(processed("a"), processed("b", NOON + LENGTH))
    half.pass_time()
    half.snapshot()
    half.start()
    half.bring(processed("c", NOON + LENGTH))
    half.pass_time()
    revisions = {start: aggregate.revision for start, aggregate in half.overall().items()}
    assert revisions == {NOON: 1, NOON + LENGTH: 2}
    half.bring(processed("d", NOON + LENGTH + LATENESS))
    half.pass_time()
    assert half.overall()[NOON].final
    half.assert_exact()


def test_a_crash_while_a_window_is_written_loses_nothing(half: Half) -> None:
    half.thread.is_held = True
    half.bring(processed("a"))
    half.pass_time()
    half.snapshot()
    half.thread.held.clear()
    half.thread.is_held = False
    half.start()
    half.pass_time()
    assert half.overall()[NOON].message_count == 1


def test_without_a_snapshot_a_replay_from_the_start_counts_exactly(half: Half) -> None:
    records = [half.record(processed(key), key) for key in "abc"]
    half.bring_records(records)
    half.pass_time()
    half.snapshots = {}
    half.start()
    half.bring(processed("d"))
    half.bring_records(records)
    half.pass_time()
    assert half.overall()[NOON].message_count == 4
    half.assert_exact()


def test_state_holds_only_open_windows(half: Half) -> None:
    for hour in range(200):
        half.bring(processed(f"m{hour}", NOON + timedelta(hours=hour)))
    half.pass_time()
    half.snapshot()
    assert sum(len(windows) for windows in half.snapshots.values()) == 1


@pytest.mark.parametrize("is_final", [False, True])
def test_a_deletion_replayed_after_a_crash_still_takes_its_message_out(
    half: Half, is_final: bool
) -> None:
    half.bring(processed("a"), processed("b"))
    if is_final:
        half.bring(processed("z", NOON + LENGTH + LATENESS))
    half.pass_time()
    half.snapshot()
    deletion = [half.record(None, "b")]
    half.bring_records(deletion)
    half.start()
    half.bring_records(deletion)
    half.pass_time()
    assert half.overall()[NOON].message_count == 1
    half.assert_exact()
    assert half.history.pending_marks() == []


def test_an_edit_to_another_window_replayed_after_a_crash_leaves_the_old_one(half: Half) -> None:
    half.bring(processed("a"), processed("b"))
    half.pass_time()
    half.snapshot()
    edit = [half.record(processed("a", NOON + LENGTH), "a")]
    half.bring_records(edit)
    half.start()
    half.bring_records(edit)
    half.pass_time()
    counts = {start: aggregate.message_count for start, aggregate in half.overall().items()}
    assert counts == {NOON: 1, NOON + LENGTH: 1}
    assert half.history.pending_marks() == []


steps = st.lists(
    st.tuples(
        st.sampled_from(["bring", "delete", "pass", "snapshot", "crash"]),
        st.integers(0, 9),
        st.integers(0, 3),
        st.sampled_from(["Berlin", "London", None]),
    ),
    max_size=25,
)


@given(steps=steps)
@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_happens_windows_end_as_their_stored_messages_say(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, int, str | None]]
) -> None:
    half = Half(tmp_path_factory.mktemp("half") / "history.sqlite")
    since_snapshot: list[Record] = []
    for what, number, hours, city in steps:
        key = f"m{number}"
        match what:
            case "bring" | "delete":
                message = processed(key, NOON + timedelta(hours=hours), city=city)
                record = half.record(message if what == "bring" else None, key)
                since_snapshot.append(record)
                half.bring_records([record])
            case "pass":
                half.pass_time()
            case "snapshot":
                half.snapshot()
                since_snapshot = []
            case _:
                half.start()
                for record in since_snapshot:
                    half.bring_records([record])
    half.pass_time()
    half.pass_time()
    half.assert_exact()
    total = sum(aggregate.message_count for aggregate in half.overall().values())
    assert total == half.history.count_messages()
    half.history.close()


def test_the_logic_asks_to_be_woken_only_while_windows_are_open(half: Half) -> None:
    half.bring(processed("a"))
    (logic,) = half.shards.values()
    assert isinstance(logic, WindowsLogic)
    assert logic.notify_at() is not None
    half.bring(processed("b", NOON + timedelta(hours=1)))
    half.pass_time()
    assert len(half.shards) == 1


def test_what_comes_while_a_window_is_written_is_in_its_next_revision(half: Half) -> None:
    half.thread.is_held = True
    half.bring(processed("a"))
    half.pass_time()
    half.bring(processed("b"))
    half.pass_time()
    half.snapshot()
    assert half.overall() == {}
    half.thread.do_all()
    half.thread.is_held = False
    half.pass_time()
    assert (half.overall()[NOON].message_count, half.overall()[NOON].revision) == (2, 2)
    half.assert_exact()


def test_a_window_that_is_being_written_is_still_in_the_snapshot(half: Half) -> None:
    half.bring(processed("a"))
    half.pass_time()
    half.bring(processed("far", NOON + timedelta(days=1)))
    half.thread.is_held = True
    half.pass_time()
    half.snapshot()
    assert NOON in set().union(*half.snapshots.values())
    half.thread.do_all()
    half.pass_time()
    half.snapshot()
    assert NOON not in set().union(*half.snapshots.values())
    assert half.overall()[NOON].final


def test_a_late_message_while_the_final_revision_is_written_makes_another(half: Half) -> None:
    half.bring(processed("a"))
    half.bring(processed("far", NOON + timedelta(days=1)))
    half.thread.is_held = True
    half.pass_time()
    half.bring(processed("late"))
    half.thread.do_all()
    half.thread.is_held = False
    half.pass_time()
    assert half.overall()[NOON].message_count == 2
    assert half.overall()[NOON].final
    half.assert_exact()
