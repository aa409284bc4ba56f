"""What each kind of pack must hold beyond its format, so that whoever decides by it finds what it asks for.

A pack may say more than the one that ships: more rows, inputs, values. It may not leave out a table, an input or an
output that is asked for, nor say something there that cannot be read.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from events.base import Situation
from workers.rules.follow_up import Schedule
from workers.rules.hint_words import HintWords
from workers.rules.pack import Pack, packs
from workers.rules.quiet_hours import Hour, MessageParameters, QuietHours
from workers.rules.silence import Silence
from workers.rules.table import Frozen, Table
from workers.rules.triage import TriageParameters
from workers.rules.visit import VisitParameters
from workers.rules.yaml_lines import BadPack

Misfit = tuple[str, str | None, str]  # the table ("" for parameters and inputs), the row, in words what

_ALWAYS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("triage", "mews"): ("points",),
    ("triage", "news2"): ("points",),
    ("triage", "bands"): ("priority", "basis", "severity"),
    ("triage", "triage"): ("priority", "basis"),
    ("visit", "emergency"): ("class", "action"),
    ("visit", "classes"): ("class", "action"),
    ("duties", "danger_level"): ("smi_level",),
    ("duties", "contact_order"): ("way",),
    ("hints", "down"): ("criterion",),
}


class _FollowUpParameters(Frozen):
    ask_at: Hour
    assumed_gestation_weeks: int = Field(ge=0, le=42)


class _HintParameters(Frozen):
    words: HintWords


_PARAMETERS: Mapping[str, type[BaseModel]] = {
    "triage": TriageParameters, "visit": VisitParameters, "messages": MessageParameters,
    "follow_up": _FollowUpParameters, "hints": _HintParameters,
}  # fmt: skip
_ROWS: Mapping[str, type[BaseModel]] = {"follow_up": Schedule, "messages": QuietHours, "silence": Silence}
# Of these the chat has a text for each that ships, and none for another: inputs, and lists among the parameters.
_CLOSED_INPUTS = {("hints", "met"), ("hints", "unmet"), ("silence", "situation")}
_CLOSED_LISTS = {("messages", "danger_signs")}
# Of these every key that ships is asked for.
_KEYED = {("triage", "answer_within_min"), ("triage", "texts"), ("visit", "texts")}


def misfits(pack: Pack) -> Iterator[Misfit]:
    """What whoever decides by this pack would stumble over; nothing for a pack of a name of its own."""
    shipped = packs().get(pack.name)
    if shipped is None or shipped is pack:
        return
    for name, column in shipped.inputs.items():
        own = pack.inputs.get(name)
        if own is None or (own.type, own.unit) != (column.type, column.unit):
            yield "", None, f"inputs: {name} must be there, as {column.type} in {column.unit or 'no unit'}"
        elif (pack.name, name) in _CLOSED_INPUTS and (more := set(own.values) - set(column.values)):
            yield "", None, f"inputs: {name}: {min(more)!r} is not one of {', '.join(column.values)}"
    for name, table in shipped.tables.items():
        if name in pack.tables:
            yield from _table(pack.name, pack.tables[name], table)
        else:
            yield "", None, f"tables: {name} must be there"
    yield from _parameters(pack, shipped)


def fitting(pack: Pack) -> Pack:
    """The pack itself; BadPack says what somebody would stumble over."""
    wrong = [" ".join(part for part in (table, row, words) if part) for table, row, words in misfits(pack)]
    if wrong:
        raise BadPack([f"{pack.name} {pack.version}: {each}" for each in wrong])
    return pack


def _table(kind: str, own: Table, shipped: Table) -> Iterator[Misfit]:
    name = shipped.file.id
    if own.file.hit is not shipped.file.hit:
        yield name, None, f"hit: must be {shipped.file.hit}"
    for output, column in shipped.file.outputs.items():
        if own.file.outputs.get(output) != column:
            wanted = f"{column.type} {', '.join(column.values)}".strip()
            yield name, None, f"outputs: {output} must be there, as {wanted}"
    needed, says = _ALWAYS.get((kind, name), ()), _ROWS.get(kind)
    for row in own.file.rows:
        if not row.on:
            continue
        for output in needed:
            if output not in row.then:
                yield name, row.id, f"then: {output} is missing"
        if says is not None and (row.then or kind != "messages"):  # a row without hours lets messages go
            yield from ((name, row.id, f"then: {words}") for words in _wrong(says, row.then))
    if kind == "silence":
        for situation in Situation:
            if not own.true_rows({"situation": situation.value}):
                yield name, None, f"no row for {situation}: whatever waits must have one"


def _parameters(pack: Pack, shipped: Pack) -> Iterator[Misfit]:
    wrong = _wrong(_PARAMETERS[pack.name], pack.parameters) if pack.name in _PARAMETERS else []
    yield from (("", None, f"parameters: {words}") for words in wrong)
    if wrong:
        return
    for kind, name in sorted(_KEYED | _CLOSED_LISTS):
        if kind != pack.name:
            continue
        own, there = pack.parameters[name], shipped.parameters[name]
        if (kind, name) in _KEYED:
            yield from (("", None, f"parameters: {name}: {key} is missing") for key in there if key not in own)
        else:
            more = [item for item in own if item not in there]
            yield from (("", None, f"parameters: {name}: {item!r} is not one of {', '.join(there)}") for item in more)


def _wrong(model: type[BaseModel], value: Mapping[str, Any]) -> list[str]:
    try:
        model.model_validate(dict(value))
    except ValidationError as error:
        return [
            ": ".join(filter(None, (".".join(map(str, each["loc"])), each["msg"].removeprefix("Value error, "))))
            for each in error.errors()
        ]
    return []
