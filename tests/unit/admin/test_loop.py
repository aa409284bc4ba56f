"""A role runs on uvloop."""

import asyncio

import uvloop

from admin.loop import run


def test_the_loop_is_uvloop_s_and_gives_what_the_work_gives() -> None:
    async def work() -> type:
        return type(asyncio.get_running_loop())

    assert run(work()) is uvloop.Loop
