"""One loop played again under given rules on a driven clock: what people and systems said is taken from the log, what
the rules and the silence made of it is decided anew.

There is no sender, no broker and no writing here: events, notices and deadlines are values that are compared.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from events.base import Actor, Cause, Event, Recorded, Refused
from events.handling import Journal, Working, stamped, with_event
from events.notice import NoticeState
from models.clock import DrivenClock
from models.database import Transaction
from models.sealed import Keyring
from models.values import ActorKind, StreamKind, kind_of
from workers.deadlines import Deadlines
from workers.engine import ROUNDS, notice_of
from workers.facts import Rules
from workers.outcomes import Do, Need, Reaction, ShowAnew, Tell
from workers.reactions import DECIDING, TELLING
from workers.what_if.past import Loop, PastDirectories, PastLoader
from workers.what_if.path import Path, path

_NAMES = {reaction.name for table in (DECIDING, TELLING) for some in table.values() for reaction in some}
_OURS = _NAMES | {"silence", "parking"}

RulesAt = Callable[[datetime], Rules]


def is_ours(recorded: Recorded) -> bool:
    """Whether rules or the silence made this event; anything else came from outside and is taken as it was."""
    return recorded.actor.kind is ActorKind.rule and recorded.actor.id in _OURS


@dataclass(frozen=True, slots=True)
class Unknown:
    """Where a replay leaves what is known: an answer that was given to something else. Never invented beyond."""

    at: datetime
    event: str
    type: str
    by: str


@dataclass(slots=True)
class Played:
    """What came of a loop: every event as it would have been recorded, and where knowledge ends."""

    loop: str
    events: list[Recorded] = field(default_factory=list)
    paths: dict[str, Path] = field(default_factory=dict)
    unknown: Unknown | None = None


@dataclass(slots=True)
class Stage:
    """What all loops of a replay share. `rules_at` says which rules decide at a moment."""

    transaction: Transaction
    keyring: Keyring
    directories: PastDirectories
    rules_at: RulesAt


class _Play:
    def __init__(self, stage: Stage, loop: Loop, until: datetime, known: Mapping[str, Path] | None) -> None:
        self._stage, self._until, self._known = stage, until, known
        self._outside = [recorded for recorded in loop.events if not is_ours(recorded)]
        self._clock = DrivenClock(loop.events[0].recorded_at if loop.events else until)
        self._deadlines = Deadlines(self._rules, stage.directories.current)
        self._journal = Journal(stage.keyring, self._clock, self._deadlines.due, {})
        self._workings: dict[str, Working] = {}
        self.played = Played(loop.id)

    def _rules(self) -> Rules:
        return self._stage.rules_at(self._clock.now())

    async def run(self) -> Played:
        for recorded in self._outside:
            await self._pass_deadlines(recorded.recorded_at + timedelta.resolution)  # at that very moment too
            await self._move(recorded.recorded_at)
            before = path(self._state(recorded.stream))
            self.played.paths[recorded.id] = before
            if not self._follows(recorded, before):
                self.played.unknown = Unknown(
                    recorded.recorded_at, recorded.id, recorded.type, recorded.on_behalf_of or recorded.actor.id
                )
                return self.played
            await self._take(recorded)
        await self._pass_deadlines(self._until)
        return self.played

    def _follows(self, recorded: Recorded, before: Path) -> bool:
        if kind_of(recorded.stream) is StreamKind.notice:
            return True  # what became of a message is no answer; one that was never sent has no fate
        return self._known is None or self._known.get(recorded.id) == before

    def _state(self, stream: str) -> Any:
        return self._workings[stream].state if stream in self._workings else None

    async def _move(self, at: datetime) -> None:
        self._clock.forward(max(at - self._clock.now(), timedelta(0)))
        await self._stage.directories.move(self._stage.transaction, self._clock.now())

    async def _take(self, recorded: Recorded) -> None:
        """An event from outside, with the deadline that these rules give it."""
        working = self._workings.get(recorded.stream)
        if working is None:
            if recorded.version != 1:
                return  # of a notice that these rules never asked for
            working = self._workings[recorded.stream] = Working(recorded.stream, recorded.loop, None, None, [])
        plain = with_event(recorded, _without_due(recorded.event))._replace(version=len(working.new) + 1)
        fresh, working.state = stamped(plain, working.state, self._deadlines.due, self._clock.now())
        working.new.append(fresh)
        self.played.events.append(fresh)
        await self._react([(working, fresh)])

    async def _pass_deadlines(self, until: datetime) -> None:
        """What falls due before `until`, in its order."""
        while True:
            waiting = [
                working
                for working in self._workings.values()
                if not isinstance(working.state, NoticeState) and working.state.situation and working.state.due
            ]
            due = min(waiting, key=lambda working: (working.state.due, working.stream), default=None)
            if due is None or due.state.due >= until:
                return
            await self._move(due.state.due)
            now = self._clock.now()
            command = self._deadlines.passed(due.state, now)
            if command is None:
                return
            which = f"{due.stream}|{due.state.version}|{due.state.due}"
            handled = self._journal.decide(due, command, Cause(which, Actor(ActorKind.rule, "silence"), now))
            if not handled.events:
                return
            self.played.events += handled.events
            await self._react([(due, recorded) for recorded in handled.events])

    async def _react(self, new: Sequence[tuple[Working, Recorded]]) -> None:
        """What the rules make of these events: first what they decide, to the end, then what they tell."""
        everything, pending = list(new), list(new)
        for _ in range(ROUNDS):
            if not pending:
                break
            followed = await self._round(DECIDING, pending)
            everything += followed
            pending = followed
        else:
            raise RuntimeError("reactions follow one another in a circle")
        await self._round(TELLING, everything)

    async def _round(
        self, table: Mapping[str, Sequence[Reaction]], pending: Sequence[tuple[Working, Recorded]]
    ) -> list[tuple[Working, Recorded]]:
        needs: list[Need] = [
            need
            for working, recorded in pending
            for reaction in table.get(recorded.type, ())
            for need in reaction.needs(recorded, working.state)
        ]
        loader = PastLoader(self._clock, self._stage.keyring, self._stage.directories, self._rules())
        facts = await loader.load(self._stage.transaction, needs, self._workings)
        followed: list[tuple[Working, Recorded]] = []
        for working, recorded in pending:
            for reaction in table.get(recorded.type, ()):
                cause = Cause(recorded.id, Actor(ActorKind.rule, reaction.name), facts.now)
                for n, outcome in enumerate(reaction.react(recorded, working.state, facts)):
                    match outcome:
                        case Do(command=command, loop=loop):
                            followed += self._do(command, cause, f"{reaction.name}{n}-", loop)
                        case Tell():
                            self._tell(working, recorded, outcome, cause)
                        case ShowAnew():
                            pass  # a card that changes in place is no decision
        return followed

    def _do(self, command: Any, cause: Cause, salt: str, loop: str | None) -> list[tuple[Working, Recorded]]:
        target = self._workings.get(command.stream)
        if target is None:
            target = Working(command.stream, loop or command.stream, None, None, [])
        try:
            handled = self._journal.decide(target, command, cause, salt, loop)
        except Refused:
            return []  # the state has moved on, as in life
        if target.new:
            self._workings[target.stream] = target
        self.played.events += handled.events
        return [(target, recorded) for recorded in handled.events]

    def _tell(self, working: Working, recorded: Recorded, tell: Tell, cause: Cause) -> None:
        stream, event = notice_of(working.stream, recorded, tell)
        if stream not in self._workings:
            begun = self._workings[stream] = self._journal.begin(stream, working.loop, event, cause)
            self.played.events += begun.new


def _without_due(event: Event) -> Event:
    return event.model_copy(update={"due": None}) if event.due is not None else event


async def play(stage: Stage, loop: Loop, until: datetime, known: Mapping[str, Path] | None = None) -> Played:
    """The loop under the stage's rules, up to `until`.

    `known` is what each outside event found before it when the loop was played under the rules of the time: where this
    replay brings something else before a person, the answer is unknown, and the loop ends there.
    """
    return await _Play(stage, loop, until, known).run()


def reproduces(played: Played, loop: Loop, until: datetime) -> bool:
    """Whether the replay made the same decisions as were recorded (notices aside: those may wait for a sender)."""
    return _decided(played.events, until) == _decided(loop.events, until)


def _decided(events: Sequence[Recorded], until: datetime) -> list[tuple[str, str]]:
    return sorted(
        (recorded.stream, recorded.type)
        for recorded in events
        if is_ours(recorded) and kind_of(recorded.stream).in_loops and recorded.recorded_at < until
    )
