"""A raw Telegram update as one thing somebody did, in our words; pure.

Anything may be missing or of another shape: Telegram adds fields, and a forged body must not stop the others. What
cannot be read is None and counts as handled.
"""

from datetime import UTC, datetime
from typing import Any

from bot.channel import FileIn, Inbound, InboundKind

# Asked for by name: my_chat_member comes only to those who do (a block would go unnoticed).
ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member", "channel_post")

_MEDIA = (
    "voice", "audio", "photo", "video", "video_note", "document", "sticker", "animation", "location", "venue", "poll",
    "dice",
)  # fmt: skip
_GONE = {"kicked", "left"}
_MOST_TEXT = 4096

Raw = dict[str, Any]


def parse(update: Raw, received_at: datetime) -> Inbound | None:
    """What happened, or None for what concerns nobody. `received_at` stands in where Telegram gives no time."""
    try:
        if isinstance(press := update.get("callback_query"), dict):
            return _press(press, received_at)
        if isinstance(change := update.get("my_chat_member"), dict):
            return _membership(change, received_at)
        for kind in ("message", "channel_post"):
            if isinstance(message := update.get(kind), dict):
                return _message(message, received_at)
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError, OSError):
        return None
    return None


def _person(user: Raw) -> dict[str, Any]:
    language = user.get("language_code")
    return {
        "user": int(user["id"]),
        "name": str(user.get("first_name", "")),
        "language": str(language) if language else None,
    }


def _press(press: Raw, at: datetime) -> Inbound:
    message = press.get("message") or {}
    person = _person(press["from"])
    # An inline press carries no message; it is answered in the private chat of who pressed.
    chat = message["chat"]["id"] if message else person["user"]
    return Inbound(
        kind=InboundKind.press,
        chat=int(chat),
        at=at,
        token=str(press.get("data", "")),
        callback=str(press["id"]),
        message=int(message["message_id"]) if message else None,
        **person,
    )


def _membership(change: Raw, at: datetime) -> Inbound | None:
    chat, status = change["chat"], change["new_chat_member"]["status"]
    person = _person(change["from"])
    at = _time(change, at)
    if chat["type"] != "private":
        # Being removed from a group needs no answer.
        return None if status in _GONE else Inbound(InboundKind.group, int(chat["id"]), at=at, **person)
    kind = InboundKind.blocked if status in _GONE else InboundKind.unblocked
    return Inbound(kind, int(chat["id"]), at=at, **person)


def _message(message: Raw, at: datetime) -> Inbound | None:
    chat = message["chat"]
    at = _time(message, at)
    person = _person(message.get("from") or {"id": chat["id"]})
    if chat["type"] != "private":
        gone = "left_chat_member" in message
        return None if gone else Inbound(InboundKind.group, int(chat["id"]), at=at, **person)
    replied = message.get("reply_to_message") or {}
    about = int(replied["message_id"]) if replied else None
    written = int(message["message_id"]) if "message_id" in message else None
    if isinstance(contact := message.get("contact"), dict):
        own = contact.get("user_id") == person["user"]
        phone = str(contact.get("phone_number", ""))
        return Inbound(
            InboundKind.contact, int(chat["id"]), at=at, phone=phone, own_contact=own, message=about, **person
        )
    text = message.get("text")
    if isinstance(text, str) and "forward_origin" in message:
        # Somebody else's words, or an old card: nothing that this person asks for.
        return Inbound(InboundKind.media, int(chat["id"]), at=at, written=written, **person)
    if isinstance(text, str):
        text = text[:_MOST_TEXT]
        kind = InboundKind.start if text.split(maxsplit=1)[:1] == ["/start"] else InboundKind.text
        payload = text.removeprefix("/start").strip() if kind is InboundKind.start else text.strip()
        return Inbound(kind, int(chat["id"]), at=at, text=payload, message=about, written=written, **person)
    medium = next((name for name in _MEDIA if name in message), None)
    if medium is not None:
        caption = str(message.get("caption", ""))
        return Inbound(
            InboundKind.media,
            int(chat["id"]),
            at=at,
            text=caption,
            message=about,
            written=written,
            file=_file(message),
            medium=medium,
            **person,
        )
    return None


def _file(message: Raw) -> FileIn | None:
    """The document, the voice message, the video, or the largest size of the photo."""
    found = next((message[name] for name in ("document", "voice", "video", "video_note") if message.get(name)), None)
    if isinstance(sizes := message.get("photo"), list) and sizes:
        found = max(sizes, key=lambda size: int(size.get("file_size", 0)))
    if not isinstance(found, dict) or not isinstance(found.get("file_id"), str):
        return None
    return FileIn(found["file_id"], int(found.get("file_size") or 0))


def _time(body: Raw, otherwise: datetime) -> datetime:
    """When it was sent, by Telegram; never later than when we got it."""
    sent = body.get("date")
    return min(datetime.fromtimestamp(sent, UTC), otherwise) if isinstance(sent, int) else otherwise
