"""A server as a child process: its own session, its own log, gone when we are gone."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TextIO

from admin.servers import watchdog
from models.clock import SystemClock

CLOCK = SystemClock()


class ServerFailed(Exception):
    """A private server did not start or stop; the text says which, where its log is and its last lines."""


def free_port() -> int:
    """A TCP port on 127.0.0.1 that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def accepts(port: int) -> bool:
    """Whether somebody listens on 127.0.0.1:`port`."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def wait_until(ready: Callable[[], bool], seconds: float, every: float = 0.05) -> bool:
    """Ask `ready` until it says yes; whether it did within `seconds`."""
    until = CLOCK.monotonic() + seconds
    while not ready():
        if CLOCK.monotonic() > until:
            return False
        time.sleep(every)
    return True


def _start_watchdog() -> tuple[subprocess.Popen[bytes], TextIO]:
    """A watchdog, and where to tell it whom to watch; it acts when that is closed, or when we are gone."""
    hears, says = os.pipe()
    # A session of its own, so that Ctrl-C in the terminal does not end the watchdog before its servers.
    running = subprocess.Popen(
        [sys.executable, "-I", "-S", str(Path(watchdog.__file__).resolve())],
        stdin=hears,
        start_new_session=True,
    )
    os.close(hears)
    return running, os.fdopen(says, "w", buffering=1)


@contextlib.contextmanager
def ended_with_us(pid: int, directory: Path) -> Iterator[None]:
    """A child that shares our terminal; should we be killed, it is ended and its `directory` removed."""
    running, says = _start_watchdog()
    says.write(f"end {pid}\nremove {directory}\n")
    try:
        yield
    finally:
        says.write(f"forget {pid}\n")
        says.close()
        running.wait(timeout=30)


class Workplace:
    """A directory for one server and the watchdog that ends it should this process die.

    A `directory` that is given is kept afterwards; without one a temporary directory is made, owned by
    `owner` (a user name, only when we are root), and removed at the end.
    """

    def __init__(self, directory: Path | None, prefix: str, owner: str | None = None) -> None:
        self.temporary = directory is None
        self.path = directory or Path(tempfile.mkdtemp(prefix=f"refloop-{prefix}-"))
        self.path.mkdir(parents=True, exist_ok=True)
        if owner is not None:
            shutil.chown(self.path, owner)
        self._watchdog, self._says = _start_watchdog()
        if self.temporary:
            self._tell(f"remove {self.path}")

    def start(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str] | None = None,
        user: str | None = None,
    ) -> "Process":
        """Start `command` as the leader of its own process group, its output appended to NAME.log."""
        log = self.path / f"{name}.log"
        with log.open("ab") as output:
            running = subprocess.Popen(
                command,
                cwd=self.path,
                env=environment,
                user=user,
                group=user,
                extra_groups=[] if user else None,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._tell(f"watch {running.pid}")
        return Process(name, running, log, lambda: self._tell(f"forget {running.pid}"))

    def close(self) -> None:
        """Let the watchdog go; it removes the temporary directory."""
        self._says.close()
        self._watchdog.wait(timeout=30)

    def _tell(self, line: str) -> None:
        self._says.write(line + "\n")


class Process:
    """One started server."""

    def __init__(self, name: str, running: subprocess.Popen[bytes], log: Path, forgotten: Callable[[], None]) -> None:
        self.name = name
        self.pid = running.pid
        self.log = log
        self._running = running
        self._forgotten = forgotten

    @property
    def alive(self) -> bool:
        return self._running.poll() is None

    def expect(self, ready: Callable[[], bool], seconds: float) -> None:
        """Wait until the server is ready. Raises ServerFailed when it ends or takes longer than `seconds`."""
        if not wait_until(lambda: not self.alive or ready(), seconds) or not self.alive:
            how = "is not ready" if self.alive else f"ended with {self._running.returncode}"
            raise ServerFailed(f"{self.name} {how} after at most {seconds:.0f} s; {self.last_words()}")

    def last_words(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()[-12:] if self.log.exists() else []
        return f"its log {self.log} ends:\n  " + "\n  ".join(lines)

    def stop(self, how: signal.Signals, seconds: float) -> None:
        """Ask it to stop; kill it with its process group if it has not within `seconds`."""
        if self.alive:
            os.kill(self.pid, how)
            wait_until(lambda: not self.alive, seconds)
        self.kill()

    def kill(self) -> None:
        """SIGKILL to the whole process group, and wait until it is gone."""
        with contextlib.suppress(ProcessLookupError):  # nobody of the group is left
            os.killpg(self.pid, signal.SIGKILL)
        self._running.wait(timeout=10)
        self._forgotten()
