"""Log lines are JSON on stderr and hold no patient, no secret and no text of a message."""

import asyncio
import json
import logging
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import structlog
from pydantic import BaseModel, ValidationError
from sqlalchemy.exc import IntegrityError

from admin.logs import REMOVED, configure_logs
from tests.conftest import log_plainly

NAME, PHONE, CARD = "李秀英", "13900001234", "11010519491231002X"
TOKEN, PASSWORD, SOURCE_KEY = "123456789:AAcanaryCanaryCanaryCanary", "pa55-canary", "rl_canaryCanaryCanaryCanary"
CANARIES = (NAME, PHONE, CARD, TOKEN, PASSWORD, SOURCE_KEY)


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers, root.level = handlers, level
    logging.captureWarnings(False)
    log_plainly()


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Any:
    configure_logs("info", [PASSWORD, TOKEN])

    def read() -> list[dict[str, Any]]:
        captured = capsys.readouterr()
        assert captured.out == ""
        for canary in CANARIES:
            assert canary not in captured.err
        return [json.loads(line) for line in captured.err.splitlines()]

    return read


def test_a_line_says_when_who_and_what(said: Any) -> None:
    structlog.get_logger("relay").info("published", rows=3, code="R-7K2F4")
    (line,) = said()
    assert (line["event"], line["logger"], line["level"]) == ("published", "relay", "info")
    assert (line["rows"], line["code"]) == (3, "R-7K2F4")
    assert datetime.fromisoformat(line["at"]).tzinfo is UTC


@pytest.mark.parametrize("field", ["name", "phone", "text", "payload", "token", "password", "diagnosis", "Answer"])
def test_what_stands_under_a_personal_or_secret_name_is_removed(said: Any, field: str) -> None:
    structlog.get_logger("bot").warning("seen", **{field: NAME, "deep": [{field: NAME, "step": 1}]})
    (line,) = said()
    assert line[field] == REMOVED
    assert line["deep"] == [{field: REMOVED, "step": 1}]


@pytest.mark.parametrize(
    "text",
    [
        f"POST https://api.telegram.org/bot{TOKEN}/sendMessage",
        f"connecting to postgresql+asyncpg://refloop:{PASSWORD}@db:5432/refloop",
        f"amqp://refloop:{PASSWORD}@broker/",
        f"Authorization: Bearer {SOURCE_KEY}",
        f"key {SOURCE_KEY} is unknown",
        f"call {PHONE} or +86 139 0000 1234",
        f"card {CARD} is unknown",
        f"the secret is {PASSWORD}.",
    ],
)
def test_what_looks_like_a_secret_is_struck_out_anywhere(said: Any, text: str) -> None:
    structlog.get_logger("x").info(text, where=text)
    logging.getLogger("aiogram.event").error("%s", text)
    first, second = said()
    for line in (first["event"], first["where"], second["event"]):
        assert REMOVED in line
        assert "0000" not in line


def test_codes_counts_and_times_stay(said: Any) -> None:
    structlog.get_logger("x").info("R-7K2F4 at 2026-03-05T09:00:00Z, 12345 rows", version=1700000000000)
    (line,) = said()
    assert line["event"] == "R-7K2F4 at 2026-03-05T09:00:00Z, 12345 rows"
    assert line["version"] == 1700000000000


class Form(BaseModel):
    phone: int


def errors() -> list[Exception]:
    with pytest.raises(ValidationError) as invalid:
        Form.model_validate({"phone": NAME})
    row = IntegrityError("INSERT INTO x VALUES (?)", (NAME, PHONE), Exception(f"DETAIL: Key (name)=({NAME})"))
    chained = RuntimeError(PHONE)
    chained.__cause__ = ValueError(NAME)
    return [invalid.value, row, chained, KeyError(NAME), UnicodeDecodeError("utf-8", NAME.encode(), 0, 1, "bad")]


@pytest.mark.parametrize("number", range(5))
def test_an_exception_says_its_type_and_place_but_no_value(said: Any, number: int) -> None:
    error = errors()[number]
    try:
        raise error
    except Exception:
        structlog.get_logger("x").exception("failed")
        logging.getLogger("aiogram.dispatcher").exception("failed")
    for line in said():
        assert type(error).__name__ in line["exception"]
        assert "tests/unit/admin/test_logs.py" in line["exception"]


def test_an_error_of_the_network_keeps_its_words(said: Any) -> None:
    structlog.get_logger("x").error("broken", exc_info=ConnectionRefusedError(111, "Connection refused"))
    (line,) = said()
    assert "Connection refused" in line["exception"]


async def test_a_task_that_nobody_asked_about_does_not_tell_its_error(said: Any) -> None:
    async def fails() -> None:
        raise ValueError(NAME)

    task = asyncio.ensure_future(fails())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    del task
    assert any("exception was never retrieved" in line["event"] for line in said())


def test_libraries_and_warnings_speak_through_the_same_lines(said: Any) -> None:
    logging.getLogger("uvicorn.error").warning("slow")
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        warnings.warn("old", UserWarning, stacklevel=1)
    assert [line["logger"] for line in said()] == ["uvicorn.error", "py.warnings"]


def test_below_the_level_nothing_is_said(said: Any) -> None:
    structlog.get_logger("x").debug("detail")
    logging.getLogger("aiogram").debug("detail")
    assert said() == []
