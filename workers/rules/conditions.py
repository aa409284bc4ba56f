"""The left side of a decision table: what a cell such as `>=180` means.

A cell is parsed once into a closure over the named inputs. A test on an input that is unknown is false,
whatever it says, unless it is `missing`: not knowing something never fires a rule by accident.

    number           >=180   <90   =5   [140..180)   (90..100]   in [1, 2]   not in [1, 2]   missing   present
    boolean          true   false   missing   present
    choice, text     orange   in [orange, red]   not in [green]   missing   present
    list             has chest_pain   has any [a, b]   has all [a, b]   missing   present

A number may carry its unit (`>=180 mmHg`); it must be the input's own. Several inputs in one `when` must all
hold; `any: [...]` and `all: [...]` nest.
"""

import operator
import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

Values = Mapping[str, Any]
Test = Callable[[Values], bool]


class InputType(StrEnum):
    """What a column holds."""

    number = "number"
    boolean = "boolean"
    text = "text"
    choice = "choice"
    list = "list"


class Input(BaseModel):
    """A column on the left: name (its key in the pack), type, unit, plausible range, the values a choice or
    list may take."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: InputType
    unit: str | None = None
    range: tuple[float, float] | None = Field(None, description="plausible values, both ends included")
    values: tuple[str, ...] = ()
    derived: bool = Field(False, description="worked out from other inputs, never given")

    def absurd(self, value: Any) -> bool:
        """True when a number lies outside the plausible range (NaN does)."""
        return self.range is not None and not self.range[0] <= value <= self.range[1]

    def wrong(self, value: Any) -> str | None:
        """What is wrong with a value given for this column, in words; None when it fits or is missing."""
        wanted = _WANTED.get(self.type)
        if value is None:
            return None
        if wanted is not None and (isinstance(value, bool) != (self.type is InputType.boolean)):
            return f"must be {wanted[1]}, not {value!r}"
        if wanted is not None and not isinstance(value, wanted[0]):
            return f"must be {wanted[1]}{f' in {self.unit}' if self.unit else ''}, not {value!r}"
        items = [value] if self.type is InputType.choice else value if self.type is InputType.list else []
        if self.type is InputType.list and not self.values and not all(isinstance(item, str) for item in items):
            return f"must be a list of texts, not {next(item for item in items if not isinstance(item, str))!r}"
        unknown = [item for item in items if item not in self.values] if self.values else []
        return f"{unknown[0]!r} is not one of {', '.join(self.values)}" if unknown else None


_WANTED: dict[InputType, tuple[Any, str]] = {
    InputType.number: (int | float, "a number"),
    InputType.boolean: (bool, "true or false"),
    InputType.text: (str, "text"),
    InputType.list: (list | tuple, "a list"),
}


class BadCondition(ValueError):
    """A cell that cannot be read; says what would be right."""


_NUMBER = r"[-+]?\d+(?:\.\d+)?"
_COMPARISON = re.compile(rf"(>=|<=|>|<|=)?\s*({_NUMBER})\s*(\S.*)?")
_INTERVAL = re.compile(rf"([\[(])\s*({_NUMBER})\s*\.\.\s*({_NUMBER})\s*([\])])\s*(\S.*)?")
_SET = re.compile(r"(not\s+in|in|has\s+any|has\s+all)\s*\[([^\]]*)\]")
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt, "=": operator.eq, "":
    operator.eq,
}  # fmt: skip


def compile_condition(when: Any, inputs: Mapping[str, Input]) -> Test:
    """What `when` means, as a closure over the inputs; BadCondition when it means nothing.

    Tables ask it through marks.py, which compiles each cell once and looks the values up.
    """
    if not isinstance(when, dict):
        raise BadCondition(f"a condition is a mapping from input to test, with any: and all: lists, not {when!r}")
    tests = [_part(name, cell, inputs) for name, cell in when.items()]
    return lambda values: all(test(values) for test in tests)


def _part(name: Any, cell: Any, inputs: Mapping[str, Input]) -> Test:
    if name in ("any", "all"):
        if not isinstance(cell, list) or not cell:
            raise BadCondition(f"{name}: takes a list of conditions that is not empty")
        tests = [compile_condition(item, inputs) for item in cell]
        some = any if name == "any" else all
        return lambda values: some(test(values) for test in tests)
    if name not in inputs:
        raise BadCondition(f"unknown input {name!r}; known are {', '.join(inputs)}")
    return _cell(name, cell, inputs[name])


def _cell(name: str, cell: Any, column: Input) -> Test:
    if cell == "missing":
        return lambda values: values.get(name) in (None, (), [], frozenset())
    if cell == "present":
        return lambda values: values.get(name) not in (None, (), [], frozenset())
    match column.type:
        case InputType.number:
            return _number_cell(name, cell, column)
        case InputType.boolean:
            if not isinstance(cell, bool):
                raise BadCondition(f"{name} is a boolean: true, false, missing or present, not {cell!r}")
            return lambda values: values.get(name) is cell
        case InputType.choice | InputType.text:
            return _choice_cell(name, str(cell), column)
        case InputType.list:
            return _list_cell(name, str(cell), column)


def _number_cell(name: str, cell: Any, column: Input) -> Test:
    if isinstance(cell, bool) or not isinstance(cell, str | int | float):
        raise BadCondition(f"{name} is a number: such as >=180, [140..180), in [1, 2] or missing, not {cell!r}")
    text = str(cell).strip()
    if found := _SET.fullmatch(text):
        return _number_set(name, found[1].split(), found[2])
    if found := _INTERVAL.fullmatch(text):
        opening, low, high, closing, unit = found.groups()
        _same_unit(name, unit, column)
        if float(low) >= float(high):
            raise BadCondition(f"{name}: the interval {text} is empty")
        above = operator.ge if opening == "[" else operator.gt
        below = operator.le if closing == "]" else operator.lt
        lowest, highest = float(low), float(high)
        return lambda values: (value := values.get(name)) is not None and above(value, lowest) and below(value, highest)
    if found := _COMPARISON.fullmatch(text):
        _same_unit(name, found[3], column)
        compare, limit = _COMPARE[found[1] or ""], float(found[2])
        return lambda values: (value := values.get(name)) is not None and compare(value, limit)
    raise BadCondition(f"{name} is a number: such as >=180, [140..180), in [1, 2] or missing, not {cell!r}")


def _same_unit(name: str, unit: str | None, column: Input) -> None:
    if unit and unit.strip() != column.unit:
        raise BadCondition(f"{name} is in {column.unit or 'no unit'}, not in {unit.strip()}")


def _number_set(name: str, words: list[str], inner: str) -> Test:
    if words[0] == "has":
        raise BadCondition(f"{name} is a number: has is for lists")
    try:
        numbers = frozenset(float(item) for item in inner.split(","))
    except ValueError as error:
        raise BadCondition(f"{name}: [{inner}] must hold numbers separated by commas") from error
    return _membership(name, numbers, wanted=words[0] == "in")


def _choice_cell(name: str, cell: str, column: Input) -> Test:
    text = cell.strip()
    if found := _SET.fullmatch(text):
        words = found[1].split()
        if words[0] == "has":
            raise BadCondition(f"{name} is one value: has is for lists")
        return _membership(name, _items(name, found[2], column), wanted=words[0] == "in")
    if column.values and text not in column.values:
        raise BadCondition(f"{name}: {text!r} is not one of {', '.join(column.values)}")
    return lambda values: values.get(name) == text


def _list_cell(name: str, cell: str, column: Input) -> Test:
    text = cell.strip()
    found = _SET.fullmatch(text)
    if found and found[1].split()[0] == "has":
        items = _items(name, found[2], column)
        if found[1].split()[1] == "all":
            return lambda values: items.issubset(values.get(name) or ())
        return lambda values: not items.isdisjoint(values.get(name) or ())
    if not found and text.startswith("has "):
        wanted = _items(name, text.removeprefix("has "), column)
        return lambda values: wanted.issubset(values.get(name) or ())
    raise BadCondition(f"{name} is a list: has x, has any [x, y], has all [x, y], missing or present, not {cell!r}")


def _items(name: str, inner: str, column: Input) -> frozenset[str]:
    items = frozenset(item.strip() for item in inner.split(","))
    for item in items:
        if not item or (column.values and item not in column.values):
            raise BadCondition(f"{name}: {item!r} is not one of {', '.join(column.values) or 'its values'}")
    return items


def _membership(name: str, members: frozenset[Any], *, wanted: bool) -> Test:
    if wanted:
        return lambda values: (value := values.get(name)) is not None and value in members
    return lambda values: (value := values.get(name)) is not None and value not in members
