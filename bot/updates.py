"""What came back from the chat: stored raw before Telegram may forget it, then worked through.

An update is stored (sealed: it is what somebody typed) and only then the offset moves, so a crash at any point loses
nothing. The offset itself is kept nowhere: a poller that starts asks without one, is given everything unconfirmed, and
knows by (bot, update id, payload) what it has already. Comparing payloads matters: after a quiet week Telegram begins
anew at a random update id.

Updates of one chat are worked through in order, several chats at once. Only the holder of the lease polls and works.
"""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any, Protocol

import structlog
from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import RowMapping

from bot.channel import Inbound
from bot.chat_side import ChatSide
from bot.inbound import parse
from bot.lease import RENEW_EVERY, Lease
from models.database import Transaction
from models.deliveries import GIVEN_UP, FormRow, UpdateRow
from models.failpoints import failpoint
from models.installation import BOT_NAME, remember
from models.sealed import SITE
from models.tasks import TaskSet

_UPDATES = UpdateRow.__table__  # type: ignore[attr-defined]
_FORMS = FormRow.__table__  # type: ignore[attr-defined]
_log = structlog.get_logger("updates")

POLL_SECONDS = 25
MOST_ATTEMPTS = 6
KEPT = timedelta(days=7)
_LONGEST_WAIT = 30.0
_STOP_WITHIN = 10.0
_LOOK_EVERY = 1.0
_CHATS_AT_ONCE = 32

Raw = dict[str, Any]
Mark = Callable[[Transaction], Awaitable[None]]
# Does what an update asks for, once: `mark` belongs into the transaction of its effect. The text names the cause.
Handle = Callable[[Inbound, str, Mark], Awaitable[None]]


class CannotPoll(Exception):
    """No updates this time; `retry_after` in seconds where Telegram names it."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class Source(Protocol):
    """Where updates come from."""

    async def fetch(self, offset: int | None, seconds: int) -> list[Raw]:
        """The raw updates from `offset` on, waited for; raises CannotPoll."""
        ...

    async def name(self) -> str | None:
        """The bot's user name, for the links of invitations."""
        ...


async def store(tx: Transaction, side: ChatSide, raw: Sequence[Raw]) -> None:
    """Keep these updates; one that is known already stays as it is."""
    rows = []
    for each in raw:
        payload = json.dumps(each, ensure_ascii=False, sort_keys=True)
        payload_hash = hashlib.sha256(payload.encode()).hexdigest()
        number = int(each["update_id"])
        rows.append(
            {
                "bot": side.bot,
                "update_id": number,
                "payload": side.keyring.seal(SITE, payload, _place(side.bot, number, payload_hash)),
                "payload_hash": payload_hash,
                "received_at": side.clock.now(),
                "handled_at": None,
                "attempts": 0,
                "reason": None,
            }
        )
    if rows:
        await tx.execute(_STORE[tx.dialect], rows)


_STORE = {
    "postgresql": postgresql_insert(_UPDATES).on_conflict_do_nothing(),
    "sqlite": sqlite_insert(_UPDATES).on_conflict_do_nothing(),
}


def _place(bot: str, number: int, payload_hash: str) -> str:
    return f"updates|payload|{bot}|{number}|{payload_hash}"


