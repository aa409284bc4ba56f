"""Commands that keep it safe and mend it: parking, backup, restore, keys, sender."""

from pathlib import Path
from typing import Annotated

import typer

from admin.commands.common import (
    AsJson,
    DatabaseUrl,
    DataDir,
    Reason,
    carry,
    settings,
)

parking = typer.Typer(help="What could not be done and waits for a person.", no_args_is_help=True)
keys = typer.Typer(help="The site key, without which sealed text stays sealed.", no_args_is_help=True)
sender = typer.Typer(help="The sender of notices.", no_args_is_help=True)


@parking.command("list")
def list_(as_json: AsJson = False, data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    """Reactions that failed, messages nobody could read, updates from the chat that could not be handled."""
    from admin import looking, output
    from admin.opening import reading

    known = settings(data_dir=data_dir, database_url=database_url)

    async def work() -> list[looking.Row]:
        async with reading(known) as transaction:
            return await looking.parked(transaction)

    found = carry(known, work())
    if as_json:
        output.as_json(found)
        return
    rows = [
        [row["id"], row["kind"], row["state"], row.get("attempts"), row["reason"],
         output.local(row["parked_at"] or row.get("last_at"), known.zone)]
        for row in found
    ]  # fmt: skip
    output.table(["id", "kind", "state", "tries", "reason", "when"], rows, "nothing is parked")


@parking.command("groups")
def groups(as_json: AsJson = False, data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    """What is parked, by cause: how many, the first and the last time."""
    from admin import looking, output
    from admin.opening import reading

    known = settings(data_dir=data_dir, database_url=database_url)

    async def work() -> list[looking.Row]:
        async with reading(known) as transaction:
            return looking.grouped(await looking.parked(transaction))

    found = carry(known, work())
    if as_json:
        output.as_json(found)
        return
    rows = [
        [row["kind"], row["cause"], row["count"], output.local(row["first_at"], known.zone),
         output.local(row["last_at"], known.zone)]
        for row in found
    ]  # fmt: skip
    output.table(["kind", "cause", "count", "first", "last"], rows, "nothing is parked")


@parking.command("show")
def show(
    unique: Annotated[str, typer.Argument(metavar="ID", help="As parking list names it.")],
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """One of them, with what it says; sealed text and whatever may be about a person is hidden."""
    from admin import mending, output

    known = settings(data_dir=data_dir, database_url=database_url)
    found = carry(known, mending.show(known, unique))
    if as_json:
        output.as_json(found)
    else:
        output.fields({name: output.one_line(value, known.zone) for name, value in found.items()})


@parking.command("redrive")
def redrive(
    unique: Annotated[str | None, typer.Argument(metavar="[ID]", help="As parking list names it.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that can be: a dry run without --yes.")] = False,
    cause: Annotated[
        str | None, typer.Option("--cause", metavar="WORD", help="With --all: of this cause only.")
    ] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="With --all: the oldest so many.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="With --all: really do it.")] = False,
    reason: Reason = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Try a parked reaction again, or take a parked message in again; each has one effect."""
    from admin import output
    from admin.redriving import redrive as carry_on

    if (unique is None) != everything:
        raise typer.BadParameter("give one ID of parking list, or --all")
    if yes and reason is None:
        raise typer.BadParameter("--all --yes needs --reason, for the audit")
    known = settings(data_dir=data_dir, database_url=database_url)
    answer = carry(known, carry_on(known, unique, yes, reason, cause, limit))
    if as_json:
        output.as_json(answer)
        return
    word = "would be tried again" if answer["dry_run"] else "tried again"
    for each in answer["ids"]:
        output.say(each)
    for why in answer["left"].values():
        output.remark(why)
    output.remark(f"{len(answer['ids'])} {word}" + ("; add --yes to do it" if answer["dry_run"] else ""))


@parking.command("settle")
def settle(
    unique: Annotated[str, typer.Argument(metavar="ID", help="A message or update, as parking list names it.")],
    reason: Annotated[str, typer.Option("--reason", help="What was done about it, for the audit.")],
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Mark an unreadable message or an update given up as dealt with by other means."""
    from admin import output
    from admin.local_api import carry_out

    known = settings(data_dir=data_dir, database_url=database_url)
    carry(known, carry_out(known, "settle_parked", message=unique, reason=reason))
    output.say(f"{unique} is settled")


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A new file (tar).")],
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Write everything but the site key to a file, while it runs."""
    from admin import output
    from admin.backup import Manifest
    from admin.backup import backup as write
    from admin.opening import opened
    from models.clock import SystemClock

    known = settings(data_dir=data_dir, database_url=database_url)

    async def work() -> Manifest:
        async with opened(known) as database:
            with output.progress("backing up") as progress:
                return await write(database, file.absolute(), SystemClock(known.clock_file), progress)

    made = carry(known, work())
    if as_json:
        output.as_json({"file": str(file), "rows": made.rows, "revision": made.revision, "epoch": made.epoch})
        return
    output.say(f"{file}: {made.rows} rows of {len(made.tables)} tables")
    output.remark("The site key is not in it: refloop keys export, and keep that apart from the backups.")


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that backup wrote.")],
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Fill an empty database from a backup; nothing is sent until refloop sender release."""
    from admin import output
    from admin.restoring import restore_alone

    known = settings(data_dir=data_dir, database_url=database_url)
    with output.progress("restoring") as progress:
        manifest = carry(known, restore_alone(known, file.absolute(), progress))
    if as_json:
        output.as_json({"rows": manifest.rows, "revision": manifest.revision, "made_at": manifest.made_at})
        return
    output.say(f"{manifest.rows} rows of {manifest.made_at} are back")
    output.remark(
        f"Put the site key of installation {manifest.epoch} in place. The sender is held: see what was told since, "
        "then refloop sender release."
    )


@keys.command("export")
def export(
    file: Annotated[Path, typer.Argument(metavar="[FILE]", help="A new file.")] = Path("refloop-site-key.txt"),
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Write the site key to a file of its own, readable by you only."""
    from admin import output
    from admin.local_api import carry_out

    known = settings(data_dir=data_dir, database_url=database_url)
    carry(known, carry_out(known, "export_key", file=str(file.absolute())))
    output.say(str(file))
    output.remark(
        "WARNING: with this file and the database every patient's data can be read. Keep it apart from the "
        "backups, and delete this copy."
    )


@sender.command("release")
def release(
    reason: Reason = None, as_json: AsJson = False, data_dir: DataDir = None, database_url: DatabaseUrl = None
) -> None:
    """Let a sender that is held after a restore send again."""
    from admin import output
    from admin.local_api import carry_out

    known = settings(data_dir=data_dir, database_url=database_url)
    answer = carry(known, carry_out(known, "release_sender", reason=reason))
    if as_json:
        output.as_json(answer)
    elif answer["was_held"]:
        output.say(f"released; {answer['waiting']} notices wait")
    else:
        output.say("the sender was not held")


def replay_intake(
    source: Annotated[str, typer.Option("--source", metavar="NAME", help="Whose messages.")],
    since: Annotated[str, typer.Option("--from", metavar="TIME", help="Received then or later.")],
    until: Annotated[str, typer.Option("--to", metavar="TIME", help="Received before.")],
    mapping: Annotated[
        Path | None, typer.Option("--mapping", metavar="FILE", help="Read by this mapping table (YAML).")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run/--yes", help="Only say what would be taken; --yes takes it.")
    ] = True,
    reason: Reason = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Take in again what a source sent and we refused, or read wrongly; what would be otherwise first, each once."""
    from admin import output
    from admin.instants import instant
    from admin.local_api import carry_out
    from admin.refusals import CommandRefused

    if not dry_run and reason is None:
        raise CommandRefused("--yes needs --reason, for the audit")
    known = settings(data_dir=data_dir, database_url=database_url)
    begin, end = instant("--from", since, known.zone).isoformat(), instant("--to", until, known.zone).isoformat()
    try:
        text = mapping.read_text("utf-8") if mapping is not None else None
    except (OSError, UnicodeDecodeError) as error:
        raise CommandRefused(f"--mapping: {mapping}: {getattr(error, 'strerror', None) or 'not UTF-8'}") from None
    act = carry_out(
        known, "replay_intake", source=source, since=begin, until=end, really=not dry_run, reason=reason, mapping=text
    )
    answer = carry(known, act)
    if as_json:
        output.as_json(answer)
        return
    for each in answer["messages"]:
        numbers = f"{each['was']} -> {', '.join(map(str, each['now']))}"
        if each["already"]:
            numbers += "  taken again already"
        when = output.instants_local(each["received_at"], known.zone)
        output.say(f"{when}  {each['kind']}  {numbers}  {'; '.join(map(str, each['what']))}")
        for line in each["diff"]:
            output.say(f"    {line}")
    left = [each for each in answer["messages"] if not each["already"]]
    takeable = sum(all(status < 400 for status in each["now"]) for each in left)
    word = "would be taken; --yes --reason takes them" if answer["dry_run"] else "taken"
    output.remark(f"{takeable} of {len(left)} refused or corrected messages {word}")
