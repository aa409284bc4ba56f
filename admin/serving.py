"""An HTTP server inside the process: it shares the event loop with the roles and ends with them."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from typing import Any

import uvicorn

from models.tasks import TaskSet

GRACE = 5  # seconds for requests that are under way when the process is told to stop


class _Server(uvicorn.Server):
    """Leaves signals to the process, which has more to stop than this server."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def listening_socket(host: str, port: int) -> socket.socket:
    """A socket that is bound already, so that its port is known before anything answers on it.

    OSError when the address is taken.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # It listens at once: who finds our address calls at once, and waits until somebody answers.
    plain = socket.create_server((host, port), family=family)
    # asyncio sends small packets at once (TCP_NODELAY) only where a socket says that it speaks TCP. Without it the
    # second half of every answer waits 40 ms for the caller's acknowledgement of the first.
    return socket.socket(plain.family, plain.type, socket.IPPROTO_TCP, fileno=plain.detach())


def address_of(bound: socket.socket) -> str:
    """Such as http://127.0.0.1:8080."""
    host, port = bound.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


async def serve(app: Any, bound: socket.socket) -> None:
    """Answer on a bound socket until cancelled; then finish what is under way.

    Answers that go on for ever (server-sent events) end when `app.state.stopping` is set.
    """
    app.state.stopping = asyncio.Event()
    config = uvicorn.Config(
        app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=GRACE, server_header=False
    )
    server = _Server(config)
    serving = TaskSet().start(server.serve(sockets=[bound]), "http")
    try:
        await asyncio.shield(serving)
    except asyncio.CancelledError:
        app.state.stopping.set()
        server.should_exit = True
        await serving
        raise
