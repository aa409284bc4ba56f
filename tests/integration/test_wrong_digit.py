"""A week under a pack with one wrong digit: found by what-if, stopped, repaired; untouched loops keep their digests."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from admin.parts import rules_in_force
from admin.refusals import CommandRefused
from admin.repairing import Repairs, read_list
from admin.settings import Settings
from events.referral import ClinicalPicture, Vitals
from events.referral_commands import AcceptReferral, RecordArrival
from models import holds
from models.deliveries import CardRow
from models.history import table_of
from models.values import Priority
from tests.integration import world as worlds
from tests.integration.test_what_if import pack
from tests.integration.world import START, ZONE, Core, core
from tests.unit.events.story import LIN
from workers.rules.pack import PACKS, load_pack
from workers.what_if.replaying import what_if, with_pack

WRONG = ('&grade3 [{sbp: ">=180 mmHg"}, {dbp: ">=110 mmHg"}]', '&grade3 [{sbp: ">=180 mmHg"}, {dbp: ">=100 mmHg"}]')
RAISED = ClinicalPicture(age=50, vitals=Vitals(sbp=150, dbp=104))
PLAIN = ClinicalPicture(age=50, vitals=Vitals(sbp=130, dbp=80))


@pytest.fixture
async def world(network_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Core]:
    wrong = with_pack(rules_in_force(ZONE), pack(tmp_path, "triage", WRONG))
    monkeypatch.setattr(worlds, "rules_in_force", lambda zone: wrong)
    async with core(network_url) as parts:
        yield parts


async def test_a_week_under_a_pack_with_one_wrong_digit(world: Core, tmp_path: Path) -> None:
    untouched, waiting, arrived = [
        (await world.request(picture=picture, asked_priority=None)).state for picture in (PLAIN, RAISED, RAISED)
    ]
    now = dict(tuple(row) for row in await world.rows("SELECT stream, priority FROM summaries"))
    assert (now[untouched.id], now[waiting.id]) == (Priority.routine, Priority.urgent)
    await world.forward(timedelta(minutes=5))
    await world.do(AcceptReferral(stream=arrived.id, by=LIN, come_now=True))
    await world.do(RecordArrival(stream=arrived.id, by=LIN))
    await world.forward(timedelta(minutes=30))

    # Found: what the right pack would have decided.
    right, wrong = (
        load_pack(PACKS / "triage.yaml"),
        with_pack(rules_in_force(ZONE), load_pack(tmp_path / "triage.yaml")),
    )
    until = world.clock.now() + timedelta(seconds=1)
    diff = await what_if(world.database, world.keyring, wrong, right, START, until)
    assert sorted(each.loop for each in diff.changed) == sorted([waiting.loop, arrived.loop])
    assert diff.not_reproduced == []
    assert all(each.would_be["priorities"][0]["priority"] == Priority.routine for each in diff.changed)

    # Stopped: what that pack decided is not told any further.
    async with world.database.transaction() as tx:
        version = wrong.triage.version
        unique, kept = await holds.hold(tx, holds.Wish(pack=wrong.triage.hash[:12]), "wrong digit", "a", until)
        assert version == right.version
        assert sum(kept.values()) > 0
        told = await world.rows("SELECT DISTINCT loop FROM notices WHERE state = 'held'")
        await holds.release(tx, unique, "a", until)
    assert untouched.loop not in {row.loop for row in told}

    # Repaired, by two persons.
    [notice] = await world.rows(
        "SELECT stream FROM notices WHERE loop = :l AND purpose = 'offer' AND recipient = 'lin-hao'", l=waiting.loop
    )
    await show(world, notice.stream, waiting.id)
    file = tmp_path / "diff.json"
    file.write_text(json.dumps(diff.as_dict()))
    settings = Settings.model_validate({"database_url": str(world.database.url), "data_dir": tmp_path})
    repairs = Repairs(settings, world.database, world.keyring, world.clock)
    before = await digests(world)
    proposed = await repairs.propose(read_list(file), "one wrong digit", "shell:chen")
    assert await digests(world) == before
    with pytest.raises(CommandRefused, match="a second person"):
        await repairs.carry_out(proposed["repair"], "really", "shell:chen")
    done = await repairs.carry_out(proposed["repair"], "really", "shell:liu")
    with pytest.raises(CommandRefused, match="waits for a second person"):
        await repairs.carry_out(proposed["repair"], "again", "shell:liu")
    assert done["decided"] == [{"code": waiting.code, "was": "urgent", "now": "routine"}]
    assert [call["code"] for call in done["calls"]] == [arrived.code]
    assert done["opened"] == [{"code": waiting.code, "person": "lin-hao"}] or done["withdrawn"] == []
    await world.settle()

    after = await digests(world)
    assert after[untouched.id] == before[untouched.id]
    assert after[arrived.id] == before[arrived.id]
    assert after[waiting.id] != before[waiting.id]
    [event] = await world.rows("SELECT type FROM log WHERE caused_by = :c", c=f"repair-{proposed['repair']}")
    assert event.type == "ReferralTriaged"
    [summary] = await world.rows("SELECT priority FROM summaries WHERE stream = :s", s=waiting.id)
    assert summary.priority == Priority.routine
    await world.verified()


async def show(world: Core, notice: str, about: str) -> None:
    """Lin has the card, and has opened it."""
    card = {
        "id": "card", "about": about, "notice": notice, "purpose": "offer", "recipient": "lin-hao", "chat": 1,
        "message": 1, "shown_version": 1, "wanted_version": 1, "shown_hash": "", "opened": True,
        "next_at": world.clock.now(), "withdrawn_by": None,
    }  # fmt: skip
    async with world.database.transaction() as tx:
        await tx.execute(insert(table_of(CardRow)), [card])


async def digests(world: Core) -> dict[str, str]:
    """The head of every stream."""
    return {row.id: row.hash for row in await world.rows("SELECT id, hash FROM streams")}
