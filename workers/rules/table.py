"""A decision table: columns on the left, rows of conditions, what follows from each, where it comes from.

This is the one format of every rule in Refloop (triage, silence, follow-up, messages). The file is typed by
pydantic; a `Table` is the same thing made ready: its conditions parsed once into closures.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from workers.rules.conditions import Values
from workers.rules.marks import Holds, Marks

_OUTCOMES = 4096


class Frozen(BaseModel):
    """A value of a pack: no unknown keys, never changed."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Evidence(StrEnum):
    """Where a fact was seen (clinical sources of the project): in a policy document, a text, or nowhere
    yet."""

    s0 = "S0"
    s1 = "S1"
    s2 = "S2"
    s3 = "S3"
    s4 = "S4"
    text = "T"
    secondary_text = "T2"
    known_well = "K+"
    known = "K"
    known_little = "K-"
    assumption = "A"

    @property
    def weak(self) -> bool:
        """True for what ships off: own knowledge of medium or low confidence, and assumptions."""
        return self in (Evidence.known, Evidence.known_little, Evidence.assumption)


class InBothLanguages(Frozen):
    """One sentence for people, in Chinese and English."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)


class Source(Frozen):
    """Where a row comes from: document id, section, evidence tag, and where that text was read."""

    document: str = Field(min_length=1)
    section: str = Field(min_length=1)
    evidence: Evidence
    locator: str = ""


class Effective(Frozen):
    """From which day, and through which day, a row is in force; null is open."""

    start: date | None = Field(None, alias="from")
    end: date | None = Field(None, alias="to")

    def covers(self, day: date) -> bool:
        return (self.start is None or self.start <= day) and (self.end is None or day <= self.end)


class Row(Frozen):
    """One rule. `on: false` keeps it in the file, readable, without effect."""

    id: str = Field(min_length=1)
    when: dict[str, Any]
    then: dict[str, Any]
    because: InBothLanguages
    source: Source
    effective: Effective = Effective()
    on: bool
    needed: str | None = Field(None, description="why a row is on although its evidence is weak")
    layer: str | None = Field(None, description="the layer that added or changed the row; not written by hand")

    @model_validator(mode="after")
    def _weak_evidence_is_off_or_needed(self) -> Self:
        if self.on and self.source.evidence.weak and not self.needed:
            raise ValueError(
                f"evidence {self.source.evidence} ships off: set on: false, or say in `needed` why the product needs it"
            )
        return self


class OutputType(StrEnum):
    """What a column on the right holds; `value` is any YAML, checked by the kind of pack that reads it."""

    number = "number"
    boolean = "boolean"
    text = "text"
    choice = "choice"
    list = "list"
    value = "value"


class Output(Frozen):
    """A column on the right. For a choice, `values` from least to most: the order `highest` compares by."""

    type: OutputType
    values: tuple[str, ...] = ()

    def wrong(self, value: Any) -> str | None:
        """What is wrong with an output, in words; None when it fits."""
        match self.type:
            case OutputType.number if isinstance(value, bool) or not isinstance(value, int | float):
                return f"must be a number, not {value!r}"
            case OutputType.boolean if not isinstance(value, bool):
                return f"must be true or false, not {value!r}"
            case OutputType.text if not isinstance(value, str):
                return f"must be text, not {value!r}"
            case OutputType.choice if value not in self.values:
                return f"must be one of {', '.join(self.values)}, not {value!r}"
            case OutputType.list if not isinstance(value, list):
                return f"must be a list, not {value!r}"
        return None


class Hit(StrEnum):
    """What happens when several rows are true: the first; an error; all; the one with the highest output."""

    first = "first"
    unique = "unique"
    collect = "collect"
    highest = "highest"


class Example(Frozen):
    """What a clinician can check by eye: for these inputs exactly these rows are true, with this
    outcome."""

    given: dict[str, Any]
    fires: tuple[str, ...]
    then: dict[str, Any] = {}


class Coverage(Frozen):
    """What a table claims to cover, for `rules check`: with `given`, whatever the values of `over`, some row is true,
    except where `but` holds: there none is."""

    given: dict[str, Any] = {}
    over: tuple[str, ...] = Field(min_length=1)
    but: dict[str, Any] | None = None


class TableFile(Frozen):
    """A table as it stands in the file."""

    id: str = Field(min_length=1)
    title: InBothLanguages
    only_when: dict[str, Any] = Field({}, description="what must hold for the table to apply at all")
    hit: Hit
    highest_by: str | None = None
    outputs: dict[str, Output]
    rows: tuple[Row, ...]
    examples: tuple[Example, ...] = ()
    covers: tuple[Coverage, ...] = ()

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        by = self.outputs.get(self.highest_by or "")
        if self.hit is Hit.highest and (by is None or by.type not in (OutputType.choice, OutputType.number)):
            raise ValueError("hit: highest needs highest_by: the name of an output that is a choice or a number")
        return self


class RowsOverlap(ValueError):
    """Two rows of a table with hit policy `unique` are true at once."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a table says: the rows that are true, in the file's order, and the outputs by its hit policy."""

    rows: tuple[Row, ...]
    outputs: Mapping[str, Any]

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(row.id for row in self.rows)


