"""Ends the private servers when the process that started them is gone, however it went.

Runs as a process of its own: `python watchdog.py` reads lines from standard input, `watch PID`,
`forget PID`, `remove DIRECTORY`. The end of input means that the other side has ended, even by SIGKILL:
what is still watched is ended (with its process group), what is to be removed is removed.
"""

import os
import shutil
import signal
import sys
import time

GRACE = 3.0  # seconds between asking and killing


def main() -> None:
    watched: set[int] = set()
    directories: set[str] = set()
    for line in sys.stdin:
        word, _, rest = line.strip().partition(" ")
        if word == "watch":
            watched.add(int(rest))
        elif word == "forget":
            watched.discard(int(rest))
        elif word == "remove":
            directories.add(rest)
    # SIGQUIT: PostgreSQL stops at once and gives its shared memory back; the rest is killed after the grace.
    _end(watched, signal.SIGQUIT)
    waited = 0.0
    while waited < GRACE and any(_alive(group) for group in watched):
        time.sleep(0.05)
        waited += 0.05
    _end(watched, signal.SIGKILL)
    for directory in directories:
        shutil.rmtree(directory, ignore_errors=True)


def _end(groups: set[int], how: signal.Signals) -> None:
    for group in groups:
        try:
            os.killpg(group, how)
        except ProcessLookupError:
            continue


def _alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    main()
