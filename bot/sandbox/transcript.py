"""Chats as a phone shows them, for the page, the tests and whoever wants a witness."""

from datetime import UTC, datetime

from bot.sandbox.world import BotAccount, Chat, Json, Message, Person, Press, Version, World


def iso(at: float | None) -> str | None:
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")


def people_of(world: World, chat: Chat) -> list[Person]:
    """Whose phones show this chat."""
    ids = set(chat.members) or {chat.id}
    return [person for person in world.people.values() if person.id in ids]


def person_view(person: Person) -> Json:
    return {
        "key": person.key,
        "id": person.id,
        "name": person.name,
        "last_name": person.last_name,
        "phone": person.phone,
        "language": person.language,
        "username": person.username,
        "online": person.online,
        "deleted": person.deleted,
    }


def body_text(body: Json) -> str:
    """The words of a message: its text, its caption, or what it shows instead."""
    return str(body.get("text") or body.get("caption") or "")


def _buttons(markup: Json | None) -> list[list[Json]]:
    rows = (markup or {}).get("inline_keyboard", [])
    return [
        [{"label": one["text"], "data": one.get("callback_data"), "url": one.get("url")} for one in row] for row in rows
    ]


def _attachment(body: Json) -> Json | None:
    for kind in ("photo", "document", "voice", "contact", "location"):
        if kind in body:
            value: Json = body[kind][-1] if kind == "photo" else body[kind]
            return {"kind": kind, **value}
    return None


def _version_view(version: Version) -> Json:
    body = version.body
    return {
        "text": body_text(body),
        "entities": list(body.get("entities") or body.get("caption_entities") or []),
        "attachment": _attachment(body),
        "buttons": _buttons(version.markup),
    }


def message_view(world: World, account: BotAccount, message: Message, seen: int | None = None) -> Json:
    """One message as a phone shows it that has seen everything up to change `seen` (None: everything)."""
    shown = message.seen(seen) or message.now
    sender = world.person_by_id(message.sender_id)
    kept = [version for version in message.versions if not version.deleted]
    return {
        "id": message.id,
        "by": sender.key if sender else "bot",
        "date": iso(message.date),
        **_version_view(shown),
        "keyboard": message.reply_keyboard,
        "reply_to": message.reply_to,
        "silent": message.silent,
        "protected": message.protected,
        "pinned": message.pinned,
        "deleted": shown.deleted,
        "edits": sum(version.number <= shown.number for version in kept) - 1,
        "edited_at": iso(shown.at) if shown.number != kept[0].number and not shown.deleted else None,
        "history": [{"at": iso(one.at), **_version_view(one)} for one in kept[:-1]],
        "on_phone": message.seen(seen) is not None,
    }


def press_view(press: Press) -> Json:
    return {
        "id": press.id,
        "message": press.message_id,
        "label": press.label,
        "data": press.data,
        "at": iso(press.at),
        "answered_at": iso(press.answered_at),
        "text": press.text,
        "alert": press.alert,
        "url": press.url,
    }


def unread(account: BotAccount, chat: Chat, person: Person) -> list[Message]:
    """New messages of the bot the person has not looked at, as far as they reached the phone."""
    return [
        message
        for message in chat.messages.values()
        if message.sender_id == account.id
        and message.id > chat.read_upto
        and not message.deleted
        and message.seen(person.hidden_after) is not None
    ]


def transcript(world: World, account: BotAccount, chat: Chat | None, person: Person, everything: bool) -> Json:
    """What the phone shows of one chat. `everything`: what Telegram holds, although the phone is offline."""
    shown: Json = {"person": person_view(person), "bot": account.id, "started": bool(chat and chat.started)}
    if chat is None:
        return shown | {
            "blocked": False, "messages": [], "presses": [], "unread": 0, "pushes": 0, "keyboard": None,
        }  # fmt: skip
    seen = None if everything else person.hidden_after
    messages = [message_view(world, account, message, seen) for message in chat.messages.values()]
    if not everything:
        messages = [message for message in messages if message["on_phone"]]
    waiting = unread(account, chat, person)
    return shown | {
        "blocked": chat.blocked,
        "messages": messages,
        "presses": [
            press_view(press)
            for press in account.presses.values()
            if press.chat_id == chat.id and press.person_id == person.id
        ],
        "unread": len(waiting),
        "pushes": sum(not message.silent for message in waiting),
        "keyboard": chat.reply_keyboard,
    }
