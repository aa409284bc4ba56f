"""Commands that stop what would be told: hold, release, drop, list."""

from typing import Annotated, Any

import typer

from admin.commands.common import AsJson, DatabaseUrl, DataDir, carry, settings

notices = typer.Typer(help="What people are about to be told: stop it, look, let it go.", no_args_is_help=True)

Unique = Annotated[str, typer.Argument(metavar="HOLD", help="As notices list names it.")]
Why = Annotated[str, typer.Option("--reason", help="Why, for the audit.")]


@notices.command("list")
def list_(as_json: AsJson = False, data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    """The holds in force, and how many notices each keeps."""
    from admin import output
    from admin.opening import reading
    from models import holds

    known = settings(data_dir=data_dir, database_url=database_url)

    async def work() -> list[dict[str, Any]]:
        async with reading(known) as transaction:
            found = await holds.running(transaction)
            return [row | {"kept": await holds.count(transaction, row["id"])} for row in found]

    found = carry(known, work())
    if as_json:
        output.as_json(found)
        return
    rows = [
        [row["id"], row["purpose"], row["facility"], row["pack"], "yes" if row["stat"] else "",
         sum(row["kept"].values()), output.local(row["at"], known.zone), row["by"], row["reason"]]
        for row in found
    ]  # fmt: skip
    output.table(
        ["hold", "purpose", "facility", "pack", "stat", "kept", "since", "by", "reason"], rows, "nothing is held"
    )


@notices.command("hold")
def hold(
    reason: Why,
    purpose: Annotated[str | None, typer.Option("--purpose", metavar="NAME", help="Of this purpose.")] = None,
    facility: Annotated[str | None, typer.Option("--facility", metavar="ID", help="About loops of it.")] = None,
    pack: Annotated[str | None, typer.Option("--pack", metavar="VERSION", help="Decided by it; or a hash.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every notice.")] = False,
    stat: Annotated[bool, typer.Option("--stat", help="Stat too, which otherwise goes on.")] = False,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Hold notices from now on; what is given must all fit. Stat goes on unless --stat names it."""
    from admin import output
    from admin.local_api import carry_out
    from admin.refusals import CommandRefused

    if everything == any((purpose, facility, pack)):
        raise CommandRefused("give --all, or some of --purpose, --facility and --pack")
    known = settings(data_dir=data_dir, database_url=database_url)
    wish = {"purpose": purpose, "facility": facility, "pack": pack, "stat": stat}
    answer = carry(known, carry_out(known, "hold_notices", wish=wish, reason=reason))
    if as_json:
        output.as_json(answer)
        return
    for name, count in answer["kept"].items():
        output.say(f"{name}: {count}")
    output.say(f"hold {answer['hold']} keeps {sum(answer['kept'].values())} notices, and what comes")


@notices.command("release")
def release(
    hold: Unique, reason: Why, as_json: AsJson = False, data_dir: DataDir = None, database_url: DatabaseUrl = None
) -> None:
    """Let what a hold kept go out. What is no longer true by now is withdrawn, as always."""
    _end("release_notices", "released", hold, reason, as_json, data_dir, database_url)


@notices.command("drop")
def drop(
    hold: Unique, reason: Why, as_json: AsJson = False, data_dir: DataDir = None, database_url: DatabaseUrl = None
) -> None:
    """Withdraw what a hold kept: it is never told."""
    _end("drop_notices", "dropped", hold, reason, as_json, data_dir, database_url)


def _end(act: str, word: str, hold: str, reason: str, as_json: bool, data_dir: Any, database_url: Any) -> None:
    from admin import output
    from admin.local_api import carry_out

    known = settings(data_dir=data_dir, database_url=database_url)
    answer = carry(known, carry_out(known, act, hold=hold, reason=reason))
    if as_json:
        output.as_json(answer)
    else:
        output.say(f"{answer[word]} {word}")
