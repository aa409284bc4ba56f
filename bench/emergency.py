"""`python -m bench.emergency`: how soon a stat notice leaves while ten thousand routine ones wait (P4, N7).

The real sender with its own rates, against the sandbox in a process of its own with Telegram's rates and random 429s.
Every stat notice has a bound that is known when it is queued: the rest of an announced retry_after, the chat's own gap,
or one token, whichever is the largest. What is measured is the time until it is handed to the channel, and how much of
that lies beyond the bound.
"""

import argparse
import asyncio
import json
import random
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from admin.parts import Parts
from bench.ground import Ground, Kind
from bot.chat_side import ChatSide
from bot.limits import OVERALL, Chat, Limiter, Limits
from bot.sender import Sender
from bot.sending.changes import Changes
from bot.telegram import TelegramChannel
from events import referral as e
from events.actions import Party, PartyKind
from events.base import Actor, Cause
from events.handling import Journal
from events.notice import NoticeRequested
from events.purposes import Purpose
from events.referral_commands import OfferReferral, RequestReferral, TriageReferral
from models.parties import PartyKind as Kind_of_party
from models.parties import bind_chat
from models.values import ActorKind, Direction, Lane, Priority, Role, StreamKind, new_id, referral_code, stream_id
from workers.reactions import KINDS

TOKEN = "4200000001:AAbenchBENCHbenchBENCHbenchBENCHben"
RULES = Party(PartyKind.rule, "rules")
CLINIC, HOSPITAL, DEPARTMENT = "liantang", "chengxi-1", "cardiology"
# One of the two who get stat notices is in the routine queue as well, so that the chat's own gap is seen too.
ON_DUTY = ("zhou-min", "lin-hao")
EVERY = 0.7  # seconds between two stat notices
FLOODS = 15.0  # a random chat is answered 429 about this often


@dataclass(frozen=True)
class Left:
    """One stat notice: seconds from queued to handed to the channel, and the bound known when it was queued."""

    took: float
    bound: float

    @property
    def beyond(self) -> float:
        """How much later than the bound it left."""
        return max(0.0, self.took - self.bound)


class Watched(TelegramChannel):
    """The channel, with the moment at which each message was handed to it."""

    def __init__(self, api_url: str) -> None:
        super().__init__(TOKEN, api_url)
        self.left: dict[str, float] = {}
        self.sending = asyncio.Event()
        self.sent = self.refused = 0

    async def send(self, chat: int, outgoing: Any, silent: bool = False) -> Any:
        """As the channel does it."""
        self.left[outgoing.text] = asyncio.get_running_loop().time()
        self.sending.set()
        result = await super().send(chat, outgoing, silent)
        self.sent += hasattr(result, "message")
        self.refused += hasattr(result, "refusal")
        return result


class Counted(Limits):
    """The limits, with the seconds in which everything was silent by an announced retry_after."""

    def __init__(self) -> None:
        super().__init__()
        self.silent = 0.0

    def pause(self, chat: Chat | None, seconds: float, now: float) -> None:
        """As the limits do it."""
        before = max(now, self._silent_until)
        super().pause(chat, seconds, now)
        self.silent += max(0.0, self._silent_until - before)


class Phones:
    """The sandbox in a process of its own, and the chats in it."""

    async def __aenter__(self) -> "Phones":
        command = (sys.executable, "-m", "bot.sandbox", "--port", "0")
        self._process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        assert self._process.stdout is not None
        self.url = (await self._process.stdout.readline()).decode().split()[1].rstrip("/")
        self._session = aiohttp.ClientSession()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()
        self._process.terminate()
        await self._process.wait()

    async def post(self, path: str, **body: Any) -> None:
        """Something a person does, or a fault."""
        async with self._session.post(f"{self.url}/sandbox/api{path}", json=body) as answer:
            answer.raise_for_status()

    async def open(self, chats: Sequence[int]) -> None:
        """Chats that have begun with the bot."""
        for chat in chats:
            await self.post("/people", key=f"p{chat}", id=chat, name=f"P{chat}")
            await self.post(f"/people/p{chat}/start")

    async def flood(self, chats: Sequence[int]) -> None:
        """Until cancelled: now and then somebody's chat is answered 429, for two seconds."""
        while True:
            await asyncio.sleep(random.expovariate(1 / FLOODS))
            await self.post(
                "/faults", kind="flood", methods=["sendMessage"], person=f"p{random.choice(chats)}", seconds=2
            )


