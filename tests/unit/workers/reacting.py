"""What the reactions ask for after a story: who is told, which commands follow."""

from collections.abc import Iterable
from typing import Any

from events.base import DeadlinePassed, Situation
from tests.unit.events.story import Story
from workers.facts import Facts
from workers.outcomes import Do, Outcome, Tell
from workers.reactions import CONSUMERS


def follows(story: Story, facts: Facts) -> list[Outcome]:
    """What all reactions to the story's last event ask for."""
    return [
        outcome
        for table in CONSUMERS.values()
        for reaction in table.get(story.last.type, ())
        for outcome in reaction.react(story.last, story.state, facts)
    ]


def told(found: Iterable[Outcome]) -> list[tuple[str, str]]:
    """Who is told, and why."""
    return sorted((one.recipient, str(one.purpose)) for one in found if isinstance(one, Tell))


def done(found: Iterable[Outcome]) -> list[Any]:
    """The commands that follow."""
    return [one.command for one in found if isinstance(one, Do)]


def deadline_passed(situation: Situation, step: int, reached: int) -> DeadlinePassed:
    """Nobody answered in this situation, up to this step."""
    return DeadlinePassed(situation=situation, step=step, reached=reached)
