"""What a source may read: its own referrals, by code or as they changed; states and ids, nothing personal."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select

from models.database import Database, Transaction
from models.history import table_of
from models.journal import LogRow
from models.places import Source
from models.summaries import SummaryRow
from models.values import StreamKind, parse_referral_code

_SUMMARIES, _LOG = table_of(SummaryRow), table_of(LogRow)
PAGE = 200
# Two writers may commit in another order than they began: ask for the last moments again, and nothing is missed.
_OVERLAP = timedelta(seconds=10)

_COLUMNS = (
    _SUMMARIES.c.code, _SUMMARIES.c.version, _SUMMARIES.c.status, _SUMMARIES.c.situation, _SUMMARIES.c.open,
    _SUMMARIES.c.priority, _SUMMARIES.c.direction, _SUMMARIES.c.initiator_facility, _SUMMARIES.c.recipient_facility,
    _SUMMARIES.c.department, _SUMMARIES.c.due, _SUMMARIES.c.begun_at,
)  # fmt: skip
_CHANGED = _LOG.c.recorded_at.label("changed_at")
_OWN = (
    select(*_COLUMNS, _CHANGED)
    .join(_LOG, (_LOG.c.stream == _SUMMARIES.c.stream) & (_LOG.c.version == _SUMMARIES.c.version))
    .where(_SUMMARIES.c.kind == StreamKind.referral)
)


async def one_referral(database: Database, source: Source, code: str) -> dict[str, Any] | None:
    """A referral that the source's facility initiated or receives; None for any other, known or not."""
    plain = parse_referral_code(code)
    if plain is None:
        return None
    async with database.reading() as tx:
        row = (await tx.execute(_of(source).where(_SUMMARIES.c.code == plain))).mappings().first()
    return _plain(row) if row is not None else None


async def referrals_since(database: Database, source: Source, since: datetime | None, now: datetime) -> dict[str, Any]:
    """The source's referrals changed at or after an instant, oldest change first, at most PAGE, and where to go on.

    The last seconds are given again: compare code and version.
    """
    query = _of(source).order_by(_CHANGED, _SUMMARIES.c.stream).limit(PAGE)
    if since is not None:
        query = query.where(_LOG.c.recorded_at >= since)
    async with database.reading() as tx:
        rows = (await tx.execute(query)).mappings().all()
    following = rows[-1]["changed_at"] if rows else since
    if len(rows) < PAGE and following is not None:
        following = min(following, now - _OVERLAP) if since is None or now - _OVERLAP > since else since
    return {"referrals": [_plain(row) for row in rows], "next": following.isoformat() if following else None}


async def changed_referrals(tx: Transaction, streams: Sequence[str]) -> list[dict[str, Any]]:
    """These referrals as they stand now, as a source reads them, in the order in which they changed last."""
    query = _OWN.where(_SUMMARIES.c.stream.in_(streams)).order_by(_LOG.c.position)
    return [_plain(row) for row in (await tx.execute(query)).mappings()]


def _of(source: Source) -> Any:
    here = source.facility
    return _OWN.where(or_(_SUMMARIES.c.initiator_facility == here, _SUMMARIES.c.recipient_facility == here))


def _plain(row: Any) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}
