"""`refloop sandbox`: the local Bot API in a process of its own."""

import asyncio
import signal

from admin.output import remark, say
from admin.refusals import CommandRefused
from bot.sandbox.app import SandboxConfig, serve


async def serve_until_stopped(port: int) -> None:
    """Serve on this machine until SIGINT or SIGTERM; CommandRefused when the port is taken."""
    try:
        served = await serve(SandboxConfig(port=port))
    except OSError as error:
        raise CommandRefused(f"--port: cannot listen on 127.0.0.1:{port}: {error.strerror}") from None
    say(f"{served.url}")
    remark("The sandbox of phones (fictional data only); stop it with Ctrl-C.")
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()
    await served.close()
