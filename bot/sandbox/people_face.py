"""The people API: /sandbox/api. What phones, tests and the page do, in JSON (docs/sandbox.md)."""

import base64
import binascii
import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from bot.sandbox.bot_face import CORE
from bot.sandbox.core import Core
from bot.sandbox.files import sample_photo
from bot.sandbox.groups import KINDS, add_group
from bot.sandbox.methods.profile import commands_for
from bot.sandbox.people import KEY, PHONE, Cannot, Phones
from bot.sandbox.refusals import Refusal
from bot.sandbox.transcript import person_view, transcript
from bot.sandbox.wire import Upload
from bot.sandbox.world import BotAccount, Chat, Json, Person

Act = Callable[["Asked"], Any]


class Asked:
    """One request of the people API: its JSON body, the person and the bot it is about."""

    def __init__(self, core: Core, request: web.Request, body: Json) -> None:
        self.core = core
        self.body = body
        self.query = request.query
        self.account = _account(core, body.get("bot") or request.query.get("bot"))
        self.phones = Phones(core, self.account)
        self._who = request.match_info.get("who")

    @property
    def person(self) -> Person:
        return find_person(self.core, str(self._who))

    @property
    def chat(self) -> Chat:
        """Where the person acts: the own chat with the bot, or the group named by `chat`."""
        group = self.body.get("chat") or self.query.get("chat")
        if group is not None:
            chat = self.account.chats.get(int(group)) if str(group).lstrip("-").isdigit() else None
            if chat is None or self.person.id not in (chat.id, *chat.members):
                raise Cannot(f"chat: {self.person.key} is in no chat {group}", 404)
            return chat
        return self.account.chats.setdefault(self.person.id, Chat(self.person.id, "private"))

    def text(self, name: str, default: str | None = None) -> str:
        value = self.body.get(name, default)
        if not isinstance(value, str):
            raise Cannot(f"{name}: expected a text", 422)
        try:
            value.encode()
        except UnicodeEncodeError:
            raise Cannot(f"{name}: half a character (a lone surrogate) in it", 422) from None
        return value

    def number(self, name: str) -> float:
        value = self.body.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Cannot(f"{name}: expected a number", 422)
        return value

    def optional_id(self, name: str) -> int | None:
        value = self.body.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            raise Cannot(f"{name}: expected a whole number", 422)
        return value

    def upload(self, default_name: str, default_mime: str) -> Upload | None:
        """A file given as base64 in `data`."""
        if "data" not in self.body:
            return None
        try:
            data = base64.b64decode(self.text("data"), validate=True)
        except binascii.Error:
            raise Cannot("data: expected base64", 422) from None
        return Upload(self.text("file_name", default_name), self.text("mime", default_mime), data)


def find_person(core: Core, who: str) -> Person:
    """By key or by Telegram id."""
    person = core.world.people.get(who)
    if person is None and who.isdigit():
        person = core.world.person_by_id(int(who))
    if person is None:
        raise Cannot(f"person: nobody here is called {who!r}", 404)
    return person


def _account(core: Core, bot: Any) -> BotAccount:
    if bot is None:
        return core.world.accounts[0]
    for account in core.world.accounts:
        if str(account.id) == str(bot):
            return account
    raise Cannot(f"bot: no bot {bot} has called; known: {[one.id for one in core.world.accounts]}", 404)


