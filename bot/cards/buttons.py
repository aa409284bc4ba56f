"""Which buttons a card has: from what the reader may do now (events.actions) and where the referral stands; pure.

Params of a press, per action; the handler turns them into the command of the same name:

accept {come_now: "yes"} or {at: ISO 8601} or {} (time later) · offer_time {at} · decline {reason} (`other`: words)
redirect {facility, department} · give_back {reason} · change_priority {priority[, reason]} · report_outcome {kind}
ask_cancel, withdraw, close {reason} · refuse_time {wants: another_time | cannot_come} · record_consent {given_by}
hold, confirm_time, set_out, record_arrival, record_missed, confirm_cancel, refuse_cancel, refuse_advice {}
advise, ask_information, give_information, add_note, reopen {}: ask for words, as a reply
answer_form {answer} · follow_up {row, answer} · call_done {row, outcome: called | visited | not_reached}
send_up {facility, priority, visit} · end_plan, pause_plan {reason} · resume_plan {} · mute_plan {muted: yes | no}
set_severity {severity} · hand_over {to} · move_plan {centre} · record_visit {visit: what was found}
pull_form {} · report_condition {met, unmet: words apart by spaces} · send_down {facility}
wrong_reading {reading} · details, fold {} · menu {menu: name}, empty name: back to the card
"""

from collections.abc import Iterable
from datetime import UTC, datetime

from bot.cards import going_down, times
from bot.cards.parts import when
from bot.texts import Argument, plain
from bot.view import Button, CardView
from events.actions import Action
from events.base import Situation
from events.referral_state import ReferralState
from models.values import Priority

Rows = tuple[tuple[Button, ...], ...]

ROW = 2  # buttons beside each other on a narrow phone
STAFF_ROWS = 4


def button(view: CardView, label: str, action: str, params: dict[str, str] | None = None, **words: Argument) -> Button:
    """A button labelled with a text."""
    return Button(plain(view.language, f"button-{label}", **words), action, params or {})


def menu(view: CardView, label: str, name: str) -> Button:
    """A button that shows other buttons."""
    return button(view, label, "menu", {"menu": name})


def rows(found: Iterable[Button | None], width: int = ROW) -> Rows:
    """Buttons in rows, the missing ones left out."""
    there = [each for each in found if each is not None]
    return tuple(tuple(there[start : start + width]) for start in range(0, len(there), width))


def details(view: CardView, label: str = "details") -> Button:
    """Open the identity view, or fold it away."""
    return button(view, "fold", "fold") if view.identity else button(view, label, "details")


def at_time(at: datetime) -> dict[str, str]:
    """The params that name a time."""
    return {"at": at.astimezone(UTC).isoformat()}


def proposed(view: CardView, state: ReferralState) -> list[datetime]:
    """Times to offer for this referral."""
    facility = state.facility or state.initiator_facility
    return times.proposed(state.priority, view.now, view.zone, view.directory, facility, state.department)


def of_referral(view: CardView, state: ReferralState) -> Rows:
    """The buttons of a staff card: the likeliest first, the rest behind [More]."""
    first = _first(view, state)
    may = [each for each in first if each is not None]
    rest = more(view, state)
    behind = {(each.action, each.params.get("menu")) for each in rest} - {(m.action, m.params.get("menu")) for m in may}
    may.append(details(view))
    if state.documents and view.allowed:
        may.append(button(view, "files", "files", {}, count=len(state.documents)))
    if behind and (len(may) < ROW * STAFF_ROWS and (state.priority is not Priority.stat or view.identity)):
        may.append(menu(view, "more", "more"))
    return rows(may)