@dataclass(frozen=True, slots=True)
class _Compiled:
    row: Row
    holds: Holds
    bits: int  # those it looks at
    height: float


class Table:
    """A table made ready. Immutable; `decide` is pure."""

    def __init__(self, file: TableFile, marks: Marks) -> None:
        """Parses every condition; BadCondition when one cannot be read. Rows that are off take no part.

        `marks`: of the pack, shared by its tables.
        """
        self.file = file
        self._marks = marks
        self._applies = marks.holds(file.only_when)
        self._compiled = tuple(
            _Compiled(row, marks.holds(row.when), marks.looked_at(row.when), self._height(row))
            for row in file.rows
            if row.on
        )
        self._own = marks.looked_at(file.only_when)
        for compiled in self._compiled:
            self._own |= compiled.bits
        # Referrals look alike: what the table says is worked out once for all of whom the same cells are true.
        self._outcome = lru_cache(maxsize=_OUTCOMES)(self._worked_out)

    def _height(self, row: Row) -> float:
        if self.file.highest_by is None:
            return 0.0
        output = self.file.outputs[self.file.highest_by]
        value = row.then.get(self.file.highest_by)
        if output.type is OutputType.choice:
            return float(output.values.index(value)) if value in output.values else -1.0
        return float(value) if isinstance(value, int | float) else float("-inf")

    def decide(self, values: Values, on: date | None = None) -> Outcome:
        """What the table says about these inputs; absent or None is unknown.

        `on` is the day that counts for rows with an effective date; None takes every row. RowsOverlap when
        two rows of a unique table are true.
        """
        return self.of_marks(self._marks.of(values), on)

    def of_marks(self, marks: int, on: date | None) -> Outcome:
        """`decide` for the bits of the inputs (workers.rules.marks)."""
        return self._outcome(marks & self._own, on)

    def _worked_out(self, marks: int, on: date | None) -> Outcome:
        true = [each for each in self._true(marks) if on is None or each.row.effective.covers(on)]
        if not true:
            return _NOTHING
        match self.file.hit:
            case Hit.first:
                return Outcome((true[0].row,), true[0].row.then)
            case Hit.unique:
                if len(true) > 1:
                    ids = ", ".join(compiled.row.id for compiled in true)
                    raise RowsOverlap(f"table {self.file.id} is unique, but {ids} are true together")
                return Outcome((true[0].row,), true[0].row.then)
            case Hit.highest:
                top = max(true, key=lambda compiled: compiled.height)
                return Outcome(tuple([compiled.row for compiled in true]), top.row.then)
            case Hit.collect:
                gathered: dict[str, list[Any]] = {}
                for compiled in true:
                    for name, value in compiled.row.then.items():
                        gathered.setdefault(name, []).append(value)
                return Outcome(tuple([compiled.row for compiled in true]), gathered)

    def _true(self, marks: int) -> list[_Compiled]:
        if not self._applies(marks):
            return []
        # A row that looks at something is false while nothing of it is marked: most are passed by at once.
        return [each for each in self._compiled if (marks & each.bits or not each.bits) and each.holds(marks)]

    def true_rows(self, values: Values) -> tuple[str, ...]:
        """The ids of all rows that are true, whatever the hit policy."""
        return tuple(compiled.row.id for compiled in self._true(self._marks.of(values)))

    def failing_examples(self) -> list[tuple[int, str]]:
        """The examples that do not come out as written: position and what came instead."""
        failing = []
        for position, example in enumerate(self.file.examples):
            outcome = self.decide(example.given)
            if outcome.ids != example.fires:
                failing.append((position, f"fires {list(outcome.ids)}, not {list(example.fires)}"))
            elif any(outcome.outputs.get(name) != value for name, value in example.then.items()):
                failing.append((position, f"says {dict(outcome.outputs)}, not {example.then}"))
        return failing


_NOTHING = Outcome((), {})
