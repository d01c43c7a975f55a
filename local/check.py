"""``python -m local.check``: the quick gate; what ``make check`` runs.

Format, lint, types, import walls, unit and property tests, and the dashboard's own checks.
"""

import subprocess
import sys

from local.bootstrap import DASHBOARD, NPM_QUIET, find_npm

COMMANDS = {
    "format": ["-m", "ruff", "format", "--check", "."],
    "lint": ["-m", "ruff", "check", "."],
    "types": ["-m", "mypy"],
    "walls": [
        "-c",
        "import sys; from importlinter.cli import lint_imports_command as lint; lint()",
    ],
    "tests": ["-m", "pytest", "-q", "tests/unit", "tests/property"],
}


def main() -> int:
    """Run every check, even after one has failed; the exit code."""
    failed = []
    for name, command in COMMANDS.items():
        print(f"check: {name}", flush=True)
        if subprocess.run([sys.executable, *command], check=False).returncode:
            failed.append(name)
    print("check: dashboard", flush=True)
    npm, environment = find_npm()
    for command in (["ci", *NPM_QUIET], ["run", "check"]):
        done = subprocess.run(
            [*map(str, npm), *command], cwd=DASHBOARD, env=environment, check=False
        )
        if done.returncode:
            failed.append("dashboard")
            break
    if failed:
        print(f"error: failed: {', '.join(failed)}", file=sys.stderr)
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
