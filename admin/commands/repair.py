"""Commands that mend what wrong rules decided: propose, list, carry-out."""

from pathlib import Path
from typing import Annotated, Any

import typer

from admin.commands import waiting
from admin.commands.common import AsJson, DatabaseUrl, DataDir, carry, settings

repair = typer.Typer(help="Put right what wrong rules did; two admins approve it.", no_args_is_help=True)
Why = Annotated[str, typer.Option("--reason", help="Why, for the audit.")]


@repair.command("propose")
def propose(
    reason: Why,
    file: Annotated[
        Path | None, typer.Argument(metavar="[LIST]", help="What refloop events what-if --json wrote.")
    ] = None,
    move: Annotated[
        list[str] | None, typer.Option("--move", metavar="CODE=PERSON", help="Ask this person instead.")
    ] = None,
    cancel: Annotated[
        list[str] | None, typer.Option("--cancel", metavar="CODE", help="Take it back: it was sent in error.")
    ] = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """A dry run over a what-if's list, put before the admins. The rules are those in force now."""
    from admin.local_api import carry_out as act
    from admin.refusals import BadInput

    moves = {}
    for each in move or []:
        code, equals, person = each.partition("=")
        if not (code and equals and person):
            raise BadInput(f"--move: {each!r} is none; right is such as R-7K2F4=lin-hao")
        moves[code] = person
    if file is None and not moves and not cancel:
        raise BadInput("give a LIST that what-if wrote, --move or --cancel")
    known = settings(data_dir=data_dir, database_url=database_url)
    named = str(file.absolute()) if file is not None else None
    asked = act(known, "propose_repair", file=named, reason=reason, moves=moves, cancels=cancel or [])
    _show(carry(known, asked), as_json, "would be")


@repair.command("list")
def list_(as_json: AsJson = False, data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    """Repairs that wait, and who has approved them."""
    from admin.repairing import KIND

    known = settings(data_dir=data_dir, database_url=database_url)
    waiting.show(known, KIND, "repair", "loops", "no repair waits", as_json)


@repair.command("carry-out")
def carry_out(
    unique: Annotated[str, typer.Argument(metavar="REPAIR", help="As repair list names it.")],
    reason: Why,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Carry out a repair that two admins have approved in their chats."""
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
    for one in answer["moved"]:
        output.say(f"{one['code']}: {word} moved from {one['was']} to {one['now']}")
    for one in answer["cancelled"]:
        output.say(f"{one['code']}: {word} cancelled ({one['how']})")
    for one in answer["withdrawn"]:
        output.say(f"{one['code']}: the card of {one['person']} ({one['purpose']}) {word} withdrawn")
    for one in answer["opened"]:
        output.say(f"{one['code']}: {one['person']} HAD OPENED it")
    for one in answer["calls"]:
        output.say(f"{one['code']}: {one['status']}, CALL about it")
    numbers = f"{len(answer['decided'])} decided again, {len(answer['moved'])} moved"
    further = f"{len(answer['cancelled'])} cancelled, {len(answer['calls'])} to call about"
    output.say(f"repair {answer['repair']}: {numbers}, {further}")
    if answer["dry_run"]:
        output.remark(f"Nothing was changed. {waiting.asked(answer['admins'], 'repair carry-out ' + answer['repair'])}")
