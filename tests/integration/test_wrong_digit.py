"""A week under a pack with one wrong digit: found by what-if, stopped, repaired; untouched loops keep their digests."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, text

from admin.parts import rules_in_force
from admin.refusals import CommandRefused
from admin.repairing import Repairs, read_list
from admin.settings import Settings
from events.referral import ClinicalPicture, OutcomeKind, Vitals
from events.referral_commands import AcceptReferral, RecordArrival, ReportOutcome
from models import holds
from models.deliveries import CardRow
from models.history import table_of
from models.proposals import approve
from models.values import Priority
from tests.integration import world as worlds
from tests.integration.test_what_if import pack
from tests.integration.world import START, ZONE, Core, core, second_admin
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


async def a_week(world: Core) -> dict[str, Any]:
    """A request a day, one in two touched by the wrong digit; by what became of them. The last one waits yet."""
    made: dict[str, list[Any]] = {"untouched": [], "arrived": [], "closed": [], "waiting": []}
    for day in range(7):
        plain = (await world.request(picture=PLAIN, asked_priority=None)).state
        raised = (await world.request(picture=RAISED, asked_priority=None)).state
        made["untouched"].append(plain)
        await world.forward(timedelta(minutes=5))
        kind = "waiting" if day == 6 else "closed" if day == 0 else "arrived"
        made[kind].append(raised)
        taken = [plain] if kind == "waiting" else [plain, raised]
        for state in taken:
            await world.do(AcceptReferral(stream=state.id, by=LIN, come_now=True))
            await world.do(RecordArrival(stream=state.id, by=LIN))
        if kind == "closed":
            await world.do(ReportOutcome(stream=raised.id, by=LIN, kind=OutcomeKind.treated))
        await world.forward(timedelta(minutes=30) if day == 6 else timedelta(days=1))
    return made


async def test_a_week_under_a_pack_with_one_wrong_digit(world: Core, tmp_path: Path) -> None:
    await second_admin(world.database, START)
    made = await a_week(world)
    [waiting] = made["waiting"]
    touched = [*made["arrived"], *made["closed"], waiting]
    now = dict(tuple(row) for row in await world.rows("SELECT stream, priority FROM summaries"))
    assert {now[each.id] for each in made["untouched"]} == {Priority.routine}
    assert {now[each.id] for each in touched} == {Priority.urgent}

    # Found: what the right pack would have decided.
    right, wrong = (
        load_pack(PACKS / "triage.yaml"),
        with_pack(rules_in_force(ZONE), load_pack(tmp_path / "triage.yaml")),
    )
    until = world.clock.now() + timedelta(seconds=1)
    diff = await what_if(world.database, world.keyring, lambda at: wrong, right, START, until)
    assert diff.loops == 14
    assert sorted(each.loop for each in diff.changed) == sorted(each.loop for each in touched)
    assert diff.not_reproduced == []
    assert all(each.would_be["priorities"][0]["priority"] == Priority.routine for each in diff.changed)

    # Stopped: what that pack decided is not told any further.
    async with world.database.transaction() as tx:
        version = wrong.triage.version
        unique, kept = await holds.hold(tx, holds.Wish(pack=wrong.triage.hash[:12]), "wrong digit", "a", until)
        assert version == right.version
        assert sum(kept.values()) > 0
        rows = await tx.execute(text("SELECT DISTINCT loop FROM notices WHERE state = 'held'"))
        told = {row.loop for row in rows}
        await holds.release(tx, unique, "a", until)
    assert waiting.loop in told

    # Repaired, by two admins.
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
    assert before.items() <= (await digests(world)).items()
    for admin, said in (("liu-yang", "approved by nobody"), ("chen-yu", "approved by liu-yang")):
        with pytest.raises(CommandRefused, match=said):
            await repairs.carry_out(proposed["repair"], "really", "shell:chen")
        async with world.database.transaction() as tx:
            await approve(tx, proposed["repair"], admin)
    done = await repairs.carry_out(proposed["repair"], "really", "shell:chen")
    with pytest.raises(CommandRefused, match="no repair"):
        await repairs.carry_out(proposed["repair"], "again", "shell:chen")
    assert done["decided"] == [{"code": waiting.code, "was": "urgent", "now": "routine"}]
    over = [*made["arrived"], *made["closed"]]
    assert sorted(call["code"] for call in done["calls"]) == sorted(each.code for each in over)
    assert done["withdrawn"] == []  # the right rules would have asked Lin as well
    await world.settle()

    after = await digests(world)
    for state in (*made["untouched"], *over):
        assert after[state.id] == before[state.id]
    assert after[waiting.id] != before[waiting.id]
    [event] = await world.rows("SELECT type FROM log WHERE caused_by = :c", c=f"repair-{proposed['repair']}")
    assert event.type == "ReferralTriaged"
    [summary] = await world.rows("SELECT priority FROM summaries WHERE stream = :s", s=waiting.id)
    assert summary.priority == Priority.routine
    await world.verified()


async def test_a_repair_moves_a_holder_and_takes_back_what_was_sent_in_error(world: Core, tmp_path: Path) -> None:
    await second_admin(world.database, START)
    moved, taken, gone, coming = [(await world.request()).state for _ in range(4)]
    for state in (taken, coming):
        await world.do(AcceptReferral(stream=state.id, by=LIN, come_now=True))
    settings = Settings.model_validate({"database_url": str(world.database.url), "data_dir": tmp_path})
    repairs = Repairs(settings, world.database, world.keyring, world.clock)
    with pytest.raises(CommandRefused, match="--move: 'he-ping' has no role at chengxi-1"):
        await repairs.propose([], "wrong", "shell:chen", {moved.code: "he-ping"})
    with pytest.raises(CommandRefused, match="right is one of the two"):
        await repairs.propose([], "wrong", "shell:chen", {moved.code: "zhou-min"}, [moved.code])
    before = await digests(world)
    wishes = ({moved.code: "zhou-min", taken.code: "zhou-min"}, [gone.code, coming.code])
    proposed = await repairs.propose([], "wrong rota", "shell:chen", *wishes)
    assert before.items() <= (await digests(world)).items()
    async with world.database.transaction() as tx:
        for admin in ("liu-yang", "chen-yu"):
            await approve(tx, proposed["repair"], admin)
    done = await repairs.carry_out(proposed["repair"], "really", "shell:chen")
    assert [each["code"] for each in done["moved"]] == [moved.code, taken.code]
    assert [(each["code"], each["how"].split()[0]) for each in done["cancelled"]] == [
        (gone.code, "withdrawn"), (coming.code, "the"),
    ]  # fmt: skip
    await world.settle()
    rows = await world.rows("SELECT stream, situation, status, holder_person FROM summaries")
    found = {row.stream: row for row in rows}
    assert found[moved.id].holder_person == "zhou-min"
    assert found[gone.id].status == "withdrawn"
    assert found[coming.id].situation == "cancel_asked"
    offers = [(who, purpose) for purpose, who, _ in await world.notices() if who == "zhou-min"]
    assert ("zhou-min", "offer") in offers
    caused = await world.rows("SELECT DISTINCT loop FROM log WHERE caused_by = :c", c=f"repair-{proposed['repair']}")
    assert {row.loop for row in caused} == {moved.loop, taken.loop, gone.loop, coming.loop}
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
