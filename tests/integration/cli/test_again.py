"""`refloop intake replay`, `refloop parking groups|redrive`: what was refused or set aside, taken again once."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, text

from admin.intake_again import reception_of, take_refused_again
from admin.refusals import CommandRefused
from admin.settings import Settings
from events.intake.answers import Answer
from events.intake.bodies import intake_row, open_body, parked_row, payload_aad
from events.intake.masking import HIDDEN
from events.intake.problems import Problem
from events.intake.translating import Body
from models.database import Database
from models.history import table_of
from models.journal import FailureRow, IntakeRow, ParkedRow
from models.sealed import Keyring
from models.sources import add_source
from tests.integration.cli.command_line import Terminal
from tests.integration.world import START, activate, core
from workers.rules.pack import PACKS

EVENT = {
    "specversion": "1.0", "id": "m-1", "source": "//tests", "type": "refloop.referral.request.v1",
    "data": {
        "id": "r-1", "patient": {"identifiers": [{"system": "id-card", "value": "00000019550308001X"}]},
        "to": {"facility": "chengxi-1", "department": "cardiology"}, "priority": "urgent",
    },
}  # fmt: skip


async def test_what_was_refused_by_mistake_is_taken_once(network_url: str, tmp_path: object) -> None:
    settings = Settings.model_validate({"database_url": network_url, "data_dir": str(tmp_path)})
    async with core(network_url) as world:
        body = Body(json.dumps(EVENT).encode(), "application/cloudevents+json", {})
        refused = Answer(422, problems=(Problem("nobody knew this department"),))
        async with world.database.transaction() as tx:
            await add_source(tx, "his", "liantang", START, "person:tests")
            row = intake_row(world.keyring, "his", "http:/events", "m-1", refused, body, START)
            await tx.execute(insert(table_of(IntakeRow)), [row])
        content = (PACKS / "silence.yaml").read_text("utf-8")
        limits = "stat: 5min, asap: 30min, urgent: {}, routine: 1 working_day"
        await activate(world, content.replace(limits.format("2h"), limits.format("20min")))
        world.clock.forward(timedelta(minutes=1))

        given = (settings, world.database, world.keyring, world.clock, "his", START, START + timedelta(hours=1))

        async def again(really: bool) -> list[list[int]]:
            return [each["now"] for each in await take_refused_again(*given, really)]

        async def referrals() -> int:
            return len(await world.rows("SELECT stream FROM summaries"))

        assert (await again(False), await referrals()) == ([[201]], 0)
        assert (await again(True), await referrals()) == ([[201]], 1)
        assert await again(True) == [[200]]
        assert await referrals() == 1
        [told] = await take_refused_again(*given, really=False)
        assert (told["already"], told["taken"]) == (True, False)
        # Its deadline is that of the packs that two admins have let count here, not of those that ship.
        [asked_for] = await world.rows("SELECT data FROM log WHERE type = 'ReferralRequested'")
        assert json.loads(asked_for.data)["due"] == "2026-03-04T02:21:00Z"
        with pytest.raises(CommandRefused, match="no active source"):
            await take_refused_again(
                settings, world.database, world.keyring, world.clock, "nobody", START, START, really=False
            )


FHIR = {
    "resourceType": "ServiceRequest", "id": "x-1", "status": "active", "intent": "order", "priority": "routine",
    "category": [{"coding": [{"system": "http://snomed.info/sct", "code": "3457005"}]}],
    "subject": {"identifier": {"system": "id-card", "value": "00000019550308001X"}},
}  # fmt: skip
MAPPING = """priorities:
  - {code: routine, priority: urgent, source: a mistake of the interface}
  - {code: asap, priority: asap, source: HL7 R4 request-priority}
