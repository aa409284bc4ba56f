"""The reception: every message that comes in ends here with an answer and a row of the intake log.

Messages that come in at the same time are taken in one transaction. Success is answered only after the commit; a
message that breaks a batch is tried alone, so that it cannot harm the others.
"""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import insert
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from events.handling import ATTEMPTS, Journal
from events.intake.answers import Answer, accepted, refused, unavailable
from events.intake.applying import apply
from events.intake.bodies import intake_row, park_row
from events.intake.facts import Facts, Incoming, Prior, load_facts
from events.intake.intents import Message
from events.intake.problems import Problem, Unacceptable
from events.intake.taking import Taking
from events.intake.translating import Body, Part, parts_of
from events.log import Conflict
from models.clock import Clock
from models.database import Database, Transaction
from models.directory_cache import DirectoryCache
from models.journal import BusinessKeyRow, InboxRow, IntakeRow, ParkedRow
from models.places import Source
from models.sealed import Keyring
from models.tasks import TaskSet

_log = structlog.get_logger("intake")
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
    part: Part
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
        self._waiting: asyncio.Queue[Submission] = asyncio.Queue()
        self._tasks = TaskSet()

    def start(self) -> None:
        """Begin to take what comes in; SQLite has one writer, PostgreSQL profits from a second."""
        for number in range(1 if self._database.is_sqlite else 2):
            self._tasks.start(self._serve(), f"intake {number}")

    async def stop(self) -> None:
        """Answer nothing more; what was not committed was not answered either."""
        await self._tasks.stop()

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
    ) -> list[Answer]:
        """Take what a body holds, one answer a message (a batch of CloudEvents holds several).

        `channel` is where it came in: http:/fhir, http:/events, amqp. `headers` in small letters. `only`: the one FHIR
        resource type of the address. Never raises for what a sender does.
        """  # fmt: skip
        now = self._clock.now()
        taken = Body(body, content_type, dict(headers))
        try:
            zone = (await self._directory.refresh()).zone(source.facility)
            parts = parts_of(taken, channel, now, zone, only)
        except Unacceptable as error:
            answer = refused(error)
            return [answer if dry_run else await self._note(source, channel, taken, None, answer)]
        except (OSError, DBAPIError, PoolTimeout) as error:
            return [_no_database(error)]
        return list(await asyncio.gather(*(self._submit(source, channel, taken, part, dry_run) for part in parts)))

    async def _submit(self, source: Source, channel: str, body: Body, part: Part, dry_run: bool) -> Answer:
        if part.refusal is not None:
            answer = refused(part.refusal)
            return answer if dry_run else await self._note(source, channel, body, part.id, answer)
        message = part.message or Message(None, ())
        body_hash = hashlib.sha256(part.content).hexdigest()
        incoming = Incoming(source, message, part.id or f"sha256:{body_hash}", body_hash)
        submission = Submission(incoming, channel, body, part, dry_run)
        await self._waiting.put(submission)
        return await submission.answer

    async def note_refusal(
        self, source: Source | None, channel: str, body: bytes, content_type: str | None, answer: Answer
    ) -> Answer:
        """Write what was refused before it was read (a wrong key, a body too large) into the intake log."""
        return await self._note(source, channel, Body(body, content_type, {}), None, answer)

    async def park(self, channel: str, body: bytes, content_type: str | None, reason: str) -> None:
        """Keep a message of a queue that nobody can read, until somebody looks at it."""
        row = park_row(self._keyring, channel, Body(body, content_type, {}), reason, self._clock.now())
        async with self._database.transaction() as tx:
            await tx.execute(insert(ParkedRow), [row])

    # One batch after the other

    async def _serve(self) -> None:
        while True:
            batch = [await self._waiting.get()]
            while len(batch) < GATHER and not self._waiting.empty():
                batch.append(self._waiting.get_nowait())
            alone = [each for each in batch if each.dry_run]
            together = [each for each in batch if not each.dry_run]
            if together:
                await self._take_together(together)
            for submission in alone:
                await self._take_alone(submission)

    async def _take_together(self, batch: Sequence[Submission]) -> None:
        if len(batch) > 1:
            try:
                async with self._database.transaction() as tx:
                    answers = await self._work(tx, batch)
            except _NotTogether:
                pass
            except Exception as error:  # noqa: BLE001 - whatever it is, each gets its own try and its own answer
                _log.info("batch split", size=len(batch), error=type(error).__name__)
            else:
                for submission, answer in zip(batch, answers, strict=True):
                    _answer(submission, answer)
                return
        for submission in batch:
            await self._take_alone(submission)

    async def _take_alone(self, submission: Submission) -> None:
        answer = unavailable("another message about the same was being stored: send it again")
        for _ in range(ATTEMPTS):
            try:
                async with self._database.transaction() as tx:
                    answer = (await self._work(tx, [submission], alone=True))[0]
                break
            except _NothingKept as given_up:
                answer = given_up.answer
                if not submission.dry_run:
                    answer = await self._note_of(submission, answer)
                break
            except (Conflict, IntegrityError):
                continue  # somebody else was first: look again
            except (OSError, InterfaceError, OperationalError, PoolTimeout) as error:
                answer = _no_database(error)
                break
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) in ("40P01", "40001"):
                    continue
                answer = await self._park(submission, error)
                break
            except Exception as error:  # noqa: BLE001 - the last resort: kept, parked, said so
                answer = await self._park(submission, error)
                break
        _answer(submission, answer)

    async def _work(self, tx: Transaction, batch: Sequence[Submission], alone: bool = False) -> list[Answer]:
        now = self._clock.now()
        directory = self._directory.current()
        facts = await load_facts(tx, [each.incoming for each in batch], directory, self._journal, self._keyring, now)
        answers, takings = [], []
        for number, submission in enumerate(batch):
            answer, taking = self._take_one(submission, facts)
            gives_up = taking is None and number in facts.made_for
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
        inbox, keys = [], []
        for taking in takings:
            incoming = taking.incoming
            prior = taking.facts.inbox[taking.source, incoming.id]
            inbox.append(
                {
                    "source": taking.source, "message": incoming.id, "body_hash": prior.body_hash,
                    "status": prior.status, "answer": prior.answer, "received_at": now,
                }
            )  # fmt: skip
            keys += [{"source": taking.source, "key": key, "stream": stream} for key, stream in taking.keys.items()]
        if inbox:
            await tx.execute(insert(InboxRow), sorted(inbox, key=lambda row: (row["source"], row["message"])))
        if keys:
            await tx.execute(insert(BusinessKeyRow), sorted(keys, key=lambda row: (row["source"], row["key"])))
        rows = [self._row(each, answer, now) for each, answer in zip(batch, answers, strict=True)]
        await tx.execute(insert(IntakeRow), rows)

    # The intake log and the parking

    def _row(self, submission: Submission, answer: Answer, now: datetime) -> dict[str, Any]:
        incoming = submission.incoming
        return intake_row(
            self._keyring, incoming.source.id, submission.channel, incoming.id, answer, submission.body, now
        )

    async def _note_of(self, submission: Submission, answer: Answer) -> Answer:
        incoming = submission.incoming
        return await self._note(incoming.source, submission.channel, submission.body, incoming.id, answer)

    async def _note(
        self, source: Source | None, channel: str, body: Body, unique: str | None, answer: Answer
    ) -> Answer:
        name = source.id if source else None
        row = intake_row(self._keyring, name, channel, unique, answer, body, self._clock.now())
        try:
            async with self._database.transaction() as tx:
                await tx.execute(insert(IntakeRow), [row])
        except (OSError, DBAPIError, PoolTimeout) as error:
            return _no_database(error)
        return answer

    async def _park(self, submission: Submission, error: Exception) -> Answer:
        """The last resort: what we cannot take for a fault of ours is kept, and an admin is told by its row."""
        _log.error("message parked", channel=submission.channel, error=type(error).__name__, exc_info=error)
        answer = unavailable("a fault on our side: the message is kept and will be looked at", 600)
        row = park_row(self._keyring, submission.channel, submission.body, type(error).__name__, self._clock.now())
        try:
            async with self._database.transaction() as tx:
                await tx.execute(insert(ParkedRow), [row])
        except (OSError, DBAPIError, PoolTimeout) as failure:
            return _no_database(failure)
        return await self._note_of(submission, answer)


def _answer(submission: Submission, answer: Answer) -> None:
    if not submission.answer.done():  # the sender may have gone away
        submission.answer.set_result(answer)


def _no_database(error: BaseException) -> Answer:
    _log.error("intake cannot store", error=type(error).__name__)
    return unavailable("nothing can be stored at the moment: send it again with the same id")
