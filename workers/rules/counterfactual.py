"""What would have made a triage decision another one: the nearest single changes that raise it, or, at the top, the
single findings without which it would be lower.

Found by deciding again, so that it holds whatever the pack says.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from models.values import Priority
from workers.rules.conditions import InputType
from workers.rules.limits_of import just_inside, numeric_edges
from workers.rules.pack import Pack
from workers.rules.table import InBothLanguages
from workers.rules.triage import TriageDecision, TriageInputs, decide_triage, inputs_of, parameters_of


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one input and the priority that follows. `test` reads like a cell: `>=210`, `has chest_pain`,
    `without vomiting`, `missing`."""

    to: Priority
    input: str
    test: str


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """The changes, nearest first within each priority, and the same as a sentence."""

    changes: tuple[Change, ...]
    text: InBothLanguages


# Decimals count where a device shows them.
_STEPS = {"temp_c": 0.1, "glucose_mmol_l": 0.1}
# What a person can measure or see again; age and the like do not change.
_MEASURED = ("sbp", "dbp", "heart_rate", "resp_rate", "temp_c", "spo2", "glucose_mmol_l", "smi_level")
_SHOWN = 6
_OUTSIDE = {">=": "<", ">": "<=", "<=": ">", "<": ">="}


def counterfactual(pack: Pack, decision: TriageDecision) -> Counterfactual | None:
    """What would have made it another decision; None where no single change does."""
    inputs = inputs_of(decision)
    top = decision.priority is Priority.stat
    found: dict[tuple[str, str], tuple[tuple[bool, ...], Change]] = {}
    for name, test, changed in _less(pack, inputs) if top else _more(pack, inputs):
        other = decide_triage(pack, changed, decision.asked)
        direction = test[0] if test[0] in "<>" else test
        differs = other.priority < decision.priority if top else other.priority > decision.priority
        if differs and (name, direction) not in found:
            # Measurements first, then what begins a pathway: the sentence has room for a few.
            order = (name == "symptoms", other.pathway is None)
            found[name, direction] = (order, Change(other.priority, name, test))
    if not found:
        return None
    ordered = sorted(found.values(), key=lambda each: (-each[1].to.rank, each[0]))
    changes = tuple(change for _, change in ordered)
    return Counterfactual(changes, _text(pack, decision.priority, changes))


@lru_cache(maxsize=8)
def _edges(pack: Pack) -> dict[str, tuple[tuple[str, float], ...]]:
    tables = (pack.tables[name] for name in ("bands", "triage", "mews", "news2"))
    return numeric_edges((row.when for table in tables for row in table.file.rows if row.on), pack.inputs)


def _more(pack: Pack, inputs: TriageInputs) -> Iterator[tuple[str, str, TriageInputs]]:
    """Single changes that may raise: limits outwards from the present value, nearest first, then one more symptom."""
    for name in _MEASURED:
        value = getattr(inputs, name)
        if value is None or pack.inputs[name].absurd(value):
            continue
        nearest = sorted(_edges(pack).get(name, ()), key=lambda edge: abs(edge[1] - value))
        for test, limit in nearest:
            inside = just_inside(test, limit, _STEPS.get(name, 1))
            outwards = (inside > value and test[0] == ">") or (inside < value and test[0] == "<")
            if outwards and not pack.inputs[name].absurd(inside):
                yield name, f"{test}{limit:g}", _with(inputs, name, _like(value, inside))
    for symptom in pack.inputs["symptoms"].values:
        if symptom not in inputs.symptoms:
            yield "symptoms", f"has {symptom}", replace(inputs, symptoms=(*inputs.symptoms, symptom))


def _less(pack: Pack, inputs: TriageInputs) -> Iterator[tuple[str, str, TriageInputs]]:
    """Single changes that may lower: a symptom or finding taken away, a measurement back inside the nearest limit."""
    for symptom in inputs.symptoms:
        left = tuple(each for each in inputs.symptoms if each != symptom)
        yield "symptoms", f"without {symptom}", replace(inputs, symptoms=left)
    for name in _MEASURED:
        value = getattr(inputs, name)
        if value is None or pack.inputs[name].absurd(value):
            continue
        for test, limit in sorted(_edges(pack).get(name, ()), key=lambda edge: abs(edge[1] - value)):
            back = _OUTSIDE.get(test)
            if back is None:
                continue
            outside = just_inside(back, limit, _STEPS.get(name, 1))
            if (test[0] == ">" and outside < value) or (test[0] == "<" and outside > value):
                yield name, f"{back}{limit:g}", _with(inputs, name, _like(value, outside))
    for name, column in pack.inputs.items():
        if column.type in (InputType.boolean, InputType.choice) and getattr(inputs, name, None) not in (None, False):
            yield name, "missing", _with(inputs, name, None)


def _with(inputs: TriageInputs, name: str, value: Any) -> TriageInputs:
    changed: dict[str, Any] = {name: value}
    return replace(inputs, **changed)


def _like(value: Any, other: float) -> float | int:
    return int(other) if isinstance(value, int) and float(other).is_integer() else other


def _text(pack: Pack, now: Priority, changes: tuple[Change, ...]) -> InBothLanguages:
    parameters = parameters_of(pack)

    def name(key: str, language: str) -> str:
        if key in parameters.words:
            return str(getattr(parameters.words[key], language)[0])
        return str(getattr(parameters.names[key], language)) if key in parameters.names else key

    def said(change: Change, language: str) -> str:
        word, _, rest = change.test.partition(" ")
        if word in ("has", "without"):
            return name(rest, language)
        if change.test == "missing":
            return name(change.input, language)
        shown = change.test.replace(">=", "≥ ").replace("<=", "≤ ").replace(">", "> ", 1).replace("<", "< ", 1)
        unit = pack.inputs[change.input].unit or ""
        return f"{name(change.input, language)} {shown} {unit if change.input != 'smi_level' else ''}".rstrip()

    def sentence(language: str) -> str:
        texts, parts = parameters.texts, []
        gap = " " if language == "en" else ""
        joint = f"{gap}{getattr(texts['or'], language)}{gap}"
        groups = dict.fromkeys((change.to, "if" if change.test[0] in "<>h" else "without") for change in changes)
        for to, way in groups:
            of_group = [each for each in changes if each.to is to and (each.test[0] in "<>h") == (way == "if")]
            these = joint.join(said(change, language) for change in of_group[:_SHOWN])
            parts.append(f"{name(now, language)} → {name(to, language)} {getattr(texts[way], language)}{gap}{these}")
        return ("; " if language == "en" else "；").join(parts)

    return InBothLanguages(zh=sentence("zh"), en=sentence("en"))
