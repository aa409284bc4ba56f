"""/board and what is pressed on it: the list, the card of a loop, a department closed for now."""

import json
from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.engine import RowMapping

from bot.answers import Answer, Say, Show
from bot.board import houses, load_board
from bot.cards.board import board as board_card
from bot.handlers import identifying, separating
from bot.handlers.visit import Visit
from bot.identity import Standing
from bot.sending.tokens import Asked, labelled, write_tokens
from bot.sending.views import load_subjects, may_read
from bot.texts import plain
from events.base import Cause, Refused
from events.notice import NoticeRequested
from events.purposes import Purpose
from events.referral_commands import TakeOver
from events.referral_state import ReferralState
from models.audit import write_audit
from models.deliveries import NoticeRow
from models.history import Origin, change, end
from models.registry import ClosedRow
from models.values import Lane, Role, StreamKind, derived_id, stream_id

_N = NoticeRow.__table__  # type: ignore[attr-defined]

# What a press on the list opens, by the kind of stream.
_OPENS = {
    StreamKind.referral: Purpose.on_board,
    StreamKind.discharge: Purpose.return_form_due,
    StreamKind.plan: Purpose.feels_worse,
}


PRESSES = frozenset(
    {
        "board", "board_card", "close_for_now", "open_again", "identify", "identify_new", "identify_number", "take_all",
        "open_all", separating.SEPARATE,
    }
)  # fmt: skip


async def pressed(
    visit: Visit, token: RowMapping, standing: Standing, params: Mapping[str, str], card: RowMapping | None
) -> Answer:
    """The answer to one of PRESSES."""
    over = visit.inbound.message
    match token["action"]:
        case "board":
            return await board(visit, int(params.get("page", "0")), over)
        case "board_card":
            return await open_card(visit, standing, params)
        case "identify":
            return await identifying.ask(visit, standing)
        case "identify_new":
            return await identifying.is_known_now(visit, standing, params["patient"], over)
        case "identify_number":
            return await identifying.ask_number(visit, params["patient"])
        case separating.SEPARATE:
            return await separating.separate(visit, standing, params)
        case "take_all":
            return await take_all(visit, standing, params)
        case "open_all":
            return await open_all(visit, token, standing, params)
        case _:
            return await close_for_now(visit, standing, token, params, card)


async def board(visit: Visit, page: int = 0, over: int | None = None) -> Answer:
    """The list; `over`: the message it takes the place of."""
    standing = next((each for each in visit.standings if each.staff), None)
    if standing is None or not (places := houses(standing)):
        return Answer(says=(Say(visit.inbound.chat, visit.text("board-not-yours")),))
    found = await load_board(visit.tx, places, visit.now, page)
    rendered = board_card(standing.language, found, visit.directory, visit.now)
    asked = Asked(standing.party.id, visit.inbound.chat, "", "", 0)
    outgoing, tokens = labelled(rendered, asked, visit.now)
    await write_tokens(visit.tx, tokens)
    return Answer(says=(Say(visit.inbound.chat, outgoing, over=over),))


async def open_card(visit: Visit, standing: Standing, params: Mapping[str, str]) -> Answer:
    """The card of one loop, as a message of its own that follows what happens."""
    stream = params["stream"]
    purpose = _OPENS[StreamKind(params["kind"])]
    if not await request(visit, standing, stream, purpose):
        return Answer(toast=plain(standing.language, "refused-not-yours"), alert=True)
    return Answer(toast=plain(standing.language, "board-below"))


