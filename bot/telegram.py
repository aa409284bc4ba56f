"""The channel over Telegram's Bot API: aiogram for sending, a plain request for polling.

What a failure means decides whether a message may be sent again (N2), so every one is named:

| what happened | answer |
|---|---|
| 200 | Sent |
| 400 `message is not modified` | Sent: it shows this already |
| 400 `message to edit not found` and the like | NotSent invalid |
| 400 `chat not found`, 403 `bot can't initiate conversation`, `user is deactivated` | NotSent unreachable |
| 403 `bot was blocked by the user` | NotSent blocked |
| 429 | NotSent rate, with its `retry_after` |
| 5xx in Telegram's own JSON: it says that it failed | NotSent temporary |
| no connection made (refused, no route, connect timeout) | NotSent temporary: nothing had been written |
| 502 with an HTML page, a timeout or a break after the request was written | Unknown |

Polling takes the raw JSON: an update that this code's aiogram cannot read must not stop those behind it. Every message
is sent with `protect_content`: a card cannot be forwarded or saved out of the chat it was meant for.
Imported only by the role that needs it: aiogram takes a second to load.
"""

import asyncio
from collections.abc import Awaitable, Mapping
from typing import Any, TypeVar

import aiohttp

from bot.channel import NotSent, Outgoing, Refusal, Sent, Unknown
from bot.inbound import ALLOWED_UPDATES
from bot.light_aiogram import built_when_used
from bot.polling import CannotPoll
from bot.webhook import Hook

with built_when_used():
    from aiogram import Bot
    from aiogram.client.default import DefaultBotProperties
    from aiogram.client.session.aiohttp import AiohttpSession
    from aiogram.client.telegram import PRODUCTION, TelegramAPIServer
    from aiogram.enums import ParseMode
    from aiogram.exceptions import (
        AiogramError,
        TelegramAPIError,
        TelegramBadRequest,
        TelegramForbiddenError,
        TelegramNetworkError,
        TelegramRetryAfter,
        TelegramServerError,
    )
    from aiogram.methods import AnswerCallbackQuery, EditMessageText, SendMessage
    from aiogram.methods.base import Response
    from aiogram.types import (
        BotCommand,
        BotCommandScopeAllPrivateChats,
        BotCommandScopeChat,
        BotCommandScopeUnion,
        BufferedInputFile,
        InlineKeyboardButton,
        InlineKeyboardMarkup,
        LinkPreviewOptions,
        Message,
    )

# What every card and press needs is built now, not while somebody waits. aiogram makes the forms of Telegram's answers
# when one comes, and pydantic forgets them with the answer: 16 ms a call, unless somebody keeps them.
for _model in (Message, SendMessage, EditMessageText, AnswerCallbackQuery):
    _model.model_rebuild()
_ANSWERS = (Response[Message], Response[Message | bool], Response[bool])

_GONE = ("chat not found", "user is deactivated", "can't initiate conversation", "PEER_ID_INVALID")

T = TypeVar("T")


def _classify(error: AiogramError) -> Sent | NotSent | Unknown:
    """What a failed call means; the table above."""
    reason = getattr(error, "message", "") or type(error).__name__
    match error:
        case TelegramRetryAfter(retry_after=seconds):
            return NotSent(Refusal.rate, "flood", retry_after=float(seconds))
        case TelegramNetworkError():
            before = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
            if isinstance(error.__cause__, before):
                return NotSent(Refusal.temporary, type(error.__cause__).__name__)
            # The text of a network error may hold the address, and with it the token.
            return Unknown(type(error.__cause__ or error).__name__)
        case TelegramBadRequest() | TelegramForbiddenError() if any(word in reason for word in _GONE):
            return NotSent(Refusal.unreachable, reason)
        case TelegramForbiddenError():
            return NotSent(Refusal.blocked, reason)
        case TelegramServerError():
            return NotSent(Refusal.temporary, reason)
        case TelegramAPIError():
            return NotSent(Refusal.invalid, reason)
        case _:
            return Unknown(type(error).__name__)


class _Session(AiohttpSession):
    async def close(self) -> None:
        """Without the quarter of a second that aiogram sleeps: aiohttp waits for its connections to end."""
        if self._session is not None:
            await self._session.close()


