"""What all servers on this machine share."""

from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import Self

from contracts.errors import ServerError
from local.ports import HOST, ensure_port_free
from local.process import Process, Report, stop_survivor


class Server(ABC):
    """What all servers here share; ``with server:`` starts it and stops it again.

    :param folder: its data, configuration and log; started again on it, it has its data again.
    :param port: where it listens on 127.0.0.1.
    :param port_setting: what a user sets to choose another port, named where that one is taken.
    """

    name: str
    deadline_seconds: float = 120
    patience_seconds: float = 10

    def __init__(self, folder: Path, port: int, *, port_setting: str = "") -> None:
        self.folder = folder.absolute()
        self.port = port
        self.port_setting = port_setting or f"{self.name.upper()}_PORT"
        self._process: Process | None = None

    @property
    def address(self) -> str:
        """``host:port``."""
        return f"{HOST}:{self.port}"

    @property
    def log(self) -> Path:
        """The file that its output goes to."""
        return self.folder / f"{self.name}.log"

    @property
    def alive(self) -> bool:
        """Whether its process runs."""
        return self._process is not None and self._process.alive

    @property
    def pid(self) -> int | None:
        """Its process id, or None where it does not run."""
        return self._process.pid if self._process else None

    def start(self, report: Report | None = None) -> None:
        """Start it and wait until it answers.

        :raises ServerError: the port is taken, or the server does not come up.
        :raises FetchError: its files cannot be downloaded.
        """
        if self.alive:
            return
        self.launch(report)
        self.wait_until_ready()

    def launch(self, report: Report | None = None) -> None:
        """Start it without waiting, so that several can come up at the same time."""
        stop_survivor(self.folder / f"{self.name}.pid")
        ensure_port_free(self.port, self.port_setting)
        self.folder.mkdir(parents=True, exist_ok=True)
        tell = report or (lambda _: None)
        self._process = self.prepare(tell)
        tell(f"starting {self.name}")
        self._process.start()

    def wait_until_ready(self) -> None:
        """Wait until it answers. :raises ServerError: it does not."""
        if self._process is None:
            raise ServerError(f"{self.name} was not started", "call start() first")
        self._process.wait_until(self.answers, self.deadline_seconds)

    @abstractmethod
    def prepare(self, tell: Report) -> Process:
        """Fetch what it needs, write its configuration and say how it is started."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether it does what it is there for, asked through its own protocol."""

    def stop(self) -> None:
        """End it in good order; harmless when it does not run."""
        if self._process:
            self._process.stop(self.patience_seconds)

    def kill(self) -> None:
        """End it as a crash would (``kill -9``)."""
        if self._process:
            self._process.kill()

    def __enter__(self) -> Self:
        """Started."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stopped, whatever happened."""
        self.stop()
