"""The real tweets with made-up times over a month: the same windows in any order of arrival."""

import csv
import gzip
from pathlib import Path

import pytest

from local.replay import replay
from tests.conftest import SHARED_DATA, MakePlatform
from tests.support.months import ORDERS, write_month
from tests.support.windows import Windows, plain_counts, stored_windows

TWEETS = SHARED_DATA / "sentiment" / "val.tsv.gz"


@pytest.fixture(scope="module")
def seen() -> dict[str, Windows]:
    """The windows that each order ended in."""
    return {}


@pytest.mark.shared_data
@pytest.mark.parametrize("order", ORDERS)
def test_a_month_of_tweets_ends_in_the_same_windows(
    make_platform: MakePlatform, tmp_path: Path, order: str, seen: dict[str, Windows]
) -> None:
    with gzip.open(TWEETS, "rt", encoding="utf-8", newline="") as lines:
        texts = [row[1] for row in csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)]
    path = tmp_path / "month.csv"
    write_month(path, texts, order)
    # With one tier, load decides nothing: the same text is the same analysis to the last digit.
    platform = make_platform(GROUNDSWELL_INFERENCE_MODE="fast")
    replayed = replay(platform, path)
    assert replayed.is_accounted_for
    assert replayed.read == len(texts)
    windows = stored_windows(platform)
    counted = {name: window["message_count"] for name, window in windows.items()}
    assert counted == plain_counts(replayed.account.processed)
    for other in seen.values():
        assert windows == other
    seen[order] = windows
