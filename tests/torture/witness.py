"""Counts what came of a run: what clients and phones saw, held against what the log says.

The phones are the witness for "told twice". A message is known by the token under any of its buttons, which leads to
the notice it was sent for; one without buttons by its place in the chat, and in the last resort by its words.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
from sqlalchemy import select, text

from bot.texts import plain
from events.replay import verify
from models.database import Database
from models.deliveries import ActionTokenRow, NoticeRow
from models.values import Language
from tests.torture.ground import VILLAGES, Ground, value
from tests.torture.hindsight import asked_for_what_was_so
from tests.torture.load import Request
from tests.torture.report import Count, Report
from workers.auditor import audit

# What a phone shows when a press was done, and how a repeat begins.
DONE = {plain(language, "press-done") for language in Language}
REPEAT = tuple(plain(language, "repeat", text="") for language in Language)
CODE = re.compile(r"R-[0-9A-Z]+")
# Buttons that change no loop: only what their reader sees, or whether a department takes anybody (the registry).
BESIDE = {"menu", "fold", "details", "language", "whom", "close_for_now", "open_again"}


@dataclass(frozen=True)
class Message:
    """One message of the bot in a chat, with the tokens of all its versions; `text` is how it came."""

    person: str
    chat: int
    id: int
    text: str
    tokens: frozenset[str]

    @property
    def marked(self) -> bool:
        """Whether it says first that it is a repeat."""
        return self.text.startswith(REPEAT)


@dataclass(frozen=True)
class Seen:
    """Everything the phones saw and did."""

    messages: tuple[Message, ...]
    presses: tuple[dict[str, Any], ...]


async def look_at_phones(ground: Ground) -> Seen:
    """All transcripts, as the sandbox holds them."""
    messages: list[Message] = []
    presses: list[dict[str, Any]] = []
    async with httpx.AsyncClient(base_url=f"{ground.sandbox}/sandbox/api", timeout=30) as client:
        for person in value(await client.get("/people"))["people"]:
            found = value(await client.get(f"/people/{person['key']}/transcript", params={"everything": "1"}))
            presses += found["presses"]
            messages += [_message(person, each) for each in found["messages"] if each["by"] == "bot"]
    return Seen(tuple(messages), tuple(presses))


def _message(person: dict[str, Any], shown: dict[str, Any]) -> Message:
    versions = [*shown["history"], shown]
    tokens = (button["data"] for version in versions for row in version["buttons"] for button in row)
    return Message(
        person["key"], person["id"], shown["id"], versions[0]["text"], frozenset(each for each in tokens if each)
    )


@dataclass(frozen=True)
class Ours:
    """What the database says."""

    log: Sequence[Any]
    summaries: Sequence[Any]
    notices: dict[str, Any]
    deliveries: Sequence[Any]
    tokens: dict[str, Any]
    updates: Sequence[Any]
    parked: Sequence[Any]
    failures: Sequence[Any]


async def _ours(database: Database) -> Ours:
    async with database.reading() as tx:

        async def rows(statement: str) -> Sequence[Any]:
            return (await tx.execute(text(statement))).all()

        return Ours(
            log=await rows("SELECT stream, version, type, loop, caused_by, actor, recorded_at FROM log"),
            summaries=await rows("SELECT stream, code, status, open FROM summaries"),
            notices={row.stream: row for row in await tx.execute(select(NoticeRow.__table__))},  # type: ignore[attr-defined]
            deliveries=await rows("SELECT notice, attempt, chat, message, state, reason FROM deliveries"),
            tokens={row.token: row for row in await tx.execute(select(ActionTokenRow.__table__))},  # type: ignore[attr-defined]
            updates=await rows("SELECT update_id, handled_at, reason FROM updates"),
            parked=await rows("SELECT queue, reason FROM parked"),
            failures=await rows("SELECT consumer, stream, attempts, reason, parked_at FROM failures"),
        )


async def count(ground: Ground, requests: Sequence[Request], report: Report, poison: int = 0) -> None:
    """Fill in the counts of a run in which so many messages were `poison`; nothing must be in motion."""
    seen = await look_at_phones(ground)
    database = Database(ground.settings.database)
    try:
        ours = await _ours(database)
        report.counts["requests"] = _requests(requests, ours, report)
        report.counts["offers at a phone"] = _offers(requests, seen, ours, report, ground.core.clock.now())
        report.counts["messages"] = _messages(seen, ours, report)
        so_already = await asked_for_what_was_so(database, ours.tokens.values())
        expired = ground.core.world.accounts[0].queue.expired
        report.counts["presses"] = _presses(seen, ours, report, expired, so_already)
        report.counts["deadlines"] = _deadlines(ours, report)
        _at_rest(ours, report, poison)
        await _proven(database, ground, report)
    finally:
        await database.close()


def _requests(requests: Sequence[Request], ours: Ours, report: Report) -> Count:
    begun = Counter(row.stream for row in ours.log if row.type == "ReferralRequested")
    streams = {row.code: row.stream for row in ours.summaries if row.code}
    found = Count(attempted=len(requests))
    named: set[str] = set()
    for request in requests:
        strange = [f"{status}: {answer[:200]}" for status, answer in request.answers if not 200 <= status < 300]
        if strange:
            found.unexpected += 1
            report.findings.append(f"{request.unique} was refused: {strange[0]}")
        if not request.acknowledged:
            found.unknown += not strange
            continue
        found.acknowledged += 1
        codes = {location.rpartition("/")[2] for location in request.codes}
        named |= codes
        loops = [begun[streams[code]] for code in codes if code in streams]
        if not loops:
            found.lost += 1
            report.findings.append(f"{request.unique} was acknowledged as {codes} and is not in the log")
        elif len(codes) > 1 or loops != [1]:
            found.duplicated += 1
            report.findings.append(f"{request.unique} became {codes}, begun {loops} times")
        else:
            found.ok += 1
            found.recovered += bool(request.broken)
    sent = {row.stream for row in ours.log if row.type == "ReferralRequested" and row.actor.startswith("source:")}
    surplus = [code for code, stream in streams.items() if stream in sent and code not in named]
    # One press sends a stable patient down: that referral is nobody's request, and begins once for each press.
    down = len([row for row in ours.log if row.type == "ReferralRequested" and row.actor == "rule:send_down"])
    pressed = len([row for row in ours.log if row.type == "SentDown"])
    if down != pressed or len(begun) != len(sent) + down:
        found.unexpected += 1
        report.findings.append(f"{len(begun)} referrals: {len(sent)} sent to us, {down} down by {pressed} presses")
    if len(surplus) > found.unknown:
        found.duplicated += len(surplus) - found.unknown
        report.findings.append(f"referrals that nobody was told of: {surplus[:10]}")
    return found


def _is_held(notice: Any, now: datetime) -> bool:
    return bool(notice.state == "waiting" and notice.next_at > now)


def _offers(requests: Sequence[Request], seen: Seen, ours: Ours, report: Report, now: datetime) -> Count:
    """Whether somebody at the hospital was told of each referral."""
    mentioned = defaultdict(set)
    initiators = set(VILLAGES.values())
    for message in seen.messages:
        for code in CODE.findall(message.text):
            mentioned[code].add(message.person)
    streams = {row.code: row.stream for row in ours.summaries if row.code}
    taken_back = {row.code for row in ours.summaries if row.status == "withdrawn"}
    told: dict[str, list[str]] = defaultdict(list)
    for notice in ours.notices.values():
        if notice.purpose in ("offer", "coordinator_asked", "to_be_routed"):
            told[notice.about].append("digest" if _is_held(notice, now) else notice.state)
    found = Count()
    for request in requests:
        for location in sorted(request.codes)[:1]:
            code = location.rpartition("/")[2]
            found.attempted += 1
            states = told.get(streams.get(code, ""), [])
            found.acknowledged += "sent" in states
            if mentioned[code] - initiators:
                found.ok += 1
            elif "unknown" in states:
                found.unknown += 1
            elif "digest" in states:
                found.ok += 1  # a routine one that comes with the next digest
            elif set(states) == {"withdrawn"} or (not states and code in taken_back):
                found.ok += 1  # somebody took it back or sent it elsewhere before it had gone out, or been decided
            else:
                found.lost += 1
                report.findings.append(f"{code} ({request.priority}): nobody at the hospital was told; {states}")
    return found


def _messages(seen: Seen, ours: Ours, report: Report) -> Count:
    """At most one unmarked message per notice (N2), and one for each that we call delivered (N1)."""
    places = {(row.chat, row.message): row.notice for row in ours.deliveries if row.message is not None}
    told: dict[str, list[Message]] = defaultdict(list)
    others: list[Message] = []
    for message in seen.messages:
        notices = {ours.tokens[token].notice for token in message.tokens if token in ours.tokens}
        notices |= {places[place] for place in [(message.chat, message.id)] if place in places}
        if len(notices) > 1:
            report.findings.append(f"{message.person} #{message.id} belongs to several notices")
        told[min(notices)].append(message) if notices else others.append(message)
    tries = Counter(row.notice for row in ours.deliveries)
    found = Count(attempted=len(ours.notices))
    ended = Counter(row.state for row in ours.notices.values())
    for notice, row in ours.notices.items():
        unmarked = [message for message in told[notice] if not message.marked]
        found.acknowledged += row.state == "sent"
        if len(unmarked) > 1 or len(told[notice]) > 2:
            found.duplicated += 1
            report.findings.append(f"{row.recipient} was told {len(told[notice])} times: {row.purpose} {notice}")
        elif row.state == "sent" and not told[notice]:
            found.lost += 1
            report.findings.append(f"{row.recipient} was not told though it says sent: {row.purpose} {notice}")
        elif told[notice]:
            found.ok += 1
            found.recovered += tries[notice] > 1
        elif row.state == "unknown":
            found.unknown += 1
    # What has no notice is an answer to a press; about one referral nobody is answered the same twice.
    same = Counter((message.chat, message.text) for message in others if "R-" in message.text)
    found.unexpected = sum(number > 1 for number in same.values())
    report.findings += [f"chat {chat} reads twice: {words[:80]!r}" for (chat, words), n in same.items() if n > 1]
    asked = Counter((row.caused_by, row.loop) for row in ours.log if row.type == "NoticeRequested")
    report.figures |= {
        "notices by state": dict(sorted(ended.items())),
        "notices of the busiest cause": max(asked.values(), default=0),
        "unknown that arrived all the same": sum(
            row.state == "unknown" and bool(told[notice]) for notice, row in ours.notices.items()
        ),
        "marked repeats": sum(message.marked for message in seen.messages),
        "answers besides": len(others),
    }
    return found


def _presses(seen: Seen, ours: Ours, report: Report, expired: int, so_already: AbstractSet[str]) -> Count:
    """Every press is stored, and has one effect or a refusal; but for those that expired before we asked for them.

    `so_already`: the tokens of buttons that asked for what was so when they were pressed, and hence changed nothing.
    """
    effects: dict[str, list[Any]] = defaultdict(list)
    recorded: set[str] = set()  # with the answer on the notice: a press may ask for what is so already
    for row in ours.log:
        if row.caused_by.startswith("press-"):
            recorded.add(row.caused_by.removeprefix("press-"))
            if not row.stream.startswith("notice-"):
                effects[row.caused_by.removeprefix("press-")].append(row)
    stored = {row.update_id for row in ours.updates}
    missing = len(seen.presses) - len(stored)
    found = Count(attempted=len(seen.presses), lost=max(0, missing - expired), unknown=min(missing, expired))
    if found.lost:
        report.findings.append(f"{len(seen.presses)} presses, {len(stored)} updates stored")
    by_token: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for press in seen.presses:
        by_token[press["data"]].append(press)
    for token, presses in by_token.items():
        row = ours.tokens.get(token)
        done = [press for press in presses if press["text"] in DONE]
        found.acknowledged += bool(done)
        if row is None or row.action in BESIDE:
            found.ok += len(presses)
        elif len(effects[token]) != len({each.type for each in effects[token]}):
            found.duplicated += 1
            report.findings.append(f"a press had its effect twice: {[each.type for each in effects[token]]}")
        elif token not in recorded and token in so_already:
            found.ok += len(presses)
        elif (token in recorded) != (row.used_at is not None) or (done and row.used_at is None):
            found.lost += 1
            what = f"used {row.used_at}, {len(effects[token])} effects, {len(done)} times noted"
            report.findings.append(f"{row.action}: {what}")
        else:
            found.ok += len(presses)
            found.recovered += row.used_at is not None and not any(press["answered_at"] for press in presses)
    parked = [row for row in ours.updates if row.reason or row.handled_at is None]
    found.unexpected = len(parked)
    report.findings += [f"update {row.update_id}: {row.reason or 'not handled'}" for row in parked[:10]]
    return found


def _deadlines(ours: Ours, report: Report) -> Count:
    passed = Counter((row.stream, row.caused_by) for row in ours.log if row.type == "DeadlinePassed")
    found = Count(attempted=len(passed), acknowledged=len(passed), ok=sum(n == 1 for n in passed.values()))
    found.duplicated = sum(n > 1 for n in passed.values())
    report.findings += [f"deadline passed {n} times: {key}" for key, n in passed.items() if n > 1]
    return found


def _at_rest(ours: Ours, report: Report, poison: int) -> None:
    """Nothing may be left in motion or failing; parked is what was poison, all of it and nothing else."""
    if len(ours.parked) != poison:
        kinds = Counter((row.queue, row.reason) for row in ours.parked)
        report.findings.append(f"{len(ours.parked)} messages are parked, {poison} were poison: {dict(kinds)}")
    report.findings += [f"{row.consumer} fails on {row.stream}: {row.reason}" for row in ours.failures[:10]]
    report.findings += _each("delivery still on its way", (d.notice for d in ours.deliveries if d.state == "sending"))
    report.figures["events in the log"] = len(ours.log)


def _each(what: str, which: Iterable[str]) -> list[str]:
    return [f"{what}: {each}" for each in which]


async def _proven(database: Database, ground: Ground, report: Report) -> None:
    """Rebuild = live (N5), every chain whole, every open loop held (N4)."""
    verified = await verify(database)
    report.figures["verify"] = f"{verified.streams} streams, {verified.events} events, digest {verified.live[:16]}"
    report.findings += [f"verify: {each.stream} {each.version} {each.what}" for each in verified.findings]
    if verified.rebuilt != verified.live:
        report.findings.append("verify: the log gives other summaries than the live ones")
    async with database.reading() as transaction:
        found = await audit(transaction, ground.core.clock.now())
    report.figures["open loops"] = found.open_loops
    report.findings += [f"orphaned: {each}" for each in (*found.unheld, *found.overdue)]
