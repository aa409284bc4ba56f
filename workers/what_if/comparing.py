"""Two plays of the same loops compared: which decisions would be others, and what that means for people; pure."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from events import catalog
from events.base import DeadlinePassed, Recorded
from events.follow_up import FollowUpPlanned
from events.notice import NoticeRequested
from events.purposes import PURPOSES
from events.referral import ReferralTriaged
from models.database import instant_text
from models.values import StreamKind, kind_of
from workers.rules.quiet_hours import MessagePolicy
from workers.what_if.simulating import Played, Unknown

FACETS = ("priorities", "holders", "deadlines", "escalations", "plans", "notices")
Entry = dict[str, Any]


@dataclass(frozen=True, slots=True)
class LoopDiff:
    """What would have been otherwise in one loop: by facet, what was and what would have been.

    `unknown` is where an answer was given to something else: nothing after it is compared.
    """

    loop: str
    code: str | None
    was: dict[str, list[Entry]]
    would_be: dict[str, list[Entry]]
    unknown: Unknown | None = None

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        return {
            "loop": self.loop, "code": self.code,
            "differences": [
                {"facet": facet, "was": self.was[facet], "would_be": self.would_be[facet]}
                for facet in FACETS
                if self.was[facet] or self.would_be[facet]
            ],
            "unknown_from": _unknown(self.unknown),
        }  # fmt: skip


def _unknown(unknown: Unknown | None) -> Entry | None:
    if unknown is None:
        return None
    return {"at": instant_text(unknown.at), "event": unknown.event, "type": unknown.type, "by": unknown.by}


@dataclass(slots=True)
class Diff:
    """What a candidate pack would have changed. The digests are over everything that was played under each."""

    since: datetime
    until: datetime
    pack: str
    pack_hash: str
    loops: int = 0
    events: int = 0
    not_reproduced: list[str] = field(default_factory=list)
    changed: list[LoopDiff] = field(default_factory=list)
    notices: list[Entry] = field(default_factory=list)
    budget: Entry = field(default_factory=dict)
    digest_was: str = ""
    digest_would_be: str = ""

    @property
    def empty(self) -> bool:
        """Whether nothing at all would have been otherwise."""
        return not self.changed and self.digest_was == self.digest_would_be

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        return {
            "pack": self.pack, "pack_hash": self.pack_hash, "from": instant_text(self.since),
            "to": instant_text(self.until), "loops": self.loops, "events": self.events, "empty": self.empty,
            "not_reproduced": self.not_reproduced, "changed": [each.as_dict() for each in self.changed],
            "notices_per_person_and_hour": self.notices, "message_budget": self.budget,
            "digest_was": self.digest_was, "digest_would_be": self.digest_would_be,
        }  # fmt: skip


def facets(played: Played, since: datetime, until: datetime) -> dict[str, list[Entry]]:
    """Every decision of a play in its time, by what it is about."""
    found: dict[str, list[Entry]] = {facet: [] for facet in FACETS}
    holders: dict[str, Any] = {}
    states: dict[str, Any] = {}

    for recorded in played.events:
        at = recorded.recorded_at
        counts = since <= at < until
        event = recorded.event
        if kind_of(recorded.stream) is StreamKind.notice:
            if counts and isinstance(event, NoticeRequested):
                found["notices"].append(_notice(recorded, event))
            continue
        if not kind_of(recorded.stream).in_loops:
            continue
        state = states[recorded.stream] = catalog.fold([recorded], states.get(recorded.stream))
        entry = {"at": instant_text(at), "stream": recorded.stream}
        holder = state.holder if state.situation is not None else None
        if holders.get(recorded.stream) != holder and counts:
            found["holders"].append(entry | {"holder": _holder(holder)})
        holders[recorded.stream] = holder
        if not counts:
            continue
        if event.due is not None:
            found["deadlines"].append(entry | {"after": recorded.type, "due": instant_text(event.due)})
        match event:
            case ReferralTriaged(decision=decision):
                found["priorities"].append(
                    entry | {"priority": decision.priority, "rules": list(decision.rules), "pathway": decision.pathway}
                )
            case DeadlinePassed(situation=situation, reached=reached):
                found["escalations"].append(entry | {"situation": situation, "step": reached})
            case FollowUpPlanned(rows=rows):
                planned = [{"rule": row.rule, "kind": row.kind, "due": instant_text(row.due_at)} for row in rows]
                found["plans"].append(entry | {"rows": planned})
            case _:
                pass
    return found


def _notice(recorded: Recorded, event: NoticeRequested) -> Entry:
    at = max(recorded.recorded_at, event.not_before or recorded.recorded_at)
    return {
        "at": instant_text(at), "to": event.recipient, "purpose": event.purpose, "lane": event.lane,
        "step": event.step, "about": event.about,
    }  # fmt: skip


def _holder(holder: Any) -> str | None:
    if holder is None:
        return None
    return "/".join(each for each in (holder.facility, holder.department, holder.role, holder.person) if each)


def canonical(played: Iterable[Played]) -> bytes:
    """Everything that was played as bytes; equal plays give equal bytes. Which pack decided is not part of it."""
    lines = []
    for each in played:
        for recorded in each.events:
            data = recorded.event.model_dump(mode="json", exclude_none=True)
            if "decision" in data:
                data["decision"] = {
                    name: value for name, value in data["decision"].items() if not name.startswith("pack")
                }
            data = {name: value for name, value in data.items() if name not in ("pack", "pack_version", "pack_hash")}
            lines.append(
                json.dumps([recorded.id, recorded.stream, recorded.version, recorded.type, data], sort_keys=True)
            )
    return "\n".join(lines).encode()


def loop_diff(was: Played, would_be: Played, code: str | None, since: datetime, until: datetime) -> LoopDiff | None:
    """What differs in one loop up to where its answers are known, or None."""
    ends = would_be.unknown.at if would_be.unknown else until
    before, after = facets(was, since, ends), facets(would_be, since, ends)
    gone = {facet: _without(before[facet], after[facet]) for facet in FACETS}
    new = {facet: _without(after[facet], before[facet]) for facet in FACETS}
    if not any(gone.values()) and not any(new.values()) and would_be.unknown is None:
        return None
    return LoopDiff(was.loop, code, gone, new, would_be.unknown)


def _without(entries: Sequence[Entry], others: Sequence[Entry]) -> list[Entry]:
    """The entries that are not among the others, each as often as it is too many."""
    left = Counter(json.dumps(other, sort_keys=True) for other in others)
    found = []
    for entry in entries:
        key = json.dumps(entry, sort_keys=True)
        if left[key]:
            left[key] -= 1
        else:
            found.append(entry)
    return found


def notices_per_hour(was: Iterable[Entry], would_be: Iterable[Entry]) -> list[Entry]:
    """How many notices each person would get in each hour (UTC) where that is another number than it was."""
    before, after = _per_hour(was), _per_hour(would_be)
    return [
        {"to": person, "hour": hour, "was": before[person, hour], "would_be": after[person, hour]}
        for person, hour in sorted(before.keys() | after.keys())
        if before[person, hour] != after[person, hour]
    ]


def _per_hour(notices: Iterable[Entry]) -> Counter[tuple[str, str]]:
    return Counter((notice["to"], notice["at"][:13]) for notice in notices)


def over_budget(notices: Iterable[Entry], policy: MessagePolicy) -> int:
    """How many routine messages to patients would be more than their budget of a day and a week allows."""
    sent: dict[str, list[datetime]] = {}
    over = 0
    for notice in sorted(notices, key=lambda each: each["at"]):
        if PURPOSES[notice["purpose"]].budget:
            before = sent.setdefault(notice["to"], [])
            at = datetime.fromisoformat(notice["at"])
            over += not policy.within_budget(before, at)
            before.append(at)
    return over
