"""`what_if`: the loops of a time played under the rules of the time and under a candidate pack, and compared.

Read-only and silent (N6): it is given a database to read and a keyring for the words that triage reads, no sender and
no publisher.
"""

import hashlib
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select

from events.replay import Progress, no_progress
from models.database import Database, Transaction, chunks
from models.history import table_of
from models.sealed import Keyring
from models.summaries import SummaryRow
from workers.facts import Rules
from workers.rules.pack import Pack
from workers.rules.quiet_hours import MessagePolicy
from workers.rules.silence import SilenceTable
from workers.what_if.comparing import Diff, canonical, facets, loop_diff, notices_per_hour, over_budget
from workers.what_if.past import PastDirectories, loops_between, read_loops
from workers.what_if.simulating import Played, RulesAt, Stage, play, reproduces

_SUMMARIES = table_of(SummaryRow)
_AT_ONCE = 50


class PackRefused(Exception):
    """A pack that no rule of ours reads; the text says which do."""


def with_pack(rules: Rules, pack: Pack) -> Rules:
    """The rules with this pack in the place of the one of the same name."""
    match pack.name:
        case "triage":
            return replace(rules, triage=pack)
        case "silence":
            return replace(rules, silence=SilenceTable(pack))
        case "follow_up":
            return replace(rules, follow_up=pack)
        case "messages":
            return replace(rules, messages=MessagePolicy(pack, rules.zone))
        case _:
            raise PackRefused(f"no rules are called {pack.name!r}; right is triage, silence, follow_up or messages")


def instead(rules_at: RulesAt, pack: Pack) -> RulesAt:
    """The same rules, with this pack at every moment."""
    made: dict[int, tuple[Rules, Rules]] = {}  # the first of the two is kept so that its id stays its own

    def at(moment: datetime) -> Rules:
        rules = rules_at(moment)
        if id(rules) not in made:
            made[id(rules)] = rules, with_pack(rules, pack)
        return made[id(rules)][1]

    return at


async def what_if(
    database: Database, keyring: Keyring, base: RulesAt, candidate: Pack, since: datetime, until: datetime,
    progress: Progress = no_progress,
) -> Diff:  # fmt: skip
    """What would have been otherwise from `since` to before `until` if `candidate` had been in force.

    `base` says which rules were in force at a moment. Before `since` both sides decide by them. PackRefused for a
    strange pack.
    """
    changed = instead(base, candidate)
    budgets = base(since).messages, changed(since).messages
    diff = Diff(since, until, f"{candidate.name} {candidate.version}", candidate.hash)
    digests = _Digests()
    was_told: list[dict[str, Any]] = []
    would_be_told: list[dict[str, Any]] = []
    async with database.reading(one_moment=True) as transaction:
        directories = PastDirectories()
        await directories.prepare(transaction)
        then = Stage(transaction, keyring, directories, base)
        now = Stage(transaction, keyring, directories, lambda at: changed(at) if at >= since else base(at))
        loops = await loops_between(transaction, since, until)
        for some in chunks(loops, _AT_ONCE):
            codes = await _codes(transaction, some)
            for loop in await read_loops(transaction, some, until):
                was = await play(then, loop, until)
                would_be = await play(now, loop, until, was.paths)
                diff.loops += 1
                diff.events += len(loop.events)
                digests.add(was, would_be)
                if not reproduces(was, loop, until):
                    diff.not_reproduced.append(loop.id)
                ends = would_be.unknown.at if would_be.unknown else until
                was_told += facets(was, since, ends)["notices"]
                would_be_told += facets(would_be, since, ends)["notices"]
                found = loop_diff(was, would_be, codes.get(loop.id), since, until)
                if found is not None:
                    diff.changed.append(found)
            progress(diff.loops, len(loops))
    diff.notices = notices_per_hour(was_told, would_be_told)
    diff.budget = {
        "over_was": over_budget(was_told, budgets[0]),
        "over_would_be": over_budget(would_be_told, budgets[1]),
    }
    diff.digest_was, diff.digest_would_be = digests.texts()
    return diff


class _Digests:
    """The digests of both sides, loop by loop."""

    def __init__(self) -> None:
        self._both = (hashlib.sha256(), hashlib.sha256())

    def add(self, *played: Played) -> None:
        for digest, one in zip(self._both, played, strict=True):
            digest.update(canonical([one]) + b"\n")

    def texts(self) -> tuple[str, str]:
        return self._both[0].hexdigest(), self._both[1].hexdigest()


async def _codes(transaction: Transaction, loops: list[str]) -> dict[str, str]:
    query = select(_SUMMARIES.c.stream, _SUMMARIES.c.code).where(_SUMMARIES.c.stream.in_(loops))
    return {row.stream: row.code for row in await transaction.execute(query)}
