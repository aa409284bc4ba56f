"""Cards about follow-up for the team at the centre, and calls to make; pure."""

from bot.cards.buttons import button, details, of_referral, rows
from bot.cards.parts import bold, line24, lines, opened, patient_place, say, when, who
from bot.cards.replies import reading_words
from bot.texts import Markup
from bot.view import Button, CardView, Rendered
from events.base import Situation
from events.follow_up import Alarm, PlanState
from events.referral_state import ReferralState, ReferralStatus

_TOLD = (("told-coming", "coming"), ("told-later", "later"), ("told-worse", "worse"))
_CALLED = (("called", "called"), ("seen", "visited"))


def plan_of(view: CardView) -> PlanState:
    """The plan the card is about; TypeError where there is none."""
    if not isinstance(view.state, PlanState):
        raise TypeError(f"a card of {view.purpose} is about a plan, not {type(view.state).__name__}")
    return view.state


def row_of(view: CardView, state: PlanState) -> int:
    """The row the notice names, else the present one."""
    return int(view.params.get("row", state.current))


def files(view: CardView, state: PlanState, event: str | None = None) -> Button | None:
    """The files that the patient sent; `event`: only what came with it. None where there are none."""
    found = [document for brought, document in state.documents if event in (None, brought)]
    if not found:
        return None
    return button(view, "files", "files", {"document": found[0]} if event else {}, count=len(found))


def waits(view: CardView, state: PlanState) -> bool:
    """Whether the row of this card is still open."""
    reminded = "row" in view.params or state.reminded
    return state.open and reminded and row_of(view, state) == state.current


def feels_worse(view: CardView) -> Rendered:
    """To whoever covers: a patient says they feel worse."""
    state = plan_of(view)
    # Also who writes so before anybody has asked them.
    if not state.open or row_of(view, state) != state.current or state.worse_at is None:
        return _done(view)
    ask = say(view, "feels-worse-ask", time=when(view, state.worse_at))
    named = Markup(", ").join(say(view, f"danger-{sign}") for sign in state.signs)
    signs = say(view, "feels-worse-signs", signs=Markup(named)) if state.signs else None
    seen = say(view, "feels-worse-seen", who=who(view, state.holder.person)) if state.alarm is Alarm.seen else None
    found = [details(view), *_outcomes(view, state, reached_only=True), files(view, state)]
    return Rendered(lines(bold(say(view, "feels-worse-title")), signs, ask, seen, opened(view)), rows(found))


def high_reading(view: CardView) -> Rendered:
    """To the team: a reading above the limit."""
    state = plan_of(view)
    wanted = view.params.get("reading", state.last_reading)
    reading = next((event for unique, event in state.readings if unique == wanted), None)
    if reading is None:
        return _done(view)
    ask = say(view, "high-reading-ask", reading=reading_words(view.language, reading), time=_since(view, state))
    found = [details(view), *(_outcomes(view, state, reached_only=True) if "row" in view.params else [])]
    return Rendered(lines(bold(say(view, "high-reading-title")), ask, opened(view)), rows(found))


def _since(view: CardView, state: PlanState) -> Markup:
    return when(view, state.since)


def call_item(view: CardView) -> Rendered:
    """To the centre: somebody to be called, about a follow-up, a time or a coming."""
    state = view.state
    if isinstance(state, PlanState):
        return _call_plan(view, state)
    if isinstance(state, ReferralState):
        return _call_referral(view, state)
    text = lines(bold(say(view, "call-title")), say(view, "call-other"), opened(view))
    return Rendered(text, rows([details(view)]))


def _call_plan(view: CardView, state: PlanState) -> Rendered:
    if "at" in view.params:
        return _call_before_visit(view, state)
    if not waits(view, state):
        return _done(view)
    worse = button(view, "called-worse", "follow_up", {"row": str(row_of(view, state)), "answer": "worse"})
    called, seen, lost = _outcomes(view, state, reached_only=False)
    kind = state.row.kind if state.row else ""
    why = "call-follow-up" if state.calling or kind not in ("call", "outcome_check") else f"call-planned-{kind}"
    why = "call-opted-out" if view.params.get("opted_out") else why
    text = lines(bold(say(view, "call-title")), say(view, why), opened(view))
    return Rendered(text, rows([details(view), called, worse, seen, lost]))


def _call_before_visit(view: CardView, state: PlanState) -> Rendered:
    """The patient heard nothing of a visit to come: what they answer on the phone, as their own buttons would."""
    row = state.row
    if row is None or not state.open or state.reminded or row.due_at.isoformat() != view.params["at"]:
        return Rendered(lines(say(view, "call-visit-over"), opened(view)), rows([details(view)]))
    if state.coming:
        return Rendered(lines(say(view, "call-visit-coming", time=when(view, row.due_at)), opened(view)))
    why = "call-visit-opted-out" if view.params.get("opted_out") else "call-visit-unreached"
    text = lines(bold(say(view, "call-title")), say(view, why, time=when(view, row.due_at)), opened(view))
    answers = [
        button(view, label, "follow_up", {"row": str(state.current), "answer": answer}) for label, answer in _TOLD
    ]
    return Rendered(text, rows([details(view), *answers]))


def _outcomes(view: CardView, state: PlanState, reached_only: bool) -> list[Button]:
    row = str(row_of(view, state))
    wanted = _CALLED if reached_only else (*_CALLED, ("not-reached", "not_reached"))
    return [button(view, label, "call_done", {"row": row, "outcome": outcome}) for label, outcome in wanted]


def _call_referral(view: CardView, state: ReferralState) -> Rendered:
    place, line = patient_place(view, state, state.appointment), line24(view, state.facility, state.department)
    soon = "call-time-opted-out" if view.params.get("opted_out") else "call-time-unreached"
    match state.situation:
        case Situation.time_offered | Situation.confirmed if state.appointment and "at" in view.params:
            ask = say(view, soon, time=when(view, state.appointment.at))
        case Situation.time_offered if state.appointment:
            ask = say(view, "call-time", time=when(view, state.appointment.at))
        case Situation.accepted if state.come_now:
            ask = say(view, "call-come-now", place=place, line=line or "120")
        case None if state.status in (ReferralStatus.cancelled, ReferralStatus.withdrawn):
            ask = say(view, "call-cancelled")
        case None | Situation.arrived:
            return Rendered(say(view, "call-over"))
        case _:
            ask = say(view, "call-other")
    text = lines(bold(Markup(f"{say(view, 'call-title')} · {state.code}")), ask, opened(view))
    return Rendered(text, of_referral(view, state))


def _done(view: CardView) -> Rendered:
    return Rendered(lines(say(view, "follow-up-over"), opened(view)), rows([details(view)]) if view.identity else ())
