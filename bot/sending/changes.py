"""Cards that change in place: only the newest state is sent, and nothing when a card shows that already."""

import asyncio
import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from weakref import WeakValueDictionary

import structlog
from sqlalchemy.engine import RowMapping

from bot.cards.render import render
from bot.channel import NotSent, Outgoing, Refusal, Sent, Unknown
from bot.chat_side import ChatSide
from bot.sending.card_rows import (
    UNKNOWN,
    Shown,
    as_they_are,
    close_again,
    forget,
    free,
    note_opening,
    note_shown,
    put_off,
    untouched,
)
from bot.sending.readers import load_viewers
from bot.sending.tokens import Asked, labelled, write_tokens
from bot.sending.views import digest, load_subjects, may_open, open_subject, opened_view, view
from bot.texts import t
from bot.view import CardView, Rendered
from events.purposes import Purpose
from models.database import Transaction
from models.patient_reading import patients as load_patients
from models.tasks import TaskSet

_TRY_AGAIN_AFTER = timedelta(seconds=5)
_TOGETHER_S = 0.2  # so long the end of an edit waits for those that began with it
_ENDS = (Refusal.invalid, Refusal.blocked, Refusal.unreachable)
_log = structlog.get_logger("sender")


@dataclass(frozen=True, slots=True)
class Showing:
    """A card as it is to look now. `opened` and `menu` are what its reader asked to see."""

    card: RowMapping
    view: CardView
    opened: bool = False

    def rendered(self) -> Rendered:
        """In words; nothing of it where a repair took the card back: its reader should never have had it."""
        if self.card["withdrawn_by"] is not None:
            return Rendered(t(self.view.language, "card-withdrawn"))
        rendered = render(self.view)
        if not self.card["replaced"]:
            return rendered
        # Asked again below: one card with buttons is enough, and only the newest follows what happens.
        newer = t(self.view.language, "card-replaced")
        return Rendered(f"{rendered.text}\n{newer}")


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of a message that is to go out, and what its row is to say when it is there."""

    card: RowMapping
    outgoing: Outgoing
    shown: Shown

    @property
    def is_last(self) -> bool:
        """Whether the card follows nothing from then on."""
        return self.card["withdrawn_by"] is not None or bool(self.card["replaced"])


Result = Sent | NotSent | Unknown


async def showing(
    tx: Transaction, side: ChatSide, cards: Sequence[RowMapping], opened: bool = False, menu: str | None = None
) -> list[Showing]:
    """How these cards (rows of `as_they_are`) are to look now; one whose stream or reader is gone is left out.

    Opened only for somebody who may: for the others the card stays closed.
    """
    now, directory = side.clock.now(), side.directory()
    readers = await load_viewers(tx, {card["recipient"] for card in cards}, directory, now)
    subjects = await load_subjects(tx, {card["about"]: card["loop"] for card in cards if card["loop"] is not None})
    found = []
    for card in cards:
        purpose = Purpose(card["purpose"])
        reader = next(iter(readers.of(card["recipient"], purpose)), None)
        subject = subjects.get(card["about"])
        if card["loop"] is None or reader is None or subject is None:
            continue
        shown = view(purpose, subject, reader, json.loads(card["params"]), directory, now, rules=side.rules())
        open_now = opened and may_open(subject, reader.party)
        if open_now:
            patient = (await load_patients(tx, [subject.state.patient], now)).get(subject.state.patient)
            shown = opened_view(shown, await open_subject(tx, side.keyring, subject, patient))
        found.append(Showing(card, replace(shown, menu=menu), open_now))
    return found


class Changes:
    """Edits cards through the limiter; one edit of a card at a time."""

    def __init__(self, side: ChatSide) -> None:
        self._side = side
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._tasks = TaskSet()
        self.freed: Callable[[], None] = lambda: None  # called when a card may be edited again

    async def show(self, card: RowMapping, opened: bool = False, menu: str | None = None) -> None:
        """Show a card as its reader has just asked to see it."""
        side = self._side
        async with self._lock(card["id"]):
            await side.limiter.acquire(card["chat"], "urgent")
            async with side.database.transaction() as tx:
                edits = await self._draw(tx, await as_they_are(tx, [card["id"]]), opened, menu)
            for edit in edits:
                await self._note([await self._go(edit)])
        self.freed()

    def is_showing(self, unique: str) -> bool:
        """Whether a card is being edited."""
        lock = self._locks.get(unique)
        return lock is not None and lock.locked()

    async def catch_up(self, *cards: str, ended: Callable[[Collection[str]], None] = lambda cards: None) -> None:
        """Bring cards up to date, unless somebody has done so meanwhile; opened ones fold.

        What the limiter does not let go now is left behind, and so is a card that somebody is just showing: that shows
        the newest state. `ended` is told the cards (by their ids) as they are done with, all of them in the end.
        """
        locks = {each: self._lock(each) for each in cards}
        held = {each: lock for each, lock in locks.items() if not lock.locked()}
        for lock in held.values():
            await lock.acquire()

        def end(these: Collection[str]) -> None:
            for each in these:
                held.pop(each).release()
            ended(these)

        ended(locks.keys() - held.keys())
        going: set[asyncio.Task[tuple[Edit, Result]]] = set()
        try:
            edits = await self._behind(list(held))
            end(held.keys() - {each.card["id"] for each in edits})
            going = {self._tasks.start(self._go(each), f"edit {each.card['id']}") for each in edits}
            while going:
                done, going = await asyncio.wait(going, timeout=_TOGETHER_S)
                if done:
                    results = [each.result() for each in done]
                    await self._note(results)
                    end([edit.card["id"] for edit, _ in results])
        finally:
            for each in going:
                each.cancel()
            end(list(held))

    async def put_off(self, unique: str, seconds: float) -> None:
        """Try a card again only after so long."""
        async with self._side.database.transaction() as tx:
            await put_off(tx, {unique: self._side.clock.now() + timedelta(seconds=seconds)})

    def _lock(self, unique: str) -> asyncio.Lock:
        # Held here only while somebody holds it.
        return self._locks.setdefault(unique, asyncio.Lock())

    async def _behind(self, cards: Collection[str]) -> list[Edit]:
        """The edits of those that show less than they should, as far as the limiter lets them go."""
        if not cards:
            return []
        now = self._side.clock.now()
        async with self._side.database.transaction() as tx:
            rows = await untouched(tx, cards)
            behind = [row for row in rows if row["wanted_version"] > row["shown_version"] and row["next_at"] <= now]
            return await self._draw(tx, behind, may_go=self._take)

    def _take(self, chat: int) -> bool:
        """Whether a change may go to this chat now; if so, it counts as gone."""
        limiter, now = self._side.limiter, self._side.clock.monotonic()
        if limiter.limits.ready_at(chat, now) > now:
            return False
        limiter.take(chat)
        return True

    async def _draw(
        self, tx: Transaction, cards: Sequence[RowMapping], opened: bool = False, menu: str | None = None,
        may_go: Callable[[int], bool] = lambda chat: True,
    ) -> list[Edit]:  # fmt: skip
        """What is to change, with its buttons written; that the others show what they should already is noted.

        What a card shows was read before it is drawn: what is chosen from then on (another language) finds it changed,
        or is drawn.
        """
        side, now = self._side, self._side.clock.now()
        found = await showing(tx, side, cards, opened, menu) if cards else []
        drawn = [(each, each.rendered()) for each in found]
        edits, unchanged, tokens = [], [], []
        for each, rendered in drawn:
            card, version = each.card, each.view.state.version
            shown = Shown(card["id"], card["shown_hash"], version, digest(rendered), each.opened)
            if shown.held == shown.hash:
                unchanged.append(shown)
            elif may_go(card["chat"]):
                asked = Asked(card["recipient"], card["chat"], card["notice"], card["about"], version)
                outgoing, more = labelled(rendered, asked, now)
                tokens += more
                if each.opened:
                    # Before it is: whatever becomes of us, a name on a screen is folded away again.
                    await note_opening(tx, card["id"], version, now)
                    shown = replace(shown, held=UNKNOWN)
                edits.append(Edit(card, outgoing, shown))
        await forget(tx, {each["id"] for each in cards} - {each.card["id"] for each in found})
        await note_shown(tx, unchanged, now)
        await write_tokens(tx, tokens)
        return edits

    async def _go(self, edit: Edit) -> tuple[Edit, Result]:
        card = edit.card
        try:
            return edit, await self._side.channel.update(card["chat"], card["message"], edit.outgoing)
        except Exception as error:  # noqa: BLE001 - whatever broke, nobody knows what the card shows
            _log.error("channel failed", error=type(error).__name__, exc_info=error)
            return edit, Unknown(type(error).__name__)

    async def _note(self, ended: Sequence[tuple[Edit, Result]]) -> None:
        """What became of edits: together, but those that somebody is just changing, each when its turn comes."""
        side, now = self._side, self._side.clock.now()
        for edit, result in ended:
            if isinstance(result, NotSent) and result.retry_after is not None:
                side.limiter.pause(edit.card["chat"], result.retry_after)
        async with side.database.transaction() as tx:
            at_once = await free(tx, [edit.card["id"] for edit, _ in ended])
            await _note(tx, [each for each in ended if each[0].card["id"] in at_once], now)
        for each in ended:
            if each[0].card["id"] not in at_once:
                async with side.database.transaction() as tx:
                    await _note(tx, [each], now)


async def _note(tx: Transaction, ended: Sequence[tuple[Edit, Result]], now: datetime) -> None:
    shown: list[Edit] = []
    over: list[Edit] = []
    again: dict[str, datetime] = {}
    for edit, result in ended:
        unique = edit.card["id"]
        match result:
            case Sent():
                (over if edit.is_last else shown).append(edit)
            case NotSent(refusal=refusal) if refusal in _ENDS:
                over.append(edit)
            case Unknown() if edit.shown.opened:
                pass  # it may be open: it folds when it would have
            case NotSent(retry_after=seconds) if seconds is not None:
                again[unique] = now + timedelta(seconds=seconds)
            case _:
                # An edit may be repeated at will: showing the same twice is showing it once.
                again[unique] = now + _TRY_AGAIN_AFTER
        if unique in again and edit.shown.opened:
            await close_again(tx, unique, edit.card["opened"])
    await note_shown(tx, [edit.shown for edit in shown], now)
    await put_off(tx, again)
    await forget(tx, [edit.card["id"] for edit in over])
