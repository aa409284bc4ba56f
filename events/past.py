"""As of: how the streams of a loop stood at a moment, folded from what had been recorded by then."""

from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any

from events import catalog, log
from events.base import Recorded, Sealed
from models.database import Transaction

SEALED = "[sealed]"
Histories = dict[str, list[Recorded]]


async def histories_at(tx: Transaction, streams: Iterable[str], at: datetime) -> Histories:
    """What had been recorded in these streams by then; a stream that had not begun has no entry."""
    found = await log.read_streams(tx, streams)
    known = {
        stream: [recorded for recorded in history if recorded.recorded_at <= at] for stream, history in found.items()
    }
    return {stream: history for stream, history in known.items() if history}


async def states_at(tx: Transaction, streams: Iterable[str], at: datetime) -> dict[str, Any]:
    """The states of these streams at a moment."""
    return {stream: catalog.fold(history) for stream, history in (await histories_at(tx, streams, at)).items()}


def shown(state: Any) -> Any:
    """A state as plain values for a terminal; sealed text is named, not shown, and what is empty is left out."""
    match state:
        case Sealed():
            return SEALED
        case _ if is_dataclass(state) and not isinstance(state, type):
            values = {each.name: shown(getattr(state, each.name)) for each in fields(state)}
            return {
                name: value for name, value in values.items() if name != "before_cancel" and value not in (None, [], {})
            }
        case tuple() | list() | frozenset() | set():
            return [shown(each) for each in (sorted(state) if isinstance(state, frozenset | set) else state)]
        case dict():
            return {name: shown(value) for name, value in state.items()}
        case _ if hasattr(state, "model_dump"):
            return shown(state.model_dump(mode="json", exclude_none=True))
        case _:
            return state
