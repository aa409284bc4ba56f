"""Telegram's HTML: text with tags in, plain text with entities out. Errors carry the server's own words.

Offsets in errors are bytes of the UTF-8 input; offsets of entities are UTF-16 code units, as Telegram counts.
Source of rules and texts: the public source of the Bot API server (td, MessageEntity).
"""

import re
from dataclasses import dataclass
from typing import Any

from bot.sandbox.refusals import Refusal, bad_request

Entity = dict[str, Any]

_TAGS = {
    "bold": "b strong",
    "italic": "i em",
    "strikethrough": "s strike del",
    "underline": "u ins",
    "spoiler": "tg-spoiler span",
    "text_link": "a",
    "pre": "pre",
    "code": "code",
    "blockquote": "blockquote",
}
_KIND_OF = {tag: kind for kind, tags in _TAGS.items() for tag in tags.split()}
_NAMED = {b"lt": "<", b"gt": ">", b"amp": "&", b"quot": '"'}
_SPACE = b" \t\r\n\0\v"
_ATTRIBUTE_END = _SPACE + b"=>/\"'"
_CHARACTER_REFERENCE = re.compile(rb"&(?:#x([0-9a-fA-F]*)|#([0-9]*)|([a-zA-Z]*))(;?)")


@dataclass
class _Open:
    tag: str
    argument: str
    offset: int
    begin: int


def utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def parse_html(source: str) -> tuple[str, list[Entity]]:
    """Plain text and its entities. Raises the 400 `can't parse entities: ...` of the Bot API."""
    return _Reader(source.encode()).read()


