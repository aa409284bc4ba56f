"""One update in, one transaction, one answer out."""

import asyncio
from dataclasses import replace

from bot.answers import NOTHING, Answer, Giver, Say
from bot.channel import Inbound, InboundKind, TooEarly
from bot.chat_side import ChatSide
from bot.drafts.documents import MOST_BYTES
from bot.handlers import attaching, joining, pressing, settings, sharing, typed
from bot.handlers.guesses import Guesses
from bot.handlers.visit import Visit
from bot.identity import standings
from bot.menus import Menus
from bot.sending.card_rows import is_on_its_way
from bot.sending.changes import Changes
from bot.updates import Mark
from models.database import Transaction
from models.failpoints import failpoint
from models.parties import mark_blocked, mark_reachable
from models.tasks import TaskSet

# A press feels dead after a second: what takes longer is answered empty first.
ANSWER_WITHIN = 0.7
# Nobody waits for an answer to these.
_UNANSWERED = frozenset({InboundKind.blocked, InboundKind.unblocked, InboundKind.group})


class Handlers:
    """Answers what people do. `handle` is what `bot.updates.Updates` calls."""

    def __init__(self, side: ChatSide, changes: Changes, menus: Menus, answer_within: float = ANSWER_WITHIN) -> None:
        """`answer_within`: the seconds after which a press is answered though its work is not done yet."""
        self._side = side
        self._answer_within = answer_within
        self._menus = menus
        self._giver = Giver(side, changes)
        self._guesses = Guesses()
        self._tasks = TaskSet()

    async def handle(self, inbound: Inbound, cause: str, mark: Mark) -> None:
        """Do what the update asks for, and mark it handled, together; then answer."""

        async def work(tx: Transaction) -> Answer:
            answer = await self._answer(tx, inbound, cause)
            await mark(tx)
            return answer

        await self._side.directories.refresh()
        if inbound.kind is not InboundKind.press and inbound.message is not None:
            async with self._side.database.reading() as tx:
                if await is_on_its_way(tx, inbound.chat, inbound.message, self._side.clock.now()):
                    raise TooEarly
        inbound = await self._with_content(inbound)
        working = self._tasks.start(self._side.database.repeated(work), cause)
        acknowledged = False
        if inbound.kind is InboundKind.press:
            done, _ = await asyncio.wait({working}, timeout=self._answer_within)
            if not done:
                await self._giver.acknowledge(inbound)
                acknowledged = True
        answer = await working
        failpoint("after_handled")
        await self._giver.give(inbound, answer, acknowledged)
        await self._menus.follow(inbound, answer.stands_anew)

    async def _with_content(self, inbound: Inbound) -> Inbound:
        """A file with its bytes, where it is for something of theirs: fetched before any row is locked."""
        if inbound.file is None or inbound.file.size > MOST_BYTES:
            return inbound
        side, now = self._side, self._side.clock.now()
        async with side.database.reading() as tx:
            found = await standings(tx, inbound.chat, now, side.directory())
            if not await attaching.wanted(Visit(side, tx, inbound, "", now, side.directory(), found)):
                return inbound
        return replace(inbound, content=await side.channel.file(inbound.file.id, MOST_BYTES))

    async def give_up(self, inbound: Inbound) -> None:
        """What somebody did cannot be done, however often it is tried: one kind line instead of silence."""
        if inbound.kind in _UNANSWERED:
            return
        side = self._side
        async with side.database.transaction() as tx:
            found = await standings(tx, inbound.chat, side.clock.now(), side.directory())
            visit = Visit(side, tx, inbound, "", side.clock.now(), side.directory(), found)
            line = visit.text("given-up" if visit.staff else "given-up-patient")
        if inbound.kind is InboundKind.press:
            await self._giver.acknowledge(inbound)
        await self._giver.give(inbound, Answer(says=(Say(inbound.chat, line),)), acknowledged=True)

    async def _answer(self, tx: Transaction, inbound: Inbound, cause: str) -> Answer:
        now, directory = self._side.clock.now(), self._side.directory()
        if inbound.kind is InboundKind.blocked:
            await mark_blocked(tx, str(inbound.chat), now, f"chat:{inbound.chat}")
            return NOTHING
        if inbound.kind is InboundKind.unblocked:
            await mark_reachable(tx, str(inbound.chat), now, f"chat:{inbound.chat}")
            return NOTHING
        found = await standings(tx, inbound.chat, now, directory)
        visit = Visit(self._side, tx, inbound, cause, now, directory, found)
        match inbound.kind:
            case InboundKind.press:
                return await pressing.pressed(visit)
            case InboundKind.group:
                # Private chats only: a group may show a patient's card to anybody.
                return Answer(says=(Say(inbound.chat, visit.text("group"), politely=True),), leave=inbound.chat)
            case InboundKind.start if inbound.text:
                return await joining.redeem(visit, self._guesses, inbound.text)
            case _ if inbound.kind is InboundKind.text:
                return await typed.typed(visit, self._guesses)
            case InboundKind.contact:
                return await sharing.shared(visit)
            case _ if not found:
                return typed.stranger(visit)
            case InboundKind.start:
                return await settings.start(visit)
            case _:
                return await attaching.attach(visit)
