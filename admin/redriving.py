"""`refloop parking redrive`: one thing by its id, or all parked reactions after a dry run."""

from typing import Any

from admin.local_api import carry_out
from admin.looking import parked, parked_one
from admin.opening import reading
from admin.refusals import CommandRefused
from admin.settings import Settings


async def redrive(
    settings: Settings, unique: str | None, really: bool, reason: str | None, cause: str | None = None,
    limit: int | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Try one again, or with `really` those of a cause, or all, at most `limit`. Gives the ids, and whether it was a
    dry run.
    """
    async with reading(settings) as transaction:
        found = [await parked_one(transaction, unique)] if unique else await parked(transaction)
    if unique is None and not really:
        parked_now = [row["id"] for row in found if row["state"] == "parked" and row["reason"].startswith(cause or "")]
        return {"dry_run": True, "ids": parked_now[:limit]}
    if unique is not None and found[0]["kind"] == "update":
        raise CommandRefused(
            f"{unique}: what was said in a chat is not done later; let them say it again, then refloop parking settle"
        )
    if unique is not None and found[0]["kind"] == "message":
        taken = await carry_out(settings, "take_parked", message=unique, reason=reason)
        return {"dry_run": False, "ids": [taken["taken"]]}
    one = found[0] if unique else {"consumer": None, "stream": None}
    done = await carry_out(
        settings, "redrive", consumer=one["consumer"], stream=one["stream"], reason=reason, cause=cause, limit=limit
    )
    return {"dry_run": False, "ids": [f"{each['consumer']}/{each['stream']}" for each in done["redriven"]]}
