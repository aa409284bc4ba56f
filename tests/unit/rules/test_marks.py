"""Marks: a table asked by bits says what its cells say one by one, for any values, on a limit or beside it."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from workers.rules.conditions import Input, InputType, compile_condition
from workers.rules.limits_of import cells, edges
from workers.rules.marks import Marks
from workers.rules.pack import packs
from workers.rules.table import Row

PACKS = [packs()[name] for name in ("triage", "visit", "hints", "duties", "follow_up")]
ROWS = [(pack, row) for pack in PACKS for table in pack.file.tables for row in table.rows]


def values_of(column: Input, name: str, rows: list[Row]) -> st.SearchStrategy[Any]:
    """Values worth asking for: every limit of the pack, just beside it, and anything else of the kind."""
    tests = [cell for row in rows for of, cell in cells(row.when) if of == name]
    match column.type:
        case InputType.number:
            turns = sorted({limit for test in tests for _, limit in edges(test)}) or [0.0]
            near = st.sampled_from(turns).flatmap(lambda limit: st.sampled_from([limit, limit - 0.01, limit + 0.01]))
            return st.none() | near | st.floats(-10, 400) | st.just(float("nan"))
        case InputType.boolean:
            return st.none() | st.booleans()
        case InputType.list:
            items = column.values or ("hypertension", "diabetes", "maternal", "stroke", "elsewhere")
            return st.none() | st.lists(st.sampled_from(items), max_size=4).map(tuple)
        case _:
            return st.none() | st.sampled_from(column.values or ("somewhere",))


@given(st.data())
def test_a_row_is_true_by_its_marks_where_it_is_by_its_cells(data: st.DataObject) -> None:
    pack, row = data.draw(st.sampled_from(ROWS))
    names = {name for name, _ in cells(row.when)}
    rows = [each for table in pack.file.tables for each in table.rows]
    known = {name: data.draw(values_of(pack.inputs[name], name, rows)) for name in sorted(names)}
    marks = Marks(pack.inputs)
    others = [marks.holds(each.when) for each in rows]
    assert others
    holds = marks.holds(row.when)
    assert holds(marks.of(known)) is compile_condition(row.when, pack.inputs)(known)


def test_more_that_is_known_is_added_to_what_there_was() -> None:
    inputs = packs()["triage"].inputs
    marks = Marks(inputs)
    holds = marks.holds({"sbp": ">=180", "any": [{"mews": ">=5"}, {"age": "missing"}]})
    before = marks.of({"sbp": 185, "age": 70})
    assert not holds(before)
    assert holds(marks.also(before, {"mews": 6}))
    assert holds(marks.of({"sbp": 185}))


def test_what_a_condition_looks_at_is_all_that_can_change_it() -> None:
    marks = Marks(packs()["triage"].inputs)
    when = {"any": [{"sbp": ">=180"}, {"dbp": ">=110"}]}
    holds, bits = marks.holds(when), marks.looked_at(when)
    marks.holds({"age": ">=75"})
    some = marks.of({"sbp": 190, "age": 80})
    assert (holds(some), holds(some & bits), holds(some & ~bits)) == (True, True, False)
