"""Everybody who may read a card, and everything a card may be about."""

from collections.abc import Iterator
from dataclasses import replace

from bot.cards import examples as x
from bot.cards.catalogue import Scene, State, view_of
from bot.view import CardView
from events.purposes import PURPOSES, Audience, Purpose
from models.values import Language, Priority

STAFF = (x.INITIATOR, x.RECIPIENT, x.SECOND, x.COORDINATOR, x.CENTRE_COORDINATOR)

# The others are about a list (bot/cards/house.py).
OF_A_LOOP = [purpose for purpose in Purpose if not PURPOSES[purpose].of_house]

_ASKED = ("offered", "held", "accepted")

# What a purpose can be about besides a referral.
_PAPERS = {Purpose.return_form_due, Purpose.return_form, Purpose.return_form_answered}
_PLANS = {
    Purpose.feels_worse, Purpose.high_reading, Purpose.patient_follow_up, Purpose.patient_visit_soon, Purpose.plan_card,
    Purpose.plan_handed_over, Purpose.patient_wrote, Purpose.refer_up,
}  # fmt: skip
_ANY = {Purpose.call_item, Purpose.patient_unseen, Purpose.parked}

# The priorities differ most where somebody is asked; elsewhere the most and the least pressing will do.
REFERRALS = [x.referral(priority, *road) for priority in (Priority.stat, Priority.routine) for road in x.ROADS.values()]
REFERRALS += [x.referral(priority, *x.ROADS[road]) for priority in (Priority.asap, Priority.urgent) for road in _ASKED]
REFERRALS += [x.referral(priority, to=None, department=None) for priority in Priority]
DISCHARGES = [x.discharge(*road) for road in x.PAPERS.values()]
PLANS = [x.plan(*road) for road in x.PLANS.values()]


def states(purpose: Purpose) -> list[State]:
    """Every state that a card of this purpose may meet, its own moment or a later one."""
    if purpose in _PAPERS:
        return [*DISCHARGES]
    if purpose in _PLANS:
        return [*PLANS]
    return [*REFERRALS, *DISCHARGES, *PLANS] if purpose in _ANY else [*REFERRALS]


def readers(purpose: Purpose) -> tuple[str, ...]:
    """Who is told things of this purpose."""
    return {Audience.staff: STAFF, Audience.patient: (x.PATIENT,), Audience.admin: ("admin",)}[
        PURPOSES[purpose].audience
    ]


def view(purpose: Purpose, state: State, reader: str, language: Language = Language.en, **changes: object) -> CardView:
    """A view as the sender makes it, five minutes after the beginning."""
    scene = Scene("", purpose, state, reader)
    return replace(view_of(scene, language), **changes)  # type: ignore[arg-type]


def every_view(purpose: Purpose) -> Iterator[CardView]:
    """Every state x reader x language of a purpose."""
    for state in states(purpose):
        for reader in readers(purpose):
            for language in Language:
                yield view(purpose, state, reader, language)
