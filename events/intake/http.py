"""The HTTP gateway: takes what hospitals' systems send, and tells them what became of it.

FHIR addresses answer with an OperationOutcome, the others with problem details. Whatever happens, a sender never gets a
traceback: what we cannot take for a fault of ours is kept and answered with 503.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import unquote
from zoneinfo import ZoneInfo

import orjson
from fastapi import FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from prometheus_client import CollectorRegistry, Counter, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from events.intake.answers import Answer, as_operation_outcome, as_plain, refused, unavailable
from events.intake.flat_types import schemas
from events.intake.http_body import LastResort, read_body
from events.intake.http_docs import BODIES, answers_of, page
from events.intake.problems import Problem, Unacceptable
from events.intake.reading import read_instant
from events.intake.reading_api import one_referral, referrals_since
from events.intake.reception import Reception
from events.intake.sources import Gatekeeper
from models.clock import Clock
from models.database import Database
from models.places import Source

_UTC = ZoneInfo("UTC")
LONGEST_WAIT = 10.0  # seconds
LOOK_AGAIN, LOOK_AGAIN_LATEST = 0.02, 0.1
Ready = Callable[[], Awaitable[str | None]]
Quiet = Callable[[], Awaitable[tuple[str | None, datetime | None]]]


def create_app(
    reception: Reception,
    gatekeeper: Gatekeeper,
    database: Database,
    clock: Clock,
    *,
    ready: Ready,
    quiet: Quiet,
    metrics: CollectorRegistry,
    open_docs: bool = False,
    open_metrics: bool = False,
) -> FastAPI:
    """The application.

    `ready` says why the role cannot work (None: it can); `quiet` what it waits for, and when it does something by
    itself next. /docs and /openapi.json answer loopback only, unless `open_docs`; /metrics unless `open_metrics`.
    """  # fmt: skip
    app = FastAPI(title="Refloop", version="1", docs_url=None, redoc_url=None, openapi_url=None)
    counted = Counter(
        "refloop_intake_messages", "Messages taken in, by answer", ["channel", "status"], registry=metrics
    )
    gateway = _Gateway(reception, gatekeeper, counted)
    app.add_middleware(LastResort)
    _errors(app)
    _posts(app, gateway)
    _reads(app, gateway, database, clock)
    _operation(app, ready, quiet)
    _pages(app, metrics, open_docs, open_metrics)
    return app


class _Gateway:
    """A request of a source, from its key to its answer."""

    def __init__(self, reception: Reception, gatekeeper: Gatekeeper, counted: Counter) -> None:
        self._reception = reception
        self._gatekeeper = gatekeeper
        self._counted = counted

    async def source(self, request: Request) -> Source:
        """The source of the request's key, within its quota. Unacceptable: 401, 429, 503."""
        try:
            source = await self._gatekeeper.source_of(request.headers.get("authorization"))
        except (OSError, DBAPIError, PoolTimeout):
            raise Unacceptable(503, Problem("keys cannot be looked up at the moment", code="transient")) from None
        seconds = self._gatekeeper.admit(source)
        if seconds is not None:
            raise Unacceptable(429, Problem(f"more than this source may send: again in {seconds} s", code="throttled"))
        return source

    async def post(self, request: Request, channel: str, only: str | None, dry_run: bool) -> Response:
        """Take the body of a POST."""
        source, body = None, b""
        content_type = request.headers.get("content-type")
        try:
            source = await self.source(request)
            body = await read_body(request)
        except Unacceptable as error:
            answer = refused(error)
            if error.status != 503:
                answer = await self._reception.note_refusal(source, channel, body, content_type, answer)
            return self._written(request, channel, [answer])
        headers = {name.lower(): value for name, value in request.headers.items()}
        headers |= {name: unquote(value) for name, value in headers.items() if name.startswith("ce-")}
        answers = await self._reception.take(source, channel, body, content_type, headers, only=only, dry_run=dry_run)
        return self._written(request, channel, answers)

    def _written(self, request: Request, channel: str, answers: list[Answer]) -> Response:
        for answer in answers:
            self._counted.labels(channel, str(answer.status)).inc()
        if len(answers) == 1:
            return write(request, answers[0])
        statuses = {answer.status for answer in answers}
        results = [as_plain(answer) | {"status": answer.status} for answer in answers]
        return _json(207 if len(statuses) > 1 else statuses.pop(), {"results": results})


def write(request: Request, answer: Answer) -> Response:
    """An answer in the words of the address it goes to."""
    headers = {"Location": answer.location} if answer.location else {}
    if answer.retry_after is not None or answer.status == 429:
        headers["Retry-After"] = str(answer.retry_after or 1)
    if answer.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if request.url.path.startswith("/fhir"):
        return _json(answer.status, as_operation_outcome(answer), "application/fhir+json", headers)
    media = "application/problem+json" if answer.problems else "application/json"
    return _json(answer.status, as_plain(answer), media, headers)


def _json(
    status: int, value: Any, media: str = "application/json", headers: Mapping[str, str] | None = None
) -> Response:
    return Response(orjson.dumps(value), status, dict(headers or {}), media)


