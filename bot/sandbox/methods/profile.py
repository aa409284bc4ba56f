"""Methods about the bot itself and about chats as a whole: name, commands, menu button, webhook, files."""

import re
from urllib.parse import urlsplit

from bot.sandbox.files import find_file
from bot.sandbox.methods.ask import Ask, Method, find_chat
from bot.sandbox.refusals import bad_request, forbidden
from bot.sandbox.views import chat_wire, message_wire
from bot.sandbox.world import Json, Profile

COMMAND = re.compile(r"[a-z0-9_]{1,32}")
SCOPES = {
    "default", "all_private_chats", "all_group_chats", "all_chat_administrators", "chat",
    "chat_administrators", "chat_member",
}  # fmt: skip
SECRET = re.compile(r"[A-Za-z0-9_-]*")
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_ACCENTS = 7


def get_me(ask: Ask) -> Json:
    return ask.account.wire() | {
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


def get_chat(ask: Ask) -> Json:
    chat = find_chat(ask)
    if not chat.started:
        raise bad_request("chat not found")
    pinned = [message for message in chat.messages.values() if message.pinned and not message.deleted]
    shown = chat_wire(ask.world, chat) | {
        "accent_color_id": abs(chat.id) % _ACCENTS,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(
            (
                "unlimited_gifts",
                "limited_gifts",
                "unique_gifts",
                "premium_subscription",
                "gifts_from_channels",
            ),
            False,
        ),
    }
    if pinned:
        shown["pinned_message"] = message_wire(ask.world, ask.account, pinned[-1], with_reply=False)
    return shown


def leave_chat(ask: Ask) -> bool:
    chat = find_chat(ask)
    if chat.kind == "private":
        raise bad_request("chat member status can't be changed in private chats")
    if ask.account.id not in chat.members:
        raise forbidden(f"bot is not a member of the {chat.kind} chat")
    chat.members.remove(ask.account.id)
    return True


def get_file(ask: Ask) -> Json:
    if not ask.params.given("file_id"):
        raise bad_request("file_id not specified")
    file = find_file(ask.account, ask.params.text("file_id"))
    if file is None:
        raise bad_request("invalid file_id")
    return file.wire() | {"file_path": file.path}


def set_my_commands(ask: Ask) -> bool:
    given = ask.params.parsed("commands")
    if not isinstance(given, list):
        raise bad_request("expected an Array of BotCommand")
    commands = []
    for one in given:
        if not isinstance(one, dict) or not isinstance(one.get("command"), str):
            raise bad_request("can't parse BotCommand: Can't find field \"command\"")
        name, words = one["command"].removeprefix("/"), str(one.get("description", ""))
        if not COMMAND.fullmatch(name):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(words) <= 256:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
        commands.append({"command": name, "description": words})
    if len(commands) > 100:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    ask.account.profile.commands[_scope(ask), ask.params.text("language_code")] = commands
    ask.world.journal.add("commands", ask.now, {"bot": ask.account.id, "scope": _scope(ask)})
    return True


def get_my_commands(ask: Ask) -> list[Json]:
    return ask.account.profile.commands.get((_scope(ask), ask.params.text("language_code")), [])


def delete_my_commands(ask: Ask) -> bool:
    ask.account.profile.commands.pop((_scope(ask), ask.params.text("language_code")), None)
    ask.world.journal.add("commands", ask.now, {"bot": ask.account.id, "scope": _scope(ask)})
    return True


def _scope(ask: Ask) -> str:
    scope = ask.params.parsed("scope") or {"type": "default"}
    if not isinstance(scope, dict) or str(scope.get("type")) not in SCOPES:
        raise bad_request("unsupported type specified")
    kind = str(scope["type"])
    if kind == "chat" and str(scope.get("chat_id")) not in {str(chat) for chat in ask.account.chats}:
        raise bad_request("chat not found")
    return f"{kind}:{scope['chat_id']}" if "chat_id" in scope else kind


def commands_for(profile: Profile, chat_id: int, language: str) -> list[Json]:
    """The menu a phone shows: of the narrowest scope that has one, in its language before the general."""
    for scope in (f"chat:{chat_id}", "all_private_chats", "default"):
        for code in (language, ""):
            if (scope, code) in profile.commands:
                return profile.commands[scope, code]
    return []


def _setter(field: str, argument: str, limit: int) -> Method:
    def set_words(ask: Ask) -> bool:
        words = ask.params.text(argument)
        if len(words) > limit:
            raise bad_request(f"{argument.upper()}_TOO_LONG")
        by_language: dict[str, str] = getattr(ask.account.profile, field)
        by_language[ask.params.text("language_code")] = words
        if not words:
            del by_language[ask.params.text("language_code")]
        return True

    return set_words


set_my_name = _setter("name", "name", 64)
set_my_description = _setter("description", "description", 512)
set_my_short_description = _setter("short_description", "short_description", 120)


def set_chat_menu_button(ask: Ask) -> bool:
    button = ask.params.parsed("menu_button") or {"type": "default"}
    if not isinstance(button, dict) or button.get("type") not in ("default", "commands", "web_app"):
        raise bad_request("can't parse menu button: Unsupported type specified")
    if ask.params.given("chat_id"):
        find_chat(ask).menu_button = button
    else:
        ask.account.profile.menu_button = button
    return True


def set_webhook(ask: Ask) -> bool:
    """Only addresses on this machine: nothing the sandbox knows may leave it."""
    url, secret = ask.params.text("url"), ask.params.text("secret_token")
    if not url:
        return delete_webhook(ask)
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise bad_request("invalid webhook URL specified")
    if parts.hostname not in LOOPBACK:
        raise bad_request("bad webhook: IP address is reserved")
    if len(secret) > 256:
        raise bad_request("secret token is too long")
    if not SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
    webhook = ask.account.webhook
    webhook.url, webhook.secret = url, secret
    webhook.max_connections = min(max(ask.params.number("max_connections", 40), 1), 100)
    webhook.last_error, webhook.last_error_at = "", 0
    take_allowed(ask)
    _drop_pending(ask)
    return True


def delete_webhook(ask: Ask) -> bool:
    ask.account.webhook.url = ""
    _drop_pending(ask)
    return True


def get_webhook_info(ask: Ask) -> Json:
    webhook, queue = ask.account.webhook, ask.account.queue
    shown: Json = {
        "url": webhook.url,
        "has_custom_certificate": False,
        "pending_update_count": queue.pending(ask.now),
    }
    if webhook.url:
        shown |= {"max_connections": webhook.max_connections, "ip_address": "127.0.0.1"}
    if webhook.last_error:
        shown |= {"last_error_date": webhook.last_error_at, "last_error_message": webhook.last_error}
    if queue.restricted:
        shown["allowed_updates"] = sorted(queue.allowed)
    return shown


def take_allowed(ask: Ask) -> None:
    """Obeys `allowed_updates` if it is given; else what was set before stays."""
    allowed = ask.params.parsed("allowed_updates")
    if isinstance(allowed, list):
        ask.account.queue.allow([str(kind) for kind in allowed])


def _drop_pending(ask: Ask) -> None:
    if ask.params.flag("drop_pending_updates"):
        ask.account.queue.clear()
