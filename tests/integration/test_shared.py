"""What the workers of one run share is made once, and no worker gets in another's way."""

from pathlib import Path
from typing import Any

import pytest

from admin.servers.database import execute
from admin.servers.process import ServerFailed
from tests.shared import Owner, once, shared_database


@pytest.mark.full
def test_two_workers_use_one_cluster_each_with_databases_of_its_own() -> None:
    owner, told = Owner(), dict[str, Any]()
    owner.tell(told)
    try:
        one, two = (shared_database(told | {"workerid": name}) for name in ("gw0", "gw1"))
        assert one.url == two.url
        execute(one.create("same"), "CREATE TABLE mine (word text)")
        assert execute(two.create("same"), "SELECT to_regclass('mine') AS found")[0]["found"] is None
        with pytest.raises(ServerFailed, match="all tests of a run share is not ours to kill"):
            one.kill()
    finally:
        owner.close()


def test_what_one_has_made_is_not_made_again(tmp_path: Path) -> None:
    assert once(tmp_path, "thing", lambda: {"keys": 1}) == {"keys": 1}
    assert once(tmp_path, "thing", lambda: pytest.fail("made twice")) == {"keys": 1}


def test_what_one_could_not_make_the_next_makes(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        once(tmp_path, "thing", lambda: 1 // 0)
    assert once(tmp_path, "thing", lambda: 7) == 7
