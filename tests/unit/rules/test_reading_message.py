"""Whole messages of patients: the table of what people type (readings.txt), and what holds for any text."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.rules.reading import BloodPressure, NotAReading, ReadingKind
from workers.rules.reading_message import Reading, ReadingMessage, read_message

_LINES = (Path(__file__).parent / "readings.txt").read_text(encoding="utf-8").splitlines()
TABLE = [
    (text.replace("⏎", "\n"), made.strip())
    for text, _, made in (line.rpartition(" | ") for line in _LINES if not line.startswith("#"))
]


def shown(reading: Reading) -> str:
    """A reading as the table writes it."""
    if isinstance(reading, BloodPressure):
        return f"{reading.sbp}/{reading.dbp}"
    return f"{(reading.kind or 'glucose')[0]}{reading.mmol_l}"


def test_the_table_holds_two_hundred_inputs() -> None:
    assert len(TABLE) >= 200
    assert len({text for text, _ in TABLE}) == len(TABLE)


@pytest.mark.parametrize("text, made", TABLE)
def test_what_people_type(text: str, made: str) -> None:
    found = read_message(text)
    assert (found if isinstance(found, NotAReading) else " ".join(map(shown, found.readings))) == made


@pytest.mark.parametrize(
    "text, whose",
    [
        ("妈妈145/92", "mother"),
        ("我妈 145/92", "mother"),
        ("dad's is 150/95", "father"),
        ("老伴 138/84", "spouse"),
        ("my own 138/84", "self"),
        ("145/92", None),
    ],
)
def test_whom_a_message_names(text: str, whose: str | None) -> None:
    found = read_message(text)
    assert isinstance(found, ReadingMessage)
    assert found.whose == whose


def test_what_stands_beside_several_readings_is_handed_on() -> None:
    found = read_message("145/92 空腹 8.2 胸痛")
    assert isinstance(found, ReadingMessage)
    assert "胸痛" in found.rest


_WORDS = st.one_of(
    st.sampled_from(["145/92", "150/95", "92/145", "8.2", "-5", "72", "8:30", "8点", "2小时", "5mg", ",", ";"]),
    st.sampled_from(
        ["空腹", "餐后", "血糖", "血压", "bp", "glucose", "mg/dl", "mmol/l", "早上", "晚上", "妈妈", "爸爸"]
    ),
)


@given(st.lists(_WORDS, max_size=8).map(" ".join) | st.text())
def test_every_number_that_is_stored_stands_in_the_message(text: str) -> None:
    for expecting in (None, *ReadingKind):
        found = read_message(text, expecting)
        if isinstance(found, NotAReading):
            continue
        assert found.readings
        digits = "".join(re.findall(r"\d", text))
        for reading in found.readings:
            if isinstance(reading, BloodPressure):
                assert 20 <= reading.dbp < reading.sbp <= 300
                if digits.isascii():
                    assert str(reading.sbp) in text
                    assert str(reading.dbp) in text
            else:
                assert 0.5 <= reading.mmol_l <= 60


@given(st.integers(90, 250), st.integers(40, 89), st.floats(2, 30).map(lambda value: round(value, 1)))
def test_a_pressure_and_a_glucose_are_read_as_written_in_either_order(sbp: int, dbp: int, sugar: float) -> None:
    for text in (f"{sbp}/{dbp} 空腹 {sugar}", f"空腹 {sugar} 血压 {sbp}/{dbp}"):
        found = read_message(text)
        assert isinstance(found, ReadingMessage)
        assert {shown(each) for each in found.readings} == {f"{sbp}/{dbp}", f"f{sugar}"}