"""


async def test_what_was_read_by_a_wrong_mapping_is_corrected_once(network_url: str, tmp_path: Path) -> None:
    settings = Settings.model_validate({"database_url": network_url, "data_dir": str(tmp_path)})
    async with core(network_url) as world:
        async with world.database.transaction() as tx:
            await add_source(tx, "his", "liantang", START, "person:tests")
        places = (settings, world.database, world.keyring, world.clock)
        async with reception_of(*places) as (reception, directory):
            source = directory.current().source("his")
            assert source is not None
            for number in ("1", "2"):
                body = json.dumps(FHIR | {"id": f"x-{number}", "priority": ("routine", "asap")[number == "2"]}).encode()
                [answer] = await reception.take(source, "http:/fhir", body, "application/fhir+json", {})
                assert answer.status < 300, answer
        world.clock.forward(timedelta(minutes=1))

        async def again(really: bool, mapping: str | None = MAPPING) -> list[dict[str, Any]]:
            return await take_refused_again(*places, "his", START, START + timedelta(minutes=1), really, mapping)

        async def asked() -> list[str]:
            rows = await world.rows("SELECT data FROM log WHERE type IN ('ReferralRequested', 'ReferralAmended')")
            return [json.loads(row.data).get("asked_priority") for row in rows]

        assert await again(False, None) == []
        # The diff of commands first: only the one that would ask something else.
        [dry] = await again(False)
        assert (dry["kind"], dry["diff"]) == ("corrected", ["ReferralIn.asked_priority: routine -> urgent"])
        assert await asked() == ["routine", "asap"]
        [done] = await again(True)
        assert done["taken"]
        assert await asked() == ["routine", "asap", "urgent"]
        await again(True)
        assert await asked() == ["routine", "asap", "urgent"]
        for bad in ("[", "nothing: []", "priorities:\n- {code: 1}\n", "x"):
            with pytest.raises(CommandRefused, match="--mapping: "):
                await again(True, bad)


def parked(network_url: str, data: dict[str, object], unique: str = "m-1") -> str:
    """A message of the source `his` that was parked; its id."""

    async def park() -> str:
        database, keyring = Database(network_url), Keyring(b"k" * 32)
        body = Body(json.dumps(EVENT | {"id": unique, "data": data}).encode(), "application/cloudevents+json", {})
        row = parked_row(keyring, "his", "http:/events", body, unique, "KeyError", START)
        async with database.transaction() as tx:
            await tx.execute(insert(table_of(ParkedRow)), [row])
        await database.close()
        return str(row["id"])

    return asyncio.run(park())


def test_a_parked_message_is_put_right_and_taken_once(installed: Terminal, network_url: str, tmp_path: Path) -> None:
    assert installed("source", "add", "his", "--facility", "liantang").code == 0
    wrong = EVENT["data"] | {"priority": "very", "reason": "headache since Tuesday"}  # type: ignore[operator]
    one, other = parked(network_url, wrong), parked(network_url, wrong | {"id": "r-2"}, "m-2")
    shown = installed("parking", "show", one, "--json").json
    assert (shown["source"], shown["payload"]["data"]["priority"]) == ("his", "very")
    assert shown["payload"]["data"]["reason"] == HIDDEN
    assert "00000019550308001X" not in json.dumps(shown)

    # An edited payload that does not fit: one line, nothing changed.
    for change, why in (
        ("/data/priority=soon", "priority"),
        ("/data/nobody=x", "nobody"),
        ("/data/patient/x/y=1", "the message has no 'x'"),
    ):
        said = installed("parking", "fix", one, "--set", change, "--reason", "typo")
        assert said.code == 1
        assert why in said.line
    assert installed("parking", "fix", one, "--reason", "typo").code == 2
    assert "is no change" in installed("parking", "fix", one, "--set", "priority", "--reason", "typo").line
    assert installed("parking", "list", "--json").json[0]["state"] == "unreadable"

    assert installed("parking", "fix", one, "--set", "/data/priority=urgent", "--reason", "typo").code == 0
    whole = tmp_path / "whole.json"
    whole.write_text(json.dumps(EVENT | {"id": "m-2", "data": wrong | {"id": "r-2", "priority": "asap"}}))
    assert installed("parking", "fix", other, "--file", whole, "--reason", "typo").code == 0
    listed = installed("parking", "list", "--json").json
    assert {each["state"] for each in listed} == {"edited"}
    assert installed("parking", "show", one, "--json").json["payload"]["data"]["priority"] == "urgent"
    assert original(network_url, one)["data"]["priority"] == "very"
    assert "no parked message that can be changed" in installed(
        "parking", "fix", "triage/x", "--set", "/a=1", "--reason", "typo"
    ).line  # fmt: skip

    # The group, with a limit, and once.
    limited = installed("parking", "redrive", "--all", "--cause", "KeyError", "--limit", 1, "--json").json
    assert len(limited["ids"]) == 1
    done = installed("parking", "redrive", "--all", "--yes", "--reason", "mended", "--json").json
    assert (sorted(done["ids"]), done["left"]) == (sorted([one, other]), {})
    assert installed("parking", "list").out == "nothing is parked\n"
    referrals = installed("referrals", "list", "--json").json
    assert len(referrals) == 2


def original(network_url: str, unique: str) -> dict[str, Any]:
    """The message as it came."""

    async def look() -> dict[str, Any]:
        database = Database(network_url)
        async with database.reading() as tx:
            row = (await tx.execute(select(table_of(ParkedRow)).where(table_of(ParkedRow).c.id == unique))).one()
        await database.close()
        body, _ = open_body(Keyring(b"k" * 32), row.original, payload_aad(unique))
        found: dict[str, Any] = json.loads(body.content)
        return found

    return asyncio.run(look())


def test_what_is_parked_is_grouped_by_cause_and_tried_again_in_part(installed: Terminal, network_url: str) -> None:
    async def park() -> None:
        database = Database(network_url)
        rows = [
            {
                "consumer": "telling", "stream": f"referral-{n}", "version": 1, "attempts": 6,
                "reason": "KeyError: x" if n < 3 else "TimeoutError: y", "first_at": START + timedelta(minutes=n),
                "last_at": START + timedelta(hours=1), "next_at": None, "parked_at": START + timedelta(hours=1),
            }
            for n in range(5)
        ]  # fmt: skip
        async with database.transaction() as tx:
            await tx.execute(insert(table_of(FailureRow)), rows)
        await database.close()

    asyncio.run(park())
    groups = installed("parking", "groups", "--json").json
    assert [(group["cause"], group["count"]) for group in groups] == [("KeyError", 3), ("TimeoutError", 2)]
    dry = installed("parking", "redrive", "--all", "--cause", "KeyError", "--limit", 2)
    assert dry.out.split() == ["telling/referral-0", "telling/referral-1"]
    done = installed("parking", "redrive", "--all", "--cause", "KeyError", "--limit", 2, "--yes", "--reason", "mended")
    assert (done.code, len(done.out.split())) == (0, 2)
    assert [group["count"] for group in installed("parking", "groups", "--json").json] == [2, 1]


def in_our_queue(network_url: str, content: bytes) -> str:
    """A message that lay in the parking of the broker: from a queue of ours, and no nudge."""

    async def park() -> str:
        database = Database(network_url)
        row = parked_row(
            Keyring(b"k" * 32), None, QUEUE, Body(content, "application/json", {}), None, "rejected", START
        )
        async with database.transaction() as tx:
            await tx.execute(insert(table_of(ParkedRow)), [row | {"queue": QUEUE}])
        await database.close()
        return str(row["id"])

    return asyncio.run(park())


QUEUE = "refloop.triage.rest"


def rows_of(network_url: str, question: str) -> list[tuple[object, ...]]:
    async def read() -> list[tuple[object, ...]]:
        database = Database(network_url)
        async with database.reading() as tx:
            found = [tuple(row) for row in await tx.execute(text(question))]
        await database.close()
        return found

    return asyncio.run(read())


def test_a_message_of_our_own_queue_is_put_right_and_handed_back_once(installed: Terminal, network_url: str) -> None:
    assert installed("source", "add", "his", "--facility", "liantang").code == 0
    # A referral to point at.
    assert installed("parking", "redrive", parked(network_url, EVENT["data"])).code == 0  # type: ignore[arg-type]
    [(stream, version)] = rows_of(network_url, "SELECT id, version FROM streams WHERE kind = 'referral'")
    one = in_our_queue(network_url, b'[{"strean": "x", "note": "Li Xiuying"}]')
    assert "Li Xiuying" not in installed("parking", "show", one).out
    assert installed("parking", "redrive", "--all", "--json").json["ids"] == []  # nobody could read it as it is
    assert "refloop parking fix" in installed("parking", "redrive", one, "--reason", "x").line

    def fixed(content: object) -> str:
        whole = Path("whole.json")
        whole.write_text(json.dumps(content))
        return installed("parking", "fix", one, "--file", whole, "--reason", "typo").line

    for wrong, why in (
        ({}, "is no list of nudges"),
        ([{"stream": "x", "version": 1}], "/0/stream: a stream's id begins with"),
        ([{"stream": stream, "version": "1"}], "/0/version: right is a number"),
        ([{"stream": "referral-unknown", "version": 1}], "/0/stream: the log has no stream"),
        ([{"stream": stream, "version": 99}], f"is at version {version}"),
        ([{"stream": stream, "version": 1, "to": "all"}], "/0: right is a list such as"),
    ):
        assert why in fixed(wrong)
    assert installed("parking", "list", "--json").json[0]["state"] == "unreadable"

    assert "refloop parking redrive" in fixed([{"stream": stream, "version": 1}])
    assert installed("parking", "show", one, "--json").json["payload"] == [{"stream": stream, "version": 1}]
    before = rows_of(network_url, "SELECT count(*) FROM outbox")[0][0]
    assert installed("parking", "redrive", "--all", "--json").json["ids"] == [one]
    done = installed("parking", "redrive", "--all", "--yes", "--reason", "mended", "--json").json
    assert (done["ids"], done["left"]) == ([one], {})
    posted = rows_of(network_url, "SELECT stream, version, types FROM outbox ORDER BY id DESC")
    assert posted[0] == (stream, 1, "ReferralRequested")
    assert len(posted) == before + 1  # type: ignore[operator]
    # Once: it is settled, and what came first is kept.
    assert "nothing parked is called" in installed("parking", "redrive", one).line
    assert rows_of(network_url, "SELECT count(*) FROM outbox")[0][0] == before + 1  # type: ignore[operator]
    assert rows_of(network_url, f"SELECT count(*) FROM parked WHERE id = '{one}' AND original IS NOT NULL") == [(1,)]
