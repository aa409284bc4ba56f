"""Every command: its help, and what it says to bad input."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from admin import cli
from admin.lock import data_dir_lock
from tests.integration.cli.command_line import Terminal
from tests.integration.world import NETWORK

PASSWORD = "canary-pa55word"
TOKEN = "123456789:AAcanary_CANARY-canary"


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
        "events rebuild", "events republish",
        "parking list", "parking show", "parking redrive", "parking settle", "parking fix", "backup",
        "notices retell", "notices retell-now", "notices retell-list",
        "restore", "keys export", "sender release",
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
from admin.lock import data_dir_lock
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


def test_a_port_that_is_taken_is_named(refloop: Terminal) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ran = refloop("up", "--port", port)
        assert ran.code == 1
        assert f"refloop: cannot listen on 127.0.0.1:{port}: Address already in use; choose another --port" in ran.err


def test_a_second_up_says_so_and_leaves(refloop: Terminal, tmp_path: Path) -> None:
    with data_dir_lock(tmp_path / "data", "refloop up"):
        ran = refloop("up", "--port", "0")
    assert (ran.code, ran.out) == (1, "")
    assert "is in use by `refloop up`" in ran.err


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