class _Reader:
    def __init__(self, source: bytes) -> None:
        # A closing zero byte stands for the end of the text, so that looking one byte ahead is always safe.
        self.source = source + b"\0"
        self.size = len(source)
        self.pos = 0
        self.out: list[str] = []
        self.offset = 0
        self.open: list[_Open] = []
        self.entities: list[Entity] = []

    def read(self) -> tuple[str, list[Entity]]:
        while self.pos < self.size:
            if self.source[self.pos] != ord("<"):
                self._text()
            elif self.source[self.pos + 1] == ord("/"):
                self._end_tag()
            else:
                self._start_tag()
        if self.open:
            raise _error(f'Can\'t find end tag corresponding to start tag "{self.open[-1].tag}"')
        self.entities.sort(key=lambda entity: (entity["offset"], -entity["length"]))
        return "".join(self.out), self.entities

    def _text(self) -> None:
        if self.source[self.pos] == ord("&") and (decoded := self._reference()):
            self._emit(decoded)
            return
        end = self.pos + 1
        while end < self.size and self.source[end] not in b"<&":
            end += 1
        self._emit(self.source[self.pos : end].decode())
        self.pos = end

    def _emit(self, text: str) -> None:
        self.out.append(text)
        self.offset += utf16_length(text)

    def _reference(self) -> str | None:
        match = _CHARACTER_REFERENCE.match(self.source, self.pos)
        if match is None:
            return None
        hexadecimal, decimal, name, semicolon = match.groups()
        if name is not None:
            decoded = _NAMED.get(name)
        else:
            code = int(hexadecimal, 16) if hexadecimal else int(decimal or b"0")
            too_long = len(match.group(0)) - len(semicolon) >= 10
            if code == 0 or code >= 0x10FFFF or too_long:
                return None
            if 0xD800 <= code <= 0xDFFF:
                raise _error(
                    "Text contains invalid Unicode characters after decoding HTML entities,"
                    " check for unmatched surrogate code units"
                )
            decoded = chr(code)
        if decoded is not None:
            self.pos = match.end()
        return decoded

    def _until(self, stops: bytes) -> bytes:
        begin = self.pos
        while self.source[self.pos] not in stops:
            self.pos += 1
        return self.source[begin : self.pos]

    def _skip_space(self) -> None:
        while self.pos < self.size and self.source[self.pos] in _SPACE:
            self.pos += 1

    def _ended(self) -> bool:
        return self.pos >= self.size

    def _start_tag(self) -> None:
        begin = self.pos
        self.pos += 1
        tag = self._until(_SPACE + b">").decode().lower()
        if self._ended():
            raise _error(f"Unclosed start tag at byte offset {begin}")
        if tag not in _KIND_OF:
            raise _error(f'Unsupported start tag "{tag}" at byte offset {begin}')
        argument = self._attributes(tag, begin)
        if tag == "span" and argument != "spoiler":
            raise _error(f'Tag "span" must have class "tg-spoiler" at byte offset {begin}')
        self.pos += 1
        self.open.append(_Open(tag, argument, self.offset, len(self.out)))

    def _attributes(self, tag: str, begin: int) -> str:
        argument = ""
        unclosed = _error(f'Unclosed start tag "{tag}" at byte offset {begin}')
        while self.source[self.pos] != ord(">"):
            self._skip_space()
            if self.source[self.pos] == ord(">"):
                break
            name = self._until(_ATTRIBUTE_END).decode()
            if not name:
                raise _error(f'Empty attribute name in the tag "{tag}" at byte offset {begin}')
            self._skip_space()
            if self.source[self.pos] != ord("="):
                if self._ended():
                    raise unclosed
                argument = "1" if (tag, name) == ("blockquote", "expandable") else argument
                continue
            self.pos += 1
            self._skip_space()
            if self._ended():
                raise unclosed
            value = self._attribute_value()
            if self._ended():
                raise _error(f"Unclosed start tag at byte offset {begin}")
            argument = _argument(tag, name, value, argument)
        return argument

    def _attribute_value(self) -> str:
        quote = self.source[self.pos]
        if quote not in b"\"'":
            begin = self.pos
            while chr(self.source[self.pos]).isascii() and (
                chr(self.source[self.pos]).isalnum() or self.source[self.pos] in b".-"
            ):
                self.pos += 1
            if self.source[self.pos] not in _SPACE + b">":
                raise _error(f"Unexpected end of name token at byte offset {begin}")
            return self.source[begin : self.pos].decode().lower()
        self.pos += 1
        parts: list[bytes] = []
        while self.source[self.pos] != quote and not self._ended():
            if self.source[self.pos] == ord("&") and (decoded := self._reference()):
                parts.append(decoded.encode())
            else:
                parts.append(self.source[self.pos : self.pos + 1])
                self.pos += 1
        if not self._ended():
            self.pos += 1
        return b"".join(parts).decode()

    def _end_tag(self) -> None:
        begin = self.pos
        if not self.open:
            raise _error(f"Unexpected end tag at byte offset {begin}")
        self.pos += 2
        found = self._until(_SPACE + b">").decode().lower()
        self._skip_space()
        if self.source[self.pos] != ord(">"):
            raise _error(f"Unclosed end tag at byte offset {begin}")
        self.pos += 1
        last = self.open.pop()
        if found and found != last.tag:
            raise _error(f'Unmatched end tag at byte offset {begin}, expected "</{last.tag}>", found "</{found}>"')
        if self.offset > last.offset:
            self._close(last)

    def _close(self, last: _Open) -> None:
        entity: Entity = {
            "type": _KIND_OF[last.tag],
            "offset": last.offset,
            "length": self.offset - last.offset,
        }
        previous = self.entities[-1] if self.entities else None
        same_span = previous and (previous["offset"], previous["length"]) == (
            entity["offset"],
            entity["length"],
        )
        if last.tag == "a":
            url = last.argument or "".join(self.out[last.begin :])
            if user := re.fullmatch(r"tg://user\?id=(\d+)", url):
                entity |= {
                    "type": "text_mention",
                    "user": {"id": int(user[1]), "is_bot": False, "first_name": ""},
                }
            elif "." in url or "://" in url:
                entity["url"] = url if "://" in url else f"http://{url}"
            else:
                return
        elif last.tag == "code":
            if previous and same_span and previous["type"] == "pre" and last.argument:
                previous["language"] = last.argument
                return
            if last.argument:
                entity["language"] = last.argument
        elif last.tag == "pre" and previous and same_span and previous.get("language"):
            previous["type"] = "pre"
            return
        elif last.tag == "blockquote" and last.argument:
            entity["type"] = "expandable_blockquote"
        self.entities.append(entity)


def _argument(tag: str, name: str, value: str, before: str) -> str:
    if (tag, name) == ("a", "href"):
        return value
    if (tag, name) == ("code", "class") and value.startswith("language-"):
        return value.removeprefix("language-")
    if (tag, name) == ("span", "class") and value.startswith("tg-"):
        return value.removeprefix("tg-")
    if (tag, name) == ("blockquote", "expandable"):
        return "1"
    return before


def _error(why: str) -> Refusal:
    return bad_request(f"can't parse entities: {why}")
