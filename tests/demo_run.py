"""A demo that runs as a process, for tests and for the screenshots."""

import asyncio
import json
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from tests import forked
from tests.conftest import Deployment

READY = re.compile(rb"(http://[\d.:]+)/demo")


@dataclass
class Demo:
    """A running demo and a way to ask it things."""

    url: str
    session: aiohttp.ClientSession
    data_dir: Path

    async def get(self, path: str) -> Any:
        """JSON of a GET."""
        async with self.session.get(f"{self.url}{path}") as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def send(self, sample: str) -> Any:
        """Send a sample of the menu; what the intake answered."""
        async with self.session.post(f"{self.url}/demo/samples/{sample}") as answer:
            return await answer.json()

    async def page(self) -> tuple[str, str]:
        """The page and its policy."""
        async with self.session.get(f"{self.url}/demo") as answer:
            return await answer.text(), answer.headers["Content-Security-Policy"]

    async def sandbox(self) -> str:
        """Where the phones are, as the page is told."""
        html, _ = await self.page()
        told = re.search(r'id="told">(.*?)</script>', html)
        assert told is not None
        address: str = json.loads(told[1])["sandbox"]
        return address

    async def happened(self, wanted: str, loop: str) -> dict[str, Any]:
        """The first event of a type in the feed that belongs to a loop."""
        async with (
            asyncio.timeout(120),
            self.session.get(f"{self.url}/demo/events", timeout=aiohttp.ClientTimeout(total=None)) as answer,
        ):
            async for line in answer.content:
                if line.startswith(b"data: "):
                    event: dict[str, Any] = json.loads(line[6:])
                    if event["type"] == wanted and event["loop"] == loop:
                        return event
        raise AssertionError(f"the feed ended without {wanted}")


@asynccontextmanager
async def demo(data_dir: Path, deployment: Deployment | None = None, installed: bool = False) -> AsyncIterator[Demo]:
    """`refloop up --demo` as a process; it must end well when told to. `installed`: the program as it was installed."""
    given = {"REFLOOP_DATABASE_URL": deployment.database_url} if deployment else {}
    given |= {"REFLOOP_BROKER_URL": deployment.broker_url} if deployment and deployment.broker_url else {}
    environment = {"PATH": os.environ["PATH"], "HOME": str(data_dir.parent), **given}
    command = ["up", "--demo", "--data-dir", str(data_dir), "--port", "0"]
    hears, says = (os.fdopen(end, mode) for end, mode in zip(os.pipe(), ("rb", "wb"), strict=True))
    with hears:
        with says:
            process: asyncio.subprocess.Process | forked.Forked
            if installed:
                program = str(Path(sys.executable).with_name("refloop"))
                process = await asyncio.create_subprocess_exec(
                    program, *command, stdout=says, env=environment, cwd=data_dir.parent
                )
            else:
                process = await forked.refloop(command, environment, answers=says, directory=data_dir.parent)
        try:
            async with asyncio.timeout(240):
                found = READY.search(await asyncio.to_thread(hears.readline))
            assert found is not None, "the demo did not say where its page is"
            async with aiohttp.ClientSession() as session:
                yield Demo(found[1].decode(), session, data_dir)
        finally:
            if process.returncode is None:
                process.terminate()
            try:
                await asyncio.wait_for(process.wait(), 60)
            except TimeoutError:
                process.kill()
                await process.wait()
        assert process.returncode == 0
