"""Downloads of servers: pinned by sha256 in ``jars.lock``, resumed, shared by a user's processes.

``python -m local.fetch`` fetches everything ahead of time; ``--relock`` writes ``jars.lock`` anew.
Which repository to ask is jgo's knowledge: Maven's default, or the mirrors under
``[repositories]`` in jgo's own configuration file.
"""

import argparse
import fcntl
import hashlib
import os
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from contracts.errors import FetchError, one_line_errors

LOCK_FILE = Path(__file__).with_name("jars.lock")
PARALLEL = 8
MOST_FAILURES = 5
"""Tries in a row that bring no byte."""
_PASSING = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})

Progress = Callable[[int, int], None]
"""Called with the bytes there are and the bytes there will be."""


@dataclass(frozen=True)
class Artifact:
    """A file of a Maven repository: ``group:artifact:version[:packaging]``, its sha256 and size."""

    coordinate: str
    sha256: str
    size: int

    @property
    def path(self) -> str:
        """Where it lies below a repository's root."""
        group, artifact, version, *_ = self.coordinate.split(":")
        return f"{group.replace('.', '/')}/{artifact}/{version}/{self.filename}"

    @property
    def filename(self) -> str:
        """The name of the file."""
        _, artifact, version, *packaging = self.coordinate.split(":")
        return f"{artifact}-{version}.{packaging[0] if packaging else 'jar'}"


def cache_folder() -> Path:
    """This user's cache; everything below can be deleted and is fetched or made again."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "groundswell"


@contextmanager
def exclusive(lock: Path) -> Iterator[None]:
    """Hold a file lock between processes; it is freed when its holder dies, however that is."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def read_lock(section: str, lock_file: Path = LOCK_FILE) -> list[Artifact]:
    """The artifacts under ``[section]`` of the lock file, in its order (a class path's order)."""
    artifacts, current = [], ""
    for line in lock_file.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            current = line.strip("[]")
        elif current == section and line and not line.startswith("#"):
            coordinate, sha256, size = line.split()
            artifacts.append(Artifact(coordinate, sha256, int(size)))
    if not artifacts:
        raise FetchError(
            f"{lock_file} pins nothing for {section}", "python -m local.fetch --relock"
        )
    return artifacts


def fetch(
    section: str,
    progress: Progress | None = None,
    *,
    lock_file: Path = LOCK_FILE,
    folder: Path | None = None,
    repositories: Sequence[str] | None = None,
) -> list[Path]:
    """The files of one section, downloaded where the cache lacks them.

    A file's sha256 is verified before it gets its name; later only its size is looked at.

    :param folder: where the files lie; by default ``jars`` in the user's cache.
    :param repositories: root URLs to ask, in this order; by default those that jgo knows.
    :raises FetchError: a file cannot be had, or is not the one that was pinned.
    """
    artifacts = read_lock(section, lock_file)
    folder = folder or cache_folder() / "jars"
    missing = [each for each in artifacts if _size_of(folder / each.filename) != each.size]
    if missing:
        try:
            with exclusive(folder / ".lock"):
                _fetch_all(artifacts, folder, repositories or known_repositories(), progress)
        except OSError as error:
            raise FetchError(
                f"cannot download into {folder}: {error}", "free space there or set XDG_CACHE_HOME"
            ) from error
    return [folder / artifact.filename for artifact in artifacts]


def spoken(name: str, tell: Callable[[str], None]) -> Progress:
    """A progress callback that says it in words, a quarter at a time."""
    said = -1

    def speak(done: int, total: int) -> None:
        nonlocal said
        quarter = 4 * done // total
        if quarter > said:
            said = quarter
            tell(f"fetching {name}: {done / 1e6:.0f} of {total / 1e6:.0f} MB")

    return speak


def _fetch_all(
    artifacts: Sequence[Artifact],
    folder: Path,
    repositories: Sequence[str],
    progress: Progress | None,
) -> None:
    total = sum(artifact.size for artifact in artifacts)
    done = 0
    counting = threading.Lock()

    def count(more: int) -> None:
        nonlocal done
        with counting:
            done += more
            if progress:
                progress(done, total)

    def one(artifact: Artifact) -> None:
        target = folder / artifact.filename
        if _size_of(target) == artifact.size:
            count(artifact.size)
            return
        urls = [f"{root.rstrip('/')}/{artifact.path}" for root in repositories]
        download(client, urls, target, artifact.sha256, artifact.size, count=count)

    with (
        httpx.Client(
            verify=ssl.create_default_context(),
            follow_redirects=True,
            timeout=httpx.Timeout(30, connect=10),
            headers={"Accept-Encoding": "identity"},
        ) as client,
        ThreadPoolExecutor(PARALLEL) as pool,
    ):
        running = [pool.submit(one, artifact) for artifact in artifacts]
        try:
            for future in running:
                future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def download(
    client: httpx.Client,
    urls: Sequence[str],
    target: Path,
    sha256: str,
    size: int,
    *,
    count: Callable[[int], None] = lambda _: None,
    backoff_seconds: float = 0.5,
) -> None:
    """Download one file: into ``target``'s name plus ``.part``, verified, then renamed.

    What an earlier try left in the ``.part`` file is continued; where the whole then has another
    sha256, it is fetched once more from its first byte.

    :param urls: the same file in several repositories, tried in this order.
    :param count: called with the bytes that came, negative where bytes were thrown away.
    :raises FetchError: names the file and, on a wrong checksum, what was expected and what came.
    """
    part = target.with_name(target.name + ".part")
    kept = min(_size_of(part), size)
    count(kept)

    def receive() -> None:
        _receive(client, urls, part, size, count=count, backoff_seconds=backoff_seconds)

    receive()
    if kept and _sha256_of(part) != sha256:
        part.unlink()
        count(-size)
        receive()
    got = _sha256_of(part)
    if got != sha256:
        part.unlink()
        raise FetchError(
            f"{target.name} has the wrong sha256: expected {sha256}, got {got}",
            "what came is not what was pinned: try again, then look at the proxy or mirror",
        )
    part.replace(target)


