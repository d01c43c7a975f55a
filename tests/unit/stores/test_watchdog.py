import signal
import subprocess
import sys

WATCHED = """
import time
from stores.kafka.watchdog import Watchdog

with Watchdog().watching("a call", patience_s={patience}):
    time.sleep({takes})
print("went on", flush=True)
"""


def run(*, patience: float, takes: float) -> subprocess.CompletedProcess[str]:
    program = WATCHED.format(patience=patience, takes=takes)
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60
    )


def test_a_process_that_hangs_is_killed_and_says_where() -> None:
    ended = run(patience=0.1, takes=50)

    assert ended.returncode == -signal.SIGKILL
    assert ended.stderr == "a call hangs: the process ends and is started again\n"


def test_a_part_of_what_is_watched_does_not_lengthen_it() -> None:
    program = """
import time
from stores.kafka.watchdog import Watchdog

watchdog = Watchdog()
with watchdog.watching("a whole", patience_s=0.1), watchdog.watching("a part", patience_s=30):
    time.sleep(50)
"""
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=20
    )

    assert ended.returncode == -signal.SIGKILL
    assert ended.stderr == "a whole hangs: the process ends and is started again\n"


def test_a_process_that_does_not_hang_goes_on() -> None:
    ended = run(patience=30, takes=0.1)

    assert (ended.returncode, ended.stdout) == (0, "went on\n")


def test_a_process_that_ends_for_an_error_does_so_even_if_its_end_hangs() -> None:
    program = """
import time
from contracts.errors import ServerError
from stores.kafka.watchdog import ending_on_errors

try:
    with ending_on_errors():
        raise ServerError("broken")
finally:
    time.sleep(50)
"""
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60
    )

    assert ended.returncode == -signal.SIGALRM
