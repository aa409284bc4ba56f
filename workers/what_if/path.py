"""Whether a person's answer was an answer to the same: what they had before them when they gave it; pure."""

from typing import Any

from events.discharge import DischargeState
from events.follow_up import PlanState
from events.notice import NoticeState
from events.referral_state import ReferralState

Path = tuple[Any, ...]


def path(state: Any) -> Path:
    """All of a state that somebody who answers goes by.

    Not its deadline: as long as it has not passed, everybody was told the same. Two states with the same path may get
    the same answer; of another path nobody can say what would have been answered.
    """
    match state:
        case None:
            return ()
        case ReferralState():
            asked = tuple(sorted({each.person for each in state.asked}))
            return (
                state.status, state.situation, state.priority, state.step, state.holder, asked, state.legs,
                state.appointment, state.held_by, state.accepted_by,
            )  # fmt: skip
        case DischargeState():
            return (state.status, state.situation, state.step, state.holder, state.centre, state.plan)
        case PlanState():
            rows = tuple((row.number, row.kind, row.due_at) for row in state.rows)
            return (state.status, state.situation, state.step, state.holder, state.centre, rows)
        case NoticeState():
            return (state.status, state.recipient, state.purpose, state.step)
        case _:
            raise TypeError(f"no state of a stream: {type(state).__name__}")
