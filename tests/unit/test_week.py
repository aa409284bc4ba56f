"""Windows of the week: what holds at an instant and what overlaps are one and the same thing."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from models.week import Window

MONDAY = datetime(2026, 3, 2)  # noqa: DTZ001 - a wall clock has no zone
MINUTES = st.integers(0, 24 * 60 - 1)
WINDOWS = st.builds(Window, st.frozensets(st.integers(0, 6)), MINUTES, st.integers(0, 24 * 60))


@given(WINDOWS, st.integers(0, 7 * 24 * 60 - 1))
def test_a_window_holds_exactly_in_its_spans(window: Window, minute: int) -> None:
    in_a_span = any(start <= minute < end for start, end in window.spans())
    assert window.holds(MONDAY + timedelta(minutes=minute)) is in_a_span


@given(WINDOWS, WINDOWS)
def test_windows_overlap_when_both_hold_at_some_minute(one: Window, other: Window) -> None:
    edges = {start for window in (one, other) for start, _ in window.spans()}
    both = any(
        one.holds(MONDAY + timedelta(minutes=edge)) and other.holds(MONDAY + timedelta(minutes=edge)) for edge in edges
    )
    assert one.overlaps(other) is both
    assert other.overlaps(one) is both
