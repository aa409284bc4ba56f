"""What a text becomes on its way into a message: parsed, trimmed, measured, with the entities found in it."""

import re
from dataclasses import dataclass

from bot.sandbox.html_text import Entity, parse_html, utf16_length
from bot.sandbox.refusals import bad_request, not_built
from bot.sandbox.wire import Params

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
_RAW_LIMIT = 1 << 15
_SPACES = " \t\r\n\v\f\0"
_FOUND = (
    ("bot_command", re.compile(r"(?<![\w/<>])/[a-zA-Z0-9_]{1,64}(?:@[a-zA-Z0-9_]{3,32})?(?![\w/<>@])")),
    ("url", re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)]")),
    ("email", re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+\.[\w.-]*\w")),
    ("mention", re.compile(r"(?<![\w.@/])@[a-zA-Z]\w{3,31}")),
    ("hashtag", re.compile(r"(?<![\w&#])#\w*[^\W\d]\w*")),
)
_NOT_INSIDE = {"code", "pre", "text_link", "text_mention", "url", "email", "bot_command"}


@dataclass(frozen=True)
class Text:
    """Plain text with its entities."""

    plain: str
    entities: tuple[Entity, ...] = ()


def plain_text(source: str) -> Text:
    """What a person types: trimmed, with commands, links and the like found in it."""
    return _finished(source, [])


def message_text(params: Params) -> Text:
    """The text of sendMessage and editMessageText. Refuses what is empty or too long after parsing."""
    text = _read(params, params.text("text"), "entities")
    if not text.plain:
        raise bad_request("message text is empty")
    if len(text.plain) > TEXT_LIMIT:
        raise bad_request("message is too long")
    return text


def caption_text(params: Params) -> Text:
    """The caption of a photo or document, possibly empty."""
    text = _read(params, params.text("caption"), "caption_entities")
    if len(text.plain) > CAPTION_LIMIT:
        raise bad_request("message caption is too long")
    return text


def _read(params: Params, source: str, entities: str) -> Text:
    if len(source.encode()) > _RAW_LIMIT:
        raise bad_request("text is too long")
    mode = params.text("parse_mode").lower()
    if source and mode == "html":
        return _finished(*parse_html(source))
    if source and mode in ("markdown", "markdownv2"):
        raise not_built(f"parse_mode {mode}; send HTML")
    if source and mode not in ("", "none"):
        raise bad_request("unsupported parse_mode")
    given = params.parsed(entities) or []
    return _finished(source, [_checked(entity) for entity in given] if isinstance(given, list) else [])


def _checked(entity: object) -> Entity:
    if not isinstance(entity, dict):
        raise bad_request("can't parse MessageEntity: expected an Object")
    for field in ("offset", "length"):
        if type(entity.get(field)) is not int:
            raise bad_request(f"can't parse MessageEntity: Can't find field \"{field}\"")
    return dict(entity)


def _finished(plain: str, entities: list[Entity]) -> Text:
    trimmed = plain.lstrip(_SPACES)
    cut = utf16_length(plain) - utf16_length(trimmed)
    trimmed = trimmed.rstrip(_SPACES)
    end = utf16_length(trimmed)
    kept = []
    for entity in entities:
        begin = max(entity["offset"] - cut, 0)
        length = min(entity["offset"] - cut + entity["length"], end) - begin
        if length > 0:
            kept.append(entity | {"offset": begin, "length": length})
    kept += _find(trimmed, kept)
    return Text(trimmed, tuple(sorted(kept, key=lambda entity: (entity["offset"], -entity["length"]))))


def _find(plain: str, present: list[Entity]) -> list[Entity]:
    found: list[Entity] = []
    for kind, pattern in _FOUND:
        for match in pattern.finditer(plain):
            offset = utf16_length(plain[: match.start()])
            length = utf16_length(match.group())
            taken = (one for one in [*present, *found] if one["type"] in _NOT_INSIDE)
            if not any(one["offset"] < offset + length and offset < one["offset"] + one["length"] for one in taken):
                found.append({"type": kind, "offset": offset, "length": length})
    return found
