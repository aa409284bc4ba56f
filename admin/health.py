"""Whether a role lives: the gateway by asking it, the others by a file they touch while they work.

`refloop health ROLE` is what a container's health check runs, so it imports next to nothing.
"""

import asyncio
import socket
import urllib.error
import urllib.request
from pathlib import Path

from admin.refusals import CommandRefused
from models.clock import SystemClock

ROLES = ("gateway", "relay", "workers", "ticker", "bot")
EVERY = 5.0
# Four beats missed: a batch may hold the loop for a moment, not for this long.
TOO_OLD = 20.0


def beat_file(data_dir: Path, role: str) -> Path:
    """The file that a role of this host touches; containers share a data directory, so the host is in its name."""
    return data_dir / "alive" / f"{role}@{socket.gethostname()}"


async def keep_beating(data_dir: Path, role: str) -> None:
    """Touch the role's file for as long as its event loop turns; run it among the role's tasks."""
    path = beat_file(data_dir, role)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        while True:
            path.touch(mode=0o600)
            await asyncio.sleep(EVERY)
    finally:
        path.unlink(missing_ok=True)


def check_beat(data_dir: Path, role: str) -> str:
    """Say that the role lives; CommandRefused when it does not."""
    path = beat_file(data_dir, role)
    try:
        touched = path.stat().st_mtime
    except FileNotFoundError:
        raise CommandRefused(f"{role} does not run here ({path} is not there)") from None
    age = SystemClock().now().timestamp() - touched
    if age > TOO_OLD:
        raise CommandRefused(f"{role} gave no sign of life for {age:.0f} seconds")
    return f"{role} lives"


def check_gateway(host: str, port: int) -> str:
    """Ask the gateway whether it is ready; CommandRefused says what it answered."""
    # What listens on all addresses is asked at its own.
    at = "127.0.0.1" if host in {"0.0.0.0", "::", "localhost"} else host  # noqa: S104 - compared, not bound
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://{f'[{at}]' if ':' in at else at}:{port}/readyz", timeout=5) as answer:
            return f"gateway answers {answer.status}"
    except urllib.error.HTTPError as error:
        raise CommandRefused(f"gateway at {at}:{port} is not ready: {error.code}") from None
    except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
        reason = getattr(error, "reason", error)
        raise CommandRefused(f"gateway at {at}:{port} does not answer: {reason}") from None
