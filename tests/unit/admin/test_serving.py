"""The HTTP server inside a process."""

import asyncio
import socket

from admin.serving import address_of, listening_socket


async def test_a_small_answer_does_not_wait_for_the_callers_acknowledgement() -> None:
    """Nagle's algorithm off: the body of an answer follows its head at once."""
    bound = listening_socket("127.0.0.1", 0)
    no_delay: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        no_delay.set_result(writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    host, port = bound.getsockname()
    assert address_of(bound) == f"http://{host}:{port}"
    async with await asyncio.start_server(answer, sock=bound):
        _, writer = await asyncio.open_connection(host, port)
        assert await no_delay == 1
        writer.close()