async def request(
    visit: Visit, standing: Standing, about: str, purpose: Purpose, params: Mapping[str, str] | None = None,
    step: int = 0, unique: str = "",
) -> bool:  # fmt: skip
    """A notice to whoever pressed: in the reply lane, by the sender, like every card. Once for the same `unique`.

    False where it is not theirs to read any more, so that nothing is promised that the sender would hold back.
    """
    journal = visit.side.journal
    unique = derived_id("opened", unique or visit.cause, about, purpose)
    there = await journal.load(visit.tx, [about, stream_id(StreamKind.notice, unique)])
    loop = there[about].loop
    subject = (await load_subjects(visit.tx, {about: loop})).get(about)
    if subject is None or not may_read(subject, purpose, standing.party, visit.directory):
        return False
    if there[stream_id(StreamKind.notice, unique)].state is not None:
        return True
    event = NoticeRequested(
        purpose=purpose, lane=Lane.reply, recipient=standing.party.id, about=about, params=dict(params or {}),
        silent=True, step=step,
    )  # fmt: skip
    cause = visit.caused_by(standing)
    notice = journal.begin(stream_id(StreamKind.notice, unique), loop, event, Cause(unique, cause.actor, visit.now))
    await journal.record(visit.tx, [notice])
    return True


async def close_for_now(
    visit: Visit, standing: Standing, token: RowMapping, params: Mapping[str, str], card: RowMapping | None
) -> Answer:
    """The asked department takes nobody for some hours, or again; offers go to its coordinator meanwhile."""
    about = token["about"]
    state = (await visit.side.journal.load(visit.tx, [about]))[about].state
    place = state.facility if isinstance(state, ReferralState) else None
    if place is None or not standing.party.at(place) & {Role.coordinator, Role.head}:
        return Answer(toast=plain(standing.language, "refused-not-yours"), alert=True)
    actor = f"person:{standing.party.id}"
    unique = f"{place}/{state.department or ''}:chat"
    if token["action"] == "open_again":
        closed = visit.directory.closed(place, state.department, visit.now)
        since = closed.since.isoformat() if closed else ""
        ids = [unique, f"{place}/{state.department}:{since}", f"{place}:{since}"]
        await end(visit.tx, ClosedRow, ids, visit.now, actor, Origin.chat)
    else:
        until = visit.now + timedelta(hours=int(params["hours"]))
        row = {
            "id": unique, "facility": place, "department": state.department, "since": visit.now, "until": until,
            "reason": "closed in chat",
        }  # fmt: skip
        await change(visit.tx, ClosedRow, [row], visit.now, actor, Origin.chat)
    await write_audit(visit.tx, visit.now, actor, str(token["action"]).replace("_", " "), unique)
    return Answer(toast=plain(standing.language, "press-done"), show=Show(card) if card else None)


async def take_all(visit: Visit, standing: Standing, params: Mapping[str, str]) -> Answer:
    """Everything a shift left over, in one press; what somebody else took meanwhile stays theirs."""
    taken = 0
    for stream in params["streams"].split():
        command = TakeOver(stream=stream, by=standing.party)
        cause = visit.caused_by(standing, f"{visit.cause}|{stream}")
        try:
            handled = await visit.side.journal.handle(visit.tx, command, cause)
        except Refused:
            continue
        taken += bool(handled.events)
    said = visit.text("taken-over", count=taken)
    return Answer(says=(Say(visit.inbound.chat, said, over=visit.inbound.message),))


async def open_all(visit: Visit, token: RowMapping, standing: Standing, params: Mapping[str, str]) -> Answer:
    """Each of what a digest counted, as a card of its own; a second press brings nothing new."""
    query = select(_N).where(_N.c.stream.in_(params["notices"].split()), _N.c.recipient == standing.party.id)
    rows = (await visit.tx.execute(query.order_by(_N.c.next_at, _N.c.stream))).mappings().all()
    shown = 0
    for row in rows:
        more = {name: value for name, value in json.loads(row["params"]).items() if name not in ("gather", "repeat")}
        shown += await request(
            visit, standing, row["about"], Purpose(row["purpose"]), more, row["step"], token["token"]
        )
    if rows and not shown:
        return Answer(toast=plain(standing.language, "refused-not-yours"), alert=True)
    return Answer(toast=plain(standing.language, "board-below"))
