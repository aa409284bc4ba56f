"""The private servers: they keep what was confirmed, they are ours alone, and nothing of them outlives us."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest

from admin.servers import docker, given
from admin.servers.database import PrivateDatabase, execute
from admin.servers.process import ServerFailed, accepts, wait_until
from admin.servers.provide import Broker, Database, ensure, services_stay_down

pytestmark = pytest.mark.full


def test_a_committed_row_survives_a_killed_cluster() -> None:
    with PrivateDatabase() as database:
        url = database.create("kept")
        execute(url, "CREATE TABLE kept (word text)")
        execute(url, "INSERT INTO kept VALUES ('one')")
        database.kill()
        assert wait_until(lambda: not accepts(database.port), 60)
        database.start()
        assert execute(url, "SELECT word FROM kept")[0]["word"] == "one"
        assert execute(url, "SHOW fsync")[0]["fsync"] == "on"


async def test_a_wrong_password_is_refused(private_database: Database) -> None:
    plain = private_database.url.replace("postgresql+asyncpg://", "postgresql://")
    user_and_password, rest = plain.removeprefix("postgresql://").split("@", 1)
    wrong = f"postgresql://{user_and_password.split(':')[0]}:wrong@{rest}"
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(wrong)


def test_two_tests_never_share_a_database(fresh_database_url: Callable[[str], str]) -> None:
    one, two = fresh_database_url("postgresql"), fresh_database_url("postgresql")
    execute(one, "CREATE TABLE mine (word text)")
    with pytest.raises(asyncpg.UndefinedTableError):
        execute(two, "SELECT * FROM mine")


def test_a_copy_of_a_template_has_its_tables(private_database: Database) -> None:
    template = private_database.create("pattern")
    execute(template, "CREATE TABLE pattern (word text)")
    copy = private_database.create("pattern_copy", template=template.rpartition("/")[2])
    assert execute(copy, "SELECT count(*) AS rows FROM pattern")[0]["rows"] == 0
    private_database.drop("pattern_copy")
    private_database.drop("pattern")


def test_a_database_name_cannot_carry_sql(private_database: Database) -> None:
    with pytest.raises(ValueError, match="small letters"):
        private_database.create("x; drop database postgres")


PARENT = """
import os, subprocess, sys, tempfile, time
from pathlib import Path
from admin.servers.broker import PrivateBroker
from admin.servers.database import PrivateDatabase
from admin.servers.process import ended_with_us
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"], stdout=subprocess.DEVNULL)
data = Path(tempfile.mkdtemp())
with PrivateDatabase() as database, PrivateBroker() as broker, ended_with_us(child.pid, data):
    ports = database.port, broker.port, broker._epmd_port
    print(child.pid, *ports, database.directory, broker.directory, data, flush=True)
    time.sleep(60)
"""


def _ended(pid: int) -> bool:
    """Gone, or dead and waiting for somebody to notice."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z"


def test_nothing_outlives_a_parent_that_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child, *told = parent.stdout.readline().split()
        ports, homes = told[:3], told[3:]
        assert all(accepts(int(port)) for port in ports)
        os.kill(parent.pid, signal.SIGKILL)
    assert wait_until(lambda: not any(accepts(int(port)) for port in ports), 60)
    assert wait_until(lambda: not any(Path(home).exists() for home in homes), 60)
    assert wait_until(lambda: _ended(int(child)), 60)


# The run's broker by its URL, which is there already, in place of one that takes seconds to start.
RUN = """
import sys
from admin.servers import __main__, broker, docker
__main__.ensure = lambda say: None
broker.installed, docker.engine_runs = (lambda: None), (lambda: False)
sys.exit(__main__.main())
"""


