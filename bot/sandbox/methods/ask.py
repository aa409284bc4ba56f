"""One call of a bot: who asks, with which arguments, when; and the checks nearly every method begins with."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.sandbox.refusals import Refusal, bad_request, forbidden
from bot.sandbox.wire import Params
from bot.sandbox.world import BotAccount, Chat, Message, World


@dataclass(frozen=True)
class Ask:
    """`now` is unix time on the sandbox clock."""

    world: World
    account: BotAccount
    params: Params
    now: float


Method = Callable[[Ask], Any]


def find_chat(ask: Ask) -> Chat:
    """The chat named by `chat_id`, reachable or not."""
    raw = ask.params.text("chat_id").strip()
    if not raw:
        raise bad_request("chat_id is empty")
    try:
        chat_id = int(raw)
    except ValueError:
        raise bad_request("chat not found") from None
    chat = ask.account.chats.get(chat_id)
    if chat is not None:
        return chat
    if ask.world.person_by_id(chat_id) is None:
        raise bad_request("chat not found")
    return Chat(chat_id, "private")


def reachable_chat(ask: Ask) -> Chat:
    """The chat named by `chat_id`, if the bot may write there now."""
    chat = find_chat(ask)
    why = unreachable(ask, chat)
    if why:
        raise why
    return chat


def unreachable(ask: Ask, chat: Chat) -> Refusal | None:
    if chat.kind != "private":
        kicked = ask.account.id not in chat.members
        return forbidden(f"bot is not a member of the {chat.kind} chat") if kicked else None
    person = ask.world.person_by_id(chat.id)
    if person is None or person.deleted:
        return forbidden("user is deactivated")
    if not chat.started:
        return forbidden("bot can't initiate conversation with a user")
    if chat.blocked:
        return forbidden("bot was blocked by the user")
    return None


def find_message(chat: Chat, message_id: int, what: str) -> Message:
    """A message that is still there; `what` is how Telegram names it in the refusal."""
    message = chat.messages.get(message_id)
    if message is None or message.deleted:
        raise bad_request(f"{what} not found")
    return message
