"""Logs: JSON lines on stderr and nowhere else, without patients, secrets or the text of messages.

An exception's own text may hold anything (a value that did not parse, a row that clashed), so of exceptions only the
type and the places in the code are written; the text of a few kinds that name no data is kept.
"""

import logging
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger

REMOVED = "[removed]"

# What a log line must not say, whatever code writes it there.
PERSONAL = frozenset(
    {
        "name", "name_zh", "name_en", "patient_name", "contact_name", "phone", "mobile", "birth", "birth_date",
        "birth_year", "id_number", "identifier", "identifiers", "diagnosis", "medicines", "complaint", "text", "body",
        "payload", "params", "parameters", "data", "answer", "comment", "note", "vitals", "update", "message_text",
    }
)  # fmt: skip
SECRET = frozenset(
    {
        "token", "telegram_token", "password", "secret", "authorization", "api_key", "key", "site_key", "cookie",
        "database_url", "broker_url", "binding_code", "link",
    }
)  # fmt: skip
_PATTERNS = [
    (re.compile(pattern), by)
    for pattern, by in (
        (r"/bot\d+:[^/\s\"']+", "/bot" + REMOVED),
        (r"\b\d{5,}:[A-Za-z0-9_-]{6,}", REMOVED),
        (r"\brl_[A-Za-z0-9_-]{16,}", REMOVED),
        (r"(?i)\bbearer\s+\S+", "Bearer " + REMOVED),
        (r"([a-z][a-z0-9+.-]*://[^\s/:@]*):[^\s/@]+@", r"\1:" + REMOVED + "@"),
        # Identity card and mobile numbers, wherever they came from.
        (r"(?<![0-9A-Za-z])\d{17}[0-9Xx](?![0-9A-Za-z])", REMOVED),
        (r"(?<![0-9A-Za-z])(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?![0-9A-Za-z])", REMOVED),
    )
]
_ROOT = Path(__file__).resolve().parent.parent


def configure_logs(level: str, secrets: Iterable[str] = ()) -> None:
    """From now on log from `level` up; `secrets` are texts that are struck out wherever they appear."""
    strike = Redaction(secrets)
    steps: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        strike,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level, *steps, structlog.stdlib.ProcessorFormatter.wrap_for_formatter
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )  # fmt: skip
    handler = _ToStderr()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_first_line, *steps],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False, default=lambda value: type(value).__name__),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    logging.captureWarnings(True)
    for name in list(logging.root.manager.loggerDict):
        # uvicorn, aiogram, alembic bring handlers of their own; all of them speak through ours.
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    for name in ("uvicorn.access", "aiohttp.access", "sqlalchemy.engine", "aiosqlite", "alembic"):
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    # A beat that is left out because the last one still runs is meant; it would be a line each time.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)


class _ToStderr(logging.Handler):
    """Writes to what stderr is at that moment, a line at a time."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            sys.stderr.write(self.format(record) + "\n")
            sys.stderr.flush()
        except Exception:  # noqa: BLE001 - a log line must never stop the work
            # Not handleError: it prints the arguments as they are.
            with suppress(OSError, ValueError):
                sys.stderr.write('{"event": "a log line could not be written", "level": "error"}\n')


class Redaction:
    """The step that strikes out what must not be in a log line, at any depth."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        # The longest first: one secret may be part of another.
        self._secrets = sorted({each for each in secrets if len(each) > 3}, key=len, reverse=True)

    def __call__(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        error = event.pop("exc_info", None)
        event.pop("stack_info", None)
        line = {name: self.of(name, value) for name, value in event.items()}
        if error:
            found = error[1] if isinstance(error, tuple) else error
            found = found if isinstance(found, BaseException) else sys.exc_info()[1]
            if found is not None:
                line["exception"] = self.text(described(found))
        return line

    def of(self, name: str, value: Any) -> Any:
        """What may be written for a value under this name."""
        if name.lower() in PERSONAL | SECRET:
            return REMOVED
        match value:
            case None | bool() | int() | float():
                return value
            case BaseException():
                return self.text(described(value))
            case Mapping():
                return {str(key): self.of(str(key), each) for key, each in value.items()}
            case str():
                return self.text(value)
            case logging.LogRecord():
                return value
            case Sequence() | set() | frozenset():
                return [self.of("", each) for each in value]
            case _ if name.startswith("_"):
                return value
            case _:
                return self.text(str(value))

    def text(self, text: str) -> str:
        """A text with secrets and whatever looks like one struck out."""
        for secret in self._secrets:
            text = text.replace(secret, REMOVED)
        for pattern, by in _PATTERNS:
            text = pattern.sub(by, text)
        return text


def described(error: BaseException) -> str:
    """An exception in one line without data: its type, what it may say, and where it came from."""
    said = _sayable(error)
    places = " < ".join(_places(error.__traceback__))
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    parts = [type(error).__name__ + (f": {said}" if said else ""), f"at {places}" if places else ""]
    line = " ".join(part for part in parts if part)
    return f"{line}; after {described(cause)}" if cause is not None else line


def _sayable(error: BaseException) -> str:
    """The text of those errors that name addresses, files or columns, but no values."""
    original = getattr(error, "orig", None)
    if original is not None:  # SQLAlchemy: the driver's first line; DETAIL and parameters hold values
        code = getattr(original, "sqlstate", None) or getattr(original, "sqlite_errorname", None)
        return " ".join(filter(None, [type(original).__name__, code]))
    errors = getattr(error, "errors", None)
    if callable(errors) and hasattr(error, "error_count"):  # pydantic: places and kinds; the input may be a patient
        return ", ".join(f"{'.'.join(map(str, each['loc']))} {each['type']}" for each in errors())
    return str(error).splitlines()[0] if isinstance(error, OSError) and str(error) else ""


def _places(traceback: TracebackType | None) -> list[str]:
    """The innermost frames, ours first named."""
    frames = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        path = Path(code.co_filename)
        name = path.relative_to(_ROOT) if path.is_relative_to(_ROOT) else Path(path.name)
        frames.append(f"{name}:{traceback.tb_lineno} {code.co_name}")
        traceback = traceback.tb_next
    return frames[:-7:-1]


def _first_line(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Of what libraries log only the first line: the rest repeats values (asyncio, aiogram)."""
    lines = str(event["event"]).splitlines()
    event["event"] = lines[0] if lines else ""
    return event
