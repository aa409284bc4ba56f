"""Events handed to one consumer once more: what it should have made of them and did not, it makes now.

Everything a reaction makes has an id that follows from the event, the reaction and its number, so what is there already
is known again and left alone: however often it is done, there is one effect. The sender is no consumer: it is never
given anything again here (see admin/retelling.py for that).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import select

from events.base import Actor, Cause, Recorded, Refused
from events.handling import Journal, Working
from models.database import Database, Transaction, chunks
from models.history import table_of
from models.journal import StreamRow
from models.values import ActorKind, derived_id
from workers.engine import notice_of
from workers.facts import Facts
from workers.loading import FactLoader
from workers.outcomes import Do, Outcome, Reaction, StreamNeeded, Table, Tell

_STREAMS = table_of(StreamRow)
_AT_ONCE = 100


@dataclass(slots=True)
class Republished:
    """What came of it: streams and events handed over, what was there already, what is new by kind."""

    streams: int = 0
    events: int = 0
    there_already: int = 0
    not_applicable: int = 0
    new_events: dict[str, int] = field(default_factory=dict)
    new_notices: dict[str, int] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """For --json and the audit."""
        return asdict(self)


async def republish(
    database: Database, journal: Journal, loader: FactLoader, table: Table, streams: Sequence[str], unique: str,
    really: bool,
) -> Republished:  # fmt: skip
    """Hand all events of these streams to the consumer with this table of reactions; with `really` false write nothing.

    `unique` is the id of the replay: what is new is recorded on its behalf.
    """
    done = Republished()
    for some in chunks(sorted(set(streams)), _AT_ONCE):

        async def work(tx: Transaction, some: Sequence[str] = some) -> Republished:
            part = Republished()
            await _hand_over(tx, journal, loader, table, some, unique, part, really)
            return part

        _add(done, await database.repeated(work))
    return done


def _add(done: Republished, part: Republished) -> None:
    done.streams += part.streams
    done.events += part.events
    done.there_already += part.there_already
    done.not_applicable += part.not_applicable
    done.new_events = dict(Counter(done.new_events) + Counter(part.new_events))
    done.new_notices = dict(Counter(done.new_notices) + Counter(part.new_notices))


async def _hand_over(
    tx: Transaction, journal: Journal, loader: FactLoader, table: Table, streams: Sequence[str], unique: str,
    part: Republished, really: bool,
) -> None:  # fmt: skip
    known = await journal.load(tx, streams)
    pending = [
        (working, recorded, reaction)
        for working in list(known.values())
        for recorded in working.history
        for reaction in table.get(recorded.type, ())
    ]
    part.streams = len(known)
    part.events = len({recorded.id for _, recorded, _ in pending})
    needs = [need for working, recorded, reaction in pending for need in reaction.needs(recorded, working.state)]
    further = {need.stream for need in needs if isinstance(need, StreamNeeded)} - known.keys()
    known |= await journal.load(tx, further) if further else {}
    facts = await loader.load(tx, needs, known)
    told: dict[str, Working] = {}
    for working, recorded, reaction in pending:
        for n, outcome in enumerate(reaction.react(recorded, working.state, facts)):
            await _apply(tx, journal, known, told, working, recorded, reaction, n, outcome, facts, unique, part)
    there = set((await tx.execute(select(_STREAMS.c.id).where(_STREAMS.c.id.in_(list(told))))).scalars())
    part.there_already += len(there)
    begun = [working for stream, working in told.items() if stream not in there]
    part.new_notices = dict(Counter(str(working.state.purpose) for working in begun))
    changed = [working for working in known.values() if working.new]
    part.new_events = dict(Counter(recorded.type for working in changed for recorded in working.new))
    if really:
        await journal.record(tx, [*changed, *begun])


async def _apply(
    tx: Transaction, journal: Journal, known: dict[str, Working], told: dict[str, Working], working: Working,
    recorded: Recorded, reaction: Reaction, n: int, outcome: Outcome, facts: Facts, unique: str, part: Republished,
) -> None:  # fmt: skip
    cause = Cause(recorded.id, Actor(ActorKind.rule, reaction.name), facts.now, on_behalf_of=f"replay-{unique}")
    match outcome:
        case Do(command=command, loop=loop):
            if command.stream not in known:
                known |= await journal.load(tx, [command.stream])
            target, salt = known[command.stream], f"{reaction.name}{n}-"
            if any(each.id == derived_id(recorded.id, target.stream, f"{salt}0") for each in target.history):
                part.there_already += 1
                return
            try:
                journal.decide(target, command, cause, salt, loop)
            except Refused:  # things have moved on since: it is no longer due
                part.not_applicable += 1
        case Tell():
            stream, event = notice_of(working.stream, recorded, outcome)
            told.setdefault(stream, journal.begin(stream, working.loop, event, cause))
        case _:
            pass  # cards follow their streams anyway