def answering(act: Act) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Wraps an action: body in, JSON out, one clear error naming the field."""

    async def handle(request: web.Request) -> web.Response:
        try:
            asked = Asked(request.app[CORE], request, await _body(request))
            result = act(asked)
        except Cannot as cannot:
            return web.json_response({"error": str(cannot)}, status=cannot.code)
        except Refusal as refusal:
            return web.json_response({"error": refusal.description}, status=422)
        return web.json_response({} if result is None else result)

    return handle


async def _body(request: web.Request) -> Json:
    raw = await request.read()
    if not raw.strip():
        return {}
    try:
        body = json.loads(raw)
    except ValueError:
        raise Cannot("body: expected JSON", 400) from None
    if not isinstance(body, dict):
        raise Cannot("body: expected a JSON object", 400)
    return body


def add_person(asked: Asked) -> Json:
    """Makes a person, or changes the one with this key."""
    name = asked.text("name").strip()
    if not 1 <= len(name) <= 64:
        raise Cannot("name: 1 to 64 characters", 422)
    key = asked.text("key", "").lower() or re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "person"
    if not KEY.fullmatch(key):
        raise Cannot("key: a short word of a-z 0-9 _ -", 422)
    phone = asked.text("phone", "")
    if phone and not PHONE.fullmatch(phone):
        raise Cannot("phone: digits, with + and the country code", 422)
    person = asked.core.world.people.get(key)
    if person is None:
        own_id = asked.optional_id("id")
        if own_id is not None and (own_id <= 0 or asked.core.world.person_by_id(own_id)):
            raise Cannot("id: a positive number that nobody here has", 422)
        person = asked.core.world.add_person(key, name, "", phone, "en", "", own_id)
    person.name = name
    person.last_name = asked.text("last_name", person.last_name)
    person.phone = phone or person.phone
    person.language = asked.text("language", person.language)
    person.username = asked.text("username", person.username)
    view = person_view(person)
    asked.core.world.journal.add("person", asked.core.clock.stamp(), {"people": [key], "person": view})
    return view


def make_group(asked: Asked) -> Json:
    keys = asked.body.get("members")
    if not isinstance(keys, list) or not keys:
        raise Cannot("members: expected a list of people's keys", 422)
    kind = asked.text("kind", "group")
    if kind not in KINDS:
        raise Cannot(f"kind: one of {', '.join(KINDS)}", 422)
    members = [find_person(asked.core, str(key)) for key in keys]
    return add_group(asked.core, asked.account, asked.text("title"), kind, members)


def list_people(asked: Asked) -> Json:
    world = asked.core.world
    return {"people": [person_view(person) for person in world.people.values()]}


def show_transcript(asked: Asked) -> Json:
    chat = asked.account.chats.get(asked.person.id) if "chat" not in asked.query else asked.chat
    shown = transcript(asked.core.world, asked.account, chat, asked.person, asked.query.get("everything") == "1")
    commands = commands_for(asked.account.profile, asked.person.id, asked.person.language)
    return shown | {
        "commands": commands,
        "last": asked.core.world.journal.last,
        "bot_name": asked.account.name,
    }


def share_contact(asked: Asked) -> Json:
    """Without arguments the own number, as the keyboard's button shares it; else somebody else's card."""
    person = asked.person
    if "phone" in asked.body or "person" in asked.body:
        other = find_person(asked.core, asked.text("person")) if "person" in asked.body else None
        contact: Json = {
            "phone_number": other.phone if other else asked.text("phone"),
            "first_name": other.name if other else asked.text("name", "Somebody"),
        }
        contact |= {"user_id": other.id} if other else {}
    else:
        if not person.phone:
            raise Cannot(f"phone: {person.key} has none; give it when the person is made", 422)
        contact = {"phone_number": person.phone, "first_name": person.name, "user_id": person.id}
    return asked.phones.share_contact(asked.chat, person, contact, asked.optional_id("reply_to"))


def send_photo(asked: Asked) -> Json:
    upload = asked.upload("photo.jpg", "image/jpeg") or sample_photo()
    return asked.phones.send_photo(asked.chat, asked.person, upload, asked.text("caption", ""))


def send_document(asked: Asked) -> Json:
    upload = asked.upload("document.pdf", "application/pdf")
    upload = upload or Upload("document.pdf", "application/pdf", b"%PDF-1.4\n% fictional\n%%EOF\n")
    return asked.phones.send_document(asked.chat, asked.person, upload, asked.text("caption", ""))


def send_voice(asked: Asked) -> Json:
    upload = asked.upload("voice.oga", "audio/ogg") or Upload("voice.oga", "audio/ogg", b"OggS fictional")
    return asked.phones.send_voice(asked.chat, asked.person, upload, 3)


def send_video(asked: Asked) -> Json:
    upload = asked.upload("video.mp4", "video/mp4") or Upload("video.mp4", "video/mp4", b"\0\0\0\x18ftypmp42 fictional")
    return asked.phones.send_video(asked.chat, asked.person, upload, 5, asked.text("caption", ""))


def press(asked: Asked) -> Json:
    label = asked.text("label") if "label" in asked.body else None
    data = asked.text("data") if "data" in asked.body else None
    old = asked.body.get("old") is True
    return asked.phones.press(asked.chat, asked.person, asked.optional_id("message"), label, data, old)


def read(asked: Asked) -> None:
    """The person looks at the chat: nothing is unread any more."""
    chat = asked.chat
    chat.read_upto = max(chat.messages, default=0)


PERSON_ACTIONS: dict[str, Act] = {
    "say": lambda asked: asked.phones.say(asked.chat, asked.person, asked.text("text"), asked.optional_id("reply_to")),
    "start": lambda asked: asked.phones.start(asked.chat, asked.person, asked.text("payload", "")),
    "contact": share_contact,
    "location": lambda asked: asked.phones.share_location(
        asked.chat, asked.person, asked.number("latitude"), asked.number("longitude")
    ),
    "photo": send_photo,
    "document": send_document,
    "voice": send_voice,
    "video": send_video,
    "edit": lambda asked: asked.phones.edit(
        asked.chat, asked.person, asked.optional_id("message") or 0, asked.text("text")
    ),
    "press": press,
    "block": lambda asked: asked.phones.block(asked.chat, asked.person),
    "unblock": lambda asked: asked.phones.unblock(asked.chat, asked.person),
    "delete": lambda asked: asked.phones.delete_account(asked.person),
    "offline": lambda asked: asked.phones.go_offline(asked.person),
    "online": lambda asked: asked.phones.go_online(asked.person),
    "read": read,
}


def routes() -> list[web.RouteDef]:
    base = "/sandbox/api/people"
    return [
        web.post(base, answering(add_person)),
        web.get(base, answering(list_people)),
        web.post("/sandbox/api/groups", answering(make_group)),
        web.get(base + "/{who}/transcript", answering(show_transcript)),
        *(web.post(f"{base}/{{who}}/{name}", answering(act)) for name, act in PERSON_ACTIONS.items()),
    ]
