import os
from pathlib import Path

import pytest

from connectors.checkpoint import (
    Checkpoint,
    fingerprint,
    load_checkpoint,
    resume_position,
    store_checkpoint,
)
from contracts.errors import InputError


@pytest.fixture
def posts(tmp_path: Path) -> Path:
    path = tmp_path / "posts.csv"
    path.write_bytes(b"text\none\ntwo\n")
    return path


def test_a_checkpoint_is_stored_and_loaded(tmp_path: Path, posts: Path) -> None:
    state = tmp_path / "state.json"
    assert load_checkpoint(state) is None
    checkpoint = Checkpoint("posts.csv", 9, fingerprint(posts))
    store_checkpoint(state, checkpoint)
    assert load_checkpoint(state) == checkpoint
    assert resume_position(checkpoint, posts, state) == (9, None)


def test_a_file_that_grew_goes_on_and_says_so(tmp_path: Path, posts: Path) -> None:
    checkpoint = Checkpoint("posts.csv", 9, fingerprint(posts))
    with posts.open("ab") as file:
        file.write(b"three\n")
    position, changed = resume_position(checkpoint, posts, tmp_path / "state.json")
    assert position == 9
    assert changed is not None
    assert "has grown from 13 to 19 bytes" in changed


def test_a_file_that_was_touched_goes_on_and_says_so(tmp_path: Path, posts: Path) -> None:
    checkpoint = Checkpoint("posts.csv", 9, fingerprint(posts))
    os.utime(posts, ns=(1, 1))
    assert "was modified" in str(resume_position(checkpoint, posts, tmp_path / "s")[1])


def test_another_file_or_a_shrunken_one_is_refused(tmp_path: Path, posts: Path) -> None:
    checkpoint = Checkpoint("posts.csv", 9, fingerprint(posts, 4))
    posts.write_bytes(b"text\n")
    with pytest.raises(InputError, match="has shrunk from 13 to 5 bytes"):
        resume_position(checkpoint, posts, tmp_path / "s")
    posts.write_bytes(b"body\none\ntwo\n")
    with pytest.raises(InputError, match="it starts otherwise; delete"):
        resume_position(checkpoint, posts, tmp_path / "s")


def test_a_state_file_that_is_none_is_refused(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    state.write_text("{}")
    with pytest.raises(InputError, match="cannot be read"):
        load_checkpoint(state)


def test_a_state_file_that_cannot_be_written_is_refused(tmp_path: Path, posts: Path) -> None:
    checkpoint = Checkpoint("posts.csv", 9, fingerprint(posts))
    with pytest.raises(InputError, match="cannot be written"):
        store_checkpoint(tmp_path / "missing" / "state.json", checkpoint)
