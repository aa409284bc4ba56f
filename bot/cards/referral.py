"""Cards about a referral for staff: who is asked, who asked, and what became of it; pure.

Every card is: a headline (why you are told), what may be seen of the patient, where it stands, and the buttons of what
the reader may do now. A card whose question has been answered says so and has no buttons.
"""

from bot.cards.buttons import Rows, button, details, of_referral, rows
from bot.cards.going_down import proposal
from bot.cards.parts import (
    ASKING,
    answer_by,
    asked_count,
    bold,
    department_name,
    dotted,
    emergency_line,
    headline,
    line24,
    lines,
    opened,
    patient_place,
    place_name,
    reason,
    referral_of,
    route,
    said_by_phone,
    say,
    standing,
    triage,
    triage_first,
    when,
    who,
)
from bot.texts import Argument, Markup
from bot.view import Button, CardView, Rendered
from events.actions import Action
from events.base import Situation
from events.purposes import Purpose
from events.referral_state import ReferralState
from models.values import Priority

# While a card of this purpose waits for its answer, the referral is in one of these situations.
_OPEN_WHILE: dict[Purpose, frozenset[Situation]] = {
    Purpose.to_be_routed: frozenset({Situation.to_be_routed}),
    Purpose.time_needed: frozenset({Situation.accepted}),
    Purpose.information_given: ASKING,
    Purpose.time_refused: frozenset({Situation.accepted}),
    Purpose.where_is_patient: frozenset({Situation.on_the_way, Situation.accepted}),
    Purpose.arrived_or_missed: frozenset({Situation.time_passed, Situation.confirmed, Situation.time_offered}),
    Purpose.outcome_due: frozenset({Situation.arrived}),
    Purpose.cancel_asked: frozenset({Situation.cancel_asked}),
    Purpose.declined: frozenset({Situation.declined}),
    Purpose.advised: frozenset({Situation.advised}),
    Purpose.information_asked: frozenset({Situation.information_asked}),
    Purpose.missed: frozenset({Situation.missed}),
}

# What such a card asks: title and question by key; those with more to say have functions of their own below.
_QUESTIONS: dict[Purpose, tuple[str, str | None]] = {
    Purpose.to_be_routed: ("to-be-routed-title", "to-be-routed-ask"),
    Purpose.time_needed: ("time-needed-title", "time-needed-ask"),
    Purpose.information_given: ("information-given-title", "information-given-ask"),
    Purpose.where_is_patient: ("where-title", "where-ask"),
    Purpose.arrived_or_missed: ("arrived-or-missed-title", None),
    Purpose.outcome_due: ("outcome-due-title", "outcome-due-ask"),
    Purpose.declined: ("declined-title", "declined-ask"),
    Purpose.advised: ("advised-title", "advised-ask"),
    Purpose.information_asked: ("information-asked-title", "information-asked-ask"),
    Purpose.missed: ("missed-title", "missed-ask"),
}


def offer(view: CardView) -> Rendered:
    """To those who are asked, doctors and the coordinator alike; later to the one who has it."""
    state = referral_of(view)
    mine = view.reader in (state.held_by, state.accepted_by)
    asked = state.situation in ASKING and Action.accept in view.allowed
    if not (asked or (mine and state.open)):
        return over(view, state)
    question = None
    if asked:
        question = say(view, "offer-mine") if state.held_by == view.reader else _asks(view, state)
    return _card(view, state, headline(view, state, asked), question)


def _asks(view: CardView, state: ReferralState) -> Markup:
    if state.situation is not Situation.offered:
        return standing(view, state)
    if view.purpose is Purpose.coordinator_asked:
        return say(view, "coordinator-ask", asked=asked_count(state))
    return say(view, "offer-ask")


def over(view: CardView, state: ReferralState) -> Rendered:
    """A question that somebody else has answered: one line, nothing to press."""
    code = state.code
    # Sent on, to another house or another department of the same: whoever was asked before is asked no more.
    leg = next((leg for leg in reversed(state.legs) if leg.facility in _facilities(view)), None)
    waits = state.situation in ASKING and view.reader not in {each.person for each in state.asked}
    if leg is not None and (leg.facility != state.facility or (waits and len(state.legs) > 1)):
        where = place_name(view, state.facility, state.department)
        return Rendered(say(view, "over-elsewhere", code=code, where=where))
    if state.accepted_by and state.accepted_by != view.reader and state.open:
        taken = who(view, state.accepted_by, state.facility)
        return Rendered(say(view, "over-taken", code=code, who=taken, time=when(view, state.accepted_at)))
    if state.situation is Situation.held:
        return Rendered(say(view, "over-held", code=code, who=who(view, state.held_by)))
    return Rendered(say(view, "over-other", code=code, standing=standing(view, state)))


