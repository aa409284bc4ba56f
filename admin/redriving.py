"""`refloop parking redrive`: one thing by its id, or a group, or all that is parked after a dry run."""

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
    """Try one again, or with `really` those of a cause (the beginning of the reason), or all, at most `limit`.

    Gives the ids, whether it was a dry run, and by id why something was left. Each has one effect, however often.
    """
    if unique is not None:
        return {"dry_run": False, "ids": await _one(settings, unique, reason), "left": {}}
    async with reading(settings) as transaction:
        found = await parked(transaction)
    chosen = [row for row in found if _can_be_tried(row) and row["reason"].startswith(cause or "")]
    chosen = sorted(chosen, key=lambda row: row.get("first_at") or row["parked_at"])[:limit]
    if not really:
        return {"dry_run": True, "ids": [row["id"] for row in chosen], "left": {}}
    ids, left = [], {}
    messages = [row["id"] for row in chosen if row["kind"] == "message"]
    reactions = len(chosen) - len(messages)
    if reactions:
        ids += _named(
            await carry_out(
                settings, "redrive", consumer=None, stream=None, reason=reason, cause=cause, limit=reactions
            )
        )
    if messages:
        answer = await carry_out(settings, "take_several_parked", messages=messages, reason=reason)
        ids += answer["taken"]
        left = answer["left"]
    return {"dry_run": False, "ids": ids, "left": left}


def _can_be_tried(row: dict[str, Any]) -> bool:
    """A reaction that is given up, a message of a source, or one of our own that somebody put right; not what nobody
    could read or what was said in a chat.
    """
    return row["state"] in ("parked", "edited") or str(row.get("queue", "")).startswith("intake ")


async def _one(settings: Settings, unique: str, reason: str | None) -> list[str]:
    async with reading(settings) as transaction:
        one = await parked_one(transaction, unique)
    if one["kind"] == "update":
        raise CommandRefused(
            f"{unique}: what was said in a chat is not done later; let them say it again, then refloop parking settle"
        )
    if one["kind"] == "message":
        taken = await carry_out(settings, "take_parked", message=unique, reason=reason)
        return [taken["taken"]]
    return _named(await carry_out(settings, "redrive", consumer=one["consumer"], stream=one["stream"], reason=reason))


def _named(answer: dict[str, Any]) -> list[str]:
    return [f"{each['consumer']}/{each['stream']}" for each in answer["redriven"]]
