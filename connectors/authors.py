"""Authors: never a handle, only a keyed hash of it.

The same author has the same hash wherever the key is the same; without the key a handle can
neither be read from the hash nor be tried against it.
"""

import os
import secrets
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

from contracts.errors import InputError

KEY_BYTES = 32
HASH_BYTES = 16


def default_key_file() -> Path:
    """This user's key, made on first use."""
    base = os.environ.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / "groundswell" / "author.key"


def load_key(path: Path | None = None) -> bytes:
    """The key in a file, by default this user's; made, readable by its owner only, if missing.

    :raises InputError: the file cannot be read or made, or is too short for a key.
    """
    path = path or default_key_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _make_key(path)
        key = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"the author key {path} cannot be used ({error.strerror})",
            "name a file that can be with --author-key",
        ) from None
    if not KEY_BYTES <= len(key) <= blake2b.MAX_KEY_SIZE:
        raise InputError(
            f"the author key {path} has {len(key)} bytes",
            f"a key has {KEY_BYTES} to {blake2b.MAX_KEY_SIZE}: head -c 32 /dev/urandom makes one",
        )
    return key


def author_id(handle: str, platform: str, key: bytes) -> str:
    """The keyed hash of a handle on a platform, 32 hexadecimal digits; ``@`` and case fall away."""
    name = f"{platform}:{handle.strip().removeprefix('@').casefold()}"
    return blake2b(name.encode(), key=key, digest_size=HASH_BYTES).hexdigest()


def _make_key(path: Path) -> None:
    # Whole or not at all: of two processes that make it at once, the first to link it wins.
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    draft.touch(mode=0o600)
    try:
        draft.write_bytes(secrets.token_bytes(KEY_BYTES))
        with suppress(FileExistsError):
            path.hardlink_to(draft)
    finally:
        draft.unlink()
