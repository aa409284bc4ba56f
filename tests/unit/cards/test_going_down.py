"""A report "stable": what the card proposes, what is met and unmet, and the presses that follow."""

import pytest

from bot.cards import examples as x
from bot.cards.render import render
from bot.handlers.commands import COMMANDS
from bot.handlers.press import Press
from bot.view import Button, Rendered
from events import referral as e
from events.base import Event
from events.purposes import Purpose
from events.referral_commands import ReportCondition, SendDown
from models.values import Language, Priority
from tests.unit.cards.world import view
from tests.unit.events.story import LIN


def card(*more: Event, menu: str | None = None, reader: str = x.RECIPIENT, road: str = "arrived") -> Rendered:
    state = x.referral(Priority.urgent, *x.ROADS[road], *more)
    return render(view(Purpose.offer, state, reader, Language.en, menu=menu))


def pressed(shown: Rendered, label: str) -> Button:
    return next(each for row in shown.buttons for each in row if each.label.startswith(label))


def labels(shown: Rendered) -> list[str]:
    return [each.label for row in shown.buttons for each in row]


def reported(shown: Rendered, label: str) -> e.ConditionReported:
    """What a press on this card reports."""
    button = pressed(shown, label)
    command = COMMANDS[button.action](Press("referral-1", LIN, button.params))
    assert isinstance(command, ReportCondition)
    return e.ConditionReported(by=x.RECIPIENT, met=command.met, unmet=command.unmet)


def test_one_press_says_stable_and_the_card_proposes_to_send_down() -> None:
    before = card()
    assert "going down" not in before.text
    stable = reported(before, "Stable")
    assert (stable.met, stable.unmet) == (("stable",), ())
    after = card(stable)
    assert "may go back down" in after.text
    assert "✓ stable" in after.text
    assert "? diagnosis clear" in after.text
    down = pressed(after, "Send down → Liuwan")
    command = COMMANDS[down.action](Press("referral-1", LIN, down.params))
    assert isinstance(command, SendDown)
    assert command.facility == x.CENTRE


def test_what_is_said_to_be_unmet_stands_there_and_nothing_is_proposed() -> None:
    stable = reported(card(), "Stable")
    clear = reported(card(stable, menu="down"), "✓ diagnosis clear")
    assert clear.met == ("stable", "diagnosis_clear")
    unclear = reported(card(stable, clear, menu="down"), "✗ not: diagnosis clear")
    shown = card(stable, clear, unclear)
    assert "✗ diagnosis clear" in shown.text
    assert not [each for each in labels(shown) if each.startswith("Send down")]
    assert "Criteria" in labels(shown)


def test_the_village_of_a_patient_with_hypertension_has_criteria_of_its_own() -> None:
    state = x.referral(Priority.urgent, *x.ROADS["stable"])
    picture = state.picture.model_copy(update={"programmes": ("hypertension",)})
    amended = e.ReferralAmended(by=x.INITIATOR, picture=picture, changed=("picture",))
    assert "plan fit for primary care" in card(amended, road="stable").text
    assert "plan fit for primary care" not in card(road="stable").text


def test_it_is_not_offered_to_others_nor_before_somebody_is_there() -> None:
    assert "Stable" not in labels(card(road="accepted"))
    assert "Stable" not in labels(card(reader=x.SECOND))
    assert "Stable" not in labels(card(road="closed"))


@pytest.mark.parametrize("language", list(Language))
def test_what_became_of_it_is_said(language: Language) -> None:
    gone = e.SentDown(by=x.RECIPIENT, referral="referral-9", code="R-AAAAA", facility=x.CENTRE)
    state = x.referral(Priority.urgent, *x.ROADS["stable"], gone)
    assert "R-AAAAA" in render(view(Purpose.offer, state, x.RECIPIENT, language)).text
