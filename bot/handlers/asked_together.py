"""Several questions to a patient in one message: one after the other, never more than one row of buttons.

When the first is answered the same message shows what became of it and asks the next.
"""

import json
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.engine import RowMapping

from bot.answers import Say
from bot.cards.render import render
from bot.channel import Outgoing
from bot.handlers.visit import Visit
from bot.identity import Standing
from bot.sending.gathering import BETWEEN
from bot.sending.readers import Reader, load_readers
from bot.sending.tokens import Asked, labelled, write_tokens
from bot.sending.views import load_subjects, view
from bot.view import Rendered
from events.notice import NoticeStatus
from events.purposes import PURPOSES, Audience, Purpose
from models.deliveries import DeliveryRow, NoticeRow
from models.values import Lane

_N = NoticeRow.__table__  # type: ignore[attr-defined]
_D = DeliveryRow.__table__  # type: ignore[attr-defined]


async def rest(visit: Visit, standing: Standing, notice: str) -> tuple[Say, ...]:
    """The message that was pressed on, as it stands now; nothing where it held only the question of `notice`."""
    if visit.inbound.message is None or standing.staff:
        return ()
    rows = await _in_message(visit, notice, visit.inbound.message)
    if len(rows) < 2:
        return ()
    reader = await _reader(visit, standing, rows[0])
    subjects = await load_subjects(visit.tx, {row["about"]: row["loop"] for row in rows})
    if reader is None or any(row["about"] not in subjects for row in rows):
        return ()
    shown: list[Rendered] = []
    for row in rows:
        seen = view(
            Purpose(row["purpose"]), subjects[row["about"]], reader, json.loads(row["params"]), visit.directory,
            visit.now, row["marked"], visit.side.rules(),
        )  # fmt: skip
        shown.append(render(seen))
    asked_for = await visit.side.journal.load(visit.tx, [row["stream"] for row in rows])
    open_ = [
        (row, each)
        for row, each in zip(rows, shown, strict=True)
        if each.buttons and asked_for[row["stream"]].state.status is not NoticeStatus.answered
    ]
    buttons = open_[0][1].buttons if open_ else ()
    row = open_[0][0] if open_ else rows[0]
    asked = Asked(reader.id, visit.inbound.chat, row["stream"], row["about"], subjects[row["about"]].state.version)
    outgoing, tokens = labelled(Rendered("", buttons), asked, visit.now)
    await write_tokens(visit.tx, tokens)
    text = BETWEEN.join(str(each.text) for each in shown)
    return (Say(visit.inbound.chat, Outgoing(text, outgoing.buttons), over=visit.inbound.message),)


async def _in_message(visit: Visit, notice: str, message: int) -> Sequence[RowMapping]:
    recipient = select(_N.c.recipient).where(_N.c.stream == notice).scalar_subquery()
    of_notice = select(_D.c.started_at).where(_D.c.notice == notice, _D.c.chat == visit.inbound.chat)
    began = of_notice.order_by(_D.c.attempt.desc()).limit(1).scalar_subquery()
    # The press may be quicker than the sender's own note, or prove what it could not know.
    not_noted = _D.c.state.in_(("sending", "unknown")) & (_D.c.started_at == began)
    query = (
        select(_N)
        .join(_D, _D.c.notice == _N.c.stream)
        .where(
            _N.c.recipient == recipient,
            _D.c.chat == visit.inbound.chat,
            not_noted | ((_D.c.message == message) & (_D.c.state == "sent")),
        )
        .order_by(_N.c.requested_at, _N.c.stream)
    )
    rows = (await visit.tx.execute(query)).mappings().all()
    return [row for row in rows if PURPOSES[Purpose(row["purpose"])].audience is Audience.patient]


async def _reader(visit: Visit, standing: Standing, row: RowMapping) -> Reader | None:
    readers = await load_readers(visit.tx, {row["recipient"]}, visit.directory, visit.now)
    told = readers.of(row["recipient"], Purpose(row["purpose"]), Lane(row["lane"]))
    return next((each for each in told if each.id == standing.party.id), None)