@pytest.fixture
def run(private_broker: Broker) -> Callable[..., subprocess.Popen[str]]:
    """A function: the words after `python -m admin.servers run` -> the process, whose standard output can be read."""
    named = {given.BROKER: private_broker.url, given.MANAGEMENT: private_broker.management.address}

    def start(*words: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", RUN, "run", *words]
        return subprocess.Popen(command, env=os.environ | named, stdout=subprocess.PIPE, text=True)

    return start


def test_run_gives_the_command_both_addresses_and_its_exit_code_back(run: Callable[..., subprocess.Popen[str]]) -> None:
    names = ("REFLOOP_DATABASE_URL", "REFLOOP_BROKER_URL")
    show = f"import os; print(*(os.environ[name] for name in {names})); raise SystemExit(7)"
    with run("--", sys.executable, "-c", show) as running:
        said, _ = running.communicate(timeout=200)
    assert running.returncode == 7
    database, broker = said.split()
    assert database.startswith("postgresql+asyncpg://refloop:")
    assert broker.startswith("amqp://refloop:")


def test_run_ends_on_sigterm_and_takes_its_servers_along(run: Callable[..., subprocess.Popen[str]]) -> None:
    with run("--print-env") as running:
        assert running.stdout is not None
        lines = [running.stdout.readline().strip() for _ in range(3)]
        names = [line.partition("=")[0] for line in lines]
        assert names == ["REFLOOP_DATABASE_URL", "REFLOOP_BROKER_URL", "REFLOOP_DATA_DIR"]
        port = int(lines[0].rsplit(":", 1)[1].split("/")[0])
        assert accepts(port)
        running.terminate()
        assert running.wait(timeout=60) == 130
        assert wait_until(lambda: not accepts(port), 60)


def test_services_stay_down_only_during_the_install(tmp_path: Path) -> None:
    policy = tmp_path / "policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 0\n")
    with services_stay_down(policy):
        assert subprocess.run([str(policy)]).returncode == 101
    assert policy.read_text() == "#!/bin/sh\nexit 0\n"
    policy.unlink()
    with services_stay_down(policy):
        assert policy.exists()
    assert not policy.exists()


def test_a_directory_that_is_kept_has_its_data_the_next_time() -> None:
    # Where everybody may pass: as root the cluster runs as another user.
    home = Path(tempfile.gettempdir()) / f"refloop-kept-{os.getpid()}"
    try:
        with PrivateDatabase(home) as kept:
            execute(kept.create("site"), "CREATE TABLE kept (word text)")
        with PrivateDatabase(home) as again:
            url = again.url.rsplit("/", 1)[0] + "/site"
            assert execute(url, "SELECT count(*) AS rows FROM kept")[0]["rows"] == 0
    finally:
        shutil.rmtree(home)


def test_a_given_url_that_is_not_one_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(given.BROKER, "localhost:5672")
    with pytest.raises(ServerFailed, match="REFLOOP_TEST_BROKER_URL must look like amqp://"):
        given.GivenBroker()
    monkeypatch.setenv(given.DATABASE, "mysql://x/y")
    with pytest.raises(ServerFailed, match="REFLOOP_TEST_DATABASE_URL must look like postgresql://"):
        given.GivenDatabase()


def test_a_given_server_is_used_like_our_own(
    private_broker: Broker, private_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(given.BROKER, private_broker.url)
    monkeypatch.setenv(given.MANAGEMENT, private_broker.management.address)
    monkeypatch.setenv(given.DATABASE, private_database.url.replace("+asyncpg", ""))
    with given.GivenBroker() as broker, given.GivenDatabase() as database:
        assert broker.create_vhost("given").endswith("/given")
        broker.delete_vhost("given")
        assert execute(database.create("given_one"), "SELECT 1 AS one")[0]["one"] == 1
        database.drop("given_one")
        with pytest.raises(ServerFailed, match="not ours to kill"):
            broker.kill()


def test_without_any_server_one_line_says_what_to_run(monkeypatch: pytest.MonkeyPatch) -> None:
    for absent in ("admin.servers.broker.installed", "admin.servers.database.installed"):
        monkeypatch.setattr(absent, lambda: None)
    monkeypatch.setattr("admin.servers.docker.engine_runs", lambda: False)
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.delenv(given.BROKER, raising=False)
    with pytest.raises(ServerFailed) as refusal:
        ensure(lambda line: None)
    said = str(refusal.value)
    assert "\n" not in said
    for words in ("sudo apt-get install rabbitmq-server", given.BROKER, "make test-embedded"):
        assert words in said


def test_a_container_is_removed_when_we_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What we ask the docker program for; the real one needs an engine."""
    program = tmp_path / "docker"
    program.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    container = docker.Container("image:1", {4000: 5672}, {"NAME": "value"})
    container.create()
    container.remove()
    assert (tmp_path / "asked").read_text().splitlines() == [
        f"run --detach --name {container.name} --publish 127.0.0.1:4000:5672 --env NAME=value image:1",
        f"rm --force --volumes {container.name}",
    ]
