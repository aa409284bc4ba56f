"""What is true of some inputs, as the bits of one number: each cell of a pack's conditions has a bit.

Every cell (`sbp: ">=180"`, `symptoms: has vomiting`) is compiled once. The numbers between two limits of a column all
give the same bits, so that a value is looked up, not tested. A condition is then a few operations on the number, and a
table's answer depends on that number alone: it is worked out once for each. What a cell means stays in conditions.py.
"""

from bisect import bisect_left
from collections.abc import Callable, Mapping
from typing import Any

from workers.rules.conditions import Input, InputType, Values, compile_condition
from workers.rules.limits_of import cells, edges

Holds = Callable[[int], bool]
_KEPT = 4096  # values of a column remembered; more are worked out again


class Marks:
    """The bits of one pack. First `holds(condition)` for each of its conditions, then `of(inputs)`."""

    def __init__(self, inputs: Mapping[str, Input]) -> None:
        self._inputs = inputs
        self._columns: dict[str, _Column] = {}
        self._count = 0
        self._unknown = 0

    def holds(self, when: Mapping[str, Any]) -> Holds:
        """Whether a condition holds, as a question about the bits. BadCondition as in `compile_condition`."""
        need, rest = 0, []
        for name, cell in when.items():
            if name == "all":
                rest += [self.holds(each) for each in cell]
            elif name == "any":
                rest.append(self._any(cell))
            else:
                need |= self._bit(name, cell)
        return _every(need, tuple(rest))

    def looked_at(self, when: Mapping[str, Any]) -> int:
        """The bits that a condition looks at."""
        found = 0
        for name, cell in cells(when):
            found |= self._bit(name, cell)
        return found

    def of(self, values: Values) -> int:
        """The bits of these inputs; what is absent or None is unknown."""
        return self.also(self._unknown, values)

    def also(self, marks: int, values: Values) -> int:
        """The bits when these inputs are known besides."""
        for name, value in values.items():
            column = self._columns.get(name)
            if column is not None and value is not None:
                marks = marks & column.others | column.of(value)
        return marks

    def _any(self, conditions: list[Mapping[str, Any]]) -> Holds:
        some, rest = 0, []
        for when in conditions:
            if len(when) == 1 and not when.keys() & {"any", "all"}:
                [(name, cell)] = when.items()
                some |= self._bit(name, cell)
            else:
                rest.append(self.holds(when))
        return _some(some, tuple(rest))

    def _bit(self, name: str, cell: Any) -> int:
        column = self._columns.get(name)
        if column is None:
            column = self._columns[name] = _Column(self._inputs[name])
        bit = column.cells.get(str(cell))
        if bit is None:
            bit = 1 << self._count
            self._count += 1
            test = compile_condition({name: cell}, self._inputs)
            column.add(str(cell), bit, lambda value: test({name: value}))
            if column.unknown(bit):
                self._unknown |= bit
        return bit


def _every(need: int, rest: tuple[Holds, ...]) -> Holds:
    if not rest:
        return lambda marks: marks & need == need
    if len(rest) == 1:
        [one] = rest
        return (lambda marks: marks & need == need and one(marks)) if need else one
    return lambda marks: marks & need == need and all(holds(marks) for holds in rest)


def _some(some: int, rest: tuple[Holds, ...]) -> Holds:
    if not rest:
        return lambda marks: marks & some != 0
    return lambda marks: marks & some != 0 or any(holds(marks) for holds in rest)


class _Column:
    """The cells of one input, and the bits that each of its values gives."""

    def __init__(self, column: Input) -> None:
        self.cells: dict[str, int] = {}
        self.others = -1  # every bit but this column's
        self._tests: list[tuple[int, Callable[[Any], bool]]] = []
        self._turns: list[float] = []
        self._places: list[int | None] = [None]
        self._known: dict[Any, int] = {}
        match column.type:
            case InputType.number:
                self.of = self._of_number
            case InputType.list:
                self.of = self._of_list
            case _:
                self.of = self._of_value

    def add(self, cell: str, bit: int, test: Callable[[Any], bool]) -> None:
        self.cells[cell] = bit
        self.others &= ~bit
        self._tests.append((bit, test))
        self._turns = sorted({*self._turns, *(limit for _, limit in edges(cell))})
        self._places = [None] * (2 * len(self._turns) + 1)
        self._known.clear()

    def unknown(self, bit: int) -> bool:
        return any(test(None) for each, test in self._tests if each == bit)

    def _of_number(self, value: Any) -> int:
        # Between two limits nothing turns: the place among them stands for the value, and so does "at the limit".
        turns = self._turns
        place = bisect_left(turns, value)
        at = place < len(turns) and turns[place] == value
        marks = self._places[2 * place + at]
        if marks is None or value != value:  # not a number is in no place
            marks = self._asked(value)
            if value == value:
                self._places[2 * place + at] = marks
        return marks

    def _of_list(self, value: Any) -> int:
        return self._kept(value if isinstance(value, tuple) else tuple(value), value)

    def _of_value(self, value: Any) -> int:
        return self._kept((type(value), value), value)

    def _kept(self, key: Any, value: Any) -> int:
        marks = self._known.get(key)
        if marks is None:
            if len(self._known) >= _KEPT:
                self._known.clear()
            marks = self._known[key] = self._asked(value)
        return marks

    def _asked(self, value: Any) -> int:
        return sum(bit for bit, test in self._tests if test(value))
