from pathlib import Path

import pytest

from connectors.authors import author_id, default_key_file, load_key
from contracts.errors import InputError

KEY = bytes(32)


def test_the_same_author_has_the_same_hash_however_the_handle_is_written() -> None:
    assert author_id("@Nina_Cooks ", "twitter", KEY) == author_id("nina_cooks", "twitter", KEY)


def test_the_hash_depends_on_key_and_platform_and_hides_the_handle() -> None:
    hashed = author_id("nina", "twitter", KEY)
    assert hashed != author_id("nina", "reddit", KEY)
    assert hashed != author_id("nina", "twitter", bytes([1]) * 32)
    assert len(hashed) == 32
    assert "nina" not in hashed


def test_a_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "author.key"
    key = load_key(path)
    assert len(key) == 32
    assert load_key(path) == key
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["author.key"]


def test_the_key_lies_with_the_users_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    load_key()
    assert default_key_file().is_relative_to(tmp_path)
    assert default_key_file().exists()


def test_a_key_that_is_too_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "author.key"
    path.write_bytes(b"secret")
    with pytest.raises(InputError, match="has 6 bytes; a key has 32"):
        load_key(path)


def test_a_key_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be used"):
        load_key(tmp_path)
