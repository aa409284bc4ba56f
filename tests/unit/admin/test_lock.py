"""One process at a time has a data directory, and the others are told who."""

import subprocess
import sys
from pathlib import Path

import pytest

from admin.lock import DataDirInUse, data_dir_lock, holder_of

HOLD = """
import os, signal, sys
from pathlib import Path
from admin.lock import data_dir_lock
with data_dir_lock(Path(sys.argv[1]), "refloop up"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_the_second_is_told_who_the_first_is(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(data_dir)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "held\n"
        said = rf"data is in use by `refloop up` \(process {first.pid}\): stop it first"
        with pytest.raises(DataDirInUse, match=said), data_dir_lock(data_dir, "refloop restore"):
            pytest.fail("two held it")
        # However it ends, the lock ends with it.
        first.kill()
        first.wait()
    with data_dir_lock(data_dir, "refloop up"):
        pass


def test_the_holder_can_say_where_it_listens(tmp_path: Path) -> None:
    assert holder_of(tmp_path) is None
    with data_dir_lock(tmp_path, "refloop up") as lock:
        holder = holder_of(tmp_path)
        assert holder is not None
        assert (holder.doing, holder.address) == ("refloop up", None)
        lock.announce("http://127.0.0.1:8080")
        assert (holder := holder_of(tmp_path)) is not None
        assert holder.address == "http://127.0.0.1:8080"
    assert holder_of(tmp_path) is None


def test_the_data_directory_is_made_for_its_owner_only(tmp_path: Path) -> None:
    with data_dir_lock(tmp_path / "a" / "b", "refloop up"):
        assert (tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o700
