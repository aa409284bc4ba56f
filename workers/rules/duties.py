"""What must be done, reported or measured by when, once a triage decision stands; for people to read, nothing acts on
it."""

from dataclasses import dataclass
from typing import Any

from workers.rules.pack import Pack
from workers.rules.table import InBothLanguages
from workers.rules.triage import TriageDecision


@dataclass(frozen=True, slots=True)
class Duty:
    """One duty: the rule, what is to be done, within how many minutes (None where the source gives no time)."""

    rule: str
    what: InBothLanguages
    within_min: int | None

    def as_dict(self) -> dict[str, Any]:
        return {"rule": self.rule, "within_min": self.within_min, **self.what.model_dump()}


def duties_of(pack: Pack, decision: TriageDecision) -> tuple[Duty, ...]:
    """The duties that follow from a decision."""
    known = {name: decision.inputs.get(name) for name in ("smi_level", "maternal_colour")}
    rows = pack.tables["duties"].decide(known | {"pathway": decision.pathway}).rows
    return tuple(Duty(row.id, row.because, row.then.get("within_min")) for row in rows)
