"""The reception: every message that comes in ends here with an answer and a row of the intake log.

Messages that come in at the same time are taken in one transaction. Success is answered only after the commit; a
message that breaks a batch is tried alone, so that it cannot harm the others.
"""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import structlog
from sqlalchemy import insert
from sqlalchemy.exc import DBAPIError, IntegrityError

from events.handling import ATTEMPTS, Journal
from events.intake.answers import Answer, accepted, refused, unavailable
from events.intake.applying import apply
from events.intake.facts import Facts, Incoming, Prior, load_facts
from events.intake.intents import Message
from events.intake.keeping import NO_DATABASE, Keeper, described, keep_taken, no_database
from events.intake.parked_messages import ParkedMessages
from events.intake.problems import Problem, Unacceptable
from events.intake.taking import Taking
from events.intake.translating import Body, Part, parts_of
from events.log import Conflict
from models.clock import Clock
from models.database import Database, Transaction
from models.directory import Directory
from models.directory_cache import DirectoryCache
from models.failpoints import failpoint
from models.journal import IntakeRow
from models.places import Source
from models.sealed import Keyring
from models.tasks import TaskSet

_log = structlog.get_logger("intake")
_TRY_AGAIN = {"40P01", "40001"}  # deadlock found, serialization failure
_FRESH = 1.0  # seconds
GATHER = 50  # messages in one transaction


class _NotTogether(Exception):
    """A message of a batch has to be tried alone."""


