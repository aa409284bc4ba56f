"""The command that puts a parked message right: fix."""

from pathlib import Path
from typing import Annotated

import typer

from admin.commands.common import AsJson, DatabaseUrl, DataDir, carry, settings


def fix(
    unique: Annotated[str, typer.Argument(metavar="ID", help="A message, as parking list names it.")],
    reason: Annotated[str, typer.Option("--reason", help="Why, for the audit.")],
    places: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="PLACE=VALUE", help="Such as /data/priority=urgent; null takes it away."),
    ] = None,
    file: Annotated[Path | None, typer.Option("--file", metavar="FILE", help="The whole mended message.")] = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Put a parked message right, if it would be taken so; what came is kept. Then: parking redrive."""
    from admin import output
    from admin.local_api import carry_out
    from admin.mending import mend_of

    wish = mend_of(places or [], file)
    known = settings(data_dir=data_dir, database_url=database_url)
    pairs = [[place, value] for place, value in wish.places]
    act = carry_out(known, "fix_parked", message=unique, places=pairs, content=wish.content, reason=reason)
    answer = carry(known, act)
    if as_json:
        output.as_json(answer)
        return
    output.say(f"{unique} is put right; the message as it came is kept")
    output.remark(f"Nothing was taken in yet: refloop parking redrive {unique}")