def _receive(
    client: httpx.Client,
    urls: Sequence[str],
    part: Path,
    size: int,
    *,
    count: Callable[[int], None],
    backoff_seconds: float,
) -> None:
    """Fill ``part`` up to ``size`` bytes: give up only after several tries that got nowhere."""
    candidates = list(urls)
    failures = 0
    while (had := _size_of(part)) != size:
        got_further = False
        try:
            _request(client, candidates[0], part, size, count)
            reason = "the file there is shorter than the one that was pinned"
        except httpx.HTTPStatusError as error:
            status = error.response.status_code
            reason = f"HTTP status {status} ({error.response.reason_phrase})"
            if status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                part.unlink()
                count(-had)
            elif error.response.is_client_error and status not in _PASSING:
                gone = candidates.pop(0)
                if not candidates:
                    raise FetchError(
                        f"{gone}: {reason}", "check the repository or its mirror"
                    ) from None
        except httpx.TransportError as error:
            reason = str(error) or type(error).__name__
            got_further = _size_of(part) > had
        failures = 0 if got_further else failures + 1
        if failures == MOST_FAILURES:
            raise FetchError(
                f"cannot download {candidates[0]}: {reason}",
                "check the network and try again; what came so far is kept",
            )
        if _size_of(part) != size:
            time.sleep(backoff_seconds * 2**failures)


def _request(
    client: httpx.Client, url: str, part: Path, size: int, count: Callable[[int], None]
) -> None:
    """One request for what ``part`` lacks; returns when the answer ends, whole or not."""
    had = _size_of(part)
    headers = {"Range": f"bytes={had}-"} if 0 < had < size else {}
    with client.stream("GET", url, headers=headers) as response:
        response.raise_for_status()
        continues = response.headers.get("Content-Range", "").startswith(f"bytes {had}-")
        resumed = bool(headers) and response.status_code == HTTPStatus.PARTIAL_CONTENT and continues
        if not resumed:
            count(-min(had, size))
            had = 0
        with part.open("ab" if resumed else "wb") as file:
            for chunk in response.iter_raw():
                # A longer answer than was pinned is cut: its checksum tells the rest.
                file.write(chunk[: size - had])
                count(min(len(chunk), size - had))
                had += len(chunk)
                if had > size:
                    return


def _size_of(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def known_repositories() -> list[str]:
    """The root URLs to ask: the mirrors of jgo's configuration file, else Maven's default."""
    # Not at the top: importing jgo takes longer than everything else when nothing is missing.
    from jgo.config import GlobalSettings
    from jgo.maven import MavenContext

    mirrors: dict[str, str] = GlobalSettings.load().repositories
    return list((mirrors or MavenContext().remote_repos).values())


ROOTS = {
    # Not 4.3 or 4.4: they skip transactions' markers, as docs/delivery.md says.
    "kafka": ("org.apache.kafka:kafka_2.13:4.2.1", "org.slf4j:slf4j-simple:1.7.36"),
    "elasticsearch": ("org.elasticsearch.distribution.integ-test-zip:elasticsearch:9.2.0:zip",),
}
"""What ``--relock`` starts from; jars bring what they need to run, a zip comes alone."""


def relock(lock_file: Path = LOCK_FILE) -> None:
    """Resolve :data:`ROOTS` anew and write what came, with sha256 and size, to the lock file."""
    from jgo.maven import MavenContext

    lines = ["# Written by: python -m local.fetch --relock"]
    with TemporaryDirectory() as downloads:
        context = MavenContext(repo_cache=Path(downloads))
        for section, roots in ROOTS.items():
            found = []
            for root in roots:
                group, name, version, *packaging = root.split(":")
                component = context.project(group, name).at_version(version)
                found.append(component.artifact(packaging=packaging[0] if packaging else "jar"))
            if all(artifact.packaging == "jar" for artifact in found):
                wanted = [context.create_dependency(root) for root in roots]
                found += [each.artifact for each in context.resolver.resolve(wanted)[1]]
            with ThreadPoolExecutor(PARALLEL) as pool:
                paths = list(pool.map(lambda artifact: artifact.resolve(), found))
            lines.append(f"\n[{section}]")
            for artifact, path in zip(found, paths, strict=True):
                suffix = "" if artifact.packaging == "jar" else f":{artifact.packaging}"
                coordinate = f"{artifact.groupId}:{artifact.artifactId}:{artifact.version}"
                lines.append(f"{coordinate}{suffix} {_sha256_of(path)} {path.stat().st_size}")
    lock_file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m local.fetch", description=__doc__)
    parser.add_argument("sections", nargs="*", help=f"of {', '.join(ROOTS)}; by default all")
    parser.add_argument("--relock", action="store_true", help="write jars.lock anew")
    arguments = parser.parse_args()
    with one_line_errors():
        if arguments.relock:
            relock()
        for section in arguments.sections or ROOTS:
            paths = fetch(section)
            print(f"{section}: {len(paths)} files, {sum(map(_size_of, paths)) / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
