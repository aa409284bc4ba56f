"""What patients and families read: place and time in words; no code, no diagnosis, no department that tells; pure."""

from bot.cards.buttons import button, menu, rows
from bot.cards.follow_up import plan_of, waits
from bot.cards.menus import gives_up
from bot.cards.parts import facility_name, line24, patient_place, referral_of, said_by, say
from bot.cards.replies import recorded_reading
from bot.cards.times import in_words
from bot.texts import Markup
from bot.view import Button, CardView, Rendered
from events.actions import Action
from events.base import Situation
from events.follow_up import PlanState
from events.referral_state import ReferralState, ReferralStatus

_WIDTH = 3  # patients have at most three buttons, in one row


def for_whom(view: CardView, text: Markup) -> Markup:
    """The text, marked with the person it is about where the chat stands for several."""
    if view.for_whom is None:
        return text
    return say(view, "patient-for", whom=say(view, "whom", whom=view.for_whom), text=text)


def come_now(view: CardView) -> Rendered:
    """They are expected now."""
    state = referral_of(view)
    if not (state.come_now and state.situation is Situation.accepted):
        return _after(view, state)
    place = patient_place(view, state, state.appointment)
    line = line24(view, state.facility, state.department)
    if line:
        text = say(view, "patient-come-now", place=place, line=line)
    else:
        text = say(view, "patient-come-now-no-line", place=place)
    return Rendered(text, rows([_set_out(view), _gives_up(view, "i-cannot", "cannot_come")], _WIDTH))


def time(view: CardView) -> Rendered:
    """An appointment: offered, then confirmed."""
    state = referral_of(view)
    if state.confirmed and state.confirmed_by not in (None, view.reader):
        return _appointment(view, state, "patient-time-answered")
    return _appointment(view, state, "patient-time-confirmed" if state.confirmed else "patient-time")


def time_soon(view: CardView) -> Rendered:
    """The evening before an appointment, or that morning."""
    return _appointment(view, referral_of(view), "patient-time-soon")


def _appointment(view: CardView, state: ReferralState, key: str) -> Rendered:
    if state.appointment is None or state.situation not in (Situation.time_offered, Situation.confirmed):
        return _after(view, state)
    at = in_words(view.language, state.appointment.at, view.zone)
    place = patient_place(view, state, state.appointment)
    by = {"by": said_by(view, state)} if key == "patient-time-answered" else {}
    text = say(view, key, time=at, place=place, **by)
    local_day = state.appointment.at.astimezone(view.zone).date()
    today = local_day == view.now.astimezone(view.zone).date()
    confirm = button(view, "i-come", Action.confirm_time) if Action.confirm_time in view.allowed else None
    first = confirm or (_set_out(view) if today else None)
    another, cannot = _gives_up(view, "i-another", "another_time"), _gives_up(view, "i-cannot", "cannot_come")
    return Rendered(text, rows([first, another, cannot], _WIDTH))


def _set_out(view: CardView) -> Button | None:
    return button(view, "i-set-out", Action.set_out) if Action.set_out in view.allowed else None


def _gives_up(view: CardView, label: str, wants: str) -> Button | None:
    # What gives something up asks once more.
    return menu(view, label, wants) if gives_up(view, wants) else None


def _after(view: CardView, state: ReferralState) -> Rendered:
    """What became of it since."""
    place = patient_place(view, state, state.appointment)
    match state.situation:
        case Situation.on_the_way:
            return Rendered(say(view, "patient-on-the-way", place=place))
        case Situation.arrived:
            return Rendered(say(view, "patient-arrived"))
        case Situation.missed | Situation.time_passed:
            return Rendered(say(view, "patient-missed"))
        case Situation.accepted if not state.come_now:
            return Rendered(say(view, "patient-new-time"))
        case None:
            ended = state.status in (ReferralStatus.cancelled, ReferralStatus.withdrawn)
            return Rendered(say(view, "patient-cancelled" if ended else "patient-over"))
        case _:
            return Rendered(say(view, "patient-waiting"))


def cancelled(view: CardView) -> Rendered:
    """The visit does not take place; given back by the hospital, another is looked for."""
    state = referral_of(view)
    return Rendered(say(view, "patient-changed" if state.open else "patient-cancelled"))


def follow_up(view: CardView) -> Rendered:
    """The reminder of a plan: how are you, or a reading."""
    state = plan_of(view)
    if view.params.get("row") is not None and not waits(view, state):
        return _answered(view, state)
    if not waits(view, state):
        return Rendered(say(view, "patient-over"))
    if state.worse_at is not None:
        return Rendered(say(view, "patient-worse"))
    row = str(state.current)
    fine = button(view, "i-fine", "follow_up", {"row": row, "answer": "fine"})
    worse = button(view, "i-worse", "follow_up", {"row": row, "answer": "worse"})
    if not state.reminded and state.row is not None and state.row.due_at > view.now and "row" in view.params:
        return Rendered(say(view, "patient-later"))
    kind = state.row.kind if state.row else ""
    if kind == "visit":
        return _visit(view, state, say(view, "patient-visit", place=facility_name(view, state.centre)), row)
    later = button(view, "i-later", "follow_up", {"row": row, "answer": "later"})
    text = say(view, "patient-reading" if kind == "reading" else "patient-check")
    return Rendered(text, rows([fine, worse, later], _WIDTH))


def visit_soon(view: CardView) -> Rendered:
    """The evening before a visit."""
    state = plan_of(view)
    row = state.row
    if not state.open or row is None or state.paused or state.muted:
        return Rendered(say(view, "patient-over"))
    if view.params.get("at", row.due_at.isoformat()) != row.due_at.isoformat():
        return Rendered(say(view, "patient-later" if row.due_at > view.now else "patient-over"))
    time = in_words(view.language, row.due_at, view.zone)
    text = say(view, "patient-visit-soon", time=time, place=facility_name(view, state.centre))
    return _visit(view, state, text, str(state.current))


def _visit(view: CardView, state: PlanState, text: Markup, row: str) -> Rendered:
    place = facility_name(view, state.centre)
    if state.calling:
        return Rendered(say(view, "patient-called"))
    if state.coming:
        text = say(view, "patient-coming", place=place)
    coming = None if state.coming else button(view, "i-coming", "follow_up", {"row": row, "answer": "coming"})
    later = button(view, "i-later", "follow_up", {"row": row, "answer": "later"})
    cannot = button(view, "i-not-coming", "follow_up", {"row": row, "answer": "cannot"})
    return Rendered(text, rows([coming, later, cannot], _WIDTH))


def _answered(view: CardView, state: PlanState) -> Rendered:
    row = int(view.params["row"])
    found = next(((unique, event) for unique, event in reversed(state.readings) if event.row == row), None)
    if found is None:
        return Rendered(say(view, "patient-fine" if row in state.done else "patient-over"))
    return recorded_reading(view.language, *found, state.since, view.now, view.zone)


def unseen(view: CardView) -> Rendered:
    """Nobody has looked at what they wrote."""
    line = line24(view, view.params.get("facility") or _centre(view))
    return Rendered(say(view, "patient-unseen", line=line) if line else say(view, "patient-unseen-no-line"))


def _centre(view: CardView) -> str | None:
    if isinstance(view.state, ReferralState):
        return view.state.patient_centre or view.state.initiator_facility
    return view.state.centre
