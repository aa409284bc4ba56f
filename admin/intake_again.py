"""A parked message of the intake, taken in again once what kept us from it is mended."""

from admin.parts import rules_in_force
from admin.refusals import CommandRefused
from admin.settings import Settings
from events.handling import Journal
from events.intake.reception import Reception
from models.clock import Clock
from models.database import Database
from models.directory_cache import DirectoryCache
from models.sealed import Keyring
from workers.deadlines import Deadlines
from workers.reactions import SUBSCRIBERS


async def take_again(settings: Settings, database: Database, keyring: Keyring, clock: Clock, message: str) -> list[int]:
    """Take it in, with one effect however often; the statuses answered. CommandRefused says why it was not taken.

    Nobody is woken: the sweep finds what came of it within seconds.
    """
    directory = DirectoryCache(database, clock)
    rules = rules_in_force(settings.zone)
    deadlines = Deadlines(lambda: rules, directory.current)
    journal = Journal(keyring, clock, deadlines.due, SUBSCRIBERS, outbox=not settings.embedded)
    await directory.refresh()
    reception = Reception(database, journal, keyring, clock, directory)
    reception.start()
    try:
        answers = await reception.take_parked(message)
    finally:
        await reception.stop()
    if not answers:
        raise CommandRefused(
            f"{message} cannot be taken in again: let its sender send it anew, then refloop parking settle {message}"
        )
    refused = [answer for answer in answers if answer.status >= 400]
    if refused:
        why = "; ".join(f"{answer.status} {problem.text}" for answer in refused for problem in answer.problems)
        raise CommandRefused(f"{message} was not taken: {why}")
    return [answer.status for answer in answers]
