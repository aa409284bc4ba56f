"""`python -m bench.engine`: the core against plain code (P1), the road of a referral and its latency (P2).

Starts its own servers, prints a table, writes all rounds as JSON, and ends in time: what the budget leaves no room for
is left out and said.
"""

import argparse
import logging
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog
import uvloop

from bench.ground import Ground, Kind, machine
from bench.plain import plain
from bench.report import Rate, Report, row_of
from bench.road import road
from bench.small import small

KINDS: tuple[Kind, ...] = ("full", "embedded")
Measure = Callable[[Ground, Kind], Awaitable[Rate]]

# Paired: one of each in every round, so that what else happens on the machine meets them all.
SMALL: dict[str, Measure] = {
    "plain, 1 in flight": lambda ground, kind: plain(ground, kind, 300, in_flight=1),
    "plain, 8 in flight": lambda ground, kind: plain(ground, kind, 600, in_flight=8),
    "engine, batches of 100": lambda ground, kind: small(ground, kind, 2000),
}
REFERRALS, TIMED, PER_SECOND = 1000, 200, 100.0


class Budget:
    """How long the run may take."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds
        self._longest = 0.0

    def room(self) -> bool:
        """Whether a round like the longest so far still fits."""
        return time.monotonic() + self._longest < self._until

    def took(self, began: float) -> None:
        """Remember a round that began then."""
        self._longest = max(self._longest, time.monotonic() - began)


def say(line: str) -> None:
    """A line of progress."""
    print(line, file=sys.stderr, flush=True)


async def run(rounds: int, seconds: float, only: str) -> Report:
    """Everything, on private servers."""
    with tempfile.TemporaryDirectory() as directory:
        say("bench: starting servers")
        with Ground(Path(directory)) as ground:
            await ground.prepare()
            report = Report((await machine(ground, "uvloop")).as_dict())
            if only in ("", "small"):
                await _rounds(rounds, Budget(seconds * (1 if only else 0.5)), lambda: _small_round(ground, report))
            if only in ("", "road"):
                await _rounds(rounds, Budget(seconds * (1 if only else 0.5)), lambda: _road_round(ground, report))
            return report


async def _rounds(rounds: int, budget: Budget, one: Callable[[], Awaitable[None]]) -> None:
    for number in range(rounds):
        if not budget.room():
            return say(f"bench: no time left after {number} of {rounds} rounds")
        began = time.monotonic()
        await one()
        budget.took(began)
    return None


async def _small_round(ground: Ground, report: Report) -> None:
    for kind in KINDS:
        for name, measure in SMALL.items():
            rate = await measure(ground, kind)
            row_of(report.small, kind, name).rounds.append(rate)
            say(f"bench: {kind}: {name}: {rate.per_second:,.0f}/s")


async def _road_round(ground: Ground, report: Report) -> None:
    for kind in KINDS:
        rate, latency = await road(ground, kind, REFERRALS, TIMED, PER_SECOND)
        row_of(report.road, kind, "64 at once").rounds.append(rate)
        report.latency.setdefault(kind, []).append(latency.milliseconds())
        say(f"bench: {kind}: the road: {rate.per_second:,.0f} referrals/s")


def main() -> None:
    """Read the arguments, measure, show."""
    reader = argparse.ArgumentParser(prog="python -m bench.engine", description=__doc__)
    reader.add_argument("--rounds", type=int, default=5, help="paired rounds of each measurement")
    reader.add_argument("--seconds", type=float, default=240, help="budget of the whole, starting the servers aside")
    reader.add_argument("--only", choices=("", "small", "road"), default="", help="one part")
    reader.add_argument("--json", type=Path, default=Path("bench/engine.json"), help="where all rounds are written")
    chosen = reader.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    report = uvloop.run(run(chosen.rounds, chosen.seconds, chosen.only))
    report.write(chosen.json)
    print("\n".join(report.lines()))


if __name__ == "__main__":
    main()
