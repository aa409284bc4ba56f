"""Reading a Bot API call off the wire: GET or POST, query, urlencoded, multipart or JSON.

Every value is kept as the text Telegram's server would see; the typed readers below give the refusals.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from bot.sandbox.refusals import bad_request

_YES = {"true", "yes", "1"}


@dataclass(frozen=True)
class Upload:
    """A file as it came in a multipart body."""

    name: str
    mime: str
    data: bytes


@dataclass(frozen=True)
class Params:
    """The arguments of one call."""

    values: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, Upload] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """The raw text, empty when absent."""
        return self.values.get(name, "")

    def given(self, name: str) -> bool:
        return bool(self.values.get(name))

    def number(self, name: str, default: int = 0) -> int:
        """An integer; what is no integer counts as absent, as at Telegram."""
        try:
            return int(self.values.get(name, ""))
        except ValueError:
            return default

    def decimal(self, name: str) -> float | None:
        try:
            return float(self.values.get(name, ""))
        except ValueError:
            return None

    def flag(self, name: str) -> bool:
        return self.values.get(name, "").lower() in _YES

    def parsed(self, name: str) -> Any:
        """A JSON argument, None when absent or empty. Raises the refusal Telegram gives for broken JSON."""
        raw = self.values.get(name, "")
        if not raw:
            return None
        try:
            return json.loads(raw)
        except ValueError:
            shown = {"reply_markup": "reply keyboard markup"}.get(name, name.replace("_", " "))
            raise bad_request(f"can't parse {shown} JSON object") from None

    def for_log(self) -> dict[str, Any]:
        """What the call log shows: everything but the bytes of files."""
        shown: dict[str, Any] = dict(self.values)
        for name, upload in self.files.items():
            shown[name] = f"<{upload.name}, {len(upload.data)} bytes>"
        return shown


def as_text(value: Any) -> str | None:
    """A JSON value as the text the same argument would be in a form."""
    if value is None:
        return None
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


async def read_params(request: web.Request) -> Params:
    """All arguments of an HTTP request; the body wins over the query."""
    values = dict(request.query)
    files: dict[str, Upload] = {}
    if request.method == "POST":
        if request.content_type == "application/json":
            values |= _from_json(await request.read())
        elif request.content_type == "multipart/form-data":
            await _read_multipart(request, values, files)
        else:
            form = await request.post()
            values |= {name: value for name, value in form.items() if isinstance(value, str)}
    try:
        "".join(values.values()).encode()
    except UnicodeEncodeError:
        raise bad_request("strings must be encoded in UTF-8") from None
    return Params(values, files)


def _from_json(body: bytes) -> dict[str, str]:
    if not body.strip():
        return {}
    try:
        parsed = json.loads(body)
    except ValueError:
        raise bad_request("can't parse JSON object") from None
    if not isinstance(parsed, dict):
        raise bad_request("JSON object expected")
    texts = {str(name): as_text(value) for name, value in parsed.items()}
    return {name: text for name, text in texts.items() if text is not None}


async def _read_multipart(request: web.Request, values: dict[str, str], files: dict[str, Upload]) -> None:
    form = await request.post()
    for name, value in form.items():
        if isinstance(value, web.FileField):
            files[name] = Upload(value.filename, value.content_type, value.file.read())
        elif isinstance(value, str):
            values[name] = value
        else:
            files[name] = Upload(name, "application/octet-stream", bytes(value))
