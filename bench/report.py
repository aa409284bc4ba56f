"""Figures and how they are shown: medians of paired rounds, as a table and as JSON."""

import json
import statistics
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Rate:
    """How often per second, and the CPU time one costs this process (other work on the machine hardly moves it)."""

    per_second: float
    cpu_ms: float


@dataclass
class Row:
    """One line of the table: the rounds of one measurement, paired with those of the yardstick by their order."""

    deployment: str
    name: str
    rounds: list[Rate] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Median per second."""
        return statistics.median(each.per_second for each in self.rounds)

    @property
    def cpu_ms(self) -> float:
        """Median CPU milliseconds of one."""
        return statistics.median(each.cpu_ms for each in self.rounds)

    def against(self, yardstick: "Row") -> float:
        """Median of the ratios of each round."""
        pairs = zip(self.rounds, yardstick.rounds, strict=False)
        return statistics.median(mine.per_second / theirs.per_second for mine, theirs in pairs)


@dataclass
class Report:
    """Everything of one run."""

    machine: Mapping[str, Any]
    small: list[Row] = field(default_factory=list)
    road: list[Row] = field(default_factory=list)
    latency: dict[str, list[dict[str, float]]] = field(default_factory=dict)

    def lines(self) -> list[str]:
        """The table, in Markdown."""
        said = ["", " · ".join(f"{name} {value}" for name, value in self.machine.items()), ""]
        if self.small:
            said += ["| P1, the same small work | per second | CPU ms each | × 1 in flight | × 8 in flight | rounds |"]
            said += ["|---|---:|---:|---:|---:|---:|"]
            said += [self._small(row) for row in self.small]
        if self.road:
            said += [
                "",
                "| P2, the road | referrals/s | CPU ms each | answered p50 / p99 ms | told p50 / p99 ms | rounds |",
            ]
            said += ["|---|---:|---:|---:|---:|---:|", *(self._road(row) for row in self.road)]
        return said

    def _small(self, row: Row) -> str:
        one, eight = (
            next(each for each in self.small if each.deployment == row.deployment and each.name == name)
            for name in ("plain, 1 in flight", "plain, 8 in flight")
        )
        cells = [
            f"{row.deployment}: {row.name}", f"{row.rate:,.0f}", f"{row.cpu_ms:.2f}", f"{row.against(one):.1f}",
            f"{row.against(eight):.1f}", str(len(row.rounds)),
        ]  # fmt: skip
        return f"| {' | '.join(cells)} |"

    def _road(self, row: Row) -> str:
        found = self.latency.get(row.deployment, [])
        pairs = [
            " / ".join(
                f"{statistics.median(each[f'{name} {percent}'] for each in found):.1f}" for percent in ("p50", "p99")
            )
            for name in ("answered", "told")
        ]
        cells = [f"{row.deployment}: {row.name}", f"{row.rate:,.0f}", f"{row.cpu_ms:.2f}", *pairs, str(len(row.rounds))]
        return f"| {' | '.join(cells)} |"

    def write(self, path: Path) -> None:
        """All rounds as JSON."""
        path.write_text(json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n")


def row_of(rows: list[Row], deployment: str, name: str) -> Row:
    """The row of that name, made when it is not there."""
    for row in rows:
        if (row.deployment, row.name) == (deployment, name):
            return row
    rows.append(Row(deployment, name))
    return rows[-1]