def _posts(app: FastAPI, gateway: _Gateway) -> None:
    dry = Query(False, description="Say what would become of it and store nothing")

    @app.post("/fhir", tags=["intake"], openapi_extra=BODIES["fhir"], responses=answers_of("fhir"))
    async def fhir(request: Request, dry_run: bool = dry) -> Response:
        """A FHIR R4 message, transaction or collection Bundle, or one resource."""
        return await gateway.post(request, "http:/fhir", None, dry_run)

    @app.post("/fhir/ServiceRequest", tags=["intake"], openapi_extra=BODIES["fhir"], responses=answers_of("fhir"))
    async def service_request(request: Request, dry_run: bool = dry) -> Response:
        """One ServiceRequest."""
        return await gateway.post(request, "http:/fhir", "ServiceRequest", dry_run)

    @app.post("/fhir/Encounter", tags=["intake"], openapi_extra=BODIES["fhir"], responses=answers_of("fhir"))
    async def encounter(request: Request, dry_run: bool = dry) -> Response:
        """One Encounter: an arrival, a visit, a discharge."""
        return await gateway.post(request, "http:/fhir", "Encounter", dry_run)

    @app.post("/events", tags=["intake"], openapi_extra=BODIES["events"], responses=answers_of("events"))
    async def events(request: Request, dry_run: bool = dry) -> Response:
        """CloudEvents 1.0 with flat data: structured, batch or binary."""
        return await gateway.post(request, "http:/events", None, dry_run)


def _reads(app: FastAPI, gateway: _Gateway, database: Database, clock: Clock) -> None:
    @app.get("/referrals/{code}", tags=["read"], responses=answers_of("read"))
    async def referral(request: Request, code: str) -> Response:
        """One referral of the source's facility, by its code."""
        source = await gateway.source(request)
        found = await one_referral(database, source, code)
        if found is None:
            raise Unacceptable(404, Problem("no referral of yours has this code", "code", "not-found"))
        return _json(200, found)

    @app.get("/referrals", tags=["read"], responses=answers_of("read"))
    async def referrals(
        request: Request, since: str | None = Query(None, description="ISO 8601, with its zone")
    ) -> Response:
        """The source's referrals that changed since an instant; `next` is the `since` of the next call."""
        source = await gateway.source(request)
        instant = read_instant(since.replace(" ", "+"), "since", _UTC) if since else None
        return _json(200, await referrals_since(database, source, instant, clock.now()))

    @app.get("/schemas", tags=["read"])
    async def all_schemas() -> Response:
        """The JSON Schemas of the data of the flat types, by type."""
        return _json(200, schemas())


def _operation(app: FastAPI, ready: Ready, quiet: Quiet) -> None:
    @app.get("/healthz", tags=["operation"])
    async def health() -> Response:
        """The process answers."""
        return _json(200, {"ok": True})

    @app.get("/readyz", tags=["operation"], responses={503: {"description": "Not ready, or not quiet"}})
    async def readiness(
        request: Request,
        asked: bool = Query(False, alias="quiet"),
        within: float = Query(0, ge=0, le=LONGEST_WAIT),
    ) -> Response:
        """The role can work; with `quiet`, it has nothing left to do before `next_due`, at the latest in `within` s.

        Only callers on this host are waited for: each look is a question to the database, and anybody may ask.
        """
        if not asked:
            reason = await ready()
            return _json(503 if reason else 200, {"ready": reason is None} | ({"reason": reason} if reason else {}))
        waiting_for, next_due = await _at_rest(quiet, within if _is_local(request) else 0)
        due = next_due.isoformat() if next_due else None
        if waiting_for:
            return _json(503, {"quiet": False, "waiting_for": waiting_for, "next_due": due})
        return _json(200, {"quiet": True, "next_due": due})


def _is_local(request: Request) -> bool:
    return request.client is not None and request.client.host in ("127.0.0.1", "::1", "localhost", "testclient")


async def _at_rest(quiet: Quiet, within: float) -> tuple[str | None, datetime | None]:
    """What `quiet` says: at once when all is at rest, else as soon as it is, or after `within` seconds."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    while True:
        found, waited = await quiet(), loop.time() - began
        if found[0] is None or waited >= within:
            return found
        await asyncio.sleep(max(LOOK_AGAIN, min(LOOK_AGAIN_LATEST, waited / 4, within - waited)))


def _pages(app: FastAPI, metrics: CollectorRegistry, open_docs: bool, open_metrics: bool) -> None:
    def guard(request: Request, is_open: bool) -> None:
        if not is_open and not _is_local(request):
            raise HTTPException(404)

    @app.get("/metrics", include_in_schema=False)
    async def figures(request: Request) -> Response:
        guard(request, open_metrics)
        return Response(generate_latest(metrics), media_type=CONTENT_TYPE_LATEST)

    @app.get("/openapi.json", include_in_schema=False)
    async def openapi(request: Request) -> Response:
        guard(request, open_docs)
        return _json(200, app.openapi())

    @app.get("/docs", include_in_schema=False)
    async def docs(request: Request) -> Response:
        guard(request, open_docs)
        return HTMLResponse(page(app.openapi()))


def _errors(app: FastAPI) -> None:
    @app.exception_handler(Unacceptable)
    async def unacceptable(request: Request, error: Unacceptable) -> Response:
        return write(request, refused(error))

    @app.exception_handler(HTTPException)
    async def plain(request: Request, error: HTTPException) -> Response:
        text = "there is nothing at this address: see /docs" if error.status_code == 404 else str(error.detail)
        response = write(request, Answer(error.status_code, problems=(Problem(text, code="not-found"),)))
        response.headers.update(error.headers or {})
        return response

    @app.exception_handler(RequestValidationError)
    async def parameters(request: Request, error: RequestValidationError) -> Response:
        problems = [
            Problem(each["msg"], ".".join(str(part) for part in each["loc"]), "value") for each in error.errors()
        ]
        return write(request, refused(Unacceptable(422, *problems)))

    for kind in (OSError, DBAPIError, PoolTimeout):

        @app.exception_handler(kind)
        async def database(request: Request, _error: Exception) -> Response:
            return write(request, unavailable("nothing can be read at the moment"))
