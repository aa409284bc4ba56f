"""Which rules counted at a moment of the past: what had been activated by then and not yet rolled back."""

from collections.abc import Sequence
from datetime import date, datetime
from operator import itemgetter
from zoneinfo import ZoneInfo

from sqlalchemy import select

from events import catalog, log
from events.base import Recorded
from events.rule_pack import PackState, PackStatus
from models.database import Transaction
from models.history import table_of
from models.rule_packs import RulePackRow
from workers.facts import Rules
from workers.packs_in_force import Activated, counting_on, rules_counting

_PACKS = table_of(RulePackRow)


class PacksThen:
    """The rules of any moment, from the streams of the packs that were drafted here."""

    def __init__(self, histories: Sequence[Sequence[Recorded]], zone: ZoneInfo) -> None:
        self._histories = histories
        self._zone = zone

    def at(self, moment: datetime) -> Rules:
        """The rules that counted then."""
        found: list[tuple[date, datetime, Activated]] = []
        for history in self._histories:
            state = catalog.fold(recorded for recorded in history if recorded.recorded_at <= moment)
            if not isinstance(state, PackState) or state.status is not PackStatus.active:
                continue
            if state.active_from is not None and state.activated_at is not None:
                pack = Activated(state.name, state.hash, state.place, state.active_from, state.text)
                found.append((state.active_from, state.activated_at, pack))
        in_order = [pack for *_, pack in sorted(found, key=itemgetter(0, 1))]
        return rules_counting(self._zone, counting_on(in_order, moment.astimezone(self._zone).date()))


async def packs_then(transaction: Transaction, zone: ZoneInfo) -> PacksThen:
    """Read what became of every pack; few were ever drafted."""
    streams = (await transaction.execute(select(_PACKS.c.stream))).scalars().all()
    histories = await log.read_streams(transaction, streams)
    return PacksThen([histories[stream] for stream in sorted(histories)], zone)
