"""A small consortium and a reception for the tests of the intake: three facilities, each with a source and its key."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import orjson
from prometheus_client import CollectorRegistry
from sqlalchemy import func, select
from sqlmodel import SQLModel

from events.handling import Journal
from events.intake.http import create_app
from events.intake.reception import Reception
from events.intake.sources import Gatekeeper
from models.clock import DrivenClock
from models.database import Database
from models.directory_cache import DirectoryCache
from models.history import Origin, change, table_of
from models.journal import IntakeRow, LogRow
from models.registry import DepartmentRow, FacilityRow, ParameterRow, PersonRow, RoleRow
from models.sealed import Keyring
from models.sources import add_source
from models.summaries import SummaryRow

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)  # Friday 10:00 in the consortium
CENTRE, COUNTY, CITY = "lianhu-centre", "qingtan-second", "qingtan-first"
ORGANISATIONS = "urn:oid:2.999.5"
ID_CARD = "urn:oid:2.16.156.10011.1.3"

_FACILITIES: tuple[tuple[str, str, str, str, str, list[str]], ...] = (
    (CENTRE, "community", "community", "莲湖社区卫生服务中心", "Lianhu Community Health Centre", ["莲塘村"]),
    (COUNTY, "hospital", "county", "青潭县第二人民医院", "Qingtan Second County Hospital", []),
    (CITY, "hospital", "tertiary", "青潭市第一人民医院", "Qingtan First People's Hospital", []),
)
# Li Xiuying, and her referral to the county, as a flat message says it.
PATIENT = {"id": "77", "identifiers": [{"system": ID_CARD, "value": "440000195403020021"}], "name": "李秀英",
           "birth": "1954", "sex": "F", "area": "莲塘村 3 组"}  # fmt: skip
REQUEST = {"id": "Z-1", "patient": PATIENT, "to": {"facility": COUNTY, "department": "心内科"}, "priority": "asap",
           "reason": "头痛2天", "vitals": {"sbp": 186, "dbp": 112}}  # fmt: skip


@dataclass
class House:
    """A running reception, its database, and how to send it something as one of the sources."""

    database: Database
    journal: Journal
    keyring: Keyring
    clock: DrivenClock
    directory: DirectoryCache
    reception: Reception
    gatekeeper: Gatekeeper
    client: httpx.AsyncClient
    keys: dict[str, str]
    metrics: CollectorRegistry

    async def post(
        self, path: str, body: Any, facility: str = CENTRE, media: str | None = None, **headers: str
    ) -> httpx.Response:
        """Post a body (JSON value, text or bytes) with the key of a facility's source."""
        content = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else orjson.dumps(body)
        default = "application/fhir+json" if path.startswith("/fhir") else "application/cloudevents+json"
        sent = {"Authorization": f"Bearer {self.keys[facility]}", "Content-Type": media or default}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.post(path, content=content, headers=sent)

    async def get(self, path: str, facility: str = CENTRE) -> httpx.Response:
        """Read something with the key of a facility's source."""
        return await self.client.get(path, headers={"Authorization": f"Bearer {self.keys[facility]}"})

    async def rows(self, model: type[SQLModel]) -> list[Mapping[str, Any]]:
        """All rows of a table."""
        async with self.database.reading() as tx:
            return [dict(row) for row in (await tx.execute(select(table_of(model)))).mappings()]

    async def count(self, model: type[SQLModel]) -> int:
        """How many rows a table has."""
        async with self.database.reading() as tx:
            return int((await tx.execute(select(func.count()).select_from(table_of(model)))).scalar_one())

    async def events(self, kind: str | None = None) -> list[str]:
        """The types of all events in the order they were recorded."""
        rows = sorted(await self.rows(LogRow), key=lambda row: row["position"])
        return [row["type"] for row in rows if kind is None or row["stream"].startswith(kind)]

    async def status(self, code: str) -> str:
        """Where a referral stands."""
        found = [row for row in await self.rows(SummaryRow) if row["code"] == code]
        return str(found[0]["status"])

    async def intake(self) -> list[Mapping[str, Any]]:
        """The intake log, oldest first."""
        return sorted(await self.rows(IntakeRow), key=lambda row: row["received_at"])


@asynccontextmanager
async def open_house(url: str, now: datetime = NOW) -> AsyncIterator[House]:
    """A house on a database that has its tables and no rows."""
    database = Database(url)
    clock = DrivenClock(now)
    keyring = Keyring(b"k" * 32)
    keys = await _settle(database, now - timedelta(days=30))
    directory = DirectoryCache(database, clock)
    await directory.refresh()
    journal = Journal(keyring, clock, due=lambda state, at: at + timedelta(hours=1), subscribers={})
    reception = Reception(database, journal, keyring, clock, directory)
    gatekeeper = Gatekeeper(directory, clock)
    metrics = CollectorRegistry()
    app = create_app(reception, gatekeeper, database, clock, ready=_ready, quiet=_quiet, metrics=metrics)
    reception.start()
    transport = httpx.ASGITransport(app=app, client=("127.0.0.1", 40000))
    client = httpx.AsyncClient(transport=transport, base_url="http://refloop.test")
    try:
        yield House(database, journal, keyring, clock, directory, reception, gatekeeper, client, keys, metrics)
    finally:
        await client.aclose()
        await reception.stop()
        await database.close()


