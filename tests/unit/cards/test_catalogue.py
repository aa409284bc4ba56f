"""The page of all cards, and the answers that carry buttons."""

from pathlib import Path

from bot.cards import examples as x
from bot.cards import replies
from bot.cards.catalogue import page, scenes
from models.values import Language
from tests.unit.cards.world import OF_A_LOOP

DOCS = Path(__file__).parents[3] / "docs" / "cards.md"


def test_the_page_is_up_to_date() -> None:
    assert DOCS.read_text(encoding="utf-8") == page(), "make it again: python -m bot.cards.catalogue > docs/cards.md"


def test_the_page_shows_every_purpose() -> None:
    assert {scene.purpose for scene in scenes()} == set(OF_A_LOOP)


def test_a_recorded_reading_can_be_taken_back() -> None:
    card = replies.recorded_reading(Language.en, "event-9", x.READING, x.NIGHT, x.NIGHT, x.ZONE)
    assert "145/92" in card.text
    assert card.buttons[0][0].params == {"reading": "event-9"}


def test_for_whom_names_nobody_and_repeats_the_press() -> None:
    card = replies.for_whom(Language.zh, {"p1": "mother", "p2": "father"}, "reading", {"text": "145/92"})
    assert [row[0].label for row in card.buttons] == ["妈妈", "爸爸"]
    assert card.buttons[1][0].params == {"text": "145/92", "patient": "p2"}


def test_the_languages_are_named_in_themselves() -> None:
    assert [each.label for each in replies.languages(Language.en).buttons[0]] == ["中文", "English"]
