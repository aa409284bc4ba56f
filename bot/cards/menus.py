"""The sub-menus of a card: the same card, a question below it, and its answers as buttons; pure."""

from collections.abc import Callable

from bot.cards import going_down, plan
from bot.cards.buttons import Rows, at_time, button, menu, more, proposed, rows
from bot.cards.coordinating import by_phone, close_now
from bot.cards.parts import lines, referral_of, say, when
from bot.cards.why import why
from bot.texts import Markup, plain
from bot.view import Button, CardView, Rendered
from events.actions import Action
from events.base import EndReason
from events.referral import DeclineReason, GiveBackReason, LowerReason, OutcomeKind
from events.referral_state import ReferralState
from models.directory import Directory
from models.values import Priority

_TARGETS = 6
_NEAR = 3  # departments of the own house that are listed before other houses

# What a person may choose by hand; the rest is entered by systems or comes of itself (a discharge brings its papers).
_OUTCOMES = tuple(kind for kind in OutcomeKind if kind is not OutcomeKind.discharged)
_CANCEL = (EndReason.patient_refused, EndReason.went_elsewhere, EndReason.resolved, EndReason.died, EndReason.other)
_WITHDRAW = (EndReason.entered_in_error, EndReason.duplicate, *_CANCEL)
_CLOSE = (
    EndReason.patient_refused, EndReason.went_elsewhere, EndReason.not_reached, EndReason.resolved, EndReason.died,
    EndReason.other,
)  # fmt: skip


def with_menu(view: CardView, card: Rendered) -> Rendered:
    """The card with the menu that is open; the card itself when the menu is not known or offers nothing any more."""
    if view.menu == "why":
        told = why(view)
        return Rendered(lines(Markup(card.text), told), ((menu(view, "back", ""),),)) if told else card
    make = _MENUS.get(view.menu or "")
    found = make(view) if make else ()
    if not found:
        return card
    question = say(view, f"menu-{str(view.menu).partition('-')[0]}")
    back = "not-sure" if view.menu in ("another_time", "cannot_come") else "back"
    return Rendered(lines(Markup(card.text), question), _with_back(found, menu(view, back, "")))


def _with_back(found: Rows, back: Button) -> Rows:
    if len(found) > 1 and len(found[-1]) < len(found[0]):
        return (*found[:-1], (*found[-1], back))
    return (*found, (back,))


def _codes(view: CardView, action: Action, family: str, param: str, codes: tuple[str, ...]) -> list[Button]:
    if action not in view.allowed:
        return []
    return [Button(plain(view.language, f"{family}-{code}"), action, {param: str(code)}) for code in codes]


def _decline(view: CardView) -> Rows:
    found = _codes(view, Action.decline, "decline", "reason", tuple(DeclineReason))
    elsewhere = menu(view, "redirect", "redirect") if Action.redirect in view.allowed else None
    return rows([*found, elsewhere]) if found else ()


def _times(action: Action) -> Callable[[CardView], Rows]:
    def make(view: CardView) -> Rows:
        if action not in view.allowed:
            return ()
        state = referral_of(view)
        found = [button(view, "time", action, at_time(at), time=when(view, at)) for at in proposed(view, state)]
        if action is Action.accept:
            found.append(button(view, "accept-now", action, {"come_now": "yes"}))
            if state.priority is not Priority.stat:
                found.append(button(view, "accept-no-time", action))
        return rows(found)

    return make


def _redirect(view: CardView) -> Rows:
    if Action.redirect not in view.allowed:
        return ()
    return rows((_target(view, facility, department) for facility, department in targets(view)), width=1)


def _target(view: CardView, facility: str, department: str | None) -> Button:
    params = {"facility": facility} | ({"department": department} if department else {})
    place = view.directory.facility(facility)
    known = view.directory.department(facility, department) if department else None
    names = [each.name(view.language) for each in (place, known) if each is not None]
    return Button(plain(view.language, "button-place", place=" ".join(names)), Action.redirect, params)


