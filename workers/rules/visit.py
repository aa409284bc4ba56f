"""A follow-up visit: its class, what to do, when the next one is due, when to ask how a referral went.

The pack's emergency rows come first, then its classes. What is not known never makes a visit satisfactory: it is named
in `data_incomplete`, and without it there is no class.
"""

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from workers.rules.pack import Pack, PackRef
from workers.rules.table import Frozen, InBothLanguages, Outcome, Row


@dataclass(frozen=True, slots=True)
class VisitDecision:
    """What a visit comes to.

    class_ and action are None when too little is known (`data_incomplete` says what) or when no rule classifies the
    programme. next_due, outcome_check_due: days; the second only after a referral. targets: what the numbers aim at, by
    the specification (kpi_*) and by the guideline (clinical_*); mmHg, mmol/L, % for HbA1c.
    """

    class_: str | None
    action: str | None
    next_due: date | None
    outcome_check_due: date | None
    rules: tuple[str, ...]
    because: InBothLanguages
    sources: tuple[str, ...]
    data_incomplete: tuple[str, ...]
    inputs: Mapping[str, Any]
    units: Mapping[str, str]
    pack: PackRef
    targets: Mapping[str, float]


class VisitParameters(Frozen):
    """The parameters of the visit pack."""

    expected_by_programme: dict[str, tuple[str, ...]]
    texts: dict[str, InBothLanguages]


@lru_cache(maxsize=256)
def _ready(pack: Pack) -> tuple[VisitParameters, Mapping[str, str]]:
    units = {name: column.unit for name, column in pack.inputs.items() if column.unit}
    return VisitParameters.model_validate(dict(pack.parameters)), units


def classify_visit(pack: Pack, given: Mapping[str, Any], day: date) -> VisitDecision:
    """The class of a visit on `day`.

    `given`: values by the pack's input names, None or absent is unknown (`read_given` checks what comes from outside).
    Values outside their plausible range count as unknown and are named.
    """
    parameters, units = _ready(pack)
    stored = {name: value for name, value in given.items() if value not in (None, (), [])}
    columns = pack.inputs
    absurd = tuple(name for name, value in stored.items() if columns[name].range and columns[name].absurd(value))
    known = {name: value for name, value in stored.items() if name not in absurd}

    emergency = pack.tables["emergency"].decide(known, day)
    rows = emergency.rows
    says: Mapping[str, Any] = rows[0].then if rows else {}
    if not rows:
        of_class = pack.tables["classes"].decide(known, day)
        rows, says = _complete(of_class, absurd)
    action = says.get("action")
    after = pack.tables["next"].decide(known | {"action": action}, day)
    checks = after.outputs.get("outcome_check_days", ())
    soonest = [_next(row.then, day) for row in after.rows] + [_next(says, day)]
    programme = known.get("programme", "")
    missing = [name for name in parameters.expected_by_programme.get(programme, ()) if name not in known]
    if not rows and "glucose_mmol_l" in known and known.get("glucose_kind") == "random":
        missing.append("glucose_kind")  # classes count fasting glucose only
    fired = (*rows, *after.rows)
    return VisitDecision(
        class_=says.get("class"), action=action, next_due=min(filter(None, soonest), default=None),
        outcome_check_due=day + timedelta(days=min(checks)) if checks else None,
        rules=tuple(row.id for row in fired), because=_because(parameters, rows, missing),
        sources=tuple(dict.fromkeys(row.source.document for row in fired)),
        data_incomplete=tuple(dict.fromkeys([*missing, *absurd])), inputs=stored,
        units={name: units[name] for name in stored if name in units}, pack=pack.ref,
        targets=_targets(pack, known, day),
    )  # fmt: skip


def _targets(pack: Pack, known: Mapping[str, Any], day: date) -> Mapping[str, float]:
    rows = pack.tables["targets"].decide(known, day).rows
    return {name: value for row in rows for name, value in row.then.items()}


def _complete(outcome: Outcome, absurd: tuple[str, ...]) -> tuple[tuple[Row, ...], Mapping[str, Any]]:
    # A reading that cannot be true may hide a high one: such a visit is asked about, not called satisfactory.
    if absurd and outcome.outputs.get("class") == "satisfactory":
        return (), {}
    return outcome.rows, outcome.outputs


def _next(says: Mapping[str, Any], day: date) -> date | None:
    if "next_days" in says:
        return day + timedelta(days=says["next_days"])
    return months_later(day, says["next_months"]) if "next_months" in says else None


def months_later(day: date, months: int) -> date:
    """The same day so many months on; the month's last day where it has no such day."""
    year, month = divmod(day.month - 1 + months, 12)
    last = calendar.monthrange(day.year + year, month + 1)[1]
    return date(day.year + year, month + 1, min(day.day, last))


def _because(parameters: VisitParameters, rows: tuple[Row, ...], missing: list[str]) -> InBothLanguages:
    if rows:
        said = [row.because for row in rows]
        return InBothLanguages(
            zh="；".join(dict.fromkeys(each.zh for each in said)), en="; ".join(dict.fromkeys(each.en for each in said))
        )
    if not missing:
        return parameters.texts["no_programme"]
    text, names = parameters.texts["incomplete"], ", ".join(missing)
    return InBothLanguages(zh=f"{text.zh} {names}", en=f"{text.en} {names}")
