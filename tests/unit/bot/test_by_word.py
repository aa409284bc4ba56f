"""What staff type instead of pressing."""

import pytest

from bot.handlers.by_word import Typed, parse


@pytest.mark.parametrize(
    "text, wanted",
    [
        ("接", Typed("accept")),
        ("Accept", Typed("accept")),
        ("have it", Typed("hold")),
        ("不接 没有床位", Typed("decline", rest="没有床位")),
        ("no, no bed tonight", Typed("decline", rest="no bed tonight")),
        ("phone Lin Hao accept", Typed("accept", "lin hao")),
        ("by phone Dr Lin did not come", Typed("record_missed", "dr lin")),
        ("问 她吃什么药,多久了?", Typed("ask_information", rest="她吃什么药,多久了?")),
        ("ask which dose, and since when?", Typed("ask_information", rest="which dose, and since when?")),
        ("建议：先观察", Typed("advise", rest="先观察")),
        ("note BP is 150/90 now", Typed("add_note", rest="BP is 150/90 now")),
        ("改送 县二院 心内", Typed("redirect", rest="县二院 心内")),
        ("退回", Typed("give_back")),
        ("give back", Typed("give_back")),
        ("坚持", Typed("refuse_advice")),
        ("已同意", Typed("record_consent")),
        ("取消", Typed("ask_cancel")),
        ("reopen she is back with pain", Typed("reopen", rest="she is back with pain")),
        ("another time", Typed("refuse_time")),
        ("优先级 急诊", Typed("change_priority", rest="急诊")),
        ("next", Typed("ask_next")),
        ("接手", Typed("take_over")),
        ("电话 林浩 接", Typed("accept", "林浩")),
        ("电话 林浩 不接 设备坏了", Typed("decline", "林浩", "设备坏了")),
    ],
)
def test_a_word_is_an_action(text: str, wanted: Typed) -> None:
    assert parse(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "yes she has been here before",
        "phone Lin Hao",
        "电话",
        "接送病人",
        "ask",
        "建议",
        "give back now please",
    ],
)
def test_everything_else_is_only_words(text: str) -> None:
    assert parse(text) is None
