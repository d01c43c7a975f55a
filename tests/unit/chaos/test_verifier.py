"""The verifier is told of one fault at a time, and finds it."""

from dataclasses import replace

import pytest

from chaos.verifier import STAMP, Verdict, verify
from stores.kafka.batch import Record

COUNT, PARTITIONS = 30, 3
COMMITTED = dict.fromkeys(range(PARTITIONS), COUNT // PARTITIONS)


def record(topic: str, number: int, offset: int | None = None) -> Record:
    return Record(
        topic=topic,
        partition=number % PARTITIONS,
        offset=number // PARTITIONS if offset is None else offset,
        timestamp_ms=0,
        key=None,
        value=b"v",
        headers=[("other", b"x"), (STAMP, str(number).encode())],
    )


RAW = [record("raw", number) for number in range(COUNT)]


def outcomes() -> list[Record]:
    """Every fifth is a dead letter; offsets have gaps where transactions ended."""
    return [
        record("invalid" if number % 5 == 0 else "processed", number, offset=2 * number)
        for number in range(COUNT)
    ]


def wrong(verdict: Verdict) -> dict[str, list[str]]:
    kinds = ("lost", "duplicated", "reordered", "early", "unknown")
    return {kind: getattr(verdict, kind) for kind in kinds if getattr(verdict, kind)}


def test_all_once_and_in_order_is_clean() -> None:
    verdict = verify(RAW, outcomes(), COMMITTED)

    assert verdict.is_clean
    assert verdict.line() == "messages=30 lost=0 duplicated=0 reordered=0 early=0 unknown=0"


def test_one_that_never_came_out_is_lost() -> None:
    came = [each for each in outcomes() if each.headers[-1][1] != b"7"]

    assert wrong(verify(RAW, came, COMMITTED)) == {"lost": ["7"]}


def test_one_that_the_group_has_not_reached_is_not_lost_and_must_not_be_out() -> None:
    committed = COMMITTED | {2: 9}  # number 29 is the last of partition 2
    came = [each for each in outcomes() if each.headers[-1][1] != b"29"]

    assert wrong(verify(RAW, came, committed)) == {}
    assert wrong(verify(RAW, outcomes(), committed)) == {"early": ["29"]}


def test_one_that_came_out_again_is_a_duplicate() -> None:
    came = outcomes()

    assert wrong(verify(RAW, [*came, came[-1]], COMMITTED)) == {"duplicated": ["29"]}


def test_a_processed_message_that_is_a_dead_letter_too_is_a_duplicate() -> None:
    came = [*outcomes(), record("invalid", 29)]

    assert wrong(verify(RAW, came, COMMITTED)) == {"duplicated": ["29"]}


def test_one_behind_a_later_one_of_its_partition_is_reordered() -> None:
    came = outcomes()
    came[1], came[4] = came[4], came[1]

    assert wrong(verify(RAW, came, COMMITTED)) == {"reordered": ["1"]}


def test_one_in_another_partition_is_reordered() -> None:
    came = outcomes()
    came[3] = replace(came[3], partition=1)

    assert wrong(verify(RAW, came, COMMITTED)) == {"reordered": ["3"]}


def test_one_that_nobody_sent_is_unknown() -> None:
    assert wrong(verify(RAW, [*outcomes(), record("processed", 99)], COMMITTED)) == {
        "unknown": ["99"]
    }


def test_records_must_be_stamped_and_raw_stamps_be_unique() -> None:
    with pytest.raises(ValueError, match="two raw records are stamped 3"):
        verify([*RAW, RAW[3]], [], COMMITTED)
    with pytest.raises(ValueError, match=r"processed\[0\] offset 4 has no stamp"):
        verify(RAW, [replace(record("processed", 0, offset=4), headers=[])], COMMITTED)
