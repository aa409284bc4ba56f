"""Events handed to one consumer once more: what is missing comes, once; what is there stays; never to the sender."""

from pathlib import Path
from typing import Any

import pytest

from admin.refusals import CommandRefused
from admin.republishing import republish_to
from admin.settings import Settings
from events.exporting import Selection
from tests.integration.road import whole_road
from tests.integration.world import Core, core


async def handed(world: Core, tmp_path: Path, to: str, really: bool, **chosen: str) -> dict[str, Any]:
    settings = Settings.model_validate({"database_url": str(world.database.url), "data_dir": tmp_path})
    given = (settings, world.database, world.keyring, world.clock, to, Selection(**chosen))  # type: ignore[arg-type]
    return await republish_to(*given, None, really, "a test", "shell:tests")


async def test_what_is_missing_comes_once_and_what_is_there_stays(network_url: str, tmp_path: Path) -> None:
    async with core(network_url) as world:
        loop = await whole_road(world)
        before = await world.rows("SELECT id, hash FROM streams ORDER BY id")
        for consumer in ("deciding", "telling"):
            done = await handed(world, tmp_path, consumer, True, loop=loop)
            assert (done["new_events"], done["new_notices"]) == ({}, {})
            assert done["there_already"] > 0
        assert await world.rows("SELECT id, hash FROM streams ORDER BY id") == before

        # A reaction was missed: its cursor says done, its notice is not there.
        stream = await unheard(world)
        dry = await handed(world, tmp_path, "telling", False, stream=stream)
        assert dry["new_notices"]["offer"] == 1
        assert await told(world, stream) == []
        done = await handed(world, tmp_path, "telling", True, stream=stream)
        assert done["new_notices"] == dry["new_notices"]
        assert "offer" in await told(world, stream)
        assert (await handed(world, tmp_path, "telling", True, stream=stream))["new_notices"] == {}
        caused = await world.rows("SELECT DISTINCT on_behalf_of FROM log WHERE loop = :l", l=stream)
        assert {row.on_behalf_of for row in caused} == {None, f"replay-{done['replay']}"}
        await world.verified()


async def unheard(world: Core) -> str:
    """A referral of which nobody was told: the consumer `telling` had none of its events."""
    tables = {**world.engine.consumers, "telling": {}}
    kept, world.engine.consumers = world.engine.consumers, tables
    stream: str = (await world.request()).state.id
    world.engine.consumers = kept
    return stream


async def told(world: Core, stream: str) -> list[str]:
    return [row.purpose for row in await world.rows("SELECT purpose FROM notices WHERE about = :s", s=stream)]


async def test_the_sender_and_strangers_are_given_nothing(network_url: str, tmp_path: Path) -> None:
    async with core(network_url) as world:
        with pytest.raises(CommandRefused, match="the sender is given nothing again"):
            await handed(world, tmp_path, "sender", True, type="ReferralRequested")
        with pytest.raises(CommandRefused, match="right is one of deciding, telling"):
            await handed(world, tmp_path, "nobody", True, type="ReferralRequested")
        with pytest.raises(CommandRefused, match="say which events"):
            await handed(world, tmp_path, "telling", True)
