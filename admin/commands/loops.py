"""Commands that look at referrals."""

from typing import Annotated

import typer

from admin.commands.common import AsJson, DatabaseUrl, DataDir, Limit, carry, settings

referrals = typer.Typer(help="Referrals, by their codes.", no_args_is_help=True)


@referrals.command("list")
def list_(
    everything: Annotated[bool, typer.Option("--all", help="The closed ones too.")] = False,
    limit: Limit = 100,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """The open referrals, those due first at the top."""
    from admin import looking, output
    from admin.opening import reading

    known = settings(data_dir=data_dir, database_url=database_url)

    async def work() -> list[looking.Row]:
        async with reading(known) as transaction:
            return await looking.referrals(transaction, everything, limit)

    found = carry(known, work())
    if as_json:
        output.as_json(found)
        return
    columns = ["code", "priority", "status", "from", "to", "holder", "due", "stream"]
    rows = [
        [
            row["code"],
            row["priority"],
            row["status"],
            row["initiator_facility"],
            _place(row["recipient_facility"], row["department"]),
            row["holder_person"] or _place(row["holder_facility"], row["holder_role"]),
            output.local(row["due"], known.zone),
            row["stream"],
        ]
        for row in found
    ]
    output.table(columns, rows, "no open referrals" if not everything else "no referrals")


@referrals.command("show")
def show(
    code: Annotated[str, typer.Argument(metavar="CODE", help="Such as R-7K2F4.")],
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """One referral: how it stands and what happened."""
    from admin import looking, output
    from admin.opening import reading

    known = settings(data_dir=data_dir, database_url=database_url)

    async def work() -> looking.Row:
        async with reading(known) as transaction:
            return await looking.referral(transaction, code)

    found = carry(known, work())
    if as_json:
        output.as_json(found)
        return
    instants = {"since", "due", "begun_at"}
    plain = {
        name: output.local(value, known.zone) if name in instants else value
        for name, value in found.items()
        if name not in {"events", "loop_streams"}
    }
    output.fields(plain)
    for other in found["loop_streams"]:
        output.say(f"also in this loop: {other['stream']} ({other['status']})")
    rows = [
        [event["version"], output.local(event["occurred_at"], known.zone), event["type"], event["actor"],
         event["on_behalf_of"]]
        for event in found["events"]
    ]  # fmt: skip
    output.table(["", "when", "what", "who", "for"], rows, "")


def _place(facility: str | None, part: str | None) -> str:
    return "/".join(each for each in (facility, part) if each)
