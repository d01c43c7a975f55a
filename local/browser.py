"""The browser for the tests: the machine's own, else the system's package, else Playwright's."""

import os
import shutil
import subprocess
import sys
from typing import Any

from contracts.errors import FetchError

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"


def browser() -> str | None:
    """The machine's Chromium or Chrome; null where it has none."""
    return next(filter(None, map(shutil.which, [*NAMES, MAC])), None)


def ensure_browser() -> str:
    """Get a browser where there is none; a line that says which it is.

    :raises FetchError: none can be had.
    """
    if found := browser():
        return f"browser: {found}"
    if os.geteuid() == 0 and shutil.which("apt-get"):
        install = "apt-get update -qq && apt-get install -y -qq chromium"
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        done = subprocess.run(["sh", "-c", install], env=quiet, capture_output=True, check=False)
        if done.returncode == 0 and (found := browser()):
            return f"browser: {found}, installed from the system's packages"
    done = subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
    if done.returncode:
        raise FetchError("no browser can be had", "install Chromium or Chrome")
    return "browser: Playwright's own Chromium"


def launch_options() -> dict[str, Any]:
    """What Playwright starts the browser with: offline, and as root without its sandbox."""
    flags = ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        flags.append("--no-sandbox")
    options: dict[str, Any] = {"args": flags}
    if found := browser():
        options["executable_path"] = found
    return options
