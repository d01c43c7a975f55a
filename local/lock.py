"""``python -m local.lock``: resolve the dependencies anew into requirements/.

The files hold versions and hashes for every supported Python and system, and no address.
"""

import subprocess
import sys
from pathlib import Path

FOLDER = Path("requirements")
RUN = FOLDER / "run.lock"
SOURCES: dict[str, list[str]] = {
    "run": ["pyproject.toml", "--extra", "local"],
    "test": ["pyproject.toml", "--extra", "train", "--group", "test", "--constraints", str(RUN)],
    "train": ["pyproject.toml", "--extra", "train", "--constraints", str(RUN)],
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

if __name__ == "__main__":
    for name, source in SOURCES.items():
        output = FOLDER / f"{name}.lock"
        command = [sys.executable, "-m", "uv", "pip", "compile", *source, *OPTIONS]
        subprocess.run([*command, "--output-file", str(output)], check=True)
        print(f"wrote {output}")