async def measure(ground: Ground, kind: Kind, waiting: int, stats: int) -> dict[str, Any]:
    """One run: `waiting` routine notices queued, then `stats` stat ones among them."""
    async with ground.parts(kind, KINDS) as parts, Phones() as phones:
        channel = Watched(phones.url)
        await channel.name()  # the first call makes the bot known to the sandbox
        limits = Counted()
        limiter = Limiter(parts.clock.monotonic, limits)
        side = ChatSide(
            channel.bot_id, parts.database, parts.journal, channel, limiter, parts.keyring, parts.clock, parts.directory
        )
        staff = _staff(parts)
        chats = {person: 7_000_000 + number for number, person in enumerate(staff)}
        await phones.open(list(chats.values()))
        async with parts.database.transaction() as tx:
            for person, chat in chats.items():
                kind_of_party = Kind_of_party.practitioner
                await bind_chat(tx, person, kind_of_party, str(chat), parts.clock.now(), "bench")
        queued = await _queue_routine(parts, staff, waiting)
        sender = Sender(side, Changes(side), "bench", alone=parts.database.is_sqlite)
        parts.journal.notices_waiting = sender.wake
        running = asyncio.create_task(sender.run())
        flooding = asyncio.create_task(phones.flood(list(chats.values())))
        try:
            await asyncio.sleep(3)  # the first burst is over, the queue is what limits
            before, began, silent = channel.sent, asyncio.get_running_loop().time(), limits.silent
            found = [await _stat(parts, limiter, channel, chats, number) for number in range(stats)]
            seconds = asyncio.get_running_loop().time() - began
            sent, silent = channel.sent - before, limits.silent - silent
        finally:
            flooding.cancel()
            running.cancel()
            await asyncio.gather(flooding, running, return_exceptions=True)
            await channel.close()
        return _report(kind, queued, found, (sent, seconds, silent), channel.refused)


def _staff(parts: Parts) -> dict[str, str]:
    """Everybody with a role, and a facility of theirs."""
    directory, now = parts.directory.current(), parts.clock.now()
    found: dict[str, str] = {}
    for place in directory.facilities():
        for role in Role:
            for person in directory.with_role(role, place.id, now):
                found.setdefault(person, place.id)
    return found


async def _queue_routine(parts: Parts, staff: dict[str, str], waiting: int) -> int:
    """News of one referral for each house, told to its people again and again; the queue of a very bad morning."""
    journal = parts.journal
    about = {house: await _referral(parts, house, None, Priority.routine) for house in sorted(set(staff.values()))}
    people = [person for person in staff if person != ON_DUTY[0]]
    for start in range(0, waiting, 500):
        async with parts.database.transaction() as tx:
            asked = [
                _notice(parts, journal, Purpose.taken_back, Lane.routine, people[n % len(people)], about, staff)
                for n in range(start, min(start + 500, waiting))
            ]
            await journal.record(tx, asked)
    return waiting


def _notice(
    parts: Parts, journal: Journal, purpose: Purpose, lane: Lane, person: str, about: dict[str, str],
    staff: dict[str, str],
) -> Any:  # fmt: skip
    asked = NoticeRequested(purpose=purpose, lane=lane, recipient=person, about=about[staff[person]])
    cause = Cause(new_id(), Actor(ActorKind.rule, "bench"), parts.clock.now())
    return journal.begin(stream_id(StreamKind.notice, new_id()), about[staff[person]], asked, cause)


