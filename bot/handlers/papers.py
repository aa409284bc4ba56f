"""/papers: the discharges of one's own patients whose return form is missing; a press asks the hospital for it."""

from sqlalchemy import select

from bot.answers import Answer, Say
from bot.cards.times import short
from bot.channel import Labelled, Outgoing
from bot.handlers.care_today import masked_names
from bot.handlers.visit import Visit
from bot.identity import Standing
from bot.sending.tokens import Asked, labelled, write_tokens
from bot.texts import plain, t
from bot.view import Button, Rendered
from events.discharge import DischargeStatus
from models.summaries import SummaryRow
from models.values import StreamKind

_SUMMARIES = SummaryRow.__table__  # type: ignore[attr-defined]
_MISSING = (DischargeStatus.discharged, DischargeStatus.form_returned)
_SHOWN = 8


async def papers(visit: Visit, standing: Standing, rest: str) -> Answer:
    """The oldest first, with a button each."""
    centres = sorted({position.facility for position in standing.party.positions})
    query = (
        select(_SUMMARIES)
        .where(
            _SUMMARIES.c.kind == StreamKind.discharge, _SUMMARIES.c.open, _SUMMARIES.c.status.in_(_MISSING),
            _SUMMARIES.c.recipient_facility.in_(centres),
        )
        .order_by(_SUMMARIES.c.begun_at)
        .limit(_SHOWN)
    )  # fmt: skip
    found = (await visit.tx.execute(query)).mappings().all()
    if not found:
        return Answer(says=(Say(visit.inbound.chat, visit.text("papers-none")),))
    names = await masked_names(visit, [row["patient"] for row in found])
    rows: list[tuple[Labelled, ...]] = []
    tokens = []
    for row in found:
        hospital = visit.directory.facility(row["initiator_facility"])
        label = plain(
            standing.language,
            "papers-row",
            name=names[row["patient"]],
            hospital=hospital.name(standing.language) if hospital else "",
            day=short(standing.language, row["begun_at"], visit.now, visit.directory.site_zone),
        )
        asked = Asked(standing.party.id, visit.inbound.chat, "", row["stream"], row["version"])
        outgoing, written = labelled(Rendered("", ((Button(label[:60], "pull_form"),),)), asked, visit.now)
        rows += outgoing.buttons
        tokens += written
    await write_tokens(visit.tx, tokens)
    text = t(standing.language, "papers-title")
    return Answer(says=(Say(visit.inbound.chat, Outgoing(text, tuple(rows))),))
