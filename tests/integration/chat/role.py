"""The bot as a process of its own, to be killed: python -m tests.integration.chat.role DATABASE SANDBOX FAILPOINT."""

import asyncio
import sys

from models import failpoints
from models.clock import SystemClock
from models.database import Database
from models.sealed import Keyring
from tests.integration.chat.stage import build
from tests.phones import Sandbox


async def main(database_url: str, sandbox_url: str, failpoint: str) -> None:
    failpoints.arm(failpoint)
    world = await Sandbox.connect(sandbox_url)
    stage = build(Database(database_url), Keyring(bytes(range(32))), world, SystemClock(), owner="process")
    await stage.directories.refresh()
    await asyncio.gather(stage.updates.run(), stage.sender.run())


asyncio.run(main(*sys.argv[1:]))
