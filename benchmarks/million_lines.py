"""Whether ``python -m inference analyze`` reads any number of lines in the same memory.

``python -m benchmarks.million_lines [fast|accurate|cascade]`` streams a hundred thousand lines
through it, then a million, and prints for each how long it took, the most memory the process had,
and whether every line was answered in its order.
"""

import json
import os
import subprocess
import sys
import time
from threading import Thread
from typing import IO

COUNTS = (100_000, 1_000_000)
WORDS = ("great", "terrible", "late", "fine", "broken", "lovely", "slow", "quick")


def main(arguments: list[str]) -> int:
    """Run both sizes; print their figures and how the memory compares. 1 if an answer is wrong."""
    mode = arguments[0] if arguments else "fast"
    peaks = []
    for count in COUNTS:
        begun = time.monotonic()
        is_right, peak_mb = stream(count, mode)
        seconds = time.monotonic() - begun
        peaks.append(peak_mb)
        print(
            f"{count:>9,} lines: {count / seconds:,.0f}/s, at most {peak_mb:,.0f} MB,"
            f" {'all answered in order' if is_right else 'ANSWERS MISSING OR OUT OF ORDER'}",
            flush=True,
        )
        if not is_right:
            return 1
    print(f"ten times the lines took {peaks[1] / peaks[0]:.2f} times the memory")
    return 0


def stream(count: int, mode: str) -> tuple[bool, float]:
    """Whether each of so many lines was answered in its order, and the most memory, in MB.

    About every third line is German: which those are tells the order.
    """
    command = [sys.executable, "-m", "inference", "analyze", "--json", "--mode", mode]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        writer = Thread(target=_write, args=(process.stdin, count))
        writer.start()
        seen, is_right = 0, True
        for seen, line in enumerate(process.stdout or (), start=1):
            is_right &= json.loads(line)["language_supported"] is _is_english(seen - 1)
        writer.join()
        _, _, used = os.wait4(process.pid, 0)
        process.returncode = 0
    return is_right and seen == count, used.ru_maxrss / 1024


def _write(stream: IO[bytes] | None, count: int) -> None:
    if stream is None:  # only without a pipe
        raise AssertionError
    with stream:
        for number in range(count):
            word = WORDS[number % len(WORDS)]
            text = (
                f"order {number} was {word} and I have told everybody about it"
                if _is_english(number)
                else f"die Bestellung {number} ist nicht gut und ich bin weg"
            )
            stream.write(f"{text}\n".encode())


def _is_english(number: int) -> bool:
    return (number * 2_654_435_761) % 2**32 % 3 > 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
