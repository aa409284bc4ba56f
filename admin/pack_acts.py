"""The life of a rule pack by commands: draft, approve, activate, roll back, and what there is."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import select

from admin.refusals import CommandRefused
from events.base import Actor, Cause, Command, Refused
from events.handling import Journal
from events.rule_pack import APPROVALS, ActivatePack, ApprovePack, DraftPack, RollBackPack
from models.audit import write_audit
from models.clock import Clock
from models.database import Transaction
from models.directory import load_directory
from models.history import table_of
from models.rule_packs import RulePackRow
from models.sealed import Keyring
from models.values import ActorKind, StreamKind, derived_id, new_id, stream_id
from workers.rules.checking import check_pack, place_of
from workers.rules.layers import Layer
from workers.rules.pack import content_hash, packs, parse_pack
from workers.rules.yaml_lines import Document

Answer = dict[str, Any]
_PACKS = table_of(RulePackRow)
_REFUSED = {
    "unknown-pack": "DRAFT: there is no such draft; see refloop rules packs",
    "pack-changed": "DRAFT: the content is not the one that was drafted",
    "reason-needed": "--reason: say why",
    "time-in-past": "--from: a pack cannot count from a day that is over",
}


def read_draft(text: str, name: str) -> tuple[str, str, str, str | None]:
    """Name, version, hash and place of a pack or layer that may be drafted.

    BadPack names what is wrong with it; CommandRefused what `rules check` found, or that its name is unknown.
    """
    document = Document(text, name)
    value = document.value
    assert isinstance(value, dict)  # noqa: S101 - Document has checked it
    known = packs()
    of = value.get("name")
    if not isinstance(of, str) or of not in known:
        raise CommandRefused(f"{document.problem(['name'], f'{of!r} is no pack; known are ' + ', '.join(known))}")
    if "layer" in value:
        layer = Layer(document)
        findings = check_pack(layer.over(known[of]))
        version, digest, place = layer.file.version, content_hash(layer.value), str(layer.file.layer)
    else:
        pack = parse_pack(document)
        findings = check_pack(pack)
        version, digest, place = pack.version, pack.hash, None
    if findings:
        first = findings[0]
        raise CommandRefused(
            f"{place_of(document, first)}: [{first.row or first.table}] rules check finds {len(findings)}, the first: "
            f"{first.kind}: {first.words}"
        )
    return of, version, digest, place


async def draft(tx: Transaction, journal: Journal, clock: Clock, by: str, text: str, name: str) -> Answer:
    """Record a draft; the same content again is the same draft."""
    of, version, digest, place = read_draft(text, name)
    stream = stream_id(StreamKind.pack, derived_id("pack", of, place, digest))
    command = DraftPack(stream=stream, by=by, name=of, pack_version=version, hash=digest, place=place, text=text)
    return await _carry(tx, journal, clock, by, command)


async def approve(tx: Transaction, journal: Journal, clock: Clock, by: str, stream: str) -> Answer:
    """Record an approval; two different admins are needed."""
    row = (await tx.execute(select(_PACKS.c.hash).where(_PACKS.c.stream == await _named(tx, stream)))).one()
    command = ApprovePack(stream=await _named(tx, stream), by=by, hash=row.hash)
    return await _carry(tx, journal, clock, by, command)


async def activate(
    tx: Transaction, journal: Journal, clock: Clock, by: str, stream: str, active_from: date, today: date
) -> Answer:
    """Let an approved draft count from a day on."""
    command = ActivatePack(stream=await _named(tx, stream), by=by, active_from=active_from, today=today)
    return await _carry(tx, journal, clock, by, command)


async def roll_back(tx: Transaction, journal: Journal, clock: Clock, by: str, stream: str, reason: str) -> Answer:
    """Let an active pack count no longer."""
    command = RollBackPack(stream=await _named(tx, stream), by=by, reason=reason)
    return await _carry(tx, journal, clock, by, command)


async def listed(tx: Transaction) -> Sequence[Answer]:
    """Every drafted pack, the oldest first, without its text."""
    columns = [column for column in _PACKS.columns if column.name != "text"]
    rows = await tx.execute(select(*columns).order_by(_PACKS.c.drafted_at, _PACKS.c.stream))
    return [dict(row) for row in rows.mappings()]


async def _named(tx: Transaction, given: str) -> str:
    """The stream of a draft by its id, or by the beginning of its hash."""
    wanted = (_PACKS.c.stream == given) | _PACKS.c.hash.startswith(given, autoescape=True)
    found = (await tx.execute(select(_PACKS.c.stream).where(wanted))).scalars().all()
    if len(given) < 6 or len(found) != 1:
        several = "several drafts begin so" if len(given) >= 6 and found else "there is no such draft"
        raise CommandRefused(f"DRAFT: {several}: {given!r}; six or more characters of the hash in refloop rules packs")
    return str(found[0])


async def _carry(tx: Transaction, journal: Journal, clock: Clock, by: str, command: Command) -> Answer:
    now = clock.now()
    directory = await load_directory(tx, now)
    if by not in directory.admins(now):
        raise CommandRefused(f"--by: {by!r} is nobody with the role admin in the network; known are "
                             f"{', '.join(directory.admins(now)) or 'none'}")  # fmt: skip
    cause = Cause(new_id(), Actor(ActorKind.person, by), now)
    try:
        handled = await journal.handle(tx, command, cause)
    except Refused as refused:
        raise CommandRefused(_words(refused)) from None
    state = handled.state
    await write_audit(tx, now, f"person:{by}", f"rules {type(command).__name__}", f"{state.name} {state.hash[:12]}")
    return {
        "draft": state.hash[:12], "stream": state.id, "name": state.name, "version": state.pack_version,
        "hash": state.hash, "place": state.place, "status": state.status, "approvals": list(state.approvals),
        "approvals_missing": max(0, APPROVALS - len(state.approvals)),
        "active_from": state.active_from.isoformat() if state.active_from else None,
    }  # fmt: skip


def _words(refused: Refused) -> str:
    if refused.code == "approvals-missing":
        return f"DRAFT: {refused.details['count']} more admins must approve first"
    if refused.code == "not-now":
        return f"DRAFT: it is {refused.details.get('status', 'not in such a state')}"
    return _REFUSED.get(refused.code, refused.code)


def journal_of(keyring: Keyring, clock: Clock) -> Journal:
    """A journal for packs: nobody waits for one, and no consumer is told."""

    def never(waiting: object, since: object) -> Any:
        raise AssertionError("a pack has no deadline")

    return Journal(keyring, clock, never, {})
