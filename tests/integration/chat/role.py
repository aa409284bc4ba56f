"""The bot as a process of its own, to be killed."""

import asyncio

from models import failpoints
from models.clock import SystemClock
from models.database import Database
from models.sealed import Keyring
from tests.integration.chat.stage import build
from tests.phones import Sandbox


def run(database_url: str, sandbox_url: str, failpoint: str) -> None:
    """Run the bot until somebody, or the failpoint, kills it."""
    asyncio.run(_main(database_url, sandbox_url, failpoint))


async def _main(database_url: str, sandbox_url: str, failpoint: str) -> None:
    failpoints.arm(failpoint)
    world = await Sandbox.connect(sandbox_url)
    stage = build(Database(database_url), Keyring(bytes(range(32))), world, SystemClock(), owner="process")
    await stage.directories.refresh()
    await asyncio.gather(stage.updates.run(), stage.sender.run())
