"""Shares whose denominators only others have: computed from the months given, "not computable" without them."""

from datetime import date
from typing import Any

import pytest

from events.kpis import OUTSIDE, Period, _from_outside

SPRING = Period(date(2027, 2, 1), date(2027, 3, 31))


def row(found: list[dict[str, Any]], definition: str) -> dict[str, Any]:
    [one] = [each for each in found if each["definition"] == definition]
    return one


@pytest.mark.parametrize("definition", OUTSIDE)
def test_each_share_is_computed_from_its_own_lines_alone(definition: str) -> None:
    given = {("2027-02", definition): (60, 150), ("2027-03", definition): (15, 150), ("2027-04", definition): (9, 9)}
    found = _from_outside(given, SPRING)
    share = row(found, definition)
    assert (share["numerator"], share["denominator"], share["value"]) == (75, 300, 0.25)
    assert share["source"] == "from the file given: 2 of 2 months"
    for other in OUTSIDE.keys() - {definition}:
        absent = row(found, other)
        assert (absent["numerator"], absent["denominator"], absent["value"]) == (None, None, None)
        assert absent["source"].startswith("not computable")


@pytest.mark.parametrize("definition", OUTSIDE)
def test_without_a_file_none_of_them_is_computable(definition: str) -> None:
    absent = row(_from_outside(None, SPRING), definition)
    assert (absent["value"], absent["hidden"]) == (None, False)
    assert absent["source"].startswith("not computable")


def test_months_that_are_missing_are_said_and_small_cells_stay_hidden() -> None:
    found = _from_outside({("2027-03", "TB-MANAGED"): (30, 40), ("2027-03", "DM-COVERAGE"): (3, 40)}, SPRING)
    assert row(found, "TB-MANAGED")["source"] == "from the file given: 1 of 2 months"
    few = row(found, "DM-COVERAGE")
    assert (few["hidden"], few["numerator"], few["value"]) == (True, None, None)


def test_a_denominator_of_nothing_gives_no_figure() -> None:
    assert row(_from_outside({("2027-03", "TB-MANAGED"): (0, 0)}, SPRING), "TB-MANAGED")["value"] is None
