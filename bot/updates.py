"""What came back from the chat, worked through: it was stored raw before Telegram could forget it (update_store.py).

Updates of one chat are worked through in order, several chats at once. Only the holder of the lease polls (or has the
webhook set) and works, so two never fight.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any, Protocol

import structlog
from sqlalchemy import delete, select, update
from sqlalchemy.engine import RowMapping

from bot.channel import Inbound, TooEarly
from bot.chat_side import ChatSide
from bot.lease import RENEW_EVERY, Lease
from bot.update_store import read
from models.database import Transaction
from models.deliveries import GIVEN_UP, DraftRow, FormRow, UpdateRow
from models.documents import DocumentRow
from models.sealed import SITE
from models.tasks import TaskSet

_UPDATES = UpdateRow.__table__  # type: ignore[attr-defined]
_FORMS = FormRow.__table__  # type: ignore[attr-defined]
_DRAFTS = DraftRow.__table__  # type: ignore[attr-defined]
_DOCUMENTS = DocumentRow.__table__  # type: ignore[attr-defined]
_log = structlog.get_logger("updates")

MOST_ATTEMPTS = 6
KEPT = timedelta(days=7)
_STOP_WITHIN = 10.0
_LOOK_EVERY = 1.0
_CHATS_AT_ONCE = 32
_A_MOMENT = 0.1

Mark = Callable[[Transaction], Awaitable[None]]
# Does what an update asks for, once: `mark` belongs into the transaction of its effect. The text names the cause.
Handle = Callable[[Inbound, str, Mark], Awaitable[None]]
GiveUp = Callable[[Inbound], Awaitable[None]]


class Hearing(Protocol):
    """How updates come in: bot.polling.Poller or bot.webhook.Registration."""

    async def run(self, heard: Callable[[], None]) -> None:
        """Bring them in until cancelled; call `heard` when something has been stored."""
        ...


class Updates:
    """Hears and works for one bot while it holds the lease. `owner`, `alone`: as in `bot.lease.Lease`.

    `give_up` is told what was put aside after MOST_ATTEMPTS, so that whoever wrote it gets an answer.
    """

    def __init__(
        self, side: ChatSide, hearing: Hearing, handle: Handle, owner: str, alone: bool = False,
        give_up: GiveUp | None = None,
    ) -> None:  # fmt: skip
        self._side = side
        self._hearing = hearing
        self._handle = handle
        self._give_up = give_up
        self._lease = Lease(side.database, f"poller:{side.bot}", owner, side.clock, alone)
        self._new = asyncio.Event()
        self._tasks = TaskSet()
        self._working: dict[int, asyncio.Task[Any]] = {}  # by chat
        self._not_before: dict[int, float] = {}  # by update, after a failure
        self._purged_at = float("-inf")

    def wake(self) -> None:
        """An update was stored: look at once."""
        self._new.set()

    @property
    def busy(self) -> bool:
        """Whether an update is being worked on: it counts as handled before its answer has been given."""
        return bool(self._working)

    async def run(self) -> None:
        """Hear and work until cancelled; then finish what has been begun, for up to ten seconds."""
        try:
            while True:
                if not await self._lead():
                    await asyncio.sleep(_LOOK_EVERY)
                    continue
                hearing = self._tasks.start(self._hearing.run(self.wake), "hearing")
                try:
                    await self._work_while_leading()
                finally:
                    hearing.cancel()
                    await asyncio.gather(hearing, return_exceptions=True)
        finally:
            await asyncio.shield(self._stop())

    async def _lead(self) -> bool:
        try:
            return await self._lease.take()
        except Exception as error:  # noqa: BLE001 - the database is away: say so, go on
            _log.error("cannot renew the lease", error=type(error).__name__)
            return False

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
            try:
                inbound = read(side, row)
            except Exception as error:  # noqa: BLE001 - one that cannot be opened must not hold up the others
                if self._not_before.get(row["id"], now) <= now:
                    await self._failed(row, None, error)
                continue
            by_chat.setdefault(inbound.chat if inbound else 0, []).append((row, inbound))
        for chat, queue in by_chat.items():
            waits = self._not_before.get(queue[0][0]["id"], now) > now
            if chat in self._working or waits or len(self._working) >= _CHATS_AT_ONCE:
                continue
            self._working[chat] = self._tasks.start(self._work_through(chat, queue), f"chat of {len(queue)}")
        return len(rows)

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
        except TooEarly:
            self._not_before[row["id"]] = self._side.clock.monotonic() + _A_MOMENT
            return False
        except Exception as error:  # noqa: BLE001 - counted, tried again, put aside in the end
            return await self._failed(row, inbound, error)
        self._not_before.pop(row["id"], None)
        return True

    async def _failed(self, row: RowMapping, inbound: Inbound | None, error: Exception) -> bool:
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
            await self._say_so(inbound)
        return parked

    async def _say_so(self, inbound: Inbound | None) -> None:
        """Once, at most: whoever waits for an answer must not wait for ever."""
        if inbound is None or self._give_up is None:
            return
        try:
            await self._give_up(inbound)
        except Exception as error:  # noqa: BLE001 - it stands on the list of what is parked all the same
            _log.error("cannot say that it was given up", error=type(error).__name__, exc_info=error)

    async def _purge(self, now: float) -> None:
        """Forget what was handled, and forms and drafts left standing, more than a week ago; looked at once an hour."""
        if now - self._purged_at < 3600:
            return
        self._purged_at = now
        before = self._side.clock.now() - KEPT
        async with self._side.database.transaction() as tx:
            await tx.execute(delete(_UPDATES).where(_UPDATES.c.handled_at < before))
            await tx.execute(delete(_FORMS).where(_FORMS.c.updated_at < before))
            await tx.execute(delete(_DRAFTS).where(_DRAFTS.c.updated_at < before))
            await tx.execute(delete(_DOCUMENTS).where(_DOCUMENTS.c.key == SITE, _DOCUMENTS.c.added_at < before))

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
