"""A recovery store is made where there is none, and refused where it is somebody else's."""

from collections.abc import Callable
from pathlib import Path

import pytest
from bytewax.recovery import init_db_dir
from msgspec.structs import replace

from contracts.errors import InputError
from contracts.settings import load
from dataflows.recovery import Made, made_for, prepare

WANTED = made_for("aggregate", load({}))


def forge_parts(folder: Path, count: int) -> None:
    (folder / "part-0.sqlite3").unlink()
    init_db_dir(folder, count)  # type: ignore[no-untyped-call]


def test_one_is_made_where_the_folder_is_new_and_found_again(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "recovery"
    assert prepare(folder, WANTED) == folder
    part = folder / "part-0.sqlite3"
    made_at = part.stat().st_ino
    assert prepare(folder, WANTED) == folder
    assert part.stat().st_ino == made_at


def test_an_empty_volume_is_new(tmp_path: Path) -> None:
    (tmp_path / "lost+found").mkdir()
    prepare(tmp_path, WANTED)
    assert (tmp_path / "part-0.sqlite3").is_file()


def test_one_that_was_half_made_is_made_again(tmp_path: Path) -> None:
    (tmp_path / "making").mkdir()
    (tmp_path / "making" / "part-0.sqlite3").write_bytes(b"half")
    (tmp_path / "store.json").write_bytes(b"{")
    prepare(tmp_path, WANTED)
    prepare(tmp_path, WANTED)
    assert not (tmp_path / "making").exists()


def test_other_processes_of_a_cluster_keep_none(tmp_path: Path) -> None:
    assert [*prepare(tmp_path / "second", WANTED, process=1).iterdir()] == []


@pytest.mark.parametrize(
    ("other", "says"),
    [
        (replace(WANTED, flow="pipeline"), "flow pipeline, not aggregate"),
        (replace(WANTED, processed="elsewhere"), "processed elsewhere"),
        (replace(WANTED, length_seconds=30), "length_seconds 30, not 60"),
        (replace(WANTED, shards=4), "shards 4"),
        (replace(WANTED, parts=3), "parts 3"),
    ],
)
def test_one_that_was_made_for_something_else_is_refused(
    tmp_path: Path, other: Made, says: str
) -> None:
    prepare(tmp_path, WANTED)
    if other.parts == WANTED.parts:
        prepare(tmp_path / "other", other)
        (tmp_path / "other" / "store.json").replace(tmp_path / "store.json")
    else:
        text = (tmp_path / "store.json").read_text()
        (tmp_path / "store.json").write_text(text.replace('"parts":1', '"parts":3'))
    with pytest.raises(InputError, match=says):
        prepare(tmp_path, WANTED)


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda folder: (folder / "part-0.sqlite3").unlink(), "has lost its part-0"),
        (lambda folder: (folder / "part-0.sqlite3").write_bytes(b"not a database" * 99), "no part"),
        (lambda folder: (folder / "part-0.sqlite3").write_bytes(b""), "no part"),
        (lambda folder: forge_parts(folder, 2), "no part of it"),
        (lambda folder: (folder / "store.json").unlink(), "is no recovery store"),
        (lambda folder: (folder / "store.json").write_text("[]"), "is no recovery store"),
    ],
)
def test_one_that_is_damaged_is_refused_with_what_removing_it_costs(
    tmp_path: Path, damage: Callable[[Path], None], says: str
) -> None:
    prepare(tmp_path, WANTED)
    damage(tmp_path)
    with pytest.raises(InputError, match=says) as refused:
        prepare(tmp_path, WANTED)
    assert "remove this one: nothing is lost" in refused.value.remedy


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(InputError, match="file"):
        prepare(tmp_path / "file" / "recovery", WANTED)
