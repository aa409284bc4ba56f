"""From bytes to plain values: character sets, JSON, XML; pure.

UTF-8 and GB18030 (with GBK and GB2312 inside it) are what hospitals send. A file called .json may hold XML: the first
character decides, not the name.
"""

import json
import re
from email.message import Message as Headers
from typing import Any

from events.intake.problems import unreadable
from events.intake.xml_reading import read_xml

_CHARSETS = {
    "utf-8": "utf-8", "utf8": "utf-8", "us-ascii": "utf-8",
    "gb18030": "gb18030", "gbk": "gb18030", "gb2312": "gb18030",
}  # fmt: skip
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
# What neither a database nor another program can store: NUL, and half of a surrogate pair.
_BAD_ESCAPE = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")


def media_type(content_type: str | None) -> tuple[str, dict[str, str]]:
    """The media type in small letters, and its parameters."""
    headers = Headers()
    headers["content-type"] = (content_type or "application/octet-stream").replace("\n", " ").replace("\r", " ")
    parameters = {name.lower(): value for name, value in headers.get_params(failobj=[])[1:]}
    return headers.get_content_type(), parameters


def decode(body: bytes, charset: str | None = None) -> str:
    """The text of a body: as declared, else by its byte-order mark, else UTF-8, else GB18030.

    Unacceptable when it is none of these, or a character set we do not read.
    """
    if not body.strip():
        raise unreadable("the body is empty: a message is expected")
    for mark, name in _BOMS:
        if body.startswith(mark):
            return _decoded(body[len(mark) :], name)
    if charset is not None:
        known = _CHARSETS.get(charset.strip("\"' ").lower())
        if known is None:
            raise unreadable(f"character set {charset[:40]!r}: send UTF-8 or GB18030", "Content-Type")
        return _decoded(body, known)
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return _decoded(body, "gb18030")


def _decoded(body: bytes, charset: str) -> str:
    try:
        return body.decode(charset)
    except UnicodeDecodeError as error:
        raise unreadable(f"byte {error.start} is not {charset.upper()}: send UTF-8 or GB18030") from None


def read_value(body: bytes, charset: str | None = None) -> tuple[Any, bool]:
    """The value a body holds (JSON as it is, XML as the same shape), and whether it was XML.

    Unacceptable, naming the place, for anything else.
    """
    text = decode(body, charset)
    if "\x00" in text:
        raise unreadable("the body holds a NUL character")
    if text.lstrip()[:1] == "<":
        return read_xml(text), True
    return read_json(text), False


def read_json(text: str) -> Any:
    """The JSON value of a text; Unacceptable, naming line and column, for anything else."""
    try:
        value = json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno} column {error.colno}"
        raise unreadable(f"neither JSON nor XML: {error.msg} at {place}") from None
    except RecursionError:
        raise unreadable("nested too deeply") from None
    except ValueError as error:
        raise unreadable(f"not JSON: {error}") from None
    if _BAD_ESCAPE.search(text):
        _check_characters(value)
    return value


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number of JSON")


def _check_characters(value: Any) -> None:
    written = json.dumps(value, ensure_ascii=False)
    try:
        written.encode()
    except UnicodeEncodeError:
        raise unreadable("a text holds half of a surrogate pair: send the whole character") from None
    if _has_nul(value):
        raise unreadable("a text holds a NUL character")


def _has_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, dict):
        return any(_has_nul(key) or _has_nul(each) for key, each in value.items())
    return isinstance(value, list) and any(_has_nul(each) for each in value)
