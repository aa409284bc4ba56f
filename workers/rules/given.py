"""Inputs as they come from outside: checked against a pack's columns, units converted only where they are stated.

A number may be `186`, or carry its unit as `"148 mg/dL"` or `{"value": 148, "unit": "mg/dL"}`. Absent and null are
unknown. Nothing is guessed: a value without a unit is in the column's own.
"""

import math
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from workers.rules.conditions import Input, InputType


class BadInputs(ValueError):
    """Inputs that cannot be read; `problems` name the field and what would be right."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


_STATED = re.compile(r"\s*([-+]?\d+(?:\.\d+)?)\s*([^\d\s.].*?)\s*")
# The factor for glucose (18) is the one of parse_reading; a decimal is what a device shows.
_CONVERSIONS: dict[tuple[str, str], Callable[[float], float]] = {
    ("mg/dl", "mmol/L"): lambda value: round(value / 18.0, 1),
    ("°f", "°C"): lambda value: round((value - 32) / 1.8, 1),
    ("kpa", "mmHg"): lambda value: float(round(value * 7.50062)),
}  # fmt: skip
_SPELLINGS = {"f": "°f", "℉": "°f", "degf": "°f", "c": "°c", "℃": "°c", "degc": "°c", "percent": "%", "bpm": "/min"}


def read_given(
    columns: Mapping[str, Input], given: Mapping[str, Any], texts: Collection[str] = (), without: Collection[str] = ()
) -> dict[str, Any]:
    """The known values by column; BadInputs names every field that is wrong.

    `texts` are names of free text that no column describes; `without` are columns that are not to be given. Lists
    come out as tuples.
    """
    problems: list[str] = []
    values: dict[str, Any] = {}
    usable = {name: column for name, column in columns.items() if not column.derived and name not in without}
    for name, value in given.items():
        column = usable.get(name)
        wrong: str | None = None
        if name in texts:
            wrong = None if value is None or isinstance(value, str) else f"must be text, not {value!r}"
        elif column is None:
            wrong = f"unknown; known are {', '.join((*usable, *texts))}"
        else:
            value, wrong = _converted(column, value)
            wrong = wrong or column.wrong(value) or _not_finite(value)
        if wrong:
            problems.append(f"{name}: {wrong}")
        elif value is not None:
            values[name] = tuple(value) if isinstance(value, list) else value
    if problems:
        raise BadInputs(problems)
    return values


def _not_finite(value: Any) -> str | None:
    return "must be a finite number" if isinstance(value, float) and not math.isfinite(value) else None


def _converted(column: Input, value: Any) -> tuple[Any, str | None]:
    """The value in the column's own unit, and what is wrong with it."""
    if column.type is not InputType.number or isinstance(value, bool):
        return value, None
    stated: Any = None
    if isinstance(value, str) and (found := _STATED.fullmatch(value)):
        stated = (float(found[1]), found[2])
    elif isinstance(value, dict) and set(value) == {"value", "unit"} and isinstance(value["unit"], str):
        number = value["value"]
        if isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
            return None, f"its value must be a number, not {number!r}"
        stated = (number, value["unit"])
    if stated is None:
        return value, None
    number, unit = stated
    own = column.unit or ""
    plain = unit.strip().lower().replace(" ", "")
    plain = _SPELLINGS.get(plain, plain)
    if plain == own.lower():
        return number, None
    convert = _CONVERSIONS.get((plain, own))
    if convert is None:
        return None, f"must be in {own or 'no unit'}, not in {unit}"
    return convert(number), None
