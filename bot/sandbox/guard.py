"""Who may talk to the sandbox: this machine, and of web pages only its own and those named at the start."""

from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def guard(allowed_origins: tuple[str, ...]) -> Middleware:
    """Refuses foreign Host and Origin headers, so no web page can reach in; answers CORS for allowed ones."""
    allowed = {origin.rstrip("/") for origin in allowed_origins}

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if _hostname(f"//{request.host}") not in LOOPBACK:
            raise web.HTTPForbidden(text="Host: only 127.0.0.1, localhost and [::1] are served")
        origin = request.headers.get("Origin")
        if origin is None or urlsplit(origin).netloc == request.host:
            return await handler(request)
        if origin not in allowed:
            raise web.HTTPForbidden(text="Origin: this page is not allowed to use the sandbox")
        if request.method == "OPTIONS":
            response: web.StreamResponse = web.Response(status=204)
        else:
            response = await handler(request)
        if not response.prepared:
            response.headers.update(cors(origin))
        return response

    return check


def cors(origin: str) -> dict[str, str]:
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Methods": "GET, POST, DELETE, OPTIONS",
        "Access-Control-Allow-Headers": "Content-Type, Last-Event-ID",
        "Vary": "Origin",
    }


def _hostname(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""
