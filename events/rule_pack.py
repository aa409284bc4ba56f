"""The life of a rule pack: drafted, approved by two admins, active from a day, rolled back; pure.

One stream per draft. The text of the pack is in its first event, so that what was once decided with it can be decided
again. Which pack is in force on a day is worked out from all of them (workers/packs_in_force.py).
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from events.base import Command, Event, Recorded, Refused, altered

APPROVALS = 2


class PackDrafted(Event):
    """Somebody proposed a pack, or a layer of one; it has passed `rules check`."""

    by: str
    name: str
    pack_version: str
    hash: str
    place: str | None = None
    text: str


class PackApproved(Event):
    """An admin has read exactly this content and agrees."""

    by: str
    hash: str


class PackActivated(Event):
    """It counts from this day on, local to the site; plans that run keep the version they were made with."""

    by: str
    active_from: date


class PackRolledBack(Event):
    """It no longer counts: what was in force before counts again."""

    by: str
    reason: str


class PackStatus(StrEnum):
    """Where a pack stands."""

    draft = "draft"
    approved = "approved"
    active = "active"
    rolled_back = "rolled_back"


@dataclass(frozen=True)
class PackState:
    """A drafted pack, as folded."""

    id: str
    loop: str
    version: int
    name: str
    pack_version: str
    hash: str
    place: str | None
    text: str
    drafted_by: str
    drafted_at: datetime
    status: PackStatus = PackStatus.draft
    approvals: tuple[str, ...] = ()
    active_from: date | None = None
    activated_at: datetime | None = None
    patient_key: str | None = None
    # A pack waits for nobody in the sense of the silence table: it has no holder and no deadline.
    situation: None = None


def evolve(state: PackState | None, recorded: Recorded) -> PackState:
    """The state after one more event."""
    event = recorded.event
    if isinstance(event, PackDrafted):
        return PackState(
            recorded.stream, recorded.loop, recorded.version, event.name, event.pack_version, event.hash,
            event.place, event.text, event.by, recorded.occurred_at,
        )  # fmt: skip
    if state is None:
        raise ValueError(f"{recorded.stream} does not begin with PackDrafted")
    state = altered(state, version=recorded.version)
    match event:
        case PackApproved(by=by):
            approvals = (*state.approvals, by)
            enough = len(approvals) >= APPROVALS and state.status is PackStatus.draft
            return altered(state, approvals=approvals, status=PackStatus.approved if enough else state.status)
        case PackActivated(active_from=day):
            return altered(state, status=PackStatus.active, active_from=day, activated_at=recorded.occurred_at)
        case PackRolledBack():
            return altered(state, status=PackStatus.rolled_back)
        case _:
            return state


class DraftPack(Command):
    """Propose a pack."""

    by: str
    name: str
    pack_version: str
    hash: str
    place: str | None = None
    text: str


class ApprovePack(Command):
    """Agree with a draft, as an admin who has read it."""

    by: str
    hash: str


class ActivatePack(Command):
    """Let an approved pack count from a day on; `today` is the site's day."""

    by: str
    active_from: date
    today: date


class RollBackPack(Command):
    """Let an active pack count no longer."""

    by: str
    reason: str


def decide(command: Command, state: PackState | None, now: datetime) -> list[Event]:
    """What follows from a command; Refused names why not."""
    if isinstance(command, DraftPack):
        if state is not None:
            return []
        return [
            PackDrafted(
                by=command.by, name=command.name, pack_version=command.pack_version, hash=command.hash,
                place=command.place, text=command.text,
            )
        ]  # fmt: skip
    if state is None:
        raise Refused("unknown-pack")
    match command:
        case ApprovePack():
            return _approve(command, state)
        case ActivatePack():
            return _activate(command, state)
        case RollBackPack():
            if state.status is PackStatus.rolled_back:
                return []
            if state.status is not PackStatus.active:
                raise Refused("not-now", status=state.status)
            if not command.reason.strip():
                raise Refused("reason-needed")
            return [PackRolledBack(by=command.by, reason=command.reason)]
        case _:
            raise TypeError(f"{type(command).__name__} is no command of a pack")


def _approve(command: ApprovePack, state: PackState) -> list[Event]:
    if command.by in state.approvals:
        return []
    if command.hash != state.hash:
        raise Refused("pack-changed")
    if state.status not in (PackStatus.draft, PackStatus.approved):
        raise Refused("not-now", status=state.status)
    return [PackApproved(by=command.by, hash=command.hash)]


def _activate(command: ActivatePack, state: PackState) -> list[Event]:
    if state.status is PackStatus.active and state.active_from == command.active_from:
        return []
    if state.status is PackStatus.draft:
        raise Refused("approvals-missing", count=str(APPROVALS - len(state.approvals)))
    if state.status is not PackStatus.approved:
        raise Refused("not-now", status=state.status)
    if command.active_from < command.today:
        raise Refused("time-in-past")
    return [PackActivated(by=command.by, active_from=command.active_from)]
