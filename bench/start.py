"""`python -m bench.start`: how long a start takes, and how much memory the processes need (P8).

The installed program as people start it: `refloop --help`; the demo (all roles, the sandbox and SQLite in one process)
until it answers, has taken a referral in and shows it on a phone; and every role of the full deployment by itself on
private servers, after some referrals. `--minutes` watches how the demo's memory goes while referrals come in.
"""

import argparse
import asyncio
import base64
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from admin.servers.process import free_port
from bench.ground import SITE_KEY, Ground
from models.clock import SystemClock
from models.database import Database
from models.sources import add_source

PROGRAM = str(Path(sys.executable).with_name("refloop"))
TOKEN = "4200000001:AAbenchBENCHbenchBENCHbenchBENCHben"
ROLES = ("gateway", "relay", "workers", "ticker", "bot")
WITHIN = 60.0  # seconds for anything to happen
EVERY = 0.01
TOLD = re.compile(r'id="told">(.*?)</script>')


@asynccontextmanager
async def started(arguments: Sequence[str], settings: Mapping[str, str], home: Path) -> AsyncIterator[int]:
    """A `refloop` process with these settings and no others; its process id. It is told to end, and must end well."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), **settings}
    process = await asyncio.create_subprocess_exec(
        PROGRAM, *arguments, env=environment, cwd=home,
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield process.pid
    finally:
        if process.returncode is None:
            process.terminate()
        ended = await asyncio.wait_for(process.wait(), WITHIN)
    assert ended == 0, f"refloop {' '.join(arguments)} ended with {ended}"


def megabytes(process: int) -> float:
    """What a process has in memory (VmRSS), in units of 10^6 bytes."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    assert found is not None
    return round(int(found[1]) * 1024 / 1e6, 1)


async def until(session: aiohttp.ClientSession, url: str, wanted: str = "") -> str:
    """The answer of an address, once it is a good one with `wanted` in it."""
    ends = time.perf_counter() + WITHIN
    while time.perf_counter() < ends:
        try:
            async with session.get(url) as answer:
                if answer.status == 200 and wanted in (body := await answer.text()):
                    return body
        except aiohttp.ClientError:
            pass  # it does not listen yet
        await asyncio.sleep(EVERY)
    raise TimeoutError(f"{url} did not answer with {wanted!r} within {WITHIN:.0f} s")


def said(file: Path) -> str:
    """What a file says; nothing while it is not there."""
    return file.read_text().strip() if file.exists() else ""


async def written(file: Path) -> str:
    """The same, once it says something."""
    for _ in range(int(WITHIN / EVERY)):
        if text := said(file):
            return text
        await asyncio.sleep(EVERY)
    raise TimeoutError(f"{file.name} was not written within {WITHIN:.0f} s")


async def refer(session: aiohttp.ClientSession, address: str, key: str, number: int) -> str:
    """Take one referral in, as soon as it may be; its code."""
    event = {
        "specversion": "1.0", "id": f"bench-{number}", "source": "//bench", "type": "refloop.referral.request.v1",
        "data": {
            "id": f"B-{number}", "patient": {"identifiers": [{"system": "health-card", "value": "QT000001"}]},
            "to": {"facility": "chengxi-1", "department": "cardiology"}, "priority": "stat", "consent": "given",
        },
    }  # fmt: skip
    headers = {"authorization": f"Bearer {key}", "content-type": "application/cloudevents+json"}
    ends = time.perf_counter() + WITHIN
    while time.perf_counter() < ends:
        async with session.post(f"{address}/events", data=json.dumps(event), headers=headers) as answer:
            if answer.status in (200, 201):
                return answer.headers["location"].rpartition("/")[2]
        await asyncio.sleep(EVERY)
    raise TimeoutError("the referral was not taken in")


