"""Keyboards: read from `reply_markup`, refused as Telegram refuses them."""

from dataclasses import dataclass
from typing import Any

from bot.sandbox.refusals import Refusal, bad_request, not_built
from bot.sandbox.wire import Params

_UNBUILT_INLINE = (
    "web_app", "login_url", "switch_inline_query", "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat", "callback_game", "pay",
)  # fmt: skip
_UNBUILT_REPLY = ("request_users", "request_chat", "request_poll", "web_app")
DATA_LIMIT_BYTES = 64


@dataclass(frozen=True)
class Markup:
    """`inline` hangs under the message; `reply` replaces the phone's keyboard ({} removes it)."""

    inline: dict[str, Any] | None = None
    reply: dict[str, Any] | None = None


def read_markup(params: Params, inline_only: bool = False) -> Markup:
    """The `reply_markup` argument. Edits take inline keyboards only."""
    raw = params.parsed("reply_markup")
    if raw is None:
        return Markup()
    if not isinstance(raw, dict):
        raise bad_request("object expected as reply markup")
    if raw.get("keyboard"):
        markup = Markup(reply={**raw, "keyboard": _rows(raw["keyboard"], "keyboard", _reply_button)})
    elif raw.get("inline_keyboard"):
        rows = _rows(raw["inline_keyboard"], "inline_keyboard", _inline_button)
        return Markup(inline={"inline_keyboard": rows} if rows else None)
    elif raw.get("remove_keyboard"):
        markup = Markup(reply={})
    elif raw.get("force_reply"):
        markup = Markup(reply={"force_reply": True, "placeholder": raw.get("input_field_placeholder", "")})
    else:
        return Markup()
    if inline_only:
        raise bad_request("inline keyboard expected")
    return markup


def _rows(rows: Any, field: str, read: Any) -> list[list[dict[str, Any]]]:
    owner = (
        " of the InlineKeyboardMarkup must be an Array of Arrays"
        if field == "inline_keyboard"
        else (" must be an Array of Arrays")
    )
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request(f'field "{field}"{owner}')
    read_rows = [[read(button) for button in row] for row in rows]
    return [row for row in read_rows if row]


def _inline_button(button: Any) -> dict[str, Any]:
    if not isinstance(button, dict):
        raise _inline_error("InlineKeyboardButton must be an Object")
    if not isinstance(button.get("text"), str):
        raise _inline_error('Can\'t find field "text"')
    if not button["text"].strip():
        raise bad_request("BUTTON_TEXT_INVALID")
    shown: dict[str, Any] = {"text": button["text"]}
    if isinstance(button.get("url"), str):
        if not button["url"].strip() or " " in button["url"]:
            raise bad_request("BUTTON_URL_INVALID")
        return shown | {"url": button["url"]}
    if isinstance(button.get("callback_data"), str):
        if not 1 <= len(button["callback_data"].encode()) <= DATA_LIMIT_BYTES:
            raise bad_request("BUTTON_DATA_INVALID")
        return shown | {"callback_data": button["callback_data"]}
    if isinstance(button.get("copy_text"), dict):
        return shown | {"copy_text": {"text": str(button["copy_text"].get("text", ""))}}
    for kind in _UNBUILT_INLINE:
        if kind in button:
            raise not_built(f"{kind} buttons")
    raise _inline_error("Text buttons are unallowed in the inline keyboard")


def _inline_error(why: str) -> Refusal:
    return bad_request(f"can't parse inline keyboard button: {why}")


def _reply_button(button: Any) -> dict[str, Any]:
    if isinstance(button, str):
        return {"text": button}
    if not isinstance(button, dict):
        raise bad_request("can't parse keyboard button: KeyboardButton must be an Object")
    if not isinstance(button.get("text"), str):
        raise bad_request("can't parse keyboard button: Can't find field \"text\"")
    for kind in _UNBUILT_REPLY:
        if button.get(kind):
            raise not_built(f"{kind} buttons")
    shown: dict[str, Any] = {"text": button["text"]}
    for kind in ("request_contact", "request_location"):
        if button.get(kind):
            shown[kind] = True
    return shown
