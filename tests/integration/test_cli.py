"""The commands: their help, bad input, and a way through all of them on both engines."""

import asyncio
import base64
import os
import stat
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import typer
from sqlalchemy import insert, text

from admin import cli, looking
from admin.lock import data_dir_lock
from events.base import Personal
from models.database import Database
from models.journal import FailureRow, ParkedRow
from models.migrations.schema import migrate
from tests.integration.command_line import Terminal
from tests.integration.world import NETWORK, core

KEY = base64.urlsafe_b64encode(b"k" * 32).decode()
NOW = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)
PASSWORD = "canary-pa55word"
TOKEN = "123456789:AAcanary_CANARY-canary"


@pytest.fixture
def refloop(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Terminal:
    for name in os.environ:
        if name.startswith("REFLOOP_") and not name.startswith("REFLOOP_TEST_"):
            monkeypatch.delenv(name)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    terminal = Terminal(monkeypatch, capsys)
    terminal.set(DATA_DIR=str(tmp_path / "data"))
    return terminal


@pytest.fixture
def installed(refloop: Terminal, network_url: str) -> Terminal:
    """A terminal at an installation with the demo network."""
    refloop.set(DATABASE_URL=network_url, SITE_KEY=KEY)
    assert refloop("migrate").code == 0
    return refloop


def commands(group: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command there is, as words."""
    found = group or typer.main.get_command(cli.app)
    children = getattr(found, "commands", None)
    if children is None:
        yield path
    for name, child in (children or {}).items():
        yield from commands(child, (*path, name))


COMMANDS = sorted(commands())


def test_these_are_the_commands_that_others_rely_on() -> None:
    named = {" ".join(words) for words in COMMANDS}
    assert named >= {
        "up", "run", "sandbox", "migrate", "doctor", "health", "network load", "invite", "source add",
        "referrals list", "referrals show", "events list", "events show", "events tail", "events verify",
        "events rebuild", "parking list", "parking show", "parking redrive", "backup", "restore",
        "keys export", "sender release",
    }  # fmt: skip


@pytest.mark.parametrize("words", [(), *COMMANDS], ids=" ".join)
def test_every_command_explains_itself(refloop: Terminal, words: tuple[str, ...]) -> None:
    ran = refloop(*words, "--help")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"Usage: refloop {' '.join(words)}".rstrip())
    assert len(ran.out.splitlines()) > 4


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_refuses_an_option_it_does_not_know(refloop: Terminal, words: tuple[str, ...]) -> None:
    ran = refloop(*words, "--nonsense")
    assert (ran.code, ran.out) == (2, "")
    assert "No such option: --nonsense" in ran.err or "Missing" in ran.err


ANSWERING = [words for words in COMMANDS if words[-1] in {"list", "show", "verify", "doctor"}]


@pytest.mark.parametrize("words", ANSWERING, ids=" ".join)
def test_every_list_can_be_json(refloop: Terminal, words: tuple[str, ...]) -> None:
    assert "--json" in refloop(*words, "--help").out


def test_help_imports_nothing_heavy() -> None:
    """Under half a second: what takes time is not read. (Clocks of busy machines prove nothing.)"""
    heavy = "sqlalchemy sqlmodel pydantic aiogram aio_pika fastapi rich structlog alembic asyncio cryptography yaml"
    program = f"""
import sys
sys.argv = ["refloop", "--help"]
from admin import cli
try:
    cli.main()
except SystemExit:
    pass
sys.stderr.write(" ".join(name for name in {heavy.split()} if name in sys.modules))
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stderr == ""
    assert "Refloop closes the referral loop" in ran.stdout


# ------------------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    "words, said",
    [
        (["run", "cook"], "'cook' is not one of"),
        (["health"], "Missing argument 'role'"),
        (["up", "--port", "many"], "Invalid value for '--port'"),
        (["source", "add", "his"], "Missing option '--facility'"),
        (["parking", "redrive"], "give one ID of parking list, or --all"),
        (["parking", "redrive", "x", "--all"], "give one ID of parking list, or --all"),
        (["parking", "redrive", "--all", "--yes"], "--all --yes needs --reason"),
        (["events", "list", "--limit", "0"], "greater than or equal to 1"),
        (["cook"], "No such command 'cook'"),
    ],
)
def test_a_wrong_command_is_told_what_would_be_right(refloop: Terminal, words: list[str], said: str) -> None:
    ran = refloop(*words)
    assert (ran.code, ran.out) == (2, "")
    assert said in " ".join(ran.err.split())


@pytest.mark.parametrize("words", [["doctor"], ["up"], ["run", "relay"], ["events", "list"], ["migrate"]])
def test_a_wrong_setting_is_refused_before_anything_is_done(refloop: Terminal, words: list[str]) -> None:
    refloop.set(DATABASE_URL=f"mysql://u:{PASSWORD}@db/x")
    ran = refloop(*words)
    assert (ran.code, ran.out) == (2, "")
    assert ran.line.startswith("refloop: REFLOOP_DATABASE_URL: this value will not do; right is postgresql://")
    assert not Path(os.environ["REFLOOP_DATA_DIR"]).exists()


def test_a_wrong_value_of_an_option_names_the_option(refloop: Terminal) -> None:
    ran = refloop("up", "--port", "70000")
    assert (ran.code, ran.line) == (
        2, "refloop: --port: 70000 will not do; right is a port from 0 to 65535; 0 takes a free one"
    )  # fmt: skip


@pytest.mark.parametrize(
    "words",
    [["events", "list"], ["referrals", "list"], ["parking", "list"], ["backup", "x.tar"], ["events", "verify"]],
)
def test_without_a_database_one_line_says_how_to_get_one(refloop: Terminal, words: list[str]) -> None:
    ran = refloop(*words)
    assert (ran.code, ran.out) == (1, "")
    assert "is not there: refloop migrate" in ran.line


def test_a_database_that_does_not_answer_is_named_without_its_password(refloop: Terminal) -> None:
    refloop.set(DATABASE_URL=f"postgresql://refloop:{PASSWORD}@127.0.0.1:1/x", TELEGRAM_TOKEN=TOKEN)
    ran = refloop("events", "list")
    assert (ran.code, ran.out) == (1, "")
    assert "the database at postgresql+asyncpg://refloop@127.0.0.1:1/x does not answer" in ran.line
    ran = refloop("doctor")
    assert ran.code == 1
    assert PASSWORD not in ran.out + ran.err
    assert TOKEN not in ran.out + ran.err


def test_a_role_of_its_own_needs_the_full_deployment(refloop: Terminal) -> None:
    ran = refloop("run", "relay")
    assert ran.code == 1
    assert "needs REFLOOP_DATABASE_URL (PostgreSQL) and REFLOOP_BROKER_URL" in ran.line


def test_a_broken_network_file_is_refused_with_its_lines(installed: Terminal, tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text(NETWORK.read_text().replace("kind: hospital", "kind: hopsital", 1))
    ran = installed("network", "load", broken)
    assert (ran.code, ran.out) == (1, "")
    assert "broken.yaml:" in ran.err
    assert "hopsital" in ran.err
    assert installed("network", "load", tmp_path / "nowhere.yaml").code == 1


@pytest.mark.parametrize(
    "words, said",
    [
        (["invite", "he-pign"], "PERSON: nobody in the network has the id 'he-pign'; did you mean he-ping"),
        (["source", "add", "his", "--facility", "nowhere"], "facility: 'nowhere' is not in the network"),
        (["referrals", "show", "R-00000"], "CODE: 'R-00000' cannot be one"),
        (["referrals", "show", "R-7K2F4"], "CODE: "),
        (["events", "show", "nothing"], "STREAM: there is no stream 'nothing'"),
        (["parking", "show", "nothing"], "ID: nothing parked is called 'nothing'"),
        (["parking", "redrive", "nothing"], "ID: nothing parked is called 'nothing'"),
        (["restore", "nowhere.tar"], "nowhere.tar: No such file"),
        (["backup", "no/such/place/x.tar"], "is no directory"),
        (["invite", "he-ping", "--qr", "x.jpg"], "right is a file that ends in .svg or .png"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_changes_nothing(installed: Terminal, words: list[str], said: str) -> None:
    before = installed("events", "list", "--json").json
    ran = installed(*words)
    assert (ran.code, ran.out) == (1, "")
    assert said in ran.line
    assert installed("events", "list", "--json").json == before


# ------------------------------------------------------------------------------------- the way through


@pytest.fixture
async def loop(network_url: str) -> AsyncIterator[tuple[str, str]]:
    """A referral, requested and offered: its code and stream."""
    async with core(network_url, NOW) as parts:
        handled = await parts.request()
        yield handled.state.code, handled.state.id


async def in_thread(work: Callable[[], Any]) -> Any:
    """Commands bring an event loop of their own."""
    return await asyncio.to_thread(work)


async def test_a_referral_is_found_by_its_code(loop: tuple[str, str], installed: Terminal) -> None:
    code, stream = loop
    (row,) = (await in_thread(lambda: installed("referrals", "list", "--json"))).json
    assert (row["code"], row["stream"], row["initiator_facility"]) == (code, stream, "liantang")
    shown = await in_thread(lambda: installed("referrals", "show", code.lower()))
    assert shown.code == 0
    assert "ReferralRequested" in shown.out
    as_json = (await in_thread(lambda: installed("referrals", "show", code, "--json"))).json
    assert as_json["code"] == code
    assert as_json["events"][0]["type"] == "ReferralRequested"


async def test_events_are_listed_shown_and_followed(loop: tuple[str, str], installed: Terminal) -> None:
    code, stream = loop
    listed = (await in_thread(lambda: installed("events", "list", "--stream", stream, "--json"))).json
    assert [event["version"] for event in listed] == list(range(1, len(listed) + 1))
    by_code = (await in_thread(lambda: installed("events", "show", code, "--json"))).json
    by_stream = (await in_thread(lambda: installed("events", "show", stream, "--json"))).json
    assert by_code == by_stream
    assert [event["id"] for event in by_code["events"]] == [event["id"] for event in listed]
    tailed = await in_thread(lambda: installed("events", "tail", "--newest", 2, "--count", 2, "--json"))
    every = (await in_thread(lambda: installed("events", "list", "--json"))).json
    assert len(tailed.out.splitlines()) == 2
    assert all(str(event["id"]) in tailed.out for event in every[-2:])


async def test_what_is_sealed_is_never_shown(network_url: str, installed: Terminal) -> None:
    async with core(network_url, NOW) as parts:
        handled = await parts.request(reason=Personal(text="头痛两天 canary"))
    for kind in ("referrals", "events"):
        for options in ([], ["--json"]):
            words = [kind, "show", handled.state.code, *options]
            ran = await asyncio.to_thread(installed, *words)
            assert "[sealed]" in ran.out or words == ["referrals", "show", handled.state.code]
            assert "canary" not in ran.out
            assert '"sealed"' not in ran.out


@pytest.mark.parametrize("network_url", ["postgresql"], indirect=True)
async def test_a_tail_passes_over_nothing_that_commits_late(network_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two writers at once: the one who began first commits last, with the lower position."""
    monkeypatch.setattr(looking, "_PAUSE", 0.05)
    async with core(network_url, NOW) as parts:
        began, go_on = asyncio.Event(), asyncio.Event()

        async def late() -> None:
            async with parts.database.transaction() as transaction:
                await transaction.execute(text("SELECT nextval(pg_get_serial_sequence('log', 'position'))"))
                await transaction.execute(text("SELECT pg_current_xact_id()"))
                began.set()
                await go_on.wait()

        waiting = asyncio.ensure_future(late())
        await began.wait()
        handled = await parts.request()
        seen: list[str] = []

        async def follow() -> None:
            async for event in looking.tail(parts.database, 0):
                seen.append(event["id"])
                if len(seen) >= 3:
                    return

        following = asyncio.ensure_future(follow())
        await asyncio.sleep(0.5)
        assert seen == []  # not before everything that could come earlier is settled
        go_on.set()
        await waiting
        await parts.request()
        await asyncio.wait_for(following, 20)
        assert seen[0] == handled.events[0].id


def test_the_log_is_verified_and_a_changed_summary_is_found_and_rebuilt(installed: Terminal, network_url: str) -> None:
    async def begin() -> None:
        async with core(network_url, NOW) as parts:
            await parts.request()

    async def spoil() -> None:
        await change(network_url, "UPDATE summaries SET status = 'closed'")

    asyncio.run(begin())
    ran = installed("events", "verify", "--json")
    assert (ran.code, ran.json["ok"]) == (0, True)
    asyncio.run(spoil())
    ran = installed("events", "verify")
    assert ran.code == 1
    assert "DIFFERENT" in ran.out
    assert installed("events", "rebuild", "--json").json["changed"] >= 1
    assert installed("events", "verify").code == 0


async def change(url: str, *statements: str, rows: tuple[Any, ...] = ()) -> None:
    database = Database(url)
    async with database.transaction() as transaction:
        for statement in statements:
            await transaction.execute(text(statement))
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
    asyncio.run(change(network_url, rows=((FailureRow, FAILURE), (FailureRow, other), (ParkedRow, MESSAGE))))
    listed = installed("parking", "list", "--json").json
    assert [row["id"] for row in listed] == ["triage/referral-a", "triage/referral-b", "m1"]
    shown = installed("parking", "show", "m1")
    assert "not JSON" in shown.out
    assert "sealed" not in shown.out

    assert installed("parking", "redrive", "triage/referral-a").code == 0
    assert installed("parking", "redrive", "m1", "--reason", "sent again").code == 0
    dry = installed("parking", "redrive", "--all", "--json").json
    assert dry == {"dry_run": True, "ids": ["triage/referral-b"]}
    assert len(installed("parking", "list", "--json").json) == 1
    done = installed("parking", "redrive", "--all", "--yes", "--reason", "mended", "--json").json
    assert done == {"dry_run": False, "ids": ["triage/referral-b"]}
    assert installed("parking", "list").out == "nothing is parked\n"
    assert audited(network_url) >= {
        ("redrive", "triage referral-a", None), ("settle parked message", "m1", "sent again"),
        ("redrive", "triage referral-b", "mended"),
    }  # fmt: skip


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
