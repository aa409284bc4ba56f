"""Who is asked next when nobody answers, and when: the table of silence made ready.

A situation has a limit for each priority and a list of steps. Steps are numbered from 1 and counted from the
moment the situation began, so that a late sweep or a restart does not push the emergency road back. The list
never ends: after the last step comes `again`, for ever, until a person acts or the situation changes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Literal, Self

from pydantic import Field, ValidationError, model_validator

from events.base import Situation
from models.values import Priority
from workers.rules.limits import Limit, LimitFacts, LimitKind, LimitText, computed, instant
from workers.rules.pack import Pack
from workers.rules.table import Frozen
from workers.rules.yaml_lines import BadPack


class Who(StrEnum):
    """Whom a step reaches; the registry says which person that is at that moment."""

    asked = "asked"  # everybody asked so far in this situation, once more
    holder = "holder"
    next_on_duty = "next_on_duty"
    everybody = "everybody"  # all of the asked department who are reachable, its coordinator and its head
    coordinator = "coordinator"  # of the facility that is asked
    head = "head"
    department = "department"
    recipient = "recipient"
    recipient_coordinator = "recipient_coordinator"
    initiator = "initiator"
    initiator_coordinator = "initiator_coordinator"
    next_tier_coordinator = "next_tier_coordinator"
    patient = "patient"  # or the contact who answers for them
    patient_centre = "patient_centre"
    patient_centre_coordinator = "patient_centre_coordinator"
    family_doctor_team = "family_doctor_team"
    discharge_desk = "discharge_desk"
    call_item = "call_item"  # an entry on the centre's call list: somebody has to telephone


class Step(Frozen):
    """One step on silence: who is asked (a card with buttons), who is told, what the situation becomes by
    itself."""

    at: LimitText | None = Field(None, description="counted from the beginning of the situation")
    after: LimitText | None = Field(None, description="counted from the step before; without it the limit again")
    ask: tuple[Who, ...] = ()
    tell: tuple[Who, ...] = ()
    becomes: Situation | Literal["lost"] | None = None

    @model_validator(mode="after")
    def _does_something(self) -> Self:
        if not (self.ask or self.tell or self.becomes):
            raise ValueError("a step asks, tells or becomes something")
        if self.at and (self.after or self.at.kind is not LimitKind.clock):
            raise ValueError("at: takes a time by the clock such as 10min, and no after: beside it")
        return self


class End(Frozen):
    """When a situation ends by itself whatever step it is at, and what it becomes."""

    at: LimitText
    becomes: Situation


class Silence(Frozen):
    """The row of one situation."""

    holder: Who
    limits: dict[Priority, LimitText]
    fallback: LimitText
    runs_on: tuple[Priority, ...] = ()
    steps: dict[Literal["default"] | Priority, tuple[Step, ...]]
    again: Step
    ends: End | None = None

    @model_validator(mode="after")
    def _never_without_a_deadline(self) -> Self:
        missing = [priority for priority in Priority if priority not in self.limits]
        if missing:
            raise ValueError(f"limits: no limit for {', '.join(missing)}; write none where it is not meant")
        if self.fallback.kind not in (LimitKind.clock, LimitKind.working_days):
            raise ValueError("fallback: must be a time by the clock or working days")
        if not self.steps.get("default"):
            raise ValueError("steps: default: needs at least one step")
        for steps in self.steps.values():
            offsets = [step.at.span for step in steps if step.at]
            if offsets != sorted(set(offsets)):
                raise ValueError("steps: at: must grow from step to step")
        return self

    def steps_for(self, priority: Priority) -> tuple[Step, ...]:
        """The steps of this priority, without what comes again after them."""
        return self.steps.get(priority) or self.steps["default"]

    def step(self, priority: Priority, number: int) -> Step:
        """Step `number`, counted from 1; beyond the last it is `again`."""
        steps = self.steps_for(priority)
        return steps[number - 1] if number <= len(steps) else self.again


@dataclass(frozen=True)
class DueSteps:
    """Steps that are due together: the number of the last one, whom they ask and tell, what it becomes."""

    number: int
    ask: tuple[Who, ...]
    tell: tuple[Who, ...]
    becomes: str | None


class SilenceTable:
    """The silence pack made ready: `limit`, `next_limit`, `due_steps`. Immutable and pure."""

    def __init__(self, pack: Pack) -> None:
        """BadPack when a situation has no row, or a row cannot be read."""
        rows: dict[Situation, Silence] = {}
        problems = []
        for situation in Situation:
            outcome = pack.tables["silence"].decide({"situation": situation.value})
            try:
                rows[situation] = Silence.model_validate(dict(outcome.outputs))
            except ValidationError as error:
                name = outcome.ids[0] if outcome.rows else "no row"
                problems += [
                    f"silence: {situation} [{name}]: {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()
                ]
        if problems:
            raise BadPack(problems)
        self.pack = pack
        self.rows: Mapping[Situation, Silence] = rows

    def holder(self, situation: Situation) -> Who:
        """Who is accountable while the loop is in this situation."""
        return self.rows[situation].holder

    def limit(self, situation: Situation, priority: Priority, at: datetime, facts: LimitFacts) -> datetime:
        """By when an answer is asked for ("answer by 03:12"), for a situation that began at `at`."""
        row = self.rows[situation]
        limit = row.limits[priority]
        if priority in row.runs_on and facts.clock_began and limit.kind is LimitKind.clock:
            passed = (at - facts.clock_began) // limit.span
            return facts.clock_began + (passed + 1) * limit.span
        return instant(limit, at, facts, row.fallback)

    def next_limit(
        self, situation: Situation, priority: Priority, step: int, at: datetime, facts: LimitFacts
    ) -> datetime:
        """When the next step is due: `step` steps have been taken since the situation began at `at`.

        `at` aware; the result in UTC or in the zone of the facts it came from, always later than `at`.
        """
        due = self._step_due(situation, priority, step, at, facts)
        end = self._end(situation, at, facts)
        return min(due, end) if end else due

    def _end(self, situation: Situation, at: datetime, facts: LimitFacts) -> datetime | None:
        """When a situation that began at `at` ends by itself; None where it does not, or that instant was before."""
        ends = self.rows[situation].ends
        found = computed(ends.at, at, facts) if ends else None
        return found if found and found > at else None

    def _step_due(
        self, situation: Situation, priority: Priority, step: int, at: datetime, facts: LimitFacts
    ) -> datetime:
        row = self.rows[situation]
        steps = row.steps_for(priority)
        due = at
        for number, each in enumerate(steps[: step + 1], start=1):
            if each.at:
                due = max(due, at + each.at.span)
            elif each.after:
                due = instant(each.after, due, facts, row.fallback)
            elif number == 1:
                due = self.limit(situation, priority, at, facts)
            else:
                due = instant(_repeatable(row, priority), due, facts, row.fallback)
        return self._repeated(row, priority, step + 1 - len(steps), due, facts)

    def _repeated(self, row: Silence, priority: Priority, times: int, due: datetime, facts: LimitFacts) -> datetime:
        limit = row.again.after or _repeatable(row, priority)
        if times <= 0:
            return due
        if limit.kind is LimitKind.clock:
            return due + times * limit.span
        for _ in range(times):
            due = instant(limit, due, facts, row.fallback)
        return due

    def due_steps(
        self,
        situation: Situation,
        priority: Priority,
        step: int,
        at: datetime,
        now: datetime,
        facts: LimitFacts,
    ) -> DueSteps | None:
        """Everything due by `now` after `step` steps, folded into one, so that a late sweep asks each person
        once.

        None when nothing is due. A step that becomes something ends the folding; so does the situation's own end,
        which takes no step: nobody is asked any more for what is over.
        """
        row = self.rows[situation]
        ask: dict[Who, None] = {}
        tell: dict[Who, None] = {}
        number, listed, repeat = (
            step,
            len(row.steps_for(priority)),
            row.again.after or _repeatable(row, priority),
        )
        end = self._end(situation, at, facts)
        while (due := self._step_due(situation, priority, number, at, facts)) <= now:
            if end and end <= due:
                break
            number += 1
            taken = row.step(priority, number)
            ask.update(dict.fromkeys(taken.ask))
            tell.update(dict.fromkeys(taken.tell))
            if taken.becomes:
                return DueSteps(number, tuple(ask), tuple(tell), taken.becomes)
            if number > listed and repeat.kind is LimitKind.clock:
                # Repeats say the same: straight to the last one due, or a week of silence is walked minute
                # by minute.
                number += (now - due) // repeat.span
        if end and end <= now and row.ends:
            return DueSteps(step, (), (), row.ends.becomes)
        return DueSteps(number, tuple(ask), tuple(tell), None) if number > step else None


@lru_cache(maxsize=256)
def silence_table(pack: Pack) -> SilenceTable:
    """The table of a pack, made once; BadPack as in `SilenceTable`."""
    return SilenceTable(pack)


def _repeatable(row: Silence, priority: Priority) -> Limit:
    limit = row.limits[priority]
    # What is tied to one instant (an appointment, a window) cannot come round again.
    return limit if limit.kind in (LimitKind.clock, LimitKind.working_days) else row.fallback
