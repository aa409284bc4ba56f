"""The gateway as OpenAPI describes it, under generated requests: no answer but those described, never a 500."""

import asyncio
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from hypothesis import HealthCheck, given, settings

from tests.intake_house import CENTRE, open_house


class Announced(uvicorn.Server):
    """A server that says when it listens."""

    def __init__(self, config: uvicorn.Config, listening: Callable[[int], None]) -> None:
        super().__init__(config)
        self._listening = listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._listening(self.servers[0].sockets[0].getsockname()[1])


class Served:
    """A house served on loopback from a thread of its own."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._server: uvicorn.Server | None = None
        self.address = ""
        self.key = ""

    async def _serve(self) -> None:
        async with open_house(self._url) as house:
            self.key = house.keys[CENTRE]
            app = house.client._transport.app  # type: ignore[attr-defined]
            config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", lifespan="off")
            self._server = Announced(config, self._listens)
            await self._server.serve()

    def _listens(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self._ready.set()

    def __enter__(self) -> "Served":
        self._thread.start()
        assert self._ready.wait(20), "the gateway did not start"
        return self

    def __exit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.should_exit = True
        self._thread.join(20)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, sqlite_tables: Path) -> Iterator[Served]:
    copy = shutil.copy(sqlite_tables, tmp_path_factory.mktemp("schema") / "house.db")
    with Served(f"sqlite+aiosqlite:///{copy}") as opened:
        yield opened


def test_generated_requests_get_described_answers(served: Served) -> None:
    # Half a second of importing, for whoever runs this test alone.
    import schemathesis
    from schemathesis.checks import not_a_server_error
    from schemathesis.core.result import Ok
    from schemathesis.specs.openapi.checks import content_type_conformance, status_code_conformance

    checks = [not_a_server_error, status_code_conformance, content_type_conformance]
    schema = schemathesis.openapi.from_url(f"{served.address}/openapi.json")
    asked = []
    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        asked.append(operation.label)

        @given(case=operation.as_strategy())
        @settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
        def answers_as_described(case: Any) -> None:
            case.call_and_validate(checks=checks, headers={"Authorization": f"Bearer {served.key}"})

        answers_as_described()
    assert {"POST /fhir", "POST /events", "GET /referrals", "GET /referrals/{code}"} <= set(asked)