async def _referral(parts: Parts, house: str, department: str | None, priority: Priority) -> str:
    stream = stream_id(StreamKind.referral, new_id())
    commands = [
        RequestReferral(
            stream=stream, code=referral_code(int(new_id(), 16)), direction=Direction.up, patient="patient-bench",
            patient_key="site", initiator="he-ping", initiator_facility=CLINIC, patient_centre=CLINIC,
            recipient_facility=house, department=department, asked_priority=priority,
            picture=e.ClinicalPicture(age=71),
        ),
        TriageReferral(
            stream=stream, by=RULES,
            decision=e.Decision(priority=priority, pack="bench", pack_version="1", pack_hash="0"),
        ),
    ]  # fmt: skip
    if priority is Priority.stat:
        commands.append(OfferReferral(stream=stream, by=RULES, facility=house, department=department, to=ON_DUTY))
    for command in commands:
        cause = Cause(new_id(), Actor(ActorKind.rule, "bench"), parts.clock.now())
        await parts.journal.handle_alone(parts.database, command, cause)
    return stream


async def _stat(parts: Parts, limiter: Limiter, channel: Watched, chats: dict[str, int], number: int) -> Left:
    """Queue one stat offer and see when it leaves."""
    await asyncio.sleep(EVERY * random.uniform(0.5, 1.5))
    person, loop = ON_DUTY[number % len(ON_DUTY)], asyncio.get_running_loop()
    stream = await _referral(parts, HOSPITAL, DEPARTMENT, Priority.stat)
    async with parts.database.transaction() as tx:
        state = (await parts.journal.load(tx, [stream]))[stream].state
        about = {HOSPITAL: stream}
        asked = _notice(parts, parts.journal, Purpose.offer, Lane.stat, person, about, {person: HOSPITAL})
        await parts.journal.record(tx, [asked])
    queued, now = loop.time(), parts.clock.monotonic()
    token = max(1 / OVERALL.per_second, limiter.limits.overall_ready_at(now, urgent=True) - now)
    bound = max(token, limiter.limits.chat_ready_at(chats[person], now) - now)
    async with asyncio.timeout(60):
        while not (when := [at for text, at in channel.left.items() if state.code in text]):
            channel.sending.clear()
            await channel.sending.wait()
    # A 429 that came while it waited is announced too.
    paused = limiter.limits.paused_until(chats[person]) - now
    return Left(max(0.0, when[0] - queued), max(bound, min(paused, when[0] - queued)))


def _report(
    kind: Kind, waiting: int, found: Sequence[Left], done: tuple[int, float, float], refused: int
) -> dict[str, Any]:
    """`done`: messages sent, in how many seconds, and for how many of these Telegram wanted silence."""
    sent, seconds, silent = done

    def ms(values: Sequence[float], percent: int) -> float:
        return round(statistics.quantiles(values, n=100, method="inclusive")[percent - 1] * 1000, 1)

    took, beyond = [each.took for each in found], [each.beyond for each in found]
    return {
        "deployment": kind, "routine queued": waiting, "stat notices": len(found),
        "left after, ms": {"p50": ms(took, 50), "p99": ms(took, 99), "max": round(max(took) * 1000, 1)},
        "beyond the bound, ms": {"p50": ms(beyond, 50), "p99": ms(beyond, 99), "max": round(max(beyond) * 1000, 1)},
        "sent per second": round(sent / seconds, 1), "silent as announced, s": round(silent, 1),
        "of the limiter's rate": round(sent / (seconds - silent) / OVERALL.per_second, 3),
        "429s obeyed": refused,
    }  # fmt: skip


async def run(waiting: int, stats: int, kinds: Sequence[Kind]) -> list[dict[str, Any]]:
    """Every deployment once, on private servers."""
    with tempfile.TemporaryDirectory() as directory, Ground(Path(directory)) as ground:
        await ground.prepare()
        return [await measure(ground, kind, waiting, stats) for kind in kinds]


def main() -> None:
    """Print the figures, and keep them."""
    parser = argparse.ArgumentParser(prog="python -m bench.emergency", description=str(__doc__).splitlines()[0])
    parser.add_argument("--waiting", type=int, default=10_000, help="routine notices in the queue (default 10000)")
    parser.add_argument("--stats", type=int, default=100, help="stat notices among them (default 100)")
    parser.add_argument("--only", choices=["full", "embedded"], help="one deployment")
    given = parser.parse_args()
    kinds: tuple[Kind, ...] = (given.only,) if given.only else ("embedded", "full")
    figures = asyncio.run(run(given.waiting, given.stats, kinds))
    text = json.dumps(figures, indent=2, ensure_ascii=False)
    print(text)
    Path(__file__).with_name("emergency.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
