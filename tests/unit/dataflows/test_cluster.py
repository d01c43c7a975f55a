"""A process finds its place in a cluster by options, or by what a StatefulSet sets."""

from pathlib import Path

import pytest

from contracts.errors import InputError
from dataflows.cluster import Cluster, find_cluster

POD = {"BYTEWAX_POD_NAME": "aggregate-1", "BYTEWAX_STATEFULSET_NAME": "aggregate"}


@pytest.mark.parametrize("addresses", ["a:1,b:2", "a:1; b:2;"])
def test_options_give_it(addresses: str) -> None:
    assert find_cluster(1, addresses, {}) == Cluster(1, ("a:1", "b:2"))


def test_a_process_alone_has_none() -> None:
    assert find_cluster(None, None, {}) is None


def test_a_stateful_sets_variables_give_it(tmp_path: Path) -> None:
    hosts = tmp_path / "hosts"
    hosts.write_text("a:1\nb:2\n\n")
    found = find_cluster(None, None, {**POD, "BYTEWAX_HOSTFILE_PATH": str(hosts)})
    assert found == Cluster(1, ("a:1", "b:2"))


@pytest.mark.parametrize(
    ("process", "addresses", "environment", "says"),
    [
        (0, None, {}, "--addresses"),
        (None, "a:1,b:2", {}, "--process"),
        (2, "a:1,b:2", {}, "no process 2 among 2"),
        (-1, "a:1", {}, "no process -1"),
        (None, "a:1", {**POD, "BYTEWAX_POD_NAME": "other"}, "other"),
        (0, None, {"BYTEWAX_HOSTFILE_PATH": "/nowhere"}, "/nowhere"),
    ],
)
def test_what_is_wrong_is_said(
    process: int | None, addresses: str | None, environment: dict[str, str], says: str
) -> None:
    with pytest.raises(InputError, match=says):
        find_cluster(process, addresses, environment)
