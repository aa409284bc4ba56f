"""Symptoms in free text, and the guard against denied ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.rules.pack import packs
from workers.rules.triage import TriageParameters
from workers.rules.words import SymptomWords

PARAMETERS = TriageParameters.model_validate(dict(packs()["triage"].parameters))
WORDS = SymptomWords(PARAMETERS.words, PARAMETERS.negations)


@pytest.mark.parametrize(
    "text, codes",
    [
        ("胸痛2小时", {"chest_pain"}),
        ("突发左侧肢体无力、言语不清 1 小时", {"limb_weakness", "speech_trouble"}),
        ("Chest pain and sweating since 2 h", {"chest_pain", "sweating"}),
        ("short of breath, cannot lie flat", {"dyspnoea", "cannot_lie_flat"}),
        ("头痛2天", set()),
        ("剧烈头痛,喷射性呕吐", {"severe_headache", "raised_icp_sign"}),
        ("患者无意识", {"consciousness_change"}),
        ("無", set()),
        ("", set()),
    ],
)  # fmt: skip
def test_what_is_said_is_found(text: str, codes: set[str]) -> None:
    assert WORDS.found(text) == codes


@pytest.mark.parametrize(
    "text",
    [
        "无胸痛",
        "患者无胸痛、胸闷",
        "无明显胸痛",
        "否认有胸痛及心悸",
        "没有胸痛或气促",
        "无发热、胸痛",
        "胸痛(-)",
        "胸痛（-）",
        "胸痛：无",
        "胸痛:无",
        "脑膜刺激征阴性",
        "无意识障碍",
        "无呼吸困难、胸痛",
        "no chest pain",
        "Denies any chest pain or vomiting",
        "no fever or chest pain",
        "without significant chest pain",
        "chest pain: no",
        "chest pain negative",
    ],
)
def test_what_is_denied_is_not_found(text: str) -> None:
    assert WORDS.found(text) == frozenset()


@pytest.mark.parametrize(
    "text, code",
    [
        ("无发热,胸痛3小时", "chest_pain"),
        ("无发热，胸痛3小时", "chest_pain"),
        ("无发热胸痛3小时", "chest_pain"),
        ("无胸闷但有胸痛", "chest_pain"),
        ("no fever, chest pain since 2h", "chest_pain"),
        ("no vomiting but chest pain", "chest_pain"),
        ("chest pain not relieved by rest", "chest_pain"),
        ("四肢无力、胸痛", "chest_pain"),
        ("无法平卧", "cannot_lie_flat"),
        ("胸痛、无呕吐", "chest_pain"),
        ("胸痛无缓解", "chest_pain"),
        ("nothing helps the chest pain", "chest_pain"),
    ],
)
def test_a_denial_of_something_else_hides_nothing(text: str, code: str) -> None:
    assert code in WORDS.found(text)


@pytest.mark.parametrize("code, phrase", [(c, p) for c, said in PARAMETERS.words.items() for p in (*said.zh, *said.en)])
def test_every_word_of_the_table_is_found_and_can_be_denied(code: str, phrase: str) -> None:
    assert code in WORDS.found(f"{phrase}。")
    assert code in WORDS.found(f"今晨 {phrase.upper()} 2h")
    assert code not in WORDS.found(f"no {phrase}" if phrase.isascii() else f"无{phrase}")


def test_every_symptom_of_the_table_is_a_symptom_of_the_pack() -> None:
    assert set(PARAMETERS.words) == set(packs()["triage"].inputs["symptoms"].values)


def test_a_word_inside_another_word_is_not_found() -> None:
    assert WORDS.found("changing anginal") == frozenset()


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    assert WORDS.found(text) <= set(PARAMETERS.words)
