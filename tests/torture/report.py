"""What a run of torture found, counted as Jepsen counts; as JSON and as a table."""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

REPORTS = "REFLOOP_TEST_REPORTS"


@dataclass
class Count:
    """One kind of thing. `recovered` is part of `ok`; `unknown` is neither ok nor lost and is honest about it."""

    attempted: int = 0
    acknowledged: int = 0
    ok: int = 0
    lost: int = 0
    duplicated: int = 0
    recovered: int = 0
    unknown: int = 0
    unexpected: int = 0


@dataclass
class Report:
    """One run: what was done to what, what came of it, and what speaks against it."""

    name: str
    deployment: str
    seed: int
    seconds: float = 0.0
    faults: dict[str, int] = field(default_factory=dict)
    counts: dict[str, Count] = field(default_factory=dict)
    figures: dict[str, Any] = field(default_factory=dict)
    complaints: dict[str, int] = field(default_factory=dict)
    findings: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Nothing lost, nothing twice, nothing unexpected, nothing found."""
        bad = any(each.lost or each.duplicated or each.unexpected for each in self.counts.values())
        return not bad and not self.findings

    def table(self) -> str:
        """As Markdown."""
        faults = ", ".join(f"{number} × {name}" for name, number in self.faults.items()) or "none"
        columns = list(asdict(Count()))
        lines = [
            f"### {self.name}, {self.deployment}: {'passed' if self.ok else 'FAILED'}",
            "",
            f"Seed {self.seed}; {self.seconds:.0f} s; faults: {faults}.",
            "",
            f"| | {' | '.join(columns)} |",
            f"|---|{'---:|' * len(columns)}",
        ]
        for name, count in self.counts.items():
            lines.append(f"| {name} | {' | '.join(str(figure) for figure in asdict(count).values())} |")
        lines.append("")
        lines += [f"- {name}: {value}" for name, value in self.figures.items()]
        lines += [f"- FOUND: {finding}" for finding in self.findings[:40]]
        return "\n".join(lines) + "\n"

    def write(self) -> str:
        """Write both forms to the directory of REFLOOP_TEST_REPORTS, if it names one; gives the table."""
        table = self.table()
        given = os.environ.get(REPORTS)
        if given:
            directory = Path(given)
            directory.mkdir(parents=True, exist_ok=True)
            name = f"{self.name}-{self.deployment}".replace(" ", "-")
            (directory / f"{name}.md").write_text(table, encoding="utf-8")
            whole = json.dumps(asdict(self) | {"ok": self.ok}, indent=2, ensure_ascii=False)
            (directory / f"{name}.json").write_text(whole + "\n", encoding="utf-8")
        return table