def _first(view: CardView, state: ReferralState) -> list[Button | None]:
    def may(action: Action, label: str, params: dict[str, str] | None = None, to: str | None = None) -> Button | None:
        if action not in view.allowed:
            return None
        return menu(view, label, to) if to else button(view, label, action, params)

    match state.situation:
        case Situation.to_be_routed:
            return [may(Action.redirect, "route", to="redirect"), may(Action.withdraw, "withdraw", to="withdraw")]
        case Situation.offered | Situation.held | Situation.information_asked:
            hold = may(Action.hold, "hold")
            decline = may(Action.decline, "decline", to="decline")
            answer = may(Action.give_information, "answer")
            if state.priority is Priority.stat:
                return [hold, _accept_now(view), decline, answer]
            if state.wants == "advice":
                told = may(Action.advise, "answer-question")
                return [told, hold, may(Action.accept, "see-patient", to="accept"), decline, answer]
            soon = _accept_now(view) if state.priority is Priority.asap else None
            slots = _slots(view, state, Action.accept, "accept-at", 1)
            return [soon, *slots, may(Action.accept, "other-time", to="accept"), decline, hold, answer]
        case Situation.declined:
            return [may(Action.redirect, "redirect", to="redirect"), may(Action.close, "close", to="close")]
        case Situation.advised:
            follow = may(Action.close, "follow-advice", {"reason": "advice_taken"})
            return [follow, may(Action.refuse_advice, "insist")]
        case Situation.accepted if not state.come_now:
            slots = _slots(view, state, Action.offer_time, "time", 2)
            other = may(Action.offer_time, "other-time", to="offer_time")
            return [*slots, other, may(Action.set_out, "set-out")]
        case Situation.accepted | Situation.confirmed:
            return [may(Action.record_arrival, "arrived"), may(Action.set_out, "set-out")]
        case Situation.time_offered:
            agrees = may(Action.confirm_time, "patient-agrees")
            other = may(Action.refuse_time, "patient-other-time", {"wants": "another_time"})
            return [agrees, other, may(Action.record_arrival, "arrived")]
        case Situation.on_the_way | Situation.time_passed:
            return [may(Action.record_arrival, "arrived"), may(Action.record_missed, "missed")]
        case Situation.missed:
            new_time = may(Action.offer_time, "offer-time", to="offer_time")
            elsewhere = may(Action.redirect, "redirect", to="redirect")
            return [may(Action.record_arrival, "arrived"), new_time, elsewhere, may(Action.close, "close", to="close")]
        case Situation.arrived:
            return [
                *going_down.presses(view, state),
                may(Action.report_outcome, "report", to="report"),
                may(Action.add_note, "note"),
            ]
        case Situation.cancel_asked:
            return [may(Action.confirm_cancel, "agree-cancel"), may(Action.refuse_cancel, "refuse-cancel")]
        case _:
            return [may(Action.close, "close", to="close")]


def _accept_now(view: CardView) -> Button | None:
    return button(view, "accept-now", Action.accept, {"come_now": "yes"}) if Action.accept in view.allowed else None


def _slots(view: CardView, state: ReferralState, action: Action, label: str, count: int) -> list[Button]:
    if action not in view.allowed:
        return []
    return [button(view, label, action, at_time(at), time=when(view, at)) for at in proposed(view, state)[:count]]


_MORE = (
    (Action.ask_information, "ask", None),
    (Action.advise, "advise", None),
    (Action.redirect, "redirect", "redirect"),
    (Action.offer_time, "offer-time", "offer_time"),
    (Action.record_missed, "missed", None),
    (Action.report_outcome, "report", "report"),
    (Action.add_note, "note", None),
    (Action.give_back, "give-back", "give_back"),
    (Action.change_priority, "priority", "priority"),
    (Action.record_consent, "consent", None),
    (Action.ask_cancel, "ask-cancel", "ask_cancel"),
    (Action.withdraw, "withdraw", "withdraw"),
    (Action.close, "close", "close"),
)


def more(view: CardView, state: ReferralState) -> list[Button]:
    """Everything else the reader may do."""
    found = []
    for action, label, name in _MORE:
        settled = action is Action.record_consent and state.consent == "given"
        useless = action is Action.advise and state.priority is Priority.stat
        if action in view.allowed and not settled and not useless:
            params = {"given_by": "patient"} if action is Action.record_consent else None
            found.append(menu(view, label, name) if name else button(view, label, action, params))
    if state.decision is not None and view.allowed:
        found.append(menu(view, "why", "why"))
    return found
