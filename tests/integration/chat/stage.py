"""The chat side on its own: a database with the demo network, a sandbox with phones, and what is told by hand.

No engine runs here: a test records what happens and asks for notices itself, so that what it sees is the chat side's.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.engine import RowMapping
from sqlmodel import SQLModel

from bot.chat_side import ChatSide
from bot.handlers.router import Handlers
from bot.identity import of_person
from bot.limits import Limiter, Limits, Rate
from bot.menus import Menus
from bot.polling import Poller
from bot.sender import Sender
from bot.sending.changes import Changes
from bot.telegram import TelegramChannel
from bot.updates import Updates
from events import referral as e
from events.actions import Party, PartyKind
from events.base import Actor, Cause, Command, PassDeadline, Personal, Situation
from events.follow_up import PlanFollowUp, PlanRow
from events.handling import Handled, Journal
from events.notice import NoticeRequested
from events.purposes import Purpose
from events.referral_commands import OfferReferral, RequestReferral, TriageReferral
from events.rule_pack import ActivatePack, ApprovePack, DraftPack
from models.clock import DrivenClock, SystemClock
from models.database import Database
from models.deliveries import CardRow, DeliveryRow, UpdateRow
from models.directory_cache import DirectoryCache
from models.parties import PartyKind as Kind
from models.parties import bind_chat, choose_language
from models.patient_reading import patients
from models.sealed import Keyring
from models.values import ActorKind, Direction, Lane, Language, Priority, StreamKind, new_id, referral_code, stream_id
from tests.handset import PATIENCE_SECONDS
from tests.phones import Card, Phone, Sandbox
from workers.packs_in_force import PacksInForce
from workers.rules.layers import Layer
from workers.rules.pack import content_hash
from workers.rules.yaml_lines import Document

TOKEN = "4200000001:AAtestTESTtestTESTtestTESTtestTESTte"
RULES = Party(PartyKind.rule, "rules")
HOSPITAL, DEPARTMENT, CLINIC = "chengxi-1", "cardiology", "liantang"

# People of the demo network with a phone: key -> name, and the parties their chat stands for.
PEOPLE: dict[str, tuple[str, tuple[str, ...]]] = {
    "he": ("He Ping", ("he-ping",)),
    "lin": ("Lin Hao", ("lin-hao",)),
    "zhou": ("Zhou Min", ("zhou-min",)),
    "chen": ("Chen Yu", ("chen-yu",)),
    "li": ("Li Xiuying", ("li-xiuying",)),
    "fang": ("Wang Fang", ("wang-fang-of-li", "wang-fang-of-wang")),
    "liu": ("Liu Yang", ("liu-yang",)),
    "lai": ("Lai Fu", ("lai-fu",)),
    "wen": ("Wen Jing", ("wen-jing",)),
    "sun": ("Sun Guoliang", ("sun-guoliang",)),
}
KINDS = {"li": Kind.patient, "fang": Kind.contact}

_CARDS = CardRow.__table__  # type: ignore[attr-defined]
both_engines = pytest.mark.parametrize("stage", ["sqlite", "postgresql"], indirect=True)


@dataclass
class Stage:
    """One bot with its phones."""

    database: Database
    keyring: Keyring
    clock: SystemClock | DrivenClock
    directories: DirectoryCache
    world: Sandbox
    side: ChatSide
    changes: Changes
    sender: Sender
    updates: Updates
    journal: Journal
    channel: TelegramChannel
    running: list[asyncio.Task[None]] = field(default_factory=list)
    unwelcomed: list[Phone] = field(default_factory=list)
    polling: bool = False

    async def start(self, *roles: str) -> None:
        """Run the poller and the sender, or those named; the welcome everybody gets is read first."""
        for role in roles or ("updates", "sender"):
            self.running.append(asyncio.create_task(getattr(self, role).run()))
            if role == "updates":
                self.polling = True
                for phone in self.unwelcomed:
                    await phone.expect()
                self.unwelcomed.clear()

    async def stop(self) -> None:
        """End what runs, as a role that is told to stop does."""
        for task in self.running:
            task.cancel()
        await asyncio.gather(*self.running, return_exceptions=True)
        self.running.clear()

    async def close(self) -> None:
        await self.stop()
        await self.channel.close()

    async def phone(self, key: str, language: Language = Language.en) -> Phone:
        """The phone of somebody of the demo network; its chat stands for them."""
        name, parties = PEOPLE[key]
        phone = await self.world.person(key, name=name, language=language)
        async with self.database.transaction() as tx:
            for party in parties:
                kind = KINDS.get(key, Kind.practitioner)
                await bind_chat(tx, party, kind, str(phone.id), self.clock.now(), "test")
                await choose_language(tx, party, language, self.clock.now(), "test")
        await phone.start()
        if self.polling:
            await phone.expect()
        else:
            self.unwelcomed.append(phone)
        return phone

    async def stranger(self, key: str) -> Phone:
        """The phone of somebody nobody knows."""
        return await self.world.person(key, name=key.title())

    async def do(self, command: Command, by: str = "rules", loop: str | None = None) -> Handled:
        """Record what happens elsewhere; cards are to follow, as the engine would say."""
        cause = Cause(new_id(), Actor(ActorKind.rule, by), self.clock.now())
        handled = await self.journal.handle_alone(self.database, command, cause, loop=loop)
        await self.show_anew(command.stream)
        return handled

    async def show_anew(self, stream: str) -> None:
        """The cards about a stream show something that has changed: what the engine says after every event."""
        version = (await self.state(stream)).version
        behind = (_CARDS.c.about == stream) & (_CARDS.c.wanted_version < version)
        async with self.database.transaction() as tx:
            await tx.execute(_CARDS.update().where(behind).values(wanted_version=version, next_at=self.clock.now()))
        self.sender.wake()

    async def referral(self, priority: Priority = Priority.urgent, to: Sequence[str] = ("lin-hao", "zhou-min")) -> str:
        """A referral from Liantang to the county hospital's cardiology, offered to these people."""
        stream = stream_id(StreamKind.referral, new_id())
        async with self.database.reading() as tx:
            patient = (await patients(tx, ["li-xiuying"], self.clock.now()))["li-xiuying"]
        await self.do(
            RequestReferral(
                stream=stream, code=referral_code(int(new_id(), 16)), direction=Direction.up, patient=patient.id,
                patient_key=patient.key_id, initiator="he-ping", initiator_facility=CLINIC, patient_centre=CLINIC,
                recipient_facility=HOSPITAL, department=DEPARTMENT, asked_priority=priority,
                picture=e.ClinicalPicture(age=71), reason=Personal(text="headache for two days"),
            )
        )  # fmt: skip
        decision = e.Decision(priority=priority, pack="test", pack_version="1", pack_hash="0")
        await self.do(TriageReferral(stream=stream, by=RULES, decision=decision))
        await self.do(OfferReferral(stream=stream, by=RULES, facility=HOSPITAL, department=DEPARTMENT, to=tuple(to)))
        return stream

    async def plan(self, patient: str = "li-xiuying", kind: str = "reading") -> str:
        """A follow-up plan of a patient, with three readings (or visits) to come; the first is due and asked about."""
        stream = stream_id(StreamKind.plan, new_id())
        async with self.database.reading() as tx:
            key = (await patients(tx, [patient], self.clock.now()))[patient].key_id
        rows = tuple(
            PlanRow(number=n, due_at=self.clock.now() + timedelta(days=n), kind=kind, rule="test") for n in range(3)
        )
        await self.do(
            PlanFollowUp(
                stream=stream, by=RULES, patient=patient, patient_key=key, centre=CLINIC, rows=rows,
                pack="test", pack_version="1", pack_hash="0",
            )
        )  # fmt: skip
        due = PassDeadline(stream=stream, situation=Situation.follow_up_due, step=0, reached=1)
        await self.do(due)
        return stream

    async def activate(self, layer: str) -> None:
        """Let a layer count from today, as two admins do it."""
        read = Layer(Document(layer, "layer.yaml"))
        file = read.file
        stream, digest = stream_id(StreamKind.pack, new_id()), content_hash(read.value)
        draft = DraftPack(
            stream=stream, by="liu-yang", name=file.name, pack_version=file.version, hash=digest,
            place=str(file.layer), text=layer,
        )  # fmt: skip
        today = self.clock.now().astimezone(ZoneInfo("Asia/Shanghai")).date()
        steps = [draft, *(ApprovePack(stream=stream, by=admin, hash=digest) for admin in ("liu-yang", "chen-yu"))]
        for step in (*steps, ActivatePack(stream=stream, by="chen-yu", active_from=today, today=today)):
            await self.journal.handle_alone(self.database, step, Cause(new_id(), Actor(ActorKind.person, "liu-yang"),
                                                                       self.clock.now()))  # fmt: skip

    async def tell(
        self, purpose: Purpose, recipient: str, about: str, lane: Lane = Lane.urgent, step: int = 0,
        expires_at: datetime | None = None, **params: str,
    ) -> str:  # fmt: skip
        """Ask for a notice, as a reaction does."""
        stream = stream_id(StreamKind.notice, new_id())
        asked = NoticeRequested(
            purpose=purpose, lane=lane, recipient=recipient, about=about, step=step, params=params,
            expires_at=expires_at,
        )  # fmt: skip
        cause = Cause(new_id(), Actor(ActorKind.rule, "rules"), self.clock.now())
        async with self.database.transaction() as tx:
            await self.journal.record(tx, [self.journal.begin(stream, about, asked, cause)])
        self.sender.wake()
        return stream

    async def state(self, stream: str) -> Any:
        """A stream as it is now."""
        async with self.database.transaction() as tx:
            return (await self.journal.load(tx, [stream]))[stream].state

    async def types(self, stream: str) -> list[str]:
        """What has happened in a stream."""
        async with self.database.transaction() as tx:
            return [each.type for each in (await self.journal.load(tx, [stream]))[stream].history]

    async def rows(self, model: type[SQLModel], **where: Any) -> list[RowMapping]:
        """Rows of a table."""
        table = model.__table__  # type: ignore[attr-defined]
        async with self.database.reading() as tx:
            query = select(table).where(*(table.c[name] == value for name, value in where.items()))
            return list((await tx.execute(query)).mappings())

    async def at_rest(self) -> None:
        """Wait until the bot has done and noted what it was told so far: a phone shows things before they are noted."""

        async def resting() -> bool:
            if (await self.world.get(""))["unconfirmed"] is not None:
                return False
            waiting = await self.rows(UpdateRow, handled_at=None) or await self.rows(DeliveryRow, state="sending")
            return not (waiting or self.updates.busy or self.sender.busy)

        await self.until(resting)
        await self.world.catch_up()

    async def until(self, found: Callable[[], Any], within: float = PATIENCE_SECONDS) -> Any:
        """Wait until an (async) look finds something."""
        async with asyncio.timeout(within):
            while True:
                answer = await found()
                if answer:
                    return answer
                await asyncio.sleep(0.02)


