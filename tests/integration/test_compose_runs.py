"""docker-compose.yml run for real, without an engine: every command, health check and variable as the file has them.

What a container would have of its own is put in its place: the servers' addresses, the mounted secrets and the volume.
"""

import asyncio
import os
import re
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

import httpx
import pytest
import yaml

from bot.sandbox.app import SandboxConfig, serve
from tests import forked
from tests.conftest import DatabaseKind
from tests.journeys.house import TOKEN

ROOT = Path(__file__).resolve().parents[2]
FILE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
ROLES = ("gateway", "relay", "workers", "ticker", "bot")


@dataclass(frozen=True)
class Host:
    """What stands for the containers' own world: each piece of the file, and what it is here."""

    stands_for: Mapping[str, str]
    telegram: str

    def environment(self, name: str) -> dict[str, str]:
        """The variables of a service, and the address of our Telegram, which no file can know."""
        given = {key: _defaults(str(value)) for key, value in FILE["services"][name].get("environment", {}).items()}
        for theirs, ours in self.stands_for.items():
            given = {key: value.replace(theirs, ours) for key, value in given.items()}
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        return {"PATH": path, "REFLOOP_TELEGRAM_API_URL": self.telegram, **given}

    async def run(self, name: str, command: list[str], seconds: float = 240) -> tuple[int, str]:
        """A command in the world of a service; its exit code and what it said. Too slow is as bad as wrong."""
        try:
            done = await asyncio.to_thread(
                subprocess.run, command, env=self.environment(name), capture_output=True, text=True, timeout=seconds
            )
        except subprocess.TimeoutExpired:
            return 1, f"no answer within {seconds} s"
        return done.returncode, done.stdout + done.stderr


def _defaults(text: str) -> str:
    """`${NAME:-value}` where nobody set NAME, and `$$` as compose reads it."""
    return re.sub(r"\$\{\w+:-(.*?)\}", r"\1", text).replace("$$", "$")


def _without_password(url: SplitResult) -> str:
    return f"{url.username}@{url.hostname}:{url.port}{url.path}"


def _seconds(text: str) -> int:
    return int(text.removesuffix("s"))


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    """What `make secrets` makes, and a bot's token."""
    subprocess.run(["make", "-f", str(ROOT / "Makefile"), "secrets"], cwd=tmp_path, check=True, capture_output=True)
    (tmp_path / "secrets" / "telegram_token").write_text(TOKEN + "\n")
    return tmp_path / "secrets"


@pytest.fixture
async def host(
    tmp_path: Path, secrets: Path, fresh_database_url: Callable[[DatabaseKind], str], fresh_vhost: str
) -> AsyncIterator[Host]:
    database, broker = urlsplit(fresh_database_url("postgresql")), urlsplit(fresh_vhost)
    (secrets / "database_password").write_text(unquote(database.password or ""))
    (secrets / "broker_password").write_text(unquote(broker.password or ""))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    sandbox = await serve(SandboxConfig(rates=False))
    try:
        yield Host(
            {
                "refloop@database:5432/refloop": _without_password(database),
                "refloop@broker:5672/refloop": _without_password(broker),
                "/run/secrets": str(secrets),
                "/var/lib/refloop": str(tmp_path / "data"),
                "0.0.0.0": "127.0.0.1",
                "8080": port,
            },
            f"http://127.0.0.1:{sandbox.port}",
        )
    finally:
        await sandbox.close()


@pytest.mark.full
async def test_every_service_of_ours_starts_is_healthy_and_stops(host: Host) -> None:
    services = FILE["services"]
    code, said = await host.run("migrate", services["migrate"]["command"])
    assert code == 0, said
    async with AsyncExitStack() as stack:
        running = {}
        for name in ROLES:  # one after the other: each has the time that the file gives it to itself
            running[name] = await stack.enter_async_context(_started(host, name))
            await _becomes_healthy(host, name, running[name])
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{host.stands_for['8080']}") as client:
            assert (await client.get("/readyz")).status_code == 200
        for name in reversed(ROLES):
            running[name].terminate()
            ended = await asyncio.wait_for(running[name].wait(), _seconds(services[name]["stop_grace_period"]))
            assert ended == 0, name
            code, said = await host.run(name, services[name]["healthcheck"]["test"][1:])
            assert code != 0, f"{name} is gone, and its check says {said}"


@pytest.mark.full
async def test_no_role_starts_before_the_tables_are_there(host: Host, tmp_path: Path) -> None:
    for name in ROLES:  # forked: that the file's commands begin the program is shown above
        program, *command = FILE["services"][name]["command"]
        assert program == "refloop"
        said = tmp_path / f"{name}.log"
        with said.open("wb") as log:
            process = await forked.refloop(command, host.environment(name), log)
            assert await asyncio.wait_for(process.wait(), 60) == 1, said.read_text()
        assert "run refloop migrate" in said.read_text()


def test_the_brokers_command_hands_the_password_on_and_becomes_the_server(tmp_path: Path) -> None:
    entry = tmp_path / "docker-entrypoint.sh"  # of the image: here it says what it was given
    entry.write_text('#!/bin/sh\necho "$$ $* $RABBITMQ_DEFAULT_USER $RABBITMQ_DEFAULT_VHOST $RABBITMQ_DEFAULT_PASS"\n')
    entry.chmod(0o700)
    (tmp_path / "broker_password").write_text("a pass/word")
    service = FILE["services"]["broker"]
    command = [_defaults(word).replace("/run/secrets", str(tmp_path)) for word in service["command"]]
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", **service["environment"]}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        said, _ = process.communicate(timeout=60)
    # The same process: signals of the engine reach the server.
    assert said == f"{process.pid} rabbitmq-server refloop refloop a pass/word\n"


@asynccontextmanager
async def _started(host: Host, name: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A service's command as a process; killed at the end if it still runs."""
    command = FILE["services"][name]["command"]
    process = await asyncio.create_subprocess_exec(*command, env=host.environment(name), stdout=asyncio.subprocess.PIPE)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _becomes_healthy(host: Host, name: str, process: asyncio.subprocess.Process) -> None:
    """After the start period, so many failures in a row and the container counts as ill.

    An engine asks again and again; we ask once it says that it runs: each question is a process.
    """
    check = FILE["services"][name]["healthcheck"]
    assert process.stdout is not None
    async with asyncio.timeout(_seconds(check["start_period"]) + 4 * _seconds(check["interval"])):
        assert name in (await process.stdout.readline()).decode()
    code, said = await host.run(name, check["test"][1:], _seconds(check["timeout"]))
    assert code == 0, f"{name} is not healthy: {said}"
