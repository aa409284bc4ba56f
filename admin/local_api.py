"""The way of commands into a running `refloop up`: one route on loopback, a key in the data directory.

SQLite wants one writer, so while `up` holds the data directory every act goes through it. The key is new with every
start and readable by the owner of the data directory only; whoever can read it has the database anyway.
"""

import asyncio
import getpass
import hmac
import inspect
import json
import os
import secrets
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from admin.acts import Acts, Answer, acts_by_name
from admin.keys import keyring_for
from admin.lock import data_dir_lock, holder_of
from admin.refusals import CommandRefused, explain, is_refusal
from admin.settings import Settings
from events.replay import Progress, no_progress
from models.clock import SystemClock
from models.database import Database
from models.migrations.schema import require_current

if TYPE_CHECKING:
    from fastapi import APIRouter

_log = structlog.get_logger("admin")
_SECONDS = 600.0


def key_file(data_dir: Path) -> Path:
    """Where the key of the running `up` is."""
    return data_dir / "admin.key"


@contextmanager
def admin_key(data_dir: Path) -> Iterator[str]:
    """A new key, in its file (0600) for as long as this lasts."""
    path, key = key_file(data_dir), secrets.token_urlsafe(32)
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(key + "\n")
    try:
        yield key
    finally:
        path.unlink(missing_ok=True)


def router(acts: Acts, key: str) -> "APIRouter":
    """The route, for the gateway of the embedded deployment to mount."""
    from fastapi import APIRouter, Request
    from fastapi.responses import JSONResponse

    routes = APIRouter(include_in_schema=False)
    known = acts_by_name(acts)

    async def act(name: str, request: Request) -> JSONResponse:
        if not _allowed(request.client.host if request.client else "", request.headers, key):
            return JSONResponse({"error": "the key in the data directory's admin.key is needed"}, 401)
        if name not in known:
            return JSONResponse({"error": f"there is no act {name!r}"}, 404)
        given = _arguments(known[name], await request.body())
        if given is None:
            return JSONResponse({"error": f"these are not the arguments of {name!r}"}, 422)
        try:
            answer = await known[name](**given)
        except Exception as error:  # noqa: BLE001 - the command at the other end shows it
            if not is_refusal(error):
                _log.exception("an admin's act failed", act=name)
            return JSONResponse({"error": explain(error)}, 422 if is_refusal(error) else 500)
        return JSONResponse(answer)

    routes.add_api_route("/admin/{name}", act, methods=["POST"], response_model=None)
    return routes


def _allowed(host: str, headers: Mapping[str, str], key: str) -> bool:
    try:
        near = ip_address(host).is_loopback
    except ValueError:
        near = False
    given = headers.get("authorization", "").removeprefix("Bearer ")
    return near and hmac.compare_digest(given.encode(), key.encode())


def _arguments(act: Callable[..., Any], body: bytes) -> dict[str, Any] | None:
    """The act's arguments, or None when these are others."""
    try:
        given: dict[str, Any] = json.loads(body)
        inspect.signature(act).bind(**given)
    except (ValueError, TypeError):
        return None
    return given


async def carry_out(settings: Settings, act: str, progress: Progress = no_progress, **arguments: Any) -> Answer:
    """Do an act where it may be done: in the running `up`, or here under the data directory's lock.

    CommandRefused (or another refusal) says why it was not done.
    """
    arguments["actor"] = f"shell:{getpass.getuser()}"
    if not settings.is_sqlite:
        return await _here(settings, act, progress, arguments)
    holder = holder_of(settings.data_dir)
    if holder is not None and holder.address is not None:
        return await asyncio.to_thread(_through, holder.address, settings.data_dir, act, arguments)
    with data_dir_lock(settings.data_dir, f"refloop {act.replace('_', ' ')}"):
        return await _here(settings, act, progress, arguments)


async def _here(settings: Settings, act: str, progress: Progress, arguments: Mapping[str, Any]) -> Answer:
    database = Database(settings.database)
    try:
        await require_current(database)
        keyring = await keyring_for(settings, database)
        clock = SystemClock(settings.clock_file)
        acts = Acts(settings, database, keyring, clock, progress)
        return await acts_by_name(acts)[act](**arguments)
    finally:
        await database.close()


def _through(address: str, data_dir: Path, act: str, arguments: Mapping[str, Any]) -> Answer:
    """Ask the running `up`; only an address on this machine gets the key."""
    try:
        key = key_file(data_dir).read_text().strip()
    except OSError as error:
        raise CommandRefused(f"{error.filename}: {error.strerror}: only its owner may give commands") from None
    request = urllib.request.Request(  # noqa: S310 - the address is the one `up` wrote into its own lock
        f"{address}/admin/{act}",
        json.dumps(arguments).encode(),
        {"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=_SECONDS) as response:
            answer: Answer = json.load(response)
            return answer
    except urllib.error.HTTPError as error:
        raise CommandRefused(_reason(error)) from None
    except (OSError, ValueError) as error:
        raise CommandRefused(f"refloop up at {address} does not answer: {error}") from None


def _reason(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.load(error)["error"])
    except (ValueError, KeyError, TypeError):
        return f"refloop up answered {error.code}"
