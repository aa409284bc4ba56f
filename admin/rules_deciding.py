"""`refloop rules decide`: a JSON object of inputs in, the decision as JSON out."""

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from admin.refusals import BadInput
from models.values import Priority
from workers.rules.calendar import WorkCalendar
from workers.rules.counterfactual import counterfactual
from workers.rules.duties import danger_level, duties_for, duties_of, way_of_contact
from workers.rules.follow_up import plan_follow_up
from workers.rules.given import BadInputs, read_given
from workers.rules.hints import Hint, down_criteria, draft_hints, proposes_down
from workers.rules.layers import layers_of
from workers.rules.pack import Pack
from workers.rules.triage import decide_triage, read_inputs
from workers.rules.visit import classify_visit

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Now:
    """The site's day, for what names no date, and its calendar."""

    day: date
    calendar: WorkCalendar


def read_object(file: str) -> dict[str, Any]:
    """The JSON object in a file, or on standard input for `-`; BadInput says what is wrong with it."""
    try:
        text = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        value = json.loads(text.decode("utf-8-sig"), object_pairs_hook=_unique, parse_constant=_constant)
    except OSError as error:
        raise BadInput(f"{file}: {error.strerror}") from None
    except RecursionError:
        raise BadInput(f"{file}: not JSON that can be read: nested too deeply") from None
    except ValueError as error:
        raise BadInput(f"{file}: not JSON in UTF-8: {error}") from None
    if not isinstance(value, dict):
        raise BadInput(f'{file}: must be one JSON object of inputs, such as {{"sbp": 186}}')
    return value


def decide(kind: str, given: Mapping[str, Any], packs: Mapping[str, Pack], now: Now) -> Answer:
    """The decision of that kind; BadInput names every field that is wrong."""
    known = {"triage": _triage, "visit": _visit, "follow-up": _follow_up, "duties": _duties, "hints": _hints}
    if kind not in known:
        raise BadInput(f"KIND: {kind!r} is not one of {', '.join(known)}")
    work: Callable[[Mapping[str, Any], Mapping[str, Pack], Now], Answer] = known[kind]
    try:
        return work(given, packs, now)
    except BadInputs as error:
        raise BadInput(str(error)) from None


def _triage(given: Mapping[str, Any], packs: Mapping[str, Pack], now: Now) -> Answer:
    pack, values = packs["triage"], _with_danger_level(packs, given)
    asked = values.pop("asked", None)
    if asked is not None and asked not in list(Priority):
        raise BadInputs([f"asked: {asked!r} is not one of {', '.join(Priority)}"])
    inputs = read_inputs(pack, values)
    decided = decide_triage(pack, inputs, asked and Priority(asked), on=now.day)
    other = counterfactual(pack, decided)
    return {
        "priority": decided.priority, "answer_within_min": decided.answer_within_min, "pathway": decided.pathway,
        "rules": decided.rules, "because": decided.because.model_dump(), "sources": decided.sources,
        "data_incomplete": decided.data_incomplete, "absurd": decided.absurd, "scores": dict(decided.scores),
        "inputs": dict(decided.inputs), "units": dict(decided.units), "pack": decided.pack.model_dump(),
        "layers": layers_of(pack, decided.rules),
        "duties": [duty.as_dict() for duty in duties_of(packs["duties"], decided)],
        "counterfactual": other and {
            **other.text.model_dump(),
            "changes": [{"to": each.to, "input": each.input, "test": each.test} for each in other.changes],
        },
    }  # fmt: skip


def _visit(given: Mapping[str, Any], packs: Mapping[str, Pack], now: Now) -> Answer:
    pack, values = packs["visit"], _with_danger_level(packs, given)
    day = _day(values.pop("date", None), "date", now)
    known = read_given(pack.inputs, values)
    if "programme" not in known:
        raise BadInputs([f"programme: is missing; one of {', '.join(pack.inputs['programme'].values)}"])
    decided = classify_visit(pack, known, day)
    return {
        "class": decided.class_, "action": decided.action, "next_due": decided.next_due,
        "outcome_check_due": decided.outcome_check_due, "rules": decided.rules,
        "because": decided.because.model_dump(), "sources": decided.sources,
        "data_incomplete": decided.data_incomplete, "inputs": dict(decided.inputs), "units": dict(decided.units),
        "pack": decided.pack.model_dump(), "targets": dict(decided.targets),
    }  # fmt: skip


def _follow_up(given: Mapping[str, Any], packs: Mapping[str, Pack], now: Now) -> Answer:
    pack, values = packs["follow_up"], dict(given)
    day = _day(values.pop("date", None), "date", now)
    known = read_given(pack.inputs, values)
    if "event" not in known:
        raise BadInputs([f"event: is missing; one of {', '.join(pack.inputs['event'].values)}"])
    if "birth_date" in known:
        known["birth_date"] = _day(known["birth_date"], "birth_date", now).isoformat()
    plan = plan_follow_up(pack, known, day, now.calendar)
    return {
        "items": [{"due": row.due, "kind": row.kind, "who": row.who, "rules": row.rules} for row in plan.rows],
        "data_incomplete": plan.data_incomplete, "inputs": dict(plan.inputs), "pack": plan.pack.model_dump(),
    }  # fmt: skip


def _duties(given: Mapping[str, Any], packs: Mapping[str, Pack], now: Now) -> Answer:
    pack = packs["duties"]
    known = read_given(pack.inputs, given)
    level, rules = danger_level(pack, known.get("behaviours", ()))
    if level is not None:
        known["smi_level"] = max(level, known.get("smi_level", level))
    failed = known.get("failed_contacts")
    return {
        "duties": [duty.as_dict() for duty in duties_for(pack, known)], "smi_level": level, "smi_level_rules": rules,
        "contact": way_of_contact(pack, failed) if failed is not None else None,
        "inputs": known, "pack": pack.ref.model_dump(),
    }  # fmt: skip


def _hints(given: Mapping[str, Any], packs: Mapping[str, Pack], now: Now) -> Answer:
    pack = packs["hints"]
    known = read_given(pack.inputs, given)
    found, criteria = draft_hints(pack, known), down_criteria(pack, known)
    return {
        "up": [_hint(hint) for hint in found.up], "stay": [_hint(hint) for hint in found.stay],
        "down": [{"rule": each.rule, "standing": each.standing, **each.says.model_dump()} for each in criteria],
        "propose_down": proposes_down(criteria), "inputs": known, "pack": pack.ref.model_dump(),
    }  # fmt: skip


def _hint(hint: Hint) -> Answer:
    return {"rule": hint.rule, "emergency": hint.emergency, "source": hint.source, **hint.says.model_dump()}


def _with_danger_level(packs: Mapping[str, Pack], given: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs with the danger level that follows from what somebody did, where that is told; never a lower one."""
    values = dict(given)
    told = read_given(packs["duties"].inputs, {"behaviours": values.pop("behaviours", None)})
    level, _ = danger_level(packs["duties"], told.get("behaviours", ()))
    stated = values.get("smi_level")
    if level is not None and (stated is None or (isinstance(stated, int) and stated < level)):
        values["smi_level"] = level
    return values


def _day(value: Any, name: str, now: Now) -> date:
    if value is None:
        return now.day
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise BadInputs([f"{name}: must be a day such as 2026-03-05, not {value!r}"]) from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"{name} is given twice")
        found[name] = value
    return found


def _constant(name: str) -> Any:
    raise ValueError(f"{name} is no number")
