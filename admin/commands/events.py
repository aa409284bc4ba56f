"""Commands that read the log: list, show, tail, verify, rebuild."""

from typing import Annotated, Any

import typer

from admin.commands.choosing import (
    OfFacility,
    OfHolder,
    OfLoop,
    OfPriority,
    OfStream,
    OfType,
    Since,
    Until,
    selection,
)
from admin.commands.common import AsJson, DatabaseUrl, DataDir, Limit, carry, interrupted, settings

events = typer.Typer(help="The log: what happened, and whether it is whole.", no_args_is_help=True)

_COLUMNS = ["position", "when", "stream", "", "what", "who"]


@events.command("list")
def list_(
    limit: Limit = 50,
    stream: OfStream = None,
    loop: OfLoop = None,
    kind: OfType = None,
    since: Since = None,
    until: Until = None,
    facility: OfFacility = None,
    priority: OfPriority = None,
    holder: OfHolder = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """The newest events."""
    from admin import looking, output
    from admin.opening import reading

    known = settings(data_dir=data_dir, database_url=database_url)

    async def work() -> list[looking.Row]:
        chosen = selection(known, stream, loop, kind, since, until, facility, priority, holder)
        async with reading(known) as transaction:
            return await looking.events(transaction, limit, chosen)

    found = carry(known, work())
    if as_json:
        output.as_json(found)
        return
    output.table(_COLUMNS, [_row(event, known) for event in found], "no events")


@events.command("show")
def show(
    stream: Annotated[str, typer.Argument(metavar="STREAM", help="A stream's id, or a referral's code.")],
    data: Annotated[bool, typer.Option("--data", help="This one stream with all its fields.")] = False,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """The whole loop of a stream, told line by line; with --data or --json the events of the stream itself.

    Sealed text stays sealed.
    """
    import json

    from admin import looking, output
    from admin.opening import opened
    from admin.timeline import Told, timeline
    from models.clock import SystemClock
    from models.directory import load_directory

    known = settings(data_dir=data_dir, database_url=database_url)

    async def work() -> tuple[looking.Row, list[Told]]:
        async with opened(known) as database, database.reading() as transaction:
            found = await looking.stream(transaction, stream)
            directory = await load_directory(transaction, SystemClock(known.clock_file).now())
            return found, await timeline(transaction, found["id"], directory)

    found, told = carry(known, work())
    if as_json:
        output.as_json(found)
        return
    output.say(f"{found['id']}  loop {found['loop']}  version {found['version']}")
    if not data:
        for line in told:
            output.say(f"{output.local(line.at, known.zone)}  {line.what}  [{line.who}]")
        return
    for event in found["events"]:
        when = output.local(event["occurred_at"], known.zone)
        output.say(f"{event['version']:>3}  {when}  {event['type']}  by {event['actor']}")
        said = {name: value for name, value in event["data"].items() if value is not None}
        output.say(f"     {json.dumps(said, ensure_ascii=False)}")


@events.command("tail")
def tail(
    newest: Annotated[int, typer.Option("--newest", min=0, help="Begin with so many old ones.")] = 10,
    count: Annotated[int | None, typer.Option("--count", min=1, help="Stop after so many.")] = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Events as they happen, until Ctrl-C; with --json one a line."""
    from admin import looking, output
    from admin.opening import opened

    known = settings(data_dir=data_dir, database_url=database_url)

    async def work() -> None:
        shown = 0
        async with opened(known) as database:
            async for event in looking.tail(database, newest):
                if as_json:
                    output.json_line(event)
                else:
                    output.say("  ".join(map(str, _row(event, known))))
                shown += 1
                if shown == count:
                    return

    carry(known, work())


@events.command("verify")
def verify(as_json: AsJson = False, data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    """Check every stream's chain of hashes, and that the log gives the summaries that are there."""
    from admin import output
    from admin.opening import opened
    from events import replay

    known = settings(data_dir=data_dir, database_url=database_url)

    async def work() -> replay.VerifyReport:
        async with opened(known) as database:
            with output.progress("verifying") as progress:
                return await replay.verify(database, progress=progress)

    with interrupted():
        report = carry(known, work())
    if as_json:
        output.as_json(report.as_dict())
    else:
        for finding in report.findings:
            output.say(f"{finding.stream} version {finding.version}: {finding.what}")
        same = "equal" if report.rebuilt == report.live else "DIFFERENT"
        output.say(f"{report.streams} streams, {report.events} events, {len(report.findings)} findings")
        output.say(f"summaries of the log and live ones: {same} ({report.rebuilt[:16]}, {report.live[:16]})")
    raise typer.Exit(0 if report.ok else 1)


@events.command("rebuild")
def rebuild(
    stream: Annotated[str | None, typer.Argument(metavar="[STREAM]", help="Only this one; an id or a code.")] = None,
    kind: Annotated[
        str | None, typer.Option("--kind", metavar="NAME", help="referral, discharge or plan only.")
    ] = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Write summaries anew from the log. Nobody is told anything; interrupted, it goes on where it was."""
    from admin import looking, output
    from admin.local_api import carry_out
    from admin.opening import reading
    from admin.refusals import CommandRefused
    from models.values import StreamKind

    if kind is not None and kind not in list(StreamKind):
        raise CommandRefused(f"--kind: {kind!r} is none; right is one of {', '.join(StreamKind)}")
    known = settings(data_dir=data_dir, database_url=database_url)

    async def find() -> str | None:
        if stream is None:
            return None
        async with reading(known) as transaction:
            found: str = (await looking.stream(transaction, stream))["id"]
            return found

    one = carry(known, find())
    left = "what was rebuilt is kept, the next refloop events rebuild goes on from there"
    with interrupted(left), output.progress("rebuilding") as progress:
        answer = carry(known, carry_out(known, "rebuild", progress=progress, kind=kind, stream=one))
    if as_json:
        output.as_json(answer)
    else:
        before = f" ({answer['skipped']} streams were done before)" if answer["skipped"] else ""
        output.say(
            f"{answer['streams']} streams, {answer['events']} events{before}: "
            f"{answer['changed']} summaries were different, {answer['removed']} belonged to no stream"
        )


def _row(event: dict[str, Any], known: Any) -> list[Any]:
    from admin import output

    when = output.local(event["occurred_at"], known.zone)
    return [event["position"], when, event["stream"], event["version"], event["type"], event["actor"]]
