"""``python -m local.lock``: resolve the dependencies anew.

``requirements/*.lock`` hold versions and hashes for every supported Python and system, and no
address. ``dashboard/package-lock.json`` gives each package its path below a registry that does not
exist; ``.npmrc`` puts the configured one in its place. Without a path npm would first download the
description of all versions of a package.
"""

import json
import subprocess
import sys
from pathlib import Path

from local.bootstrap import DASHBOARD, find_npm

FOLDER = Path("requirements")
RUN = ["--constraints", str(FOLDER / "run.lock")]
BOTH = [*RUN, "--constraints", str(FOLDER / "local.lock")]
SOURCES: dict[str, list[str]] = {
    "run": ["pyproject.toml", "--override", str(FOLDER / "run.override")],
    "local": ["--group", "local", *RUN],
    "test": ["pyproject.toml", "--extra", "train", "--group", "test", *BOTH],
    "train": ["pyproject.toml", "--extra", "train", *BOTH],
    "node": [str(FOLDER / "node.in")],
}
OPTIONS = [
    "--universal",
    "--python-version=3.11",
    "--generate-hashes",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--no-annotate",
    "--no-header",
    "--quiet",
]
NO_REGISTRY = "https://registry.invalid"


def lock_python() -> None:
    """Write the lock files of :data:`SOURCES`, in this order: later ones follow earlier ones."""
    for name, source in SOURCES.items():
        output = FOLDER / f"{name}.lock"
        command = [sys.executable, "-m", "uv", "pip", "compile", *source, *OPTIONS]
        subprocess.run([*command, "--output-file", str(output)], check=True)
        print(f"wrote {output}")


def lock_node() -> None:
    """Let npm write its lock file, then give each package its path."""
    npm, environment = find_npm()
    command = [str(part) for part in npm]
    subprocess.run(
        [*command, "install", "--package-lock-only"], cwd=DASHBOARD, env=environment, check=True
    )
    path = DASHBOARD / "package-lock.json"
    lock = json.loads(path.read_text())
    for place, package in lock["packages"].items():
        _, _, name = place.rpartition("node_modules/")
        if name:
            version = package["version"]
            path_there = f"{name}/-/{name.rpartition('/')[2]}-{version}.tgz"
            resolved = f"{NO_REGISTRY}/{path_there}"
            lock["packages"][place] = {"version": version, "resolved": resolved, **package}
    path.write_text(json.dumps(lock, indent=2, ensure_ascii=False) + "\n")
    print(f"wrote {path.relative_to(Path.cwd())}")


if __name__ == "__main__":
    lock_python()
    lock_node()
