"""Notices about a list and no loop: what a shift left over, who cannot be reached tomorrow. Made as they are sent.

The list is looked up again at the last moment: what somebody took meanwhile is not on it; an empty one is not sent.
"""

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.engine import RowMapping

from bot.cards import house
from bot.sending.readers import Reader
from bot.view import Rendered
from events import catalog, log
from events.purposes import Purpose
from events.referral_state import ReferralState
from models.database import Transaction
from models.directory import Directory
from models.parties import addresses


async def house_card(
    tx: Transaction, row: RowMapping, reader: Reader, directory: Directory, now: datetime
) -> Rendered | None:
    """The message, or None when there is nothing left to say."""
    params: dict[str, str] = json.loads(row["params"])
    if row["purpose"] == Purpose.hand_over:
        return await _hand_over(tx, params, reader, directory, now)
    if row["purpose"] == Purpose.list_handed_over:
        return house.list_handed_over(reader.language, int(params["count"]), params["from"], directory)
    if row["purpose"] == Purpose.undo_lapsed:
        return house.undo_lapsed(reader.language)
    if row["purpose"] == Purpose.proposal_lapsed:
        return house.proposal_lapsed(reader.language, params["kind"], params["proposal"])
    return await _unreachable(tx, params, reader, directory, now)


async def _hand_over(
    tx: Transaction, params: dict[str, str], reader: Reader, directory: Directory, now: datetime
) -> Rendered | None:
    found = await log.read_streams(tx, params["streams"].split())
    states: Sequence[ReferralState | None] = [catalog.fold(history) for _, history in sorted(found.items())]
    open_ = [each for each in states if each is not None and each.handed_to]
    mine = [each for each in open_ if "coordinator" in params or reader.id in each.handed_to]
    at = datetime.fromisoformat(params["at"])
    return house.hand_over(reader.language, mine, at, directory, now) if mine else None


async def _unreachable(
    tx: Transaction, params: dict[str, str], reader: Reader, directory: Directory, now: datetime
) -> Rendered | None:
    pairs = [pair.split("@", 1) for pair in params["people"].split()]
    known = await addresses(tx, [person for person, _ in pairs], now)
    still = [
        (person, place) for person, place in pairs if not any(each.blocked_at is None for each in known.get(person, ()))
    ]
    return house.unreachable(reader.language, still, directory) if still else None
