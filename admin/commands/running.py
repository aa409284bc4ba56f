"""Commands that run it and look after it: up, run, sandbox, migrate, health, doctor."""

from enum import StrEnum
from typing import Annotated

import typer

from admin.commands.common import AsJson, DatabaseUrl, DataDir, carry, settings, told


class RoleName(StrEnum):
    """The roles of the full deployment."""

    gateway = "gateway"
    relay = "relay"
    workers = "workers"
    ticker = "ticker"
    bot = "bot"


BrokerUrl = Annotated[str | None, typer.Option("--broker-url", metavar="URL", help="RabbitMQ; none: embedded.")]
Port = Annotated[int | None, typer.Option("--port", metavar="N", help="Where HTTP listens; 0: a free port.")]


def up(
    demo: Annotated[bool, typer.Option("--demo", help="With a sandbox of phones and fictional people.")] = False,
    data_dir: DataDir = None,
    port: Port = None,
    database_url: DatabaseUrl = None,
    broker_url: BrokerUrl = None,
    telegram_api: Annotated[
        str | None, typer.Option("--telegram-api", metavar="URL", help="Another Bot API server.")
    ] = None,
) -> None:
    """Run everything in one process (SQLite and an embedded broker unless told otherwise)."""
    from admin.wiring import up as run_all

    options = {"data_dir": data_dir, "port": port, "database_url": database_url, "broker_url": broker_url}
    known = settings(quiet=False, **options, telegram_api_url=telegram_api)
    with told(known):
        status = run_all(known, demo=demo)
    raise typer.Exit(status)


def run(role: RoleName, data_dir: DataDir = None, port: Port = None) -> None:
    """Run one role of the full deployment (RabbitMQ and PostgreSQL)."""
    from admin.refusals import CommandRefused
    from admin.wiring import run_role

    known = settings(quiet=False, data_dir=data_dir, port=port)
    if known.broker is None or known.is_sqlite:
        raise CommandRefused(
            "a role of its own needs REFLOOP_DATABASE_URL (PostgreSQL) and REFLOOP_BROKER_URL (RabbitMQ); "
            "without them run everything in one process: refloop up"
        )
    with told(known):
        status = run_role(known, role)
    raise typer.Exit(status)


def sandbox(port: Annotated[int, typer.Option(help="Where it listens; 0: a free port.")] = 8081) -> None:
    """Run the local Bot API with phones, by itself (fictional data only)."""
    import asyncio

    from admin.sandbox_alone import serve_until_stopped

    asyncio.run(serve_until_stopped(port))


def migrate(data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    """Make or bring up the database's tables, and the site key if there is none yet."""
    from admin.migrating import migrate_all
    from admin.output import say

    known = settings(data_dir=data_dir, database_url=database_url)
    say(f"the database is at revision {carry(known, migrate_all(known))}")


def health(role: RoleName, data_dir: DataDir = None, port: Port = None) -> None:
    """Say whether a role of this host lives (for health checks of containers)."""
    from admin.health import check_beat, check_gateway
    from admin.output import say

    known = settings(data_dir=data_dir, port=port)
    if role is RoleName.gateway:
        say(check_gateway(known.host, known.port))
    else:
        say(check_beat(known.data_dir, role))


def doctor(as_json: AsJson = False, data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    """Look at everything that can be wrong; exit code 1 when something is broken."""
    from admin import output
    from admin.doctor import examine
    from admin.findings import Level

    known = settings(data_dir=data_dir, database_url=database_url)
    found = carry(known, examine(known))
    broken = any(finding.level is Level.broken for finding in found)
    if as_json:
        rows = [{"check": f.check, "level": f.level, "says": f.says} for f in found]
        output.as_json({"ok": not broken, "findings": rows})
    else:
        output.table(["check", "", "what was seen"], [[f.check, f.level, f.says] for f in found], "")
    raise typer.Exit(1 if broken else 0)
