"""The commands of members of staff: one table."""

from collections.abc import Awaitable, Callable, Mapping

from bot.answers import Answer
from bot.handlers import deaths, drafting, enrolling, figures, finding, inviting, leaves, papers, today, whole_lists
from bot.handlers.visit import Visit
from bot.identity import Standing

_Command = Callable[[Visit, Standing, str], Awaitable[Answer]]
COMMANDS: Mapping[str, _Command] = {
    "/refer": drafting.refer,
    "/ask": drafting.ask,
    "/sos": drafting.emergency,
    "/find": finding.find,
    "/invite": inviting.invite,
    "/today": today.today,
    "/papers": papers.papers,
    "/enrol": enrolling.command,
    "/cover": leaves.command,
    "/handover": whole_lists.command,
    "/alive": deaths.command,
    "/figures": figures.command,
}


async def command(visit: Visit, word: str) -> Answer | None:
    """The answer to a command of staff; None when it is none, or not for this person."""
    standing = next((each for each in visit.standings if each.staff), None)
    run = COMMANDS.get(word)
    if standing is None or run is None:
        return None
    return await run(visit, standing, visit.inbound.text.partition(visit.inbound.text.split(maxsplit=1)[0])[2].strip())
