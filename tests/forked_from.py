"""What the process that is forked from has done already (tests/forked.py)."""

import gc

import admin.chat
import admin.cli
import admin.gateway
import admin.wiring
import bot.telegram
import tests.integration.chat.stage
from bot import texts
from models.values import Language
from workers.rules.layers import shipped

for language in Language:
    texts.has(language, "")
shipped()
gc.collect()
gc.freeze()  # memory that is not looked through stays shared

__all__ = ["admin", "bot", "tests"]
