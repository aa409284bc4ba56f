"""The figures of the network."""

import csv
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from admin.commands.common import AsJson, DatabaseUrl, DataDir, carry, settings

if TYPE_CHECKING:
    from events.kpis import Period

_DAY = "%Y-%m-%d"


By = Annotated[str | None, typer.Option("--by", help="facility, alliance, tier or pair; without it all together.")]
First = Annotated[datetime | None, typer.Option("--from", formats=[_DAY], help="First day; by default a year ago.")]
Last = Annotated[datetime | None, typer.Option("--to", formats=[_DAY], help="Last day; by default today.")]
Position = Annotated[int | None, typer.Option("--position", min=0, help="The log as it was there; by default its end.")]
Outside = Annotated[Path | None, typer.Option("--outside", metavar="CSV", help="Denominators from outside, by month.")]


def kpi(
    by: By = None,
    first: First = None,
    last: Last = None,
    position: Position = None,
    outside: Outside = None,
    as_json: AsJson = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Answer in CSV.")] = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Shares, counts and times by their definitions; cells below five are hidden, nobody is named."""
    from admin import output
    from admin.kpis import read_outside
    from admin.opening import reading
    from admin.refusals import CommandRefused
    from events import kpis
    from models.clock import SystemClock
    from models.directory import load_directory

    if by is not None and by not in set(kpis.By):
        raise CommandRefused(f"--by: must be one of {', '.join(kpis.By)}, not {by!r}")
    if as_json and as_csv:
        raise CommandRefused("--json and --csv: give one of them")
    given = read_outside(outside) if outside else None
    known = settings(data_dir=data_dir, database_url=database_url)

    async def work() -> dict[str, Any]:
        now = SystemClock(known.clock_file).now()
        async with reading(known) as transaction:
            directory = await load_directory(transaction, now)
            period = _period(first, last, now.astimezone(directory.site_zone))
            return await kpis.kpis(transaction, directory, period, kpis.By(by) if by else None, position, given)

    found = carry(known, work())
    if as_json:
        output.as_json(found)
        return
    columns = ["definition", "group", "numerator", "denominator", "value", "change_to_year_before", "hidden", "source"]
    rows = [[row[name] for name in columns] for row in found["figures"]]
    if as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(["position", *columns])
        writer.writerows([[found["position"], *row] for row in rows])
        return
    output.say(f"log position {found['position']}, {found['from']} to {found['to']}")
    output.table(columns, rows, "nothing to count yet")


def _period(first: datetime | None, last: datetime | None, now: datetime) -> "Period":
    from datetime import timedelta

    from admin.refusals import CommandRefused
    from events.kpis import Period

    ends = last.date() if last else now.date()
    begins = first.date() if first else ends - timedelta(days=364)
    if begins > ends:
        raise CommandRefused(f"--from: {begins} is after --to {ends}")
    return Period(begins, ends)
