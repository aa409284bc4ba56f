"""Where a rule turns: the values at which the numeric cells of conditions change from false to true."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from workers.rules.conditions import Input, InputType

_NUMBER = r"[-+]?\d+(?:\.\d+)?"
_INTERVAL = re.compile(rf"([\[(])\s*({_NUMBER})\s*\.\.\s*({_NUMBER})\s*([\])])")
_COMPARISON = re.compile(rf"(>=|<=|>|<|=)?\s*({_NUMBER})")


def cells(when: Any) -> Iterator[tuple[str, Any]]:
    """Every cell of a condition, nested ones too: the input's name and its test."""
    for name, cell in when.items():
        if name in ("any", "all"):
            for item in cell:
                yield from cells(item)
        else:
            yield name, cell


def edges(cell: Any) -> list[tuple[str, float]]:
    """The limits of one numeric cell as (test, limit): `[140..180)` begins at >=140 and ends before <180."""
    text = str(cell).strip()
    if found := _INTERVAL.match(text):
        return [
            (">=" if found[1] == "[" else ">", float(found[2])),
            ("<=" if found[4] == "]" else "<", float(found[3])),
        ]
    if found := _COMPARISON.match(text):
        return [(found[1] or "=", float(found[2]))]
    if text.startswith(("in", "not in")):
        return [("=", float(number)) for number in re.findall(_NUMBER, text)]
    return []


def numeric_edges(
    whens: Iterable[Mapping[str, Any]], inputs: Mapping[str, Input]
) -> dict[str, tuple[tuple[str, float], ...]]:
    """Per numeric input every limit that some condition tests it against, in order."""
    found: dict[str, set[tuple[str, float]]] = {}
    for when in whens:
        for name, cell in cells(when):
            if name in inputs and inputs[name].type is InputType.number:
                found.setdefault(name, set()).update(edges(cell))
    return {name: tuple(sorted(limits, key=lambda edge: (edge[1], edge[0]))) for name, limits in found.items()}


def just_inside(test: str, limit: float, step: float) -> float:
    """The nearest value to `limit` for which the test holds, at a resolution of `step`."""
    if test == ">":
        return round(limit + step, 6)
    if test == "<":
        return round(limit - step, 6)
    return limit
