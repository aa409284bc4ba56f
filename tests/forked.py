"""Processes of ours, forked from one that has imported everything.

Importing everything takes seconds of CPU, and the tests start hundreds of processes, most of them to kill them.
What is forked is a process like any other, with its own pid, environment, descriptors and signals; only the imports are
done. That the installed program begins is shown by the tests of the demo and of docker-compose.yml.
"""

import asyncio
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from multiprocessing import forkserver, reduction, resource_tracker
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import IO, Any

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["tests.forked_from"])
_NOWHERE = os.open(os.devnull, os.O_RDWR)  # as long as we are


class _Shared(forkserver.ForkServer):
    """The server that another process of this run has started and ends."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self._forkserver_address = address
        self._forkserver_alive_fd = _NOWHERE

    def ensure_running(self) -> None:
        """It runs."""
        resource_tracker.ensure_running()


def share() -> str | None:
    """Start the server to fork from, for the workers of this run; where it is. None: each has one of its own.

    multiprocessing has no word for this, and its insides are known up to Python 3.13.
    """
    if sys.version_info >= (3, 14):
        return None
    forkserver.ensure_running()
    address: str | None = getattr(forkserver._forkserver, "_forkserver_address", None)
    return address


def shared_by(ask: Callable[[], str | None]) -> None:
    """Fork from the server that `ask` gives when the first process is forked."""
    own = forkserver.connect_to_new_process

    def connect(fds: Sequence[int]) -> tuple[int, int]:
        address = ask()
        forkserver.connect_to_new_process = own if address is None else _Shared(address).connect_to_new_process
        return forkserver.connect_to_new_process(fds)

    forkserver.connect_to_new_process = connect


class Forked:
    """A process that was forked; what the tests need of asyncio.subprocess.Process."""

    def __init__(self, process: ForkServerProcess) -> None:
        self._process = process
        self.pid = process.pid or 0

    @property
    def returncode(self) -> int | None:
        """What it ended with, the number of a signal negative; None while it runs."""
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        """A signal, unless it has ended."""
        if self.returncode is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)

    async def wait(self) -> int:
        """What it ended with, once it has."""
        loop = asyncio.get_running_loop()
        ended = asyncio.Event()
        loop.add_reader(self._process.sentinel, ended.set)
        try:
            if self.returncode is None:
                await ended.wait()
        finally:
            loop.remove_reader(self._process.sentinel)
        self._process.join()
        assert self.returncode is not None
        return self.returncode


async def refloop(
    command: Sequence[str],
    environment: Mapping[str, str],
    log: IO[Any] | None = None,
    answers: IO[Any] | None = None,
    directory: Path | None = None,
) -> Forked:
    """A `refloop` command with this environment and nothing else in it, working in `directory`, or in ours.

    stderr goes to `log`, or to ours; stdout to `answers`, or nowhere.
    """
    return await call(_refloop, list(command), dict(environment), directory or Path.cwd(), log=log, answers=answers)


async def call(
    function: Callable[..., None], *arguments: Any, log: IO[Any] | None = None, answers: IO[Any] | None = None
) -> Forked:
    """A function of a module in a process of its own."""
    said = log or sys.__stderr__
    assert said is not None, "there is no stderr to write to"
    files = _Descriptor(said.fileno()), _Descriptor(answers.fileno() if answers else _NOWHERE)
    process = _context.Process(target=_begin, args=(*files, function, arguments), daemon=True)
    await asyncio.to_thread(process.start)  # the first one waits for the imports
    return Forked(process)


class _Descriptor:
    """An open file on its way into the new process."""

    def __init__(self, number: int) -> None:
        self._number = number

    def __reduce__(self) -> tuple[Any, ...]:
        return _received, (reduction.DupFd(self._number),)


def _received(sent: Any) -> int:
    number: int = sent.detach()
    return number


def _begin(log: int, answers: int, function: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    for number, ours in ((0, _NOWHERE), (1, answers), (2, log)):
        os.dup2(ours, number)
    function(*arguments)


def _refloop(command: list[str], environment: dict[str, str], directory: Path) -> None:
    from admin.cli import main

    os.chdir(directory)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["refloop", *command]
    main()