def _facilities(view: CardView) -> frozenset[str]:
    return frozenset(held.facility for held in view.directory.roles(view.reader, view.now))


def asked(view: CardView) -> Rendered:
    """A card that waits for an answer of one kind; answered, it says how things stand."""
    state = referral_of(view)
    if state.situation not in _OPEN_WHILE[view.purpose]:
        return _settled(view, state)
    title, question = _QUESTIONS[view.purpose]
    if view.purpose is Purpose.time_needed and state.come_now:
        # Who was told to come now needs no time: the question is where they are.
        title, question = _QUESTIONS[Purpose.where_is_patient]
    if view.purpose is Purpose.declined and state.declined_reason is None:
        title = "reopened-title"  # opened again: nobody has declined it
    stands = standing(view, state) if view.purpose in (Purpose.declined, Purpose.arrived_or_missed) else None
    told = say(view, question) if question else None
    return _card(view, state, _title(view, state, title), lines(stands, told))


def time_refused(view: CardView) -> Rendered:
    """The patient cannot come then."""
    state = referral_of(view)
    if state.situation not in _OPEN_WHILE[view.purpose]:
        return _settled(view, state)
    question = say(view, "time-refused-ask", wants=view.params.get("wants", "another_time"))
    return _card(view, state, _title(view, state, "time-refused-title"), question)


def cancel_asked(view: CardView) -> Rendered:
    """The initiator wants to cancel."""
    state = referral_of(view)
    if state.situation not in _OPEN_WHILE[view.purpose]:
        return _settled(view, state)
    why = reason(view, "end", view.params.get("reason") or state.ended_reason)
    return _card(view, state, _title(view, state, "cancel-asked-title"), say(view, "cancel-asked-ask", reason=why))


def amended(view: CardView) -> Rendered:
    """What the initiator changed."""
    state = referral_of(view)
    fields = view.params.get("changed", "").split() or ["other"]
    what = say(view, "list-comma").join(say(view, f"amended-{field}") for field in fields)
    told = lines(say(view, "amended-what", what=Markup(what)), standing(view, state))
    return _card(view, state, _title(view, state, "amended-title", due=False), told)


def taken_back(view: CardView) -> Rendered:
    """To somebody who no longer has it."""
    state = referral_of(view)
    why = view.params.get("reason")
    told = say(view, "taken-back-reason", reason=reason(view, "give-back", why)) if why else None
    where = place_name(view, state.facility, state.department)
    stands = say(view, "taken-back-where", where=where) if state.situation in ASKING else standing(view, state)
    return Rendered(lines(bold(say(view, "taken-back-title", code=state.code)), told, stands))


def reopened(view: CardView) -> Rendered:
    """A loop that was closed goes on: the initiator chooses what next, whoever had it knows."""
    state = referral_of(view)
    told = lines(bold(say(view, "reopened-title", code=state.code)), standing(view, state), opened(view))
    return Rendered(told, _own_rows(view, state))


def sent(view: CardView) -> Rendered:
    """The initiator's own card: its history in one line, then where it stands; it changes in place."""
    state = referral_of(view)
    leg = state.legs[-1] if state.legs else None
    seen = [at for _, at in state.seen if leg is not None and at >= leg.at]
    asked_at = min((each.at for each in state.asked), default=leg.at if leg else None)
    accepted = None
    if state.accepted_by and state.accepted_at:
        accepted = say(view, "sent-accepted", who=who(view, state.accepted_by), time=when(view, state.accepted_at))
        if state.come_now:
            accepted = Markup(f"{accepted} → {_where_to(view, state)}")
    history = dotted(
        Markup(state.code),
        department_name(view, state) if leg else None,
        say(view, "sent-asked", time=when(view, asked_at)) if asked_at else None,
        say(view, "sent-seen", time=when(view, min(seen))) if seen else None,
        accepted,
    )
    # The history ends with the acceptance; what it leaves open is said below.
    stands = say(view, "come-now") if _comes_now(state) else standing(view, state)
    consent = say(view, "consent-later") if state.consent == "later" and state.open else None
    asking = state.priority is Priority.stat and state.situation in ASKING
    phone = emergency_line(view, state.facility, state.department) if asking else None
    text = lines(bold(history), stands, said_by_phone(view, state), phone, consent, _also(view, state), opened(view))
    return Rendered(text, _own_rows(view, state))


