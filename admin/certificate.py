"""The certificate of a loop: sent → seen → accepted → arrived → treated → returned → followed up, on one page.

Each link names the event that is its evidence, who made it and when, and its place in the stream's chain of hashes; a
link that is missing is named as missing. No patient's name and no sealed text.
"""

from dataclasses import dataclass
from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo

from admin.output import local
from admin.pages import document, rows
from admin.refusals import CommandRefused
from admin.timeline import loop_of, streams_of
from events import catalog, log
from events.base import Recorded
from events.referral_state import ReferralState
from events.replay import Finding, check_chain
from models.database import Transaction
from models.values import StreamKind, kind_of

# Link → the events that are evidence of it; the first that happened counts.
LINKS: dict[str, tuple[str, ...]] = {
    "sent": ("ReferralRequested",),
    "seen": ("ReferralSeen", "ReferralHeld", "ReferralAccepted"),
    "accepted": ("ReferralAccepted",),
    "arrived": ("PatientArrived",),
    "treated": ("OutcomeReported",),
    "returned": ("ReturnFormSent",),
    "received": ("ReturnFormAnswered",),
    "followed up": ("FollowUpDone", "PlanCompleted"),
}


@dataclass(frozen=True, slots=True)
class Link:
    """One link: its evidence, or None where there is none; and the hash of that row."""

    name: str
    event: Recorded | None
    hash: str | None

    @property
    def at(self) -> datetime | None:
        """When it happened."""
        return self.event.occurred_at if self.event else None

    @property
    def type(self) -> str | None:
        """The event's name."""
        return self.event.type if self.event else None


@dataclass(frozen=True, slots=True)
class Certificate:
    """A closed loop with its links; `heads` are the last hashes of its streams, `broken` what is wrong with a chain."""

    code: str
    loop: str
    closed_at: datetime
    how: str
    links: tuple[Link, ...]
    heads: tuple[tuple[str, int, str], ...]
    broken: tuple[Finding, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """The links without evidence."""
        return tuple(link.name for link in self.links if link.event is None)


async def certificate(tx: Transaction, name: str) -> Certificate:
    """The certificate of a closed loop. CommandRefused for a loop that is open, or that no referral began."""
    loop = await loop_of(tx, name)
    streams = [each for each in await streams_of(tx, loop) if kind_of(each) is not StreamKind.notice]
    histories = await log.read_streams(tx, streams)
    state = catalog.fold(histories.get(loop, ()))
    if not isinstance(state, ReferralState):
        raise CommandRefused(f"CODE: {name} is no referral's loop; right is a code such as R-7K2F4")
    if state.open:
        raise CommandRefused(
            f"CODE: {state.code} is not closed yet ({state.status}): a certificate is of a closed loop"
        )
    heads = {row.id: row for row in await tx.execute(log.heads(tx), log.id_list(tx, streams))}
    chains: dict[str, list[object]] = {}
    for row in await tx.execute(log.reading(tx), log.id_list(tx, streams)):
        chains.setdefault(row.stream, []).append(row)
    hashes = {row.id: row.hash for rows in chains.values() for row in rows}  # type: ignore[attr-defined]
    broken = [finding for stream, head in heads.items() for finding in check_chain(head, chains.get(stream, []))]
    events = sorted(
        (recorded for history in histories.values() for recorded in history),
        key=lambda recorded: (recorded.recorded_at, list(StreamKind).index(kind_of(recorded.stream)), recorded.version),
    )
    links = []
    for link, types in LINKS.items():
        evidence = next((recorded for recorded in events if recorded.type in types), None)
        links.append(Link(link, evidence, hashes[evidence.id] if evidence else None))
    last = histories[loop][-1]
    how = str(state.ended_reason or state.outcome or state.status)
    return Certificate(
        state.code, loop, last.occurred_at, how, tuple(links),
        tuple((stream, heads[stream].version, heads[stream].hash) for stream in sorted(heads)), tuple(broken),
    )  # fmt: skip


def page(found: Certificate, zone: ZoneInfo) -> str:
    """The certificate as one page, to print or to send."""
    chain = "".join(f'<p class="missing">{escape(f"{each.stream}: {each.what}")}</p>' for each in found.broken)
    missing = (
        f'<p class="missing">Missing: {escape(", ".join(found.missing))}</p>'
        if found.missing
        else "<p>Every link has its evidence.</p>"
    )
    told = [
        [link.name, local(link.event.occurred_at, zone), link.event.type, _who(link.event), link.hash or ""]
        if link.event
        else [link.name, "MISSING", "", "", ""]
        for link in found.links
    ]
    body = (
        f"<p>Loop {escape(found.loop)}, closed {local(found.closed_at, zone)} ({escape(found.how)}).</p>"
        + f"{missing}{chain}"
        + rows(["link", "when", "evidence", "by", "hash"], told)
        + "<h2>Chain of hashes: the last of each stream</h2>"
        + rows(["stream", "events", "hash"], [[stream, str(version), last] for stream, version, last in found.heads])
        + "<p>refloop events verify checks every chain; refloop events check compares them with an anchor.</p>"
    )
    return document(f"Certificate {found.code}", body)


def _who(recorded: Recorded) -> str:
    return f"{recorded.actor.id} for {recorded.on_behalf_of}" if recorded.on_behalf_of else recorded.actor.id
