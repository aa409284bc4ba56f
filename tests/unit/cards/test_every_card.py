"""Every purpose in every situation for everybody who may read it: something to read, valid, no more than fits."""

from dataclasses import replace
from itertools import chain

import pytest

from bot.cards import examples as x
from bot.cards.render import render
from bot.handlers.plan_commands import PLANS
from bot.sandbox.html_text import parse_html, utf16_length
from bot.view import Button, CardView, Rendered
from events.actions import Action
from events.base import Situation
from events.purposes import PURPOSES, Audience, Purpose
from models.values import Language, Priority
from tests.unit.cards.world import OF_A_LOOP, REFERRALS, every_view, readers, states, view

# What a press may be besides an action on a referral; the handlers know these words.
OWN_ACTIONS = {
    "files", "release_notices",
    "menu", "details", "fold", "answer_form", "follow_up", "call_done", "wrong_reading", "close_for_now",
    "report_condition", "send_down", "open_again",
} | set(PLANS)  # fmt: skip


def buttons(card: Rendered) -> list[Button]:
    return list(chain.from_iterable(card.buttons))


def check(seen: CardView, card: Rendered) -> None:
    text, _ = parse_html(card.text)
    assert text.strip()
    assert utf16_length(text) <= 4096
    assert "{" not in text
    for button in buttons(card):
        assert 0 < len(button.label) <= 60
        assert button.action in OWN_ACTIONS | set(Action)
        assert button.action not in set(Action) or Action(button.action) in seen.allowed
    if PURPOSES[seen.purpose].audience is Audience.patient:
        assert len(buttons(card)) <= 3


def test_every_situation_is_among_the_examples() -> None:
    papers_and_plans = {
        Situation.return_form_due, Situation.return_form_unread, Situation.follow_up_due, Situation.danger_asked,
        Situation.danger_unseen,
    }  # fmt: skip
    assert {state.situation for state in REFERRALS} - {None} == set(Situation) - papers_and_plans


@pytest.mark.parametrize("purpose", OF_A_LOOP)
def test_a_card_says_something_valid_and_offers_only_what_is_allowed_in_every_menu(purpose: Purpose) -> None:
    for seen in every_view(purpose):
        card = render(seen)
        check(seen, card)
        assert len(card.buttons) <= 4, (seen.purpose, seen.state, card)
        if seen.language is Language.en:
            open_every_menu(seen, card)


def open_every_menu(seen: CardView, closed: Rendered) -> None:
    """Each opens, says more, and leads back."""
    todo, known = [closed], {""}
    while todo:
        for button in buttons(todo.pop()):
            name = button.params.get("menu", "")
            if button.action != "menu" or name in known:
                continue
            known.add(name)
            opened = render(replace(seen, menu=name))
            check(seen, opened)
            assert len(opened.text) > len(closed.text), name
            assert any(each.action == "menu" and not each.params["menu"] for each in buttons(opened)), name
            todo.append(opened)


def test_a_menu_that_is_no_longer_possible_shows_the_card() -> None:
    state = x.referral(Priority.urgent, *x.ROADS["arrived"])
    closed = view(Purpose.offer, state, x.RECIPIENT)
    assert render(replace(closed, menu="decline")) == render(closed)
    assert render(replace(closed, menu="no such menu")) == render(closed)


@pytest.mark.parametrize("purpose", [each for each in OF_A_LOOP if PURPOSES[each].audience is Audience.staff])
def test_an_opened_card_fits_whatever_was_written(purpose: Purpose) -> None:
    names = ("impression", "reason", "history", "treatment", "question", "diagnosis", "something new")
    long = dict.fromkeys(names, "<b>&\u202e \U0001f637 写" * 420)  # each alone is longer than a message may be
    identity = replace(x.IDENTITY, name="\u202e<script>" + "很" * 4000)
    for state in states(purpose)[::5]:
        seen = view(purpose, state, readers(purpose)[0], Language.zh, identity=identity, texts=long)
        check(seen, render(seen))


def test_a_repeat_says_so_in_its_first_word() -> None:
    state = x.referral(Priority.stat)
    for language, word in ((Language.zh, "再次:"), (Language.en, "Repeat: ")):
        assert render(view(Purpose.offer, state, x.RECIPIENT, language, repeat=True)).text.startswith(word)
        assert not render(view(Purpose.offer, state, x.RECIPIENT, language)).text.startswith(word)


def test_a_card_without_what_it_is_about_is_refused() -> None:
    with pytest.raises(TypeError, match="about a referral"):
        render(view(Purpose.offer, x.plan(), x.RECIPIENT))
    with pytest.raises(TypeError, match="about a discharge"):
        render(view(Purpose.return_form, x.plan(), x.RECIPIENT))
    with pytest.raises(TypeError, match="about a plan"):
        render(view(Purpose.feels_worse, x.discharge(), x.INITIATOR))
