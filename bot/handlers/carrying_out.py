"""From what somebody wants to events: one command, one transaction, with the answer recorded on the notice."""

import json
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy.engine import RowMapping

from bot.answers import Answer, Say, Show
from bot.cards.replies import reading_words
from bot.handlers import danger
from bot.handlers.commands import COMMANDS
from bot.handlers.press import Press
from bot.handlers.visit import Visit
from bot.identity import Standing
from bot.texts import has, plain
from events import catalog
from events.actions import Party, Relation, relations
from events.base import Command, Refused
from events.follow_up import PlanState
from events.handling import Working
from events.notice import RecordAnswer
from events.referral_state import ReferralState
from models.audit import write_audit

_UNKNOWN = "press-unknown"

# Who may write down what somebody else said by phone.
_MAY_RECORD = frozenset(
    {Relation.holder, Relation.recipient_coordinator, Relation.initiator_coordinator, Relation.centre}
)
# Yes and no to a time: only to the time that was shown when they pressed.
_TO_A_TIME = frozenset({"confirm_time", "refuse_time", "set_out"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants done.

    `version`: of the stream, as their card showed it; None when they saw none. `said_by`: who said it by phone.
    """

    standing: Standing
    action: str
    about: str
    notice: str
    params: dict[str, str] = field(default_factory=dict)
    words: str | None = None
    version: int | None = None
    unique: str = ""
    said_by: Party | None = None

    @classmethod
    def of_token(cls, token: RowMapping, standing: Standing, words: str | None = None) -> "Wanted":
        """What a button means."""
        return cls(
            standing=standing,
            action=token["action"],
            about=token["about"],
            notice=token["notice"],
            params=json.loads(token["params"]),
            words=words,
            version=token["version"],
            unique=f"press-{token['token']}",
        )


async def carry_out(visit: Visit, wanted: Wanted, card: RowMapping | None) -> tuple[Answer, bool]:
    """Do it. Gives the answer, and whether it was done; what is refused leaves nothing written."""
    journal, language = visit.side.journal, wanted.standing.language
    show = Show(card, bool(card["opened"])) if card else None
    cause = visit.caused_by(wanted.standing, wanted.unique)
    if wanted.said_by is not None:
        cause = replace(cause, on_behalf_of=wanted.said_by.id, said_at=cause.at)
    loaded = await journal.load(visit.tx, [wanted.about, *([wanted.notice] if wanted.notice else [])])
    working = loaded[wanted.about]
    before = working.state
    try:
        command = _command(wanted, before)
        _same_time(wanted, working)
        journal.decide(working, command, cause)
        if wanted.notice and loaded[wanted.notice].state is not None:
            said = RecordAnswer(stream=wanted.notice, by=wanted.standing.party.id, answer=wanted.action)
            journal.decide(loaded[wanted.notice], said, cause)
    except Refused as refused:
        return Answer(toast=refusal(visit, wanted.standing, refused), alert=True, show=show), False
    await journal.record(visit.tx, loaded.values())
    if wanted.action == "accept" and card is not None:
        # The holder sees who the patient is from now on (docs/decisions/0015); that is an opening like any other.
        show = Show(card, opened=True)
        await write_audit(visit.tx, visit.now, f"person:{wanted.standing.party.id}", "open details", wanted.about)
    return Answer(toast=plain(language, "press-done"), says=await _also(visit, wanted, before), show=show), True


def _command(wanted: Wanted, state: Any) -> Command:
    press = Press(wanted.about, _answering(wanted, state), wanted.params, wanted.words)
    try:
        return COMMANDS[wanted.action](press)
    except (KeyError, ValueError):  # a button of an older version of the cards
        raise Refused(_UNKNOWN) from None


def _answering(wanted: Wanted, state: Any) -> Party:
    """Who answers: whoever said it, if they were asked; else the coordinator, for somebody of their house."""
    if wanted.said_by is None:
        return wanted.standing.party
    if not isinstance(state, ReferralState):
        raise Refused("not-yours")
    recorder = relations(state, wanted.standing.party)
    if not recorder & _MAY_RECORD:
        raise Refused("not-yours")
    if relations(state, wanted.said_by) & {Relation.asked, Relation.holder}:
        return wanted.said_by
    return wanted.standing.party


def refusal(visit: Visit, standing: Standing, refused: Refused) -> str:
    """Why not, in words."""
    key = refused.code if refused.code == _UNKNOWN else f"refused-{refused.code}"
    if not has(standing.language, key):
        key = "refused-not-now"
    return plain(standing.language, key, **refused.details)


def _same_time(wanted: Wanted, working: Working) -> None:
    if wanted.action not in _TO_A_TIME or wanted.version is None or not isinstance(working.state, ReferralState):
        return
    shown = catalog.fold(each for each in working.history if each.version <= wanted.version)
    if shown is not None and shown.appointment != working.state.appointment:
        raise Refused("not-now", status=working.state.status, action=wanted.action)


async def _also(visit: Visit, wanted: Wanted, before: Any) -> tuple[Say, ...]:
    """What is said besides: the question about danger signs, what follows from its answer, a number taken back."""
    if not wanted.standing.staff and isinstance(before, PlanState):
        if wanted.action == "follow_up" and wanted.params.get("answer") == "worse":
            return (await danger.question(visit, wanted.standing, before),)
        if wanted.action == "danger":
            return (danger.answered(visit, wanted.params),)
    if wanted.action == "record_visit" and visit.inbound.message is not None:
        return (Say(visit.inbound.chat, visit.text("visit-recorded"), over=visit.inbound.message),)
    if wanted.action == "wrong_reading" and isinstance(before, PlanState):
        chat = visit.inbound.chat
        found = [event for unique, event in before.readings if unique == wanted.params["reading"]]
        return tuple(
            Say(chat, visit.text("reading-withdrawn", reading=reading_words(visit.language, event))) for event in found
        )
    return ()
