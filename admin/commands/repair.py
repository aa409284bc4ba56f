"""Commands that mend what wrong rules decided: propose, list, carry-out."""

from pathlib import Path
from typing import Annotated, Any

import typer

from admin.commands.common import AsJson, DatabaseUrl, DataDir, carry, settings

repair = typer.Typer(help="Decide again what wrong rules decided; by two persons.", no_args_is_help=True)
Why = Annotated[str, typer.Option("--reason", help="Why, for the audit.")]


@repair.command("propose")
def propose(
    file: Annotated[Path, typer.Argument(metavar="LIST", help="What refloop events what-if --json wrote.")],
    reason: Why,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """A dry run over a what-if's list, kept for a second person to carry out. The rules are those in force now."""
    from admin.local_api import carry_out as act

    known = settings(data_dir=data_dir, database_url=database_url)
    answer = carry(known, act(known, "propose_repair", file=str(file.absolute()), reason=reason))
    _show(answer, as_json, "would be")


@repair.command("list")
def list_(as_json: AsJson = False, data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    """Repairs that wait for a second person."""
    from admin import output
    from admin.opening import reading
    from admin.repairing import KIND
    from models.proposals import open_proposals

    known = settings(data_dir=data_dir, database_url=database_url)

    async def work() -> list[dict[str, Any]]:
        async with reading(known) as transaction:
            return await open_proposals(transaction, KIND)

    found = carry(known, work())
    if as_json:
        output.as_json(found)
        return
    rows = [[row["id"], output.local(row["at"], known.zone), row["by"], row["reason"]] for row in found]
    output.table(["repair", "proposed", "by", "reason"], rows, "no repair waits")


@repair.command("carry-out")
def carry_out(
    unique: Annotated[str, typer.Argument(metavar="REPAIR", help="As repair list names it.")],
    reason: Why,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Carry out a repair that somebody else proposed."""
    from admin.local_api import carry_out as act

    known = settings(data_dir=data_dir, database_url=database_url)
    _show(carry(known, act(known, "carry_out_repair", unique=unique, reason=reason)), as_json, "is")


def _show(answer: dict[str, Any], as_json: bool, word: str) -> None:
    from admin import output

    if as_json:
        output.as_json(answer)
        return
    for one in answer["decided"]:
        output.say(f"{one['code']}: {one['was']} {word} {one['now']}")
    for one in answer["withdrawn"]:
        output.say(f"{one['code']}: the card of {one['person']} ({one['purpose']}) {word} withdrawn")
    for one in answer["opened"]:
        output.say(f"{one['code']}: {one['person']} HAD OPENED it")
    for one in answer["calls"]:
        output.say(f"{one['code']}: {one['status']}, CALL about it")
    output.say(
        f"repair {answer['repair']}: {len(answer['decided'])} decided again, {len(answer['calls'])} to call about"
    )
    if answer["dry_run"]:
        output.remark(f"Nothing was changed. A second person: refloop repair carry-out {answer['repair']} --reason ...")
