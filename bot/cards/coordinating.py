"""One loop to its coordinator: everything they may do about it, and whom to phone; pure."""

from bot.cards.buttons import ROW, STAFF_ROWS, button, menu, of_referral, rows
from bot.cards.parts import headline, line24, lines, opened, referral_of, route, say, standing, t_name, triage
from bot.texts import Markup
from bot.view import Button, CardView, Rendered
from events.actions import Action
from events.base import Situation
from events.referral_state import ReferralState
from models.values import Priority, Role

_ASKED_SHOWN = 3


def on_board(view: CardView) -> Rendered:
    """One loop to its coordinator: everything they may do about it, and whom to phone."""
    state = referral_of(view)
    if not state.open:
        told = say(view, "over-other", code=state.code, standing=standing(view, state))
        return Rendered(lines(told, opened(view)), rows([_if(view, Action.reopen, "reopen")]))
    text = lines(
        headline(view, state, asks=state.due is not None),
        triage(view, state),
        route(view, state, with_way=True),
        standing(view, state),
        _asked(view, state),
        _lines_to_call(view, state),
        say(view, "provisional") if state.provisional else None,
        opened(view),
    )
    own = [
        _if(view, Action.take_over, "take-over"),
        _if(view, Action.ask_next, "ask-next"),
        menu(view, "by-phone", "by_phone") if by_phone(view) else None,
        menu(view, "close-now", "close_now") if _may_close(view, state) else None,
    ]
    answers = [each for row in of_referral(view, state) for each in row]
    mine = [each for each in own if each is not None]
    # What does not fit is behind [More], which comes last.
    room = max(ROW * STAFF_ROWS - len(mine) - 2, 0)
    shown = answers if len(answers) <= room + 2 else [*answers[:room], *answers[-2:]]
    return Rendered(text, rows([*shown[:-2], *mine, *shown[-2:]]))


def _if(view: CardView, action: Action, label: str) -> Button | None:
    return button(view, label, action) if action in view.allowed else None


def _asked(view: CardView, state: ReferralState) -> Markup | None:
    people = [view.directory.person(each) for each in dict.fromkeys(asked.person for asked in state.asked)]
    names = [t_name(person.name(view.language)) for person in people if person]
    return say(view, "board-asked", who=Markup(", ").join(names)) if names else None


def _lines_to_call(view: CardView, state: ReferralState) -> Markup | None:
    there = line24(view, state.facility, state.department)
    here = line24(view, state.initiator_facility)
    found = [
        say(view, "board-call-recipient", line=there) if there else None,
        say(view, "board-call-initiator", line=here) if here else None,
        say(view, "emergency-number") if state.priority is Priority.stat else None,
    ]
    return lines(*found) or None


def by_phone(view: CardView) -> tuple[tuple[Button, ...], ...]:
    """What somebody who was asked said on the phone: a press records it, in their name and the reader's."""
    state = referral_of(view)
    if Action.accept not in view.allowed or state.situation is Situation.to_be_routed:
        return ()
    params = {"come_now": "yes"} if state.priority >= Priority.asap else {}
    found = []
    for person in list(dict.fromkeys(each.person for each in state.asked))[:_ASKED_SHOWN]:
        known = view.directory.person(person)
        if known is None or person == view.reader:
            continue
        name = known.name(view.language)
        found += [
            button(view, "said-accepts", Action.accept, {**params, "said_by": person}, who=name),
            button(view, "said-declines", Action.decline, {"reason": "no_capacity", "said_by": person}, who=name),
        ]
    return rows(found)


def _may_close(view: CardView, state: ReferralState) -> bool:
    held = view.directory.roles(view.reader, view.now)
    return state.facility is not None and any(
        each.facility == state.facility and each.role in (Role.coordinator, Role.head) for each in held
    )


def close_now(view: CardView) -> tuple[tuple[Button, ...], ...]:
    """For how long the asked department takes nobody; or that it is open again."""
    state = referral_of(view)
    if not _may_close(view, state):
        return ()
    closed = view.directory.closed(state.facility or "", state.department, view.now)
    if closed is not None:
        return rows([button(view, "open-again", "open_again")])
    return rows([button(view, f"close-{hours}h", "close_for_now", {"hours": str(hours)}) for hours in (2, 12, 24)])
