"""Cards about a list: what a shift left over, who is on duty tomorrow and cannot be reached; pure. Names no patient."""

from collections.abc import Sequence
from datetime import datetime

from bot.cards.parts import bold, lines, t_name
from bot.cards.times import short
from bot.texts import Markup, plain, t
from bot.view import Button, Rendered
from events.referral_state import ReferralState
from models.directory import Directory
from models.values import Language

_LISTED = 12


def hand_over(
    language: Language, found: Sequence[ReferralState], at: datetime, directory: Directory, now: datetime
) -> Rendered:
    """[Take over all], or each by itself."""
    time = short(language, at, now, directory.site_zone)
    told = [
        t(
            language,
            "hand-over-line",
            code=each.code,
            stage=t(language, f"board-at-{each.situation}"),
            who=_name(language, each.held_by or each.accepted_by, directory),
        )
        for each in found[:_LISTED]
    ]
    streams = " ".join(each.id for each in found)
    take = Button(plain(language, "button-take-all"), "take_all", {"streams": streams})
    single = [Button(each.code, "board_card", {"stream": each.id, "kind": "referral"}) for each in found[:_LISTED]]
    pairs = [tuple(single[start : start + 2]) for start in range(0, len(single), 2)]
    title = bold(t(language, "hand-over-title", time=time, count=len(found)))
    return Rendered(lines(title, *told), ((take,), *pairs))


def digest(
    language: Language, found: Sequence[ReferralState], notices: Sequence[str], directory: Directory, now: datetime
) -> Rendered:
    """How much waits and until when; [Open] gives each as a card of its own."""
    dues = [each.due for each in found if each.due is not None]
    first = short(language, min(dues), now, directory.site_zone) if dues else None
    title = (
        t(language, "digest-title", count=len(notices), time=first)
        if first
        else t(language, "digest-title-open", count=len(notices))
    )
    told = [
        t(language, "board-line", code=each.code, stage=t(language, f"board-at-{each.situation}"))
        for each in found[:_LISTED]
        if each.situation
    ]
    opens = Button(plain(language, "button-open"), "open_all", {"notices": " ".join(notices)})
    return Rendered(lines(bold(title), *told), ((opens,),))


def list_handed_over(language: Language, count: int, person: str, directory: Directory) -> Rendered:
    """A colleague's whole list of follow-ups is the reader's from now on."""
    return Rendered(t(language, "list-handed-over", count=count, who=_name(language, person, directory)))


def undo_lapsed(language: Language) -> Rendered:
    """Nobody else said that the person lives: the proposal is over. Names nobody."""
    return Rendered(lines(bold(t(language, "undo-lapsed-title")), t(language, "undo-lapsed-ask")))


def proposal_lapsed(language: Language, kind: str, proposal: str) -> Rendered:
    """What two admins should have approved is over; nothing of it was done."""
    title = t(language, "proposal-lapsed-title", kind=kind, proposal=proposal)
    return Rendered(lines(bold(title), t(language, "proposal-lapsed-ask")))


def unreachable(language: Language, people: Sequence[tuple[str, str]], directory: Directory) -> Rendered:
    """Who is to be found by phone, or asked to join, before the duty begins."""
    told = []
    for person, facility in people:
        place = directory.facility(facility)
        where = t_name(place.name(language)) if place else Markup("")
        told.append(t(language, "duty-unreachable-line", who=_name(language, person, directory), where=where))
    shown = told[: 2 * _LISTED]
    more = t(language, "duty-unreachable-more", count=len(told) - len(shown)) if len(told) > len(shown) else None
    return Rendered(lines(bold(t(language, "duty-unreachable-title", count=len(told))), *shown, more))


def _name(language: Language, person: str | None, directory: Directory) -> Markup:
    known = directory.person(person) if person else None
    return t_name(known.name(language)) if known else t(language, "who-unknown")
