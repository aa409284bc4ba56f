"""What-if: the same pack changes nothing, byte for byte; a planted change gives its diff; no answer is invented."""

from contextlib import suppress
from datetime import timedelta
from io import StringIO
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import text

from admin.parts import rules_in_force
from events.base import EndReason, Personal, Refused
from events.exporting import Selection, export_jsonl
from events.importing import import_jsonl
from events.past import states_at
from events.projections import summary
from events.rebuilding import rebuild
from events.referral import ClinicalPicture, DeclineReason, OutcomeKind, Vitals
from events.referral_commands import (
    AcceptReferral,
    AskInformation,
    DeclineReferral,
    HoldReferral,
    RecordArrival,
    ReportOutcome,
    WithdrawReferral,
)
from events.replay import verify
from events.rereading import as_stored
from events.shards import Looked, Shard, look
from models.database import Database
from models.migrations.schema import migrate
from models.values import Priority
from tests.integration.road import whole_road
from tests.integration.world import START, ZONE, Core
from tests.unit.events.story import HE, LIN
from workers.rules.pack import PACKS, Pack, load_pack
from workers.what_if.comparing import Diff
from workers.what_if.replaying import PackRefused, what_if

DAY = timedelta(days=1)


def pack(tmp_path: Path, name: str, *changes: tuple[str, str]) -> Pack:
    """The built-in pack with these words replaced, each of which must be there once."""
    content = (PACKS / f"{name}.yaml").read_text()
    for old, new in changes:
        assert content.count(old) == 1, old
        content = content.replace(old, new)
    file = tmp_path / f"{name}.yaml"
    file.write_text(content)
    return load_pack(file)


def offer_limit(limit: str) -> tuple[str, str]:
    """Another limit for urgent offers: the row that goes on to the next on duty."""
    row = "urgent: {}, routine: 1 working_day}}\n          fallback: 2h\n          steps:\n            default:\n"
    row += "              - {{ask: [next_on_duty]}}"
    return row.format("2h"), row.format(limit)


async def asked(world: Core, candidate: Pack, since: timedelta = -DAY) -> Diff:
    until = world.clock.now() + timedelta(seconds=1)
    rules = rules_in_force(ZONE)
    return await what_if(world.database, world.keyring, lambda at: rules, candidate, START + since, until)


async def random_history(world: Core, seed: int) -> None:
    """People who do this and that, and time that passes."""
    chance = Random(seed)
    streams: list[str] = []
    for _ in range(10):
        if not streams or chance.random() < 0.35:
            picture = ClinicalPicture(age=chance.randrange(90), vitals=Vitals(sbp=chance.randrange(100, 190)))
            priority = chance.choice([None, Priority.urgent, Priority.asap])
            streams.append((await world.request(picture=picture, asked_priority=priority)).state.id)
        stream = chance.choice(streams)
        command = chance.choice(
            [
                HoldReferral(stream=stream, by=LIN),
                AcceptReferral(stream=stream, by=LIN, come_now=True),
                DeclineReferral(stream=stream, by=LIN, reason=DeclineReason.no_capacity),
                AskInformation(stream=stream, by=LIN, question=Personal(text="?")),
                RecordArrival(stream=stream, by=LIN),
                ReportOutcome(stream=stream, by=LIN, kind=chance.choice(list(OutcomeKind))),
                WithdrawReferral(stream=stream, by=HE, reason=EndReason.resolved),
            ]
        )
        with suppress(Refused):
            await world.do(command)
        await world.forward(timedelta(minutes=chance.choice([1, 7, 45, 200])))


@pytest.mark.parametrize("seed", range(2))
async def test_over_random_histories_replay_gives_what_is_live(world: Core, seed: int, tmp_path: Path) -> None:
    """Rebuild = live, as-of at the end = live, export and import = the same digests, the same pack = nothing."""
    await random_history(world, seed)
    await world.verified()
    live = [tuple(row) for row in await world.rows("SELECT * FROM summaries ORDER BY stream")]
    async with world.database.reading() as transaction:
        looked = Looked()
        async for _ in look(transaction, Shard(), looked):
            pass
        assert looked.doubted == []  # the fast way alone finds all of it well
        streams = [row[0] for row in live]
        states = await states_at(transaction, streams, world.clock.now())
    assert [as_stored(summary(states[stream]), world.database.url.get_backend_name()) for stream in streams] == live
    async with world.database.transaction() as transaction:
        await transaction.execute(text("DELETE FROM summaries"))
    assert (await rebuild(world.database)).changed == len(live)
    assert [tuple(row) for row in await world.rows("SELECT * FROM summaries ORDER BY stream")] == live

    file, empty = StringIO(), Database(f"sqlite+aiosqlite:///{tmp_path}/empty.db")
    await export_jsonl(world.database, file, Selection(), START)
    await migrate(empty)
    await import_jsonl(empty, lambda: StringIO(file.getvalue()))
    there, here = await verify(empty), await verify(world.database)
    assert (there.ok, there.live, there.events, there.streams) == (True, here.live, here.events, here.streams)
    await empty.close()

    for name in ("triage", "silence", "follow_up", "messages"):
        diff = await asked(world, load_pack(PACKS / f"{name}.yaml"))
        assert diff.loops > 0
        assert diff.empty, diff.as_dict()
        assert diff.digest_was == diff.digest_would_be
        assert diff.not_reproduced == []


