"""While `up` holds the data directory, commands act through it; only its owner may give them."""

import asyncio
import base64
import json
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from admin.acts import Acts
from admin.local_api import admin_key, carry_out, key_file, router
from admin.lock import DataDirInUse, data_dir_lock
from admin.refusals import CommandRefused
from admin.serving import address_of, listening_socket, serve
from admin.settings import Settings
from models.clock import SystemClock
from models.database import Database
from models.sealed import Keyring
from models.tasks import TaskSet

pytestmark = pytest.mark.parametrize("network_url", ["sqlite"], indirect=True)


@pytest.fixture
def settings(network_url: str, tmp_path: Path) -> Settings:
    return Settings.model_validate(
        {
            "database_url": network_url,
            "data_dir": tmp_path / "data",
            "site_key": base64.urlsafe_b64encode(b"k" * 32).decode(),
        }
    )


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[tuple[str, str]]:
    """What `up` does about it: holds the lock, serves the route, says where. The address and the key."""
    tasks, database = TaskSet(), Database(settings.database)
    bound = listening_socket("127.0.0.1", 0)
    bound.listen()
    with data_dir_lock(settings.data_dir, "refloop up") as lock, admin_key(settings.data_dir) as key:
        app = FastAPI()
        app.include_router(router(Acts(settings, database, Keyring(b"k" * 32), SystemClock()), key))
        tasks.start(serve(app, bound), "gateway")
        lock.announce(address_of(bound))
        try:
            yield address_of(bound), key
        finally:
            await tasks.stop()
            bound.close()
            await database.close()


async def audit(settings: Settings) -> list[str]:
    database = Database(settings.database)
    async with database.reading() as transaction:
        found = (await transaction.execute(text("SELECT action FROM audit ORDER BY at"))).scalars().all()
    await database.close()
    return list(found)


async def test_an_act_goes_through_the_running_installation(settings: Settings) -> None:
    async with running(settings):
        added = await carry_out(settings, "add_source", name="his", facility="liantang")
        assert added["key"].startswith("rl_")
        with pytest.raises(CommandRefused, match="there is a source 'his' already"):
            await carry_out(settings, "add_source", name="his", facility="liantang")
    # The same act finds the data directory free once it has stopped.
    assert (await carry_out(settings, "add_source", name="lis", facility="liantang"))["source"] == "lis"
    assert await audit(settings) == ["source add", "source add"]


async def test_a_problem_in_a_file_comes_back_with_its_line(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "broken.yaml"
    file.write_text("people:\n- id: a\n  nmae_zh: 李\n")
    async with running(settings):
        with pytest.raises(CommandRefused, match=r"broken\.yaml:3: .*nmae_zh"):
            await carry_out(settings, "load_network", file=str(file))


async def test_who_holds_it_without_listening_is_named(settings: Settings) -> None:
    with data_dir_lock(settings.data_dir, "refloop restore"), pytest.raises(DataDirInUse, match="refloop restore"):
        await carry_out(settings, "release_sender", reason=None)


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer"}, {"Authorization": "Bearer wrong"}])
async def test_without_the_key_nothing_is_done(settings: Settings, header: dict[str, str]) -> None:
    async with running(settings) as (address, _), httpx.AsyncClient() as client:
        body = json.dumps({"actor": "x", "name": "his", "facility": "liantang"})
        answer = await client.post(f"{address}/admin/add_source", content=body, headers=header)
        assert answer.status_code == 401
    assert await audit(settings) == []


async def test_only_acts_of_the_closed_set_are_done(settings: Settings) -> None:
    async with running(settings) as (address, key), httpx.AsyncClient() as client:
        header = {"Authorization": f"Bearer {key}"}
        for name in ("nothing", "__init__", "database"):
            assert (await client.post(f"{address}/admin/{name}", content="{}", headers=header)).status_code == 404
        for body in ("", "[]", "{}", '{"actor": "x", "nonsense": 1}', "\xff"):
            answer = await client.post(f"{address}/admin/invite", content=body, headers=header)
            assert answer.status_code == 422, body
            assert "Traceback" not in answer.text


async def test_the_key_is_new_every_time_and_its_owners_only(settings: Settings) -> None:
    keys = set()
    for _ in range(2):
        async with running(settings) as (_, key):
            path = key_file(settings.data_dir)
            assert stat.S_IMODE((await asyncio.to_thread(path.stat)).st_mode) == 0o600
            keys.add(key)
        assert not await asyncio.to_thread(path.exists)
    assert len(keys) == 2


async def test_somebody_who_may_not_read_the_key_is_told_so(settings: Settings) -> None:
    async with running(settings):
        key_file(settings.data_dir).unlink()
        with pytest.raises(CommandRefused, match=r"admin\.key: .*only its owner may give commands"):
            await carry_out(settings, "release_sender", reason=None)
