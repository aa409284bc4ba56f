"""Where the two servers come from: installed programs, apt as root, Docker, given URLs.

Where none of these is to be had, one line says what to do.
"""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

from admin.servers import broker, database, docker, given
from admin.servers.process import ServerFailed

Broker = broker.PrivateBroker | docker.DockerBroker | given.GivenBroker
Database = database.PrivateDatabase | docker.DockerDatabase | given.GivenDatabase

POLICY = Path("/usr/sbin/policy-rc.d")
APT_SECONDS = 600


def open_broker() -> Broker:
    """A broker to use in `with`. Raises ServerFailed when there is none; `ensure` makes that impossible."""
    if broker.installed():
        return broker.PrivateBroker()
    if docker.engine_runs():
        return docker.DockerBroker()
    if os.environ.get(given.BROKER):
        return given.GivenBroker()
    raise ServerFailed(_advice("RabbitMQ", "rabbitmq-server", given.BROKER))


def open_database() -> Database:
    """A PostgreSQL server to use in `with`. Raises ServerFailed as `open_broker` does."""
    if database.installed():
        return database.PrivateDatabase()
    if docker.engine_runs():
        return docker.DockerDatabase()
    if os.environ.get(given.DATABASE):
        return given.GivenDatabase()
    raise ServerFailed(_advice("PostgreSQL", "postgresql", given.DATABASE))


def ensure(say: Callable[[str], None]) -> None:
    """Install what is missing where we may, and tell `say` where each server comes from.

    Raises ServerFailed with the one line to run when a server is not to be had.
    """
    wanted = [("rabbitmq-server", broker.installed), ("postgresql", database.installed)]
    missing = [package for package, installed in wanted if not installed()]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        say(f"servers: installing {' and '.join(missing)} (once, about half a minute)")
        install(missing, say)
    say(f"servers: {_origin('RabbitMQ', broker.installed(), 'rabbitmq-server', given.BROKER)}")
    say(f"servers: {_origin('PostgreSQL', database.installed(), 'postgresql', given.DATABASE)}")


def install(packages: list[str], say: Callable[[str], None]) -> None:
    """apt-get install, with the packages' own services kept from starting.

    Raises ServerFailed with apt's last words.
    """
    with services_stay_down():
        try:
            _apt(["install", *packages], say)
        except ServerFailed:
            _apt(["update"], say)  # a fresh image has no package lists, an old one has gone stale
            _apt(["install", *packages], say)


@contextlib.contextmanager
def services_stay_down(policy: Path = POLICY) -> Iterator[None]:
    """A policy-rc.d that refuses to start services, and the one that was there before put back after."""
    kept = policy.with_name(policy.name + ".before-refloop")
    if policy.exists() and not kept.exists():
        policy.rename(kept)
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    try:
        yield
    finally:
        policy.unlink(missing_ok=True)
        if kept.exists():
            kept.rename(policy)


def _apt(words: list[str], say: Callable[[str], None]) -> None:
    command = ["apt-get", "--yes", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=120", *words]
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    said: list[str] = []
    with subprocess.Popen(
        ["timeout", str(APT_SECONDS), *command], env=environment, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as running:  # fmt: skip
        for line in running.stdout or ():
            said.append(line.rstrip())
            if line.startswith("Setting up "):
                say(f"  {line.split(' (')[0].removeprefix('Setting up ')}")
    if running.returncode != 0:
        tail = "\n  ".join(said[-8:])
        raise ServerFailed(f"apt-get {words[0]} failed:\n  {tail}")


def _origin(name: str, folder: Path | None, package: str, variable: str) -> str:
    if folder is not None:
        return f"{name} from {folder}"
    if docker.engine_runs():
        return f"{name} in Docker"
    if os.environ.get(variable):
        return f"{name} named by {variable}"
    raise ServerFailed(_advice(name, package, variable))


def _advice(name: str, package: str, variable: str) -> str:
    return (
        f"{name} is not here. Run: sudo apt-get install {package}"
        f" (or start Docker, or set {variable}). Without it: make test-embedded, which is not the whole."
    )
