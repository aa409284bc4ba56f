"""Triage: how urgent a referral is by the rules, and why.

The pack's tables are asked in turn: scores (MEWS, NEWS2), vital-sign bands, triage rows; then what lifts
one step. The highest of what was asked and what the rules say wins. What is missing or absurd never lowers
anything: it is named. A decision holds codes and numbers only, never the free text, and enough of them to
be decided again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from functools import lru_cache
from operator import attrgetter
from typing import Any

from pydantic import Field

from models.values import Priority
from workers.rules.given import read_given
from workers.rules.pack import Pack, PackRef
from workers.rules.table import Frozen, InBothLanguages, Row
from workers.rules.words import Negations, Phrases, SymptomWords


@dataclass(frozen=True, slots=True, kw_only=True)
class TriageInputs:
    """What is known; None is unknown. Units: years, mmHg, per minute, °C, %, mmol/L, minutes since onset, mL."""

    age: float | None = None
    sex: str | None = None
    pregnant: bool | None = None
    postpartum: bool | None = None
    breast_feeding: bool | None = None
    newborn: bool | None = None
    immunosuppressed: bool | None = None
    severe_chronic: bool | None = None
    not_manageable: bool | None = None
    sbp: float | None = None
    dbp: float | None = None
    heart_rate: float | None = None
    resp_rate: float | None = None
    temp_c: float | None = None
    spo2: float | None = None
    on_oxygen: bool | None = None
    hypercapnic: bool | None = None
    avpu: str | None = None
    glucose_mmol_l: float | None = None
    glucose_kind: str | None = None
    smi_level: int | None = None
    maternal_colour: str | None = None
    onset_min: float | None = None
    gcs: float | None = None
    iss: float | None = None
    haemoptysis_ml: float | None = None
    nitroglycerin_no_relief: bool | None = None
    symptoms: tuple[str, ...] = ()
    programmes: tuple[str, ...] = ()
    city: str | None = None
    reason: str = field(default="", repr=False)


_NAMES = tuple(each.name for each in fields(TriageInputs) if each.name != "reason")
_values = attrgetter(*_NAMES)


@dataclass(frozen=True, slots=True)
class TriageDecision:
    """What was decided, on what, and why.

    answer_within_min: None is the same hour of the desk's next working day. rules: ids of the rows that
    fired and of what lifted them. inputs and units: all that was given, absurd values too, and the symptoms
    found in the text.
    """

    priority: Priority
    asked: Priority | None
    answer_within_min: int | None
    pathway: str | None
    rules: tuple[str, ...]
    because: InBothLanguages
    sources: tuple[str, ...]
    data_incomplete: tuple[str, ...]
    absurd: tuple[str, ...]
    inputs: Mapping[str, Any]
    units: Mapping[str, str]
    scores: Mapping[str, float]
    pack: PackRef


class TriageParameters(Frozen):
    """The parameters of the triage pack."""

    answer_within_min: dict[Priority, int | None]
    pathway_order: tuple[str, ...]
    expected: tuple[str, ...]
    expected_by_programme: dict[str, tuple[str, ...]]
    names: dict[str, InBothLanguages]
    texts: dict[str, InBothLanguages]
    words: dict[str, Phrases]
    negations: Negations = Field(repr=False)


@dataclass(frozen=True, slots=True)
class _Ready:
    parameters: TriageParameters
    words: SymptomWords
    units: Mapping[str, str]
    ranges: Mapping[str, tuple[float, float]]


@lru_cache(maxsize=256)
def _ready(pack: Pack) -> _Ready:
    parameters = TriageParameters.model_validate(dict(pack.parameters))
    units = {name: column.unit for name, column in pack.inputs.items() if column.unit}
    ranges = {name: column.range for name, column in pack.inputs.items() if column.range}
    return _Ready(parameters, SymptomWords(parameters.words, parameters.negations), units, ranges)


def parameters_of(pack: Pack) -> TriageParameters:
    """The parameters of the triage pack, typed."""
    return _ready(pack).parameters


def read_inputs(pack: Pack, given: Mapping[str, Any]) -> TriageInputs:
    """Inputs from JSON-like values (workers.rules.given); BadInputs names every field that is wrong."""
    return TriageInputs(**read_given(pack.inputs, given, texts=("reason",)))


def decide_triage(
    pack: Pack, inputs: TriageInputs, asked: Priority | None = None, reason: str = "", on: date | None = None
) -> TriageDecision:
    """The decision for these inputs.

    `asked` is the priority the initiator asked for; `reason` the free text when it is kept apart from the
    inputs (it is only searched for symptom words); `on` the day that counts for rows with an effective date
    (None: all).
    """
    ready = _ready(pack)
    if reason or inputs.reason:
        found = ready.words.found(f"{inputs.reason}\n{reason}").union(inputs.symptoms)
        ordered = tuple(code for code in pack.inputs["symptoms"].values if code in found)
        inputs = replace(inputs, symptoms=ordered, reason="")
    given = {
        name: value for name, value in zip(_NAMES, _values(inputs), strict=True) if value is not None and value != ()
    }
    absurd = _absurd(ready.ranges, given)
    known = {name: value for name, value in given.items() if name not in absurd.dropped} if absurd.dropped else given
    ruling = _ruled(pack, pack.marks.of(known), asked, on)
    return TriageDecision(
        priority=ruling.priority,
        asked=asked,
        answer_within_min=ruling.answer_within_min,
        pathway=ruling.pathway,
        rules=ruling.rules,
        because=ruling.because,
        sources=ruling.sources,
        data_incomplete=_incomplete(ready.parameters, known, absurd.named),
        absurd=absurd.named,
        inputs=given,
        units={name: ready.units[name] for name in given if name in ready.units},
        scores=dict(ruling.scores),
        pack=pack.ref,
    )


@dataclass(frozen=True, slots=True)
class _Ruling:
    """What the rows say: all of a decision that does not name the inputs themselves."""

    priority: Priority
    answer_within_min: int | None
    pathway: str | None
    rules: tuple[str, ...]
    because: InBothLanguages
    sources: tuple[str, ...]
    scores: Mapping[str, float]


@lru_cache(maxsize=8192)
def _ruled(pack: Pack, marks: int, asked: Priority | None, on: date | None) -> _Ruling:
    """The ruling on whatever gives these marks (workers.rules.marks): patients who are alike are decided once."""
    parameters = _ready(pack).parameters
    scores = _scores(pack, marks, on)
    bands = pack.tables["bands"].of_marks(marks, on).rows
    danger = bool(bands or scores.get("mews", 0) >= 5 or scores.get("news2", 0) >= 5)
    derived = {**scores, "wst810_high": _high(bands), "danger_sign": danger}
    marks = pack.marks.also(marks, derived)
    rows = bands + pack.tables["triage"].of_marks(marks, on).rows
    verdict = _verdict(pack, rows, marks, on)
    priority = max(verdict.level, asked or Priority.routine, key=_RANK.__getitem__)
    fired = (*rows, *verdict.lifted_by)
    return _Ruling(
        priority=priority,
        answer_within_min=parameters.answer_within_min[priority],
        pathway=_pathway(rows, parameters.pathway_order),
        rules=tuple([row.id for row in fired]),
        because=_because(parameters, verdict, asked_for_more=priority is not verdict.level),
        sources=tuple(dict.fromkeys([row.source.document for row in fired])),
        scores=scores,
    )


def inputs_of(decision: TriageDecision) -> TriageInputs:
    """The inputs a decision was made on: deciding again with them and `decision.asked` gives the same
    decision."""
    return TriageInputs(**decision.inputs)


@dataclass(frozen=True, slots=True)
class _Absurd:
    named: tuple[str, ...]
    dropped: tuple[str, ...]


def _absurd(ranges: Mapping[str, tuple[float, float]], given: Mapping[str, Any]) -> _Absurd:
    dropped = tuple(
        [name for name, value in given.items() if name in ranges and not ranges[name][0] <= value <= ranges[name][1]]
    )
    sbp, dbp = given.get("sbp"), given.get("dbp")
    swapped = not {"sbp", "dbp"}.intersection(dropped) and sbp is not None and dbp is not None and dbp >= sbp
    # Swapped or mistyped, but either number may be the true one: named, and still allowed to raise.
    return _Absurd((*dropped, "sbp", "dbp") if swapped else dropped, dropped)


def _scores(pack: Pack, marks: int, on: date | None) -> dict[str, float]:
    scores: dict[str, float] = {}
    mews = pack.tables["mews"].of_marks(marks, on).outputs.get("points")
    news2 = pack.tables["news2"].of_marks(marks, on).outputs.get("points")
    if mews:
        scores["mews"] = sum(mews)
    if news2:
        scores["news2"] = sum(news2)
        scores["news2_threes"] = news2.count(3)
    return scores


def _high(bands: tuple[Row, ...]) -> int:
    return sum(row.then["severity"] == "high" for row in bands)


@dataclass(frozen=True, slots=True)
class _Verdict:
    level: Priority  # by the rules alone; routine when none fired
    top: tuple[Row, ...]  # the rows of the highest level, before lifting
    lifted_by: tuple[Row, ...]


_RANK = {priority.value: priority.rank for priority in Priority}
_LIFTABLE = ("vital", "symptom")


def _verdict(pack: Pack, rows: tuple[Row, ...], marks: int, on: date | None) -> _Verdict:
    if not rows:
        return _Verdict(Priority.routine, (), ())
    ranks = [_RANK[row.then["priority"]] for row in rows]
    highest = max(ranks)
    top = tuple([row for row, rank in zip(rows, ranks, strict=True) if rank == highest])
    level = Priority(top[0].then["priority"])
    liftable = [rank for row, rank in zip(rows, ranks, strict=True) if row.then["basis"] in _LIFTABLE]
    # One step, once, and only where it makes a difference: a vital sign of the highest level, below stat.
    if level is Priority.stat or highest not in liftable:
        return _Verdict(level, top, ())
    modifiers = pack.tables["modifiers"].of_marks(marks, on).rows
    return _Verdict(level.lifted(), top, modifiers) if modifiers else _Verdict(level, top, ())


def _pathway(rows: tuple[Row, ...], order: tuple[str, ...]) -> str | None:
    suspected = {row.then["pathway"] for row in rows if "pathway" in row.then}
    return next((pathway for pathway in order if pathway in suspected), None)


def _because(parameters: TriageParameters, verdict: _Verdict, *, asked_for_more: bool) -> InBothLanguages:
    said = [row.because for row in (*verdict.top, *verdict.lifted_by)]
    if asked_for_more:
        said.insert(0, parameters.texts["asked"])
    if not said:
        return parameters.texts["nothing"]
    return InBothLanguages(zh="；".join([each.zh for each in said]), en="; ".join([each.en for each in said]))


def _incomplete(parameters: TriageParameters, known: Mapping[str, Any], absurd: tuple[str, ...]) -> tuple[str, ...]:
    expected = list(parameters.expected)
    for programme in known.get("programmes", ()):
        expected += parameters.expected_by_programme.get(programme, ())
    return tuple(dict.fromkeys([*(name for name in expected if name not in known), *absurd]))
