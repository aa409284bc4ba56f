"""`python -m bot.sandbox [--port N]`: the sandbox by itself."""

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from bot.sandbox.app import SandboxConfig, serve


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bot.sandbox", description="A local Telegram Bot API with phones.")
    parser.add_argument("--port", type=int, default=8081, help="0 takes a free port (default 8081)")
    parser.add_argument("--clock-file", type=Path, help="file with the clock's offset in seconds")
    parser.add_argument(
        "--app", action="append", default=[], metavar="URL", help="program to wait for when the clock moves"
    )
    parser.add_argument("--origin", action="append", default=[], metavar="URL", help="page that may embed the phones")
    parser.add_argument("--no-rates", action="store_true", help="start without Telegram's rates")
    given = parser.parse_args()
    config = SandboxConfig(
        port=given.port,
        clock_file=given.clock_file,
        app_urls=tuple(given.app),
        allowed_origins=tuple(given.origin),
        rates=not given.no_rates,
    )
    asyncio.run(_run(config))


async def _run(config: SandboxConfig) -> None:
    served = await serve(config)
    sys.stdout.write(f"Sandbox: {served.url}/   (fictional data only)\n")
    sys.stdout.flush()
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()
    await served.close()


if __name__ == "__main__":
    main()
