"""A stopwatch of wall and CPU time."""

import time

from bench.report import Rate


class Stopwatch:
    """Running from the moment it is made."""

    def __init__(self) -> None:
        self._wall = time.perf_counter()
        self._cpu = time.process_time()

    def rate(self, count: int) -> Rate:
        """So many since then."""
        cpu, wall = time.process_time() - self._cpu, time.perf_counter() - self._wall
        return Rate(round(count / wall, 1), round(cpu / count * 1000, 3))
