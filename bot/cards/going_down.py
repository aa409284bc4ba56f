"""A report "stable": the criteria for going down, met and unmet, and the press that sends the patient down; pure."""

from bot.cards.parts import facility_name, lines, referral_of, say
from bot.texts import Argument, Markup, plain
from bot.view import Button, CardView
from events.actions import Action
from events.base import Situation
from events.referral_state import ReferralState
from models.values import Direction
from workers.rules.hints import Criterion, down_criteria, items_of, proposes_down
from workers.rules.pack import Pack

STABLE = "stable"

Rows = tuple[tuple[Button, ...], ...]


def place_below(state: ReferralState) -> str | None:
    """Where the patient goes back to: their centre, else who sent them; None where that is here."""
    below = state.patient_centre or state.initiator_facility
    return below if state.direction is Direction.up and below != state.facility else None


def criteria(view: CardView, state: ReferralState) -> tuple[Criterion, ...]:
    """How the criteria stand, by what was reported."""
    below = view.directory.facility(place_below(state) or "")
    known = {"programmes": state.picture.programmes, "met": state.met, "unmet": state.unmet}
    return down_criteria(_hints(view, state), known | ({"to_tier": str(below.tier)} if below else {}))


def _hints(view: CardView, state: ReferralState) -> Pack:
    return view.rules.around("hints", view.directory, state.facility)


def proposal(view: CardView, state: ReferralState) -> Markup | None:
    """What is met, unmet and not known, once somebody has reported; None before, and when the patient has left."""
    if state.sent_down is not None:
        return say(view, "down-sent", code=state.sent_down)
    if state.situation is not Situation.arrived or not (state.met or state.unmet) or place_below(state) is None:
        return None
    found = criteria(view, state)
    title = say(view, "down-proposed" if proposes_down(found) else "down-not-yet")
    told = [say(view, f"criterion-{each.standing}", says=getattr(each.says, view.language)) for each in found]
    return lines(title, *told)


def presses(view: CardView, state: ReferralState) -> list[Button]:
    """[Stable] first; then [Send down] where it is proposed, and the criteria to change."""
    below = place_below(state)
    if state.situation is not Situation.arrived or below is None or Action.add_note not in view.allowed:
        return []
    if not (state.met or state.unmet):
        return [_button(view, "stable", "report_condition", {"met": STABLE, "unmet": ""})]
    found = [_button(view, "down-criteria", "menu", {"menu": "down"})]
    if proposes_down(criteria(view, state)) and Action.report_outcome in view.allowed:
        place = facility_name(view, below)
        found.insert(0, _button(view, "send-down", "send_down", {"facility": below}, place=place))
    return found


def menu_rows(view: CardView) -> Rows:
    """One button for each thing the criteria ask about: what is met becomes unmet, anything else becomes met."""
    state = referral_of(view)
    if Action.add_note not in view.allowed or place_below(state) is None:
        return ()
    pack = _hints(view, state)
    asked = dict.fromkeys(item for each in criteria(view, state) for item in items_of(pack, each.rule))
    return tuple((_item(view, state, item),) for item in asked)


def _item(view: CardView, state: ReferralState, item: str) -> Button:
    met, unmet = dict.fromkeys(state.met), dict.fromkeys(state.unmet)
    was_met = item in met
    for each in (met, unmet):
        each.pop(item, None)
    (unmet if was_met else met)[item] = None
    words = {"item": say(view, f"down-item-{item}")}
    params = {"met": " ".join(met), "unmet": " ".join(unmet)}
    return _button(view, "down-unmet" if was_met else "down-met", "report_condition", params, **words)


def _button(view: CardView, label: str, action: str, params: dict[str, str], **words: Argument) -> Button:
    return Button(plain(view.language, f"button-{label}", **words), action, params)