def _where_to(view: CardView, state: ReferralState) -> Markup:
    place = patient_place(view, state, state.appointment)
    line = line24(view, state.facility, state.department)
    return say(view, "sent-come-now", place=place, line=line) if line else place


def somebody_has_it(view: CardView) -> Rendered:
    """To the initiator: accepted, and where the patient goes."""
    state = referral_of(view)
    line = line24(view, state.facility, state.department)
    go = None
    if _comes_now(state) and line:
        go = say(view, "has-it-come-now", place=patient_place(view, state, None), line=line)
    told = lines(
        bold(say(view, "has-it-title", code=state.code)), standing(view, state), said_by_phone(view, state), go,
        opened(view),
    )  # fmt: skip
    return Rendered(told, _own_rows(view, state))


def _comes_now(state: ReferralState) -> bool:
    return state.come_now and state.situation is Situation.accepted


def nobody_yet(view: CardView) -> Rendered:
    """To the initiator: still nobody, or nothing has moved since, and whom to phone."""
    state = referral_of(view)
    if state.situation is None or state.situation is Situation.arrived:
        return _settled(view, state)
    if state.situation not in ASKING:
        return _no_news(view, state)
    words: dict[str, Argument] = {
        "code": state.code,
        "asked": asked_count(state),
        "where": department_name(view, state),
    }
    line = line24(view, state.facility, state.department)
    told = say(view, "nobody-yet", line=line, **words) if line else say(view, "nobody-yet-no-line", **words)
    return Rendered(lines(told, opened(view)), _own_rows(view, state))


def _no_news(view: CardView, state: ReferralState) -> Rendered:
    line = line24(view, state.facility, state.department)
    call = say(view, "no-news-call", where=department_name(view, state), line=line) if line else None
    title = bold(say(view, "no-news-title", code=state.code))
    return Rendered(lines(title, standing(view, state), call, opened(view)), _own_rows(view, state))


def reported(view: CardView) -> Rendered:
    """To the initiator: the outcome."""
    state = referral_of(view)
    title = say(view, "reported-title", code=state.code)
    # A reopened or closed loop keeps what was reported; what it says comes first.
    told = standing(view, state)
    if state.outcome:
        told = say(view, "standing-reported", outcome=reason(view, "outcome", state.outcome))
    return Rendered(lines(bold(title), told, opened(view)), rows([details(view), _reopen(view)]))


def cancel_answered(view: CardView) -> Rendered:
    """To the initiator: whether the recipient lets go."""
    state = referral_of(view)
    agreed = not state.open
    answer = say(view, "cancel-answered-yes" if agreed else "cancel-answered-no")
    stands = None if agreed else standing(view, state)
    title = bold(say(view, "cancel-answered-title", code=state.code))
    return Rendered(lines(title, answer, stands, opened(view)), () if agreed else _own_rows(view, state))


def _title(view: CardView, state: ReferralState, key: str, due: bool = True) -> Markup:
    return bold(dotted(say(view, key, code=state.code), answer_by(view, state) if due else None))


def _card(view: CardView, state: ReferralState, title: Markup, question: Markup | None) -> Rendered:
    shown = triage_first(view, state) or view.identity is not None
    stat = state.priority is Priority.stat
    text = lines(
        title,
        triage(view, state) if shown else None,
        route(view, state, with_way=shown),
        emergency_line(view, state.initiator_facility) if stat else None,
        question or standing(view, state),
        proposal(view, state),
        _also(view, state),
        opened(view),
    )
    return Rendered(text, of_referral(view, state))


def _also(view: CardView, state: ReferralState) -> Markup | None:
    return say(view, "provisional") if state.provisional and state.open else None


def _settled(view: CardView, state: ReferralState) -> Rendered:
    """The question is answered: how things stand, and what the reader may do next."""
    told = say(view, "over-other", code=state.code, standing=standing(view, state))
    return Rendered(lines(told, opened(view)), () if not view.identity else rows([details(view)]))


def _own_rows(view: CardView, state: ReferralState) -> Rows:
    if not state.open:
        return rows([_reopen(view)])
    return of_referral(view, state)


def _reopen(view: CardView) -> Button | None:
    return button(view, "reopen", Action.reopen) if Action.reopen in view.allowed else None
