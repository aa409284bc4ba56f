"""A changed copy of a state is what dataclasses.replace gives."""

from dataclasses import FrozenInstanceError, dataclass, replace

import pytest

from events.base import altered, written_at_once


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


@written_at_once
@dataclass(frozen=True)
class Lantern:
    """The same, with the constructor of states."""

    lit: bool
    watts: int = 40


def test_a_state_written_at_once_is_one_like_any_other() -> None:
    dark = Lantern(lit=False)
    assert (dark.lit, dark.watts) == (False, 40)
    assert dark == replace(Lantern(lit=True, watts=5), lit=False, watts=40)
    assert repr(dark) == "Lantern(lit=False, watts=40)"
    with pytest.raises(FrozenInstanceError):
        dark.lit = True  # type: ignore[misc]


def test_a_constructor_that_writes_at_once_refuses_what_does_not_fit() -> None:
    with pytest.raises(TypeError, match="Lantern: missing or unknown: colour"):
        Lantern(lit=False, colour="red")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="Lantern: missing or unknown: lit"):
        Lantern()  # type: ignore[call-arg]
