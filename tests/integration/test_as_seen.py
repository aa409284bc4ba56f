"""As seen: what changes after a card was written (words, rules, names) is not on it; the next writing takes it over."""

import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from admin.network.load import load_network
from admin.network.reading import read_files
from bot.as_seen import Seen, as_seen
from bot.earlier_texts import remember_texts
from bot.texts import source
from events.referral_commands import SeeReferral
from events.rule_pack import RollBackPack
from models.templates import remember_templates
from models.values import Language, Priority
from tests.integration.world import KEYRING, NETWORK, START, ZONE, Core, activate, core
from tests.unit.events.story import LIN
from workers.packs_then import packs_then
from workers.rules.pack import PACKS

OTHER = "另一种说法"
MINUTE = timedelta(minutes=1)
TOLD = (
    "INSERT INTO deliveries (id, notice, attempt, address, chat, state, fence, message, started_at, ended_at) "
    "SELECT 'd' || stream, stream, 1, 'telegram:1', 1, 'sent', 1, 1, requested_at, requested_at FROM notices"
)


@pytest.fixture
async def world(network_url: str) -> AsyncIterator[Core]:
    async with core(network_url) as parts:
        yield parts


async def seen(world: Core, stream: str) -> Seen:
    """What Lin had of the offer a second ago."""
    at = world.clock.now()
    async with world.database.reading() as transaction:
        rules = await packs_then(transaction, ZONE)
        [found] = await as_seen(transaction, stream, "lin-hao", at, lambda moment: rules.at(moment).in_force)
    return found


async def other_words(world: Core) -> None:
    """Another version of the bot begins, with another word for two buttons."""
    then = {str(language): source(language) for language in Language}
    then["zh"] = re.sub(r"(?m)^button-hold = .*$", f"button-hold = {OTHER}", then["zh"])
    async with world.database.transaction() as tx:
        await remember_texts(tx, START - timedelta(days=1))
        await remember_templates(tx, "other", json.dumps(then), world.clock.now())


async def other_names(world: Core, folder: Path) -> None:
    """The clinic is called otherwise from now on."""
    for file in ("patients.yaml", "staff.csv"):
        (folder / file).write_text((NETWORK.parent / file).read_text("utf-8"), "utf-8")
    path = folder / "network.yaml"
    path.write_text(NETWORK.read_text("utf-8").replace("莲塘村卫生室", "新名卫生室"), "utf-8")
    async with world.database.transaction() as tx:
        await load_network(tx, read_files(path), KEYRING, world.clock.now(), "person:tests")
    await world.directory.refresh()


async def other_rules(world: Core) -> str:
    """Stat is to be answered within 25 minutes instead of five, from today on; the stream of the pack."""
    content = (PACKS / "triage.yaml").read_text("utf-8").replace("{stat: 5, asap: 30,", "{stat: 25, asap: 30,")
    return await activate(world, content)


async def test_what_changed_after_a_card_was_written_is_on_it_from_the_next_writing_on(
    world: Core, tmp_path: Path
) -> None:
    stream = (await world.request(asked_priority=Priority.stat)).state.id
    async with world.database.transaction() as transaction:
        await transaction.execute(text(TOLD))
    world.clock.forward(MINUTE)
    first = await seen(world, stream)
    assert "10:05" in first.text
    assert "莲塘村卫生室" in first.text
    assert not first.words_known  # nobody has remembered any yet

    await other_words(world)
    await other_names(world, tmp_path)
    pack = await other_rules(world)
    world.clock.forward(MINUTE)
    assert await seen(world, stream) == replace(first, words_known=True)  # nobody has written to the card since

    await world.do(SeeReferral(stream=stream, by=LIN))
    later = await seen(world, stream)
    assert "10:25" in later.text
    assert "新名卫生室" in later.text
    assert OTHER in [label for line in later.buttons for label in line]

    world.clock.forward(MINUTE)
    # Which rules counted is known of every moment, also of a pack that counts no longer.
    await world.do(RollBackPack(stream=pack, by="chen-yu", reason="wrong"))
    async with world.database.reading() as transaction:
        rules = await packs_then(transaction, ZONE)
    moments = (START, START + 2 * MINUTE, world.clock.now())
    limits = [rules.at(moment).triage.parameters["answer_within_min"]["stat"] for moment in moments]
    assert limits == [5, 25, 5]
