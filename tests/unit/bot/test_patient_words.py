"""What patients type about an appointment instead of pressing."""

import pytest

from bot.handlers.patient_words import said


@pytest.mark.parametrize(
    "text, wanted",
    [
        ("能来", ("confirm_time", None)),
        ("能来。", ("confirm_time", None)),
        ("I will come", ("confirm_time", None)),
        ("我出发了", ("set_out", None)),
        ("On my way!", ("set_out", None)),
        ("换时间", (None, "another_time")),
        ("cannot come", (None, "cannot_come")),
        ("来不了", (None, "cannot_come")),
        ("确定,换时间", ("refuse_time", "another_time")),
        ("确定， 来不了。", ("refuse_time", "cannot_come")),
        ("Yes, I cannot come", ("refuse_time", "cannot_come")),
    ],
)
def test_the_words_of_the_buttons_are_understood(text: str, wanted: tuple[str | None, str | None]) -> None:
    assert said(text) == wanted


@pytest.mark.parametrize("text", ["", "确定", "145/92", "能来吗", "I cannot come because of the rain", "yes", "。"])
def test_other_words_are_not_taken_for_them(text: str) -> None:
    assert said(text) is None