async def demo(home: Path, minutes: float) -> dict[str, Any]:
    """The demo on a new data directory: seconds until each thing, megabytes afterwards and at each minute."""
    port, found = free_port(), dict[str, Any]()
    address, began = f"http://127.0.0.1:{port}", time.perf_counter()

    def reached(what: str) -> None:
        found[what] = round(time.perf_counter() - began, 2)

    arguments = ["up", "--demo", "--data-dir", str(home / "data"), "--port", str(port)]
    async with started(arguments, {}, home) as process, aiohttp.ClientSession() as session:
        await until(session, f"{address}/healthz")
        reached("answers, s")
        key = await written(home / "data" / "demo-source.key")
        code = await refer(session, address, key, 0)
        reached("referral taken in, s")
        told = TOLD.search(await until(session, f"{address}/demo", "told"))
        assert told is not None
        phones = json.loads(told[1])["sandbox"]
        await until(session, f"{phones}/sandbox/api/people/hospital-doctor/transcript", code)
        reached("card on the phone, s")
        found["MB"] = [megabytes(process)]
        for minute in range(int(minutes)):
            for each in range(60):
                await refer(session, address, key, minute * 60 + each + 1)
                await asyncio.sleep(1)
            found["MB"].append(megabytes(process))
    return found


async def roles(home: Path) -> dict[str, Any]:
    """Every role as a process of its own: the gateway's seconds until it answers, megabytes after 20 referrals."""
    with Ground(home) as ground:
        await ground.prepare()
        url = ground.database("full", "template_ours")
        database = Database(url)
        async with database.transaction() as transaction:
            key = await add_source(transaction, "bench", "liantang", SystemClock().now(), "person:bench")
        await database.close()
        port, phones = free_port(), free_port()
        settings = {
            "REFLOOP_DATABASE_URL": url, "REFLOOP_BROKER_URL": ground.broker(), "REFLOOP_TELEGRAM_TOKEN": TOKEN,
            "REFLOOP_TELEGRAM_API_URL": f"http://127.0.0.1:{phones}", "REFLOOP_DATA_DIR": str(home / "roles"),
            "REFLOOP_PORT": str(port), "REFLOOP_SITE_KEY": base64.b64encode(SITE_KEY).decode(),
        }  # fmt: skip
        async with AsyncExitStack() as stack:
            session = await stack.enter_async_context(aiohttp.ClientSession())
            sandbox = await stack.enter_async_context(started(["sandbox", "--port", str(phones)], {}, home))
            await until(session, f"http://127.0.0.1:{phones}/sandbox/api")
            began = time.perf_counter()
            running = {"gateway": await stack.enter_async_context(started(["run", "gateway"], settings, home))}
            await until(session, f"http://127.0.0.1:{port}/healthz")
            answers = round(time.perf_counter() - began, 2)
            for role in ROLES[1:]:
                running[role] = await stack.enter_async_context(started(["run", role], settings, home))
            for number in range(20):
                await refer(session, f"http://127.0.0.1:{port}", key, number)
            await until(session, f"http://127.0.0.1:{port}/readyz?quiet=1&within=10")
            memory = {role: megabytes(process) for role, process in (running | {"sandbox": sandbox}).items()}
    return {"gateway answers, s": answers, "MB": memory}


def help_seconds(runs: int) -> float:
    """The median of `refloop --help`."""
    took = []
    for _ in range(runs):
        began = time.perf_counter()
        subprocess.run([PROGRAM, "--help"], check=True, stdout=subprocess.DEVNULL)
        took.append(time.perf_counter() - began)
    return round(statistics.median(took), 3)


async def run(runs: int, minutes: float) -> dict[str, Any]:
    """Everything; the demo so many times."""
    with tempfile.TemporaryDirectory() as directory:
        homes = [Path(directory) / str(number) for number in range(runs + 1)]
        for home in homes:
            home.mkdir()
        return {
            "help, s": help_seconds(5),
            "embedded with sandbox": [await demo(home, minutes if home is homes[0] else 0) for home in homes[:-1]],
            "roles": await roles(homes[-1]),
        }


def main() -> None:
    """Print the figures, and keep them."""
    parser = argparse.ArgumentParser(prog="python -m bench.start", description=str(__doc__).splitlines()[0])
    parser.add_argument("--runs", type=int, default=3, help="starts of the demo (default 3)")
    parser.add_argument("--minutes", type=int, default=0, help="watch the first one's memory for so long (default 0)")
    given = parser.parse_args()
    text = json.dumps(asyncio.run(run(given.runs, given.minutes)), indent=2)
    print(text)
    Path(__file__).with_name("start.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
