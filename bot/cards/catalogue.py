"""All cards on one page in both languages, for a clinician: `python -m bot.cards.catalogue > docs/cards.md`."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from html import unescape

from bot.cards import examples as x
from bot.cards import plan
from bot.cards.catalogue_drafts import drafts
from bot.cards.render import render
from bot.view import CardView, Rendered
from events import referral as e
from events.actions import Party, PartyKind, Position, actions
from events.discharge import DischargeState
from events.follow_up import PlanState
from events.purposes import PURPOSES, Purpose
from events.referral_state import ReferralState
from models.values import Language, Priority

State = ReferralState | DischargeState | PlanState


@dataclass(frozen=True)
class Scene:
    """One card on the page: what it is called there, and what it is made from."""

    title: str
    purpose: Purpose
    state: State
    reader: str
    params: dict[str, str] = field(default_factory=dict)
    menu: str | None = None
    opened: bool = False
    repeat: bool = False
    for_whom: str | None = None
    after: timedelta = timedelta(minutes=5)


def party_of(reader: str, now: datetime) -> Party:
    """A reader of the example network, as the chat side would find them."""
    if reader == x.PATIENT:
        return Party(PartyKind.patient, reader, patients=frozenset({x.PATIENT}))
    held = x.DIRECTORY.roles(reader, now)
    return Party(
        PartyKind.practitioner, reader, frozenset(Position(each.facility, each.role, each.department) for each in held)
    )


def view_of(scene: Scene, language: Language) -> CardView:
    """The view from which a scene's card is rendered."""
    now = x.NIGHT + scene.after
    state = scene.state
    allowed = actions(state, party_of(scene.reader, now)) if isinstance(state, ReferralState) else frozenset()
    closed = CardView(
        purpose=scene.purpose, state=state, language=language, now=now, zone=x.ZONE, directory=x.DIRECTORY,
        reader=scene.reader, allowed=allowed, referral=state if isinstance(state, ReferralState) else None,
        params=scene.params, menu=scene.menu, repeat=scene.repeat, for_whom=scene.for_whom,
    )  # fmt: skip
    return replace(closed, identity=x.IDENTITY, texts=_TEXTS[language]) if scene.opened else closed


_TEXTS = {
    Language.zh: {"impression": "急性冠脉综合征?", "reason": "胸痛 47 分钟,出汗"},
    Language.en: {"impression": "Acute coronary syndrome?", "reason": "chest pain for 47 minutes, sweating"},
}

_stat, _routine, _urgent = Priority.stat, Priority.routine, Priority.urgent
_P = Purpose


def _on(priority: Priority, road: str) -> ReferralState:
    return x.referral(priority, *x.ROADS[road])