class Updates:
    """Polls and works for one bot while it holds the lease. `owner`, `alone`: as in `bot.lease.Lease`."""

    def __init__(self, side: ChatSide, source: Source, handle: Handle, owner: str, alone: bool = False) -> None:
        self._side = side
        self._source = source
        self._handle = handle
        self._lease = Lease(side.database, f"poller:{side.bot}", owner, side.clock, alone)
        self._new = asyncio.Event()
        self._tasks = TaskSet()
        self._working: dict[int, asyncio.Task[Any]] = {}  # by chat
        self._not_before: dict[int, float] = {}  # by update, after a failure
        self._purged_at = float("-inf")

    def wake(self) -> None:
        """An update was stored by somebody else (a webhook): look at once."""
        self._new.set()

    async def run(self) -> None:
        """Poll and work until cancelled; then finish what has been begun, for up to ten seconds."""
        try:
            while True:
                if not await self._lead():
                    await asyncio.sleep(_LOOK_EVERY)
                    continue
                polling = self._tasks.start(self._poll(), "poll")
                try:
                    await self._work_while_leading()
                finally:
                    polling.cancel()
                    await asyncio.gather(polling, return_exceptions=True)
        finally:
            await asyncio.shield(self._stop())

    async def _lead(self) -> bool:
        try:
            return await self._lease.take()
        except Exception as error:  # noqa: BLE001 - the database is away: say so, go on
            _log.error("cannot renew the lease", error=type(error).__name__)
            return False

    # Polling

    async def _poll(self) -> None:
        offset: int | None = None
        failures = 0
        named = False
        while True:
            try:
                named = named or await self._remember_name()
                raw = await self._source.fetch(offset, POLL_SECONDS)
                raw = [each for each in raw if isinstance(each.get("update_id"), int)]
                if raw:
                    async with self._side.database.transaction() as tx:
                        await store(tx, self._side, raw)
                    failpoint("after_update_stored")
                    self._new.set()
                # An empty answer confirmed all there was; without an offset a new random id cannot be missed.
                offset = raw[-1]["update_id"] + 1 if raw else None
                failures = 0
            except CannotPoll as error:
                failures += 1
                _log.warning("cannot poll", reason=str(error), failures=failures)
                await asyncio.sleep(error.retry_after or min(_LONGEST_WAIT, 0.5 * 2**failures))
            except Exception as error:  # noqa: BLE001 - nothing was confirmed, so nothing is lost
                failures += 1
                _log.error("polling failed", error=type(error).__name__, exc_info=error)
                await asyncio.sleep(min(_LONGEST_WAIT, 0.5 * 2**failures))

    async def _remember_name(self) -> bool:
        name = await self._source.name()
        if name is not None:
            async with self._side.database.transaction() as tx:
                await remember(tx, BOT_NAME, name)
        return name is not None

    # Working

    async def _work_while_leading(self) -> None:
        renewed_at = self._side.clock.monotonic()
        while True:
            now = self._side.clock.monotonic()
            if now - renewed_at >= RENEW_EVERY:
                if not await self._lead():
                    return
                renewed_at = now
            self._new.clear()
            try:
                await self.begin_waiting()
                await self._purge(now)
            except Exception as error:  # noqa: BLE001 - the database is away: say so, go on
                _log.error("cannot look for updates", error=type(error).__name__, exc_info=error)
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_EVERY):
                    await self._new.wait()

    async def begin_waiting(self) -> int:
        """Begin what waits and can be begun; how many updates wait or are being worked on."""
        side = self._side
        async with side.database.reading() as tx:
            query = select(_UPDATES).where(_UPDATES.c.handled_at.is_(None), _UPDATES.c.bot == side.bot)
            rows = (await tx.execute(query.order_by(_UPDATES.c.id).limit(500))).mappings().all()
        now = side.clock.monotonic()
        by_chat: dict[int, list[tuple[RowMapping, Inbound | None]]] = {}
        for row in rows:
            inbound = self._read(row)
            by_chat.setdefault(inbound.chat if inbound else 0, []).append((row, inbound))
        for chat, queue in by_chat.items():
            waits = self._not_before.get(queue[0][0]["id"], now) > now
            if chat in self._working or waits or len(self._working) >= _CHATS_AT_ONCE:
                continue
            self._working[chat] = self._tasks.start(self._work_through(chat, queue), f"chat of {len(queue)}")
        return len(rows)

    def _read(self, row: RowMapping) -> Inbound | None:
        place = _place(row["bot"], row["update_id"], row["payload_hash"])
        raw = json.loads(self._side.keyring.open(SITE, row["payload"], place))
        return parse(raw, row["received_at"])

    async def _work_through(self, chat: int, queue: Sequence[tuple[RowMapping, Inbound | None]]) -> None:
        try:
            for row, inbound in queue:
                if not await self._work_on(row, inbound):
                    break
        finally:
            del self._working[chat]
            self._new.set()

    async def _work_on(self, row: RowMapping, inbound: Inbound | None) -> bool:
        """Whether the chat's next update may be worked on."""

        async def mark(tx: Transaction) -> None:
            done = update(_UPDATES).where(_UPDATES.c.id == row["id"]).values(handled_at=self._side.clock.now())
            await tx.execute(done)

        try:
            if inbound is None:
                async with self._side.database.transaction() as tx:
                    await mark(tx)
            else:
                await self._handle(inbound, f"update-{row['bot']}-{row['update_id']}-{row['id']}", mark)
        except Exception as error:  # noqa: BLE001 - counted, tried again, put aside in the end
            return await self._failed(row, error)
        self._not_before.pop(row["id"], None)
        return True

    async def _failed(self, row: RowMapping, error: Exception) -> bool:
        attempts: int = row["attempts"] + 1
        parked = attempts >= MOST_ATTEMPTS
        # The reason names the kind of error only: its text may repeat what somebody typed.
        reason = f"{GIVEN_UP if parked else ''}{type(error).__name__}"
        _log.error("update failed", number=row["id"], attempts=attempts, reason=reason, exc_info=error)
        now = self._side.clock.now()
        async with self._side.database.transaction() as tx:
            await tx.execute(
                update(_UPDATES)
                .where(_UPDATES.c.id == row["id"], _UPDATES.c.handled_at.is_(None))
                .values(attempts=attempts, reason=reason, handled_at=now if parked else None)
            )
        if not parked:
            self._not_before[row["id"]] = self._side.clock.monotonic() + 0.25 * 2**attempts
        else:
            self._not_before.pop(row["id"], None)
        return parked

    async def _purge(self, now: float) -> None:
        """Forget what was handled, and forms left standing, more than a week ago; looked at once an hour."""
        if now - self._purged_at < 3600:
            return
        self._purged_at = now
        before = self._side.clock.now() - KEPT
        async with self._side.database.transaction() as tx:
            await tx.execute(delete(_UPDATES).where(_UPDATES.c.handled_at < before))
            await tx.execute(delete(_FORMS).where(_FORMS.c.updated_at < before))

    async def _stop(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(_STOP_WITHIN):
                while self._lease.fence is not None and await self.begin_waiting():
                    self._new.clear()
                    with suppress(TimeoutError):
                        async with asyncio.timeout(0.2):
                            await self._new.wait()
        await self._tasks.stop()
        await self._lease.release()
