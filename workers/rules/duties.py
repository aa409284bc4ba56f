"""What must be done, reported or measured by when: after a triage decision, at a screening, on the way of a referral.

For people to read; nothing acts on it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from workers.rules.pack import Pack
from workers.rules.table import InBothLanguages, Row
from workers.rules.triage import TriageDecision

# The tables that name duties; the others of the pack work something out.
_TABLES = ("duties", "screening", "process")
_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Duty:
    """One duty: the rule, what is to be done, within how many minutes (None where the source gives no time).

    every_months: how often it comes again, where it does.
    """

    rule: str
    what: InBothLanguages
    within_min: int | None
    every_months: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """As `rules decide` prints it; every_months only where there is one."""
        again = {"every_months": self.every_months} if self.every_months else {}
        return {"rule": self.rule, "within_min": self.within_min, **again, **self.what.model_dump()}


def duties_of(pack: Pack, decision: TriageDecision) -> tuple[Duty, ...]:
    """The duties that follow from a decision."""
    known = {name: decision.inputs.get(name) for name in ("smi_level", "maternal_colour")}
    known |= {name: decision.scores.get(name) for name in ("news2", "news2_threes")}
    rows = pack.tables["duties"].decide(known | {"pathway": decision.pathway}).rows
    return tuple(map(_duty, rows))


def duties_for(pack: Pack, known: Mapping[str, Any]) -> tuple[Duty, ...]:
    """The duties of whatever is known (the pack's input names): screening, the way of a referral, reports, targets."""
    return tuple(_duty(row) for table in _TABLES for row in pack.tables[table].decide(known).rows)


def danger_level(pack: Pack, behaviours: Iterable[str]) -> tuple[int | None, tuple[str, ...]]:
    """The danger level (0 to 5) of what somebody did, by the severest of it, with the rules; None: nothing is known."""
    outcome = pack.tables["danger_level"].decide({"behaviours": tuple(behaviours)})
    return outcome.outputs.get("smi_level"), outcome.ids


def way_of_contact(pack: Pack, failed: int) -> str:
    """How to look for somebody after so many ways have failed: phone, home_visit, neighbourhood, letter, lost."""
    return str(pack.tables["contact_order"].decide({"failed_contacts": failed}).outputs["way"])


def _duty(row: Row) -> Duty:
    days = row.then.get("within_days")
    return Duty(row.id, row.because, days * _DAY if days else row.then.get("within_min"), row.then.get("every_months"))
