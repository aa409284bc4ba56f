"""Methods that put something new into a chat."""

from typing import Any

from bot.sandbox.files import find_file, photo_sizes, take_upload
from bot.sandbox.markup import read_markup
from bot.sandbox.methods.ask import Ask, find_message, reachable_chat
from bot.sandbox.refusals import bad_request
from bot.sandbox.texts import Text, caption_text, message_text
from bot.sandbox.views import message_wire
from bot.sandbox.world import Chat, Json, StoredFile
from bot.sandbox.writing import add_message

ACTIONS = {
    "cancel", "typing", "record_video", "upload_video", "record_voice", "upload_voice", "record_audio",
    "upload_audio", "upload_photo", "upload_document", "choose_sticker", "pick_up_location", "find_location",
    "record_video_note", "upload_video_note",
}  # fmt: skip


def send_message(ask: Ask) -> Json:
    chat = reachable_chat(ask)
    return _send(ask, chat, with_entities("text", message_text(ask.params)))


def send_photo(ask: Ask) -> Json:
    chat = reachable_chat(ask)
    caption = caption_text(ask.params)
    file = attachment(ask, "photo")
    return _send(ask, chat, {"photo": photo_sizes(file)} | with_entities("caption", caption))


def send_document(ask: Ask) -> Json:
    chat = reachable_chat(ask)
    caption = caption_text(ask.params)
    file = attachment(ask, "document")
    return _send(ask, chat, {"document": document_wire(file)} | with_entities("caption", caption))


def send_location(ask: Ask) -> Json:
    chat = reachable_chat(ask)
    place: dict[str, float] = {}
    for name, limit in (("latitude", 90), ("longitude", 180)):
        if not ask.params.given(name):
            raise bad_request(f"{name} is empty")
        value = ask.params.decimal(name)
        if value is None or abs(value) > limit:
            raise bad_request("wrong location specified")
        place[name] = value
    return _send(ask, chat, {"location": place})


def send_contact(ask: Ask) -> Json:
    chat = reachable_chat(ask)
    contact: Json = {
        "phone_number": ask.params.text("phone_number"),
        "first_name": ask.params.text("first_name"),
    }
    if not contact["phone_number"]:
        raise bad_request("wrong phone number specified")
    if not contact["first_name"]:
        raise bad_request("FIRST_NAME_INVALID")
    for name in ("last_name", "vcard"):
        if ask.params.given(name):
            contact[name] = ask.params.text(name)
    return _send(ask, chat, {"contact": contact})


def send_chat_action(ask: Ask) -> bool:
    chat = reachable_chat(ask)
    action = ask.params.text("action").lower()
    if action not in ACTIONS:
        raise bad_request("wrong parameter action in request")
    data = {"bot": ask.account.id, "chat": chat.id, "action": action}
    ask.world.journal.add("typing", ask.now, data)
    return True


def with_entities(field: str, text: Text) -> Json:
    """Text or caption in wire form; nothing at all when empty."""
    if not text.plain:
        return {}
    shown: dict[str, Any] = {field: text.plain}
    if text.entities:
        shown["entities" if field == "text" else "caption_entities"] = list(text.entities)
    return shown


def attachment(ask: Ask, field: str) -> StoredFile:
    """The file a call means: uploaded under its own name, by `attach://`, or a file_id the bot has seen."""
    value = ask.params.text(field)
    name = value.removeprefix("attach://") if value.startswith("attach://") else field
    upload = ask.params.files.get(name)
    if upload is not None:
        return take_upload(ask.account, field, upload)
    if value.startswith(("http://", "https://")):
        raise bad_request("failed to get HTTP URL content")
    if not value:
        raise bad_request(f"there is no {field} in the request")
    file = find_file(ask.account, value)
    if file is None:
        raise bad_request("wrong file identifier/HTTP URL specified")
    return file


def document_wire(file: StoredFile) -> Json:
    return {"file_name": file.name, "mime_type": file.mime} | file.wire()


def _send(ask: Ask, chat: Chat, body: Json) -> Json:
    markup = read_markup(ask.params)
    message = add_message(
        ask.world, ask.account, chat, ask.account.id, body, ask.now,
        markup=markup.inline,
        reply_to=_reply_to(ask, chat),
        silent=ask.params.flag("disable_notification"),
        protected=ask.params.flag("protect_content"),
        reply_keyboard=markup.reply,
    )  # fmt: skip
    return message_wire(ask.world, ask.account, message)


def _reply_to(ask: Ask, chat: Chat) -> int | None:
    given = ask.params.parsed("reply_parameters")
    if isinstance(given, dict):
        message_id = given.get("message_id") if type(given.get("message_id")) is int else 0
        optional = bool(given.get("allow_sending_without_reply"))
    else:
        message_id = ask.params.number("reply_to_message_id")
        optional = ask.params.flag("allow_sending_without_reply")
    if not message_id:
        return None
    known = chat.messages.get(message_id)
    if optional and (known is None or known.deleted):
        return None
    return find_message(chat, message_id, "message to be replied").id
