"""How far a file has been delivered, kept in a small file so that a restart goes on there."""

import os
from hashlib import sha256
from pathlib import Path

import msgspec

from contracts.errors import InputError

FIRST_BLOCK_BYTES = 64 * 1024


class Fingerprint(msgspec.Struct, frozen=True):
    """What tells a file from another: its size, its time and the start of its content."""

    size: int
    modified_ns: int
    first_block_bytes: int
    first_block_sha256: str


class Checkpoint(msgspec.Struct, frozen=True):
    """Everything before ``position``, in bytes of the uncompressed content, is delivered."""

    file: str
    position: int
    fingerprint: Fingerprint


def fingerprint(path: Path, first_block_bytes: int = FIRST_BLOCK_BYTES) -> Fingerprint:
    """The fingerprint of a file as it is now."""
    with path.open("rb") as file:
        block = file.read(first_block_bytes)
        status = os.fstat(file.fileno())
    return Fingerprint(status.st_size, status.st_mtime_ns, len(block), sha256(block).hexdigest())


def load_checkpoint(state_file: Path) -> Checkpoint | None:
    """What was stored; null where nothing was. :raises InputError: it is not a checkpoint."""
    try:
        return msgspec.json.decode(state_file.read_bytes(), type=Checkpoint)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError) as error:
        raise InputError(
            f"the state file {state_file} cannot be read ({error})",
            "name another with --state, or delete it to read from the start",
        ) from None


def store_checkpoint(state_file: Path, checkpoint: Checkpoint) -> None:
    """Write it whole or not at all. :raises InputError: it cannot be written."""
    draft = state_file.with_name(state_file.name + ".new")
    try:
        with draft.open("wb") as file:
            file.write(msgspec.json.encode(checkpoint))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(state_file)
    except OSError as error:
        raise InputError(
            f"the state file {state_file} cannot be written ({error.strerror})",
            "name one in a folder that exists and is writable with --state",
        ) from None


def resume_position(checkpoint: Checkpoint, path: Path, state_file: Path) -> tuple[int, str | None]:
    """Where to go on in a file, and a sentence where the file has changed since.

    :raises InputError: it is another file now: its start differs, or it is shorter than what was
        delivered of it.
    """
    before = checkpoint.fingerprint
    now = fingerprint(path, before.first_block_bytes)
    remedy = f"delete {state_file} to read it from the start"
    if now.first_block_sha256 != before.first_block_sha256:
        raise InputError(
            f"{path} is not the file that {state_file} is about: it starts otherwise", remedy
        )
    if now.size < before.size:
        raise InputError(
            f"{path} has shrunk from {before.size:,} to {now.size:,} bytes since {state_file}",
            remedy,
        )
    changed = None
    if now.size > before.size:
        changed = f"{path} has grown from {before.size:,} to {now.size:,} bytes"
    elif now.modified_ns != before.modified_ns:
        changed = f"{path} was modified without changing its size or start"
    return checkpoint.position, changed
