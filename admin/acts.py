"""What an admin does from the shell that changes something; each is audited.

They run inside `refloop up` when it holds the data directory (admin/local_api.py), else in the command's own process.
Every act takes plain values and gives a JSON object, so that both ways are one.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, update

from admin import holding, inviting, pack_acts, retelling
from admin.keys import export_key
from admin.network.load import load_network
from admin.network.reading import read_files
from admin.parts import quiet_journal
from admin.refusals import CommandRefused
from admin.repairing import Repairs, read_list
from admin.settings import Settings
from events.exporting import Selection
from events.rebuilding import AlreadyRebuilding, rebuild
from events.replay import Progress, no_progress
from models.audit import write_audit
from models.clock import Clock
from models.database import Database
from models.deliveries import GIVEN_UP, NoticeRow, UpdateRow
from models.history import table_of
from models.holds import Wish
from models.installation import release_sender
from models.journal import ParkedRow
from models.sealed import Keyring
from models.sources import add_source
from models.values import StreamKind
from workers import failures

Answer = dict[str, Any]


@dataclass(frozen=True)
class Acts:
    """The acts, on one installation. `actor` is who gave the command, such as shell:chen."""

    settings: Settings
    database: Database
    keyring: Keyring
    clock: Clock
    progress: Progress = no_progress

    async def load_network(self, actor: str, file: str) -> Answer:
        """Load a network file (an absolute path); NetworkRefused names every problem with its line."""
        raw = read_files(Path(file))
        async with self.database.transaction() as transaction:
            now = self.clock.now()
            report = await load_network(transaction, raw, self.keyring, now, actor)
            await write_audit(transaction, now, actor, "network load", Path(file).name)
        return {
            "total": asdict(report.total),
            "tables": {table: asdict(changes) for table, changes in report.tables.items()},
            "warnings": list(report.warnings),
        }

    async def add_source(self, actor: str, name: str, facility: str, amqp_user: str | None = None) -> Answer:
        """Add a source and give its key, this once."""
        async with self.database.transaction() as transaction:
            now = self.clock.now()
            key = await add_source(transaction, name, facility, now, actor, amqp_user)
            await write_audit(transaction, now, actor, "source add", name)
        return {"source": name, "facility": facility, "amqp_user": amqp_user, "key": key}

    async def invite(self, actor: str, person: str) -> Answer:
        """A one-time code by which a member of staff, a patient or a contact binds a chat."""
        return await inviting.invite(self.database, self.keyring, self.clock, actor, person)

    async def redrive(
        self, actor: str, consumer: str | None, stream: str | None, reason: str | None, cause: str | None = None,
        limit: int | None = None,
    ) -> Answer:  # fmt: skip
        """Try parked reactions again: one, those of a consumer, a stream or a cause, or all; at most `limit`."""
        done = await failures.redrive(self.database, consumer, stream, cause, limit)
        async with self.database.transaction() as transaction:
            for one in done:
                await write_audit(transaction, self.clock.now(), actor, "redrive", " ".join(one), reason)
        return {"redriven": [{"consumer": consumer, "stream": stream} for consumer, stream in done]}

    async def take_parked(self, actor: str, message: str, reason: str | None) -> Answer:
        """Take a parked message in again, or hand a nudge of ours back; CommandRefused says why it was not."""
        from admin.intake_again import take_again
        from admin.mending import hand_nudge_back

        statuses: list[int] = []
        if await hand_nudge_back(self.database, self.keyring, message, self.clock.now()) is None:
            statuses = await take_again(self.settings, self.database, self.keyring, self.clock, message)
        async with self.database.transaction() as transaction:
            await write_audit(transaction, self.clock.now(), actor, "redrive", message, reason)
        return {"taken": message, "statuses": statuses}

    async def take_several_parked(self, actor: str, messages: list[str], reason: str | None) -> Answer:
        """The same for several parked messages: those that were taken, and of the others why not."""
        from admin.intake_again import take_several_again
        from admin.mending import hand_nudges_back

        handed, refused, others = await hand_nudges_back(self.database, self.keyring, messages, self.clock.now())
        taken, left = await take_several_again(self.settings, self.database, self.keyring, self.clock, others)
        taken, left = handed + taken, refused | left
        async with self.database.transaction() as transaction:
            for message in taken:
                await write_audit(transaction, self.clock.now(), actor, "redrive", message, reason)
        return {"taken": taken, "left": left}

    async def fix_parked(
        self, actor: str, message: str, places: list[list[Any]], content: str | None, reason: str
    ) -> Answer:
        """Edit a parked message: values at places (JSON pointers), or a whole new content; the original is kept."""
        from admin.intake_again import reception_of
        from admin.mending import Mend, mend, mend_nudge

        wish, now = Mend(tuple((place, value) for place, value in places), content), self.clock.now()
        answers: list[Any] = []
        if not await mend_nudge(self.database, self.keyring, message, wish, actor, now):
            async with reception_of(self.settings, self.database, self.keyring, self.clock) as (reception, _):
                answers = await mend(reception, message, wish, actor)
        what = " ".join(place for place, _ in wish.places) or "the whole of it"
        async with self.database.transaction() as transaction:
            await write_audit(transaction, self.clock.now(), actor, "parking fix", f"{message} {what}", reason)
        return {"fixed": message, "would_be": [answer.status for answer in answers]}

    async def replay_intake(
        self, actor: str, source: str, since: str, until: str, really: bool, reason: str | None,
        mapping: str | None = None,
    ) -> Answer:  # fmt: skip
        """Take a source's refused messages in again (ISO 8601 instants), by another mapping where its text is given;
        without `really` only say what would come.
        """
        from admin.intake_again import take_refused_again

        times = (datetime.fromisoformat(since), datetime.fromisoformat(until))
        given = (self.settings, self.database, self.keyring, self.clock, source, *times, really, mapping)
        found = await take_refused_again(*given)
        if really:
            taken = sum(each["taken"] for each in found)
            async with self.database.transaction() as transaction:
                now = self.clock.now()
                await write_audit(transaction, now, actor, "intake replay", f"{source} {taken} of {len(found)}", reason)
        return {"dry_run": not really, "messages": found}

    async def settle_parked(self, actor: str, message: str, reason: str) -> Answer:
        """Mark an unreadable message, or an update given up, as dealt with (sent or said again, or it was nothing)."""
        table, updates = table_of(ParkedRow), table_of(UpdateRow)
        async with self.database.transaction() as transaction:
            now = self.clock.now()
            kind, _, number = message.partition("/")
            if kind == "update" and number.isdecimal():
                given_up = updates.c.reason.startswith(GIVEN_UP)
                settled = update(updates).where(updates.c.id == int(number), given_up)
                settled = settled.values(reason=func.replace(updates.c.reason, GIVEN_UP, "settled: "))
            else:
                settled = update(table).where(table.c.id == message, table.c.redriven_at.is_(None))
                settled = settled.values(redriven_at=now)
            if not (await transaction.execute(settled)).rowcount:
                raise CommandRefused(f"no parked message {message!r} waits; see refloop parking list")
            await write_audit(transaction, now, actor, "settle parked message", message, reason)
        return {"settled": [message]}

    async def rebuild(self, actor: str, kind: str | None = None, stream: str | None = None) -> Answer:
        """Write summaries anew from the log, while everything goes on: all, of one kind, or of one stream."""
        try:
            report = await rebuild(self.database, self.progress, StreamKind(kind) if kind else None, stream)
        except AlreadyRebuilding as error:
            raise CommandRefused(str(error)) from None
        async with self.database.transaction() as transaction:
            what = stream or kind or f"{report.streams} streams"
            await write_audit(transaction, self.clock.now(), actor, "events rebuild", what)
        return report.as_dict()

    async def republish(
        self, actor: str, consumer: str, chosen: dict[str, str], limit: int | None, really: bool, reason: str | None
    ) -> Answer:
        """Hand events (events.exporting.Selection as a dictionary) to one consumer once more."""
        from admin.republishing import republish_to

        which = Selection.of(chosen)
        given = (self.settings, self.database, self.keyring, self.clock, consumer, which, limit, really, reason, actor)
        return await republish_to(*given)

    async def hold_notices(self, actor: str, wish: dict[str, Any], reason: str) -> Answer:
        """Hold notices (the fields of models.holds.Wish) from now on."""
        return await holding.hold(self.database, Wish(**wish), reason, actor, self.clock.now())

    async def release_notices(self, actor: str, hold: str, reason: str) -> Answer:
        """Let what a hold kept go out."""
        return await holding.release(self.database, hold, reason, actor, self.clock.now())

    async def drop_notices(self, actor: str, hold: str, reason: str) -> Answer:
        """Withdraw what a hold kept."""
        journal = quiet_journal(self.settings, self.keyring, self.clock)
        return await holding.drop(self.database, journal, hold, reason, actor, self.clock.now())

    async def propose_repair(
        self, actor: str, file: str | None, reason: str, moves: dict[str, str], cancels: list[str]
    ) -> Answer:
        """A dry run over a what-if's list (an absolute path), referrals to move or cancel; put before the admins."""
        wrong = read_list(Path(file)) if file is not None else []
        return await self._repairs().propose(wrong, reason, actor, moves, cancels)

    async def carry_out_repair(self, actor: str, unique: str, reason: str) -> Answer:
        """Carry out what two admins have approved."""
        return await self._repairs().carry_out(unique, reason, actor)

    def _repairs(self) -> Repairs:
        return Repairs(self.settings, self.database, self.keyring, self.clock)

    async def propose_retelling(self, actor: str, wish: dict[str, str | None], reason: str) -> Answer:
        """Put before the admins that some notices (admin.retelling.Which, times as ISO 8601) are told again."""
        which = retelling.Which(
            wish["loop"], wish["purpose"], wish["recipient"],
            *(datetime.fromisoformat(at) if (at := wish[name]) else None for name in ("since", "until")),
        )  # fmt: skip
        journal = quiet_journal(self.settings, self.keyring, self.clock)
        return await retelling.propose_again(self.database, journal, which, reason, actor, self.clock.now())

    async def tell_again(self, actor: str, unique: str, reason: str) -> Answer:
        """Tell again what two admins have approved."""
        journal = quiet_journal(self.settings, self.keyring, self.clock)
        return await retelling.tell_again(self.database, journal, unique, reason, actor, self.clock.now())

    async def export_key(self, actor: str, file: str) -> Answer:
        """Write the site key to a new file (an absolute path), 0600."""
        async with self.database.transaction() as transaction:
            await write_audit(transaction, self.clock.now(), actor, "keys export", Path(file).name)
            await export_key(self.settings, transaction, Path(file))
        return {"file": file}

    async def rule_pack(self, actor: str, step: str, by: str, given: dict[str, str]) -> Answer:
        """One step in the life of a rule pack: draft, approve, activate, roll_back."""
        journal = pack_acts.journal_of(self.keyring, self.clock)
        async with self.database.transaction() as tx:
            match step:
                case "draft":
                    return await pack_acts.draft(tx, journal, self.clock, by, given["text"], given["file"])
                case "approve":
                    return await pack_acts.approve(tx, journal, self.clock, by, given["draft"])
                case "activate":
                    today = self.clock.now().astimezone(self.settings.zone).date()
                    day = date.fromisoformat(given["from"]) if given.get("from") else today
                    return await pack_acts.activate(tx, journal, self.clock, by, given["draft"], day, today)
                case "roll_back":
                    return await pack_acts.roll_back(tx, journal, self.clock, by, given["draft"], given["reason"])
                case _:
                    raise CommandRefused(f"there is no step {step!r} in the life of a rule pack")

    async def release_sender(self, actor: str, reason: str | None) -> Answer:
        """Let a held sender send again; how many notices wait."""
        table = table_of(NoticeRow)
        async with self.database.transaction() as transaction:
            waiting = select(func.count()).where(table.c.state.in_(("waiting", "retry")))
            count = (await transaction.execute(waiting)).scalar_one()
            held = await release_sender(transaction)
            if held:
                await write_audit(transaction, self.clock.now(), actor, "sender release", f"{count} waiting", reason)
        return {"was_held": held, "waiting": count}


def acts_by_name(acts: Acts) -> Mapping[str, Callable[..., Awaitable[Answer]]]:
    """The closed set of what may be asked for by name."""
    return {
        "load_network": acts.load_network,
        "add_source": acts.add_source,
        "invite": acts.invite,
        "redrive": acts.redrive,
        "take_parked": acts.take_parked,
        "take_several_parked": acts.take_several_parked,
        "fix_parked": acts.fix_parked,
        "replay_intake": acts.replay_intake,
        "settle_parked": acts.settle_parked,
        "release_sender": acts.release_sender,
        "rule_pack": acts.rule_pack,
        "rebuild": acts.rebuild,
        "republish": acts.republish,
        "hold_notices": acts.hold_notices,
        "release_notices": acts.release_notices,
        "drop_notices": acts.drop_notices,
        "propose_repair": acts.propose_repair,
        "carry_out_repair": acts.carry_out_repair,
        "propose_retelling": acts.propose_retelling,
        "tell_again": acts.tell_again,
        "export_key": acts.export_key,
    }
