"""What is theirs, as the one who answers and as the one who asked; and a code alone: that referral's card."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import or_, select

from bot.answers import NOTHING, Answer, Say
from bot.cards.buttons import rows
from bot.cards.parts import place_name, say
from bot.cards.parts import standing as stands
from bot.channel import Outgoing
from bot.handlers.visit import Visit
from bot.identity import Standing
from bot.sending.readers import Reader
from bot.sending.tokens import Asked, labelled, write_tokens
from bot.sending.views import Subject, load_subjects, view
from bot.texts import Markup, plain, t
from bot.view import Button, Rendered
from events.actions import Relation, relations
from events.notice import NoticeRequested
from events.purposes import Purpose
from events.referral_state import ReferralState
from models.deliveries import CardRow
from models.summaries import SummaryRow
from models.values import Lane, StreamKind, derived_id, parse_referral_code, stream_id

_SUMMARIES = SummaryRow.__table__  # type: ignore[attr-defined]
_CARDS = CardRow.__table__  # type: ignore[attr-defined]
_MOST = 10  # of each list; a card has room for as many buttons
_LOOKED_AT = 200
_MINE = frozenset({Relation.asked, Relation.holder})


async def referrals(visit: Visit, standing: Standing) -> Sequence[Say]:
    """Two short lists, the first due first, with a button for each; nothing when both are empty."""
    me = standing.party.id
    states = await _open(visit, me)
    sent = [each for each in states if each.initiator == me]
    waiting = [each for each in states if each.initiator != me and relations(each, standing.party) & _MINE]
    if not (sent or waiting):
        return ()
    told, buttons = [], []
    for key, listed in (("mine-waiting", waiting), ("mine-sent", sent)):
        if listed:
            told.append(t(standing.language, key, count=len(listed)))
            told += [_line(visit, standing, each) for each in listed[:_MOST]]
            buttons += [_button(standing, each) for each in listed[:_MOST]]
        if len(listed) > _MOST:
            told.append(t(standing.language, "mine-more", count=len(listed) - _MOST))
    rendered = Rendered(Markup("\n".join(told)), rows(buttons, width=3))
    outgoing, tokens = labelled(rendered, Asked(me, visit.inbound.chat, "", "", 0), visit.now)
    await write_tokens(visit.tx, tokens)
    return (Say(visit.inbound.chat, outgoing),)


async def _open(visit: Visit, me: str) -> list[ReferralState]:
    """Open referrals that this person holds, sent, or has been told about, the first due first."""
    told = select(_CARDS.c.about).where(_CARDS.c.recipient == me)
    query = (
        select(_SUMMARIES.c.stream)
        .where(
            _SUMMARIES.c.open,
            _SUMMARIES.c.kind == StreamKind.referral,
            or_(_SUMMARIES.c.initiator == me, _SUMMARIES.c.holder_person == me, _SUMMARIES.c.stream.in_(told)),
        )
        .order_by(_SUMMARIES.c.due, _SUMMARIES.c.stream)
        .limit(_LOOKED_AT)
    )
    streams = list((await visit.tx.execute(query)).scalars())
    subjects = await load_subjects(visit.tx, {stream: stream for stream in streams})
    found = [subjects[stream].state for stream in streams if stream in subjects]
    return [each for each in found if isinstance(each, ReferralState)]


def _line(visit: Visit, standing: Standing, state: ReferralState) -> Markup:
    reader = Reader(standing.party, standing.language, (visit.inbound.chat,))
    seen = view(Purpose.shown, Subject(state, state), reader, {}, visit.directory, visit.now, rules=visit.side.rules())
    return say(
        seen,
        "mine-line",
        code=state.code,
        priority=say(seen, f"priority-{state.priority}"),
        place=place_name(seen, state.facility, state.department),
        standing=stands(seen, state),
    )


def _button(standing: Standing, state: ReferralState) -> Button:
    return Button(plain(standing.language, "button-code", code=state.code), "show", {"referral": state.id})


async def by_code(visit: Visit) -> Answer | None:
    """A code alone: the card again, for those who are something to this referral; None when it is no code."""
    code = parse_referral_code(visit.inbound.text)
    standing = next((each for each in visit.standings if each.staff), None)
    if code is None or standing is None:
        return None
    query = select(_SUMMARIES.c.stream).where(_SUMMARIES.c.code == code)
    stream = (await visit.tx.execute(query)).scalar()
    return await show(visit, standing, stream or "")


async def show(visit: Visit, standing: Standing, stream: str) -> Answer:
    """Send the card of a referral anew; a stranger to it learns nothing, not even that it is there."""
    subject = (await load_subjects(visit.tx, {stream: stream})).get(stream) if stream else None
    state = subject.referral if subject else None
    if state is None or not relations(state, standing.party):
        unknown = visit.text("refused-unknown-referral")
        pressed = bool(visit.inbound.token)
        return (
            replace(NOTHING, toast=unknown.text, alert=True)
            if pressed
            else Answer(says=(Say(visit.inbound.chat, Outgoing(unknown.text)),))
        )
    asked = NoticeRequested(
        purpose=Purpose.shown, lane=Lane.reply, recipient=standing.party.id, about=stream, silent=True
    )
    journal, cause = visit.side.journal, visit.caused_by(standing)
    notice = stream_id(StreamKind.notice, derived_id(visit.cause, stream, "shown"))
    await journal.record(visit.tx, [journal.begin(notice, state.loop, asked, cause)])
    return NOTHING
