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
        ("电话 林浩 接", Typed("accept", "林浩")),
        ("电话 林浩 不接 设备坏了", Typed("decline", "林浩", "设备坏了")),
    ],
)
def test_a_word_is_an_action(text: str, wanted: Typed) -> None:
    assert parse(text) == wanted


@pytest.mark.parametrize("text", ["", "hello", "yes she has been here before", "phone Lin Hao", "电话", "接送病人"])
def test_everything_else_is_only_words(text: str) -> None:
    assert parse(text) is None
