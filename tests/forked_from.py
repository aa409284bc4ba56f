"""What the process that is forked from has done already (tests/forked.py)."""

import gc
from importlib import import_module
from zoneinfo import ZoneInfo

import admin.chat
import admin.cli
import admin.gateway
import admin.wiring
import bot.telegram
import events.rabbit
import tests.integration.chat.stage
from bot import texts
from models.values import Language
from tests import certificates
from workers.packs_in_force import rules_counting

# Imported by others only once they work.
for name in (
    "admin.demo.setup", "apscheduler.executors.asyncio", "apscheduler.triggers.interval", "bot.earlier_texts",
    "pydantic.v1", "uvicorn.lifespan.off", "uvicorn.protocols.http.auto", "uvicorn.protocols.websockets.auto",
):  # fmt: skip
    import_module(name)
admin.cli._command()
for language in Language:
    texts.has(language, "")
rules_counting(ZoneInfo("Asia/Shanghai"), ())  # the packs that ship, read and checked
certificates.share()
certificates.read()
gc.collect()
gc.freeze()  # memory that is not looked through stays shared

__all__ = ["admin", "bot", "events", "tests"]
