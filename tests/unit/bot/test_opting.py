"""Words that end a kind of message, or bring it back: only as the whole message."""

import pytest

from bot.handlers.opting import asked_for, is_stop, stop_words
from bot.handlers.settings import _ANY
from models.parties import Purpose
from models.values import Language
from workers.rules.pack import packs

WORDS = stop_words(packs()["messages"])


@pytest.mark.parametrize(
    "text, meant",
    [
        ("停随访提问", (Purpose.follow_up, True)),
        ("退订随访。", (Purpose.follow_up, True)),
        ("退订 提醒", (Purpose.reminders, True)),
        ("恢复提醒", (Purpose.reminders, False)),
        ("恢复所有消息", (Purpose.chat, False)),
        ("Stop questions!", (Purpose.follow_up, True)),
        ("STOP  reminders", (Purpose.reminders, True)),
        ("unsubscribe all", (Purpose.chat, True)),
        ("resume questions", (Purpose.follow_up, False)),
    ],
)
def test_a_word_with_its_purpose_ends_that_one_or_brings_it_back(text: str, meant: tuple[Purpose, bool]) -> None:
    assert asked_for(text, Language.zh if text[0] > "z" else Language.en, staff=False, words=WORDS) == meant
    assert not is_stop(text, WORDS)


@pytest.mark.parametrize("text", ["我想停随访提问", "please stop questions now", "退订", "stop", "145/92", "", "恢复"])
def test_in_a_sentence_or_alone_it_names_no_purpose(text: str) -> None:
    assert asked_for(text, Language.zh, staff=False, words=WORDS) is None


def test_staff_have_one_kind_that_can_be_ended() -> None:
    assert asked_for("Stop routine messages", Language.en, staff=True, words=WORDS) == (Purpose.reminders, True)
    assert asked_for("Stop questions", Language.en, staff=True, words=WORDS) is None


def test_what_can_be_ended_can_be_brought_back_at_once() -> None:
    assert set(_ANY) == set(Purpose) - {Purpose.sharing}


def test_the_words_are_those_of_the_pack_in_force() -> None:
    words = frozenset({"enough"})
    assert is_stop("Enough!", words)
    assert not is_stop("stop", words)
    assert asked_for("enough questions", Language.en, staff=False, words=words) == (Purpose.follow_up, True)
    assert asked_for("stop reminders please", Language.en, staff=False, words=words) is None
