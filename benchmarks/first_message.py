"""How long ``make demo`` takes to the first message on the page, and how much it downloads.

``python -m benchmarks.first_message -- make demo`` in a fresh clone; the command may run anywhere
(in a container, say) as long as it serves on this machine's 127.0.0.1. Counts what all network
interfaces but the loopback received meanwhile.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress

import psutil
from playwright.sync_api import Error, sync_playwright

from local.browser import launch_options
from local.ports import HOST

URL = f"http://{HOST}:{{port}}"
DEADLINE_S = 600
POLL_MS = 100
LOOK_MS = 15_000
MESSAGE = "[data-testid=list-messages] li"


def main(command: list[str]) -> int:
    """Run the command until a message shows, then stop it with Ctrl-C's signal; print figures."""
    port = os.environ.get("PORT", "8000")
    with sync_playwright() as playwright, playwright.chromium.launch(**launch_options()) as browser:
        page = browser.new_page()
        received = _received()
        begun = time.monotonic()
        demo = subprocess.Popen(command, env={**os.environ, "OPEN": "0"}, process_group=0)
        try:
            while time.monotonic() < begun + DEADLINE_S and demo.poll() is None:
                if not _listens(port):
                    time.sleep(POLL_MS / 1000)
                    continue
                try:
                    page.goto(URL.format(port=port))
                    page.locator(MESSAGE).first.wait_for(timeout=LOOK_MS)
                    break
                except Error:
                    page.wait_for_timeout(POLL_MS)
            seconds = time.monotonic() - begun
            megabytes = (_received() - received) / 1e6
            shown = page.locator(MESSAGE).count()
        finally:
            os.killpg(demo.pid, signal.SIGINT)
            code = demo.wait(60)
    print(f"first message on the page after {seconds:.1f} s, {megabytes:.0f} MB received")
    return 0 if shown and code == 0 else 1


def _listens(port: str) -> bool:
    """Whether the page can be asked for; cheap, so that looking does not slow what is measured."""
    with suppress(OSError), socket.create_connection((HOST, int(port)), timeout=1):
        return True
    return False


def _received() -> int:
    counters = psutil.net_io_counters(pernic=True).items()
    return sum(counter.bytes_recv for name, counter in counters if name != "lo")


if __name__ == "__main__":
    sys.exit(main([argument for argument in sys.argv[1:] if argument != "--"]))
