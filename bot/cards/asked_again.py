"""Cards that come because somebody asked to see one, or because something was left for later: consent; pure."""

from bot.cards.buttons import button, details, of_referral, rows
from bot.cards.parts import bold, dotted, headline, lines, opened, referral_of, route, say, standing, triage
from bot.cards.referral import sent
from bot.view import CardView, Rendered
from events.actions import Action
from events.base import Situation

_ASKING = frozenset({Situation.offered, Situation.held, Situation.information_asked})


def shown(view: CardView) -> Rendered:
    """A referral whose code somebody typed, or that they chose from their list: as it stands, with what they may do."""
    state = referral_of(view)
    if view.reader == state.initiator:
        return sent(view)
    asks = state.situation in _ASKING and Action.accept in view.allowed
    text = lines(
        headline(view, state, asks),
        triage(view, state),
        route(view, state, with_way=True),
        standing(view, state),
        opened(view),
    )
    return Rendered(text, of_referral(view, state) if state.open else rows([details(view)]))


def consent_needed(view: CardView) -> Rendered:
    """To the initiator, a day after a referral that was sent before anybody had agreed to it."""
    state = referral_of(view)
    if state.consent == "given" or not state.open:
        return Rendered(say(view, "consent-done", code=state.code))
    text = lines(
        bold(dotted(say(view, "consent-title", code=state.code))),
        route(view, state, with_way=False),
        say(view, "consent-ask"),
        opened(view),
    )
    may = Action.record_consent in view.allowed
    found = [
        button(view, f"consent-{who}", Action.record_consent, {"given_by": who}) if may else None
        for who in ("patient", "family")
    ]
    return Rendered(text, rows([*found, details(view)]))
