"""/handover: everything that one person follows up goes to a colleague, with one press and one more to be sure."""

from sqlalchemy import select

from bot.answers import Answer, Say
from bot.channel import Outgoing
from bot.handlers.leaves import centres, colleagues, name
from bot.handlers.saying import asks, says
from bot.handlers.visit import Visit
from bot.identity import Standing
from bot.texts import plain, t
from bot.view import Button
from events.follow_up import HandOverPlan, PlanState
from events.handling import Working
from events.notice import NoticeRequested
from events.purposes import Purpose
from models.patient_reading import teams_of
from models.summaries import SummaryRow
from models.values import Lane, StreamKind, derived_id, stream_id

_SUMMARIES = SummaryRow.__table__  # type: ignore[attr-defined]
_SHOWN = 8
_AT_ONCE = 100  # streams in one load


async def command(visit: Visit, standing: Standing, rest: str) -> Answer:
    """To whom?"""
    language = standing.language
    if not centres(standing):
        return says(visit, t(language, "team-only"))
    count = len(await _mine(visit, standing))
    people = colleagues(visit, standing)[:_SHOWN]
    if not count or not people:
        return says(visit, t(language, "list-empty" if not count else "cover-nobody"))
    buttons = [Button(name(visit, standing, each), "hand_list", {"to": each}) for each in people]
    return await asks(visit, standing, t(language, "list-to-whom", count=count), buttons)


async def hand_list(visit: Visit, standing: Standing, params: dict[str, str], token: str) -> Answer:
    """Sure?"""
    count = len(await _mine(visit, standing))
    text = t(standing.language, "list-sure", count=count, to=name(visit, standing, params["to"]))
    sure = Button(plain(standing.language, "list-sure-yes"), "hand_list_sure", params)
    return await asks(visit, standing, text, [sure])


async def hand_list_sure(visit: Visit, standing: Standing, params: dict[str, str], token: str) -> Answer:
    """All of them in one transaction, and one card to the colleague instead of one for each patient."""
    language, to = standing.language, params["to"]
    if to not in colleagues(visit, standing):
        return Answer(toast=plain(language, "refused-not-yours"), alert=True)
    journal, cause = visit.side.journal, visit.caused_by(standing, f"press-{token}")
    plans = await _mine(visit, standing)
    for working in plans:
        journal.decide(working, HandOverPlan(stream=working.stream, by=standing.party, to=to, together=True), cause)
    if plans:
        notice = stream_id(StreamKind.notice, derived_id("list", token))
        params = {"count": str(len(plans)), "from": standing.party.id}
        told = NoticeRequested(
            purpose=Purpose.list_handed_over, lane=Lane.urgent, recipient=to, about="", params=params
        )
        await journal.record(visit.tx, [*plans, journal.begin(notice, notice, told, cause)])
    text = t(language, "list-done", count=len(plans), to=name(visit, standing, to))
    return Answer(toast=plain(language, "press-done"), says=(Say(visit.inbound.chat, Outgoing(text)),))


async def _mine(visit: Visit, standing: Standing) -> list[Working]:
    """The open plans that the person answers for: handed to them, or of a team they lead."""
    query = select(_SUMMARIES.c.stream).where(
        _SUMMARIES.c.kind == StreamKind.plan, _SUMMARIES.c.open,
        _SUMMARIES.c.recipient_facility.in_(centres(standing)),
    )  # fmt: skip
    streams = list((await visit.tx.execute(query.order_by(_SUMMARIES.c.stream))).scalars())
    found: list[Working] = []
    for start in range(0, len(streams), _AT_ONCE):
        loaded = await visit.side.journal.load(visit.tx, streams[start : start + _AT_ONCE])
        found += [each for each in loaded.values() if isinstance(each.state, PlanState) and each.state.open]
    person, directory = standing.party.id, visit.directory
    led = {each.id for each in directory.teams() if directory.team_lead(each.id, visit.now) == person}
    teams = await teams_of(visit.tx, {each.state.patient for each in found}, visit.now, directory.site_zone)
    return [
        each
        for each in found
        if each.state.lead == person or (each.state.lead is None and led.intersection(teams[each.state.patient][:1]))
    ]
