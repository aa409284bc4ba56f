"""The sender: one per bot. It takes what waits by lane, writes the intent, sends, and records what became of it.

At most one unmarked message per notice (N2) rests on three things: the lease with its fence (two senders never send the
same row), the intent that is committed before anything goes out, and the rule that only a definite non-delivery is sent
again. What a crash left in `sending` is unknown, not unsent.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import structlog
from sqlalchemy import select
from sqlalchemy.engine import RowMapping

from bot.channel import NotSent, Sent, Unknown
from bot.chat_side import ChatSide
from bot.lease import RENEW_EVERY, Lease, LostLease
from bot.sending.card_rows import changed
from bot.sending.catching_up import CatchingUp
from bot.sending.changes import Changes
from bot.sending.lanes import Lanes
from bot.sending.outcomes import Finished, record_some
from bot.sending.queue import AT_A_LOOK, Letter, Waiting, addressed, hold, load_readers, sendable, write_intents
from bot.sending.readers import Readers
from models.deliveries import DeliveryRow
from models.failpoints import failpoint
from models.installation import sender_held
from models.tasks import TaskSet
from models.values import Lane

_DELIVERIES = DeliveryRow.__table__  # type: ignore[attr-defined]
_log = structlog.get_logger("sender")

LOOK_EVERY = 0.5  # seconds; a wake shortens it, this is for other processes' commits and for what falls due
IN_FLIGHT = 64
_TOGETHER = 50
_GATHER = 3
_AT_ONCE = (Lane.stat, Lane.reply, Lane.asap)
_MOST_CARDS = 100  # looked at: more than may be edited at once, so that chats that must wait do not hold the others
_STOP_WITHIN = 10.0


class Sender:
    """Sends for one bot while it holds the lease. `owner` names this process; `alone` as in `bot.lease.Lease`."""

    def __init__(self, side: ChatSide, changes: Changes, owner: str, alone: bool = False) -> None:
        self._side = side
        self._cards = CatchingUp(side, changes, self.wake, self._in_hand_no_more)
        self._lease = Lease(side.database, f"sender:{side.bot}", owner, side.clock, alone)
        self._lanes = Lanes()
        self._woken = asyncio.Event()
        self._landed = asyncio.Event()  # a message has arrived, or not
        self._overlooked = False  # by the last look: what is for chats that were in use
        self._tasks = TaskSet()
        self._finished: list[Finished] = []
        self._recording = asyncio.Lock()
        self._flying: dict[str, tuple[str, int]] = {}  # delivery -> recipient, chat
        self._gathered = 1  # how many messages a turn waits for, where none is pressing
        self._resting: dict[str, float] = {}  # recipient -> when their chat may get the next message
        self._renewed_at = float("-inf")
        self._looking = 0.0  # seconds that a look has taken lately

    def wake(self) -> None:
        """Something may have to be sent: look at once."""
        self._woken.set()

    def cards_behind(self) -> None:
        """Cards are to show something new: look in a moment."""
        self._cards.expect()

    @property
    def busy(self) -> bool:
        """Whether a message or a change of a card is on its way."""
        return bool(self._flying or self._cards.editing)

    async def run(self) -> None:
        """Send until cancelled; then let what is on its way arrive, for up to ten seconds."""
        try:
            while True:
                try:
                    pause = await self._turn() if await self._leads() else LOOK_EVERY
                except LostLease:
                    _log.warning("another sender has taken over")
                    continue
                except Exception as error:  # noqa: BLE001 - the database is away: say so, go on
                    _log.error("sender failed", error=type(error).__name__, exc_info=error)
                    pause = LOOK_EVERY
                await self._rest(pause)
        finally:
            await asyncio.shield(self._stop())

    async def _leads(self) -> bool:
        now = self._side.clock.monotonic()
        if self._lease.fence is not None and now - self._renewed_at < RENEW_EVERY:
            return True
        led = self._lease.fence is not None
        leads = await self._lease.take()
        self._renewed_at = now
        if leads and not led:
            await self._recover()
        return leads

    async def _recover(self) -> None:
        """What an earlier sender left on its way: nobody can say whether it arrived."""
        async with self._side.database.reading() as tx:
            query = select(_DELIVERIES).where(_DELIVERIES.c.state == "sending")
            rows = (await tx.execute(query)).mappings().all()
        left = [
            Finished(row["id"], row["notice"], row["attempt"], row["chat"], Unknown("restart"))
            for row in rows
            if row["id"] not in self._flying
        ]
        for start in range(0, len(left), _TOGETHER):
            await record_some(self._side, left[start : start + _TOGETHER])

    async def _turn(self) -> float:
        """One look: record, send what may go now, edit cards with what room is left. Gives the seconds to rest."""
        self._woken.clear()
        self._begin_recording()
        if not self._room():
            return self._until_room()
        began = self._side.clock.monotonic()
        looked = await self._look()
        if looked is None:
            return LOOK_EVERY
        took = min(LOOK_EVERY, self._side.clock.monotonic() - began)
        self._looking += (took - self._looking) / 5
        rows, readers, behind = looked
        sent, left, most_pressing = await self._send_some(rows, readers) if readers is not None else (0, 0, None)
        settles = self._cards.rest(behind)
        edited = 0 if settles else self._edit_some(behind, most_pressing)
        if not self._room():
            return self._until_room()
        more_to_do = (sent or edited) and (left or (len(behind) > edited and not settles))
        if more_to_do and most_pressing in _AT_ONCE:
            return 0.0
        now = self._side.clock.monotonic()
        plain = self._side.limiter.limits.overall_ready_at(now, count=self._gathered)
        if more_to_do:
            # A look that finds no tokens costs as much as one that does; begun with them, it wastes those that drip in.
            return max(0.0, min(LOOK_EVERY, plain - now - self._looking))
        soonest = min([now + LOOK_EVERY, *self._resting.values()])
        if settles:
            soonest = min(soonest, now + settles)
        if left and plain > now:
            soonest = min(soonest, plain)  # the last token is stat's: the next ones are for what waits
        return max(0.005, min(LOOK_EVERY, soonest - now))

    async def _look(self) -> tuple[Sequence[RowMapping], Readers | None, Sequence[RowMapping]] | None:
        """What could go now, who would read it (if there is any), and which cards are behind, in one look.

        None where a person must look first (F17): after a restore nobody knows what had been told since. Nearly always
        there is nothing, and then nothing more is asked.
        """
        side, now = self._side, self._side.clock.now()
        people, chats = self._busy(), self._chats_in_use()
        self._overlooked = bool(chats)
        async with side.database.reading() as tx:
            rows = await sendable(tx, now, people)
            behind = await changed(tx, now, _MOST_CARDS, chats)
            if not rows and (not behind or self._cards.rest(behind)):
                return [], None, behind
            directory = await side.directories.refreshed(tx)
            if await sender_held(tx) is not None:
                return None
            readers = await load_readers(tx, {row["recipient"] for row in rows}, directory, now) if rows else None
            return rows, readers, behind

    def _room(self) -> int:
        if len(self._flying) + len(self._cards.editing) >= IN_FLIGHT:
            return 0
        return self._side.limiter.limits.room(self._side.clock.monotonic(), urgent=True)

    def _until_room(self) -> float:
        now = self._side.clock.monotonic()
        return min(LOOK_EVERY, max(0.005, self._side.limiter.limits.overall_ready_at(now, urgent=True) - now))

    async def _send_some(self, rows: Sequence[RowMapping], readers: Readers) -> tuple[int, int, Lane | None]:
        """Send what may go now. Gives how many were done with, how many may be left, and the most pressing lane."""
        side, room = self._side, self._room()
        if not rows or room == 0:
            return 0, 0, None
        await self._until_tokens(Lane(rows[0]["lane"]))
        found = addressed(rows, readers)
        chosen = self._lanes.pick(self._by_lane(found.waiting), room)
        for each in chosen:
            # Now, not once the intent is written: meanwhile the bucket would be full, and what drips in is lost.
            side.limiter.take(each.chat)
        letters: list[Letter] = []
        if chosen or found.held:
            async with side.database.transaction() as tx:
                fence = await self._lease.check(tx)
                letters, stale, unreadable = await write_intents(tx, side, chosen, fence)
                if found.held or unreadable:
                    await hold(tx, side, [*found.held, *unreadable])
            found.settled.extend(stale)
        for letter in letters:
            self._flying[letter.delivery] = (letter.recipient, letter.chat)
            self._tasks.start(self._send(letter), f"send {letter.notice}")
        if found.settled:
            await record_some(side, [], found.settled)
        left = len(found.waiting) - len(chosen) + (len(rows) >= AT_A_LOOK)
        return len(letters) + len(found.settled), left, Lane(rows[0]["lane"])

    async def _until_tokens(self, most_pressing: Lane) -> None:
        """A look begins before its tokens are there: what is in no hurry waits for the rest of that moment."""
        now = self._side.clock.monotonic()
        rest = self._side.limiter.limits.overall_ready_at(now, count=self._gathered) - now
        if most_pressing not in _AT_ONCE and 0 < rest <= self._looking:
            await asyncio.sleep(rest)

    def _busy(self) -> set[str]:
        """Recipients whose chat must wait: looking at their notices would only hide those behind them."""
        now = self._side.clock.monotonic()
        self._resting = {who: until for who, until in self._resting.items() if until > now}
        return {recipient for recipient, _ in self._flying.values()} | self._resting.keys()

    def _by_lane(self, waiting: Sequence[Waiting]) -> dict[Lane, list[Waiting]]:
        """What waits, without the chats that must wait themselves; one message to a chat at a time."""
        side, now = self._side, self._side.clock.monotonic()
        taken = self._chats_in_use()
        lanes: dict[Lane, list[Waiting]] = {}
        plain_room = side.limiter.limits.room(now)
        # A turn costs much more than a message: what is in no hurry goes a few at a time.
        patient = sum(row.row["lane"] not in _AT_ONCE for row in waiting)
        self._gathered = max(1, min(_GATHER, patient))
        for each in waiting:
            lane = Lane(each.row["lane"])
            # The last token is kept for stat.
            needed = 0 if lane is Lane.stat else 1 if lane in _AT_ONCE else self._gathered
            held_back = plain_room < needed
            if (ready := side.limiter.limits.chat_ready_at(each.chat, now)) > now:
                self._resting[each.row["recipient"]] = ready
            if held_back or each.chat in taken or ready > now:
                continue
            taken.add(each.chat)
            lanes.setdefault(lane, []).append(each)
        return lanes

    async def _send(self, letter: Letter) -> None:
        result: Sent | NotSent | Unknown
        failpoint("after_intent")
        try:
            result = await self._side.channel.send(letter.chat, letter.outgoing, letter.silent)
        except Exception as error:  # noqa: BLE001 - whatever broke, nobody knows whether it went out
            _log.error("channel failed", error=type(error).__name__, exc_info=error)
            result = Unknown(type(error).__name__)
        failpoint("after_send")
        if isinstance(result, NotSent) and result.retry_after is not None:
            self._side.limiter.pause(letter.chat, result.retry_after)
        self._finished.append(Finished.of(letter, result))
        self._finished += [Finished(*each, letter.chat, result) for each in letter.also]
        self._landed.set()
        if len(self._finished) >= len(self._flying):
            self._begin_recording()  # the last of those that went together; else the next turn does it

    def _begin_recording(self) -> None:
        """Beside what goes next: one after the other a turn takes twice as long, and tokens of the limiter are lost."""
        if self._finished and not self._recording.locked():
            self._tasks.start(self._record_beside(), "record")

    async def _record_beside(self) -> None:
        try:
            await self._record_finished()
        except Exception as error:  # noqa: BLE001 - the database is away: kept, and tried again in a moment
            _log.error("deliveries are not recorded yet", error=type(error).__name__, exc_info=error)
            await asyncio.sleep(LOOK_EVERY)
            self._woken.set()

    def _in_hand_no_more(self) -> None:
        if self._overlooked:
            self._woken.set()  # whoever was written to may be written to again

    async def _record_finished(self) -> None:
        async with self._recording:
            while some := self._finished[:_TOGETHER]:
                await record_some(self._side, some)
                del self._finished[: len(some)]
                for each in some:
                    self._flying.pop(each.delivery, None)
                if any(isinstance(each.result, NotSent) for each in some):
                    self._woken.set()  # there may be another address
                self._in_hand_no_more()

    def _chats_in_use(self) -> set[int]:
        return {chat for _, chat in self._flying.values()} | set(self._cards.editing)

    def _edit_some(self, behind: Sequence[RowMapping], most_pressing: Lane | None) -> int:
        """Bring cards up to date, unless a message of asap or above still waits; how many."""
        if most_pressing in _AT_ONCE:
            return 0
        plain = self._side.limiter.limits.room(self._side.clock.monotonic())
        room = min(plain, IN_FLIGHT - len(self._flying) - len(self._cards.editing))
        return self._cards.begin(behind, room, self._chats_in_use())

    async def _rest(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()

    async def _stop(self) -> None:
        """Wait for what is on its way, record it, and let another begin."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_STOP_WITHIN):
                while len(self._finished) < len(self._flying):
                    self._landed.clear()
                    await self._landed.wait()
        await self._record_finished()
        await self._tasks.stop()
        await self._cards.stop()
        await self._lease.release()
