"""The few ways in which a chat changes. Bots and people both end here, so the journal misses nothing."""

from bot.sandbox.transcript import message_view, people_of
from bot.sandbox.world import BotAccount, Chat, Json, Message, Version, World


def add_message(
    world: World,
    account: BotAccount,
    chat: Chat,
    sender_id: int,
    body: Json,
    now: float,
    *,
    markup: Json | None = None,
    reply_to: int | None = None,
    silent: bool = False,
    protected: bool = False,
    reply_keyboard: Json | None = None,
    extra: Json | None = None,
) -> Message:
    """Puts a new message into a chat."""
    first = Version(world.journal.last + 1, now, body, markup)
    message = Message(
        next(account.message_ids), chat.id, sender_id, int(now), [first], reply_to, silent, protected,
        reply_keyboard, extra=extra or {},
    )  # fmt: skip
    chat.messages[message.id] = message
    if reply_keyboard is not None:
        chat.reply_keyboard = reply_keyboard or None
    if sender_id != account.id:
        chat.read_upto = message.id
    tell(world, account, chat, message, "message", now)
    return message


def change_message(
    world: World, account: BotAccount, message: Message, body: Json, markup: Json | None, now: float
) -> None:
    """Replaces content and keyboard; the old version stays in the history."""
    message.versions.append(Version(world.journal.last + 1, now, body, markup))
    tell(world, account, account.chats[message.chat_id], message, "edited", now)


def delete_message(world: World, account: BotAccount, message: Message, now: float) -> None:
    """Takes a message away; what it said last stays readable in the history."""
    last = message.now
    message.versions.append(Version(world.journal.last + 1, now, last.body, last.markup, deleted=True))
    tell(world, account, account.chats[message.chat_id], message, "deleted", now)


def tell(world: World, account: BotAccount, chat: Chat, message: Message, kind: str, now: float) -> None:
    """Journals a change of a message; `held` when every phone it is meant for is offline."""
    people = people_of(world, chat)
    if people and all(not person.online for person in people) and message.sender_id == account.id:
        kind = "held"
    data = {
        "bot": account.id,
        "chat": chat.id,
        "people": [person.key for person in people],
        "message": message_view(world, account, message),
    }
    world.journal.add(kind, now, data)


def catch_up(world: World, account: BotAccount, chat: Chat, seen: int, now: float) -> None:
    """A phone is online again: journals what happened to its chat after change `seen`."""
    for message in chat.messages.values():
        if message.now.number <= seen or message.sender_id != account.id:
            continue
        if message.seen(seen) is None:
            if not message.deleted:
                tell(world, account, chat, message, "message", now)
        else:
            tell(world, account, chat, message, "deleted" if message.deleted else "edited", now)
