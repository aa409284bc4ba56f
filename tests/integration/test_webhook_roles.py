"""A webhook in the two ways it is run: at the gateway's port in one process, at the bot's own port in its own."""

import base64
from collections.abc import Callable
from pathlib import Path

import pytest

from admin.servers.process import free_port
from admin.settings import Settings
from admin.wiring import all_roles, one_role
from bot.sandbox.app import SandboxConfig, serve
from models.database import Database
from models.migrations.schema import migrate
from tests.phones import Sandbox

SECRET = "0123456789-abcdef"
TOKEN = "4200000001:AAtestTESTtestTESTtestTESTtestTESTte"


def settings(api: str, data_dir: Path, **more: object) -> Settings:
    port = free_port()
    return Settings.model_validate(
        {
            "telegram_api_url": api, "telegram_token": TOKEN, "data_dir": data_dir, "port": port,
            "telegram_webhook_url": f"http://127.0.0.1:{port}/telegram", "telegram_webhook_secret": SECRET,
            "site_key": base64.b64encode(bytes(32)).decode(), **more,
        }
    )  # fmt: skip


async def test_everything_in_one_process_hears_at_the_gateways_port(tmp_path: Path) -> None:
    sandbox = await serve(SandboxConfig(rates=False))
    world = await Sandbox.connect(sandbox.url)
    try:
        async with all_roles(settings(sandbox.url, tmp_path)):
            mei = await world.person("mei", name="Mei", language="en")
            await mei.start()
            await mei.expect("registered staff and patients only")
            assert await world.calls("getUpdates") == []
    finally:
        await world.finish()
        await sandbox.close()


@pytest.mark.full
async def test_a_bot_of_its_own_has_a_door_of_its_own_and_a_second_one_takes_over(
    tmp_path: Path, fresh_database_url: Callable[[str], str]
) -> None:
    url = fresh_database_url("postgresql")
    database = Database(url)
    await migrate(database)
    await database.close()
    sandbox = await serve(SandboxConfig(rates=False))
    world = await Sandbox.connect(sandbox.url)
    parts = {"database_url": url, "broker_url": "amqp://nobody@127.0.0.1:1/none"}
    try:
        first = settings(sandbox.url, tmp_path / "first", **parts)
        second = settings(sandbox.url, tmp_path / "second", **parts)
        async with one_role(second, "bot"):
            async with one_role(first, "bot") as running:
                assert running.address == f"http://127.0.0.1:{first.port}"
                mei = await world.person("mei", name="Mei", language="en")
                await mei.start()
                await mei.expect("registered staff and patients only")
            await mei.say("hello")
            await mei.expect("registered staff and patients only")
    finally:
        await world.finish()
        await sandbox.close()
