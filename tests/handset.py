"""One person's phone as a test holds it: what came, what was expected, what the thumb can do."""

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from tests.phones import Sandbox

PATIENCE_SECONDS = 60.0  # only to find a hang: several times what a slow and busy machine needs
Json = dict[str, Any]
Wanted = str | re.Pattern[str]


class PhoneError(Exception):
    """The phone could not do that; the text is the sandbox's."""


@dataclass(eq=False)
class Phone:
    """One person's phone. `news`: the bot's messages that no `expect` took yet; `changes`: edits likewise."""

    world: "Sandbox"
    person: Json
    messages: dict[int, Json] = field(default_factory=dict)
    presses: dict[str, Json] = field(default_factory=dict)
    news: list[int] = field(default_factory=list)
    changes: list[int] = field(default_factory=list)
    pushes: int = 0

    @property
    def key(self) -> str:
        return str(self.person["key"])

    @property
    def id(self) -> int:
        return int(self.person["id"])

    # -- reading

    async def expect(self, wanted: Wanted = "", within: float = PATIENCE_SECONDS) -> "Card":
        """The next new message that contains the text (or matches the pattern), waited for if need be."""
        number = await self.world.wait_for(
            lambda: self._first(self.news, lambda message: _ever_fitted(message, wanted)), within
        )
        if number is None:
            raise AssertionError(self._report(f"no new message with {_shown(wanted)} within {within:g} s"))
        self.news.remove(number)
        return Card(self, number)

    async def shows(self, wanted: Wanted, within: float = PATIENCE_SECONDS) -> "Card":
        """A message of the bot with this text, also one that was there before this test took the phone."""
        number = await self.world.wait_for(
            lambda: self._first([*self.messages], lambda each: each["by"] == "bot" and _ever_fitted(each, wanted)),
            within,
        )
        if number is None:
            raise AssertionError(self._report(f"no message with {_shown(wanted)} within {within:g} s"))
        if number in self.news:
            self.news.remove(number)
        return Card(self, number)

    async def expect_edit(self, wanted: Wanted = "", within: float = PATIENCE_SECONDS) -> "Card":
        """The next edited message that now contains the text."""
        number = await self.world.wait_for(
            lambda: self._first(self.changes, lambda message: _fits(message["text"], wanted)), within
        )
        if number is None:
            raise AssertionError(self._report(f"no edit with {_shown(wanted)} within {within:g} s"))
        self.changes.remove(number)
        return Card(self, number)

    def skim(self) -> list["Card"]:
        """Takes note of everything that came so far, without looking closely."""
        cards = [Card(self, number) for number in self.news]
        self.news.clear()
        self.changes.clear()
        return cards

    async def transcript(self, everything: bool = False) -> Json:
        """The chat as the phone shows it (docs/sandbox.md)."""
        return await self.world.get(f"/people/{self.key}/transcript", **({"everything": "1"} if everything else {}))

    async def texts(self) -> list[str]:
        """The present texts of the bot's messages on this phone, oldest first."""
        shown = (await self.transcript())["messages"]
        return [message["text"] for message in shown if message["by"] == "bot" and not message["deleted"]]

    # -- writing

    async def say(self, text: str) -> Json:
        return await self._do("say", text=text)

    async def reply(self, card: "Card", text: str) -> Json:
        return await self._do("say", text=text, reply_to=card.id)

    async def start(self, payload: str = "") -> Json:
        return await self._do("start", payload=payload)

    async def press(self, label: str, within: float = PATIENCE_SECONDS) -> "Answer":
        """Presses the newest button with this label and waits for the bot's answer to the press."""
        return await self._pressed(await self._press(within, label=label), within)

    async def tap(self, label: str) -> Json:
        """Presses and does not wait for an answer."""
        return await self._press(label=label)

    async def press_data(self, card: "Card", data: str, within: float = PATIENCE_SECONDS) -> "Answer":
        """What a forged client does: any data, under a message that need not have such a button."""
        return await self._pressed(await self._do("press", message=card.id, data=data), within)

    async def share_contact(self, **other: str) -> Json:
        """The own number, or somebody else's: `person="mei"`, or `phone=..., name=...`."""
        return await self._do("contact", **other)

    async def share_location(self, latitude: float, longitude: float) -> Json:
        return await self._do("location", latitude=latitude, longitude=longitude)

    async def send_photo(self, caption: str = "", data: bytes | None = None) -> Json:
        return await self._do("photo", caption=caption, **_file(data))

    async def send_voice(self, data: bytes | None = None) -> Json:
        return await self._do("voice", **_file(data))

    async def send_video(self, caption: str = "", data: bytes | None = None) -> Json:
        return await self._do("video", caption=caption, **_file(data))

    async def send_document(self, caption: str = "", data: bytes | None = None, file_name: str = "a.pdf") -> Json:
        return await self._do("document", caption=caption, file_name=file_name, **_file(data))

    async def edit(self, message: int, text: str) -> Json:
        return await self._do("edit", message=message, text=text)

    async def block(self) -> None:
        await self._do("block")

    async def unblock(self) -> None:
        await self._do("unblock")

    async def delete_account(self) -> None:
        await self._do("delete")

    async def offline(self) -> None:
        await self._do("offline")

    async def online(self) -> None:
        await self._do("online")

    async def _do(self, action: str, **body: Any) -> Json:
        return await self.world.post(f"/people/{self.key}/{action}", **body)

    async def _press(self, within: float = PATIENCE_SECONDS, **which: Any) -> Json:
        """Presses a button once it is there: the change of a card that brings it may still be on its way."""
        while True:
            shown = self._shown()
            try:
                return await self._do("press", **which)
            except PhoneError as error:
                if "there is no button" not in str(error):
                    raise
                if not await self.world.wait_for(lambda before=shown: self._shown() != before, within):
                    raise

    def _shown(self) -> list[tuple[int, int]]:
        return [(number, message["edits"]) for number, message in self.messages.items()]

    async def _pressed(self, press: Json, within: float) -> "Answer":
        number = press["id"]
        answered = await self.world.wait_for(
            lambda: (self.presses.get(number) or {}).get("answered_at") and self.presses[number], within
        )
        if answered is None:
            raise AssertionError(self._report(f"the press of {press['label']!r} was not answered within {within:g} s"))
        return Answer(answered["text"], answered["alert"])

    # -- what the sandbox tells

    def take(self, kind: str, data: Json) -> None:
        """A change of the sandbox that concerns this phone."""
        if kind in ("message", "edited", "deleted", "held"):
            message = data["message"]
            known = message["id"] in self.messages
            self.messages[message["id"]] = message
            if message["by"] != "bot" or kind == "held":
                return
            if kind == "edited":
                self.changes.append(message["id"])
            elif kind == "message" and not (known and message["id"] in self.news):
                self.news.append(message["id"])
                self.pushes += not message["silent"]
        elif kind in ("pressed", "answered"):
            self.presses[data["press"]["id"]] = data["press"]
        elif kind == "person":
            self.person = data["person"]

    def _first(self, numbers: list[int], fits: Callable[[Json], bool]) -> int | None:
        return next((number for number in numbers if fits(self.messages[number])), None)

    def _report(self, what: str) -> str:
        last = list(self.messages.values())[-8:]
        return f"{self.key}: {what}. The phone shows:\n  " + ("\n  ".join(map(line, last)) or "nothing")