async def _ready() -> str | None:
    return None


async def _quiet() -> tuple[str | None, datetime | None]:
    return None, None


async def _settle(database: Database, since: datetime) -> dict[str, str]:
    keys = {}
    async with database.transaction() as tx:
        facilities = [
            {
                "id": unique, "kind": kind, "tier": tier, "name_zh": zh, "name_en": en, "areas": areas,
                "identifiers": [{"system": ORGANISATIONS, "value": unique.upper()}],
            }
            for unique, kind, tier, zh, en, areas in _FACILITIES
        ]  # fmt: skip
        await change(tx, FacilityRow, facilities, since, "test", Origin.command)
        departments = [
            {"id": f"{place}/{code}", "facility": place, "code": code, "name_zh": zh, "name_en": en}
            for place in (COUNTY, CITY)
            for code, zh, en in (("cardiology", "心内科", "Cardiology"), ("neurology", "神经内科", "Neurology"))
        ]
        await change(tx, DepartmentRow, departments, since, "test", Origin.command)
        people = [{"id": "lin", "name_zh": "林医生", "name_en": "Dr Lin", "language": "zh",
                   "identifiers": [{"system": "urn:oid:2.999.6", "value": "D-1"}]}]  # fmt: skip
        await change(tx, PersonRow, people, since, "test", Origin.command)
        roles = [{"id": "lin/centre", "person": "lin", "facility": CENTRE, "role": "doctor"}]
        await change(tx, RoleRow, roles, since, "test", Origin.command)
        for facility, *_ in _FACILITIES:
            keys[facility] = await add_source(
                tx, f"{facility}-his", facility, since, "test", amqp_user=f"{facility}-amqp"
            )
    return keys


async def set_parameter(house: House, facility: str, key: str, value: Any) -> None:
    """Set a parameter of a facility."""
    row = {"id": f"facility/{facility}/{key}", "scope": "facility", "scope_id": facility, "key": key, "value": value}
    async with house.database.transaction() as tx:
        await change(tx, ParameterRow, [row], house.clock.now(), "test", Origin.command)
    await house.directory.refresh()


def patient(number: str = "440000195403020021", **more: Any) -> dict[str, Any]:
    """A Patient resource."""
    return {
        "resourceType": "Patient",
        "id": f"p-{number[-4:]}",
        "identifier": [{"system": ID_CARD, "value": number}],
        "name": [{"text": "李秀英"}],
        "gender": "female",
        "birthDate": "1954-03-02",
        **more,
    }


def organisation(facility: str) -> dict[str, Any]:
    """A reference to one of the facilities."""
    return {"identifier": {"system": ORGANISATIONS, "value": facility.upper()}}


def service_request(number: str = "T-1", to: str | None = COUNTY, **more: Any) -> dict[str, Any]:
    """A referral as a ServiceRequest with a contained patient."""
    request: dict[str, Any] = {
        "resourceType": "ServiceRequest",
        "id": f"sr-{number}",
        "identifier": [{"system": "urn:oid:2.999.7", "value": number}],
        "status": "active",
        "intent": "order",
        "priority": "urgent",
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "3457005"}]},
        "subject": {"reference": "#pat"},
        "requester": organisation(CENTRE),
        "reasonCode": [{"text": "头痛两天"}],
        "contained": [patient() | {"id": "pat"}],
    }
    if to is not None:
        request["performer"] = [organisation(to) | {"type": "Organization"}]
    return request | more


def encounter(status: str = "finished", kind: str = "IMP", number: str = "E-1", **more: Any) -> dict[str, Any]:
    """A stay or visit of the same patient."""
    return {
        "resourceType": "Encounter",
        "id": f"enc-{number}",
        "identifier": [{"system": "urn:oid:2.999.8", "value": number}],
        "status": status,
        "class": {"code": kind},
        "subject": {"identifier": {"system": ID_CARD, "value": "440000195403020021"}, "reference": "Patient/77"},
        "period": {"start": "2026-11-18T08:00:00+08:00", "end": "2026-11-20T09:30:00+08:00"},
        **more,
    }


def event(kind: str, data: dict[str, Any], unique: str = "m-1") -> dict[str, Any]:
    """A CloudEvent with flat data."""
    return {"specversion": "1.0", "id": unique, "source": "urn:his:test", "type": f"refloop.{kind}.v1", "data": data}


def code_in(response: httpx.Response) -> str:
    """The referral's code that an answer names."""
    return response.headers["location"].rpartition("/")[2]
