"""Raw updates in their table: what came from the chat, sealed (it is what somebody typed), before it may be forgotten.

Known again by (bot, update id, payload). Comparing payloads matters: after a quiet week Telegram begins anew at a
random update id.
"""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import RowMapping

from bot.channel import Inbound
from bot.chat_side import ChatSide
from bot.inbound import parse
from models.database import Transaction
from models.deliveries import UpdateRow
from models.sealed import SITE

_UPDATES = UpdateRow.__table__  # type: ignore[attr-defined]

Raw = dict[str, Any]

# Notified with each commit on PostgreSQL: another process may hold the lease on working through them.
UPDATES = "refloop_updates"
_NOTIFY = text("SELECT pg_notify(:channel, '')")


async def store(tx: Transaction, side: ChatSide, raw: Sequence[Raw]) -> None:
    """Keep these updates; one that is known already stays as it is. Each has a whole number as its `update_id`."""
    rows = []
    for each in raw:
        payload = json.dumps(each, ensure_ascii=False, sort_keys=True)
        payload_hash = hashlib.sha256(payload.encode()).hexdigest()
        number = int(each["update_id"])
        rows.append(
            {
                "bot": side.bot,
                "update_id": number,
                "payload": side.keyring.seal(SITE, payload, _place(side.bot, number, payload_hash)),
                "payload_hash": payload_hash,
                "received_at": side.clock.now(),
                "handled_at": None,
                "attempts": 0,
                "reason": None,
            }
        )
    if rows:
        await tx.execute(_STORE[tx.dialect], rows)
        if tx.dialect == "postgresql":
            await tx.execute(_NOTIFY, {"channel": UPDATES})


_STORE = {
    "postgresql": postgresql_insert(_UPDATES).on_conflict_do_nothing(),
    "sqlite": sqlite_insert(_UPDATES).on_conflict_do_nothing(),
}


def is_update(raw: object) -> bool:
    """Whether this can be kept: an object with a whole number as its id that fits the table."""
    number = raw.get("update_id") if isinstance(raw, dict) else None
    return isinstance(number, int) and not isinstance(number, bool) and -(2**63) <= number < 2**63


def read(side: ChatSide, row: RowMapping) -> Inbound | None:
    """A stored update in our words, or None for what concerns nobody."""
    place = _place(row["bot"], row["update_id"], row["payload_hash"])
    return parse(json.loads(side.keyring.open(SITE, row["payload"], place)), row["received_at"])


def _place(bot: str, number: int, payload_hash: str) -> str:
    return f"updates|payload|{bot}|{number}|{payload_hash}"
