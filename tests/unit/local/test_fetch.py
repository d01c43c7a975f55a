"""Downloads, against an HTTP server of this test that misbehaves on request."""

import hashlib
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.errors import FetchError
from local.fetch import ROOTS, Artifact, cache_folder, download, fetch, read_lock

BODY = bytes(range(256)) * 2000
SHA256 = hashlib.sha256(BODY).hexdigest()
FAST = 0.001


class Repository(ThreadingHTTPServer):
    """Serves ``files``; notes each request as (path, range); spoils answers in the order given.

    ``spoil`` holds, for the requests to come, an HTTP status to answer with, or minus the number
    of bytes after which the connection is dropped.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, bytes] = {"/file": BODY}
        self.requests: list[tuple[str, str | None]] = []
        self.spoil: list[int] = []
        self.knows_ranges = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Repository

    def do_GET(self) -> None:
        wanted = self.headers["Range"]
        self.server.requests.append((self.path, wanted))
        spoil = self.server.spoil.pop(0) if self.server.spoil else 0
        if spoil > 0 or self.path not in self.server.files:
            self.answer(spoil or 404, b"")
            return
        body = self.server.files[self.path]
        if wanted and self.server.knows_ranges:
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
            if start >= len(body):
                self.answer(416, b"")
                return
            whole = f"bytes {start}-{len(body) - 1}/{len(body)}"
            self.answer(206, body[start:], {"Content-Range": whole}, cut=-spoil)
        else:
            self.answer(200, body, cut=-spoil)

    def answer(
        self, status: int, body: bytes, headers: dict[str, str] | None = None, cut: int = 0
    ) -> None:
        self.send_response(status)
        for name, value in {**(headers or {}), "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body[:cut] if cut else body)

    def log_message(self, *_: object) -> None:
        """Quietly."""


@pytest.fixture(scope="module")
def running() -> Iterator[Repository]:
    with Repository() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def repository(running: Repository) -> Repository:
    running.files = {"/file": BODY}
    running.requests.clear()
    running.spoil.clear()
    running.knows_ranges = True
    return running


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with httpx.Client() as client:
        yield client


def get(client: httpx.Client, repository: Repository, target: Path, sha256: str = SHA256) -> int:
    """Download ``/file`` and return the bytes that were counted."""
    counted: list[int] = []
    download(
        client,
        [f"{repository.url}/file"],
        target,
        sha256,
        len(BODY),
        count=counted.append,
        backoff_seconds=FAST,
    )
    return sum(counted)


def part_of(target: Path) -> Path:
    return target.with_name(f"{target.name}.part")


def pin(folder: Path, repository: Repository, names: list[str]) -> Path:
    """A lock file for files of one group, all served by the repository."""
    lines = ["[things]"]
    for name in names:
        body = name.encode() * 5000
        artifact = Artifact(f"org.example:{name}:1", hashlib.sha256(body).hexdigest(), len(body))
        repository.files[f"/{artifact.path}"] = body
        lines.append(f"{artifact.coordinate} {artifact.sha256} {artifact.size}")
    lock_file = folder / "jars.lock"
    lock_file.write_text("\n".join(lines), encoding="utf-8")
    return lock_file


def test_a_file_gets_its_name_when_it_is_whole_and_verified(
    client: httpx.Client, repository: Repository, tmp_path: Path
) -> None:
    target = tmp_path / "file"
    assert get(client, repository, target) == len(BODY)
    assert target.read_bytes() == BODY
    assert not part_of(target).exists()


def test_a_half_written_file_is_continued(
    client: httpx.Client, repository: Repository, tmp_path: Path
) -> None:
    target = tmp_path / "file"
    part_of(target).write_bytes(BODY[:1000])
    assert get(client, repository, target) == len(BODY)
    assert repository.requests == [("/file", "bytes=1000-")]
    assert target.read_bytes() == BODY


def test_a_half_written_file_of_something_else_is_fetched_anew(
    client: httpx.Client, repository: Repository, tmp_path: Path
) -> None:
    target = tmp_path / "file"
    part_of(target).write_bytes(b"x" * 1000)
    assert get(client, repository, target) == len(BODY)
    assert repository.requests == [("/file", "bytes=1000-"), ("/file", None)]
    assert target.read_bytes() == BODY


def test_a_server_that_knows_no_ranges_sends_the_whole(
    client: httpx.Client, repository: Repository, tmp_path: Path
) -> None:
    repository.knows_ranges = False
    target = tmp_path / "file"
    part_of(target).write_bytes(BODY[:1000])
    assert get(client, repository, target) == len(BODY)
    assert target.read_bytes() == BODY


@settings(max_examples=30, deadline=None)
@given(
    kept=st.integers(0, len(BODY) + 5), damage=st.booleans(), cuts=st.lists(st.integers(1, 10**6))
)
def test_whatever_was_left_and_wherever_the_connection_drops_the_pinned_file_comes(
    running: Repository, client: httpx.Client, kept: int, damage: bool, cuts: list[int]
) -> None:
    running.files = {"/file": BODY}
    running.knows_ranges = True
    running.spoil[:] = [-cut for cut in cuts]
    with TemporaryDirectory() as folder:
        target = Path(folder) / "file"
        left = (BODY + b"more!")[:kept]
        part_of(target).write_bytes(bytes(len(left)) if damage else left)
        assert get(client, running, target) == len(BODY)
        assert target.read_bytes() == BODY


def test_a_wrong_checksum_names_the_file_and_both_sums_and_leaves_nothing(
    client: httpx.Client, repository: Repository, tmp_path: Path
) -> None:
    with pytest.raises(FetchError) as caught:
        get(client, repository, tmp_path / "file", sha256="0" * 64)
    assert caught.value.what == f"file has the wrong sha256: expected {'0' * 64}, got {SHA256}"
    assert "mirror" in caught.value.remedy
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("body", [BODY + b"more", bytes(len(BODY))])
def test_another_file_than_the_pinned_one_is_refused(
    client: httpx.Client, repository: Repository, tmp_path: Path, body: bytes
) -> None:
    repository.files["/file"] = body
    if len(body) > len(BODY):
        # Its beginning is the pinned file: what follows is not taken.
        get(client, repository, tmp_path / "file")
        assert (tmp_path / "file").read_bytes() == BODY
    else:
        with pytest.raises(FetchError, match="wrong sha256"):
            get(client, repository, tmp_path / "file")


def test_a_shorter_file_than_the_pinned_one_is_refused(
    client: httpx.Client, repository: Repository, tmp_path: Path
) -> None:
    repository.files["/file"] = BODY[:-1]
    with pytest.raises(FetchError, match=r"shorter than the one that was pinned|416"):
        get(client, repository, tmp_path / "file")


def test_a_dropped_connection_is_continued_where_it_broke_off(
    client: httpx.Client, repository: Repository, tmp_path: Path
) -> None:
    repository.spoil[:] = [-300_000]
    get(client, repository, tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == BODY
    assert [wanted for _, wanted in repository.requests] == [None, "bytes=300000-"]


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_server_in_trouble_is_asked_again(
    client: httpx.Client, repository: Repository, tmp_path: Path, status: int
) -> None:
    repository.spoil[:] = [status, status]
    get(client, repository, tmp_path / "file")
    assert len(repository.requests) == 3


def test_a_server_that_stays_in_trouble_is_given_up_and_named(
    client: httpx.Client, repository: Repository, tmp_path: Path
) -> None:
    repository.spoil[:] = [-1000, *[503] * 100]
    with pytest.raises(FetchError, match=r"cannot download http://.*/file: HTTP status 503"):
        get(client, repository, tmp_path / "file")
    assert part_of(tmp_path / "file").stat().st_size == 1000


def test_an_unreachable_server_is_an_error_with_a_remedy(
    client: httpx.Client, tmp_path: Path
) -> None:
    url = "http://127.0.0.1:9/file"
    with pytest.raises(FetchError, match="check the network"):
        download(client, [url], tmp_path / "file", SHA256, len(BODY), backoff_seconds=FAST)


def test_a_file_that_one_repository_lacks_comes_from_the_next(
    client: httpx.Client, repository: Repository, tmp_path: Path
) -> None:
    urls = [f"{repository.url}/elsewhere", f"{repository.url}/file"]
    download(client, urls, tmp_path / "file", SHA256, len(BODY), backoff_seconds=FAST)
    assert (tmp_path / "file").read_bytes() == BODY


def test_a_file_that_no_repository_has_is_an_error_at_once(
    client: httpx.Client, repository: Repository, tmp_path: Path
) -> None:
    url = f"{repository.url}/elsewhere"
    with pytest.raises(FetchError, match=r"/elsewhere: HTTP status 404 \(Not Found\)"):
        download(client, [url], tmp_path / "file", SHA256, len(BODY), backoff_seconds=FAST)
    assert len(repository.requests) == 1


def test_all_files_of_a_section_come_in_its_order_and_once(
    repository: Repository, tmp_path: Path
) -> None:
    lock_file = pin(tmp_path, repository, ["b", "a", "c"])
    seen: list[tuple[int, int]] = []
    for _ in range(2):
        paths = fetch(
            "things",
            lambda done, total: seen.append((done, total)),
            lock_file=lock_file,
            folder=tmp_path / "jars",
            repositories=[f"{repository.url}/"],
        )
    assert [path.name for path in paths] == ["b-1.jar", "a-1.jar", "c-1.jar"]
    assert len(repository.requests) == 3
    assert seen[-1] == (15_000, 15_000)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_two_processes_at_once_download_each_file_once(
    repository: Repository, tmp_path: Path
) -> None:
    names = [f"thing-{number}" for number in range(12)]
    lock_file = pin(tmp_path, repository, names)
    program = (
        "import sys; from pathlib import Path; from local.fetch import fetch\n"
        "lock_file, folder, url = sys.argv[1:]\n"
        "fetch('things', lock_file=Path(lock_file), folder=Path(folder), repositories=[url])\n"
    )
    command = [sys.executable, "-c", program, str(lock_file), str(tmp_path / "jars")]
    both = [subprocess.Popen([*command, repository.url]) for _ in range(2)]
    assert [process.wait(60) for process in both] == [0, 0]
    assert len(repository.requests) == len(names)
    assert {path.name for path in (tmp_path / "jars").iterdir()} == {
        ".lock",
        *(f"{name}-1.jar" for name in names),
    }


def test_a_failed_file_fails_the_section(repository: Repository, tmp_path: Path) -> None:
    lock_file = pin(tmp_path, repository, ["a", "b"])
    repository.files["/org/example/b/1/b-1.jar"] = b"B" * 5000
    with pytest.raises(FetchError, match=r"b-1\.jar has the wrong sha256"):
        fetch(
            "things",
            lock_file=lock_file,
            folder=tmp_path / "jars",
            repositories=[repository.url],
        )


def test_a_folder_that_cannot_be_written_is_an_error_with_a_remedy(
    repository: Repository, tmp_path: Path
) -> None:
    lock_file = pin(tmp_path, repository, ["a"])
    (tmp_path / "jars").write_text("a file where the folder should be", encoding="utf-8")
    with pytest.raises(FetchError, match="XDG_CACHE_HOME"):
        fetch(
            "things",
            lock_file=lock_file,
            folder=tmp_path / "jars",
            repositories=[repository.url],
        )


def test_the_lock_file_pins_every_root_and_each_file_once() -> None:
    pinned = {section: read_lock(section) for section in ROOTS}
    for section, roots in ROOTS.items():
        coordinates = [artifact.coordinate for artifact in pinned[section]]
        assert coordinates[: len(roots)] == list(roots)
        filenames = [artifact.filename for artifact in pinned[section]]
        assert len(set(filenames)) == len(filenames)
        assert all(len(artifact.sha256) == 64 for artifact in pinned[section])


def test_a_section_that_nothing_is_pinned_for_is_an_error() -> None:
    with pytest.raises(FetchError, match="pins nothing for postgres"):
        read_lock("postgres")


def test_the_cache_is_where_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert cache_folder() == Path("/somewhere/groundswell")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_folder() == Path.home() / ".cache" / "groundswell"
