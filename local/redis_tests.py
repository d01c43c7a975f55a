"""``python -m local.redis_tests``: the live store's tests on Redis; what ``make test-redis`` runs.

All other tests run on Valkey. The machine's own ``redis-server`` is taken; where there is none,
Debian's is fetched and unpacked into a temporary folder, since installing it would start it.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from contracts.errors import FetchError, one_line_errors

TESTS = ("test_live_store.py", "test_show.py", "test_sentinel.py")
PACKAGES = ("redis-server", "redis-tools")
"""The first is a link to what is in the second."""


def main(arguments: list[str]) -> int:
    """Run the tests; the exit code."""
    with redis_server() as program:
        version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
        print(f"redis: {version.stdout.strip()}", flush=True)
        os.environ["VALKEY_SERVER"] = str(program)
        return int(pytest.main([*arguments, *(f"tests/integration/{name}" for name in TESTS)]))


@contextmanager
def redis_server() -> Iterator[Path]:
    """The program of a Redis server, for as long as it is needed.

    :raises FetchError: there is none, and none can be had.
    """
    if found := shutil.which("redis-server"):
        yield Path(found)
        return
    with TemporaryDirectory() as folder:
        yield _unpacked(Path(folder))


def _unpacked(folder: Path) -> Path:
    """Debian's server in a folder, with those of its libraries that the machine lacks."""
    fetch = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "--reinstall"]
    into = ["--download-only", "-o", f"Dir::Cache::archives={folder}"]
    _run(["apt-get", "update", "-qq"])
    _run([*fetch, *into, *PACKAGES])
    for package in folder.glob("*.deb"):
        _run(["dpkg", "-x", str(package), str(folder)])
    libraries = ":".join({str(library.parent) for library in folder.rglob("*.so.*")})
    program = folder / "redis-server"
    start = f'LD_LIBRARY_PATH={libraries} exec {folder}/usr/bin/redis-server "$@"'
    program.write_text(f"#!/bin/sh\n{start}\n", encoding="utf-8")
    program.chmod(0o755)
    return program


def _run(command: list[str]) -> None:
    try:
        subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        said = getattr(error, "stderr", None) or str(error)
        raise FetchError(
            f"no redis-server can be had: {command[0]} says: {said.strip()[-300:]}",
            "install Redis 7, or run this as root on Debian",
        ) from error


if __name__ == "__main__":
    with one_line_errors():
        sys.exit(main(sys.argv[1:]))