def scenes() -> Iterator[Scene]:
    """Every card of the page, in the order of a referral's life."""
    yield Scene("Stat offer", _P.offer, _on(_stat, "offered"), x.RECIPIENT, after=timedelta(minutes=1))
    yield Scene("Stat offer, asked again", _P.offer, _on(_stat, "offered"), x.RECIPIENT, repeat=True)
    yield Scene("Stat offer, opened", _P.offer, _on(_stat, "offered"), x.RECIPIENT, opened=True)
    yield Scene("Stat offer, cannot take", _P.offer, _on(_stat, "offered"), x.RECIPIENT, menu="decline")
    yield Scene("Asap offer", _P.offer, _on(Priority.asap, "offered"), x.RECIPIENT)
    yield Scene("Urgent offer", _P.offer, _on(_urgent, "offered"), x.RECIPIENT)
    yield Scene("Routine offer", _P.offer, _on(_routine, "offered"), x.RECIPIENT)
    for menu in ("accept", "decline", "redirect", "more", "priority", "lower-routine", "why"):
        yield Scene(f"Urgent offer, menu {menu}", _P.offer, _on(_urgent, "offered"), x.RECIPIENT, menu=menu)
    yield Scene("Offer, I have it", _P.offer, _on(_stat, "held"), x.RECIPIENT)
    yield Scene("Offer, come now accepted by the reader", _P.offer, _on(_stat, "come_now"), x.RECIPIENT)
    yield Scene("Offer, accepted by the reader", _P.offer, _on(_urgent, "accepted"), x.RECIPIENT)
    yield Scene("Offer, taken by another", _P.offer, _on(_stat, "come_now"), x.SECOND)
    yield Scene("Offer, sent on", _P.offer, _on(_urgent, "redirected"), x.RECIPIENT)
    yield Scene("Offer, withdrawn", _P.offer, _on(_urgent, "withdrawn"), x.RECIPIENT)
    yield Scene("Nobody answered, to the coordinator", _P.coordinator_asked, _on(_urgent, "offered"), x.COORDINATOR)
    unplaced = x.referral(_urgent, e.RoutingAsked(to=(x.CENTRE_COORDINATOR,)), to=None, department=None)
    yield Scene("On the board", _P.on_board, _on(_stat, "offered"), x.COORDINATOR)
    yield Scene("On the board, said by phone", _P.on_board, _on(_stat, "offered"), x.COORDINATOR, menu="by_phone")
    yield Scene("On the board, accepted", _P.on_board, _on(_urgent, "accepted"), x.COORDINATOR)
    yield Scene("To be routed", _P.to_be_routed, unplaced, x.CENTRE_COORDINATOR)
    yield Scene("To be routed, menu", _P.to_be_routed, unplaced, x.CENTRE_COORDINATOR, menu="redirect")
    for purpose, road, reader in (
        (_P.time_needed, "accepted", x.RECIPIENT),
        (_P.information_given, "held", x.RECIPIENT),
        (_P.time_refused, "accepted", x.RECIPIENT),
        (_P.where_is_patient, "on_the_way", x.RECIPIENT),
        (_P.arrived_or_missed, "time_passed", x.RECIPIENT),
        (_P.outcome_due, "arrived", x.RECIPIENT),
        (_P.cancel_asked, "cancel_asked", x.RECIPIENT),
        (_P.taken_back, "redirected", x.RECIPIENT),
        (_P.reopened, "reopened", x.INITIATOR),
        (_P.sent, "offered", x.INITIATOR),
        (_P.somebody_has_it, "accepted", x.INITIATOR),
        (_P.declined, "declined", x.INITIATOR),
        (_P.advised, "advised", x.INITIATOR),
        (_P.information_asked, "information_asked", x.INITIATOR),
        (_P.missed, "missed", x.CENTRE_COORDINATOR),
        (_P.reported, "reported", x.INITIATOR),
        (_P.cancel_answered, "cancelled", x.INITIATOR),
        (_P.consent_needed, "offered", x.INITIATOR),
        (_P.shown, "accepted", x.COORDINATOR),
    ):
        yield Scene(_title(purpose), purpose, _on(_urgent, road), reader)
    yield Scene("Outcome, menu", _P.outcome_due, _on(_urgent, "arrived"), x.RECIPIENT, menu="report")
    for title, road, open_menu in (
        ("Stable, may go down", "stable", None),
        ("Stable, the criteria", "stable", "down"),
        ("Stable, not to go down yet", "not_yet", None),
    ):
        yield Scene(title, _P.offer, _on(_urgent, road), x.RECIPIENT, menu=open_menu)
    yield Scene("Amended", _P.amended, _on(_urgent, "held"), x.RECIPIENT, {"changed": "picture reason"})
    yield Scene("Sent, come now accepted", _P.sent, _on(_stat, "come_now"), x.INITIATOR)
    yield Scene("Somebody has it, come now", _P.somebody_has_it, _on(_stat, "come_now"), x.INITIATOR)
    yield Scene("Nobody yet", _P.nobody_yet, _on(_stat, "offered"), x.INITIATOR)
    yield Scene("No news after acceptance", _P.nobody_yet, _on(_urgent, "accepted"), x.INITIATOR)
    yield from _papers()
    yield from _patients()
    orphans = {"orphans": "3", "unheld": "2", "overdue": "1"}
    yield Scene("Orphaned loops", _P.parked, _on(_stat, "offered"), "admin", orphans)
    held = {"held": "offer", "hold": "0caa5f74", "count": "61", "usual": "1.5"}
    yield Scene("A kind of message is held", _P.parked, _on(_stat, "offered"), "admin", held)
    for kind in ("repair", "retell"):
        proposed = {"proposal": "0caa5f74", "kind": kind, "count": "12", "reason": "one wrong digit"}
        yield Scene(f"To be approved, {kind}", _P.parked, _on(_stat, "offered"), "admin", proposed)
    yield Scene("Parked", _P.parked, _on(_stat, "offered"), "admin", {"consumer": "telling", "stream": "referral-1"})


def _title(purpose: Purpose) -> str:
    return purpose.replace("_", " ").capitalize()


