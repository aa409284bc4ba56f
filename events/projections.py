"""What is derived from an append, written in the same transaction: summaries, and the queue row of a notice.

`summary(state)` is a pure function of one folded stream, so that a rebuild gives the same rows (N5).
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from events.base import Recorded
from events.discharge import DischargeState
from events.follow_up import PlanState
from events.notice import NoticeState, NoticeStatus
from events.referral_state import ReferralState
from events.rule_pack import PackState
from models.database import Transaction
from models.deliveries import NoticeRow
from models.rows import insert_rows, update_rows
from models.rule_packs import RulePackRow
from models.summaries import SummaryRow
from models.values import Lane, kind_of

_SUMMARIES = SummaryRow.__table__  # type: ignore[attr-defined]
_PACKS = RulePackRow.__table__  # type: ignore[attr-defined]
_NOTICES = NoticeRow.__table__  # type: ignore[attr-defined]

Loop = ReferralState | DischargeState | PlanState

# What the queue row of a notice says once its stream has come to this.
_QUEUE_STATE = {
    NoticeStatus.withdrawn: "withdrawn",
    NoticeStatus.delivered: "sent",
    NoticeStatus.failed: "failed",
    NoticeStatus.unknown: "unknown",
    NoticeStatus.answered: "sent",
}


def summary(state: Loop) -> dict[str, Any]:
    """The summary row of a stream; every column, so that rows can be written in one batch."""
    waits = state.situation is not None
    row = {
        "stream": state.id, "kind": kind_of(state.id), "loop": state.loop, "version": state.version,
        "status": state.status, "situation": state.situation, "open": state.open, "priority": state.priority,
        "patient": state.patient, "step": state.step, "since": state.since if waits else None,
        "due": state.due if waits else None, "holder_role": state.holder.role if waits else None,
        "holder_facility": state.holder.facility if waits else None,
        "holder_department": state.holder.department if waits else None,
        "holder_person": state.holder.person if waits else None,
        "code": None, "direction": None, "initiator": None, "initiator_facility": None, "recipient_facility": None,
        "department": None, "source": None,
    }  # fmt: skip
    match state:
        case ReferralState():
            own = {
                "code": state.code, "direction": state.direction, "initiator": state.initiator,
                "initiator_facility": state.initiator_facility, "recipient_facility": state.facility,
                "department": state.department, "source": state.source, "begun_at": state.requested_at,
            }  # fmt: skip
        case DischargeState():
            own = {
                "initiator_facility": state.facility, "recipient_facility": state.centre, "source": state.source,
                "department": state.department, "begun_at": state.discharged_at,
            }  # fmt: skip
        case PlanState():
            own = {"recipient_facility": state.centre, "begun_at": state.begun_at}
    return row | own


async def write_summaries(transaction: Transaction, states: Iterable[Loop]) -> None:
    """Insert or replace the summary rows of these streams, in stream order."""
    await write_summary_rows(transaction, [summary(state) for state in states])


async def write_summary_rows(transaction: Transaction, rows: Iterable[dict[str, Any]]) -> None:
    """The same for rows that `summary` made."""
    await _WRITE_SUMMARIES.write(transaction, sorted(rows, key=lambda row: str(row["stream"])))


def _replacing(statement: Any) -> Any:
    changed = {column.name: statement.excluded[column.name] for column in _SUMMARIES.columns if column.name != "stream"}
    return statement.on_conflict_do_update(index_elements=["stream"], set_=changed)


_WRITE_SUMMARIES = insert_rows(_SUMMARIES, _SUMMARIES.columns.keys(), _replacing)


def _newest(statement: Any) -> Any:
    changed = {column.name: statement.excluded[column.name] for column in _PACKS.columns if column.name != "stream"}
    return statement.on_conflict_do_update(index_elements=["stream"], set_=changed)


_WRITE_PACKS = insert_rows(_PACKS, _PACKS.columns.keys(), _newest)


async def write_packs(transaction: Transaction, states: Iterable[PackState]) -> None:
    """Insert or replace the rows of these drafted packs."""
    rows = [
        {
            "stream": state.id, "version": state.version, "name": state.name, "pack_version": state.pack_version,
            "hash": state.hash, "place": state.place, "status": state.status, "approvals": " ".join(state.approvals),
            "active_from": state.active_from, "activated_at": state.activated_at, "drafted_by": state.drafted_by,
            "drafted_at": state.drafted_at, "text": state.text,
        }
        for state in states
    ]  # fmt: skip
    await _WRITE_PACKS.write(transaction, sorted(rows, key=lambda row: str(row["stream"])))


_QUEUE = insert_rows(_NOTICES, _NOTICES.columns.keys())
_SETTLE = update_rows(_NOTICES, ("stream",), ("state",))


async def write_notices(transaction: Transaction, changes: Sequence[tuple[NoticeState, list[Recorded]]]) -> None:
    """Queue the notices that were requested; settle those that came to an end."""
    queued, settled = [], []
    for state, new in changes:
        if new[0].version == 1:
            queued.append(_queue_row(state))
        if state.status is not NoticeStatus.requested:
            settled.append({"stream": state.id, "state": _QUEUE_STATE[state.status]})
    await _QUEUE.write(transaction, queued)
    await _SETTLE.write(transaction, sorted(settled, key=lambda row: row["stream"]))


def _queue_row(state: NoticeState) -> dict[str, Any]:
    return {
        "stream": state.id, "loop": state.loop, "about": state.about, "purpose": state.purpose, "lane": state.lane,
        "lane_rank": list(Lane).index(state.lane), "recipient": state.recipient, "step": state.step,
        "params": json.dumps(state.params, ensure_ascii=False, sort_keys=True), "silent": state.silent,
        "state": "waiting", "attempts": 0, "addresses_tried": 0, "requested_at": state.requested_at,
        "next_at": max(state.requested_at, state.not_before or state.requested_at), "expires_at": state.expires_at,
        "marked": state.params.get("repeat") == "yes", "held_by": None,
    }  # fmt: skip
