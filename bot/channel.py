"""The port to a messaging channel: only what Telegram needs now, shaped so that others can follow."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from bot.view import Rendered


class Refusal(StrEnum):
    """Why a channel did not take a message: for good, or for now."""

    blocked = "blocked"
    unreachable = "unreachable"
    invalid = "invalid"
    rate = "rate"
    temporary = "temporary"


@dataclass(frozen=True, slots=True)
class Sent:
    """The channel has it; `message` is its id there."""

    message: int


@dataclass(frozen=True, slots=True)
class NotSent:
    """Definitely not delivered. `retry_after` in seconds where the channel names it."""

    refusal: Refusal
    reason: str
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody can say: the request had gone out when the line broke."""

    reason: str


@dataclass(frozen=True, slots=True)
class Labelled:
    """A button with its token, ready to be shown."""

    label: str
    token: str


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What goes out: text and rows of labelled tokens."""

    text: str
    buttons: tuple[tuple[Labelled, ...], ...] = ()


class TooEarly(Exception):
    """What somebody did is about something that is not noted yet: to be looked at again in a moment."""


class InboundKind(StrEnum):
    """What came back."""

    press = "press"
    text = "text"
    start = "start"
    contact = "contact"
    media = "media"
    blocked = "blocked"
    unblocked = "unblocked"
    group = "group"


@dataclass(frozen=True, slots=True)
class FileIn:
    """A photo, document or voice message: how to fetch it, and its size in bytes as the channel says."""

    id: str
    size: int


@dataclass(frozen=True, slots=True)
class Inbound:
    """One thing somebody did, in our words. `token` for a press, `text` for typing and the payload of /start.

    `message` is the message that was pressed on or replied to; `callback` answers the press; `written` is the message
    itself where something was written or sent. `file` is a photo, document or voice message, `content` its bytes once
    fetched; `medium` is what was sent instead of text ("voice", "photo", "sticker").
    """

    kind: InboundKind
    chat: int
    user: int
    name: str
    language: str | None
    at: datetime
    text: str = ""
    token: str = ""
    callback: str = ""
    message: int | None = None
    phone: str | None = None
    own_contact: bool = False
    written: int | None = None
    file: FileIn | None = None
    content: bytes | None = None
    medium: str = ""


class Channel(Protocol):
    """A messaging channel."""

    async def send(self, chat: int, outgoing: Outgoing, silent: bool = False) -> Sent | NotSent | Unknown:
        """Send a new message."""
        ...

    async def update(self, chat: int, message: int, outgoing: Outgoing) -> Sent | NotSent | Unknown:
        """Change a message; one that shows this already counts as sent."""
        ...

    async def delete(self, chat: int, message: int) -> Sent | NotSent | Unknown:
        """Take a message away."""
        ...

    async def send_file(self, chat: int, name: str, data: bytes, photo: bool = False) -> Sent | NotSent | Unknown:
        """Send a file. `photo`: as a picture that is shown at once."""
        ...

    async def file(self, unique: str, most: int) -> bytes | None:
        """The bytes of a file that somebody sent; None when it cannot be had, or has more than `most`."""
        ...

    async def acknowledge(self, callback: str, text: str = "", alert: bool = False) -> bool:
        """Answer a press; False when it came too late."""
        ...

    async def leave(self, chat: int) -> None:
        """Leave a group."""
        ...

    async def set_commands(self, language: str | None, commands: Mapping[str, str], chat: int | None = None) -> bool:
        """The menu of commands, of one chat or of all; whether it was taken."""
        ...


__all__ = [
    "Channel", "Inbound", "InboundKind", "Labelled", "NotSent", "Outgoing", "Refusal", "Rendered", "Sent", "Unknown",
]  # fmt: skip
