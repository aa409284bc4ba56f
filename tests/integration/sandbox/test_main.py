"""`python -m bot.sandbox`: a process by itself."""

import asyncio
import re
import signal
import sys
from pathlib import Path

import aiohttp


async def test_it_starts_says_where_and_ends_on_a_signal(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.sandbox", "--port", "0", "--clock-file", str(tmp_path / "clock"), "--no-rates",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        async with asyncio.timeout(60):
            line = (await process.stdout.readline()).decode()
        address = re.search(r"http://127\.0\.0\.1:\d+", line)
        assert address is not None, line
        assert "fictional data only" in line
        async with aiohttp.ClientSession() as session:
            async with session.post(f"{address[0]}/bot1:abcd/getMe") as response:
                assert response.status == 200
            await session.post(f"{address[0]}/sandbox/api/clock", json={"forward": 60})
    finally:
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(60):
            _, errors = await process.communicate()
    assert process.returncode == 0
    assert errors == b""
    assert abs(float((tmp_path / "clock").read_text()) - 60) < 30


async def test_the_sandbox_needs_neither_aiogram_nor_anything_of_ours() -> None:
    program = (
        "import sys, bot.sandbox.app;"
        "print([name for name in sys.modules if name.split('.')[0] in"
        " ('aiogram', 'models', 'events', 'workers', 'admin', 'pydantic', 'sqlalchemy')])"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    assert output.decode().strip() == "[]"
