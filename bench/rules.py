"""Decisions per second in one process: `make bench-rules`. The packs are the ones that ship."""

import random
import statistics
from collections.abc import Callable
from datetime import date
from itertools import cycle
from time import perf_counter
from typing import Any

from bench import mix
from workers.rules.counterfactual import counterfactual
from workers.rules.pack import Pack, packs
from workers.rules.triage import TriageInputs, decide_triage, read_inputs
from workers.rules.visit import classify_visit

TARGET = 50_000
ROUNDS, SECONDS = 5, 0.5
DAY = date(2026, 3, 2)


def rate(work: Callable[[], Any]) -> float:
    """Calls per second: the median of some rounds, after one to warm up."""
    found = []
    for number in range(ROUNDS + 1):
        calls, begun = 0, perf_counter()
        while perf_counter() - begun < SECONDS:
            for _ in range(50):
                work()
            calls += 50
        if number:
            found.append(calls / (perf_counter() - begun))
    return statistics.median(found)


def _different(pack: Pack, count: int) -> list[TriageInputs]:
    """Patients of whom hardly two have the same vital signs: what is kept from earlier decisions helps little."""
    some = random.Random(1)
    ranges = {"age": (1, 99), "sbp": (80, 230), "dbp": (40, 130), "heart_rate": (40, 160), "resp_rate": (8, 34),
              "temp_c": (34, 41), "spo2": (84, 100)}  # fmt: skip
    return [read_inputs(pack, {name: some.randint(*ends) for name, ends in ranges.items()}) for _ in range(count)]


def main() -> None:
    triage, visit, messages = packs()["triage"], packs()["visit"], packs()["messages"]
    small = read_inputs(triage, {"age": 60, "sbp": 150, "dbp": 90})
    full = read_inputs(
        triage,
        {
            "age": 71, "sex": "F", "sbp": 186, "dbp": 112, "heart_rate": 88, "resp_rate": 18, "temp_c": 36.6,
            "spo2": 97, "avpu": "A", "symptoms": ["severe_headache"], "programmes": ["hypertension"],
        },
    )  # fmt: skip
    decided = decide_triage(triage, full)
    others = cycle(_different(triage, 20_000))
    quiet, seen = messages.tables["quiet_hours"], {"recipient": "patient", "priority": "routine", "reply": False}
    pressure = {"programme": "hypertension", "sbp": 150, "dbp": 92, "age": 60, "previous": "satisfactory"}
    works: dict[str, Callable[[], Any]] = {
        "simple: one table (quiet hours)": lambda: quiet.decide(seen),
        "simple: vital-sign bands, three inputs": lambda: triage.tables["bands"].decide({"sbp": 150, "dbp": 90}, DAY),
        "triage, three inputs": lambda: decide_triage(triage, small, on=DAY),
        "triage, everything measured": lambda: decide_triage(triage, full, on=DAY),
        "triage, no two patients alike": lambda: decide_triage(triage, next(others), on=DAY),
        "visit": lambda: classify_visit(visit, pressure, DAY),
        "counterfactual": lambda: counterfactual(triage, decided),
    }
    for name, work in works.items():
        per_second = rate(work)
        print(f"{name:<42} {per_second:>10,.0f}/s {f'(target {TARGET:,})' if name.startswith('simple') else ''}")
    print("\n".join(mix.told()))


if __name__ == "__main__":
    main()
