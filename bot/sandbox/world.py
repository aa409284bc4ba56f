"""The people, chats and messages of the sandbox. State only; time comes in as unix seconds.

A person is a Telegram user with a phone. A bot is known by its token; the first token that calls takes over
the bot people may already have written to, so phones can be used before the bot starts.
"""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.journal import Journal
from bot.sandbox.updates import UpdateQueue

Json = dict[str, Any]
FIRST_PERSON_ID = 5_000_000_001
UNNAMED_BOT_ID = 7_000_000_001
TOKEN = re.compile(r"[1-9][0-9]{0,15}:[A-Za-z0-9_-]{3,64}")


@dataclass
class Person:
    """A Telegram user. `hidden_after`: while offline, the number of the last change the phone has seen."""

    id: int
    key: str
    name: str
    last_name: str
    phone: str
    language: str
    username: str
    deleted: bool = False
    hidden_after: int | None = None
    outbox: list[Json] = field(default_factory=list)

    @property
    def online(self) -> bool:
        return self.hidden_after is None

    def wire(self) -> Json:
        """The person as `from` of an update."""
        shown: Json = {"id": self.id, "is_bot": False, "first_name": self.name}
        if self.last_name:
            shown["last_name"] = self.last_name
        if self.username:
            shown["username"] = self.username
        return shown | {"language_code": self.language}


@dataclass(frozen=True)
class Version:
    """A message as it was from change `number` on. `body` is its content in wire form."""

    number: int
    at: float
    body: Json
    markup: Json | None
    deleted: bool = False


@dataclass
class Message:
    """One message of a chat and all its versions; the last is the present one."""

    id: int
    chat_id: int
    sender_id: int
    date: int
    versions: list[Version]
    reply_to: int | None = None
    silent: bool = False
    protected: bool = False
    reply_keyboard: Json | None = None
    pinned: bool = False
    extra: Json = field(default_factory=dict)

    @property
    def now(self) -> Version:
        return self.versions[-1]

    @property
    def deleted(self) -> bool:
        return self.now.deleted

    @property
    def edits(self) -> int:
        return sum(not version.deleted for version in self.versions) - 1

    def seen(self, number: int | None) -> Version | None:
        """The version a phone shows that has seen everything up to change `number` (None: everything)."""
        if number is None:
            return self.now
        return next((one for one in reversed(self.versions) if one.number <= number), None)


@dataclass
class Press:
    """A callback query: somebody pressed an inline button."""

    id: str
    person_id: int
    chat_id: int
    message_id: int
    data: str
    label: str
    at: float
    answered_at: float | None = None
    text: str = ""
    alert: bool = False
    url: str = ""


@dataclass
class Chat:
    """A conversation with a bot: private (id = the person's) or a group (negative id)."""

    id: int
    kind: str
    title: str = ""
    members: list[int] = field(default_factory=list)
    started: bool = False
    blocked: bool = False
    messages: dict[int, Message] = field(default_factory=dict)
    reply_keyboard: Json | None = None
    read_upto: int = 0
    menu_button: Json | None = None


@dataclass(frozen=True)
class StoredFile:
    id: str
    unique_id: str
    path: str
    name: str
    mime: str
    data: bytes

    def wire(self) -> Json:
        return {"file_id": self.id, "file_unique_id": self.unique_id, "file_size": len(self.data)}


@dataclass
class Webhook:
    url: str = ""
    secret: str = ""
    max_connections: int = 40
    last_error: str = ""
    last_error_at: int = 0


@dataclass
class Profile:
    """What a bot says about itself, by language."""

    name: dict[str, str] = field(default_factory=dict)
    description: dict[str, str] = field(default_factory=dict)
    short_description: dict[str, str] = field(default_factory=dict)
    commands: dict[tuple[str, str], list[Json]] = field(default_factory=dict)
    menu_button: Json | None = None


class BotAccount:
    """One bot: its chats, messages, presses, files and updates."""

    def __init__(self, token: str | None, first_message: int = 1) -> None:
        self.token = token
        self._first_message = first_message
        self.queue = UpdateQueue()
        self.webhook = Webhook()
        self.clear()

    def clear(self) -> None:
        """Forgets everything people and the bot did; token, allowed updates and webhook stay."""
        self.profile = Profile()
        self.chats: dict[int, Chat] = {}
        self.presses: dict[str, Press] = {}
        self.files: dict[str, StoredFile] = {}
        self.message_ids: Iterator[int] = itertools.count(self._first_message)
        self.queue.clear()

    @property
    def id(self) -> int:
        return int(self.token.split(":")[0]) if self.token else UNNAMED_BOT_ID

    @property
    def name(self) -> str:
        return self.profile.name.get("", "Refloop")

    def wire(self) -> Json:
        return {
            "id": self.id,
            "is_bot": True,
            "first_name": self.name,
            "username": f"refloop_{self.id}_bot",
        }


class World:
    """Everything in memory. `first_message`: the id of the first message of every bot."""

    def __init__(self, first_message: int = 1) -> None:
        self.journal = Journal()
        self._first_message = first_message
        self.accounts: list[BotAccount] = [BotAccount(None, first_message)]
        self.people: dict[str, Person] = {}

    def account(self, token: str) -> BotAccount:
        """The bot with this token, made at its first call."""
        for account in self.accounts:
            if account.token == token:
                return account
        if self.accounts[0].token is None:
            self.accounts[0].token = token
            return self.accounts[0]
        account = BotAccount(token, self._first_message)
        self.accounts.append(account)
        return account

    def person_by_id(self, person_id: int) -> Person | None:
        return next((person for person in self.people.values() if person.id == person_id), None)

    def add_person(
        self, key: str, name: str, last_name: str, phone: str, language: str, username: str, own_id: int | None = None
    ) -> Person:
        """`own_id`: the Telegram id it is to have; without it the next one."""
        person_id = own_id or FIRST_PERSON_ID + len(self.people)
        person = Person(person_id, key, name, last_name, phone, language, username)
        self.people[key] = person
        return person

    def sender(self, account: BotAccount, user_id: int) -> Json:
        """The `from` of a message."""
        person = self.person_by_id(user_id)
        return person.wire() if person else account.wire()

    def clear(self, now: float) -> None:
        """Back to an empty world; bots keep their token, so a running bot goes on."""
        self.people.clear()
        for account in self.accounts:
            account.clear()
        self.journal.add("reset", now, {})