class TelegramChannel:
    """`bot.channel.Channel` for one bot. `api_url`: another Bot API server (the sandbox); seconds for `timeout`."""

    def __init__(self, token: str, api_url: str | None = None, timeout: float = 10.0) -> None:
        api = TelegramAPIServer.from_base(api_url) if api_url else PRODUCTION
        self.bot_id = token.partition(":")[0]
        self._bot = Bot(
            token,
            session=_Session(api=api, timeout=timeout),
            default=DefaultBotProperties(
                parse_mode=ParseMode.HTML,
                protect_content=True,
                link_preview=LinkPreviewOptions(is_disabled=True),
            ),
        )
        self._polling: aiohttp.ClientSession | None = None
        self._updates_url = api.api_url(token=token, method="getUpdates")

    async def send(self, chat: int, outgoing: Outgoing, silent: bool = False) -> Sent | NotSent | Unknown:
        """Send a new message."""
        message = await self._try(
            self._bot.send_message(chat, outgoing.text, reply_markup=_keyboard(outgoing), disable_notification=silent)
        )
        return message if not hasattr(message, "message_id") else Sent(message.message_id)

    async def update(self, chat: int, message: int, outgoing: Outgoing) -> Sent | NotSent | Unknown:
        """Change a message; one that shows this already counts as sent."""
        # Without a keyboard in the request Telegram takes the old one away, which is what no buttons mean.
        answer = await self._try(
            self._bot.edit_message_text(
                outgoing.text, chat_id=chat, message_id=message, reply_markup=_keyboard(outgoing)
            )
        )
        if isinstance(answer, NotSent) and "message is not modified" in answer.reason:
            return Sent(message)
        return answer if isinstance(answer, NotSent | Unknown) else Sent(message)

    async def delete(self, chat: int, message: int) -> Sent | NotSent | Unknown:
        """Take a message away."""
        answer = await self._try(self._bot.delete_message(chat, message))
        return answer if isinstance(answer, NotSent | Unknown) else Sent(message)

    async def send_file(self, chat: int, name: str, data: bytes, photo: bool = False) -> Sent | NotSent | Unknown:
        """Send a file, as a document unless `photo`: a photo is shown at once and scaled down."""
        file = BufferedInputFile(data, name)
        send = self._bot.send_photo(chat, file) if photo else self._bot.send_document(chat, file)
        answer = await self._try(send)
        return answer if not hasattr(answer, "message_id") else Sent(answer.message_id)

    async def file(self, unique: str, most: int) -> bytes | None:
        """The bytes of a file that somebody sent; None when it cannot be had, or has more than `most`."""
        found = await self._try(self._bot.get_file(unique))
        if isinstance(found, Sent | NotSent | Unknown) or not found.file_path or (found.file_size or 0) > most:
            return None
        held = await self._try(self._bot.download_file(found.file_path))
        return None if held is None or isinstance(held, Sent | NotSent | Unknown) else held.read(most + 1)[:most]

    async def acknowledge(self, callback: str, text: str = "", alert: bool = False) -> bool:
        """Answer a press; False when it came too late, or cannot be reached."""
        answer = await self._try(
            self._bot.answer_callback_query(callback, text=text[:200] or None, show_alert=alert or None)
        )
        return not isinstance(answer, NotSent | Unknown)

    async def leave(self, chat: int) -> None:
        """Leave a group; nothing to do where we are out already."""
        await self._try(self._bot.leave_chat(chat))

    async def name(self) -> str | None:
        """The bot's user name, for links; None when Telegram does not answer."""
        me = await self._try(self._bot.get_me())
        return None if isinstance(me, Sent | NotSent | Unknown) else me.username

    async def set_webhook(self, url: str, secret: str) -> str | None:
        """Have updates posted to `url` with this secret; why not, or None when it is done. What waits is kept."""
        answer = await self._try(
            self._bot.set_webhook(url, secret_token=secret, allowed_updates=list(ALLOWED_UPDATES), max_connections=40)
        )
        return answer.reason if isinstance(answer, NotSent | Unknown) else None

    async def webhook(self) -> Hook | None:
        """The webhook that is set now; None when Telegram does not answer."""
        info = await self._try(self._bot.get_webhook_info())
        if isinstance(info, Sent | NotSent | Unknown):
            return None
        return Hook(info.url, info.pending_update_count, info.last_error_message or "")

    async def end_webhook(self) -> None:
        """Let updates be fetched again where a webhook had been set; what waits is kept."""
        await self._try(self._bot.delete_webhook())

    async def set_commands(self, language: str | None, commands: Mapping[str, str], chat: int | None = None) -> bool:
        """The menu of commands with their descriptions: of one chat, or of every private chat without its own.

        `language`: two letters, or None for phones in any other. No commands: the chat has no menu of its own any more.
        """
        scope: BotCommandScopeUnion
        scope = BotCommandScopeAllPrivateChats() if chat is None else BotCommandScopeChat(chat_id=chat)
        known = [BotCommand(command=name, description=words) for name, words in commands.items()]
        call: Awaitable[bool] = (
            self._bot.set_my_commands(known, scope=scope, language_code=language)
            if known
            else self._bot.delete_my_commands(scope=scope, language_code=language)
        )
        return not isinstance(await self._try(call), NotSent | Unknown)

    async def fetch(self, offset: int | None, seconds: int) -> list[dict[str, Any]]:
        """The raw updates from `offset` on, waited for up to `seconds`; CannotPoll when there are none to be had."""
        if self._polling is None:
            self._polling = aiohttp.ClientSession()
        asked = {"timeout": seconds, "limit": 100, "allowed_updates": list(ALLOWED_UPDATES)}
        if offset is not None:
            asked["offset"] = offset
        patience = aiohttp.ClientTimeout(total=seconds + 10)
        try:
            async with self._polling.post(self._updates_url, json=asked, timeout=patience) as response:
                body = await response.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise CannotPoll(type(error).__name__) from None
        if not isinstance(body, dict) or body.get("ok") is not True:
            answer = body if isinstance(body, dict) else {}
            wait = (answer.get("parameters") or {}).get("retry_after")
            raise CannotPoll(str(answer.get("description", "no JSON object")), retry_after=wait)
        return [update for update in body["result"] if isinstance(update, dict)]

    async def close(self) -> None:
        """Give the connections back."""
        await self._bot.session.close()
        if self._polling is not None:
            await self._polling.close()

    async def _try(self, call: Awaitable[T]) -> T | Sent | NotSent | Unknown:
        try:
            return await call
        except AiogramError as error:
            return _classify(error)
        except (aiohttp.ClientError, OSError, asyncio.IncompleteReadError) as error:
            return Unknown(type(error).__name__)


def _keyboard(outgoing: Outgoing) -> InlineKeyboardMarkup | None:
    if not outgoing.buttons:
        return None
    rows = [
        [InlineKeyboardButton(text=each.label, callback_data=each.token) for each in row] for row in outgoing.buttons
    ]
    return InlineKeyboardMarkup(inline_keyboard=rows)
