"""What a doctor writes in one line, in any order, both languages, any digits."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.drafts.words import Understood, Vocabulary, understand
from models.values import Priority, Sex

NOW = datetime(2026, 3, 4, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
WORDS = Vocabulary(
    {
        "心内": (None, "cardiology"), "心内科": (None, "cardiology"), "cardiology": (None, "cardiology"),
        "急诊": (None, "emergency"), "县医院": ("county", None), "chengxi county hospital": ("county", None),
    },
    {"急": Priority.urgent, "urgent": Priority.urgent, "stat": Priority.stat, "急诊": Priority.stat},
)  # fmt: skip


def read(text: str) -> Understood:
    return understand(text, WORDS, NOW)


def vitals(text: str) -> dict[str, Any]:
    return read(text).vitals.model_dump(exclude_none=True)


@pytest.mark.parametrize(
    "text",
    [
        "李秀英 71女 心内 BP 186/112 头痛2天 急",
        "急 心内 头痛2天 BP186/112 女71岁 李秀英",
        "头痛2天,血压186/112,李秀英,71岁,女,转心内,急",
        "心内\n急\n李秀英\n女 71\n186/112 头痛2天",
        "李秀英 ٧١女 心内 ＢＰ １８６/١١٢ 头痛2天 急",
        "\u200f李秀英\u202e 71女 心内 BP 186/112 头痛2天 急",
    ],
)
def test_the_order_and_the_script_do_not_matter(text: str) -> None:
    found = read(text)
    assert (found.name, found.age, found.sex) == ("李秀英", 71, Sex.female)
    assert (found.department, found.priority) == ("cardiology", Priority.urgent)
    assert (found.vitals.sbp, found.vitals.dbp) == (186, 112)
    assert found.words == "头痛2天"
    assert found.onset_at == NOW - timedelta(days=2)


def test_english_reads_the_same() -> None:
    found = read("Li Xiuying F 71 to cardiology, Chengxi County Hospital, BP 186/112 headache for 2 days urgent")
    assert (found.name, found.age, found.sex) == ("Li Xiuying", 71, Sex.female)
    assert (found.facility, found.department, found.priority) == ("county", "cardiology", Priority.urgent)
    assert found.words == "headache for 2 days"


@pytest.mark.parametrize(
    "text, value",
    [
        ("HR 110 RR 24 SpO2 92% T 38.5", {"heart_rate": 110, "resp_rate": 24, "spo2": 92, "temp_c": 38.5}),
        ("心率110次/分 呼吸 24 血氧92 体温38.5℃", {"heart_rate": 110, "resp_rate": 24, "spo2": 92, "temp_c": 38.5}),
        ("空腹血糖8.2", {"glucose_mmol_l": 8.2, "glucose_kind": "fasting"}),
        ("血糖 空腹 8.2", {"glucose_mmol_l": 8.2, "glucose_kind": "fasting"}),
        ("glucose 148 mg/dL", {"glucose_mmol_l": 8.2}),
        ("高压186,低压112", {"sbp": 186, "dbp": 112}),
        ("T 5 days", {}),
        ("since 12/3/2026", {}),
    ],
)
def test_measurements(text: str, value: dict[str, Any]) -> None:
    assert vitals(text) == value


@pytest.mark.parametrize("text", ["BP 1820/110", "BP 110/182"])
def test_a_pressure_that_cannot_be_is_left_out_and_named(text: str) -> None:
    found = read(text)
    assert found.vitals.sbp is None
    assert found.absurd == ("sbp", "dbp")


@pytest.mark.parametrize(
    "text, ago",
    [
        ("胸痛2小时", timedelta(hours=2)),
        ("胸痛半小时", timedelta(minutes=30)),
        ("高血压10年,气促1天", timedelta(days=1)),
        ("cough 2 weeks, breathless 3 h", timedelta(hours=3)),
        ("chest pain since 09:20", timedelta(minutes=40)),
        ("胸痛,23:00起病", timedelta(hours=11)),
    ],
)
def test_onset_is_a_clock_time(text: str, ago: timedelta) -> None:
    assert read(text).onset_at == NOW - ago


@pytest.mark.parametrize(
    "text, name",
    [
        ("高血压 胸痛 张伟 男58", "张伟"),
        ("黄疸3天 40男", None),
        ("姓名:欧阳娜娜 20岁女", "欧阳娜娜"),
        ("name: madonna 60 F", "madonna"),
        ("阿依古丽·买买提 30女", "阿依古丽·买买提"),
        ("headache BP 150/90", None),
    ],
)
def test_names(text: str, name: str | None) -> None:
    assert read(text).name == name


def test_numbers_that_identify_are_taken_out_of_the_words() -> None:
    found = read("李秀英 00000019550308001X 13900002001 头痛")
    assert (found.id_card, found.birth, found.phone) == ("00000019550308001X", "1955-03-08", "+8613900002001")
    assert found.words == "头痛"


@pytest.mark.parametrize("text, age", [("3个月大 男", 0), ("新生儿 女", None), ("999女", None), ("男 58 胸痛", 58)])
def test_ages(text: str, age: int | None) -> None:
    assert read(text).age == age


def test_a_word_may_say_how_urgent_and_where() -> None:
    found = read("张伟 58男 急诊 胸痛")
    assert (found.priority, found.department) == (Priority.stat, "emergency")


@given(some.text(max_size=300))
def test_nothing_that_is_typed_trips_it(text: str) -> None:
    read(text)
