"""Child processes that this program owns.

A child gets its own process group with a guard in it: a shell that waits for this program's end of
a pipe to close, which it does however this program dies, and then kills the group. (Linux' parent
death signal would also fire when the *thread* that started the child ends.) The guard is a member
of the group, so the group's number cannot pass to strangers while there is someone to kill.
"""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from contracts.errors import ServerError

POLL_SECONDS = 0.05
LOG_TAIL_LINES = 15
_GUARD = "trap '' TERM INT HUP; read -r _; kill -KILL 0"
_SAME_START_SECONDS = 1.0
_KILL_SECONDS = 10.0

Report = Callable[[str], None]
"""Called with a sentence about what is being done, for whoever waits."""


class Process:
    """One child process, its log and its pid file.

    :param name: what to call it in errors.
    :param command: program and arguments.
    :param folder: made where it is missing; ``NAME.log`` (standard output and error, appended)
        and ``NAME.pid`` lie in it.
    :param environment: variables on top of this program's own; ``None`` removes one.
    :param working_directory: where it runs; by default where this program does.
    :param user: whom it runs as; only root can choose another than itself.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        folder: Path,
        *,
        environment: Mapping[str, str | None] | None = None,
        working_directory: Path | None = None,
        user: str | None = None,
    ) -> None:
        self.name = name
        self.command = [str(part) for part in command]
        self.log = folder / f"{name}.log"
        self.pid_file = folder / f"{name}.pid"
        self.environment = environment or {}
        self.working_directory = working_directory
        self.user = user
        self._log_start = 0
        self._child: subprocess.Popen[bytes] | None = None
        self._guard: subprocess.Popen[bytes] | None = None

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._child is not None and self._child.poll() is None

    @property
    def pid(self) -> int | None:
        """Its process id, or None where it was not started."""
        return self._child.pid if self._child else None

    @property
    def exit_code(self) -> int | None:
        """What it ended with, negative for a signal; None while it runs or was not started."""
        return self._child.poll() if self._child else None

    def start(self) -> None:
        """Start it, after stopping what an earlier run of it may have left behind.

        :raises ServerError: the program cannot be started.
        """
        if self.alive:
            return
        self.stop()
        self.log.parent.mkdir(parents=True, exist_ok=True)
        stop_survivor(self.pid_file)
        variables = {**os.environ, **self.environment}
        try:
            with self.log.open("ab") as log:
                self._log_start = log.tell()
                self._child = subprocess.Popen(
                    self.command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd=self.working_directory,
                    env={name: value for name, value in variables.items() if value is not None},
                    user=self.user,
                    process_group=0,
                )
            _write_pid_file(self.pid_file, self._child.pid)
            self._guard = subprocess.Popen(
                ["/bin/sh", "-c", _GUARD], stdin=subprocess.PIPE, process_group=self._child.pid
            )
        except OSError as error:
            self.kill()
            raise ServerError(
                f"cannot start {self.name}: {error}",
                f"check that {self.command[0]} is there and {self.user or 'this user'} may run it",
            ) from error

    def wait_until(self, is_ready: Callable[[], bool], deadline_seconds: float) -> None:
        """Wait until a check holds; end the process where that does not come about.

        :raises ServerError: with the log's last lines: it ended by itself, or the time is over.
        """
        deadline = time.monotonic() + deadline_seconds
        while not is_ready():
            code = self.exit_code
            if code is not None:
                self.kill()
                raise ServerError(f"{self.name} ended with code {code}", self._log_hint())
            if time.monotonic() > deadline:
                self.kill()
                raise ServerError(
                    f"{self.name} was not ready within {deadline_seconds:.0f} s", self._log_hint()
                )
            time.sleep(POLL_SECONDS)

    def wait_until_ended(self, deadline_seconds: float) -> int:
        """Wait until it ends by itself; what it ended with.

        :raises ServerError: it still runs when the time is over.
        """
        if self._child is None:
            raise ServerError(f"{self.name} was not started", "call start() first")
        try:
            return self._child.wait(deadline_seconds)
        except subprocess.TimeoutExpired:
            raise ServerError(
                f"{self.name} still runs after {deadline_seconds:.0f} s", self._log_hint()
            ) from None

    def stop(self, patience_seconds: float = 10) -> None:
        """End it: TERM, time to finish, then KILL for all that is left of its process group."""
        if self._child and self.alive:
            self._child.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._child.wait(patience_seconds)
        self.kill()

    def kill(self) -> None:
        """End it at once and unprepared (``kill -9``), with its whole process group."""
        # Until a child is waited for, its number stays its own, and so does its group's.
        if self._child and self._child.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self._child.pid, signal.SIGKILL)
            self._child.wait()
        if self._guard and self._guard.stdin:
            self._guard.stdin.close()
            self._guard.wait()
        if self._child:
            _wait_for_end_of(self._child.pid)
            self.pid_file.unlink(missing_ok=True)
        self._child = self._guard = None

    def log_tail(self, lines: int = LOG_TAIL_LINES) -> str:
        """The last lines of its log, of this run of it only."""
        if not self.log.exists():
            return ""
        with self.log.open("rb") as log:
            log.seek(self._log_start)
            text = log.read().decode(errors="replace")
        return "\n".join(text.splitlines()[-lines:])

    def _log_hint(self) -> str:
        return f"its log {self.log} ends with:\n{self.log_tail()}"


def stop_survivor(pid_file: Path, patience_seconds: float = 10) -> bool:
    """Stop the process that a pid file names, with its children; True when there was one.

    Only a process that has this id *and* was started at the recorded time is touched: ids are
    given out again.
    """
    try:
        recorded = json.loads(pid_file.read_text(encoding="utf-8"))
        process = psutil.Process(recorded["pid"])
        # The kernel's clock for this moves a little when the machine's time is corrected.
        is_ours = abs(process.create_time() - recorded["create_time"]) < _SAME_START_SECONDS
        family = [process, *process.children(recursive=True)] if is_ours else []
    except (OSError, ValueError, KeyError, TypeError, psutil.Error):
        family = []
    for member in family:
        with suppress(psutil.NoSuchProcess):
            member.terminate()
    for member in psutil.wait_procs(family, timeout=patience_seconds)[1]:
        with suppress(psutil.NoSuchProcess):
            member.kill()
    psutil.wait_procs(family, timeout=patience_seconds)
    pid_file.unlink(missing_ok=True)
    return bool(family)


def _wait_for_end_of(group: int) -> None:
    """Wait until the kernel is done with a killed group: only then are its ports and files free."""
    deadline = time.monotonic() + _KILL_SECONDS
    while time.monotonic() < deadline and _has_members(group):
        time.sleep(POLL_SECONDS)


def _has_members(group: int) -> bool:
    for pid in psutil.pids():
        with suppress(psutil.Error, OSError):
            if os.getpgid(pid) == group:
                process = psutil.Process(pid)
                # It counts as a zombie as soon as its first thread has ended.
                if process.status() != psutil.STATUS_ZOMBIE or process.num_threads() > 1:
                    return True
    return False


def _write_pid_file(path: Path, pid: int) -> None:
    with suppress(psutil.NoSuchProcess):
        created = psutil.Process(pid).create_time()
        path.write_text(json.dumps({"pid": pid, "create_time": created}), encoding="utf-8")
