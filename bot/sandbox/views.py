"""Messages as the Bot API shows them to a bot."""

from typing import Any

from bot.sandbox.world import BotAccount, Chat, Json, Message, World


def chat_wire(world: World, chat: Chat) -> Json:
    if chat.kind != "private":
        return {"id": chat.id, "type": chat.kind, "title": chat.title}
    person = world.person_by_id(chat.id)
    shown: Json = {"id": chat.id, "type": "private"}
    if person is not None:
        shown["first_name"] = person.name
        shown |= {"last_name": person.last_name} if person.last_name else {}
        shown |= {"username": person.username} if person.username else {}
    return shown


def message_wire(world: World, account: BotAccount, message: Message, with_reply: bool = True) -> Json:
    """A message as it is now. A message it replies to is shown one level deep."""
    chat = account.chats[message.chat_id]
    shown: dict[str, Any] = {
        "message_id": message.id,
        "from": world.sender(account, message.sender_id),
        "chat": chat_wire(world, chat),
        "date": message.date,
    }
    if chat.kind == "channel":
        del shown["from"]
        shown["sender_chat"] = shown["chat"]
    if message.edits:
        shown["edit_date"] = int(message.now.at)
    original = chat.messages.get(message.reply_to) if message.reply_to else None
    if original is not None and with_reply and not original.deleted:
        shown["reply_to_message"] = message_wire(world, account, original, with_reply=False)
    if message.protected:
        shown["has_protected_content"] = True
    shown |= message.extra | message.now.body
    if message.now.markup:
        shown["reply_markup"] = message.now.markup
    return shown


def inaccessible_wire(world: World, chat: Chat, message: Message) -> Json:
    """A deleted message in a callback query: Telegram shows only that it was there."""
    return {"message_id": message.id, "chat": chat_wire(world, chat), "date": 0}
