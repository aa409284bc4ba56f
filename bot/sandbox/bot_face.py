"""What a bot sees: /bot<token>/<method> and /file/bot<token>/<path>."""

import asyncio
import json
from typing import Any

from aiohttp import web

from bot.sandbox.core import Core
from bot.sandbox.faults import Fault, FaultKind
from bot.sandbox.polling import end_poll, get_updates
from bot.sandbox.refusals import POLLED_TWICE, QUERY_TOO_OLD, Refusal, bad_request, flood, forbidden
from bot.sandbox.wire import Params, read_params
from bot.sandbox.world import TOKEN, BotAccount

CORE = web.AppKey("core", Core)
BAD_GATEWAY_PAGE = (
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
    "<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx/1.18.0</center>\r\n</body>\r\n</html>\r\n"
)


async def call(request: web.Request) -> web.StreamResponse:
    """Answers one Bot API call, with whatever fault is armed for it."""
    core = request.app[CORE]
    token = request.match_info["token"]
    if not TOKEN.fullmatch(token):
        return refused(Refusal(401, "Unauthorized"))
    account = core.account(token)
    name = request.match_info["method"].lower()
    try:
        params = await read_params(request)
    except Refusal as refusal:
        return refused(refusal)
    fault = core.hit_fault(account, name, params)
    if fault is not None and fault.kind is FaultKind.HANG:
        core.log_call(account, request.match_info["method"], params, 0, None, fault)
        await asyncio.Event().wait()  # ends when the caller gives up and the handler is cancelled
    if fault is not None and fault.kind is FaultKind.DELAY:
        await asyncio.sleep(fault.seconds)
    if fault is not None and fault.kind is FaultKind.BAD_GATEWAY:
        core.log_call(account, request.match_info["method"], params, 502, None, fault)
        return web.Response(status=502, text=BAD_GATEWAY_PAGE, content_type="text/html")
    answer = await _answer(core, account, name, params, fault)
    if name != "getupdates" or answer.status != 200:
        shown = json.loads(answer.body) if isinstance(answer.body, bytes) else None
        core.log_call(account, request.match_info["method"], params, answer.status, shown, fault)
    if fault is not None and fault.kind is FaultKind.DROPPED and request.transport is not None:
        request.transport.abort()
    return answer


async def _answer(core: Core, account: BotAccount, name: str, params: Params, fault: Fault | None) -> web.Response:
    try:
        if fault is not None:
            _refuse_by_fault(core, account, params, fault)
        if name == "getupdates":
            result: Any = await get_updates(core, account, params)
        else:
            result = core.execute(account, name, params)
            if name in ("setwebhook", "deletewebhook"):
                if account.webhook.url:
                    end_poll(core, account, "webhook")
                core.line(account).wake.set()
    except Refusal as refusal:
        return refused(refusal)
    return web.json_response({"ok": True, "result": result}, dumps=_dump)


def _refuse_by_fault(core: Core, account: BotAccount, params: Params, fault: Fault) -> None:
    match fault.kind:
        case FaultKind.FLOOD:
            raise flood(int(fault.seconds))
        case FaultKind.FORBIDDEN:
            raise forbidden("bot was blocked by the user")
        case FaultKind.RESTART:
            raise Refusal(500, "Internal Server Error: restart")
        case FaultKind.STALE_CALLBACK:
            account.presses.pop(params.text("callback_query_id"), None)
            raise bad_request(QUERY_TOO_OLD)
        case FaultKind.SECOND_POLLER:
            raise Refusal(409, POLLED_TWICE)
        case _:
            return


def refused(refusal: Refusal) -> web.Response:
    headers = {"Retry-After": str(refusal.retry_after)} if refusal.retry_after is not None else {}
    return web.json_response(refusal.body(), status=refusal.code, headers=headers, dumps=_dump)


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


async def download(request: web.Request) -> web.Response:
    """The bytes of a file a bot asked for with getFile."""
    core = request.app[CORE]
    if not TOKEN.fullmatch(request.match_info["token"]):
        return refused(Refusal(401, "Unauthorized"))
    account = core.account(request.match_info["token"])
    file = next((one for one in account.files.values() if one.path == request.match_info["path"]), None)
    if file is None:
        return refused(Refusal(404, "Not Found"))
    return web.Response(body=file.data, content_type="application/octet-stream")
