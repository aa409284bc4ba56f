"""The values worth trying: where some condition turns, and just beside it.

Between two such values no condition changes, so that what holds at these points holds everywhere.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

from workers.rules.conditions import Input, InputType, compile_condition
from workers.rules.limits_of import cells, edges

# More combinations than any row of a readable pack needs; what turns on more is not tried to the end.
AT_MOST = 200_000
_STEPS = {"temp_c": 0.1, "glucose_mmol_l": 0.1}

When = Mapping[str, Any]


def names_in(whens: Sequence[When]) -> list[str]:
    """The inputs that these conditions look at, sorted."""
    return sorted({name for when in whens for name, _ in cells(when)})


def points(
    inputs: Mapping[str, Input], names: Sequence[str], whens: Sequence[When], missing: bool = True
) -> Iterator[dict[str, Any]]:
    """Every combination worth trying; `missing`: also that something is not known."""
    choices = []
    for name in names:
        unknown: list[Any] = [None] if missing else []
        choices.append([*unknown, *candidates(inputs[name], name, _tests(name, whens))])
    return (dict(zip(names, values, strict=True)) for values in product(*choices))


def together(inputs: Mapping[str, Input], whens: Sequence[When]) -> tuple[bool, dict[str, Any] | None]:
    """Values for which all of these conditions hold, None where there are none; and whether every value was tried.

    A cell that stands by itself must hold whatever else does: other values of its input need not be tried.
    """
    names = names_in(whens)
    choices = []
    for name in names:
        own = [compile_condition({name: when[name]}, inputs) for when in whens if name in when]
        values = [None, *candidates(inputs[name], name, _tests(name, whens))]
        choices.append([value for value in values if all(test({name: value}) for test in own)])
    tests = [compile_condition(when, inputs) for when in whens]
    for tried, combination in enumerate(product(*choices)):
        if tried == AT_MOST:
            return False, None
        given = dict(zip(names, combination, strict=True))
        if all(test(given) for test in tests):
            return True, given
    return True, None


def _tests(name: str, whens: Sequence[When]) -> list[Any]:
    return [cell for when in whens for of, cell in cells(when) if of == name]


def candidates(column: Input, name: str, tests: Sequence[Any]) -> list[Any]:
    """The values of one input at which these tests on it may turn."""
    match column.type:
        case InputType.boolean:
            return [True, False]
        case InputType.number:
            step = _STEPS.get(name, 1)
            low, high = column.range or (float("-inf"), float("inf"))
            turning = {limit for test in tests if isinstance(test, str | int | float) for _, limit in edges(test)}
            near = {round(limit + way, 6) for limit in turning for way in (-step, 0, step)}
            ends = {end for end in (low, high) if abs(end) != float("inf")}
            return sorted(value for value in near | ends if low <= value <= high)
        case InputType.choice:
            return list(column.values)
        case InputType.list:
            items = {item for test in tests for item in _items(test)}
            wanted = [tuple(sorted(_items(test))) for test in tests if str(test).startswith("has all")]
            return [(), *((item,) for item in sorted(items)), *wanted, tuple(sorted(items))]
        case InputType.text:
            return sorted({item for test in tests for item in _items(test)} | {"other"})


def _items(test: Any) -> set[str]:
    text = str(test)
    if text in ("missing", "present"):
        return {"anything"} if text == "present" else set()
    inner = text[text.index("[") + 1 : text.index("]")] if "[" in text else text.removeprefix("has ")
    return {item.strip() for item in inner.split(",")}


def shown(inputs: Mapping[str, Input], values: Mapping[str, Any]) -> str:
    """Values as a clinician reads them: sbp 180 mmHg, pregnant True."""
    parts = []
    for name, value in values.items():
        if value in (None, ()):
            continue
        unit = inputs[name].unit
        number = f"{value:g}" if isinstance(value, float) else value
        parts.append(f"{name} {number}{f' {unit}' if unit else ''}")
    return ", ".join(parts) or "nothing known"
