"""/today: what waits for this person today. Its sections are functions; each says what it has, or nothing."""

from collections.abc import Awaitable, Callable, Sequence

from bot.answers import Answer, Say
from bot.handlers import care_today, mine
from bot.handlers.visit import Visit
from bot.identity import Standing

_Section = Callable[[Visit, Standing], Awaitable[Sequence[Say]]]
SECTIONS: tuple[_Section, ...] = (care_today.follow_ups, mine.referrals)


async def today(visit: Visit, standing: Standing, rest: str) -> Answer:
    """One message for each section that has something; one line when none has."""
    says = [say for section in SECTIONS for say in await section(visit, standing)]
    return Answer(says=tuple(says) or (Say(visit.inbound.chat, visit.text("mine-nothing")),))
