"""The demo page: phones side by side, the clock, the open loops, samples to send, the events as they happen.

It lives beside the app's own addresses, only in --demo, and answers this machine only: it shows what every role sees.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, StreamingResponse

from admin.demo import feed, loops
from admin.demo.menus import show_menus
from admin.demo.network import PERSONAS, speak_to_all
from admin.demo.samples import SampleRefused, catalogue, send
from admin.parts import Parts
from models.tasks import TaskSet
from models.values import Language

PAGE = Path(__file__).with_name("page")
_FILES = frozenset(file.name for file in PAGE.iterdir() if file.suffix in {".js", ".css", ".svg"})
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def router(parts: Parts, sandbox_url: str) -> APIRouter:
    """The routes under /demo, for the gateway of a demo to mount. `sandbox_url`: where the phones are."""
    routes = APIRouter(prefix="/demo", include_in_schema=False, dependencies=[Depends(_only_from_here)])
    policy = _policy(sandbox_url)

    @routes.get("")
    async def page() -> HTMLResponse:
        return HTMLResponse(
            _page(sandbox_url, parts.settings.timezone),
            headers={"Content-Security-Policy": policy, "Cache-Control": "no-cache"},
        )

    @routes.get("/page/{name}")
    async def file(name: str) -> FileResponse:
        if name not in _FILES:
            raise HTTPException(404, f"there is no file {name!r} of the page")
        return FileResponse(PAGE / name, headers={"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"})

    @routes.get("/events")
    async def events(request: Request) -> StreamingResponse:
        stream = _stream(parts, request.app.state.stopping)
        return StreamingResponse(stream, media_type="text/event-stream", headers={"Cache-Control": "no-store"})

    @routes.get("/loops")
    async def open_loops() -> JSONResponse:
        async with parts.database.reading() as tx:
            return JSONResponse(await loops.loops(tx, parts.directory.current()))

    @routes.get("/loops/{loop}")
    async def one_loop(loop: str) -> JSONResponse:
        async with parts.database.reading() as tx:
            happened = await feed.of_loop(tx, loop, parts.directory.current())
        if not happened:
            raise HTTPException(404, f"there is no loop {loop!r}; see /demo/loops")
        return JSONResponse({"loop": loop, "events": happened})

    @routes.post("/language/{language}")
    async def speak(language: str) -> JSONResponse:
        if language not in list(Language):
            raise HTTPException(404, f"there is no language {language!r}; right is one of {', '.join(Language)}")
        await speak_to_all(parts.database, parts.directory, parts.clock, Language(language))
        await show_menus(parts)
        return JSONResponse({"language": language})

    @routes.get("/samples")
    async def samples() -> JSONResponse:
        return JSONResponse({"samples": [each.shown() for each in catalogue()]})

    @routes.post("/samples/{name}")
    async def send_sample(name: str, request: Request) -> JSONResponse:
        server = request.scope["server"]
        try:
            sent = await send(name, f"http://{server[0]}:{server[1]}", parts)
        except SampleRefused as refused:
            return JSONResponse({"error": str(refused)}, 404)
        return JSONResponse(sent)

    return routes


async def _stream(parts: Parts, stopping: asyncio.Event) -> AsyncIterator[str]:
    """Server-sent events: the newest events, then each new one, until the server stops."""
    yield "retry: 1000\n\n"
    happening = feed.newest_and_new(parts.database, parts.directory.current)
    tasks = TaskSet()
    ended = tasks.start(stopping.wait(), "demo stopping")
    try:
        while True:
            coming = tasks.start(_next(happening), "demo event")
            await asyncio.wait({coming, ended}, return_when=asyncio.FIRST_COMPLETED)
            if not coming.done():
                return
            shown = coming.result()
            yield f"id: {shown['position']}\ndata: {json.dumps(shown, ensure_ascii=False)}\n\n"
    finally:
        await tasks.stop()


async def _next(happening: AsyncIterator[feed.Shown]) -> feed.Shown:
    return await anext(happening)


def _only_from_here(request: Request) -> None:
    """403 for a foreign Host or Origin: no page elsewhere, and no name that points here, may use the demo."""
    if _host(f"//{request.headers.get('host', '')}") not in _LOOPBACK:
        raise HTTPException(403, "Host: the demo answers at 127.0.0.1 and localhost only")
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise HTTPException(403, "Origin: only the demo's own page may use it")


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def _policy(sandbox_url: str) -> str:
    """Everything comes from here and from the phones' address, nothing from anywhere else."""
    return (
        f"default-src 'none'; script-src 'self' {sandbox_url}; style-src 'self' {sandbox_url} 'unsafe-inline'; "
        f"img-src 'self' {sandbox_url}; connect-src 'self' {sandbox_url}; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )


def _page(sandbox_url: str, zone: str) -> str:
    people = [
        {
            "key": each.key,
            "zh": {"name": each.name_zh, "about": each.part_zh},
            "en": {"name": each.name_en, "about": each.part_en},
        }
        for each in PERSONAS
    ]
    text = (PAGE / "index.html").read_text(encoding="utf-8")
    told = json.dumps({"sandbox": sandbox_url, "zone": zone, "people": people}, ensure_ascii=False)
    return text.replace("{{sandbox}}", sandbox_url).replace("{{told}}", told.replace("<", "\\u003c"))
