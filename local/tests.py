"""``python -m local.tests``: all tests, with what they need; what ``make test`` runs.

Where the data folder is beside the repository, its tests must have run.
"""

import sys
from pathlib import Path

import pytest

from contracts.errors import one_line_errors
from local.browser import ensure_browser

SHARED_DATA = Path("..") / "shared" / "data"
MARKER = "shared_data"


class Census:
    """Counts what ran, as a pytest plugin."""

    def __init__(self) -> None:
        self.on_shared_data = 0
        self.skipped = 0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a finished test."""
        if report.when == "call" and MARKER in report.keywords:
            self.on_shared_data += 1
        self.skipped += report.skipped


def main(arguments: list[str]) -> int:
    """Run the tests; the exit code."""
    print(ensure_browser(), flush=True)
    census = Census()
    code = int(pytest.main(arguments, plugins=[census]))
    is_whole_run = not any(not argument.startswith("-") for argument in arguments)
    if is_whole_run and SHARED_DATA.is_dir() and not census.on_shared_data:
        print(f"error: {SHARED_DATA} is there and its tests did not run", file=sys.stderr)
        return code or 1
    if census.skipped:
        print(f"error: {census.skipped} tests were skipped", file=sys.stderr)
        return code or 1
    return code


if __name__ == "__main__":
    with one_line_errors():
        sys.exit(main(sys.argv[1:]))
