"""One process at a time writes a data directory: an OS lock that ends with its holder, however that ends."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO


@dataclass(frozen=True)
class Holder:
    """Who holds a data directory: what it runs, its process, and where its admin API listens."""

    doing: str
    pid: int
    address: str | None = None


class DataDirInUse(Exception):
    """Somebody else works with the data directory; the text says who and what to do."""

    def __init__(self, data_dir: Path, holder: Holder | None) -> None:
        who = f"`{holder.doing}` (process {holder.pid})" if holder else "another process"
        super().__init__(f"{data_dir} is in use by {who}: stop it first, or choose another --data-dir")
        self.holder = holder


class DataDirLock:
    """A lock that is held; `announce` tells other commands where to find us."""

    def __init__(self, file: IO[str], doing: str) -> None:
        self._file = file
        self._doing = doing
        self.announce(None)

    def announce(self, address: str | None) -> None:
        """Write down who we are and, once it listens, the address of the admin API."""
        self._file.seek(0)
        self._file.truncate()
        json.dump(asdict(Holder(self._doing, os.getpid(), address)), self._file)
        self._file.flush()


def make_data_dir(data_dir: Path) -> None:
    """Make the data directory, for its owner only."""
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)


@contextmanager
def data_dir_lock(data_dir: Path, doing: str) -> Iterator[DataDirLock]:
    """Hold the data directory (made if missing). `doing` is what others are told, such as "refloop up".

    DataDirInUse when somebody else holds it.
    """
    make_data_dir(data_dir)
    with _lock_file(data_dir).open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DataDirInUse(data_dir, _read(data_dir)) from None
        lock = DataDirLock(file, doing)
        yield lock
        file.truncate(0)


def holder_of(data_dir: Path) -> Holder | None:
    """Who holds the data directory now; None when nobody does."""
    try:
        with _lock_file(data_dir).open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return _read(data_dir) or Holder("another process", 0)
    except FileNotFoundError:
        pass
    return None


def _lock_file(data_dir: Path) -> Path:
    return data_dir / "lock"


def _read(data_dir: Path) -> Holder | None:
    try:
        return Holder(**json.loads(_lock_file(data_dir).read_text()))
    except (OSError, ValueError, TypeError):
        return None