def build(
    database: Database, keyring: Keyring, world: Sandbox, clock: SystemClock | DrivenClock,
    owner: str = "first", limits: Limits | None = None, timeout: float = 20.0, answer_within: float = 20.0,
) -> Stage:  # fmt: skip
    """A bot on this database and sandbox; `timeout` for a call of Telegram, `answer_within` for a press, in seconds.

    Longer than in life: on a busy machine too a press is answered with what became of it.
    """
    journal = Journal(keyring, clock, due=lambda state, at: at + timedelta(hours=1), subscribers={})
    in_force = PacksInForce(clock, ZoneInfo("Asia/Shanghai"))
    channel = TelegramChannel(TOKEN, world.url, timeout=timeout)
    limiter = Limiter(clock.monotonic, limits or Limits(Rate(500, 50), Rate(100, 20)))
    directories = DirectoryCache(database, clock)
    directories.also.append(in_force)
    side = ChatSide(
        "4200000001", database, journal, channel, limiter, keyring, clock, directories,
        rules=lambda: in_force.current().in_force,
    )  # fmt: skip
    changes = Changes(side)
    handlers = Handlers(side, changes, Menus(side), answer_within)
    sender = Sender(side, changes, owner, alone=True)
    updates = Updates(side, Poller(side, channel), handlers.handle, owner, alone=True, give_up=handlers.give_up)
    return Stage(database, keyring, clock, directories, world, side, changes, sender, updates, journal, channel)


async def offered(stage: Stage, priority: Priority = Priority.stat) -> tuple[str, Phone, Card]:
    """A referral that Lin Hao is asked about, with the card on the phone."""
    lin = await stage.phone("lin")
    referral = await stage.referral(priority)
    await stage.tell(Purpose.offer, "lin-hao", referral, Lane.stat)
    await stage.start()
    card = await lin.expect((await stage.state(referral)).code)
    await stage.until(lambda: stage.rows(CardRow, about=referral))
    return referral, lin, card


def party(stage: Stage, person: str) -> Party:
    return of_person(person, stage.directories.current(), stage.clock.now())