class _NothingKept(Exception):
    """The transaction is given up on purpose; the answer is known."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


@dataclass(slots=True)
class Submission:
    """One message waiting for its transaction."""

    incoming: Incoming
    channel: str
    body: Body
    dry_run: bool
    answer: asyncio.Future[Answer] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Reception:
    """Takes messages of sources. `start()` before the first, `stop()` after the last."""

    def __init__(
        self, database: Database, journal: Journal, keyring: Keyring, clock: Clock, directory: DirectoryCache
    ) -> None:
        self._database = database
        self._journal = journal
        self._keyring = keyring
        self._clock = clock
        self._directory = directory
        self._keeper = Keeper(database, keyring, clock)
        self.parked = ParkedMessages(self._keeper, directory, self.take)
        self._waiting: asyncio.Queue[Submission] = asyncio.Queue()
        self._under_way = 0
        self._looked = float("-inf")
        self._tasks = TaskSet()

    def start(self) -> None:
        """Begin to take what comes in; SQLite has one writer, PostgreSQL profits from a second."""
        for number in range(1 if self._database.is_sqlite else 2):
            self._tasks.start(self._serve(), f"intake {number}")

    async def stop(self) -> None:
        """Take nothing more; what waits is told to come again."""
        await self._tasks.stop()
        while not self._waiting.empty():
            _answer(self._waiting.get_nowait(), unavailable("stopping: send it again with the same id"))

    @property
    def busy(self) -> bool:
        """Whether a message is being taken in."""
        return self._under_way > 0

    async def take(
        self,
        source: Source,
        channel: str,
        body: bytes,
        content_type: str | None,
        headers: Mapping[str, str],
        *,
        only: str | None = None,
        dry_run: bool = False,
        again: str = "",
    ) -> list[Answer]:
        """Take what a body holds, one answer a message (a batch of CloudEvents holds several).

        `channel` is where it came in: http:/fhir, http:/events, amqp. `headers` in small letters. `only`: the one FHIR
        resource type of the address. `again` tells a message that is read by another mapping from the one that came
        with this id; it too has one effect. Never raises for what a sender does.
        """  # fmt: skip
        now = self._clock.now()
        taken = Body(body, content_type, dict(headers))
        try:
            zone = (await self._look()).zone(source.facility)
            parts = parts_of(taken, channel, now, zone, only)
        except Unacceptable as error:
            answer = refused(error)
            return [answer if dry_run else await self._keeper.note(source.id, channel, taken, None, answer)]
        except (*NO_DATABASE, DBAPIError) as error:
            return [no_database(error)]
        except Exception as error:  # noqa: BLE001 - a body that our own reading trips over is kept like any other
            return [await self._keeper.give_up(source.id, channel, taken, None, error)]
        return list(
            await asyncio.gather(*(self._submit(source, channel, taken, part, dry_run, again) for part in parts))
        )

    async def _look(self) -> Directory:
        """The directory, at most a second old: what an admin changed counts for the next messages."""
        now = self._clock.monotonic()
        if now - self._looked >= _FRESH:
            self._looked = now
            return await self._directory.refresh()
        return self._directory.current()

    async def _submit(self, source: Source, channel: str, body: Body, part: Part, dry_run: bool, again: str) -> Answer:
        if part.refusal is not None:
            answer = refused(part.refusal)
            return answer if dry_run else await self._keeper.note(source.id, channel, body, part.id, answer)
        message = part.message or Message(None, ())
        body_hash = hashlib.sha256(part.content).hexdigest()
        incoming = Incoming(source, message, (part.id or f"sha256:{body_hash}") + again, body_hash)
        submission = Submission(incoming, channel, body, dry_run)
        self._under_way += 1
        try:
            await self._waiting.put(submission)
            return await submission.answer
        finally:
            self._under_way -= 1

    async def note_refusal(
        self, source: Source | None, channel: str, body: bytes, content_type: str | None, answer: Answer
    ) -> Answer:
        """Write what was refused before it was read (a wrong key, a body too large) into the intake log."""
        name = source.id if source else None
        return await self._keeper.note(name, channel, Body(body, content_type, {}), None, answer)

    async def park(
        self, source: Source | None, channel: str, body: bytes, content_type: str | None, reason: str
    ) -> None:
        """Keep a message of a queue that nobody could take, until somebody looks at it."""
        name = source.id if source else None
        await self._keeper.park(name, channel, Body(body, content_type, {}), None, reason)

    # One batch after the other

    async def _serve(self) -> None:
        while True:
            batch = [await self._waiting.get()]
            while len(batch) < GATHER and not self._waiting.empty():
                batch.append(self._waiting.get_nowait())
            try:
                await self._take_batch(batch)
            finally:
                # Stopped in the middle: nobody knows whether it was stored, and the same id has one effect.
                for submission in batch:
                    _answer(submission, unavailable("interrupted: send it again with the same id"))

    async def _take_batch(self, batch: Sequence[Submission]) -> None:
        together = [each for each in batch if not each.dry_run]
        if len(together) > 1 and await self._take_together(together):
            together = []
        for submission in (*together, *(each for each in batch if each.dry_run)):
            _answer(submission, await self._take_alone(submission))

    async def _take_together(self, batch: Sequence[Submission]) -> bool:
        """Whether all of them have their answer; else each is tried alone."""
        try:
            async with self._database.transaction() as tx:
                answers = await self._work(tx, batch)
        except _NotTogether:
            return False
        except NO_DATABASE as error:
            answers = [no_database(error)] * len(batch)
        except Exception as error:  # noqa: BLE001 - whatever it is, each gets its own try and its own answer
            _log.info("batch split", size=len(batch), **described(error))
            return False
        for submission, answer in zip(batch, answers, strict=True):
            _answer(submission, answer)
        return True

    async def _take_alone(self, submission: Submission) -> Answer:
        name, incoming = submission.incoming.source.id, submission.incoming
        where = (name, submission.channel, submission.body, incoming.id)
        for _ in range(ATTEMPTS):
            try:
                async with self._database.transaction() as tx:
                    return (await self._work(tx, [submission], alone=True))[0]
            except _NothingKept as given_up:
                return given_up.answer if submission.dry_run else await self._keeper.note(*where, given_up.answer)
            except (Conflict, IntegrityError):
                continue  # somebody else was first: look again
            except NO_DATABASE as error:
                return no_database(error)
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) not in _TRY_AGAIN:
                    return await self._give_up(submission, error)
            except Exception as error:  # noqa: BLE001 - the last resort: kept, parked, said so
                return await self._give_up(submission, error)
        return unavailable("another message about the same was being stored: send it again")

    async def _give_up(self, submission: Submission, error: Exception) -> Answer:
        if submission.dry_run:  # nobody has sent it: there is nothing to keep
            return unavailable(f"a fault on our side: {type(error).__name__}", 600)
        name, incoming = submission.incoming.source.id, submission.incoming
        return await self._keeper.give_up(name, submission.channel, submission.body, incoming.id, error)

    async def _work(self, tx: Transaction, batch: Sequence[Submission], alone: bool = False) -> list[Answer]:
        now = self._clock.now()
        directory = self._directory.current()
        facts = await load_facts(tx, [each.incoming for each in batch], directory, self._journal, self._keyring, now)
        answers, takings = [], []
        for number, submission in enumerate(batch):
            answer, taking = self._take_one(submission, facts)
            gives_up = bool(answer.problems) and number in facts.made_for
            if gives_up and not alone:
                raise _NotTogether  # a patient was written for a message that is refused
            if gives_up or submission.dry_run:
                raise _NothingKept(replace(answer, dry_run=submission.dry_run))
            answers.append(answer)
            takings += [taking] if taking is not None else []
        await self._journal.record(tx, facts.workings.values())
        for taking in takings:
            for write in taking.writes:
                await write(tx)
        await self._keep(tx, batch, answers, takings, now)
        tx.after_commit(lambda: failpoint("after_taken_in"))
        return answers

    def _take_one(self, submission: Submission, facts: Facts) -> tuple[Answer, Taking | None]:
        incoming = submission.incoming
        place = (incoming.source.id, incoming.id)
        prior = facts.inbox.get(place)
        if prior is not None and prior.body_hash == incoming.body_hash:
            return Answer.repeated(prior.answer), None
        if prior is not None:
            text = f"this message id came before with another body: {incoming.id[:100]}"
            return Answer(409, problems=(Problem(text, "message id", "duplicate"),)), None
        taking = Taking(incoming, facts, self._journal)
        try:
            answer = accepted(taking.run(apply), taking.remarks)
        except Unacceptable as error:
            return refused(error), None
        facts.inbox[place] = Prior(incoming.body_hash, answer.status, answer.to_json())
        facts.keys |= {(taking.source, key): stream for key, stream in taking.keys.items()}
        return answer, taking

    async def _keep(
        self, tx: Transaction, batch: Sequence[Submission], answers: Sequence[Answer], takings: Sequence[Taking],
        now: datetime,
    ) -> None:  # fmt: skip
        await keep_taken(tx, takings, now)
        rows = [
            self._keeper.row(each.incoming.source.id, each.channel, each.body, each.incoming.id, answer)
            for each, answer in zip(batch, answers, strict=True)
        ]
        await tx.execute(insert(IntakeRow), rows)


def _answer(submission: Submission, answer: Answer) -> None:
    if not submission.answer.done():  # the sender may have gone away
        submission.answer.set_result(answer)
