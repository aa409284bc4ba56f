"""The buttons of an appointment, typed by the patient or a contact: one effect with the press.

As a reply to the card, or by itself where only one appointment can be meant. What gives something up is asked about
once more, as the press is.
"""

from functools import cache

from sqlalchemy import select
from sqlalchemy.engine import RowMapping

from bot.answers import Answer, Say, Show
from bot.channel import Outgoing
from bot.handlers.carrying_out import Wanted, carry_out
from bot.handlers.visit import Visit
from bot.identity import Standing
from bot.sending.card_rows import card_at
from bot.texts import plain, quote
from events.base import EndReason, Situation
from models.deliveries import CardRow
from models.summaries import SummaryRow
from models.values import Language, StreamKind, kind_of

_SUMMARIES = SummaryRow.__table__  # type: ignore[attr-defined]
_CARDS = CardRow.__table__  # type: ignore[attr-defined]

# The text that lists the words, beside the label of the button itself, and what the button does.
_COMES, _SETS_OUT, _ANOTHER, _CANNOT = "typed-i-come", "typed-i-set-out", "typed-i-another", "typed-i-cannot"
_LABELS = {
    _COMES: "button-i-come", _SETS_OUT: "button-i-set-out", _ANOTHER: "button-i-another", _CANNOT: "button-i-cannot",
}  # fmt: skip
_SURE = {"button-sure-another": "another_time", "button-sure-cannot": "cannot_come"}
_MENUS = {_ANOTHER: "another_time", _CANNOT: "cannot_come"}
_COMING = frozenset({Situation.accepted, Situation.time_offered, Situation.confirmed, Situation.time_passed})


def plainly(text: str) -> str:
    """Without what a phone's keyboard adds or leaves out: full stops, commas, spaces around them, capitals."""
    for mark in ",，。.!！":
        text = text.replace(mark, " ")
    return " ".join(text.split()).lower()


@cache
def _words(key: str) -> frozenset[str]:
    listed = [word for each in Language for word in plain(each, key).replace("、", ",").split(",")]
    labels = [plain(each, _LABELS[key]) for each in Language]
    return frozenset(map(plainly, [*listed, *labels]))


@cache
def _sure(key: str) -> frozenset[str]:
    return frozenset(plainly(plain(each, key)) for each in Language)


def said(text: str) -> tuple[str | None, str | None] | None:
    """The action a text asks for, and what it gives up; no action: to be asked about once more. None: other words."""
    words = plainly(text)
    for key, wants in _SURE.items():
        if words in _sure(key):
            return "refuse_time", wants
    meant = next((key for key in _LABELS if words in _words(key)), None)
    if meant is None:
        return None
    return (None, _MENUS[meant]) if meant in _MENUS else ("confirm_time" if meant == _COMES else "set_out", None)


async def typed(visit: Visit) -> Answer | None:
    """The answer to a word about an appointment; None when the text is none, or nothing of it can be meant."""
    meant = said(visit.inbound.text)
    found = await _about(visit) if meant else None
    if meant is None or found is None:
        return None
    action, gives_up = meant
    standing, about, card = found
    if action is None:
        menu = gives_up or ""
        ask = visit.text("typed-i-sure", word=plain(visit.language, f"button-sure-{menu.partition('_')[0]}"))
        return Answer(says=(Say(visit.inbound.chat, ask),), show=Show(card, menu=menu) if card else None)
    params = {"wants": gives_up} if gives_up else {}
    wanted = Wanted(standing, action, about, card["notice"] if card else "", params)
    answer, done = await carry_out(visit, wanted, card)
    if not done and gives_up == "cannot_come":
        # Told to come now, there is no time to give up: the visit itself is.
        wanted = Wanted(standing, "ask_cancel", about, wanted.notice, {"reason": EndReason.patient_refused})
        answer, done = await carry_out(visit, wanted, card)
    told = visit.text("words-stored") if done else Outgoing(quote(answer.toast, 300))
    return Answer(says=(Say(visit.inbound.chat, told),), show=answer.show)


async def _about(visit: Visit) -> tuple[Standing, str, RowMapping | None] | None:
    """The card that was replied to, else the only referral that waits for one of theirs to come."""
    speaking = [each for each in visit.standings if each.party.patients]
    if visit.inbound.message is not None:
        card = await card_at(visit.tx, visit.inbound.chat, visit.inbound.message)
        if card is None or kind_of(card["about"]) is not StreamKind.referral:
            return None
        state = (await visit.side.journal.load(visit.tx, [card["about"]]))[card["about"]].state
        mine = [each for each in speaking if state.patient in each.party.patients]
        return (mine[0], card["about"], card) if mine else None
    patients = {patient: each for each in speaking for patient in each.party.patients}
    query = select(_SUMMARIES.c.stream, _SUMMARIES.c.patient).where(
        _SUMMARIES.c.patient.in_(patients), _SUMMARIES.c.kind == StreamKind.referral, _SUMMARIES.c.open,
        _SUMMARIES.c.situation.in_(_COMING),
    )  # fmt: skip
    rows = (await visit.tx.execute(query)).all()
    if len(rows) != 1:
        return None
    shown = select(_CARDS).where(_CARDS.c.about == rows[0].stream, _CARDS.c.chat == visit.inbound.chat)
    newest = (await visit.tx.execute(shown.order_by(_CARDS.c.message.desc()))).mappings().first()
    return patients[rows[0].patient], rows[0].stream, newest