def _papers() -> Iterator[Scene]:
    yield Scene("Return form due", _P.return_form_due, x.discharge(), x.COORDINATOR)
    yield Scene("Return form", _P.return_form, x.discharge(*x.PAPERS["form_sent"]), x.INITIATOR)
    yield Scene("Return form, received", _P.return_form, x.discharge(*x.PAPERS["form_received"]), x.INITIATOR)
    answered = x.discharge(*x.PAPERS["form_returned"])
    yield Scene("Return form, not our patient", _P.return_form_answered, answered, x.COORDINATOR)
    yield Scene("Feels worse", _P.feels_worse, x.plan(*x.PLANS["worse"]), x.INITIATOR)
    yield Scene("High reading", _P.high_reading, x.plan(*x.PLANS["read"]), x.INITIATOR)
    yield Scene("Call, follow-up", _P.call_item, x.plan(*x.PLANS["calling"]), x.INITIATOR)
    for name in ("reminded", "calling", "visited", "graded", "paused", "referred", "ended"):
        yield Scene(f"Plan, {name}", _P.plan_card, x.plan(*x.PLANS[name]), x.INITIATOR)
    for menu in plan.MENUS:
        yield Scene(f"Plan, menu {menu}", _P.plan_card, x.plan(*x.PLANS["reminded"]), x.INITIATOR, menu=menu)
    yield Scene("Plan handed over", _P.plan_handed_over, x.plan(), x.INITIATOR)
    yield Scene("A patient wrote", _P.patient_wrote, x.plan(*x.PLANS["reminded"]), x.INITIATOR)
    yield Scene("A patient sent a photo", _P.patient_wrote, x.plan(*x.PLANS["sent"]), x.INITIATOR)
    yield Scene("A patient sent a photo before the visit", _P.patient_wrote, _on(_routine, "confirmed"), x.RECIPIENT)
    yield Scene("Refer up", _P.refer_up, x.plan(*x.PLANS["visited"]), x.INITIATOR)
    yield Scene("Refer up, sent", _P.refer_up, x.plan(*x.PLANS["referred"]), x.INITIATOR)
    yield Scene("Call, opted out", _P.call_item, x.plan(*x.PLANS["calling"]), x.INITIATOR, params={"opted_out": "yes"})
    still = x.plan(*x.PLANS["planned"])
    at = {"at": still.rows[0].due_at.isoformat()}
    yield Scene("Call before a visit", _P.call_item, still, x.INITIATOR, params=at | {"opted_out": "yes"})
    yield Scene("Call before a visit, unreached", _P.call_item, still, x.INITIATOR, params=at)
    confirmed = _on(_routine, "confirmed")
    yield Scene("Call before an appointment", _P.call_item, confirmed, x.CENTRE_COORDINATOR, at | {"opted_out": "yes"})
    yield Scene("Call, time offered", _P.call_item, _on(_routine, "time_offered"), x.CENTRE_COORDINATOR)


def _patients() -> Iterator[Scene]:
    yield Scene("Patient, come now", _P.patient_come_now, _on(_stat, "come_now"), x.PATIENT)
    yield Scene("Patient, appointment", _P.patient_time, _on(_routine, "time_offered"), x.PATIENT)
    yield Scene("Patient, sure?", _P.patient_time, _on(_routine, "time_offered"), x.PATIENT, menu="cannot_come")
    yield Scene("Contact, appointment", _P.patient_time, _on(_routine, "time_offered"), x.PATIENT, for_whom="mother")
    yield Scene("Patient, confirmed", _P.patient_time, _on(_routine, "confirmed"), x.PATIENT)
    answered = x.referral(Priority.routine, x.ACCEPTED, x.TIME_OFFERED, e.TimeConfirmed(by="daughter-1"))
    yield Scene("Patient, confirmed by the family", _P.patient_time, answered, x.PATIENT)
    yield Scene("Confirmed by the family", _P.shown, answered, x.RECIPIENT)
    yield Scene("Patient, appointment soon", _P.patient_time_soon, _on(_routine, "confirmed"), x.PATIENT)
    yield Scene("Patient, another time", _P.patient_time, _on(_routine, "accepted"), x.PATIENT)
    yield Scene("Patient, cancelled", _P.patient_cancelled, _on(_routine, "cancelled"), x.PATIENT)
    yield Scene("Patient, given back", _P.patient_cancelled, _on(_routine, "offered"), x.PATIENT)
    yield Scene("Patient, follow-up", _P.patient_follow_up, x.plan(*x.PLANS["reminded"]), x.PATIENT, {"row": "0"})
    yield Scene("Patient, reading", _P.patient_follow_up, x.plan(*x.PLANS["read"]), x.PATIENT, {"row": "0"})
    yield Scene("Patient, feels worse", _P.patient_follow_up, x.plan(*x.PLANS["worse"]), x.PATIENT, {"row": "0"})
    yield Scene("Patient, a visit tomorrow", _P.patient_visit_soon, x.plan(), x.PATIENT)
    yield Scene("Patient, unseen", _P.patient_unseen, x.plan(*x.PLANS["worse"]), x.PATIENT)


def page() -> str:
    """The page as Markdown."""
    parts = [_HEAD]
    for title, cards in drafts():
        parts += [f"## {title}\n\n`/refer` · staff", *(_quoted(card) for card in cards.values())]
    for scene in scenes():
        parts.append(f"## {scene.title}\n\n`{scene.purpose}` · {PURPOSES[scene.purpose].audience}")
        parts += [_quoted(render(view_of(scene, language))) for language in Language]
    return "\n\n".join(parts) + "\n"


_HEAD = """# Every card in both languages

Made by `python -m bot.cards.catalogue > docs/cards.md`; a test keeps it so. Fictional people and places. Buttons stand
in [brackets], a row of them on a line. The wording is in bot/locales; what is shown to whom is in bot/cards."""


def _quoted(card: Rendered) -> str:
    bare = unescape(card.text.replace("<b>", "").replace("</b>", ""))
    rows = [" ".join(f"[{each.label}]" for each in row) for row in card.buttons]
    return "```text\n" + "\n".join([bare, *rows]) + "\n```"


if __name__ == "__main__":
    sys.stdout.write(page())
