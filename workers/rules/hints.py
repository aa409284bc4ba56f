"""Hints for a doctor who writes or reports: reasons to refer up, reasons to stay, and how the criteria for going down
stand. They decide nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from workers.rules.conditions import InputType
from workers.rules.limits_of import cells
from workers.rules.pack import Pack
from workers.rules.table import InBothLanguages, Row


@dataclass(frozen=True, slots=True)
class Hint:
    """One hint: the rule, what it says, where it comes from; `emergency` for an emergency referral."""

    rule: str
    says: InBothLanguages
    source: str
    emergency: bool = False


@dataclass(frozen=True, slots=True)
class DraftHints:
    """What the draft card shows beside its priority."""

    up: tuple[Hint, ...] = ()
    stay: tuple[Hint, ...] = ()


class Standing(StrEnum):
    """How a criterion stands."""

    met = "met"
    unmet = "unmet"
    unknown = "unknown"


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion for going down, and how it stands."""

    rule: str
    says: InBothLanguages
    standing: Standing


def draft_hints(pack: Pack, known: Mapping[str, Any]) -> DraftHints:
    """Hints for a draft. `known`: what is known of the patient, by the pack's input names; other names are ignored.

    A reason to refer up silences the reasons to stay.
    """
    values = {name: value for name, value in known.items() if name in pack.inputs}
    up = pack.tables["up"].decide(values).rows
    stay = () if up else pack.tables["stay"].decide(values).rows
    return DraftHints(tuple(map(_hint, up)), tuple(map(_hint, stay)))


def down_criteria(pack: Pack, known: Mapping[str, Any]) -> tuple[Criterion, ...]:
    """The criteria for going down that concern this patient, each met, unmet or unknown.

    `known`: programmes, to_tier, and the lists `met` and `unmet` of what a report says. A criterion of another
    programme or tier is left out.
    """
    values = {name: value for name, value in known.items() if name in pack.inputs}
    met = {row.id for row in pack.tables["down"].decide(values).rows}
    unmet = set(values.get("unmet", ()))
    found = []
    for row in pack.tables["down"].file.rows:
        if not row.on or not _concerns(pack, row, values):
            continue
        wanted = {item for name, cell in cells(row.when) if name == "met" for item in _items(cell)}
        standing = Standing.met if row.id in met else Standing.unmet if wanted & unmet else Standing.unknown
        found.append(Criterion(row.id, row.because, standing))
    return tuple(found)


def proposes_down(criteria: tuple[Criterion, ...]) -> bool:
    """Whether to propose going down: something is met and nothing is known to be unmet."""
    standings = {criterion.standing for criterion in criteria}
    return Standing.met in standings and Standing.unmet not in standings


def items_of(pack: Pack, rule: str) -> tuple[str, ...]:
    """What a criterion for going down asks a report for, by the names of the input `met`; KeyError for no rule."""
    return tuple(sorted(item for name, cell in cells(pack.row(rule).when) if name == "met" for item in _items(cell)))


def _hint(row: Row) -> Hint:
    return Hint(row.id, row.because, row.source.document, row.then.get("referral") == "emergency")


def _concerns(pack: Pack, row: Row, values: Mapping[str, Any]) -> bool:
    """Whether the row is about this patient: its programme and tier, as far as the row names them."""
    for name, cell in cells(row.when):
        if name == "met":
            continue
        value = values.get(name)
        wanted = _items(cell)
        have = set(value or ()) if pack.inputs[name].type is InputType.list else {value}
        if not wanted & have:
            return False
    return True


def _items(cell: Any) -> set[str]:
    text = str(cell)
    inner = text[text.index("[") + 1 : text.index("]")] if "[" in text else text.removeprefix("has ")
    return {item.strip() for item in inner.split(",")}
