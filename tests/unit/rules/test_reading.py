"""Readings as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.rules.reading import BloodPressure, Glucose, NotAReading, ReadingKind, parse_reading


@pytest.mark.parametrize(
    "text",
    [
        "145/92", " 145 / 92 ", "145-92", "145 92", "145,92", "145、92", "１４５／９２", "145／92", "١٤٥/٩٢",
        "血压 145/92", "血压145/92", "血压:145/92", "BP 145/92", "bp: 145/92 mmHg", "Blood pressure is 145 over 92",
        "145/92mmHg", "145/92.", "高压145低压92", "高压 145,低压 92", "145比92", "145/92/72", "145 92 72",
    ],
)  # fmt: skip
def test_a_blood_pressure_however_it_is_written(text: str) -> None:
    assert parse_reading(text) == BloodPressure(145, 92)


@pytest.mark.parametrize(
    "text, rest",
    [
        ("今早145/92", "今早"),
        ("145/92 胸痛", "胸痛"),
        ("早上8点 145/92 心率 72", "早上"),
        ("3月5日 145/92 规律 无", "规律 无"),
        ("8:30 145/92", ""),
    ],
)
def test_what_stands_beside_the_numbers_is_handed_on(text: str, rest: str) -> None:
    assert parse_reading(text) == BloodPressure(145, 92, rest)


@pytest.mark.parametrize(
    "text, mmol_l, kind, converted",
    [
        ("空腹 8.2", 8.2, "fasting", False),
        ("8.2 空腹", 8.2, "fasting", False),
        ("空腹血糖 7.1 mmol/L", 7.1, "fasting", False),
        ("血糖8.2", 8.2, None, False),
        ("餐后 11", 11.0, "random", False),
        ("随机血糖 11.3", 11.3, "random", False),
        ("glucose 148 mg/dL", 8.2, None, True),
        ("fasting 126 mg/dl", 7.0, "fasting", True),
        ("8:30 空腹 7.2", 7.2, "fasting", False),
        ("空腹 8。2", 8.2, "fasting", False),
        ("空腹 ٨.٢", 8.2, "fasting", False),
    ],
)
def test_a_glucose_with_its_kind_and_unit(text: str, mmol_l: float, kind: str | None, converted: bool) -> None:
    assert parse_reading(text) == Glucose(mmol_l, kind, converted)


def test_a_bare_number_is_a_glucose_only_when_one_was_asked_for() -> None:
    assert parse_reading("8.2") is NotAReading.unclear
    assert parse_reading("8.2", ReadingKind.glucose) == Glucose(8.2)
    assert parse_reading("8.2", ReadingKind.blood_pressure) is NotAReading.unclear


def test_mg_dl_is_converted_only_when_it_is_said() -> None:
    assert parse_reading("空腹 148") is NotAReading.implausible
    assert parse_reading("148", ReadingKind.glucose) is NotAReading.implausible


@pytest.mark.parametrize(
    "text, why",
    [
        ("", NotAReading.no_number),
        ("我很好", NotAReading.no_number),
        ("1450/92", NotAReading.implausible),
        ("145/920", NotAReading.implausible),
        ("145/5", NotAReading.implausible),
        ("120/120", NotAReading.implausible),
        ("空腹 0", NotAReading.implausible),
        ("空腹 500", NotAReading.implausible),
        ("92/145", NotAReading.swapped),
        ("-145/92", NotAReading.negative),
        ("145/-92", NotAReading.negative),
        ("空腹 -8.2", NotAReading.negative),
        ("14a/92", NotAReading.unreadable),
        ("a145/92", NotAReading.unreadable),
        ("14.5/9.2", NotAReading.unreadable),
        ("145//92", NotAReading.unreadable),
        ("145/92 150/95", NotAReading.several),
        ("空腹 8.2 餐后 11", NotAReading.several),
        ("145/92 空腹 8.2", NotAReading.several),
    ],
)
def test_what_is_no_reading_says_why(text: str, why: NotAReading) -> None:
    assert parse_reading(text) is why


@given(st.integers(50, 300), st.integers(20, 200), st.sampled_from(["/", "-", " ", ",", " / "]))
def test_a_plausible_pair_is_read_as_written(sbp: int, dbp: int, separator: str) -> None:
    read = parse_reading(f"{sbp}{separator}{dbp}")
    if dbp < sbp:
        assert read == BloodPressure(sbp, dbp)
    else:
        assert read in (NotAReading.swapped, NotAReading.implausible)


@given(st.text(alphabet=st.sampled_from("0123456789./- ,空腹血糖bp mmhg/dl年月点心率")) | st.text())
def test_any_text_gives_a_plausible_reading_or_a_reason(text: str) -> None:
    for expecting in (None, *ReadingKind):
        match parse_reading(text, expecting):
            case BloodPressure(sbp, dbp):
                assert 20 <= dbp < sbp <= 300
            case Glucose(mmol_l):
                assert 0.5 <= mmol_l <= 60
            case reason:
                assert reason in NotAReading
