"""A patient who moves to another centre belongs to its family-doctor team from the same moment.

In the transaction that records the move: the sign-ups with teams of the centre that was left end, the one with the new
team begins and leads (events/handling.py).
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from events.follow_up import PlanMoved
from models.database import Transaction
from models.history import Origin, by_value, end, open_rows
from models.patient_writing import SignUp, save_sign_ups
from models.patients import SignUpRow
from models.registry import TeamRow

if TYPE_CHECKING:
    from events.handling import Working


async def teams_moved(tx: Transaction, changed: Sequence["Working"]) -> None:
    """Move the sign-ups of whoever moved with their consent."""
    moves = [
        (working.state.patient, recorded)
        for working in changed
        for recorded in working.new
        if isinstance(recorded.event, PlanMoved) and recorded.event.team is not None
    ]
    if not moves:
        return
    for patient, recorded in moves:
        event, at, actor = recorded.event, recorded.recorded_at, str(recorded.actor)
        held = (await by_value(tx, SignUpRow, "patient", [patient], at))[patient]
        teams = await open_rows(tx, TeamRow, [row["team"] for row in held])
        over = [row["id"] for row in held if row["team"] in teams and teams[row["team"]]["facility"] == event.left]
        await end(tx, SignUpRow, over, at, actor, Origin.chat)
        await save_sign_ups(tx, [SignUp(patient, event.team)], at, actor, Origin.chat)
