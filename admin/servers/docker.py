"""The same two servers in containers, where their programs are not installed but a Docker engine runs."""

import secrets
import shutil
import subprocess
from types import TracebackType
from typing import Self

import asyncpg

from admin.servers.broker import SETTLE, USER, Management, ManagementFailed
from admin.servers.database import create_database, execute
from admin.servers.process import ServerFailed, accepts, free_port, wait_until

BROKER_IMAGE = "rabbitmq:4-management"
DATABASE_IMAGE = "postgres:17"
START_SECONDS = 120  # the first start also pulls the image


def engine_runs() -> bool:
    """Whether a Docker engine answers."""
    if shutil.which("docker") is None:
        return False
    try:
        return subprocess.run(["docker", "info"], capture_output=True, timeout=15).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def docker(*arguments: str) -> str:
    """What `docker ARGUMENTS` prints. Raises ServerFailed with its words when it fails."""
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, timeout=600)
    if done.returncode != 0:
        raise ServerFailed(f"docker {arguments[0]}: {done.stderr.strip()}")
    return done.stdout.strip()


class Container:
    """One container on loopback ports. It ends by itself when our hold on it ends, however that happens."""

    def __init__(self, image: str, ports: dict[int, int], variables: dict[str, str]) -> None:
        self._variables = [word for name, value in variables.items() for word in ("--env", f"{name}={value}")]
        published = [f"127.0.0.1:{ours}:{theirs}" for ours, theirs in ports.items()]
        self._ports = [word for port in published for word in ("--publish", port)]
        self._image = image
        self.name = f"refloop-{secrets.token_hex(6)}"

    def create(self) -> None:
        docker("run", "--detach", "--name", self.name, *self._ports, *self._variables, self._image)
        # Holds the container through a pipe: its shell reads until we are gone, then removes it.
        script = f"cat >/dev/null; docker rm --force --volumes {self.name} >/dev/null 2>&1"
        self._hold = subprocess.Popen(["sh", "-c", script], stdin=subprocess.PIPE, start_new_session=True)

    def remove(self) -> None:
        self._hold.communicate(timeout=60)  # closes the pipe


class DockerServer:
    """What the two have in common: start, kill, stop, close, and use in `with`."""

    _container: Container
    _created = False

    def _ready(self) -> bool:
        raise ServerFailed(f"{type(self).__name__} does not say when it is ready")

    def start(self) -> None:
        """Start on its data, again after `kill`; returns when it takes connections."""
        if self._created:
            docker("start", self._container.name)
        else:
            self._container.create()
            self._created = True
        if not wait_until(self._ready, START_SECONDS, every=0.3):
            last = docker("logs", "--tail", "12", self._container.name)
            raise ServerFailed(f"{self._container.name} is not ready after {START_SECONDS} s:\n{last}")

    def kill(self) -> None:
        docker("kill", "--signal", "KILL", self._container.name)

    def stop(self) -> None:
        docker("stop", "--time", "20", self._container.name)

    def close(self) -> None:
        if self._created:
            self._container.remove()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class DockerBroker(DockerServer):
    """RabbitMQ in a container, used like PrivateBroker."""

    def __init__(self) -> None:
        self.port, management = free_port(), free_port()
        self.user, self.password = USER, secrets.token_urlsafe(18)
        self.url = f"amqp://{self.user}:{self.password}@127.0.0.1:{self.port}/"
        self.management = Management(f"http://127.0.0.1:{management}", self.user, self.password)
        self._container = Container(
            BROKER_IMAGE,
            {self.port: 5672, management: 15672},
            {"RABBITMQ_DEFAULT_USER": self.user, "RABBITMQ_DEFAULT_PASS": self.password},
        )

    def _ready(self) -> bool:
        try:
            self.management.ask("GET", "vhosts")
        except (OSError, ManagementFailed):
            return False
        return accepts(self.port)

    def ctl(self, *arguments: str) -> str:
        return docker("exec", self._container.name, "rabbitmqctl", "--quiet", *arguments)

    def settle(self) -> None:
        self.ctl("eval", SETTLE)

    def create_vhost(self, name: str) -> str:
        self.management.create_vhost(name, self.user)
        return self.url + name

    def delete_vhost(self, name: str) -> None:
        self.management.delete_vhost(name)


class DockerDatabase(DockerServer):
    """PostgreSQL in a container, used like PrivateDatabase."""

    def __init__(self) -> None:
        self.port, self.password = free_port(), secrets.token_urlsafe(18)
        self.url = f"postgresql+asyncpg://{USER}:{self.password}@127.0.0.1:{self.port}/postgres"
        self._container = Container(
            DATABASE_IMAGE,
            {self.port: 5432},
            {"POSTGRES_USER": USER, "POSTGRES_PASSWORD": self.password, "POSTGRES_DB": "postgres"},
        )

    def _ready(self) -> bool:
        try:
            execute(self.url, "SELECT 1")
        except (OSError, asyncpg.PostgresError):
            return False
        return True

    def create(self, name: str, template: str | None = None) -> str:
        return create_database(self.url, name, template)

    def drop(self, name: str) -> None:
        execute(self.url, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
