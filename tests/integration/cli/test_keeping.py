"""The commands that mend and keep: parking, people, backup, keys, on both engines."""

import asyncio
import base64
import json
import stat
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import insert, text

from admin.lock import data_dir_lock
from events.intake.bodies import parked_row
from events.intake.translating import Body
from models.database import Database
from models.deliveries import UpdateRow
from models.journal import FailureRow, ParkedRow
from models.migrations.schema import migrate
from models.sealed import Keyring
from tests.integration.cli.command_line import Terminal
from tests.integration.cli.conftest import KEY
from tests.integration.world import NETWORK

NOW = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)


async def add(url: str, *rows: tuple[Any, dict[str, Any]]) -> None:
    database = Database(url)
    async with database.transaction() as transaction:
        for model, values in rows:
            await transaction.execute(insert(model), [values])
    await database.close()


FAILURE = {
    "consumer": "triage", "stream": "referral-a", "version": 1, "attempts": 6, "reason": "ValueError",
    "first_at": NOW, "last_at": NOW, "next_at": None, "parked_at": NOW,
}  # fmt: skip
MESSAGE = {"id": "m1", "queue": "refloop.intake", "reason": "not JSON", "payload": "sealed", "parked_at": NOW}


def test_what_is_parked_is_listed_shown_and_tried_again(installed: Terminal, network_url: str) -> None:
    other = FAILURE | {"stream": "referral-b"}
    asyncio.run(add(network_url, (FailureRow, FAILURE), (FailureRow, other), (ParkedRow, MESSAGE)))
    listed = installed("parking", "list", "--json").json
    assert [row["id"] for row in listed] == ["triage/referral-a", "triage/referral-b", "m1"]
    shown = installed("parking", "show", "m1")
    assert "not JSON" in shown.out
    assert "sealed" not in shown.out

    assert installed("parking", "redrive", "triage/referral-a").code == 0
    assert "m1 cannot be taken in again" in installed("parking", "redrive", "m1").line
    assert installed("parking", "settle", "m1").code == 2  # no reason
    assert installed("parking", "settle", "m1", "--reason", "sent again").code == 0
    assert "no parked message 'm1' waits" in installed("parking", "settle", "m1", "--reason", "x").line
    dry = installed("parking", "redrive", "--all", "--json").json
    assert dry == {"dry_run": True, "ids": ["triage/referral-b"], "left": {}}
    assert len(installed("parking", "list", "--json").json) == 1
    done = installed("parking", "redrive", "--all", "--yes", "--reason", "mended", "--json").json
    assert done == {"dry_run": False, "ids": ["triage/referral-b"], "left": {}}
    assert installed("parking", "list").out == "nothing is parked\n"
    assert audited(network_url) >= {
        ("redrive", "triage referral-a", None), ("settle parked message", "m1", "sent again"),
        ("redrive", "triage referral-b", "mended"),
    }  # fmt: skip


def test_an_update_given_up_is_listed_until_it_is_settled(installed: Terminal, network_url: str) -> None:
    given_up = {
        "id": 12, "bot": "1", "update_id": 7, "payload": "sealed", "payload_hash": "h", "received_at": NOW,
        "handled_at": NOW, "attempts": 6, "reason": "parked: ValueError",
    }  # fmt: skip
    done = given_up | {"id": 13, "update_id": 8, "attempts": 0, "reason": None}
    asyncio.run(add(network_url, (UpdateRow, given_up), (UpdateRow, done)))
    [listed] = installed("parking", "list", "--json").json
    assert (listed["id"], listed["kind"], listed["attempts"], listed["reason"]) == (
        "update/12",
        "update",
        6,
        "ValueError",
    )
    assert "sealed" not in installed("parking", "show", "update/12").out
    assert "let them say it again" in installed("parking", "redrive", "update/12").line
    assert installed("parking", "redrive", "--all", "--json").json["ids"] == []
    assert "waits" in installed("parking", "settle", "update/13", "--reason", "x").line
    assert installed("parking", "settle", "update/12", "--reason", "said again").code == 0
    assert installed("parking", "list").out == "nothing is parked\n"


def test_patients_and_contacts_are_invited_too(installed: Terminal) -> None:
    for party in ("li-xiuying", "wang-fang-of-li"):
        assert len(installed("invite", party, "--json").json["code"]) >= 22


def test_a_parked_message_is_taken_in_again_once(installed: Terminal, network_url: str) -> None:
    """It had failed on us; now it is a referral, however often it is redriven."""
    assert installed("source", "add", "his", "--facility", "liantang").code == 0
    body = {
        "specversion": "1.0", "id": "e1", "source": "//his", "type": "refloop.referral.request.v1",
        "datacontenttype": "application/json",
        "data": {
            "id": "r1", "patient": {"identifiers": [{"system": "id-card", "value": "00000019550308001X"}]},
            "to": {"facility": "chengxi-1", "department": "cardiology"}, "consent": "given",
        },
    }  # fmt: skip
    content = Body(json.dumps(body).encode(), "application/cloudevents+json", {})
    row = parked_row(Keyring(b"k" * 32), "his", "http:/events", content, "e1", "ValueError", NOW)
    asyncio.run(add(network_url, (ParkedRow, row)))
    (listed,) = installed("parking", "list", "--json").json
    assert (listed["id"], listed["reason"]) == (row["id"], "ValueError")
    assert installed("parking", "redrive", row["id"], "--reason", "mended").code == 0
    (referral,) = installed("referrals", "list", "--json").json
    assert (referral["initiator_facility"], referral["recipient_facility"]) == ("liantang", "chengxi-1")
    assert "nothing parked is called" in installed("parking", "redrive", row["id"]).line
    assert len(installed("referrals", "list", "--all", "--json").json) == 1


