"""Servers that somebody else runs, named by REFLOOP_TEST_BROKER_URL and REFLOOP_TEST_DATABASE_URL.

They can be used, not killed: a test that kills its server says that it cannot be run here, by failing.
"""

import os
from types import TracebackType
from typing import Self
from urllib.parse import unquote, urlsplit

from admin.servers.broker import Management
from admin.servers.database import create_database, execute
from admin.servers.process import ServerFailed

BROKER = "REFLOOP_TEST_BROKER_URL"
MANAGEMENT = "REFLOOP_TEST_BROKER_MANAGEMENT_URL"
DATABASE = "REFLOOP_TEST_DATABASE_URL"


class GivenServer:
    """What both have in common: nothing to start, nothing to end."""

    WHOSE = f"a server named by {BROKER} or {DATABASE}"
    url: str

    def start(self) -> None:
        """Nothing: it runs already."""

    def kill(self) -> None:
        raise ServerFailed(f"{self.WHOSE} is not ours to kill")

    def stop(self) -> None:
        raise ServerFailed(f"{self.WHOSE} is not ours to stop")

    def close(self) -> None:
        """Nothing: it runs on."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class GivenBroker(GivenServer):
    """An AMQP URL whose user may create virtual hosts by the `management` API (else: same host, 15672)."""

    def __init__(self, url: str | None = None, management: str | None = None) -> None:
        parts = urlsplit((url or os.environ[BROKER]).rstrip("/") + "/")
        if parts.scheme not in {"amqp", "amqps"} or not parts.hostname or not parts.username:
            raise ServerFailed(f"{BROKER} must look like amqp://USER:PASSWORD@HOST:PORT/")
        self.url = f"{parts.scheme}://{parts.netloc}/"
        self.user, self.password = unquote(parts.username), unquote(parts.password or "")
        address = management or os.environ.get(MANAGEMENT, f"http://{parts.hostname}:15672")
        self.management = Management(address.rstrip("/"), self.user, self.password)

    def ctl(self, *arguments: str) -> str:
        raise ServerFailed(f"rabbitmqctl cannot reach {self.WHOSE}")

    def settle(self) -> None:
        raise ServerFailed(f"rabbitmqctl cannot reach {self.WHOSE}")

    def create_vhost(self, name: str) -> str:
        self.management.create_vhost(name, self.user)
        return self.url + name

    def delete_vhost(self, name: str) -> None:
        self.management.delete_vhost(name)


class GivenDatabase(GivenServer):
    """A PostgreSQL URL whose user may create databases."""

    def __init__(self, url: str | None = None) -> None:
        scheme, _, rest = (url or os.environ[DATABASE]).partition("://")
        if scheme not in {"postgresql", "postgres", "postgresql+asyncpg"} or "/" not in rest:
            raise ServerFailed(f"{DATABASE} must look like postgresql://USER:PASSWORD@HOST:PORT/DATABASE")
        self.url = f"postgresql+asyncpg://{rest}"

    def create(self, name: str, template: str | None = None) -> str:
        return create_database(self.url, name, template)

    def drop(self, name: str) -> None:
        execute(self.url, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
