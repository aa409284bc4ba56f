"""A Chromium that a program drives over its DevTools protocol, for screenshots and for looking at pages.

`python -m tests.browser` installs one where we may: by apt, as root.
"""

import asyncio
import base64
import itertools
import json
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from admin.servers.process import ServerFailed
from admin.servers.provide import install

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
NAMED = "REFLOOP_TEST_BROWSER"
ADVICE = (
    "no browser, so the page is not tested. Run: sudo apt-get install chromium "
    f"(or install Google Chrome, or set {NAMED} to a Chromium)"
)
PATIENCE_SECONDS = 30.0


class Page:
    """One tab. `complaints` are the errors its console has shown."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.complaints: list[str] = []
        self._socket = socket
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}

    async def listen(self) -> None:
        """Take what the browser says, until it goes."""
        async for message in self._socket:
            told = json.loads(message.data)
            if "id" in told:
                self._answers.pop(told["id"]).set_result(told)
            elif told["method"] == "Runtime.exceptionThrown":
                self.complaints.append(json.dumps(told["params"]["exceptionDetails"])[:500])
            elif told["method"] == "Log.entryAdded" and told["params"]["entry"]["level"] == "error":
                self.complaints.append(told["params"]["entry"]["text"])

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        """One call of the protocol and its result. RuntimeError when it is refused."""
        number = next(self._numbers)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": number, "method": method, "params": params})
        async with asyncio.timeout(PATIENCE_SECONDS):
            told = await answer
        if "error" in told:
            raise RuntimeError(f"{method}: {told['error']['message']}")
        result: dict[str, Any] = told["result"]
        return result

    async def open(self, url: str, width: int, height: int, mobile: bool = False) -> None:
        """Go to an address in a window of this size."""
        await self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=mobile
        )
        await self.call("Page.navigate", url=url)

    async def evaluate(self, script: str) -> Any:
        """What a JavaScript expression gives. RuntimeError when it throws."""
        told = await self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in told:
            raise RuntimeError(told["exceptionDetails"].get("exception", {}).get("description", script))
        return told["result"].get("value")

    async def until(self, script: str, seconds: float = PATIENCE_SECONDS) -> None:
        """Wait until an expression is true. TimeoutError names it."""
        try:
            async with asyncio.timeout(seconds):
                while not await self.evaluate(script):  # noqa: ASYNC110 - the page has no event for it
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise TimeoutError(f"never true: {script}") from None

    async def press(self, key: str, code: int, text: str = "") -> None:
        """Press and let go of a key; `text` is what it types, if anything."""
        down = {"text": text} if text else {}
        for kind, more in (("keyDown", down), ("keyUp", {})):
            await self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, **more)

    async def picture(self, file: Path) -> None:
        """Keep what is to be seen as a PNG."""
        shot = await self.call("Page.captureScreenshot", format="png")
        await asyncio.to_thread(file.write_bytes, base64.b64decode(shot["data"]))


@asynccontextmanager
async def browser(language: str = "en-GB") -> AsyncIterator[Page]:
    """A new tab of a new Chromium. RuntimeError when none is installed."""
    program = installed()
    if program is None:
        raise RuntimeError(ADVICE)
    # Its helpers may still write for a moment after it has ended.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = await asyncio.create_subprocess_exec(
            program, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
            "--disable-dev-shm-usage", f"--lang={language}", "--remote-debugging-port=0", f"--user-data-dir={profile}",
            "about:blank",
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            port = await _port(Path(profile) / "DevToolsActivePort")
            async with aiohttp.ClientSession() as session:
                async with session.get(f"http://127.0.0.1:{port}/json") as answer:
                    tab = next(each for each in await answer.json() if each["type"] == "page")
                async with session.ws_connect(tab["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                    page = Page(socket)
                    listening = asyncio.create_task(page.listen())
                    for domain in ("Page", "Runtime", "Log"):
                        await page.call(f"{domain}.enable")
                    yield page
                    listening.cancel()
        finally:
            process.terminate()
            await process.wait()


def installed() -> str | None:
    """The browser to use: the one named by the environment, else the first that is there."""
    names = [os.environ[NAMED]] if os.environ.get(NAMED) else PROGRAMS
    return next((found for name in names if (found := shutil.which(name))), None)


def ensure() -> None:
    """Install one where we may; say where it comes from, or what to do. The tests of the pages fail without."""
    if installed() is None and not os.environ.get(NAMED) and os.geteuid() == 0 and shutil.which("apt-get"):
        sys.stderr.write("browser: installing chromium (once, about half a minute)\n")
        try:
            install(["chromium"], lambda line: None)
        except ServerFailed as failure:
            sys.stderr.write(f"browser: {failure}\n")
    found = installed()
    sys.stderr.write(f"browser: {found or ADVICE}\n")


async def _port(file: Path) -> int:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await asyncio.to_thread(_holds, file):  # noqa: ASYNC110 - another program writes it
            await asyncio.sleep(0.05)
    return int((await asyncio.to_thread(file.read_text)).split()[0])


def _holds(file: Path) -> bool:
    return file.exists() and bool(file.read_text())


if __name__ == "__main__":
    ensure()
