"""The engine's recovery store: made where there is none, refused where it is somebody else's.

A store is a folder of SQLite files ``part-N.sqlite3``, whose number is fixed when it is made, and
``store.json``, which says what it was made for.
"""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
from bytewax.recovery import init_db_dir

from contracts.errors import GroundswellError, InputError
from contracts.settings import Settings
from dataflows.steps.fold import SHARDS

PARTS = 1
"""All of it lies with process 0, which every size of a cluster has: processes come and go, and
nobody moves files. It is small, the offsets and which windows are open, so one file is enough."""

STORE = "store.json"
MAKING = "making"
ELSEWHERE = "elsewhere"


class Made(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a store was made for: with anything else its rows mean something else."""

    flow: str
    raw: str
    processed: str
    invalid: str
    length_seconds: int
    shards: int
    parts: int


def made_for(flow: str, settings: Settings) -> Made:
    """What a flow's store must have been made for."""
    return Made(
        flow=flow,
        raw=settings.kafka.raw,
        processed=settings.kafka.processed,
        invalid=settings.kafka.invalid,
        length_seconds=settings.windows.length_seconds,
        shards=SHARDS,
        parts=PARTS,
    )


def prepare(folder: Path, wanted: Made, process: int = 0) -> Path:
    """Make the store, or check that it is the one that is wanted.

    :param process: the cluster's process; only process 0 keeps a store in its folder.
    :returns: the folder that the engine is to use; an empty one for the other processes.
    :raises InputError: the folder holds something else.
    """
    try:
        if process:
            (folder / ELSEWHERE).mkdir(parents=True, exist_ok=True)
            return folder / ELSEWHERE
        folder.mkdir(parents=True, exist_ok=True)
        if (folder / MAKING).is_dir() or not _files(folder):
            _make(folder, wanted)
        _check(folder, wanted)
    except OSError as error:
        raise InputError(
            f"the recovery folder {folder} cannot be used ({error})", "give one that can be written"
        ) from None
    return folder


def _make(folder: Path, wanted: Made) -> None:
    """Make it aside, then move it in: one that is half made is made again."""
    making = folder / MAKING
    shutil.rmtree(making, ignore_errors=True)
    for left in _files(folder):
        left.unlink()
    making.mkdir()
    init_db_dir(making, PARTS)  # type: ignore[no-untyped-call] # not annotated
    (making / STORE).write_bytes(msgspec.json.encode(wanted))
    for made in making.iterdir():
        made.rename(folder / made.name)
    making.rmdir()


def _check(folder: Path, wanted: Made) -> None:
    try:
        made = msgspec.json.decode((folder / STORE).read_bytes(), type=Made)
    except (FileNotFoundError, msgspec.DecodeError):
        raise _refused(
            folder, f"is no recovery store: its {STORE} is not there or not ours"
        ) from None
    for name in Made.__struct_fields__:
        is_, should = getattr(made, name), getattr(wanted, name)
        if is_ != should:
            raise _refused(folder, f"was made for {name} {is_}, not {should}")
    for number in range(PARTS):
        part = folder / f"part-{number}.sqlite3"
        if not part.is_file():
            raise _refused(folder, f"has lost its {part.name}")
        if _numbers(part) != [(number, PARTS)]:
            raise _refused(folder, f"holds a {part.name} that is no part of it")


def _numbers(part: Path) -> list[tuple[int, int]]:
    """What a file says it is: (number, of how many); nothing where it is no part of a store."""
    try:
        with closing(sqlite3.connect(f"{part.absolute().as_uri()}?mode=rw", uri=True)) as database:
            return database.execute("SELECT part_index, part_count FROM parts").fetchall()
    except sqlite3.DatabaseError:
        return []


def _files(folder: Path) -> list[Path]:
    return [*folder.glob("part-*.sqlite3*"), *folder.glob(STORE)]


def _refused(folder: Path, why: str) -> GroundswellError:
    return InputError(
        f"the recovery folder {folder} {why}",
        "give another folder, or remove this one: nothing is lost, the last"
        " GROUNDSWELL_WINDOWS_LATENESS_SECONDS of processed messages are read again",
    )
