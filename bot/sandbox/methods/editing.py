"""Methods that change or take away what is in a chat, and the answer to a press."""

from bot.sandbox.files import photo_sizes
from bot.sandbox.markup import read_markup
from bot.sandbox.methods.ask import Ask, find_message, reachable_chat
from bot.sandbox.methods.sending import attachment, document_wire, with_entities
from bot.sandbox.refusals import NOT_MODIFIED, QUERY_TOO_OLD, bad_request, not_built
from bot.sandbox.texts import caption_text, message_text
from bot.sandbox.transcript import press_view
from bot.sandbox.updates import CALLBACK_LIFE
from bot.sandbox.views import message_wire
from bot.sandbox.wire import Params, as_text
from bot.sandbox.world import Json, Message
from bot.sandbox.writing import change_message, delete_message

TWO_DAYS = 48 * 3600
TOAST_LIMIT = 200


def edit_message_text(ask: Ask) -> Json:
    message = _editable(ask)
    if "text" not in message.now.body:
        raise bad_request("there is no text in the message to edit")
    return _change(ask, message, with_entities("text", message_text(ask.params)))


def edit_message_caption(ask: Ask) -> Json:
    message = _editable(ask)
    kept = {name: value for name, value in message.now.body.items() if name in ("photo", "document")}
    if not kept:
        raise bad_request("there is no caption in the message to edit")
    return _change(ask, message, kept | with_entities("caption", caption_text(ask.params)))


def edit_message_reply_markup(ask: Ask) -> Json:
    message = _editable(ask)
    return _change(ask, message, message.now.body)


def edit_message_media(ask: Ask) -> Json:
    message = _editable(ask)
    media = ask.params.parsed("media")
    if not isinstance(media, dict) or media.get("type") not in ("photo", "document"):
        raise not_built("media other than photo and document")
    texts = {name: as_text(value) or "" for name, value in media.items()}
    kind = texts["type"]
    inner = Ask(ask.world, ask.account, Params(texts | {kind: texts.get("media", "")}, ask.params.files), ask.now)
    file = attachment(inner, kind)
    body = {"photo": photo_sizes(file)} if kind == "photo" else {"document": document_wire(file)}
    return _change(ask, message, body | with_entities("caption", caption_text(inner.params)))


def delete(ask: Ask) -> bool:
    chat = reachable_chat(ask)
    message = find_message(chat, ask.params.number("message_id"), "message to delete")
    if ask.now - message.date > TWO_DAYS:
        raise bad_request("message can't be deleted for everyone")
    delete_message(ask.world, ask.account, message, ask.now)
    return True


def pin_chat_message(ask: Ask) -> bool:
    chat = reachable_chat(ask)
    message = find_message(chat, ask.params.number("message_id"), "message to pin")
    message.pinned = True
    ask.world.journal.add("pinned", ask.now, {"bot": ask.account.id, "chat": chat.id, "message": message.id})
    return True


def answer_callback_query(ask: Ask) -> bool:
    """Stops the press's spinner. A press takes one answer, within 150 seconds of the sandbox clock."""
    press = ask.account.presses.get(ask.params.text("callback_query_id"))
    if press is None or press.answered_at is not None or ask.now - press.at > CALLBACK_LIFE:
        raise bad_request(QUERY_TOO_OLD)
    if len(ask.params.text("text")) > TOAST_LIMIT:
        raise bad_request("MESSAGE_TOO_LONG")
    press.answered_at = ask.now
    press.text = ask.params.text("text")
    press.alert = ask.params.flag("show_alert")
    press.url = ask.params.text("url")
    person = ask.world.person_by_id(press.person_id)
    data = {
        "bot": ask.account.id,
        "chat": press.chat_id,
        "people": [person.key] if person else [],
        "press": press_view(press),
    }
    ask.world.journal.add("answered", ask.now, data)
    return True


def _editable(ask: Ask) -> Message:
    if ask.params.given("inline_message_id"):
        raise not_built("inline messages")
    chat = reachable_chat(ask)
    message = find_message(chat, ask.params.number("message_id"), "message to edit")
    if message.sender_id != ask.account.id:
        raise bad_request("message can't be edited")
    return message


def _change(ask: Ask, message: Message, body: Json) -> Json:
    # An edit without reply_markup is no error: the keyboard disappears.
    markup = read_markup(ask.params, inline_only=True).inline
    if (body, markup) == (message.now.body, message.now.markup):
        raise bad_request(NOT_MODIFIED)
    change_message(ask.world, ask.account, message, body, markup, ask.now)
    return message_wire(ask.world, ask.account, message)
