"""A changed copy of a state is what dataclasses.replace gives."""

from dataclasses import dataclass, replace

import pytest

from events.base import altered


@dataclass(frozen=True)
class Lamp:
    """A state of two fields."""

    lit: bool
    watts: int = 40


def test_a_changed_copy_equals_the_one_replace_gives_and_leaves_the_first_alone() -> None:
    dark = Lamp(lit=False)
    assert altered(dark, lit=True) == replace(dark, lit=True)
    assert dark == Lamp(lit=False, watts=40)


def test_a_field_that_is_not_there_is_refused() -> None:
    with pytest.raises(TypeError, match="Lamp has no colour"):
        altered(Lamp(lit=False), colour="red")