@dataclass(frozen=True)
class Answer:
    """What popped up after a press: a toast, or an alert to be closed."""

    text: str
    alert: bool


@dataclass(frozen=True)
class Card:
    """One message on a phone; always as it is now."""

    phone: Phone
    id: int

    @property
    def view(self) -> Json:
        return self.phone.messages[self.id]

    @property
    def text(self) -> str:
        return str(self.view["text"])

    @property
    def labels(self) -> list[str]:
        """The buttons under it, row by row."""
        return [button["label"] for row in self.view["buttons"] for button in row]

    @property
    def silent(self) -> bool:
        return bool(self.view["silent"])

    async def press(self, label: str, old: bool = False, within: float = PATIENCE_SECONDS) -> Answer:
        """`old` also finds a button the card had before it changed."""
        press = await self.phone._press(within, message=self.id, label=label, old=old)
        return await self.phone._pressed(press, within)

    async def tap(self, label: str, old: bool = False) -> Json:
        """Presses and does not wait for an answer."""
        return await self.phone._press(message=self.id, label=label, old=old)

    async def edited(self, wanted: Wanted, within: float = PATIENCE_SECONDS) -> Self:
        """Waits until this card reads so."""
        found = await self.phone.world.wait_for(lambda: _fits(self.text, wanted), within)
        if not found:
            what = f"the card does not read {_shown(wanted)} within {within:g} s but {self.text!r}"
            raise AssertionError(self.phone._report(what))
        self.phone.changes[:] = [number for number in self.phone.changes if number != self.id]
        return self


def _fits(text: str, wanted: Wanted) -> bool:
    return wanted in text if isinstance(wanted, str) else wanted.search(text) is not None


def _ever_fitted(message: Json, wanted: Wanted) -> bool:
    """A card may have been edited before the test comes to look: what it said first counts too."""
    return any(_fits(version["text"], wanted) for version in (message, *message["history"]))


def _shown(wanted: Wanted) -> str:
    return repr(wanted) if isinstance(wanted, str) else f"/{wanted.pattern}/"


def line(message: Json) -> str:
    """A message in one line, for reports."""
    labels = " ".join(f"[{button['label']}]" for row in message["buttons"] for button in row)
    marks = "".join(f" ({mark})" for mark in ("silent", "deleted") if message[mark])
    marks += f" (edited {message['edits']}x)" if message["edits"] else ""
    return f"#{message['id']} {message['by']}{marks}: {message['text']!r} {labels}".rstrip()


def _file(data: bytes | None) -> dict[str, str]:
    return {} if data is None else {"data": base64.b64encode(data).decode()}
