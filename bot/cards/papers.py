"""Cards about a discharge and its return form 回转单; pure."""

from bot.cards.buttons import button, details, rows
from bot.cards.parts import bold, dotted, facility_name, lines, opened, say, when
from bot.texts import Markup
from bot.view import CardView, Rendered
from events.discharge import DischargeState, DischargeStatus, Disposition, FormAnswer

_ANSWERS = {
    FormAnswer.received: "form-received",
    FormAnswer.not_our_patient: "form-not-ours",
    FormAnswer.medicine_not_available: "form-no-medicine",
    FormAnswer.not_found: "form-not-found",
}

# What the team does not expect of somebody who has left a hospital; on the opened card.
_WENT = frozenset({Disposition.other_hospital, Disposition.rehabilitation, Disposition.against_advice})


def discharge_of(view: CardView) -> DischargeState:
    """The discharge the card is about; TypeError where there is none."""
    if not isinstance(view.state, DischargeState):
        raise TypeError(f"a card of {view.purpose} is about a discharge, not {type(view.state).__name__}")
    return view.state


def return_form_due(view: CardView) -> Rendered:
    """To the discharge desk: the papers are missing."""
    state = discharge_of(view)
    if state.status not in (DischargeStatus.discharged, DischargeStatus.form_returned):
        return Rendered(say(view, "return-form-due-done"))
    ask = say(
        view,
        "return-form-due-ask",
        time=when(view, state.discharged_at),
        centre=facility_name(view, state.centre),
    )
    return Rendered(lines(_title(view, "return-form-due-title", "do-by"), ask, opened(view)), rows([details(view)]))


def return_form(view: CardView) -> Rendered:
    """To the family-doctor team: the papers, closed until they are opened."""
    state = discharge_of(view)
    way = say(
        view,
        "return-form-route",
        hospital=facility_name(view, state.facility),
        centre=facility_name(view, state.centre),
    )
    if state.status is not DischargeStatus.form_sent:
        over = say(view, f"form-over-{_over(state)}")
        found = rows([details(view)]) if view.identity else ()
        return Rendered(lines(_title(view, "return-form-title", None), way, over, opened(view)), found)
    answers = [button(view, label, "answer_form", {"answer": answer}) for answer, label in _ANSWERS.items()]
    ask = None if view.identity else say(view, "return-form-ask")
    went = say(view, f"return-form-went-{state.disposition}") if view.identity and state.disposition in _WENT else None
    text = lines(_title(view, "return-form-title", "confirm-by"), way, ask, opened(view), went)
    return Rendered(text, rows([details(view, "open"), *answers]))


def _over(state: DischargeState) -> str:
    if state.ended:
        return "closed"
    return "received" if state.status is DischargeStatus.form_received else "returned"


def return_form_answered(view: CardView) -> Rendered:
    """To the hospital: what the team answered."""
    state = discharge_of(view)
    answer = state.answer or FormAnswer.received
    told = say(view, f"return-form-answer-{answer}", centre=facility_name(view, state.centre))
    text = lines(_title(view, "return-form-answered-title", None), told, opened(view))
    return Rendered(text, () if state.ended else rows([details(view)]))


def _title(view: CardView, key: str, by: str | None) -> Markup:
    code = Markup(view.referral.code) if view.referral else None
    due = say(view, by, time=when(view, view.state.due)) if by and view.state.due else None
    return bold(dotted(code, say(view, key), due))
