import warnings
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.timestamps import AmbiguousTimeError, UnreadableTimeError, parse_time


def from_micros(micros: int) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=micros)


NOON = datetime(2024, 3, 1, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "2024-03-01T12:30:00Z",
        "2024-03-01T13:30:00+01:00",
        "2024-03-01 12:30",
        "2024-03-01T12:30:00.000000",
        "20240301T123000Z",
        "20240301123000",
        "Fri, 01 Mar 2024 12:30:00 +0000",
        "Fri, 01 Mar 2024 12:30:00 GMT",
        "Fri Mar 01 12:30:00 +0000 2024",
        "Fri Mar 1 12:30:00 2024",
        "March 1, 2024 12:30 PM",
        "1 Mar 2024 12:30 UTC",
        "1709296200",
        "1709296200.0",
        "1709296200000",
        "1709296200000000",
        "1709296200000000000",
        1709296200,
        1709296200.0,
        1709296200000,
        "  2024-03-01 12:30  ",
        "2024/03/01 12:30",
    ],
)
def test_common_ways_to_write_a_time_mean_the_same(written: str | float) -> None:
    assert parse_time(written) == NOON
    assert parse_time(written).tzinfo is UTC


@pytest.mark.parametrize("written", ["2018-10-10", "20181010", "10 October 2018"])
def test_a_date_alone_is_its_midnight(written: str) -> None:
    assert parse_time(written) == datetime(2018, 10, 10, tzinfo=UTC)


def test_a_time_without_an_offset_is_in_the_given_zone() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    assert parse_time("2024-07-01 12:30", berlin) == datetime(2024, 7, 1, 10, 30, tzinfo=UTC)
    assert parse_time("2024-07-01 12:30Z", berlin) == datetime(2024, 7, 1, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize("written", ["01/03/2024", "13/03/2024", "1.3.2024 12:30", "01-03-24"])
def test_a_short_date_is_refused_until_its_order_is_given(written: str) -> None:
    with pytest.raises(AmbiguousTimeError, match="day first or month first"):
        parse_time(written)


def test_the_given_order_decides_what_a_short_date_means() -> None:
    assert parse_time("01/03/2024 12:30", date_order="day") == NOON
    assert parse_time("03/01/2024 12:30 PM", date_order="month") == NOON
    assert parse_time("01.03.24 12:30", date_order="day") == NOON
    assert parse_time("01/03/1999", date_order="day") == parse_time("01/03/99", date_order="day")


def test_day_and_month_are_never_swapped_to_make_a_date_fit() -> None:
    with pytest.raises(UnreadableTimeError):
        parse_time("03/13/2024", date_order="day")
    with pytest.raises(UnreadableTimeError):
        parse_time("Fri 13/03/2024 1:30 PM", date_order="month")


@pytest.mark.parametrize(
    "written",
    [
        *("", " ", "yesterday", "12:30", "March 2024", "2024", "12", "99999999999999999999"),
        *("2024-02-30", "2024-03-01 12:30 XYZ", "neutral", "x" * 300, True, "nan", "2024-13-01"),
    ],
)
def test_what_is_no_complete_time_is_refused(written: str | float) -> None:
    with pytest.raises(UnreadableTimeError):
        parse_time(written)


@given(st.text(max_size=70) | st.floats() | st.integers())
def test_any_value_is_a_time_or_refused(written: str | float) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with suppress(UnreadableTimeError):
            assert parse_time(written).tzinfo is UTC


@given(st.integers(10**9 * 10**6, 4 * 10**9 * 10**6).map(from_micros))
def test_written_times_come_back(moment: datetime) -> None:
    assert parse_time(moment.isoformat()) == moment
    whole = moment.replace(microsecond=0)
    assert parse_time(whole.strftime("%a %b %d %H:%M:%S %z %Y")) == whole
    assert parse_time(whole.strftime("%a, %d %b %Y %H:%M:%S %z")) == whole
    assert parse_time(int(whole.timestamp() * 1000)) == whole