def targets(view: CardView) -> list[tuple[str, str | None]]:
    """Where a referral may be sent on to: departments of the same house first, then the alliance, nearest first."""
    state, directory = referral_of(view), view.directory
    here = (state.facility, state.department)
    own = [(each.facility, each.code) for each in directory.departments(state.facility or "")]
    partners = directory.alliance_partners(state.initiator_facility, view.now)
    minutes = {each: directory.driving_minutes(state.initiator_facility, each) for each in partners}
    near = sorted(partners, key=lambda each: (minutes[each] is None, minutes[each] or 0, each))
    away = [place for facility in near for place in _same_department(directory, state, facility)]
    found = [place for place in (*own[: _NEAR + 1], *away) if place != here]
    return list(dict.fromkeys(found))[:_TARGETS]


def _same_department(directory: Directory, state: ReferralState, facility: str) -> list[tuple[str, str | None]]:
    place = directory.facility(facility)
    origin = directory.facility(state.initiator_facility)
    if place is None or facility == state.initiator_facility:
        return []
    if origin is not None and place.tier.rank < origin.tier.rank and state.direction != "down":
        return []
    has_it = state.department is None or directory.department(facility, state.department) is not None
    return [(facility, state.department)] if has_it else []


def _priority(view: CardView) -> Rows:
    if Action.change_priority not in view.allowed:
        return ()
    state = referral_of(view)
    found = []
    for priority in sorted(Priority, reverse=True):
        label = plain(view.language, f"priority-{priority}")
        if priority > state.priority:
            found.append(Button(label, Action.change_priority, {"priority": priority}))
        elif priority < state.priority:
            found.append(Button(label, "menu", {"menu": f"lower-{priority}"}))
    return rows(found)


def _lower(priority: Priority) -> Callable[[CardView], Rows]:
    def make(view: CardView) -> Rows:
        found = _codes(view, Action.change_priority, "lower", "reason", tuple(LowerReason))
        return rows(Button(each.label, each.action, {"priority": priority, **each.params}) for each in found)

    return make


def _more(view: CardView) -> Rows:
    return rows(more(view, referral_of(view)))


def _reasons(action: Action, family: str, param: str, codes: tuple[str, ...]) -> Callable[[CardView], Rows]:
    return lambda view: rows(_codes(view, action, family, param, codes))


def gives_up(view: CardView, wants: str) -> tuple[Action, dict[str, str]] | None:
    """The press with which a patient gives up a time; None when there is nothing to give up."""
    if Action.refuse_time in view.allowed:
        return Action.refuse_time, {"wants": wants}
    if Action.ask_cancel in view.allowed and wants == "cannot_come":
        return Action.ask_cancel, {"reason": EndReason.patient_refused}
    return None


def _sure(label: str, wants: str) -> Callable[[CardView], Rows]:
    def make(view: CardView) -> Rows:
        press = gives_up(view, wants)
        return ((button(view, label, *press),),) if press else ()

    return make


_MENUS: dict[str, Callable[[CardView], Rows]] = (
    {
        "decline": _decline,
        "accept": _times(Action.accept),
        "offer_time": _times(Action.offer_time),
        "redirect": _redirect,
        "give_back": _reasons(Action.give_back, "give-back", "reason", tuple(GiveBackReason)),
        "ask_cancel": _reasons(Action.ask_cancel, "end", "reason", _CANCEL),
        "withdraw": _reasons(Action.withdraw, "end", "reason", _WITHDRAW),
        "close": _reasons(Action.close, "end", "reason", _CLOSE),
        "report": _reasons(Action.report_outcome, "outcome", "kind", _OUTCOMES),
        "priority": _priority,
        "down": going_down.menu_rows,
        "more": _more,
        "by_phone": by_phone,
        "close_now": close_now,
        "another_time": _sure("sure-another", "another_time"),
        "cannot_come": _sure("sure-cannot", "cannot_come"),
    }
    | {f"lower-{priority}": _lower(priority) for priority in Priority}
    | plan.MENUS
)
