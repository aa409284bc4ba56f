"""One card: what somebody reads about something, made at the last moment from the state as it is; pure.

Three views (docs/decisions/0015): push (code, priority, what to do, by when, calling facility), triage (age band, sex,
what fired, pathway, onset, way; stat and asap on the first card), identity (only when the view carries it).
"""

from collections.abc import Callable
from dataclasses import replace

from bot.cards import asked_again, coordinating, follow_up, papers, patient, plan, referral
from bot.cards.menus import with_menu
from bot.cards.parts import bold, lines, say
from bot.texts import Markup, paragraph, plain
from bot.view import Button, CardView, Rendered
from events.purposes import PURPOSES, Audience, Purpose


def render(view: CardView) -> Rendered:
    """Text and buttons for one reader. Raises TypeError where state and purpose do not belong together."""
    card = with_menu(view, _CARDS[view.purpose](view))
    text = Markup(card.text)
    if PURPOSES[view.purpose].audience is Audience.patient:
        text = patient.for_whom(view, text)
    if view.repeat:
        text = say(view, "repeat", text=text)
    return replace(card, text=text)


def _proposal(view: CardView) -> Rendered:
    """To every admin: something that two of them must say yes to."""
    what = {name: view.params.get(name, "-") for name in ("proposal", "kind", "count")}
    text = lines(
        bold(say(view, "proposal-title", kind=what["kind"], proposal=what["proposal"])),
        say(view, "proposal-what", kind=what["kind"], count=what["count"]),
        say(view, "parked-reason", reason=paragraph(view.params.get("reason", "-"), 300)),
        say(view, "proposal-ask"),
    )
    button = Button(plain(view.language, "button-approve"), "approve_proposal", {"proposal": what["proposal"]})
    return Rendered(text, ((button,),))


def _parked(view: CardView) -> Rendered:
    """To the admin: a step that failed again and again, or a kind of message that holds itself. Names no patient."""
    if "proposal" in view.params:
        return _proposal(view)
    if "orphans" in view.params:
        counts = {name: view.params.get(name, "-") for name in ("unheld", "overdue")}
        what = say(view, "orphans-what", unheld=counts["unheld"], overdue=counts["overdue"])
        return Rendered(lines(bold(say(view, "orphans-title")), what, say(view, "orphans-ask")))
    if "held" in view.params:
        numbers = {name: view.params.get(name, "-") for name in ("held", "count", "usual")}
        what = say(view, "held-what", purpose=numbers["held"], count=numbers["count"], usual=numbers["usual"])
        hold = view.params.get("hold")
        release = (
            Button(plain(view.language, "button-release-held"), "release_notices", {"hold": hold}) if hold else None
        )
        text = lines(bold(say(view, "held-title")), what, say(view, "held-ask"))
        return Rendered(text, ((release,),) if release else ())
    about = {name: view.params.get(name, "-") for name in ("consumer", "stream")}
    why = view.params.get("reason")
    text = lines(
        bold(say(view, "parked-title")),
        say(view, "parked-what", **about),
        say(view, "parked-reason", reason=paragraph(why, 300)) if why else None,
        say(view, "parked-ask"),
    )
    return Rendered(text)


_CARDS: dict[Purpose, Callable[[CardView], Rendered]] = {
    Purpose.offer: referral.offer,
    Purpose.coordinator_asked: referral.offer,
    Purpose.to_be_routed: referral.asked,
    Purpose.time_needed: referral.asked,
    Purpose.information_given: referral.asked,
    Purpose.time_refused: referral.time_refused,
    Purpose.where_is_patient: referral.asked,
    Purpose.arrived_or_missed: referral.asked,
    Purpose.outcome_due: referral.asked,
    Purpose.cancel_asked: referral.cancel_asked,
    Purpose.amended: referral.amended,
    Purpose.taken_back: referral.taken_back,
    Purpose.reopened: referral.reopened,
    Purpose.on_board: coordinating.on_board,
    Purpose.sent: referral.sent,
    Purpose.somebody_has_it: referral.somebody_has_it,
    Purpose.nobody_yet: referral.nobody_yet,
    Purpose.declined: referral.asked,
    Purpose.advised: referral.asked,
    Purpose.information_asked: referral.asked,
    Purpose.missed: referral.asked,
    Purpose.reported: referral.reported,
    Purpose.cancel_answered: referral.cancel_answered,
    Purpose.consent_needed: asked_again.consent_needed,
    Purpose.shown: asked_again.shown,
    Purpose.return_form_due: papers.return_form_due,
    Purpose.return_form: papers.return_form,
    Purpose.return_form_answered: papers.return_form_answered,
    Purpose.feels_worse: follow_up.feels_worse,
    Purpose.high_reading: follow_up.high_reading,
    Purpose.call_item: follow_up.call_item,
    Purpose.plan_card: plan.plan,
    Purpose.plan_handed_over: plan.handed_over,
    Purpose.patient_wrote: plan.patient_wrote,
    Purpose.refer_up: plan.refer_up,
    Purpose.patient_come_now: patient.come_now,
    Purpose.patient_time: patient.time,
    Purpose.patient_cancelled: patient.cancelled,
    Purpose.patient_follow_up: patient.follow_up,
    Purpose.patient_visit_soon: patient.visit_soon,
    Purpose.patient_time_soon: patient.time_soon,
    Purpose.patient_unseen: patient.unseen,
    Purpose.parked: _parked,
}
