"""Commands that tell something again on purpose: retell, retell-list, retell-now."""

from typing import Annotated, Any

import typer

from admin.commands import waiting
from admin.commands.common import AsJson, DatabaseUrl, DataDir, carry, settings


def retell(
    loop: Annotated[str | None, typer.Option("--loop", metavar="CODE", help="About this loop.")] = None,
    purpose: Annotated[str | None, typer.Option("--purpose", metavar="NAME", help="Of this purpose.")] = None,
    recipient: Annotated[str | None, typer.Option("--to", metavar="PERSON", help="To this person.")] = None,
    since: Annotated[str | None, typer.Option("--since", metavar="TIME", help="Asked for then or later.")] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="TIME", help="Asked for before.")] = None,
    reason: Annotated[str | None, typer.Option("--reason", help="Why; without it only a preview.")] = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """What would be told again, counted; with --reason it is put before the admins, two of whom must approve."""
    from admin import output
    from admin.instants import instant_or_none
    from admin.local_api import carry_out
    from admin.opening import reading
    from admin.retelling import Which, preview

    known = settings(data_dir=data_dir, database_url=database_url)
    times = [instant_or_none(name, value, known.zone) for name, value in (("--since", since), ("--until", until))]
    which = Which(loop, purpose, recipient, *times)

    async def look() -> dict[str, Any]:
        async with reading(known) as transaction:
            return await preview(transaction, which)

    if reason is None:
        answer = carry(known, look())
    else:
        plain = [each.isoformat() if each is not None else None for each in times]
        wish = {"loop": loop, "purpose": purpose, "recipient": recipient, "since": plain[0], "until": plain[1]}
        answer = carry(known, carry_out(known, "propose_retelling", wish=wish, reason=reason))
    if as_json:
        output.as_json(answer)
        return
    for name, count in answer["purposes"].items():
        output.say(f"{name}: {count}")
    output.say(f"{answer['notices']} notices to {answer['people']} people would be told again, each marked as a repeat")
    if reason is None:
        output.remark("Nothing was changed. With --reason it is put before the admins.")
    else:
        output.remark(waiting.asked(answer["admins"], "notices retell-now " + answer["retell"]))


def retell_list(as_json: AsJson = False, data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    """What waits to be told again, and who has approved it."""
    from admin.retelling import KIND

    known = settings(data_dir=data_dir, database_url=database_url)
    waiting.show(known, KIND, "retell", "notices", "nothing waits", as_json)


def retell_now(
    unique: Annotated[str, typer.Argument(metavar="RETELL", help="As notices retell-list names it.")],
    reason: Annotated[str, typer.Option("--reason", help="Why, for the audit.")],
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Tell it again, once two admins have approved it in their chats. What is no longer true is not told."""
    from admin import output
    from admin.local_api import carry_out

    known = settings(data_dir=data_dir, database_url=database_url)
    answer = carry(known, carry_out(known, "tell_again", unique=unique, reason=reason))
    if as_json:
        output.as_json(answer)
    else:
        output.say(f"{answer['notices']} notices are queued again, each marked as a repeat")
