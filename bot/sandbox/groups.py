"""Groups and channels, as far as a bot made for private chats must cope with being put into one."""

from bot.sandbox.core import Core
from bot.sandbox.transcript import person_view
from bot.sandbox.views import chat_wire
from bot.sandbox.world import BotAccount, Chat, Json, Message, Person

KINDS = ("group", "supergroup", "channel")
_FIRST_GROUP = 4_000_000_001
_FIRST_SUPERGROUP = 1_000_000_000_001


def add_group(core: Core, account: BotAccount, title: str, kind: str, members: list[Person]) -> Json:
    """Somebody makes a group and adds the bot: it gets my_chat_member. The id is negative."""
    number = sum(chat.kind != "private" for chat in account.chats.values())
    chat_id = -(_FIRST_GROUP if kind == "group" else _FIRST_SUPERGROUP) - number
    people = [person.id for person in members]
    chat = account.chats[chat_id] = Chat(chat_id, kind, title, [account.id, *people], started=True)
    tell_membership(core, account, chat, members[0], "left", "member")
    return {"id": chat.id, "kind": kind, "title": title, "members": [person.key for person in members]}


def tell_membership(core: Core, account: BotAccount, chat: Chat, person: Person, before: str, after: str) -> None:
    """The my_chat_member update: what `person` did to the bot's place in a chat."""
    bot = account.wire()

    def state(status: str) -> Json:
        return {"user": bot, "status": status} | ({"until_date": 0} if status == "kicked" else {})

    payload = {
        "chat": chat_wire(core.world, chat),
        "from": person.wire(),
        "date": int(core.clock.stamp()),
        "old_chat_member": state(before),
        "new_chat_member": state(after),
    }
    core.add_update(account, "my_chat_member", payload, chat.id)
    tell_person(core, account, person)


def tell_person(core: Core, account: BotAccount, person: Person) -> None:
    """Journals that something about a person changed: blocked, offline, gone."""
    chat = account.chats.get(person.id)
    data = {"bot": account.id, "people": [person.key], "person": person_view(person)}
    core.world.journal.add("person", core.clock.stamp(), data | {"blocked": bool(chat and chat.blocked)})


def bot_sees(account: BotAccount, chat: Chat, message: Message) -> bool:
    """In groups a bot sees commands, mentions of itself and replies to it (Telegram's privacy mode)."""
    if chat.kind in ("private", "channel"):
        return True
    if account.id not in chat.members:
        return False
    text = str(message.now.body.get("text", ""))
    original = chat.messages.get(message.reply_to or 0)
    mention = f"@{account.wire()['username']}"
    return text.startswith("/") or mention in text or bool(original and original.sender_id == account.id)
