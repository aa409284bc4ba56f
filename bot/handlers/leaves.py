"""/cover: a colleague does somebody's follow-up work while they are away; from the first to the last day.

Reminders, calls and /today reach the cover meanwhile (models/directory.py, `stands_in`); the day after the last they
reach the person again.
"""

from datetime import date, timedelta

from bot.answers import Answer, Say
from bot.channel import Outgoing
from bot.drafts.days import NoSuchDay, read_days
from bot.handlers.saying import asks, says
from bot.handlers.visit import Visit
from bot.identity import Standing
from bot.texts import Markup, plain, t
from bot.view import Button
from models.history import Origin, change, end
from models.parties import addresses
from models.places import Leave
from models.registry import LeaveRow
from models.values import Role

TEAM = frozenset({Role.family_doctor, Role.doctor, Role.nurse, Role.head})
_LONGEST = timedelta(days=183)
_SHOWN = 8


def centres(standing: Standing) -> tuple[str, ...]:
    """Where the person follows patients up."""
    return tuple(sorted({each.facility for each in standing.party.positions if each.role in TEAM}))


def colleagues(visit: Visit, standing: Standing) -> tuple[str, ...]:
    """Who works with the person: of the family-doctor teams there first, then the other family doctors and nurses."""
    directory, found = visit.directory, dict[str, None]()
    for centre in centres(standing):
        for team in (each for each in directory.teams() if each.facility == centre):
            found |= dict.fromkeys(directory.team_people(team.id, visit.now))
        for role in (Role.family_doctor, Role.nurse, Role.doctor):
            found |= dict.fromkeys(directory.with_role(role, centre, visit.now))
    found.pop(standing.party.id, None)
    return tuple(found)


async def command(visit: Visit, standing: Standing, rest: str) -> Answer:
    """With days: which colleague covers? Without: what is agreed, each with [End]."""
    if not centres(standing):
        return says(visit, t(standing.language, "team-only"))
    today = visit.now.astimezone(visit.directory.site_zone).date()
    if not rest:
        return await _agreed(visit, standing, today)
    try:
        days, _ = read_days(rest, today)
    except NoSuchDay:
        return says(visit, t(standing.language, "reading-no_such_day"))
    if not 1 <= len(days) <= 2:
        return says(visit, t(standing.language, "cover-usage"))
    first, last = days[0], days[-1]
    if last < first or last < today or last - first > _LONGEST:
        return says(visit, t(standing.language, "cover-days"))
    people = colleagues(visit, standing)[:_SHOWN]
    if not people:
        return says(visit, t(standing.language, "cover-nobody"))
    buttons = [
        Button(name(visit, standing, each), "cover", {"by": each, "from": str(first), "to": str(last)})
        for each in people
    ]
    text = t(standing.language, "cover-who", first=str(first), last=str(last))
    return await asks(visit, standing, text, buttons)


async def _agreed(visit: Visit, standing: Standing, today: date) -> Answer:
    known = visit.directory.leaves_of(standing.party.id, today)
    if not known:
        return says(visit, t(standing.language, "cover-usage"))
    language = standing.language
    told = [
        t(
            language, "cover-line", who=name(visit, standing, each.person), by=name(visit, standing, each.cover),
            first=str(each.first_day), last=str(each.last_day),
        )
        for each in known
    ]  # fmt: skip
    own = [each for each in known if each.person == standing.party.id]
    buttons = [
        Button(plain(language, "cover-end", first=str(each.first_day)), "cover_ends", {"leave": _id(each)})
        for each in own
    ]
    return await asks(visit, standing, Markup("\n".join(told)), buttons)


async def cover(visit: Visit, standing: Standing, params: dict[str, str], token: str) -> Answer:
    """Write the leave down, and tell the colleague."""
    person, by, language = standing.party.id, params["by"], standing.language
    first, last = date.fromisoformat(params["from"]), date.fromisoformat(params["to"])
    if by not in colleagues(visit, standing):
        return Answer(toast=plain(language, "refused-not-yours"), alert=True)
    mine = [each for each in visit.directory.leaves_of(person, first) if each.person == person]
    if any(each.first_day <= last and each.first_day != first for each in mine):
        return Answer(toast=plain(language, "cover-twice"), alert=True)
    row = {"id": f"{person}/{first}", "person": person, "cover": by, "first_day": first, "last_day": last}
    await change(visit.tx, LeaveRow, [row], visit.now, f"person:{person}", Origin.chat)
    days = {"first": str(first), "last": str(last)}
    told_both = [Say(visit.inbound.chat, Outgoing(t(language, "cover-set", by=name(visit, standing, by), **days)))]
    known = visit.directory.person(by)
    for address in (await addresses(visit.tx, [by], visit.now))[by][:1]:
        if known is not None and address.blocked_at is None:
            told = t(known.language, "cover-told", who=name(visit, standing, person), **days)
            told_both.append(Say(int(address.chat), Outgoing(told)))
    return Answer(toast=plain(language, "press-done"), says=tuple(told_both))


async def cover_ends(visit: Visit, standing: Standing, params: dict[str, str], token: str) -> Answer:
    """They are back, or do not go: from now on they are reached themselves."""
    person = standing.party.id
    if not params["leave"].startswith(f"{person}/"):
        return Answer(toast=plain(standing.language, "refused-not-yours"), alert=True)
    await end(visit.tx, LeaveRow, [params["leave"]], visit.now, f"person:{person}", Origin.chat)
    said = Say(visit.inbound.chat, Outgoing(t(standing.language, "cover-over")))
    return Answer(toast=plain(standing.language, "press-done"), says=(said,))


def _id(leave: Leave) -> str:
    return f"{leave.person}/{leave.first_day}"


def name(visit: Visit, standing: Standing, person: str) -> str:
    """A member of staff by name."""
    known = visit.directory.person(person)
    return known.name(standing.language) if known else person
