"""The loops as the demo page lists them: what each waits for, who holds it, until when."""

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from sqlalchemy import func, select

from admin.demo.feed import Shown, department_name, place_name
from models.database import Transaction
from models.directory import Directory
from models.history import table_of
from models.summaries import SummaryRow
from models.values import StreamKind

_SUMMARIES = table_of(SummaryRow)
# How many of those that are done stay in sight.
DONE = 5


async def loops(tx: Transaction, directory: Directory) -> dict[str, list[Shown]]:
    """The open loops, those due first at the top; and the last that are done."""
    still = select(_SUMMARIES.c.loop).where(_SUMMARIES.c.open)
    begun = func.max(_SUMMARIES.c.begun_at)
    done = select(_SUMMARIES.c.loop).where(_SUMMARIES.c.loop.not_in(still)).group_by(_SUMMARIES.c.loop)
    last = [row.loop for row in await tx.execute(done.order_by(begun.desc()).limit(DONE))]
    wanted = _SUMMARIES.c.loop.in_(still) | _SUMMARIES.c.loop.in_(last)
    query = select(_SUMMARIES).where(wanted).order_by(_SUMMARIES.c.loop, _SUMMARIES.c.begun_at)
    rows = (await tx.execute(query)).mappings().all()
    found = [_loop(list(several), directory) for _, several in groupby(rows, lambda row: row["loop"])]
    found.sort(key=lambda loop: (loop["due"] is None, loop["due"] or loop["begun"]))
    return {"open": [loop for loop in found if loop["open"]], "done": [loop for loop in found if not loop["open"]]}


def _loop(rows: list[Mapping[Any, Any]], directory: Directory) -> Shown:
    """A loop by its streams: what is said is said of the one that waits for somebody."""
    root = next((row for row in rows if row["stream"] == row["loop"]), rows[0])
    waiting = min(
        (row for row in rows if row["situation"]), key=lambda row: row["due"] or row["begun_at"], default=None
    )
    shown = waiting or next((row for row in reversed(rows) if row["open"]), root)
    referral = next((row for row in rows if row["kind"] == StreamKind.referral), None)
    return {
        "loop": root["loop"],
        "code": next((row["code"] for row in rows if row["code"]), None),
        "open": any(row["open"] for row in rows),
        "kind": shown["kind"],
        "status": shown["status"],
        "situation": shown["situation"],
        "priority": (referral or shown)["priority"],
        "direction": referral and referral["direction"],
        "from": _place(directory, root["initiator_facility"]),
        "to": _place(directory, (referral or root)["recipient_facility"]),
        "department": _department(directory, referral or root),
        "holder": _holder(directory, shown) if shown["holder_role"] else None,
        "begun": root["begun_at"].isoformat(),
        "due": shown["due"].isoformat() if shown["due"] else None,
        "step": shown["step"],
    }


def _place(directory: Directory, facility: str | None) -> dict[str, str] | None:
    return place_name(directory, facility) if facility else None


def _department(directory: Directory, row: Mapping[Any, Any]) -> dict[str, str] | None:
    facility = row["recipient_facility"] if row["kind"] == StreamKind.referral else row["initiator_facility"]
    return department_name(directory, facility, row["department"]) if facility and row["department"] else None


def _holder(directory: Directory, row: Mapping[Any, Any]) -> Shown:
    person = directory.person(row["holder_person"]) if row["holder_person"] else None
    facility, department = row["holder_facility"], row["holder_department"]
    return {
        "role": row["holder_role"],
        "person": {"zh": person.name_zh, "en": person.name_en} if person else None,
        "facility": place_name(directory, facility),
        "department": department_name(directory, facility, department) if department else None,
    }
