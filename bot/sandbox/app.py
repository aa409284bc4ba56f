"""The sandbox as one aiohttp application: a Bot API with phones, on this machine only."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from aiohttp import web

from bot.sandbox import bot_face, control_face, people_face
from bot.sandbox.bot_face import CORE
from bot.sandbox.control_face import FORWARDING
from bot.sandbox.core import Core, SandboxConfig
from bot.sandbox.forward import Forwarding
from bot.sandbox.guard import LOOPBACK, guard
from bot.sandbox.refusals import Refusal
from bot.sandbox.webhook import Pusher
from bot.sandbox.world import BotAccount

__all__ = ["SandboxConfig", "Served", "create_app", "serve"]

LARGEST_BODY = 50 * 1024 * 1024
# Nothing on the page comes from elsewhere, and nothing of it can go elsewhere.
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self'; connect-src 'self'"
)
PAGE = Path(__file__).with_name("page")


def create_app(config: SandboxConfig) -> web.Application:
    """The application, with an empty world. Refuses a host that is not loopback."""
    if config.host not in LOOPBACK:
        raise ValueError(f"host: {config.host!r} is not loopback; use 127.0.0.1")
    app = web.Application(client_max_size=LARGEST_BODY, middlewares=[guard(config.allowed_origins)])
    core = app[CORE] = Core(config)
    app.add_routes(people_face.routes())
    app.add_routes(control_face.routes())
    for method in ("GET", "POST"):
        app.router.add_route(method, "/bot{token:[^/]*}/{method:[^/]+}", bot_face.call)
    app.router.add_get("/file/bot{token:[^/]*}/{path:.+}", bot_face.download)
    app.router.add_get("/", _index)
    app.router.add_static("/page", PAGE, append_version=False)
    app.router.add_route("*", "/{rest:.*}", _nowhere)

    async def outgoing(app: web.Application) -> AsyncIterator[None]:
        async with aiohttp.ClientSession() as session:
            app[FORWARDING] = Forwarding(core, session)
            task = asyncio.create_task(_push(core, session))
            yield
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    app.cleanup_ctx.append(outgoing)
    return app


async def _push(core: Core, session: aiohttp.ClientSession) -> None:
    """One pusher for every bot, from its first call on."""
    served: list[BotAccount] = []
    new = asyncio.Event()
    core.on_new_bot = new.set
    new.set()
    async with asyncio.TaskGroup() as tasks:
        while True:
            await new.wait()
            new.clear()
            for account in core.world.accounts:
                if account not in served:
                    served.append(account)
                    tasks.create_task(Pusher(core, account, session).run())


async def _index(request: web.Request) -> web.StreamResponse:
    return web.FileResponse(PAGE / "index.html", headers={"Content-Security-Policy": PAGE_POLICY})


async def _nowhere(request: web.Request) -> web.Response:
    return bot_face.refused(Refusal(404, "Not Found"))


@dataclass(frozen=True)
class Served:
    """A running sandbox."""

    runner: web.AppRunner
    host: str
    port: int

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    async def close(self) -> None:
        await self.runner.cleanup()


async def serve(config: SandboxConfig) -> Served:
    """Starts a sandbox; port 0 takes a free one."""
    # A caller that goes away must end its long poll or hanging call, as at Telegram.
    runner = web.AppRunner(create_app(config), handler_cancellation=True, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    site = web.TCPSite(runner, config.host, config.port)
    await site.start()
    port: int = runner.addresses[0][1]
    return Served(runner, config.host, port)