def audited(url: str) -> set[tuple[str, str, str | None]]:
    async def read() -> set[tuple[str, str, str | None]]:
        database = Database(url)
        async with database.reading() as transaction:
            rows = await transaction.execute(text("SELECT action, subject, reason, actor FROM audit"))
            found = rows.all()
        await database.close()
        assert all(row.actor.startswith("shell:") for row in found)
        return {(row.action, row.subject, row.reason) for row in found}

    return asyncio.run(read())


def test_people_and_sources_join(installed: Terminal, network_url: str, tmp_path: Path) -> None:
    again = installed("network", "load", NETWORK, "--json").json
    assert (again["total"]["added"], again["total"]["changed"], again["total"]["ended"]) == (0, 0, 0)
    qr = tmp_path / "qr.svg"
    invited = installed("invite", "he-ping", "--qr", qr, "--json").json
    assert len(invited["code"]) >= 22
    assert invited["link"] is None  # no bot has ever run here
    assert qr.read_bytes().startswith(b"<?xml")
    assert stat.S_IMODE(qr.stat().st_mode) == 0o600
    assert f"/start {invited['code']}" not in installed("invite", "he-ping").out  # a new one, the old is void
    added = installed("source", "add", "his", "--facility", "liantang")
    assert added.out.startswith("rl_")
    assert "not shown again" in added.err
    twice = installed("source", "add", "his", "--facility", "liantang")
    assert "there is a source 'his' already" in twice.line
    over_amqp = ("--facility", "chengxi-1", "--amqp-user", "his-county", "--json")
    assert json.loads(installed("source", "add", "his-county", *over_amqp).out)["amqp_user"] == "his-county"
    assert "amqp_user: 'his-county' is another source's" in installed("source", "add", "another", *over_amqp).line
    assert {(action, subject) for action, subject, _ in audited(network_url)} >= {
        ("network load", "network.yaml"), ("invite", "he-ping"), ("source add", "his"),
    }  # fmt: skip


def test_a_backup_is_restored_and_the_sender_waits_until_released(installed: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "backup.tar"
    made = installed("backup", file, "--json").json
    assert made["rows"] > 100
    assert installed("backup", file).code == 1
    key = tmp_path / "key.txt"
    exported = installed("keys", "export", key)
    assert "WARNING" in exported.err
    assert KEY not in exported.out + exported.err
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert KEY in key.read_text()

    installed.set(DATA_DIR=str(tmp_path / "other"), DATABASE_URL=f"sqlite:///{tmp_path / 'other.db'}", SITE_KEY="")
    restored = installed("restore", file)
    assert restored.code == 0
    assert "sender release" in restored.err
    assert "not empty" in installed("restore", file).line
    # Without the key that sealed it nothing runs on it.
    assert "was sealed with a key" in installed("migrate").line
    with data_dir_lock(tmp_path / "other", "refloop up"):
        assert "is in use by `refloop up`" in installed("restore", file).line
    (tmp_path / "other" / "site.key").write_text(key.read_text())
    assert installed("migrate").code == 0
    held = {row["check"]: row["level"] for row in installed("doctor", "--json").json["findings"]}
    assert held["sender"] == "broken"
    assert "released" in installed("sender", "release", "--reason", "nothing was told since").out
    assert installed("sender", "release").out == "the sender was not held\n"


def test_a_wrong_site_key_is_noticed(installed: Terminal) -> None:
    installed.set(SITE_KEY=base64.b64encode(bytes(32)).decode())
    ran = installed("migrate")
    assert (ran.code, ran.line) == (
        1, "refloop: the site key is not the one this database was sealed with: put the right one back"
    )  # fmt: skip
    assert "not the one" in installed("doctor").out
    installed.set(SITE_KEY="short")
    assert "REFLOOP_SITE_KEY: this is no site key" in installed("migrate").line


def test_migrate_makes_the_key_once_for_its_owner_only(refloop: Terminal, tmp_path: Path) -> None:
    assert refloop("migrate").code == 0
    key = tmp_path / "data" / "site.key"
    first = key.read_text()
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert refloop("migrate").code == 0
    assert key.read_text() == first
    others = [file.name for file in (tmp_path / "data").iterdir() if file.stat().st_mode & 0o077]
    assert others == []


def test_two_migrations_at_once_do_no_harm(database_url: str) -> None:
    failed: list[BaseException] = []

    def work() -> None:
        async def one() -> None:
            database = Database(database_url)
            try:
                await migrate(database)
            finally:
                await database.close()

        try:
            asyncio.run(one())
        except Exception as error:  # noqa: BLE001 - told by the test below
            failed.append(error)

    both = [threading.Thread(target=work) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert failed == []
