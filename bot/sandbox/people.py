"""What a person can do with the phone. Every action ends as an update for the bot, as it does at Telegram."""

import re

from bot.sandbox.core import Core
from bot.sandbox.files import photo_sizes, sample_photo, take_upload
from bot.sandbox.groups import bot_sees, tell_membership, tell_person
from bot.sandbox.methods.sending import document_wire, with_entities
from bot.sandbox.texts import CAPTION_LIMIT, TEXT_LIMIT, plain_text
from bot.sandbox.transcript import message_view, press_view
from bot.sandbox.views import inaccessible_wire, message_wire
from bot.sandbox.wire import Upload
from bot.sandbox.world import BotAccount, Chat, Json, Message, Person, Press
from bot.sandbox.writing import add_message, catch_up, change_message

PAYLOAD = re.compile(r"[A-Za-z0-9_-]{0,64}")
KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
PHONE = re.compile(r"\+?[0-9][0-9 -]{3,20}")


class Cannot(Exception):
    """The phone cannot do that; the text says why. `code` is the HTTP status the people API answers with."""

    def __init__(self, why: str, code: int = 409) -> None:
        super().__init__(why)
        self.code = code


class Phones:
    """Acts for people on one bot."""

    def __init__(self, core: Core, account: BotAccount) -> None:
        self._core = core
        self._world = core.world
        self._account = account

    @property
    def _now(self) -> float:
        return self._core.clock.stamp()

    def say(self, chat: Chat, person: Person, text: str, reply_to: int | None = None) -> Json:
        """Types a text. A first text also opens the chat, like Telegram's Start button does."""
        words = plain_text(text)
        if not words.plain:
            raise Cannot("text: there is nothing in it", 422)
        if len(words.plain) > TEXT_LIMIT:
            raise Cannot(f"text: {len(words.plain)} characters, a message holds {TEXT_LIMIT}", 422)
        return self._write(chat, person, with_entities("text", words), reply_to)

    def start(self, chat: Chat, person: Person, payload: str = "") -> Json:
        """Opens the bot by a link or its Start button: `/start payload`."""
        if not PAYLOAD.fullmatch(payload):
            raise Cannot("payload: at most 64 of A-Z a-z 0-9 _ -", 422)
        self._unblocked(chat, person)
        return self.say(chat, person, f"/start {payload}".strip())

    def share_contact(self, chat: Chat, person: Person, contact: Json, reply_to: int | None = None) -> Json:
        return self._write(chat, person, {"contact": contact}, reply_to)

    def share_location(self, chat: Chat, person: Person, latitude: float, longitude: float) -> Json:
        if abs(latitude) > 90 or abs(longitude) > 180:
            raise Cannot("latitude, longitude: outside ±90, ±180", 422)
        return self._write(chat, person, {"location": {"latitude": latitude, "longitude": longitude}}, None)

    def send_photo(self, chat: Chat, person: Person, upload: Upload | None, caption: str) -> Json:
        file = take_upload(self._account, "photo", upload or sample_photo())
        return self._write(chat, person, {"photo": photo_sizes(file)} | self._caption(caption), None)

    def send_document(self, chat: Chat, person: Person, upload: Upload, caption: str) -> Json:
        file = take_upload(self._account, "document", upload)
        return self._write(chat, person, {"document": document_wire(file)} | self._caption(caption), None)

    def send_voice(self, chat: Chat, person: Person, upload: Upload, seconds: int) -> Json:
        file = take_upload(self._account, "voice", upload)
        return self._write(chat, person, {"voice": file.wire() | {"duration": seconds, "mime_type": file.mime}}, None)

    def send_video(self, chat: Chat, person: Person, upload: Upload, seconds: int, caption: str) -> Json:
        file = take_upload(self._account, "video", upload)
        wire = file.wire() | {"duration": seconds, "width": 360, "height": 640, "mime_type": file.mime}
        return self._write(chat, person, {"video": wire} | self._caption(caption), None)

    def edit(self, chat: Chat, person: Person, message_id: int, text: str) -> Json:
        """Changes the text of an own message."""
        message = self._message(chat, message_id)
        if message.sender_id != person.id or "text" not in message.now.body:
            raise Cannot("message: only own texts can be edited", 422)
        self._reachable(chat, person)
        body = with_entities("text", plain_text(text))
        change_message(self._world, self._account, message, body, None, self._now)
        self._core.add_update(self._account, "edited_message", self._wire(message), chat.id)
        return message_view(self._world, self._account, message)

    def press(
        self,
        chat: Chat,
        person: Person,
        message_id: int | None,
        label: str | None,
        data: str | None,
        old: bool,
    ) -> Json:
        """Presses an inline button: by label on the newest (or the named) message that has it, or by data.

        `data` with a message may be anything, as a forged client would send it. `old` also finds buttons that
        the message had before it was edited: the press of a thumb that was already on its way.
        """
        self._reachable(chat, person)
        if not person.online:
            raise Cannot("the phone is offline: presses fail")
        if data is not None and message_id is not None:
            message, shown = self._message(chat, message_id), label or ""
        else:
            message, button = self._find_button(chat, person, message_id, label, data, old)
            shown, data = str(button["text"]), button.get("callback_data")
            if data is None:
                raise Cannot(f"button {shown!r} opens a link, it calls nobody", 422)
        press = Press(
            f"{person.id}{next(self._core.press_ids):09d}",
            person.id,
            chat.id,
            message.id,
            data,
            shown,
            self._now,
        )
        self._account.presses[press.id] = press
        chat.read_upto = max(chat.read_upto, message.id)
        view = press_view(press)
        self._world.journal.add(
            "pressed",
            self._now,
            {"bot": self._account.id, "chat": chat.id, "people": [person.key], "press": view},
        )
        payload = {
            "id": press.id,
            "from": person.wire(),
            "message": inaccessible_wire(self._world, chat, message) if message.deleted else self._wire(message),
            "chat_instance": str(chat.id * 7_919),
            "data": data,
        }
        self._core.add_update(self._account, "callback_query", payload, chat.id)
        return view

    def block(self, chat: Chat, person: Person) -> None:
        if chat.blocked:
            raise Cannot("the bot is blocked already")
        chat.blocked = True
        tell_membership(self._core, self._account, chat, person, "member", "kicked")

    def unblock(self, chat: Chat, person: Person) -> None:
        if not self._unblocked(chat, person):
            raise Cannot("the bot is not blocked")

    def delete_account(self, person: Person) -> None:
        """The account is gone for good; the bot learns it only when it writes."""
        person.deleted = True
        tell_person(self._core, self._account, person)

    def go_offline(self, person: Person) -> None:
        """Texts queue at the phone, presses fail, nothing new is seen."""
        if person.online:
            person.hidden_after = self._world.journal.last
            tell_person(self._core, self._account, person)

    def go_online(self, person: Person) -> None:
        """Everything written meanwhile is sent, everything missed arrives."""
        seen = person.hidden_after
        if seen is None:
            return
        person.hidden_after = None
        tell_person(self._core, self._account, person)
        for account in self._world.accounts:
            for chat in account.chats.values():
                if person.id in (chat.id, *chat.members):
                    catch_up(self._world, account, chat, seen, self._now)
        written, person.outbox = person.outbox, []
        for draft in written:
            draft["phones"]._write(draft["chat"], person, draft["body"], draft["reply_to"])

    def _write(self, chat: Chat, person: Person, body: Json, reply_to: int | None) -> Json:
        self._reachable(chat, person)
        if reply_to is not None:
            self._message(chat, reply_to)
        if not person.online:
            person.outbox.append({"phones": self, "chat": chat, "body": body, "reply_to": reply_to})
            return {"queued": True}
        chat.started = True
        message = add_message(self._world, self._account, chat, person.id, body, self._now, reply_to=reply_to)
        if bot_sees(self._account, chat, message):
            kind = "channel_post" if chat.kind == "channel" else "message"
            self._core.add_update(self._account, kind, self._wire(message), chat.id)
        return message_view(self._world, self._account, message)

    def _wire(self, message: Message) -> Json:
        return message_wire(self._world, self._account, message)

    def _reachable(self, chat: Chat, person: Person) -> None:
        if person.deleted:
            raise Cannot("the account is deleted")
        if chat.blocked:
            raise Cannot("the bot is blocked: unblock it first")

    def _message(self, chat: Chat, message_id: int) -> Message:
        message = chat.messages.get(message_id)
        if message is None:
            raise Cannot(f"message: there is no message {message_id} in this chat", 404)
        return message

    def _find_button(
        self,
        chat: Chat,
        person: Person,
        message_id: int | None,
        label: str | None,
        data: str | None,
        old: bool,
    ) -> tuple[Message, Json]:
        if label is None and data is None:
            raise Cannot("label: name the button, or give its data", 422)
        messages = [self._message(chat, message_id)] if message_id else list(chat.messages.values())[::-1]
        buttons = [(message, button) for message in messages for button in _buttons(message, person, old)]
        # The whole label counts before a part of it, wherever it stands; then the newest message.
        for exact in (True, False):
            for message, button in buttons:
                by_data = data is not None and button.get("callback_data") == data
                if by_data or (data is None and _named(button["text"], str(label), exact)):
                    return message, button
        present = [button["text"] for _, button in buttons]
        shown = ", ".join(dict.fromkeys(present)) or "none"
        raise Cannot(f"there is no button {label or data!r} on the phone; there are: {shown}", 404)

    def _unblocked(self, chat: Chat, person: Person) -> bool:
        if not chat.blocked:
            return False
        chat.blocked = False
        tell_membership(self._core, self._account, chat, person, "kicked", "member")
        return True

    @staticmethod
    def _caption(caption: str) -> Json:
        if len(caption) > CAPTION_LIMIT:
            raise Cannot(f"caption: {len(caption)} characters, at most {CAPTION_LIMIT}", 422)
        return with_entities("caption", plain_text(caption)) if caption.strip() else {}


def _buttons(message: Message, person: Person, old: bool) -> list[Json]:
    shown = message.seen(person.hidden_after)
    versions = list(reversed(message.versions)) if old else [shown] if shown and not shown.deleted else []
    return [
        button for version in versions for row in (version.markup or {}).get("inline_keyboard", []) for button in row
    ]


def _named(text: str, label: str, exact: bool) -> bool:
    return text == label if exact else label.casefold() in text.casefold()
