"""Ends the private servers when the process that started them is gone, however it went.

Runs as a process of its own: `python watchdog.py` reads lines from standard input, `watch PID`,
`forget PID`, `end PID`, `remove DIRECTORY`. The end of input means that the other side has ended, even by SIGKILL:
what is still watched is ended (with its process group; after `end` the process alone), what is to be removed
is removed.
"""

import os
import shutil
import signal
import sys
import time
from collections.abc import Callable

GRACE = 3.0  # seconds between asking and killing


def main() -> None:
    watched: set[int] = set()
    alone: set[int] = set()
    directories: set[str] = set()
    for line in sys.stdin:
        word, _, rest = line.strip().partition(" ")
        if word == "watch":
            watched.add(int(rest))
        elif word == "forget":
            watched.discard(int(rest))
            alone.discard(int(rest))
        elif word == "end":
            alone.add(int(rest))
        elif word == "remove":
            directories.add(rest)
    # SIGQUIT: PostgreSQL stops at once and gives its shared memory back; the rest is killed after the grace.
    _end(watched, signal.SIGQUIT, os.killpg)
    _end(alone, signal.SIGTERM, os.kill)
    waited = 0.0
    while waited < GRACE and (
        any(_alive(each, os.killpg) for each in watched) or any(_alive(each, os.kill) for each in alone)
    ):
        time.sleep(0.05)
        waited += 0.05
    _end(watched, signal.SIGKILL, os.killpg)
    _end(alone, signal.SIGKILL, os.kill)
    for directory in directories:
        shutil.rmtree(directory, ignore_errors=True)


def _end(ids: set[int], how: signal.Signals, kill: Callable[[int, int], None]) -> None:
    for each in ids:
        try:
            kill(each, how)
        except ProcessLookupError:
            continue


def _alive(which: int, kill: Callable[[int, int], None]) -> bool:
    try:
        kill(which, 0)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    main()
