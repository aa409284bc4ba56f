"""What a button asks for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from events.actions import Party
from events.base import Personal


@dataclass(frozen=True, slots=True)
class Press:
    """What a button asks for: about which stream, by whom, with what, and the words that were typed for it."""

    about: str
    by: Party
    params: Mapping[str, str]
    words: str | None = None

    def time(self) -> datetime:
        """The time it names."""
        return datetime.fromisoformat(self.params["at"])

    def text(self) -> Personal:
        """The words, which its action needs."""
        return Personal(text=self.words or "")
