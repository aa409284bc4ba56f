"""The rest of /sandbox/api: clock, faults, rates, the call log, the stream of changes, reset."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from aiohttp import web

from bot.sandbox.bot_face import CORE
from bot.sandbox.faults import BadFault
from bot.sandbox.forward import Forwarding, NotQuiet
from bot.sandbox.guard import LOOPBACK, cors
from bot.sandbox.journal import Change
from bot.sandbox.people import Cannot
from bot.sandbox.people_face import Asked, answering, find_person
from bot.sandbox.transcript import iso
from bot.sandbox.world import Json

FORWARDING = web.AppKey("forwarding", Forwarding)
HEARTBEAT_SECONDS = 15.0
MOST_DAYS = 3660


def state(asked: Asked) -> Json:
    core = asked.core
    return {
        "bots": [{"id": one.id, "name": one.name, "called": one.token is not None} for one in core.world.accounts],
        "people": len(core.world.people),
        "rates": core.rates_on,
        "apps": core.app_urls,
        "faults": [fault.view() for fault in core.faults.armed()],
        "unconfirmed": core.unconfirmed(),
        "last": core.world.journal.last,
        **clock(asked),
    }


def clock(asked: Asked) -> Json:
    return {"now": asked.core.clock.now().isoformat(), "offset": asked.core.clock.offset}


async def move_clock(request: web.Request) -> web.Response:
    """{"forward": seconds}, {"to": ISO 8601} or {"next": true}."""
    core, forwarding = request.app[CORE], request.app[FORWARDING]
    try:
        body = await request.json()
        if not isinstance(body, dict):
            raise Cannot("body: expected a JSON object", 400)
        if body.get("next") is True:
            moved = await forwarding.next()
            return web.json_response({"moved": moved, "now": core.clock.now().isoformat()})
        await forwarding.to(_target(core.clock.now(), body))
    except Cannot as cannot:
        return web.json_response({"error": str(cannot)}, status=cannot.code)
    except NotQuiet as waiting:
        error = f"nothing moved for a minute; waiting for {waiting}"
        return web.json_response({"error": error, "now": core.clock.now().isoformat()}, status=504)
    except ValueError:
        return web.json_response({"error": "body: expected JSON"}, status=400)
    return web.json_response({"moved": True, "now": core.clock.now().isoformat(), "offset": core.clock.offset})


def _target(now: datetime, body: Json) -> datetime:
    if "to" in body:
        try:
            target = datetime.fromisoformat(str(body["to"]))
        except ValueError:
            raise Cannot("to: expected an ISO 8601 time", 422) from None
        target = target if target.tzinfo else target.replace(tzinfo=UTC)
    else:
        seconds = body.get("forward")
        if isinstance(seconds, bool) or not isinstance(seconds, int | float):
            raise Cannot('forward: expected seconds; or "to": an ISO 8601 time; or "next": true', 422)
        if not 0 <= seconds <= MOST_DAYS * 86_400:
            raise Cannot("forward: 0 seconds to ten years; the clock never goes back", 422)
        target = now + timedelta(seconds=seconds)
    if target < now:
        raise Cannot("to: the clock never goes back", 422)
    if target - now > timedelta(days=MOST_DAYS):
        raise Cannot("to: at most ten years ahead", 422)
    return target


def arm_fault(asked: Asked) -> Json:
    body = asked.body
    methods = body.get("methods") or ([body["method"]] if body.get("method") else None)
    if methods is not None and not (isinstance(methods, list) and all(isinstance(one, str) for one in methods)):
        raise Cannot("methods: expected a list of method names", 422)
    chat = asked.optional_id("chat")
    if body.get("person") is not None:
        chat = find_person(asked.core, str(body["person"])).id
    try:
        fault = asked.core.faults.arm(
            str(body.get("kind")),
            methods,
            chat,
            asked.number("seconds") if body.get("seconds") is not None else None,
            asked.optional_id("count"),
            body.get("for_ever") is True,
        )
    except BadFault as bad:
        raise Cannot(str(bad), 422) from None
    asked.core.tell_faults()
    return fault.view()


def clear_faults(asked: Asked) -> None:
    """All faults, or the one with `id`."""
    fault_id = asked.optional_id("id")
    asked.core.faults.clear(fault_id)
    asked.core.tell_faults()


def switch_rates(asked: Asked) -> Json:
    if not isinstance(asked.body.get("on"), bool):
        raise Cannot("on: expected true or false", 422)
    asked.core.rates_on = asked.body["on"]
    asked.core.world.journal.add("rates", asked.core.clock.stamp(), {"on": asked.core.rates_on})
    return {"on": asked.core.rates_on}


def calls(asked: Asked) -> Json:
    """What bots called, oldest first; `since` (a number), `method`, `chat` narrow it."""
    since = asked.query.get("since", "0")
    if not since.isdigit():
        raise Cannot("since: expected the number of a call", 422)
    method = asked.query.get("method", "").lower()
    chat = asked.query.get("about")
    shown = [
        call
        for call in asked.core.calls
        if call["number"] > int(since)
        and (not method or call["method"].lower() == method)
        and (chat is None or str(call["chat"]) == chat)
    ]
    return {"calls": shown}


def add_apps(asked: Asked) -> Json:
    """Programs that must be quiet before the clock moves on; only ones on this machine."""
    urls = asked.body.get("urls")
    if not isinstance(urls, list) or not all(
        isinstance(url, str) and urlsplit(url).hostname in LOOPBACK for url in urls
    ):
        raise Cannot("urls: expected a list of http addresses on this machine", 422)
    asked.core.app_urls[:] = urls
    return {"urls": urls}


async def events(request: web.Request) -> web.StreamResponse:
    """Server-sent events: every change after `since` (or Last-Event-ID), then each new one as it happens."""
    core = request.app[CORE]
    since = request.headers.get("Last-Event-ID") or request.query.get("since") or str(core.world.journal.last)
    response = web.StreamResponse(
        headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    )
    if "Origin" in request.headers:
        response.headers.update(cors(request.headers["Origin"]))
    await response.prepare(request)
    waiting: asyncio.Queue[Change] = asyncio.Queue()
    missed = core.world.journal.since(int(since) if since.isdigit() else 0)
    stop = core.world.journal.listen(waiting.put_nowait)
    try:
        await response.write(b": here are the changes\n\n")
        for change in missed:
            await response.write(_event(change))
        while True:
            try:
                change = await asyncio.wait_for(waiting.get(), HEARTBEAT_SECONDS)
            except TimeoutError:
                await response.write(b": still here\n\n")
                continue
            await response.write(_event(change))
    except ConnectionResetError:
        return response
    finally:
        stop()


def _event(change: Change) -> bytes:
    data = json.dumps(change.data | {"kind": change.kind, "at": iso(change.at)}, ensure_ascii=False)
    return f"id: {change.number}\nevent: {change.kind}\ndata: {data}\n\n".encode()


async def file(request: web.Request) -> web.Response:
    """A photo or document for the page, by file_id."""
    for account in request.app[CORE].world.accounts:
        found = account.files.get(request.match_info["file"])
        if found is not None:
            # A document is never shown as a page of ours, whatever it says it is.
            kind = found.mime if found.mime in ("image/png", "image/jpeg") else "application/octet-stream"
            headers = {"X-Content-Type-Options": "nosniff"}
            return web.Response(body=found.data, content_type=kind, headers=headers)
    raise web.HTTPNotFound()


def reset(asked: Asked) -> None:
    asked.core.reset()


def routes() -> list[web.RouteDef]:
    base = "/sandbox/api"
    return [
        web.get(base, answering(state)),
        web.get(f"{base}/clock", answering(clock)),
        web.post(f"{base}/clock", move_clock),
        web.get(
            f"{base}/faults",
            answering(lambda asked: {"faults": [one.view() for one in asked.core.faults.armed()]}),
        ),
        web.post(f"{base}/faults", answering(arm_fault)),
        web.delete(f"{base}/faults", answering(clear_faults)),
        web.post(f"{base}/rates", answering(switch_rates)),
        web.get(f"{base}/calls", answering(calls)),
        web.post(f"{base}/apps", answering(add_apps)),
        web.get(f"{base}/events", events),
        web.get(f"{base}/files/{{file}}", file),
        web.post(f"{base}/reset", answering(reset)),
    ]
