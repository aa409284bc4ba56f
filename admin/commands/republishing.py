"""The command that hands events to one consumer once more: republish."""

from typing import Annotated

import typer

from admin.commands.choosing import OfFacility, OfLoop, OfStream, OfType, Since, Until, selection
from admin.commands.common import AsJson, DatabaseUrl, DataDir, Reason, carry, settings


def republish(
    consumer: Annotated[str, typer.Option("--to", metavar="CONSUMER", help="deciding or telling; never the sender.")],
    stream: OfStream = None,
    loop: OfLoop = None,
    kind: OfType = None,
    since: Since = None,
    until: Until = None,
    facility: OfFacility = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="At most so many streams.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Really do it; otherwise only say what would come.")] = False,
    reason: Reason = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Hand events to one consumer again: what it should have made of them and did not, it makes now, once."""
    from admin import output
    from admin.local_api import carry_out
    from admin.refusals import CommandRefused

    if yes and reason is None:
        raise CommandRefused("--yes needs --reason, for the audit")
    known = settings(data_dir=data_dir, database_url=database_url)
    chosen = selection(known, stream, loop, kind, since, until, facility, None, None).as_dict()
    act = carry_out(known, "republish", consumer=consumer, chosen=chosen, limit=limit, really=yes, reason=reason)
    answer = carry(known, act)
    if as_json:
        output.as_json(answer)
        return
    word = "would be" if answer["dry_run"] else "are"
    for name, count in (answer["new_events"] | answer["new_notices"]).items():
        output.say(f"{name}: {count} {word} new")
    numbers = f"{answer['streams']} streams, {answer['events']} events: {answer['there_already']} outcomes were there"
    output.say(f"replay {answer['replay']} to {answer['to']}: {numbers}, {answer['not_applicable']} no longer apply")
    if answer["dry_run"]:
        output.remark("Nothing was changed; --yes --reason does it.")