async def test_a_whole_road_is_played_as_it_was(world: Core) -> None:
    await whole_road(world)
    diff = await asked(world, load_pack(PACKS / "follow_up.yaml"))
    assert (diff.empty, diff.not_reproduced, diff.loops) == (True, [], 1)


async def test_one_wrong_digit_changes_exactly_the_loops_it_touches(world: Core, tmp_path: Path) -> None:
    high = ClinicalPicture(age=60, vitals=Vitals(sbp=185, dbp=90))
    await world.request(picture=ClinicalPicture(age=60, vitals=Vitals(sbp=120, dbp=70)), asked_priority=None)
    touched = await world.request(picture=high, asked_priority=None)
    candidate = pack(tmp_path, "silence", offer_limit("1h"))
    diff = await asked(world, candidate)
    assert [each.loop for each in diff.changed] == [touched.state.loop]
    [found] = diff.changed
    assert {facet for facet in found.was if found.was[facet]} == {"deadlines"}
    assert found.unknown is None


async def test_a_plan_under_other_days_is_the_one_thing_that_differs(world: Core, tmp_path: Path) -> None:
    stream = (await world.request()).state.id
    await world.do(AcceptReferral(stream=stream, by=LIN, come_now=True))
    await world.do(ReportOutcome(stream=stream, by=LIN, kind=OutcomeKind.discharged))
    diff = await asked(world, pack(tmp_path, "follow_up", ("days: [2, 7, 14, 30]", "days: [3, 7, 14, 30]")))
    [found] = diff.changed
    [was], [would_be] = found.was["plans"], found.would_be["plans"]
    assert [row["due"] for row in was["rows"][1:]] == [row["due"] for row in would_be["rows"][1:]]
    assert was["rows"][0]["due"] < would_be["rows"][0]["due"]
    assert not found.was["priorities"]
    assert not found.was["notices"]


async def test_an_answer_to_something_else_is_unknown_and_nothing_is_invented_after_it(
    world: Core, tmp_path: Path
) -> None:
    """Lin accepted after seventy minutes. With half an hour to answer somebody else would have been asked by then."""
    stream = (await world.request(asked_priority=Priority.urgent)).state.id
    await world.forward(timedelta(minutes=70))
    accepted = await world.do(AcceptReferral(stream=stream, by=LIN, come_now=True))
    candidate = pack(tmp_path, "silence", offer_limit("30min"))
    diff = await asked(world, candidate)
    [found] = diff.changed
    assert found.unknown is not None
    assert (found.unknown.event, found.unknown.by) == (accepted.events[0].id, "somebody")
    assert [entry["step"] for entry in found.would_be["escalations"]] == [1, 2]
    assert found.would_be["notices"], "somebody else would have been asked"
    last = accepted.events[0].recorded_at.isoformat()
    assert all(entry["at"] < last for facet in found.would_be.values() for entry in facet)
    assert diff.notices != []


async def test_before_the_time_asked_about_the_old_rules_decide(world: Core, tmp_path: Path) -> None:
    await world.request(asked_priority=Priority.routine)
    candidate = pack(tmp_path, "follow_up", ("days: [2, 7, 14, 30]", "days: [3, 7, 14, 30]"))
    stream = await whole_road(world)
    diff = await asked(world, candidate, since=2 * DAY)
    assert stream not in [each.loop for each in diff.changed]


async def test_what_if_writes_nothing(world: Core) -> None:
    await whole_road(world)
    tables = ("log", "streams", "summaries", "notices", "cursors", "outbox", "deliveries", "cards", "audit")
    before = {table: await world.rows(f"SELECT * FROM {table}") for table in tables}
    await asked(world, load_pack(PACKS / "triage.yaml"))
    assert {table: await world.rows(f"SELECT * FROM {table}") for table in tables} == before


async def test_a_pack_of_another_name_is_refused(world: Core, tmp_path: Path) -> None:
    with pytest.raises(PackRefused, match="right is triage"):
        await asked(world, pack(tmp_path, "messages", ("name: messages", "name: massages")))
