"""What is wrong with a message, said so that the sender can put it right: the element, and what would be right."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. `code` is a FHIR issue type; `element` a path in the message; never a patient's data."""

    text: str
    element: str = ""
    code: str = "invalid"


class Unacceptable(Exception):
    """A message that is refused, with the HTTP status that says how."""

    def __init__(self, status: int, *problems: Problem) -> None:
        super().__init__("; ".join(f"{each.element}: {each.text}" if each.element else each.text for each in problems))
        self.status = status
        self.problems = problems


def unreadable(text: str, element: str = "", code: str = "structure") -> Unacceptable:
    """A message, or an element of it, that cannot be read."""
    return Unacceptable(422, Problem(text, element, code))
